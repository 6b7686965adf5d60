"""The agent's loop over the real first-order environment: budgets, stopping, verdicts."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from prover.agent import Agent, Budget, Settings
from prover.contracts import Proposal, Request, Status
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.environment import FolEnvironment, load_problem
from prover.environments.fol.theorem import FolTheorem
from prover.strategies import STRATEGIES, strategy_factory


class Fixed:
    """A generator that always proposes the same tactics: a boundary, not a policy."""

    name = "fixed"

    def __init__(self, *tactics: str) -> None:
        self.tactics = tactics
        self.asked = 0

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        self.asked += len(requests)
        return [[Proposal(t, -1.0, self.name) for t in self.tactics[: r.count]]
                for r in requests]


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[FolEnvironment, FolChecker]]:
    environment, checker = FolEnvironment(), FolChecker()
    yield environment, checker
    environment.close()
    checker.close()


def theorem(folder: Path, formula: str) -> FolTheorem:
    path = folder / "problem.p"
    path.write_text(f"fof(goal, conjecture, {formula}).\n")
    return load_problem(path)[0]


STEPS = ("intro h", "constructor", "exact h", "obtain ⟨a, b⟩ := h", "exact a", "exact b")


def agent(
    world: tuple[FolEnvironment, FolChecker], generator: Fixed, search: str = "best-first",
    budget: Budget | None = None, stop: threading.Event | None = None,
) -> Agent[FolTheorem]:
    return Agent(*world, generator, strategy_factory(search), budget=budget, stop=stop,
                 settings=Settings(tactics_per_round=4))


@pytest.mark.parametrize("search", [s for s in STRATEGIES if s != "ab-mcts"])
def test_every_strategy_proves_a_branching_theorem(
    tmp_path: Path, world: tuple[FolEnvironment, FolChecker], search: str
) -> None:
    goal = theorem(tmp_path, "(p & q) => (q & p)")
    result = agent(world, Fixed(*STEPS), search).prove(goal)
    assert result.status is Status.PROVED
    assert result.verdict is not None
    assert result.verdict.accepted
    assert result.proof is not None
    assert "·" in result.proof


def test_the_budget_of_tactic_calls_is_kept(
    tmp_path: Path, world: tuple[FolEnvironment, FolChecker]
) -> None:
    goal = theorem(tmp_path, "p => q")
    result = agent(world, Fixed("intro h", "intro k"), budget=Budget(tactic_calls=3)).prove(goal)
    assert result.status in (Status.TIMEOUT, Status.FAILED)
    assert result.tactic_calls <= 3
    spent = agent(world, Fixed(*STEPS), budget=Budget(tactic_calls=2)).prove(
        theorem(tmp_path, "(p & q) => (q & p)"))
    assert spent.status is Status.TIMEOUT
    assert spent.error == "no proof within 2 tactic calls"


def test_what_was_spent_before_counts(
    tmp_path: Path, world: tuple[FolEnvironment, FolChecker]
) -> None:
    goal = theorem(tmp_path, "(p & q) => (q & p)")
    ready = agent(world, Fixed(*STEPS), budget=Budget(seconds=20.0))
    assert ready.prove(goal, spent=5.0).seconds >= 5.0
    late = ready.prove(goal, spent=20.0)
    assert (late.status, late.error) == (Status.TIMEOUT, "no proof within 20 s")


def test_a_search_without_anything_left_to_try_fails(
    tmp_path: Path, world: tuple[FolEnvironment, FolChecker]
) -> None:
    result = agent(world, Fixed("left")).prove(theorem(tmp_path, "p => q"))
    assert result.status is Status.FAILED
    assert result.error == "no tactic is left to try"


def test_a_stopped_agent_does_not_start(
    tmp_path: Path, world: tuple[FolEnvironment, FolChecker]
) -> None:
    stop = threading.Event()
    stop.set()
    generator = Fixed("auto")
    result = agent(world, generator, stop=stop).prove(theorem(tmp_path, "p => p"))
    assert result.status is Status.FAILED
    assert result.error == "interrupted"
    assert generator.asked == 0


def test_the_same_seed_does_the_same_work(
    tmp_path: Path, world: tuple[FolEnvironment, FolChecker]
) -> None:
    goal = theorem(tmp_path, "(p & q) => (q & p)")
    first, second = (agent(world, Fixed(*STEPS)).prove(goal) for _ in range(2))
    assert (first.proof, first.tactic_calls) == (second.proof, second.tactic_calls)
