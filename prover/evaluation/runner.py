"""Running a benchmark so that nothing can be lost: every result is on disk before the next.

Problems are tried in order, ``passes`` times each with different seeds; a problem whose prover
crashed is tried once more at the end of its pass and then recorded as it is (so ``crashed`` in a
record means: twice). What the store knows already is not run again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from prover.evaluation.benchmarks import Benchmark, Problem
from prover.evaluation.provers import Attempted, Provers
from prover.evaluation.store import Record, ResultStore
from prover.reporting.records import result_record

UNSUPPORTED = "unsupported"
TRACES = "traces"
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
    """One run of a benchmark: what `Provers` find out goes to the store, and nothing else does."""

    def __init__(
        self, benchmark: Benchmark, store: ResultStore, provers: Provers, *,
        passes: int = 1, shard: Shard | None = None,
    ) -> None:
        self.problems = (shard or Shard()).of(benchmark.problems)
        self._store, self._provers, self._passes = store, provers, passes

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
        crashed: list[Problem] = []
        for made in self._provers.prove(self._open(attempt), attempt):
            if made.result.crashed:
                crashed.append(made.problem)
            else:
                yield self._done(made, attempt)
        for made in self._provers.prove(crashed, attempt):
            yield self._done(made, attempt)

    def _done(self, made: Attempted, attempt: int) -> Record:
        stem = safe_name(made.problem.key) + (f".{attempt}" if attempt else "")
        for name, text in made.proofs.items():
            self._store.text(f"proofs/{stem}{Path(name).suffix}", text)
        if made.trace is not None:
            self._store.text(f"{TRACES}/problem-{stem}.jsonl", made.trace)
        return self._add({
            "problem": made.problem.key, "attempt": attempt, "split": made.problem.split,
            "crashed": made.result.crashed, **result_record(made.result)})

    def _add(self, record: Record) -> Record:
        self._store.add(record)
        return record


def _unsupported(problem: Problem) -> Record:
    return {
        "problem": problem.key, "attempt": 0, "split": problem.split, "crashed": False,
        "theorem": problem.name, "file": str(problem.file),
        "line": problem.line, "status": UNSUPPORTED, "proof": None, "seconds": 0.0,
        "tactic_calls": 0, "expansions": 0, "verdict": None, "error": problem.unsupported,
    }


def safe_name(key: str) -> str:
    """``key`` as a file name; two keys never have the same, on any file system."""
    plain = _UNSAFE.sub("_", key).strip("._")[:100]
    if plain == key and plain == plain.lower():
        return plain
    return f"{plain}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
