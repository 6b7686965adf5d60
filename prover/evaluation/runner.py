"""Running a benchmark so that nothing can be lost: every result is on disk before the next.

Problems are tried in order, ``passes`` times each with different seeds; a problem whose prover
crashed is tried once more at the end of its pass and then recorded as it is. What the store
knows already is not run again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from prover.contracts import Result, Status
from prover.evaluation.benchmarks import Benchmark, Problem
from prover.evaluation.store import Record, ResultStore
from prover.reporting.records import result_record
from prover.session import Session, Task

UNSUPPORTED = "unsupported"
_UNSAFE = re.compile(r"[^\w.\-]+")


@dataclass(frozen=True)
class Shard:
    """Part ``index`` (from 1) of ``count``: every ``count``-th problem."""

    index: int = 1
    count: int = 1

    def of(self, problems: Sequence[Problem]) -> list[Problem]:
        """The problems of this part."""
        return list(problems[self.index - 1 :: self.count])


class Runner:
    """One run of a benchmark.

    Args:
        sessions: the session for each pass (they differ in their seed).
    """

    def __init__(
        self, benchmark: Benchmark, store: ResultStore, sessions: Callable[[int], Session], *,
        passes: int = 1, shard: Shard | None = None,
    ) -> None:
        self.problems = (shard or Shard()).of(benchmark.problems)
        self._store, self._sessions, self._passes = store, sessions, passes

    @property
    def todo(self) -> int:
        """How many attempts are still to be made."""
        return sum(len(self._open(attempt)) for attempt in range(self._passes))

    def run(self) -> Iterator[Record]:
        """Make all attempts that are not made yet; each record is on disk when it is yielded.

        Raises `OSError` when the disk takes no more.
        """
        for problem in self.problems:
            if problem.task is None and (problem.key, 0) not in self._store.known:
                yield self._add(_unsupported(problem))
        for attempt in range(self._passes):
            yield from self._pass(attempt)

    def _open(self, attempt: int) -> list[Problem]:
        return [p for p in self.problems
                if p.task is not None and (p.key, attempt) not in self._store.known]

    def _pass(self, attempt: int) -> Iterator[Record]:
        todo = self._open(attempt)
        if not todo:
            return
        session = self._sessions(attempt)
        crashed: list[Problem] = []
        for problem, task, result in _prove(session, todo):
            if result.crashed:
                crashed.append(problem)
            else:
                yield self._done(problem, task, result, attempt)
        for problem, task, result in _prove(session, crashed):
            yield self._done(problem, task, result, attempt, retried=True)

    def _done(
        self, problem: Problem, task: Task, result: Result, attempt: int, *, retried: bool = False
    ) -> Record:
        if result.status is Status.PROVED:
            for name, text in self._proof_files(problem, task, result, attempt).items():
                self._store.text(name, text)
        return self._add({
            "problem": problem.key, "attempt": attempt, "split": problem.split,
            "retried": retried, "crashed": result.crashed, **result_record(result)})

    def _add(self, record: Record) -> Record:
        self._store.add(record)
        return record

    def _proof_files(
        self, problem: Problem, task: Task, result: Result, attempt: int
    ) -> dict[str, str]:
        folder = self._store.folder / "proofs"
        made = task.backend.proof_files(task.theorem.file, folder, [(task.theorem, result)])
        stem = safe_name(problem.key) + (f".{attempt}" if attempt else "")
        return {f"proofs/{stem}{Path(name).suffix}": text for name, text in made.items()}


def _prove(
    session: Session, problems: Sequence[Problem]
) -> Iterator[tuple[Problem, Task, Result]]:
    tasks = [(problem, problem.task) for problem in problems if problem.task is not None]
    by_task = {id(task): problem for problem, task in tasks}
    for task, result in session.run(task for _, task in tasks):
        yield by_task[id(task)], task, result


def _unsupported(problem: Problem) -> Record:
    return {
        "problem": problem.key, "attempt": 0, "split": problem.split, "retried": False,
        "crashed": False, "theorem": problem.name, "file": str(problem.file),
        "line": problem.line, "status": UNSUPPORTED, "proof": None, "seconds": 0.0,
        "tactic_calls": 0, "expansions": 0, "verdict": None, "error": problem.unsupported,
    }


def safe_name(key: str) -> str:
    """``key`` as a file name; two keys never have the same, on any file system."""
    plain = _UNSAFE.sub("_", key).strip("._")[:100]
    if plain == key and plain == plain.lower():
        return plain
    return f"{plain}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
