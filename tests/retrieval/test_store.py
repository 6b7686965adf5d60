"""Indexes on disk: kept while they fit, noticed when stale or damaged, built by several at once."""

from __future__ import annotations

import multiprocessing
import os

import pytest

from retrieval.contracts import Premise, RetrievalError
from retrieval.corpus import Corpus
from retrieval.store import IndexStore
from tests.retrieval.worlds import HashEncoder, random_premises

faiss = pytest.importorskip("faiss")

GOAL = "worda wordb wordc"


class Maker:
    """Makes a corpus and counts how often."""

    def __init__(self, count=30, seed=0):
        self.count, self.seed, self.made = count, seed, 0

    def __call__(self):
        self.made += 1
        return Corpus(random_premises(self.count, self.seed))


def answers(index, encoder):
    rankers = [*index.lexical.values(), index.dense(encoder)]
    return [ranker.rank([GOAL], 8)[0].ids.tolist() for ranker in rankers]


def opened(tmp_path, make, source="one"):
    index = IndexStore(tmp_path).index("lean:Init")
    index.open(source, make)
    return index


def test_what_fits_is_kept(tmp_path):
    make, encoder = Maker(), HashEncoder()
    first = answers(opened(tmp_path, make), encoder)
    stamps = {f: f.stat().st_mtime_ns for f in tmp_path.rglob("*") if f.is_file()}
    index = opened(tmp_path, make)
    assert answers(index, encoder) == first
    assert make.made == 1
    assert len(encoder.encoded) == 30
    assert {f: f.stat().st_mtime_ns for f in stamps} == stamps
    assert (index.premises, index.encoders, index.has_dense(encoder)) == (30, ["hashes"], True)
    assert all(part.size for part in index.parts())


def test_another_source_is_another_corpus_of_which_only_the_new_is_encoded(tmp_path):
    encoder = HashEncoder()
    answers(opened(tmp_path, Maker(30)), encoder)
    encoder.encoded.clear()
    index = opened(tmp_path, Maker(33), "two")
    found = answers(index, encoder)
    assert len(index.corpus) == 33
    # The first thirty are the same premises: the generator of random words is the same.
    assert sorted(text.split()[0] for text in encoder.encoded) == ["p30", "p31", "p32"]
    fresh = opened(tmp_path / "fresh", Maker(33), "two")
    assert found == answers(fresh, HashEncoder())
    # Earlier states are gone.
    assert len(list(index.folder.glob("dense-*"))) == len(list(index.folder.glob("corpus-*"))) == 1


def test_every_damaged_part_is_noticed_and_made_again(tmp_path):
    make, encoder = Maker(), HashEncoder()
    first = answers(opened(tmp_path, make), encoder)
    folder = opened(tmp_path, make).folder
    files = sorted(f for f in folder.rglob("*") if f.is_file() and f.name != "lock")
    assert len(files) > 12
    for file in files:
        whole = file.read_bytes()
        for damaged in (whole[: len(whole) // 2], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
            file.write_bytes(damaged)
            assert answers(opened(tmp_path, make), encoder) == first, file
            assert file.read_bytes() != damaged, file
        file.unlink()
        assert answers(opened(tmp_path, make), encoder) == first, file


def build(folder, results):
    index = opened(folder, Maker(400))
    results.put((os.getpid(), answers(index, HashEncoder())))


def test_processes_that_build_at_once_do_no_damage(tmp_path):
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    builders = [context.Process(target=build, args=(tmp_path, results)) for _ in range(2)]
    for builder in builders:
        builder.start()
    found = dict(results.get(timeout=200) for _ in builders)
    for builder in builders:
        builder.join(60)
        assert builder.exitcode == 0
    [first, second] = found.values()
    assert first == second == answers(opened(tmp_path / "alone", Maker(400)), HashEncoder())
    assert not [f for f in tmp_path.rglob(".*") if f.suffix != ".old"]


def test_the_indexes_are_listed_and_what_is_not_there_is_told(tmp_path):
    store = IndexStore(tmp_path)
    assert store.all() == []
    with pytest.raises(RetrievalError, match="no index"):
        _ = store.index("nothing").corpus
    store.index("file:/a/b c.p").open("s", lambda: Corpus([Premise("a", "b")]))
    store.index("lean:Init").open("s", lambda: Corpus([Premise("a", "b")]))
    assert {index.name for index in store.all()} == {"file:/a/b c.p", "lean:Init"}
    assert store.index("lean:Init").source == "s"
