"""An interrupted search goes on in another run as if nothing had happened."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from prover.agent import Agent, Budget, Settings
from prover.checkpoint import EVERY_SECONDS, Checkpoint, Checkpoints, Keeper
from prover.contracts import Environment, Result, Status
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.environment import FolEnvironment, load_problem
from prover.environments.fol.theorem import FolTheorem
from prover.strategies import STRATEGIES, strategy_factory
from tests.prover.test_merging import ByTarget, intuitionistic, two_ways

FORMULA = "(p => (q => q)) & ((p & q) => q)"
LONG = "((p & q) & (r & (p | s))) => (((s | p) & r) & (q & p))"


@pytest.fixture(scope="module")
def checker() -> Iterator[FolChecker]:
    found = FolChecker()
    yield found
    found.close()


def load(folder: Path, formula: str) -> FolTheorem:
    path = folder / "problem.p"
    path.write_text(f"fof(goal, conjecture, {formula}).\n")
    return load_problem(path)[0]


class Interrupted(FolEnvironment):
    """Sets ``stop`` at its ``after``-th tactic, as a user might."""

    def __init__(self, after: int, stop: threading.Event) -> None:
        super().__init__()
        self.left, self.stop = after, stop

    def apply(self, state: Any, tactic: str, limit: float | None = None) -> Any:
        self.left -= 1
        if self.left <= 0:
            self.stop.set()
        return super().apply(state, tactic, limit)


def run(
    theorem: FolTheorem, checker: FolChecker, checkpoint: Checkpoint | None, search: str,
    after: int | None = None, rules: Any = intuitionistic, budget: Budget | None = None,
) -> Result:
    stop = threading.Event()
    environment: Environment[Any] = (
        FolEnvironment() if after is None else Interrupted(after, stop))
    agent: Agent[Any] = Agent(
        environment, checker, ByTarget(rules), strategy_factory(search), stop=stop,
        budget=budget, settings=Settings(tactics_per_round=3),
        checkpoint=lambda _: checkpoint)
    result = agent.prove(theorem)
    environment.close()
    return result


@pytest.mark.parametrize("search", [s for s in STRATEGIES if s != "ab-mcts"])
def test_a_search_stopped_again_and_again_does_the_same_work(
    tmp_path: Path, checker: FolChecker, search: str
) -> None:
    theorem = load(tmp_path, LONG)
    checkpoint = Checkpoint(tmp_path / "search.json", "same")
    whole = run(theorem, checker, None, search)
    assert whole.status is Status.PROVED
    calls, stops = 0, 0
    result = run(theorem, checker, checkpoint, search, after=7)
    while result.error == "interrupted":
        assert checkpoint.path.exists()
        calls, stops = calls + result.tactic_calls, stops + 1
        assert stops < 200
        result = run(theorem, checker, checkpoint, search, after=7 + 20 * stops)
    assert result.status is Status.PROVED, result.error
    assert stops
    assert calls + result.tactic_calls <= 1.5 * whole.tactic_calls + 20
    assert not checkpoint.path.exists()


def test_names_are_kept_apart_across_runs(tmp_path: Path, checker: FolChecker) -> None:
    """A state that is reached again by another way is written as in the earlier run."""
    theorem = load(tmp_path, FORMULA)
    for after in range(1, 8):
        checkpoint = Checkpoint(tmp_path / f"{after}.json", "same")
        first = run(theorem, checker, checkpoint, "best-first", after=after, rules=two_ways)
        if first.status is not Status.PROVED:
            second = run(theorem, checker, checkpoint, "best-first", rules=two_ways)
            assert second.status is Status.PROVED, (after, second.error)


def test_a_larger_budget_goes_on_where_a_smaller_one_ended(
    tmp_path: Path, checker: FolChecker
) -> None:
    theorem = load(tmp_path, LONG)
    checkpoint = Checkpoint(tmp_path / "search.json", "same")
    whole = run(theorem, checker, None, "best-first")
    short = run(theorem, checker, checkpoint, "best-first",
                budget=Budget(tactic_calls=whole.tactic_calls - 5))
    assert short.status is Status.TIMEOUT
    rest = run(theorem, checker, checkpoint, "best-first", budget=Budget(tactic_calls=30))
    assert rest.status is Status.PROVED
    assert rest.tactic_calls < 30


@pytest.mark.parametrize("damage", [
    "", "{", "[]", '{"version": 1, "fingerprint": "same"}',
    '{"version": 1, "fingerprint": "same", "strategy": {}, "names": [], "proved": []}',
])
def test_what_does_not_fit_is_begun_anew(
    tmp_path: Path, checker: FolChecker, damage: str
) -> None:
    theorem = load(tmp_path, LONG)
    checkpoint = Checkpoint(tmp_path / "search.json", "same")
    checkpoint.path.write_text(damage)
    assert run(theorem, checker, checkpoint, "best-first").status is Status.PROVED


def test_a_prover_that_answers_otherwise_now_is_noticed(
    tmp_path: Path, checker: FolChecker
) -> None:
    """The states on the way cannot be made again: the search begins anew."""
    theorem = load(tmp_path, LONG)
    checkpoint = Checkpoint(tmp_path / "search.json", "same")
    whole = run(theorem, checker, None, "best-first")
    run(theorem, checker, checkpoint, "best-first", after=whole.tactic_calls // 2)
    text = checkpoint.path.read_text()
    checkpoint.path.write_text(text.replace('"intro h0"', '"intro other"'))
    assert run(theorem, checker, checkpoint, "best-first").status is Status.PROVED


def test_other_options_or_statements_are_other_searches(tmp_path: Path) -> None:
    theorem, other = load(tmp_path, FORMULA), load(tmp_path, LONG)
    kept = Checkpoints(tmp_path, "options")
    here = kept.of(theorem, "theory")
    here.write({"search": 1})
    assert here.read() is not None
    assert kept.of(other, "theory").path == here.path
    assert kept.of(other, "theory").read() is None
    assert kept.of(theorem, "another theory").read() is None
    assert Checkpoints(tmp_path, "other").of(theorem, "theory").read() is None


def test_the_generator_is_not_asked_again(tmp_path: Path, checker: FolChecker) -> None:
    theorem = load(tmp_path, LONG)
    asked: list[str] = []

    def rules(goal: str) -> Sequence[str]:
        asked.append(goal)
        return intuitionistic(goal)

    checkpoint = Checkpoint(tmp_path / "search.json", "same")
    run(theorem, checker, checkpoint, "best-first", after=30, rules=rules)
    run(theorem, checker, checkpoint, "best-first", rules=rules)
    assert len(asked) == len(set(asked))




# --- A process that is killed -----------------------------------------------------------------

KILLED = """
import sys, time
from pathlib import Path
import prover.checkpoint
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.environment import FolEnvironment
from tests.prover import test_checkpoint as tests

prover.checkpoint.EVERY_SECONDS = 0.0
calls = 0
apply = FolEnvironment.apply

def counting(self, state, tactic, limit=None):
    global calls
    calls += 1
    if calls > int(sys.argv[3]):
        print("stuck", flush=True)
        time.sleep(600)
    return apply(self, state, tactic, limit)

FolEnvironment.apply = counting
folder = Path(sys.argv[1])
theorem = tests.load(folder, tests.LONG)
checkpoint = prover.checkpoint.Checkpoint(folder / "search.json", "same")
tests.run(theorem, FolChecker(), checkpoint, sys.argv[2])
"""


@pytest.mark.parametrize("search", ["best-first", "portfolio"])
def test_a_killed_search_goes_on_from_where_it_was(
    tmp_path: Path, checker: FolChecker, search: str
) -> None:
    theorem = load(tmp_path, LONG)
    whole = run(theorem, checker, None, search)
    calls = whole.tactic_calls // 2
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path), search, str(calls)],
                               stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"stuck\n"
    process.kill()  # SIGKILL: nothing of its own is run any more
    process.wait()
    process.stdout.close()
    checkpoint = Checkpoint(tmp_path / "search.json", "same")
    assert checkpoint.read() is not None
    rest = run(theorem, checker, checkpoint, search)
    assert rest.status is Status.PROVED, rest.error
    assert rest.tactic_calls < whole.tactic_calls
    assert not checkpoint.path.exists()


def test_a_search_is_kept_seldom_enough(tmp_path: Path) -> None:
    now, written = 0.0, []

    def take() -> dict[str, Any]:
        nonlocal now
        now += 3.0  # what it costs
        written.append(now)
        return {}

    keeper = Keeper(Checkpoint(tmp_path / "search.json", "same"), take, lambda: now)
    while now < 1000:
        now += 0.5
        keeper.perhaps()
    assert written[0] >= EVERY_SECONDS
    assert 3.0 * len(written) <= 0.05 * now + 3.0
    assert (tmp_path / "search.json").exists()
