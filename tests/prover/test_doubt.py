"""What failed before a step is tried later after it, the more so the less the step changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prover.contracts import Proposal
from prover.doubt import GENERATIONS, doubted, step_doubt
from search.contracts import Step

TACTICS = ("omega", "grind", "simp", "intro x")
STEPS = ("obtain ⟨a, b⟩ := h", "induction n", "cases x", "have h := k", "unfold f", "· simp", "")

proposals = st.lists(
    st.builds(Proposal, st.sampled_from(TACTICS), st.floats(-9, 0), st.just("test")), max_size=6
)
routes = st.lists(
    st.builds(Step, st.integers(0, 5), st.sampled_from(STEPS), st.just(0)), max_size=6
)
failures = st.dictionaries(st.integers(0, 5), st.frozensets(st.sampled_from(TACTICS)))


def order(step: str, failed: set[str]) -> list[str]:
    offered = [Proposal(t, -1.0 - i / 10, "test") for i, t in enumerate(TACTICS)]
    return [p.tactic for p in doubted(offered, [Step(0, step, 0)], lambda _: failed)]


def test_what_failed_comes_last_after_a_step_that_changed_little() -> None:
    assert order("obtain ⟨a, b⟩ := h", {"omega", "simp"}) == ["grind", "intro x", "omega", "simp"]


def test_an_induction_makes_everything_worth_another_try() -> None:
    assert order("induction n <;> intro h", set(TACTICS)) == list(TACTICS)


def test_the_step_that_changed_most_decides() -> None:
    offered = [Proposal("omega", -1.0, "test"), Proposal("grind", -1.5, "test")]
    far = [Step(0, "cases x", 0), Step(1, "obtain ⟨a, b⟩ := h", 0)]
    assert doubted(offered, far, lambda n: {"omega"} if n == 0 else set()) == tuple(offered)
    near = doubted(offered, far, lambda n: {"omega"} if n == 1 else set())
    assert [p.tactic for p in near] == ["grind", "omega"]


def test_failures_long_ago_do_not_count() -> None:
    route = [Step(n, "unfold f", 0) for n in range(GENERATIONS + 1)]
    offered = [Proposal("omega", -1.0, "test")]
    assert doubted(offered, route, lambda n: {"omega"} if n == 0 else set()) == tuple(offered)
    assert doubted(offered, route, lambda n: {"omega"} if n == 1 else set()) != tuple(offered)


@given(proposals, routes, failures)
def test_nothing_is_lost_or_raised_and_the_best_comes_first(
    offered: list[Proposal], route: list[Step], failed: dict[int, frozenset[str]]
) -> None:
    result = doubted(offered, route, lambda n: failed.get(n, frozenset()))
    assert sorted(p.tactic for p in result) == sorted(p.tactic for p in offered)
    assert all(step_doubt(step) >= 0 for step in STEPS)
    if any(failed.get(step.node) for step in route):
        most = max(p.log_prob for p in offered) if offered else 0.0
        assert all(p.log_prob <= most for p in result)
        assert list(result) == sorted(result, key=lambda p: -p.log_prob) or result == tuple(offered)
