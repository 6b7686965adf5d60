"""The search strategies on real theorems: same generator, same budgets, no proof cache.

For every strategy, the theorems of the repository's examples and of the given files are searched
with at most so many tactic calls each (so that machines compare), and every proof is checked.
The baselines are the plain best-first search of ReProver, which tries all candidates of a goal
before it goes on, and the best of the usual closing tactics tried once each.

    python -m tests.benchmarks.bench_search [--data FILE …] [--strategy NAME …] [--tactics N]

With ``--out FILE`` every result is appended there as it comes, and a second run goes on where
the first was stopped. The last line of the output is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prover.agent import Budget, Settings
from prover.backends import LeanBackend
from prover.contracts import (
    Environment,
    ProofScript,
    ProofState,
    Proposal,
    Request,
    Result,
    Status,
    TacticFailure,
    TacticGenerator,
    Theorem,
    Verdict,
)
from prover.premises import Premises
from prover.session import Session, SessionOptions, Task
from prover.strategies import STRATEGIES
from retrieval.contracts import ScoredPremise

EXAMPLES = Path("lean_project/Examples")
BASELINE = "best-first-plain"
NO_PREMISES = "best-first without premises"
SINGLE = ("grind", "omega", "simp_all", "decide")
REPROVER_WIDTH = 64  # ReProver tries so many candidates of a goal before it selects the next


@dataclass
class Clock:
    """Seconds spent in one part of the agent, by all threads."""

    seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self.seconds += time.perf_counter() - started


class TimedEnvironment:
    """An environment whose work is timed."""

    def __init__(self, inner: Environment[Any], clock: Clock) -> None:
        self._inner, self._clock = inner, clock

    def open(self, theorem: Theorem) -> ProofState:
        with self._clock.running():
            return self._inner.open(theorem)

    def apply(
        self, state: ProofState, tactic: str, limit: float | None = None
    ) -> ProofState | TacticFailure:
        with self._clock.running():
            return self._inner.apply(state, tactic, limit)

    def split(self, state: ProofState) -> tuple[ProofState, ...]:
        with self._clock.running():
            return self._inner.split(state)

    def release(self, states: Sequence[ProofState]) -> None:
        with self._clock.running():
            self._inner.release(states)

    def close(self) -> None:
        self._inner.close()


class TimedGenerator:
    """A generator whose work is timed."""

    def __init__(self, inner: TacticGenerator, clock: Clock) -> None:
        self._inner, self._clock, self.name = inner, clock, inner.name

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        with self._clock.running():
            return self._inner.propose(requests)


class OneTactic:
    """Proposes one tactic at the root, and nothing else."""

    name = "one tactic"

    def __init__(self, tactic: str) -> None:
        self._tactic = tactic

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        return [[Proposal(self._tactic, 0.0, self.name)] if r.depth == 0 else [] for r in requests]


class TimedBackend(LeanBackend):
    """The Lean backend with every part of the agent but the search timed."""

    def __init__(self, only: str | None = None, premises: Premises = Premises.AUTO) -> None:
        super().__init__(1, premises)
        self.outside, self._only = Clock(), only

    @contextmanager
    def _timed(self, theorem: Any) -> Iterator[Environment[Any]]:
        with super().environment(theorem) as environment:
            yield TimedEnvironment(environment, self.outside)

    def environment(self, theorem: Any) -> AbstractContextManager[Environment[Any]]:
        return self._timed(theorem)

    def generator(self, name: str, seed: int = 0) -> TacticGenerator:
        inner = super().generator(name, seed) if self._only is None else OneTactic(self._only)
        return TimedGenerator(inner, self.outside)

    def premises(self, theorem: Any, goals: Any) -> Sequence[Sequence[ScoredPremise]]:
        with self.outside.running():
            return super().premises(theorem, goals)

    def check(self, theorem: Any, script: ProofScript) -> Verdict:
        with self.outside.running():
            return super().check(theorem, script)


@dataclass
class Journal:
    """Results of this and earlier runs, by configuration and theorem."""

    path: Path | None
    known: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.path is not None and self.path.exists():
            for line in self.path.read_text("utf-8").splitlines():
                record = json.loads(line)
                self.known[record["configuration"], record["theorem"]] = record

    def add(self, record: dict[str, Any]) -> None:
        self.known[record["configuration"], record["theorem"]] = record
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")

    def of(self, configuration: str) -> list[dict[str, Any]]:
        return [r for (c, _), r in self.known.items() if c == configuration]


def key(task: Task) -> str:
    return f"{task.theorem.file.name}:{task.theorem.line}:{task.theorem.name}"


def record(configuration: str, task: Task, result: Result, overhead: float) -> dict[str, Any]:
    return {
        "configuration": configuration, "theorem": key(task), "set": task.theorem.file.suffix,
        "status": str(result.status), "calls": result.tactic_calls, "seconds": result.seconds,
        "overhead": overhead, "proof": result.proof, "error": result.error,
    }


def run(
    configuration: str, files: Iterable[Path], options: SessionOptions, journal: Journal,
    only: str | None = None, limit: int | None = None, premises: Premises = Premises.AUTO,
) -> None:
    """Prove what the journal does not know yet, one theorem after the other."""
    backend = TimedBackend(only, premises)
    with Session([backend], options) as session:
        tasks = [task for file in files for task in session.load(file)[0]]
        todo = [t for t in tasks[:limit] if (configuration, key(t)) not in journal.known]
        for task in todo:
            before = backend.outside.seconds
            for _, result in session.run([task]):
                spent = backend.outside.seconds - before
                journal.add(record(configuration, task, result, result.seconds - spent))


def figures(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    proved = [r for r in records if r["status"] == Status.PROVED]
    calls = sorted(r["calls"] for r in proved)
    total = sum(r["calls"] for r in records)
    return {
        "proved": len(proved), "of": len(records),
        "proved_by_set": {s: sum(r["set"] == s for r in proved)
                          for s in sorted({r["set"] for r in records})},
        "calls_median": statistics.median(calls) if calls else None,
        "calls_p95": calls[int(0.95 * (len(calls) - 1))] if calls else None,
        "overhead_ms_per_call": round(1e3 * sum(r["overhead"] for r in records) / max(1, total), 3),
        "seconds": round(sum(r["seconds"] for r in records), 1),
    }


def against(
    records: Sequence[dict[str, Any]], baseline: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Tactic calls for the theorems that both prove, as a ratio of sums; and who proves more."""
    mine = {r["theorem"]: r["calls"] for r in records if r["status"] == Status.PROVED}
    other = {r["theorem"]: r["calls"] for r in baseline if r["status"] == Status.PROVED}
    both = mine.keys() & other.keys()
    return {
        "both": len(both), "gained": sorted(mine.keys() - other.keys()),
        "lost": sorted(other.keys() - mine.keys()),
        "calls_ratio": round(sum(mine[t] for t in both) / max(1, sum(other[t] for t in both)), 3),
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Benchmark of the search strategies.")
    data = os.environ.get("LEMMA_MINIF2F")
    parser.add_argument("--data", type=Path, nargs="*", default=[Path(data)] if data else [],
                        help="theorem files besides the examples (default: $LEMMA_MINIF2F)")
    parser.add_argument("--no-examples", action="store_true")
    parser.add_argument("--strategy", nargs="*", default=list(STRATEGIES), choices=STRATEGIES)
    parser.add_argument("--tactics", type=int, default=1500, help="tactic calls a theorem")
    parser.add_argument("--seconds", type=float, default=120.0, help="a theorem")
    parser.add_argument("--premises-gain", action="store_true",
                        help="run best-first without premises, too, at the same budget")
    parser.add_argument("--limit", type=int, help="only the first N theorems")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="results as they come; known ones are not redone")
    return parser.parse_args()


def main() -> None:
    """Run the configurations and print a table and the JSON line."""
    args = arguments()
    files = [*args.data, *([] if args.no_examples else sorted(EXAMPLES.glob("*.lean")))]
    budget = Budget(seconds=args.seconds, tactic_calls=args.tactics)
    journal = Journal(args.out)
    report: dict[str, Any] = {"tactics": args.tactics, "seconds": args.seconds}
    for tactic in SINGLE:
        options = SessionOptions(seed=args.seed, budget=budget)
        run(f"only {tactic}", files, options, journal, tactic, args.limit)
        report[f"only {tactic}"] = figures(journal.of(f"only {tactic}"))
        print(f"only {tactic}: {report[f'only {tactic}']}", flush=True)
    names = [BASELINE, *(s for s in args.strategy if s != BASELINE)]
    for name in names:
        settings = Settings(REPROVER_WIDTH, REPROVER_WIDTH, batch=1, doubt=False, credit=False,
                            commit=False) \
            if name == BASELINE else Settings()
        options = SessionOptions(search=name, seed=args.seed, budget=budget, settings=settings)
        run(name, files, options, journal, limit=args.limit)
        report[name] = figures(journal.of(name))
        report[name]["against_plain"] = against(journal.of(name), journal.of(BASELINE))
        print(f"{name}: {report[name]}", flush=True)
    if args.premises_gain:
        options = SessionOptions(seed=args.seed, budget=budget)
        run(NO_PREMISES, files, options, journal, limit=args.limit, premises=Premises.OFF)
        report[NO_PREMISES] = figures(journal.of(NO_PREMISES))
        report["premises_gain"] = against(journal.of("best-first"), journal.of(NO_PREMISES))
        print(f"{NO_PREMISES}: {report[NO_PREMISES]}", flush=True)
    print(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    main()
