"""Exploration of first-order problems with the real provers: resumable, and only what follows."""

from __future__ import annotations

import json

import pytest

from prover.contracts import InputError
from prover.training.collecting import Collection
from prover.training.exploration import Plan
from prover.training.first_order_source import FirstOrderSource
from prover.training.records import CLOSED, read_records
from prover.training.small_data import written

_PLAN = Plan(tries=6, inner_tries=3, seconds=5.0)
_PROBLEM = """fof(a, axiom, ! [X] : (p(X) => q(X))).
fof(b, axiom, p(c)).
fof(goal, conjecture, {goal}).
"""


def problems(folder, goals):
    for number, goal in enumerate(goals):
        (folder / f"t{number}.p").write_text(_PROBLEM.format(goal=goal))
    return folder


def item(number, task, answer, split="train"):
    return json.dumps({"id": f"s{number}", "theory": "sets", "task": task, "answer": answer,
                       "split": split, "problem": _PROBLEM.format(goal="q(c)")}) + "\n"


def test_problem_files_become_records(tmp_path):
    folder = problems(tmp_path, ["q(c)", "! [X] : (p(X) => (q(X) & p(X)))"])
    tally = Collection(tmp_path / "out", FirstOrderSource([folder], plan=_PLAN)).run(9, _deaf)
    assert (tally.theorems, tally.proved) == (2, 2)
    found = read_records([tmp_path / "out/records.jsonl"])
    assert {record.source for record in found} == {"fol explore"}
    assert any(t.tactic.startswith("apply") or t.outcome == CLOSED for t in found[0].tries)
    assert all(state.goal.startswith("fol ") for state in written(found, 20))


def test_a_stopped_exploration_goes_on(tmp_path):
    folder = problems(tmp_path, ["q(c)", "p(c)", "? [X] : q(X)"])
    source = FirstOrderSource([folder], plan=_PLAN)
    names: list[str] = []
    Collection(tmp_path / "out", source).run(1, lambda name, _: names.append(name))
    Collection(tmp_path / "out", source).run(9, lambda name, _: names.append(name))
    assert len(names) == len(set(names)) == 3


def test_two_runs_do_not_share_a_folder(tmp_path):
    source = FirstOrderSource([problems(tmp_path, ["q(c)"])], plan=_PLAN)

    def second(name: str, tally: object) -> None:
        _deaf(name, tally)
        with pytest.raises(InputError, match="another run works in this folder"):
            Collection(tmp_path / "out", source).run(9, _deaf)

    assert Collection(tmp_path / "out", source).run(9, second).theorems == 1
    with pytest.raises(InputError, match="a file is in its place"):
        Collection(tmp_path / "out/records.jsonl", source)


def test_of_data_only_what_follows_is_explored(tmp_path):
    path = tmp_path / "sat.jsonl"
    path.write_text(item(0, "entailment", "yes") + item(1, "entailment", "no")
                    + item(2, "selection", "1, 2") + item(3, "reconstruction", "")
                    + item(4, "entailment", "yes", "test"))
    tally = Collection(tmp_path / "out", FirstOrderSource([path], plan=_PLAN)).run(9, _deaf)
    assert (tally.theorems, tally.proved) == (2, 2)


def test_other_files_are_told(tmp_path):
    path = tmp_path / "other.jsonl"
    path.write_text(item(0, "entailment", "yes") + '{"name": "x"}\n')
    with pytest.raises(InputError, match=r"other\.jsonl:2:"):
        Collection(tmp_path / "out", FirstOrderSource([path], plan=_PLAN)).run(9, _deaf)
    with pytest.raises(InputError, match="no first-order problems"):
        Collection(tmp_path / "b", FirstOrderSource([tmp_path / "none"])).run(9, _deaf)


def _deaf(name: str, tally: object) -> None:
    del name, tally
