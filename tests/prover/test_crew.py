"""Helpers change how fast a search is, and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from prover import crew
from prover.agent import Agent, Budget, Settings
from prover.contracts import Environment, EnvironmentCrash, Result, Status
from prover.crew import Helped, Idle
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.environment import FolEnvironment, load_problem
from prover.environments.fol.theorem import FolTheorem
from prover.strategies import strategy_factory
from prover.trace import TraceWriter, read_trace
from tests.prover.test_agent import STEPS, Fixed

FORMULA = "(p & q) => (q & p)"


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(crew, "_LISTENING_SECONDS", 0.01)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.001)


class Watched(FolEnvironment):
    """Remembers who has applied tactics in it; ``await_`` holds it up until it is true."""

    def __init__(self, await_: Callable[[], bool] = lambda: True) -> None:
        super().__init__()
        self.threads: set[str] = set()
        self.await_ = await_

    def apply(self, state: Any, tactic: str, limit: float | None = None) -> Any:
        wait_until(self.await_)
        self.threads.add(threading.current_thread().name)
        return super().apply(state, tactic, limit)


class Breaking(Watched):
    """Crashes when it is used."""

    def apply(self, state: Any, tactic: str, limit: float | None = None) -> Any:
        super().apply(state, tactic, limit)
        raise EnvironmentCrash("gone")


def load(folder: Path) -> FolTheorem:
    path = folder / "problem.p"
    path.write_text(f"fof(goal, conjecture, {FORMULA}).\n")
    return load_problem(path)[0]


def run(
    folder: Path, helpers: Callable[[], Watched] | None, budget: Budget | None = None
) -> tuple[Result, list[dict[str, Any]], Watched | None]:
    """The result and what was tried, with a helper or without."""
    theorem, own = load(folder), Watched()
    helper = helpers() if helpers else None
    idle = Idle(2 if helper else 1)

    @contextmanager
    def lend(_: object) -> Iterator[Environment[Any]]:
        assert helper is not None
        yield helper

    with closing(FolChecker()) as checker, \
            TraceWriter(folder / "trace.jsonl") as trace, idle.at_work(), \
            Helped(own, theorem, lend, idle) as team:
        if helper is not None:
            team.run(lambda _: None, 2)  # calls the helper in
            wait_until(lambda: team.ready == 1)
            own.await_ = lambda: bool(helper.threads)
        agent: Agent[Any] = Agent(
            own, checker, Fixed(*STEPS, "left", "right", "exfalso"),
            strategy_factory("best-first"), crew=team, listen=trace.listener, budget=budget,
            settings=Settings(tactics_per_round=9))
        result = agent.prove(theorem)
    own.close()
    steps = [{k: v for k, v in vars(r.event).items() if k != "seconds"}
             for r in read_trace(folder / "trace.jsonl") if r.event.kind != "expanded"]
    return result, steps, helper


def test_a_helper_takes_part_and_changes_nothing(tmp_path: Path) -> None:
    alone, steps_alone, _ = run(tmp_path, None)
    helped, steps_helped, helper = run(tmp_path, Watched)
    assert alone.status is helped.status is Status.PROVED
    assert (helped.proof, helped.tactic_calls, helped.expansions) == (
        alone.proof, alone.tactic_calls, alone.expansions)
    assert steps_helped == steps_alone
    assert helper is not None
    assert helper.threads == {"lemma-helper"}


def test_a_helper_that_breaks_is_done_without(tmp_path: Path) -> None:
    alone, _, _ = run(tmp_path, None)
    helped, _, _ = run(tmp_path, Breaking)
    assert (helped.status, helped.proof, helped.tactic_calls) == (
        Status.PROVED, alone.proof, alone.tactic_calls)


def test_the_budget_of_tactic_calls_is_kept_together(tmp_path: Path) -> None:
    for limit in (5, 12):
        result, _, _ = run(tmp_path, Watched, Budget(tactic_calls=limit))
        assert result.tactic_calls == limit
        assert result.error == f"no proof within {limit} tactic calls"


def test_workers_are_lent_only_while_they_are_idle() -> None:
    idle = Idle(2)
    with idle.at_work():
        assert idle.borrow()
        assert not idle.borrow()
        assert not idle.wanted
        with idle.at_work():
            assert idle.wanted
        idle.give_back()
        assert idle.borrow()
