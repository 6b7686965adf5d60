"""Traces as data: steps from searches and from Lean files, and how answers to them are judged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.pipeline.generation import Plan, generate
from data.pipeline.reading import read_records
from data.registry import make_kind
from data.trace.kind import TraceKind
from data.trace.lean_files import TracedFile, source_files, split_goals, trace_file
from data.trace.searches import traced_searches
from data.trace.servers import Servers
from data.trace.steps import Outcome
from prover.contracts import FailureKind, InputError, Status, Theorem
from prover.environments.lean.source import read_source
from prover.events import (
    Attempt,
    Checked,
    Expanded,
    Finished,
    Opened,
    Proved,
    Reached,
    ScriptFound,
    Started,
)
from prover.trace import TraceWriter

LEAN = """/-- Twice a number. -/
def double (n : Nat) : Nat := n + n

namespace A
theorem double_eq (n : Nat) : double n = 2 * n := by
  unfold double
  omega

theorem swap (p q : Prop) : p ∧ q → q ∧ p := by
  intro ⟨hp, hq⟩
  constructor
  · exact hq
  · exact hp

theorem tried (p : Prop) (h : p) : p ∨ p := by
  first | exact h | exact Or.inl h

theorem comm (a b : Nat) : a + b = b + a := by
  rw [Nat.add_comm]

theorem unfinished (a : Nat) : a = a + 0 := by sorry
theorem term (a : Nat) : a = a := rfl
theorem wrong (a b : Nat) : a = b := by rfl
end A

example (a b c : Nat) (h : a ≤ b) : a ≤ b + c := by
  exact Nat.le_add_right_of_le h
"""


@pytest.fixture
def search(tmp_path: Path) -> Path:
    """A trace of a search with failures, two attempts and an accepted proof."""
    path = tmp_path / "search.jsonl"
    with TraceWriter(path) as writer:
        tell = writer.listener(Theorem("t", "p ∧ q → q ∧ p", Path("f.p"), 3))
        for event in (
            Started("p ∧ q → q ∧ p", "symbolic"), Opened(0, "names", (0,)),
            Reached(0, None, None, 0, ("⊢ p ∧ q → q ∧ p",)),
            Opened(1, "names", (0,)),
            Reached(0, None, None, 0, ("⊢ p ∧ q → q ∧ p",)),
            Reached(1, 0, "intro h", 1, ("h : p ∧ q\n⊢ q ∧ p",)),
            Expanded(0, 0, 0, 3, 0, ("and_comm",), (
                Attempt("intro h", -0.5, "small", 0.1, (1,)),
                Attempt("exact and_comm", -1.0, "small", 0.1, None, "no", FailureKind.ELABORATION),
                Attempt("skip", -2.0, "small", 0.1, None, None, None),
            ), 0.3),
            Expanded(1, 0, 1, 1, 0, (), (Attempt("auto", -0.1, "small", 0.1, ()),), 0.1),
            Proved(1), Proved(0), ScriptFound(("intro h\nauto",)),
            Checked(True, "z3", "5", (), None, 0.1),
            Finished(Status.PROVED, 1.0, 4, 2, 0, None),
        ):  # fmt: skip
            tell(event)
    return path


def test_every_attempt_of_a_search_is_a_step(search: Path) -> None:
    (theorem,) = traced_searches(search)
    assert (theorem.name, theorem.file, theorem.line) == ("t", "f.p", 3)
    intro, exact, skip, auto = theorem.steps
    assert intro.outcome is Outcome.GOALS
    assert intro.after == ("h : p ∧ q\n⊢ q ∧ p",)
    assert intro.proof
    assert intro.log_prob == -0.5
    assert (exact.outcome, exact.error, exact.failure) == (Outcome.FAILED, "no", "elaboration")
    assert exact.premises == ("and_comm",)
    assert not exact.proof
    assert skip.outcome is Outcome.FAILED
    assert auto.outcome is Outcome.CLOSED
    assert auto.proof


def test_a_search_becomes_a_dataset(search: Path, tmp_path: Path) -> None:
    out = tmp_path / "data.jsonl"
    manifest = generate(make_kind("trace", {"sources": str(search)}), Plan(out, 100))
    records = list(read_records(out))
    assert manifest["counts"]["records"] == len(records) == 4
    assert [r["question"] for r in records] == ["tactic", "outcome", "outcome", "tactic"]
    assert [r["answer"] for r in records] == ["intro h", "failed", "failed", "auto"]
    generate(TraceKind((str(search),), failures=False), Plan(out, 100), overwrite=True)
    assert len(list(read_records(out))) == 2


def test_answers_to_search_steps_are_judged(search: Path, tmp_path: Path) -> None:
    out = tmp_path / "data.jsonl"
    kind = TraceKind((str(search),))
    generate(kind, Plan(out, 100))
    intro, failed, _, auto = read_records(out)
    assert kind.score(intro, "```lean\nby intro   h -- now\n```").correct
    assert "another tactic" in kind.score(intro, "cases h").reason
    assert kind.score(failed, "It fails.").correct
    assert not kind.score(failed, "closed").correct
    assert not kind.score(failed, "maybe").correct
    assert kind.score(auto, "auto").correct
    assert "sorry" in kind.score(auto, "sorry").reason
    assert not kind.score(auto, "").correct


@pytest.mark.parametrize(("text", "goals"), [
    ("", ()), ("⊢ p", ("⊢ p",)),
    ("case a\nh : p\n⊢ q\ncase b\n⊢ r", ("case a\nh : p\n⊢ q", "case b\n⊢ r")),
    ("x : Nat\n⊢ f\n    x =\n  y\nz : Nat\n⊢ q", ("x : Nat\n⊢ f\n    x =\n  y", "z : Nat\n⊢ q")),
    ("h :\n  p\n⊢ q", ("h :\n  p\n⊢ q",)),
])  # fmt: skip
def test_states_are_split_into_goals(text: str, goals: tuple[str, ...]) -> None:
    assert split_goals(text) == goals


def test_sources_are_named_when_they_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        source_files([tmp_path / "none"], ".lean")
    with pytest.raises(InputError, match="nothing to trace"):
        TraceKind().files()
    with pytest.raises(InputError, match=r"no \.lean or \.jsonl"):
        TraceKind((str(tmp_path),)).files()
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n')
    with pytest.raises(InputError, match="not a trace"):
        generate(TraceKind((str(tmp_path),)), Plan(tmp_path / "out.jsonl", 5))


# -------------------------------------------------------------------------------------- Lean files


@pytest.fixture(scope="module")
def lean_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lean")
    (folder / "A.lean").write_text(LEAN)
    return folder


@pytest.fixture(scope="module")
def traced(lean_folder: Path) -> Iterator[TracedFile]:
    servers = Servers()
    source = read_source(lean_folder / "A.lean")
    try:
        yield trace_file(servers.of(source), source)
    finally:
        servers.close()


@pytest.mark.lean
def test_tactics_of_a_lean_file_are_steps(traced: TracedFile) -> None:
    steps = {t.name: [(s.tactic, s.outcome) for s in t.steps] for t in traced.theorems}
    closed, goals = Outcome.CLOSED, Outcome.GOALS
    assert steps == {
        "A.double_eq": [("unfold double", goals), ("omega", closed)],
        "A.swap": [("intro ⟨hp, hq⟩", goals), ("constructor", goals), ("exact hq", closed),
                   ("exact hp", closed)],
        "A.tried": [("first | exact h | exact Or.inl h", closed), ("exact Or.inl h", closed)],
        "A.comm": [("rw [Nat.add_comm]", closed)],
        "example@26": [("exact Nat.le_add_right_of_le h", closed)],
    }  # fmt: skip
    assert traced.left_out == {"sorry": 1, "no tactics": 1, "refused by Lean": 1}
    swap = next(t for t in traced.theorems if t.name == "A.swap")
    assert swap.steps[1].after == (
        "case left\np q : Prop\nhp : p\nhq : q\n⊢ q", "case right\np q : Prop\nhp : p\nhq : q\n⊢ p")
    comm = next(t for t in traced.theorems if t.name == "A.comm")
    assert "Nat.add_comm" in comm.steps[0].premises
    assert [d.name for d in traced.declared][:2] == ["double", "A.double_eq"]


@pytest.mark.lean
def test_other_tactics_are_judged_by_what_they_do(lean_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "data.jsonl"
    kind = TraceKind((str(lean_folder),))
    generate(kind, Plan(out, 100))
    records: dict[str, dict[str, Any]] = {r["tactic"]: r for r in read_records(out)}
    unfold, constructor = records["unfold double"], records["constructor"]
    assert kind.score(unfold, "simp only [double]").reason.startswith("it leaves the same goals")
    assert kind.score(unfold, "simp [double]; omega").correct  # closes it, in the file's terms
    assert kind.score(constructor, "refine ⟨?_, ?_⟩").correct
    other = kind.score(constructor, "apply And.comm.mp")
    assert (other.correct, other.reward) == (False, 0.5)
    assert "refuses" in kind.score(constructor, "omega").reason
    assert not kind.score(constructor, "run_tac pure ()").correct
    assert all(kind.score(r, r["answer"]).correct for r in records.values())


# ---------------------------------------------------------------------------- every kind is resumed


class _StoppedError(Exception):
    pass


@pytest.mark.parametrize("name", ["sat", "ontology", "trace"])
@pytest.mark.parametrize("stop", [1, 7])
def test_a_run_that_was_stopped_ends_with_the_same_bytes(
    name: str, stop: int, search: Path, tmp_path: Path
) -> None:
    options = {"sources": f"{search},{tmp_path / 'second.jsonl'}"} if name == "trace" else {}
    (tmp_path / "second.jsonl").write_text(search.read_text().replace('"t"', '"u"'))
    kind = make_kind(name, options)
    whole, stopped = Plan(tmp_path / "whole.jsonl", 12, 4), Plan(tmp_path / "stopped.jsonl", 12, 4)
    generate(kind, whole)

    def watch(tally: Any) -> None:
        if tally.indices >= min(stop, 1 if name == "trace" else stop):
            raise _StoppedError

    with pytest.raises(_StoppedError):
        generate(kind, stopped, watch=watch)
    stopped.journal.write_bytes(stopped.journal.read_bytes() + b'{"index": 99, "ke')
    generate(kind, stopped, resume=True)
    assert stopped.out.read_bytes() == whole.out.read_bytes()
    sums = [json.loads(p.manifest.read_text())["sha256"] for p in (whole, stopped)]
    assert sums[0] == sums[1]
