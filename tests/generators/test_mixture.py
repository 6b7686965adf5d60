"""Several generators as one, and one behind another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.agent import Agent, Budget, Settings
from prover.contracts import (
    Feedback,
    Goal,
    Hypothesis,
    LearningGenerator,
    Proposal,
    Proposals,
    Request,
    Status,
)
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.environment import FolEnvironment, load_problem
from prover.generators.cleaning import World
from prover.generators.errors import GeneratorError
from prover.generators.factory import GeneratorFactory
from prover.generators.fallback import FallbackGenerator
from prover.generators.mixture import MixtureGenerator, Shares, fuse
from prover.generators.small.familiarity import familiar
from prover.generators.symbolic import FirstOrderGenerator
from prover.strategies import strategy_factory

GOAL = Goal((), "p → p")
REQUEST = Request((GOAL,), theorem="t")


class Fixed:
    """Always proposes the same: a boundary, not a policy."""

    def __init__(self, name: str, *tactics: str, tokens: int = 0) -> None:
        self.name, self.tactics, self.tokens = name, tactics, tokens

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        return [[Proposal(t, -0.5 * (i + 1), self.name, self.tokens)
                 for i, t in enumerate(self.tactics)][: r.count] for r in requests]


class Failing:
    """Fails as long as it is told to."""

    name = "failing"

    def __init__(self, *, lasting: bool) -> None:
        self.problem: GeneratorError | None = GeneratorError("broken", lasting=lasting)
        self.asked = 0

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        self.asked += 1
        if self.problem is not None:
            raise self.problem
        return [[Proposal("new", -1.0, self.name)] for _ in requests]


def mixture(*sources: Fixed) -> MixtureGenerator:
    return MixtureGenerator([(source.name, source) for source in sources])


def test_proposals_alternate_and_what_both_want_comes_first() -> None:
    a, b = Fixed("a", "x", "y", "z [p, q]"), Fixed("b", "u", "z [p,q]", "v")
    found = mixture(a, b).propose([REQUEST])[0]
    assert [p.tactic for p in found] == ["x", "u", "z [p, q]", "y", "v"]
    assert found[2].origin == "a + b"
    # ranks are compared, not log-probabilities: the scale is the first source's
    assert [p.log_prob for p in found] == [-0.5, -0.5, -1.5, -1.5, -1.5]


def test_a_source_with_more_weight_has_more_places_at_first() -> None:
    a, b = Fixed("a", "x", "y", "z"), Fixed("b", "u", "v", "w")
    made = MixtureGenerator([("a", a), ("b", b)], {"a": 1.0, "b": 3.0})
    assert made.shares("t")["b"] == pytest.approx(0.75, abs=0.05)
    assert [p.tactic for p in made.propose([REQUEST])[0]] == ["u", "v", "x", "w", "y", "z"]


def test_outside_of_its_field_a_source_comes_later() -> None:
    sources = [("a", Fixed("a", "p", "q")), ("b", Fixed("b", "r", "s", "t"))]
    mixture = MixtureGenerator(sources, {"a": 3.0}, {"a": familiar})
    inside = Request((Goal((), "x + 0 = x"),), (), 4)
    outside = Request((Goal((Hypothesis("h", "x = 11"),), "x < 12"),), (), 4)
    known, unknown = mixture.propose([inside, outside])
    assert [p.tactic for p in known][:2] == ["p", "q"]
    assert [p.tactic for p in unknown][:2] == ["r", "s"]


def test_shares_move_to_what_works_and_only_for_that_theorem() -> None:
    made = mixture(Fixed("a", "x", "y"), Fixed("b", "u", "v"))
    assert isinstance(made, LearningGenerator)
    before = made.shares("t")
    assert before["a"] == before["b"] == 0.5
    for _ in range(30):
        made.learn([Feedback(Proposal("x", -1, "a"), applied=False, theorem="t"),
                    Feedback(Proposal("u", -1, "b"), applied=True, theorem="t")])
    made.learn([Feedback(Proposal("u", -1, "b"), True, True, "t")])
    after = made.shares("t")
    assert after["b"] > 0.7
    assert sum(after.values()) == pytest.approx(1.0)
    assert after["a"] > 0.07  # it may have luck later
    assert [p.tactic for p in made.propose([REQUEST])[0]][:2] == ["u", "v"]
    assert made.shares("another") == before


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", "a + b", "cache"]), st.booleans(),
                          st.booleans()), max_size=60))
def test_shares_are_always_a_distribution(told: list[tuple[str, bool, bool]]) -> None:
    shares = Shares(("a", "b", "c"))
    for origin, applied, proved in told:
        shares.learn(Feedback(Proposal("x", -1.0, origin), applied, proved))
    weights = shares.weights
    assert sum(weights.values()) == pytest.approx(1.0)
    assert all(0.04 < weight < 1 for weight in weights.values())


_LISTS = st.lists(st.tuples(st.sampled_from("uvwxyz"), st.integers(0, 5)), max_size=6,
                  unique_by=lambda item: item[0])


@given(_LISTS, _LISTS, st.integers(1, 8), st.integers(0, 7))
def test_fused_proposals_are_distinct_sorted_and_keep_all_tokens(
    one: list[tuple[str, int]], two: list[tuple[str, int]], count: int, wasted: int
) -> None:
    lists: dict[str, Sequence[Proposal]] = {
        name: Proposals([Proposal(tactic, -0.1 * rank, name, tokens)
                         for rank, (tactic, tokens) in enumerate(drawn)], wasted)
        for name, drawn in (("a", one), ("b", two))}
    found = fuse(lists, {"a": 0.3, "b": 0.7}, count)
    assert len({p.tactic for p in found}) == len(found) <= count
    assert {p.tactic for p in found} <= {t for t, _ in (*one, *two)}
    assert [p.log_prob for p in found] == sorted((p.log_prob for p in found), reverse=True)
    spent = sum(tokens for _, tokens in (*one, *two)) + 2 * wasted
    assert sum(p.tokens for p in found) + found.wasted == spent


def test_a_search_tells_the_mixture_what_worked(tmp_path: Path) -> None:
    problem = tmp_path / "swap.p"
    problem.write_text("fof(goal, conjecture, ((p & q) => (q & p))).\n")
    useless = Fixed("useless", *(f"specialize h{i}" for i in range(8)), tokens=3)
    useful = Fixed("useful", "intro h", "constructor", "exact h.2", "exact h.1")
    made = mixture(useless, useful)
    environment, checker = FolEnvironment(), FolChecker()
    theorem = load_problem(problem)[0]
    result = Agent(environment, checker, made, strategy_factory("best-first"),
                   budget=Budget(seconds=60.0), settings=Settings(tactics_per_round=4)
                   ).prove(theorem)
    environment.close()
    checker.close()
    assert result.status is Status.PROVED
    assert result.tokens > 0
    shares = made.shares(theorem.statement)
    assert shares["useful"] > 0.7 > 0.3 > shares["useless"]


# ----------------------------------------------------------------------------------- standing in


def test_what_fails_for_good_is_told_once_and_never_asked_again() -> None:
    told: list[str] = []
    first = Failing(lasting=True)
    made = FallbackGenerator(first, Fixed("rules", "old"), notify=told.append)
    for _ in range(3):
        assert made.propose([REQUEST])[0][0].tactic == "old"
    assert first.asked == 1
    assert told == ["failing: broken; the search goes on with rules"]


def test_what_fails_for_a_while_is_asked_again_after_growing_pauses() -> None:
    told: list[str] = []
    now = [0.0]
    first = Failing(lasting=False)
    made = FallbackGenerator(first, None, notify=told.append, clock=lambda: now[0])
    asked_at = []
    for second in range(60):
        now[0] = float(second)
        before = first.asked
        assert made.propose([REQUEST]) == [[]]
        asked_at += [second] * (first.asked - before)
    assert asked_at == [0, 5, 15, 35]
    first.problem, now[0] = None, 100.0
    assert made.propose([REQUEST])[0][0].tactic == "new"
    assert told == ["failing: broken; the search goes on without it", "failing: works again"]


def test_a_mixture_goes_on_with_what_is_left() -> None:
    told: list[str] = []
    factory = GeneratorFactory(notify=told.append)
    rules = [p.tactic for p in FirstOrderGenerator().propose([REQUEST])[0]]
    for spec in ("mixture:symbolic+hf:/no/such", "mixture:hf:/no/such/a+hf:/no/such/b"):
        made = factory.make(spec, World.FIRST_ORDER, FirstOrderGenerator)
        assert [p.tactic for p in made.propose([REQUEST])[0]] == rules
    assert len(told) == 3
