"""Equal goals are one node, whatever their hypotheses are called, and the proof still holds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prover.agent import Agent, Budget, Settings
from prover.applying import Alone
from prover.budget import Progress
from prover.contracts import Proposal, Request, Status
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.environment import FolEnvironment, load_problem
from prover.environments.fol.theorem import FolTheorem
from prover.proposing import Proposer
from prover.script import render
from prover.search_loop import Limits, Search
from prover.strategies import STRATEGIES, strategy_factory
from prover.workplace import Merging, Workplace

World = tuple[FolEnvironment, FolChecker]


class ByTarget:
    """Proposes tactics by the shape of the goal: a boundary, not a policy."""

    name = "by target"

    def __init__(self, rules: Callable[[str], Sequence[str]]) -> None:
        self.rules = rules

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        return [[Proposal(tactic, -1.0 - 0.1 * rank, self.name)
                 for rank, tactic in enumerate(self.rules(str(request.goals[0])))]
                for request in requests]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    environment, checker = FolEnvironment(), FolChecker()
    yield environment, checker
    environment.close()
    checker.close()


def theorem(folder: Path, formula: str) -> FolTheorem:
    path = folder / "problem.p"
    path.write_text(f"fof(goal, conjecture, {formula}).\n")
    return load_problem(path)[0]


def two_ways(goal: str) -> Sequence[str]:
    """Reaches ``p, q ⊢ q`` under two pairs of names."""
    if "⊢ p → q → q" in goal:
        return ["intro h k"]
    if "⊢ p ∧ q → q" in goal:
        return ["intro x"]
    if "x : p ∧ q" in goal:
        return ["obtain ⟨a, h⟩ := x"]  # `h` is the other one here
    if "⊢ q" in goal and "k : q" in goal:
        return ["have h := k; exact h", "exact k"]
    return ["constructor"]


def test_a_goal_met_again_under_other_names_is_proved_once(tmp_path: Path, world: World) -> None:
    asked: list[str] = []

    def rules(goal: str) -> Sequence[str]:
        asked.append(goal)
        return two_ways(goal)

    goal = theorem(tmp_path, "(p => (q => q)) & ((p & q) => q)")
    result = Agent(*world, ByTarget(rules), strategy_factory("best-first")).prove(goal)
    assert result.status is Status.PROVED, result.error
    assert sum(g.endswith("⊢ q") for g in asked) == 2  # `x : p ∧ q ⊢ q`, and the shared goal once
    assert result.proof is not None
    assert "obtain ⟨a, h⟩ := x" in result.proof


ATOMS = st.sampled_from(["p", "q", "r"])
FORMULAS = st.recursive(ATOMS, lambda inner: st.tuples(
    st.sampled_from(["&", "=>", "|"]), inner, inner).map(lambda t: f"({t[1]} {t[0]} {t[2]})"),
    max_leaves=6)


def intuitionistic(goal: str) -> list[str]:
    """All the rules there are, with names that depend on what is there already."""
    hypotheses = [line.partition(" : ") for line in goal.splitlines() if " : " in line]
    count = len(hypotheses)
    tactics = [f"intro h{count}", "constructor", "left", "right"]
    for name, _, formula in hypotheses:
        tactics.append(f"exact {name}")
        if "∧" in formula:
            tactics.append(f"obtain ⟨{name}, a{count}⟩ := {name}")
        if "∨" in formula:
            tactics.append(f"rcases {name} with {name}l | {name}r")
        if "→" in formula:
            tactics.append(f"apply {name}")
    return tactics


@settings(max_examples=25, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(formula=FORMULAS, search=st.sampled_from(["best-first", "mcts", "depth-first"]))
def test_merging_loses_no_proof_and_every_script_is_accepted(
    formula: str, search: str, tmp_path: Path, world: World
) -> None:
    goal = theorem(tmp_path, formula)
    environment, checker = world
    proved = {}
    for merging in Merging:
        limits = Limits(Budget(tactic_calls=1500), time.monotonic() + 60, threading.Event())
        workplace = Workplace(environment, Alone(environment), lambda: 5.0, merging=merging)
        loop = Search(goal, workplace, Proposer(ByTarget(intuitionistic), 32), limits, Settings(),
                      Progress())
        ended = loop.run(strategy_factory(search))
        exhausted = ended.reason == "no tactic is left to try"
        proved[merging] = None if not exhausted and ended.proof is None else bool(ended.proof)
        if ended.proof is not None:
            script = render(workplace.with_real_names(goal, ended.proof))
            assert checker.check(goal, script).accepted, str(script)
    if None not in proved.values():
        assert proved[Merging.NAMES] == proved[Merging.NEVER]
    if proved[Merging.NEVER]:
        assert proved[Merging.NAMES]


@pytest.mark.parametrize("search", [s for s in STRATEGIES if s != "ab-mcts"])
def test_shared_goals_under_every_strategy(tmp_path: Path, world: World, search: str) -> None:
    goal = theorem(tmp_path, "(p => (q => q)) & ((p & q) => q)")
    result = Agent(*world, ByTarget(two_ways), strategy_factory(search)).prove(goal)
    assert result.status is Status.PROVED, result.error
