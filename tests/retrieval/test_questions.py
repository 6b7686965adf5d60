"""Questions from the published forms, and their evaluation within what is accessible."""

from __future__ import annotations

import json

import numpy as np
import pytest

from retrieval.contracts import Premise, Ranking, RetrievalError
from retrieval.corpus import Corpus, leandojo_position
from retrieval.evaluation import evaluate
from retrieval.questions import read_questions
from retrieval.retriever import CorpusRetriever
from tests.retrieval.worlds import ARITHMETIC

LIBRARY = Corpus([Premise(f"t{i}", f"statement {i}", "lib", position=i) for i in range(6)])


def questions(tmp_path, corpus, *records):
    path = tmp_path / "data.jsonl"
    path.write_text("\n".join(map(json.dumps, records)))
    return read_questions(path, corpus)


def test_theorems_of_the_corpus_are_asked_with_their_statements(tmp_path):
    found = questions(tmp_path, LIBRARY, {"name": "t3", "file": "x.p",
                                          "premises": ["t0", "t4", "t1", "none", "t0"]})
    [asked] = found.asked
    assert asked.goal == "statement 3"
    assert asked.used == (0, 1)  # t4 comes later, and nothing is called none
    assert (found.unknown, found.inaccessible) == (1, 1)
    assert asked.mask(LIBRARY).tolist() == [True] * 3 + [False] * 3


def test_goals_accessible_names_and_places_are_read(tmp_path):
    free, listed, placed = questions(
        tmp_path, LIBRARY,
        {"name": "x", "goal": "⊢ p", "premises": ["t5"]},
        {"name": "y", "conjecture": "q", "premises": ["t5", "t1"], "accessible": ["t1", "t2"]},
        {"name": "z", "goal": "r", "premises": ["t1"], "module": "lib", "position": 2},
    ).asked
    assert (free.goal, free.used, free.mask(LIBRARY)) == ("⊢ p", (5,), None)
    assert (listed.used, np.flatnonzero(listed.mask(LIBRARY)).tolist()) == ((1,), [1, 2])
    assert np.flatnonzero(placed.mask(LIBRARY)).tolist() == [0, 1]


def test_leandojo_benchmark_asks_at_every_tactic_that_uses_premises(tmp_path):
    corpus = Corpus([
        Premise("A.one", "theorem one", "A.lean", position=leandojo_position([2, 9])),
        Premise("A.two", "theorem two", "A.lean", position=leandojo_position([8, 9])),
        Premise("B.x", "theorem x", "B.lean", position=leandojo_position([1, 9])),
    ], {"A.lean": ("B.lean",), "B.lean": ()})

    def tactic(*used):
        return {"tactic": "rw", "state_before": "⊢ p", "state_after": "no goals",
                "annotated_tactic": ["rw", [
                    {"full_name": name, "def_path": file, "def_pos": [1, 1]}
                    for name, file in used]]}

    path = tmp_path / "train.json"
    path.write_text(json.dumps([{
        "file_path": "A.lean", "full_name": "A.two", "start": [4, 1], "end": [8, 9],
        "traced_tactics": [
            tactic(("A.one", "A.lean"), ("B.x", "B.lean")), tactic(),
            tactic(("A.two", "A.lean"), ("B.x", "B.lean"), ("gone", "B.lean"))]}]))
    found = read_questions(path, corpus)
    assert [(q.name, q.used) for q in found.asked] == [
        ("A.two#0", tuple(corpus.ids("A.one")) + tuple(corpus.ids("B.x"))),
        ("A.two#2", tuple(corpus.ids("B.x")))]
    assert (found.unknown, found.inaccessible) == (1, 1)


@pytest.mark.parametrize(("text", "line"), [
    ("", None), ('{"name": "t1", "premises": []}\n{"premises": []}', 2), ("nonsense", 1),
    ('{"name": "unknown", "premises": []}', 1), ('[{"file_path": "x"}]', None), ("[", None),
])
def test_mistakes_are_told_with_their_line(tmp_path, text, line):
    path = tmp_path / "data.jsonl"
    path.write_text(text)
    with pytest.raises(RetrievalError) as caught:
        read_questions(path, LIBRARY)
    assert (caught.value.file, caught.value.line) == (path, line)


class Greedy:
    """Returns everything that is allowed, in order, and notes whether masks are shared."""

    name = "greedy"

    def __init__(self):
        self.distinct = 0

    def rank(self, queries, k, masks=None):
        self.distinct += len({id(mask) for mask in masks})
        return [Ranking(np.flatnonzero(mask)[:k], np.zeros(min(k, int(mask.sum()))))
                for _, mask in zip(queries, masks, strict=True)]


def test_evaluation_ranks_what_is_accessible_only(tmp_path):
    asked = questions(
        tmp_path, LIBRARY, *({"name": "t3", "premises": ["t2"]} for _ in range(100))).asked
    ranker = Greedy()
    found = evaluate(ranker, LIBRARY, asked, cuts=(1, 3))
    assert found.metrics.queries == 100
    assert found.metrics.recall == {1: 0.0, 3: 1.0}
    assert ranker.distinct == 2  # one mask for each batch
    assert found.as_json()["recall@3"] == 1.0


def test_a_retriever_answers_with_accessible_premises():
    class Everything:
        name = "all"

        def rank(self, queries, k, masks=None):
            allowed = [np.arange(len(ARITHMETIC)) if m is None else np.flatnonzero(m)
                       for m in masks or [None] * len(queries)]
            return [Ranking(ids[:k], np.arange(len(ids[:k]), 0, -1, dtype=np.float32))
                    for ids in allowed]

    retriever = CorpusRetriever(ARITHMETIC, Everything())
    [found] = retriever.retrieve(["⊢ p"], 9, lambda premise: premise.module == "Mul")
    assert [scored.premise.name for scored in found] == ["Nat.mul_comm", "Nat.mul_add"]
    assert len(retriever.retrieve(["⊢ p", "⊢ q"], 3)[1]) == 3
