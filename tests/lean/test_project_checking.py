"""Judging texts by what a plain Pantograph can tell.

The embedded Lean plays the native one: it is asked with documented commands only, and what it
answers must lead to the same verdicts as its own report on the kernel's second pass.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.contracts import ProofScript
from prover.environments.lean import LeanChecker, LeanEnvironment, LeanTheorem, load_lean_text
from prover.environments.lean.backend import EmbeddedLauncher
from prover.environments.lean.elaboration import replay
from prover.environments.lean.project_terms import canonical
from prover.environments.lean.protocol import EnvReplayResult
from prover.environments.lean.server import LeanServer
from prover.environments.lean.source import LeanSource


@dataclass(frozen=True)
class PlainLauncher(EmbeddedLauncher):
    """A server that owns to no extension of the protocol."""

    name: str = "native"
    extended: bool = False


class NothingThere(EmbeddedLauncher):
    """An embedded Lean without the modules of the text, so that the other one has to judge."""

    def missing(self, imports: Sequence[str]) -> tuple[str, ...]:
        return tuple(imports)


@pytest.fixture(scope="module")
def native() -> Iterator[LeanChecker]:
    with LeanChecker(PlainLauncher()) as checker:
        checker.launcher = NothingThere()
        yield checker


TEXT = """theorem sound (a b : Nat) : a + b = b + a := by omega
private theorem hidden : ∃ n : Nat, n = 3 := ⟨3, rfl⟩
theorem classical (p : Prop) : p ∨ ¬p := Classical.em p
theorem missing : 1 = 2 := sorry
theorem below : 1 = 2 := missing
def f (n : Nat) : Nat := match n with | 0 => 1 | n + 1 => f n
theorem recursive (n : Nat) : f n = 1 := by
  induction n with
  | zero => rfl
  | succ n ih => exact ih
namespace Tree
inductive T (α : Type u) | leaf | node (l : T α) (a : α) (r : T α)
theorem levels.{w, v} {α : Type w} {β : Type v} (x : α) (_ : β) : x = x := rfl
@[simp] theorem kept (p : Prop) : (p ∧ p ∧ p) = p := by simp
theorem «odd name» (t : T Nat) : t = t := rfl
end Tree
axiom cheat : False
theorem cheated : 1 = 2 := cheat.elim
example : 1 = 1 := rfl
theorem compiled : 2 + 2 = 4 := by native_decide
theorem wrong : 1 = 2 := rfl
"""


@pytest.mark.lean
def test_the_verdicts_are_those_of_the_second_pass(
    native: LeanChecker, checker: LeanChecker
) -> None:
    source = LeanSource(Path("x.lean"), TEXT)
    there, here = native.check_file(source), checker.check_file(source)
    assert [v.theorem for v in there] == [v.theorem for v in here]
    assert [(v.verdict.accepted, v.verdict.reason) for v in there] == [
        (v.verdict.accepted, v.verdict.reason) for v in here
    ]
    refused = [v.theorem for v in there if not v.verdict.accepted]
    assert refused == ["missing", "below", "cheated", "compiled", "wrong"]
    assert {v.verdict.checker for v in there} == {"Lean 4.28.0 kernel (native)"}


@pytest.mark.lean
def test_the_reports_say_the_same() -> None:
    reports = []
    for launcher in (EmbeddedLauncher(), PlainLauncher()):
        with LeanServer(launcher) as server:
            _, report = replay(server, LeanSource(Path("x.lean"), TEXT).view, seconds=60)
            reports.append(report)
    ours, plain = reports
    mine = {c.name: c for c in ours.constants}
    written = [c for c in plain.constants if c.type.count("\n")]  # the others Lean made up
    assert {c.name for c in written} >= {"sound", "missing", "f", "Tree.T", "Tree.levels", "cheat"}
    for constant in written:
        told = mine[constant.name]
        assert (constant.kind, constant.is_unsafe) == (told.kind, told.is_unsafe)
        assert len(constant.levels) == len(told.levels)
        assert constant.uses_sorry is told.uses_sorry
        # Of an opaque constant the public part of a library does not say more than of an axiom.
        assert set(constant.axioms) - {"Lean.reduceBool"} == set(told.axioms), constant.name
        assert _without_levels(constant.type.partition("\n")[0]) == _without_levels(told.type)
    assert isinstance(plain, EnvReplayResult)


def _without_levels(canonical_text: str) -> str:
    """Constants without their levels, which S-expressions leave out, and sorts without theirs,
    which are written another way there."""
    text = re.sub(r"\(const ([^\s()]+)(?: (?:[^\s()]+|\((?:[^()]|\([^()]*\))*\)))*\)",
                  r"(const \1)", canonical_text)
    return re.sub(r"\(sort (?:[^\s()]+|\((?:[^()]|\([^()]*\))*\))\)", "(sort)", text)


@pytest.fixture(scope="module")
def theorem(environment: LeanEnvironment) -> LeanTheorem:
    text = "theorem t (p : Prop) (h : p) : p ∧ p := by\n  sorry\n"
    return load_lean_text(text, pool=environment).theorems[0]


@pytest.mark.lean
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exact ⟨h, h⟩", None),
        ("exact ⟨h, nothing⟩", "nknown"),
        ("exact ⟨h, h⟩\n\naxiom bad : False", "axiom"),
    ],
)
def test_scripts(
    native: LeanChecker, theorem: LeanTheorem, script: str, reason: str | None
) -> None:
    verdict = native.check(theorem, ProofScript((script,)))
    assert verdict.accepted is (reason is None), verdict
    assert (reason or "") in (verdict.reason or "")


@pytest.mark.lean
def test_a_text_that_switches_the_kernel_off_is_refused(
    native: LeanChecker, environment: LeanEnvironment
) -> None:
    text = "set_option debug.skipKernelTC true in\ntheorem t : True := by\n  sorry\n"
    [theorem] = load_lean_text(text, pool=environment).theorems
    verdict = native.check(theorem, ProofScript(("trivial",)))
    assert "kernel" in (verdict.reason or "")
    assert not verdict.accepted


# --- Terms ----------------------------------------------------------------------------------


def test_a_term_in_both_forms() -> None:
    text = "(:forall n (:c Nat) ((:c Eq) (:c Nat) 0 (:lit 3)) :i)"
    assert canonical(text) == (
        "(pi implicit (const Nat) (app (app (app (const Eq) (const Nat)) #0) (nat 3)))"
    )
    assert canonical('(:let x (:sort (+ u 1)) (:lit "a (b") (:proj "«P Q»" 0 0))') == (
        '(let (sort (+ u 1)) (str "a (b") (proj «P Q» 0 #0))'
    )


@pytest.mark.parametrize("text", ["", "(", ")", "()", "(:c A) (:c B)", "(:c A))"])
def test_what_is_no_term(text: str) -> None:
    with pytest.raises(ValueError, match="S-expression"):
        canonical(text)


@given(st.text("(): clambda\"\\01 ", max_size=30))
def test_any_text_is_a_term_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert canonical(text)
