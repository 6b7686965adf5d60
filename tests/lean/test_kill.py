"""A search whose Lean process is killed in the middle ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from prover.agent import Budget
from prover.backends import LeanBackend
from prover.contracts import Result, Status
from prover.environments.lean.protocol import GoalTactic
from prover.environments.lean.server import LeanServer
from prover.session import Session, SessionOptions

pytestmark = pytest.mark.lean

TEXT = """\
inductive Tree where | leaf | node (left right : Tree)
def mirror : Tree → Tree | .leaf => .leaf | .node l r => .node (mirror r) (mirror l)
theorem twice (t : Tree) : mirror (mirror t) = t ∧ (∀ p q : Prop, p ∧ q → q ∧ p) := by
  sorry
theorem out_of_reach (n : Nat) (f : Nat → Nat) : f n = n := by
  sorry
"""


class Executioner:
    """Kills the process behind a server right when the ``at``-th tactics of a search are sent."""

    def __init__(self, *at: int) -> None:
        self.at, self.calls, self.kills = at, 0, 0
        self._request = LeanServer.request

    def request(self, server: LeanServer, command: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(command, GoalTactic) and command.timeout is not None:  # no warm-up
            self.calls += 1
            if self.calls in self.at and server.pid is not None:
                os.kill(server.pid, signal.SIGKILL)
                self.kills += 1
        return self._request(server, command, *args, **kwargs)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Trees.lean"
    path.write_text(TEXT, encoding="utf-8")
    return path


def search(path: Path, monkeypatch: pytest.MonkeyPatch, executioner: Executioner) -> list[Result]:
    """The results of a whole session, worker processes killed on the way."""
    def request(server: LeanServer, command: Any, *args: Any, **kwargs: Any) -> Any:
        return executioner.request(server, command, *args, **kwargs)

    monkeypatch.setattr(LeanServer, "request", request)
    budget = Budget(seconds=240, tactic_calls=40, tactic_seconds=60)
    options = SessionOptions(budget=budget, minimise=False)  # how far it comes depends on time
    with Session([LeanBackend(1)], options) as session:
        tasks, loaded = session.load(path)
        assert not loaded.problems
        results = [result for _, result in session.run(tasks)]
    monkeypatch.undo()
    return results


def test_a_killed_worker_changes_nothing_but_the_time(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = Executioner()
    expected = search(file, monkeypatch, undisturbed)
    assert expected[0].status is Status.PROVED
    assert expected[1].status is not Status.PROVED
    assert undisturbed.calls > 20
    executioner = Executioner(6, undisturbed.calls - 8)
    results = search(file, monkeypatch, executioner)
    assert executioner.kills == 2
    assert [(r.theorem, r.status, r.proof) for r in results] == [
        (r.theorem, r.status, r.proof) for r in expected
    ]
