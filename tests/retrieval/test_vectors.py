"""Nearest neighbours against brute force; rows and premises; embeddings that are kept."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.contracts import Premise, RetrievalError
from retrieval.embeddings import EmbeddingStore
from retrieval.vector_index import VectorIndex
from tests.retrieval.worlds import HashEncoder, random_premises

faiss = pytest.importorskip("faiss")

from retrieval.dense import (  # noqa: E402
    DenseRanker,
    dense_ranker,
    grown,
    keys_of,
    load_index,
    save_index,
)

QUERIES = ["worda wordb", "wordc wordc wordd", "p7"]


def vectors(count, dimension=16, seed=0):
    found = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def exact(rows, queries, k, mask):
    """The scores of the best, by brute force."""
    scores = queries @ rows.T
    if mask is not None:
        scores = scores[:, mask]
    return -np.sort(-scores, axis=1)[:, :k]


@settings(max_examples=25)
@given(st.integers(1, 120), st.integers(1, 40), st.floats(0, 1), st.booleans())
def test_a_flat_index_is_exact_within_any_mask(count, k, share, masked):
    rows, queries = vectors(count), vectors(3, seed=1)
    mask = np.random.default_rng(2).random(count) < share if masked else None
    found, scores = VectorIndex.build(rows).search(queries, k, mask)
    np.testing.assert_allclose(scores, exact(rows, queries, k, mask), rtol=1e-4, atol=1e-5)
    assert all(len(set(line)) == len(line) for line in found.tolist())
    if mask is not None:
        assert mask[found].all()


@pytest.mark.parametrize("share", [None, 0.9, 0.3, 0.004, 0.0])
def test_a_graph_index_finds_nearly_all_within_any_mask(share):
    rows, queries = vectors(6000, seed=3), vectors(20, seed=4)
    index = VectorIndex.build(rows, flat_up_to=100)
    assert not index.flat
    mask = None if share is None else np.random.default_rng(5).random(len(rows)) < share
    found, scores = index.search(queries, 10, mask)
    expected = exact(rows, queries, 10, mask)
    assert scores.shape == expected.shape
    assert (found >= 0).all()
    if mask is not None:
        assert mask[found].all()
    assert np.isclose(scores, expected, rtol=1e-4, atol=1e-5).mean() > 0.9 if scores.size else True


@pytest.mark.parametrize("limit", [1000, 10])
def test_rows_can_be_added_and_saved(tmp_path, limit):
    rows = vectors(60)
    index = VectorIndex.build(rows[:40], flat_up_to=limit)
    index.add(rows[40:])
    index.save(tmp_path / "index")
    mapped = VectorIndex.load(tmp_path / "index")
    assert (len(mapped), mapped.flat) == (60, limit > 40)
    found, _ = mapped.search(rows, 1)
    assert found[:, 0].tolist() == list(range(60))
    with pytest.raises(ValueError, match="writable"):
        mapped.add(rows)
    np.testing.assert_allclose(mapped.vectors(np.array([3, 50])), rows[[3, 50]])


def test_what_is_no_index_is_told(tmp_path):
    (tmp_path / "index").write_bytes(b"nothing of the kind")
    with pytest.raises(RetrievalError, match="not an index"):
        VectorIndex.load(tmp_path / "index")


# ------------------------------------------------------------------------------------- premises


def brute_force(encoder, premises, query, k, mask=None):
    rows = encoder.encode_premises([encoder.premise_text(p) for p in premises])
    scores = rows @ encoder.encode_queries([query])[0]
    allowed = [i for i in range(len(premises)) if mask is None or mask[i]]
    return sorted(scores[allowed], reverse=True)[:k]


def check(ranker, encoder, premises, masks):
    found = ranker.rank(QUERIES, 9, masks)
    for query, mask, ranking in zip(QUERIES, masks, found, strict=True):
        expected = brute_force(encoder, premises, query, 9, mask)
        np.testing.assert_allclose(ranking.scores, expected, rtol=1e-4, atol=1e-5)
        assert len(set(ranking.ids.tolist())) == len(ranking.ids)
        assert mask is None or mask[ranking.ids].all()


def some_masks(count):
    half = np.arange(count) % 2 == 0
    return [half, None, half]


def test_each_query_gets_its_own_mask():
    encoder, premises = HashEncoder(), random_premises(50)
    ranker = dense_ranker(encoder, premises)
    assert ranker.name == "hashes"
    check(ranker, encoder, premises, some_masks(50))
    assert ranker.rank([], 3) == []


def test_premises_with_one_text_share_a_row():
    encoder = HashEncoder()
    premises = [Premise("same", "worda", f"m{i % 3}") for i in range(6)] + random_premises(20)
    keys = keys_of(encoder, premises)
    once = keys[5:]  # the row of the six equal texts, and those of the others
    index = VectorIndex.build(encoder.encode_premises(
        [encoder.premise_text(p) for p in premises[5:]]))
    ranker = DenseRanker(encoder, index, once, keys)
    check(ranker, encoder, premises, some_masks(26))
    [ranking] = ranker.rank(["same worda"], 6)
    assert ranking.ids.tolist() == [0, 1, 2, 3, 4, 5]


def test_an_index_grows_with_its_corpus_and_is_built_anew_when_much_is_gone(tmp_path):
    encoder, store = HashEncoder(), EmbeddingStore(tmp_path, HashEncoder())
    premises = random_premises(40)
    old = grown(None, keys_of(encoder, premises), encoder, premises, store)
    changed = [*premises[2:], *random_premises(3, seed=9, module="new")]
    keys = keys_of(encoder, changed)
    index, rows = grown(old, keys, encoder, changed, store)
    assert len(index) == 40 + 3  # two rows stand for nothing any more
    check(DenseRanker(encoder, index, rows, keys), encoder, changed, some_masks(len(changed)))
    few = changed[:10]
    index, rows = grown((index, rows), keys_of(encoder, few), encoder, few, store)
    assert len(index) == 10


def test_an_index_is_saved_with_its_rows(tmp_path):
    encoder, premises = HashEncoder(), random_premises(30)
    keys = keys_of(encoder, premises)
    rows = encoder.encode_premises([encoder.premise_text(p) for p in premises])
    save_index(tmp_path / "index", VectorIndex.build(rows), keys, encoder)
    index, loaded = load_index(tmp_path / "index")
    assert loaded.tolist() == keys.tolist()
    check(DenseRanker(encoder, index, loaded, keys), encoder, premises, some_masks(30))


# ----------------------------------------------------------------------------------- embeddings


def test_a_text_is_encoded_once(tmp_path):
    encoder = HashEncoder()
    store = EmbeddingStore(tmp_path, encoder)
    told = []
    first = store.vectors(["a", "b", "a b"], lambda *progress: told.append(progress))
    assert told[-1] == (3, 3)
    again = EmbeddingStore(tmp_path, encoder).vectors(["b", "c", "a b"])
    assert encoder.encoded == ["a", "b", "a b", "c"]
    np.testing.assert_array_equal(first[1:], again[[0, 2]])
    other = HashEncoder(version="hash-2")
    EmbeddingStore(tmp_path, other).vectors(["a"])
    assert other.encoded == ["a"]


def test_what_was_encoded_before_an_interruption_is_kept(tmp_path):
    encoder = HashEncoder()
    texts = [f"text {i}" for i in range(1300)]

    def interrupt(done, _total):
        if done >= 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        EmbeddingStore(tmp_path, encoder).vectors(texts, interrupt)
    EmbeddingStore(tmp_path, encoder).vectors(texts)
    assert sorted(encoder.encoded) == sorted(texts)


@pytest.mark.parametrize("damage", ["other file", "cut off", "wrong length"])
def test_a_damaged_store_is_made_again(tmp_path, damage):
    encoder = HashEncoder()
    store = EmbeddingStore(tmp_path, encoder)
    texts = [f"text {i}" for i in range(300)]
    before = store.vectors(texts)
    if damage == "other file":
        store.path.write_bytes(b"no database" * 1000)
    elif damage == "cut off":
        store.path.write_bytes(store.path.read_bytes()[:9000])
    else:
        with sqlite3.connect(store.path) as database:
            database.execute("UPDATE vectors SET vector = x'00'")
    np.testing.assert_array_equal(store.vectors(texts), before)
