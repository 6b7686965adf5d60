"""Features of texts, and the lexical rankers against their formulas."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.contracts import Premise
from retrieval.features import identifier_words, shapes, words
from retrieval.lexical import BM25, KINDS, SYMBOLS, LexicalRanker, top
from tests.retrieval.worlds import ARITHMETIC, random_premises

PREMISES = random_premises(60)
GOAL = "worda wordb wordb wordc"


def names(ranking, corpus=ARITHMETIC):
    return [corpus.premises[i].name for i in ranking.ids]


def test_words_are_names_components_and_notations():
    found = words("∀ {α : Type u} (xs : List α), xs.length + 0 = xs.length", "List.length_addZero")
    assert {"length", "list", "+", "add", "0", "zero", "list.length_addzero",
            "length_addzero"} <= set(found)
    assert "xs" not in found  # variables mean nothing elsewhere
    assert "α" not in found


def test_words_of_tptp():
    found = words("! [A, B] : (k2_xboole_0(A, B) = B => r1_tarski(A, B))")
    assert {"k2_xboole_0", "r1_tarski", "="} <= set(found)
    assert not {"A", "B", "a", "b"} & set(found)


def test_identifiers_are_split_where_people_read_a_gap():
    assert {"natabs", "nat", "abs", "int"} <= set(identifier_words("Int.natAbs"))
    assert {"map", "append"} <= set(identifier_words("List.map_append"))
    assert {"http", "server"} <= set(identifier_words("HTTPServer"))


def test_shapes_do_not_depend_on_the_names_of_variables():
    law = shapes("∀ (n m : Nat), n + m = m + n")
    assert shapes("⊢ a + b = b + a") <= law
    assert not shapes("⊢ a + b = a + b") <= law
    assert shapes("! [X,Y] : f(X,Y) = f(Y,X)") == shapes("! [V,W] : f(V,W) = f(W,V)")


@given(st.text(max_size=60))
def test_any_text_has_features(text):
    assert all(words(text))
    assert all(shapes(text))


@pytest.mark.parametrize("kind", [BM25, SYMBOLS])
def test_goals_find_their_lemmas(kind):
    ranker = LexicalRanker.build(kind, ARITHMETIC.premises)
    for goal, lemma in (
        ("x y : Nat\n⊢ x + y = y + x", "Nat.add_comm"),
        ("⊢ 2 * (a + b) = 2 * a + 2 * b", "Nat.mul_add"),
        ("xs : List Nat\n⊢ (xs ++ xs).length = xs.length + xs.length", "List.length_append"),
    ):
        [ranking] = ranker.rank([goal], 3)
        # Words alone do not tell commutativity from associativity.
        assert lemma in names(ranking)[: 1 if kind is SYMBOLS else 2]


def test_bm25_is_its_formula():
    ranker = LexicalRanker.build(BM25, PREMISES)
    [ranking] = ranker.rank([GOAL], len(PREMISES))
    documents = [Counter(words(p.statement, p.name)) for p in PREMISES]
    mean = sum(d.total() for d in documents) / len(documents)
    expected = {}
    for index, document in enumerate(documents):
        score = 0.0
        for word, wanted in Counter(words(GOAL)).items():
            holders = sum(word in d for d in documents)
            idf = math.log(1 + (len(documents) - holders + 0.5) / (holders + 0.5))
            count = document[word]
            damping = 1.5 * (1 - 0.75 + 0.75 * document.total() / mean)
            score += wanted * idf * count * 2.5 / (count + damping)
        if score:
            expected[index] = score
    assert set(ranking.ids.tolist()) == set(expected)
    np.testing.assert_allclose(ranking.scores, [expected[i] for i in ranking.ids], rtol=1e-4)
    assert list(ranking.scores) == sorted(ranking.scores, reverse=True)


@pytest.mark.parametrize("kind", KINDS.values())
def test_only_what_the_mask_lets_through_is_found(kind):
    ranker = LexicalRanker.build(kind, PREMISES)
    mask = np.arange(len(PREMISES)) % 3 == 0
    masked, free = ranker.rank([GOAL, GOAL], 60, [mask, None])
    assert masked.ids.tolist() == [i for i in free.ids.tolist() if i % 3 == 0]
    [nothing] = ranker.rank([GOAL], 5, [np.zeros(len(PREMISES), dtype=bool)])
    assert not len(nothing.ids)


@pytest.mark.parametrize("kind", KINDS.values())
def test_what_is_saved_ranks_alike(kind, tmp_path):
    built = LexicalRanker.build(kind, PREMISES)
    built.save(tmp_path)
    loaded = LexicalRanker.load(kind, tmp_path)
    for before, after in zip(built.rank([GOAL, "none"], 9), loaded.rank([GOAL, "none"], 9),
                             strict=True):
        assert before.ids.tolist() == after.ids.tolist()
        assert before.scores.tolist() == after.scores.tolist()


@pytest.mark.parametrize("kind", KINDS.values())
def test_an_empty_corpus_has_nothing_to_offer(kind):
    [ranking] = LexicalRanker.build(kind, []).rank(["⊢ a = a"], 3)
    assert not len(ranking.ids)
    [ranking] = LexicalRanker.build(kind, [Premise("a", "b")]).rank([""], 3)
    assert not len(ranking.ids)


@given(st.lists(st.integers(0, 5), max_size=80), st.integers(1, 20), st.randoms())
def test_the_top_is_the_beginning_of_the_sorted_list(values, k, random):
    scores = np.array(values, dtype=np.float32)
    mask = np.array([random.random() < 0.7 for _ in values], dtype=bool)
    expected = sorted((i for i, v in enumerate(values) if v > 0 and mask[i]),
                      key=lambda i: (-values[i], i))[:k]
    assert top(scores, k, mask).ids.tolist() == expected
