"""Training records: reading, conversion from traces, curation, splits."""

from __future__ import annotations

import random

import pytest

from prover.contracts import FailureKind, Goal, Hypothesis, InputError, Theorem
from prover.events import Attempt, Checked, Expanded, Opened, Reached, Started
from prover.generators.small.shorthand import finish
from prover.generators.small.slots import Slots
from prover.trace import TraceWriter
from prover.training.curation import Opinion, Rules, curated, filtered, merged
from prover.training.records import CLOSED, FAILED, GOALS, StateRecord, Try, read_records
from prover.training.small_data import set_aside, slots_of, written
from prover.training.templates import Templates
from prover.training.traces import records_of_trace
from retrieval.contracts import Premise
from tests.training.worlds import records, write


def test_records_are_read_back(tmp_path):
    found = records(9)
    again = read_records([write(tmp_path / "r.jsonl", found)])
    assert [r.as_json() for r in again] == [r.as_json() for r in found]
    assert again[0].remaining == 1


def test_a_torn_line_is_left_out_and_a_broken_one_told(tmp_path):
    path = write(tmp_path / "r.jsonl", records(3))
    text = path.read_text()
    path.write_text(text[:-20])
    assert len(read_records([path])) == 2
    path.write_text('{"theorem": 3}\n' + text)
    with pytest.raises(InputError, match=r"r\.jsonl:1:.*not a training record"):
        read_records([path])


def test_other_splits_are_refused(tmp_path):
    path = write(tmp_path / "r.jsonl", [StateRecord("t", "⊢ p", (), split="test")])
    with pytest.raises(InputError, match="only 'train' is learnt from"):
        read_records([path])
    (tmp_path / "e.jsonl").write_text("")
    with pytest.raises(InputError, match="no training records"):
        read_records([tmp_path / "e.jsonl"])


def theorem(tmp_path):
    return Theorem("t", "p ∧ q", tmp_path / "f.lean", 1)


def trace(tmp_path, *, accepted=True):
    """``constructor`` leaves two goals: the first is closed by ``simp``, the other in two."""
    path = tmp_path / "trace.jsonl"
    with TraceWriter(path) as writer:
        tell = writer.listener(theorem(tmp_path))
        tell(Started("p ∧ q", "symbolic"))
        tell(Opened(0, "names", (0,)))
        for node, goal, depth in ((0, "⊢ p ∧ q", 0), (1, "⊢ p", 1), (2, "⊢ q", 1), (3, "⊢ r", 2)):
            tell(Reached(node, None, None, depth, (goal,)))

        def expanded(node, *attempts):
            tell(Expanded(node, 0, 0, 4, 0, ("lemma_a",), attempts, 0.1))

        expanded(0, Attempt("omega", -1, "s", 0.1, None, "no", FailureKind.ELABORATION),
                 Attempt("constructor", -1, "s", 0.1, (1, 2)), Attempt("skip!", -1, "s", 0.1, (0,)))
        expanded(1, Attempt("simp", -1, "s", 0.1, ()))
        expanded(2, Attempt("rw [lemma_a]", -1, "s", 0.1, (3,)))
        expanded(3, Attempt("rfl", -1, "s", 0.1, ()))
        tell(Checked(accepted, "lean", "4", (), None, 0.1))
    return path


def test_traces_become_records_with_remaining_steps(tmp_path):
    found = list(records_of_trace(trace(tmp_path), lambda _: ("M", "train"), lambda n: f"of {n}"))
    by_goal = {r.goal: r for r in found}
    assert by_goal["⊢ p ∧ q"].tries == (
        Try("omega", FAILED), Try("constructor", GOALS, 3), Try("skip!", GOALS, 4))
    assert by_goal["⊢ p ∧ q"].remaining == 4
    assert by_goal["⊢ q"].tries == (Try("rw [lemma_a]", GOALS, 1),)
    assert by_goal["⊢ r"].tries == (Try("rfl", CLOSED, 0),)
    assert by_goal["⊢ q"].premises[0].statement == "of lemma_a"
    assert {r.module for r in found} == {"M"}


def test_what_the_checker_refused_is_not_learnt(tmp_path):
    path = trace(tmp_path, accepted=False)
    assert not list(records_of_trace(path, lambda _: ("M", "train"), str))


def test_curation_merges_prunes_and_does_not_depend_on_order():
    found = records(50)
    again = found[:]
    random.Random(1).shuffle(again)
    rules = Rules(per_theorem=1, unsolved=0.5, most_of_one=1.0)
    kept = curated(found, rules)
    assert [r.goal for r in kept] == [r.goal for r in curated(again, rules)]
    assert len({r.goal for r in kept}) == len(kept) < len(found)
    one = StateRecord("t", "⊢ p", (Try("a", GOALS), Try("b", CLOSED, 0)))
    other = StateRecord("u", "⊢ p", (Try("a", GOALS, 2), Try("c", FAILED)))
    [both] = merged([one, other])
    assert set(both.tries) == {Try("a", GOALS, 2), Try("b", CLOSED, 0), Try("c", FAILED)}


def test_no_tactic_has_more_than_its_share():
    found = [StateRecord(f"t{i}", f"⊢ p{i}", (Try("simp" if i % 4 else f"x{i}", CLOSED, 0),))
             for i in range(40)]
    kept = curated(found, Rules(most_of_one=0.1))
    assert sum(r.tries[0].tactic == "simp" for r in kept) == 4


def test_tactics_that_are_too_easy_or_too_surprising_go():
    record = StateRecord("t", "⊢ p", (Try("a", CLOSED, 0), Try("b", CLOSED, 0), Try("c", FAILED)))
    rules = Rules(too_easy=0.9, too_surprising=-5.0)
    fair, sure, odd = Opinion(-2, -1), Opinion(-0.01, -0.01), Opinion(-30, -9)
    assert filtered(record, {"a": fair, "b": fair}, rules) == record
    assert filtered(record, {"a": sure, "b": fair}, rules) is None
    assert filtered(record, {"a": odd, "b": odd}, rules) is None
    left = filtered(record, {"a": odd, "b": fair}, rules)
    assert [t.tactic for t in left.tries] == ["b", "c"]


def test_whole_modules_are_set_aside():
    states = list(written(records(), 24))
    learnt, aside = set_aside(states, 0.3)
    assert sorted(learnt + aside) == list(range(len(states)))
    assert not {states[i].module for i in learnt} & {states[i].module for i in aside}
    assert aside


def test_templates_prefer_what_has_closed_goals():
    slots = slots_of(records(1)[0])
    templates = Templates(seed=3)
    for _ in range(300):
        templates.tell("rw [P1]", closed=True)
        templates.tell("grind [D0]", closed=False)
    fixed = len(list(templates.panel(slots))) + 10
    drawn = [t for _ in range(12) for t in list(templates.draw(slots, 90))[fixed:]]
    rewriting = sum(t.startswith("rw [") and "size_eq" in t for t in drawn)
    assert rewriting > 3 * max(1, sum(t.startswith("grind [Al") for t in drawn))
    assert all(isinstance(slots, Slots) and "P9" not in t for t in drawn)
    assert list(Templates(seed=5).draw(slots, 70)) == list(Templates(seed=5).draw(slots, 70))


def test_the_panel_fills_names_in_a_row_and_tries_the_library_at_once():
    premises = tuple(Premise(f"List.a{i}", "∀ x, f x = x", "Init.A") for i in range(3))
    goal = Goal((Hypothesis("xs", "List Nat"), Hypothesis("h", "xs = xs")), "Nat.f xs = Nat.g xs")
    slots = Slots(goal, premises)
    drawn = list(Templates().draw(slots, 80))
    assert finish("List.a0, List.a1, List.a2") in drawn
    assert {"cases xs <;> simp_all", f"unfold Nat.g <;> {finish()}", "rw [List.a2]"} <= set(drawn)
    assert any(t.startswith("first | apply List.a0 <;> assumption | apply List.a1") for t in drawn)
    assert len(drawn) == len(set(drawn))
    assert all(slots.write(t) is not None for t in drawn if "cases xs" in t)
