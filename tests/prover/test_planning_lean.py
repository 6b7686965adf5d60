"""Sketches and minimised proofs in the real Lean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from prover.contracts import ProofScript, ProofState
from prover.environments.lean import LeanChecker, LeanEnvironment, LeanTheorem, load_lean_text
from prover.environments.lean.backend import EmbeddedLauncher
from prover.minimise import LEAN, Minimiser
from prover.planning import SymbolicPlanner
from prover.planning.language_model import read_sketch
from prover.script import length

pytestmark = pytest.mark.lean

# For each idea a theorem that it proves, alone or with `omega` after it; primes tell names apart.
STATEMENTS = {
    "power_periods": "(n : Nat) (h : 5 ∣ 3 ^ n - 1) : 4 ∣ n",
    "evaluate": "(a b : Nat) (p : 0 < a) (k : a < b) (h : a * b + a + b = 14) : a = 2",
    "cases": "(x y : Int) (p : 0 < y) (k : y < x) (h : x + y + x * y = 14) : x = 4",
    "factors": "(a b : Nat) (h : a * b = 35) (k : (a + 2) * (b - 2) = 35) : a = 5",
    "common_divisors": "(n : Nat) : Nat.gcd (n + 3) (2 * n + 1) ≤ 5",
    "common_multiples": "(m x : Int) (h : 3 * x % m = 1) (k : (x - 4) % m = 0) : m ≤ 11",
    "untruncate": "(a b c : Nat) (h : a + b = c) : a = c - b",
    "evaluate'": "(x y : Int) (h : x ^ 2 + y ^ 2 = 25) (p : 0 < x) (k : x < y) : x = 3 ∧ y = 4",
    "roots": "(n : Int) (h : 2 * n ^ 2 = 10 * n - 12) (k : n ≠ 2) : n = 3",
    "roots'": "(x : Int) (h : (x - 1) * x * (x + 1) = 720) : x = 9",
    "roots''": "(x : Int) (h : x ^ 2 = 24) : False",
    "products": "(p q : Int) (h : p * q = p + q) (k : 2 ≤ p) : p = 2",
    "products'": "(m n : Nat) (h : m * n + 6 = 2 * m + 3 * n) (k : m ≠ 3) : n = 2",
    "products''": "(m n : Nat) (h : 3 * m * n = m + n + 1) (k : 0 < m) : m = 1",
    "squares": "(x y : Int) (h : x ^ 2 + y ^ 2 + 5 = 2 * x + 4 * y) : x = 1",
    "differences": "(x y : Int) (h : 7 + y ^ 2 = x ^ 2) (p : 0 < x) (q : 0 < y) : x = 4",
    "differences'": "(x y : Nat) (h : 4 * x ^ 2 = 9 * y ^ 2) : 2 * x = 3 * y",
    "obstructions": "(a b : Int) (h : a ^ 2 + b ^ 2 = 4 * (a * b) + 3) : False",
    "obstructions'": "(x y : Nat) (h : x ^ 2 + y ^ 2 = 7) : False",
    "sums_of_squares": "(a b c : Int) : a * b + b * c + c * a ≤ a ^ 2 + b ^ 2 + c ^ 2",
    "sums_of_squares'": "(x y : Int) (h : x + y = 5) : x * y ≤ 6",
    "sums_of_squares''": "(x y : Nat) : 4 * (x * y) ≤ (x + y) ^ 2",
    "sums_of_squares'''": "(x : Int) : x ^ 2 - x + 1 > 0",
    "evaluate''": "(x : Int) (p : 0 < x) (h : x * x < 10) (k : x % 2 = 1) : x = 1 ∨ x = 3",
    "growing": "(n : Nat) (h : n * (n - 1) / 2 = 45) : n = 10",
    "growing'": "(n : Nat) (h : 385 = n * (n + 1) * (2 * n + 1) / 6) : n = 10",
    "closed_remainders": "(k : Nat) (h : k = 7 ^ 500 + 2 ^ 300) : k % 10 = 7",
}

CHAIN = """theorem chain (p q r s : Prop) (h : p ∧ q) (f : q → r ∧ s) : (r ∧ p) ∧ s := by
  sorry

theorem long (n : Nat) (h : n % 4 = 3) : n % 2 = 1 := by
  sorry

theorem three (xs : List Nat) : (xs ++ []).length = xs.length := by
  sorry
"""

SCRIPTS = {
    "chain": "have u := h\nobtain ⟨hp, hq⟩ := u\nhave w := f hq\nobtain ⟨hr, hs⟩ := w\n"
             "constructor\n· constructor\n  · exact hr\n  · exact hp\n· exact hs",
    "long": "have h1 : n = 4 * (n / 4) + 3 := by omega\nhave h2 : n % 2 < 2 := by omega\n"
            "rcases (by omega : n % 2 = 0 ∨ n % 2 = 1) with h3 | h3\n· omega\n· exact h3",
    "three": "induction xs with | nil => ?_ | cons x xs ih => ?_\n· simp\n"
             "· simp only [List.append_nil, List.length_cons, List.length_append]",
}


@pytest.fixture(scope="module")
def environment() -> Iterator[LeanEnvironment]:
    with LeanEnvironment(EmbeddedLauncher(), tactic_seconds=60) as environment:
        yield environment


@pytest.fixture(scope="module")
def checker() -> Iterator[LeanChecker]:
    with LeanChecker(EmbeddedLauncher()) as checker:
        yield checker


@pytest.fixture(scope="module")
def theorems(environment: LeanEnvironment) -> dict[str, LeanTheorem]:
    sketched = "".join(f"theorem {idea} {statement} := by\n  sorry\n\n"
                       for idea, statement in STATEMENTS.items())
    loaded = load_lean_text(sketched + CHAIN, pool=environment)
    assert not loaded.problems
    return {theorem.name: theorem for theorem in loaded.theorems}


@pytest.mark.parametrize("idea", STATEMENTS)
def test_a_sketch_is_accepted_and_leads_to_a_proof(
    environment: LeanEnvironment, theorems: dict[str, LeanTheorem], idea: str
) -> None:
    state = environment.open(theorems[idea])
    answers = [environment.apply(state, sketch.text)
               for sketch in SymbolicPlanner().propose(state.goals[0])
               if sketch.idea == idea.rstrip("'")]
    accepted = [answer for answer in answers if isinstance(answer, ProofState)]
    assert accepted, answers
    ended = [s if s.solved else environment.apply(s, "all_goals omega") for s in accepted]
    assert any(isinstance(s, ProofState) and s.solved for s in ended), ended


def test_a_models_sketch_leaves_its_steps_as_goals(
    environment: LeanEnvironment, theorems: dict[str, LeanTheorem]
) -> None:
    text = read_sketch("have hq : q := by sorry\nhave hr : r ∧ s := by sorry\nexact done")
    assert text is not None
    state = environment.apply(environment.open(theorems["chain"]), text)
    assert isinstance(state, ProofState)
    assert [goal.target for goal in state.goals] == ["q", "r ∧ s", "(r ∧ p) ∧ s"]
    assert [len(goal.hypotheses) for goal in state.goals] == [6, 7, 8]


@pytest.mark.parametrize("name", SCRIPTS)
def test_lean_proofs_are_made_shorter(
    environment: LeanEnvironment, checker: LeanChecker, theorems: dict[str, LeanTheorem],
    name: str,
) -> None:
    found = ProofScript((SCRIPTS[name],))
    result = Minimiser(environment, checker, LEAN, seconds=60).minimise(theorems[name], found)
    assert result is not None
    assert result.verdict.accepted
    assert length(result.script).characters < 0.7 * length(found).characters
