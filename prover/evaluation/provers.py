"""Who works on the problems of a run: the sessions of this process, or (`cluster`) Ray actors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from prover.contracts import Result, Status
from prover.evaluation.benchmarks import Problem
from prover.session import Backend, Session


@dataclass(frozen=True)
class Equipment:
    """What provers are equipped with beside the options of a session; see ``lemma eval --help``.

    ``lean`` also writes first-order proofs in Lean, ``cached`` uses what earlier searches have
    learnt, and ``traced`` takes every search down.
    """

    premises: str = "auto"
    planner: str = "symbolic"
    lean: bool = False
    cached: bool = False
    traced: bool = False


@dataclass(frozen=True)
class Attempted:
    """What came of one attempt at a problem.

    ``proofs`` are its proof files (name → text), ``trace`` the text of its search's trace where
    that was not written elsewhere.
    """

    problem: Problem
    result: Result
    proofs: Mapping[str, str] = field(default_factory=dict)
    trace: str | None = None


class Provers(Protocol):
    """Makes attempts at problems."""

    def prove(self, problems: Sequence[Problem], attempt: int) -> Iterator[Attempted]:
        """Attempt each of ``problems`` (all have a task) for the ``attempt``-th time, counted
        from 0; what came of it is there as soon as it is known, in any order.

        What kills a prover ends that attempt only, with a result that is ``crashed``.
        """


class SessionProvers:
    """The workers of a session in this process.

    Args:
        sessions: the session for each attempt (they differ in their seed).
        folder: where the proof files will be put.
    """

    def __init__(self, sessions: Callable[[int], Session], folder: Path) -> None:
        self._sessions, self._folder = sessions, folder

    def prove(self, problems: Sequence[Problem], attempt: int) -> Iterator[Attempted]:
        """Prove with as many workers as the session has."""
        by_task = {id(p.task): p for p in problems}
        tasks = [p.task for p in problems if p.task is not None]
        if not tasks:
            return
        for task, result in self._sessions(attempt).run(tasks):
            proofs = proofs_of(task.backend, task.theorem, result, self._folder)
            yield Attempted(by_task[id(task)], result, proofs)


def proofs_of(backend: Backend, theorem: Any, result: Result, folder: Path) -> dict[str, str]:
    """The proof files of a theorem, to be put into ``folder``; none if it is not proved."""
    if result.status is not Status.PROVED:
        return {}
    return backend.proof_files(theorem.file, folder, [(theorem, result)])
