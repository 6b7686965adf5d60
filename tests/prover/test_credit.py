"""What a step that has worked adds to its path."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prover.contracts import Proposal
from prover.credit import credited
from prover.planning.contracts import PLANNER
from prover.search_loop import round_of


def test_a_fact_that_was_proved_costs_little_whatever_its_chances_were() -> None:
    fact = Proposal("have hx : x < 11 := by omega", -2.5, PLANNER)
    guess = Proposal("have hx : x < 11 := by omega", -2.5, "symbolic")
    assert credited(fact, 1) > credited(guess, 1) == guess.log_prob


def test_a_case_split_of_a_planner_is_a_step_like_others() -> None:
    split = Proposal("by_cases h : x < 11", -2.5, PLANNER)
    assert credited(split, 1) == split.log_prob


@given(st.sampled_from(("have h := k", "omega", "constructor")), st.floats(-50, 0),
       st.sampled_from((PLANNER, "symbolic")), st.integers(0, 9))
def test_each_further_goal_has_its_price_and_nothing_is_a_gain(
    tactic: str, log_prob: float, origin: str, goals: int
) -> None:
    proposal = Proposal(tactic, log_prob, origin)
    assert credited(proposal, goals + 2) < credited(proposal, goals + 1) <= 0
    assert credited(proposal, 0) == credited(proposal, 1) >= log_prob


def test_a_round_ends_behind_what_is_certain():
    certain = [Proposal("intro x", -0.1, "symbolic"), Proposal("grind", -1.0, "symbolic")]
    assert round_of(certain, 8) == certain[:1]
    choice = [Proposal("grind", -1.0, "symbolic"), Proposal("omega", -1.2, "symbolic")]
    assert round_of(choice, 8) == choice
    assert round_of(choice, 1) == choice[:1]
    assert round_of([], 8) == []
