"""Symbolic proposals for first-order goals: readable, applicable and in a sensible order."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prover.contracts import Goal, Hypothesis, ProofState
from prover.environments.fol.environment import FolEnvironment
from prover.environments.fol.notation import read_formula
from prover.environments.fol.syntax import Formula
from prover.environments.fol.tactic_parser import read_script
from prover.generators.first_order import propose_first_order
from tests.fol.sequents import formulas, theorem


def goal(target: str, **hypotheses: str) -> Goal:
    return Goal(tuple(Hypothesis(n, t) for n, t in hypotheses.items()), target)


def tactics(target: str, depth: int = 1, **hypotheses: str) -> list[str]:
    return [p.tactic for p in propose_first_order(goal(target, **hypotheses), 200, depth)]


@pytest.mark.parametrize(("target", "hypotheses", "expected"), [
    ("∀ x, p x", {}, "intros"), ("¬p a", {}, "intro"), ("p a ∧ q", {}, "constructor"),
    ("p ↔ q", {}, "constructor"), ("p ∨ q", {}, "left"), ("p ∨ q", {}, "by_cases h : p"),
    ("∃ x, p x", {"x": "ι", "h": "q (f x)"}, "exists x"),
    ("∃ x, p x", {"h": "q (f a)"}, "exists f a"),
    ("s", {"h": "∃ x, p x"}, "cases h"), ("s", {"h": "p ∨ q"}, "cases h"),
    ("q (f a)", {"h": "∀ x, p x → q (f x)"}, "apply h"),
    ("r a c", {"h": "∀ x y z, r x y → r y z → r x z", "k": "r a b"}, "apply h _ b"),
    ("p (f a)", {"h": "∀ x, f x = x"}, "rw [h]"),
    ("p b", {"h": "f a = b"}, "rw [← h]"),
    ("subset a b", {"h": "∀ x y, subset x y ↔ q x"}, "rw [h]"),
    ("s", {"h": "∀ x, p x → q x", "k": "p a"}, "forward h k"),
    ("s", {"h": "∀ x, ∃ y, r x y", "k": "p a"}, "cases h a"),
    ("s", {"h": "∀ x, p x", "k": "q (f a)"}, "have h_1 := h (f a)"),
    ("False", {"h": "¬p a"}, "apply h"), ("s", {}, "by_contra"),
    ("s", {"h": "p a → s"}, "by_cases h_1 : p a"),
    ("s", {"x": "ι", "h": "x = f a"}, "subst h"),
])  # fmt: skip
def test_proposes(target: str, hypotheses: dict[str, str], expected: str) -> None:
    assert expected in tactics(target, **hypotheses)


def test_order() -> None:
    assert tactics("p a", h="p a")[0] == "assumption"
    assert tactics("s", h="p a", k="¬p a")[0] == "contradiction"
    assert tactics("a = a")[0] == "rfl"
    assert tactics("∀ x, p x", depth=0)[0] == "auto (timeout := 1)"
    late = tactics("s ∨ p a", h="p a ∨ s")
    assert late.index("cases h") < late.index("by_contra")


def test_at_most_count_without_duplicates_and_repeatable() -> None:
    given_ = goal("q (f a)", h="∀ x y, p x → q y", k="p a ∧ p b", m="∃ x, q x")
    proposals = propose_first_order(given_, 7, 2)
    assert len(proposals) == 7
    assert len({p.tactic for p in proposals}) == 7
    assert proposals == propose_first_order(given_, 7, 2)
    assert all(p.log_prob <= 0 for p in proposals)
    assert [p.log_prob for p in proposals] == sorted((p.log_prob for p in proposals), reverse=True)


def test_what_cannot_be_read_or_named_is_left_out() -> None:
    strange = goal("%%%", **{"h✝": "p a", "k": "§", "x": "ι"})
    assert any(t.startswith("auto") for t in
               (p.tactic for p in propose_first_order(strange, 50, 0)))  # fmt: skip
    assert not any("✝" in p.tactic for p in propose_first_order(strange, 50, 0))


@given(axioms=st.lists(formulas(), max_size=3), target=formulas())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_proposal_can_be_read(axioms: list[Formula], target: Formula) -> None:
    of = theorem(dict(zip("hkm", axioms, strict=False)), target)
    for proposal in propose_first_order(of.sequent.goal(), 200, 1):
        read_script(proposal.tactic)


def test_a_greedy_walk_proves_without_provers() -> None:
    """The proposals' order is good enough that first fit with backtracking finds a proof."""
    environment = FolEnvironment()
    of = theorem({n: read_formula(f) for n, f in {
        "trans": "∀ x y z, r x y → r y z → r x z", "sym": "∀ x y, r x y → r y x",
        "serial": "∀ x, ∃ y, r x y",
    }.items()}, read_formula("∀ x, r x x"))
    assert _prove(environment, environment.open(of), 6)


def _prove(environment: FolEnvironment, state: ProofState, depth: int) -> bool:
    if state.solved:
        return True
    if depth == 0:
        return False
    proposals = [p.tactic for p in propose_first_order(state.goals[0], 20, 1)]
    for tactic in [t for t in proposals if not t.startswith("auto")][:5]:
        after = environment.apply(state, tactic)
        if isinstance(after, ProofState) and _prove(environment, after, depth - 1):
            return True
    return False
