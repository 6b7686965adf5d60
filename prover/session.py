"""A session: many theorem files, several workers, results as they come.

A session loads files through *backends* (one for each environment), hands their theorems to
worker threads, and yields every result as soon as it is there. It can be stopped at any moment;
what was proved until then stays.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from prover.agent import Agent, Budget, Progress, Settings
from prover.applying import Crew
from prover.checkpoint import Checkpoint, Checkpoints
from prover.contracts import (
    Checker,
    Environment,
    Goal,
    InputError,
    LemmaError,
    Result,
    Status,
    TacticGenerator,
    Theorem,
)
from prover.crew import Helped, Idle
from prover.minimise import Dialect, Minimiser
from prover.proof_cache import ProofCache, Theory
from prover.strategies import strategy_factory
from prover.trace import TraceWriter
from retrieval.contracts import ScoredPremise

# Of a theorem's time, before the search for a proof begins; what is easily seen takes no longer
# than the seconds even on a busy machine.
_REFUTATION_SHARE, _REFUTATION_SECONDS = 0.05, 1.0


@dataclass(frozen=True)
class Loaded:
    """What a file holds: theorems to prove, what is wrong in it, and what is worth saying."""

    theorems: tuple[Theorem, ...] = ()
    problems: tuple[InputError, ...] = ()
    notes: tuple[str, ...] = ()


class Backend(Protocol):
    """Everything that one kind of theorem file needs."""

    suffixes: ClassVar[tuple[str, ...]]
    dialect: ClassVar[Dialect]

    def load(self, path: Path, *, reprove: bool) -> Loaded:
        """The theorems of a file. Raises `InputError` when nothing of it can be used."""

    def environment(self, theorem: Any) -> AbstractContextManager[Environment[Any]]:
        """An environment for this theorem, belonging to the calling thread inside ``with``."""

    @property
    def checker(self) -> Checker[Any]:
        """Who decides; safe to call from several threads."""

    def generator(self, name: str, seed: int = 0) -> TacticGenerator:
        """The tactic generator called ``name``; what it draws depends on ``seed``. Raises
        `InputError` if there is none."""

    def premises(
        self, theorem: Any, goals: Sequence[tuple[Goal, ...]]
    ) -> Sequence[Sequence[ScoredPremise]]:
        """For each group of goals the premises to offer: of the theorem's own file (earlier
        definitions, theorems, axioms) and of the library. Called from several threads."""

    def guidance(self, theorem: Any) -> str:
        """What guides the search beside the generator: which premises, which planner. A search
        that was kept is gone on with only where this is the same."""

    def theory(self, theorem: Any) -> Theory:
        """What the text of the theorem's goals is about, for the proof cache."""

    def refutation(self, theorem: Any, seconds: float) -> str | None:
        """Why the theorem is not one, such as a counter-model, if that is found in time."""

    def proof_files(
        self, path: Path, folder: Path, results: Sequence[tuple[Any, Result]]
    ) -> dict[str, str]:
        """Proof files (name → text), to be put into ``folder``, for the proved theorems of one
        input file."""

    def fill(self, path: Path, original: str, results: Sequence[tuple[Any, Result]]) -> str | None:
        """``original`` with the proofs filled in, or None if this kind has no holes to fill."""

    def close(self) -> None:
        """End every process of this backend. Idempotent, callable from another thread."""


@dataclass(frozen=True)
class Task:
    """One theorem with the backend that it belongs to."""

    theorem: Theorem
    backend: Backend


@dataclass(frozen=True)
class SessionOptions:
    """How a session works; see ``lemma prove --help``.

    ``cache`` is what earlier sessions have learnt, ``trace`` takes down what happens; both belong
    to the caller. Without a cache nothing is learnt from other theorems. ``checkpoints`` is a
    folder of searches that did not end, to be gone on with. ``minimise`` shortens the proofs that
    are found.
    """

    generator: str = "symbolic"
    search: str = "best-first"
    workers: int = 1
    seed: int = 0
    budget: Budget = field(default_factory=Budget)
    settings: Settings = field(default_factory=Settings)
    cache: ProofCache | None = None
    trace: TraceWriter | None = None
    checkpoints: Path | None = None
    minimise: bool = True


class Session:
    """Loads files and proves theorems with several workers."""

    def __init__(self, backends: Sequence[Backend], options: SessionOptions) -> None:
        self._backends, self._options = tuple(backends), options
        self._stop = threading.Event()
        self._strategy = strategy_factory(options.search, seed=options.seed)
        self._generators = {b: b.generator(options.generator, options.seed) for b in self._backends}
        self._idle = Idle(options.workers)
        self.active: dict[Theorem, Progress] = {}

    def load(self, path: Path, *, reprove: bool = False) -> tuple[list[Task], Loaded]:
        """The tasks of one file, and all that was found in it.

        Raises:
            InputError: nothing of the file can be used.
        """
        for backend in self._backends:
            if path.suffix in backend.suffixes:
                loaded = backend.load(path, reprove=reprove)
                return [Task(theorem, backend) for theorem in loaded.theorems], loaded
        raise InputError(f"unknown kind of file {path.suffix!r}", file=path)

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Result]]:
        """Prove ``tasks``; each result comes as soon as it is there.

        Leaving the iterator early (an exception, ``close``, ctrl-C) stops all work at once.
        """
        finished: queue.Queue[tuple[Task, Future[Result]]] = queue.Queue()
        pool = ThreadPoolExecutor(self._options.workers, thread_name_prefix="lemma-worker")
        waiting = 0
        try:
            for task in tasks:
                future = pool.submit(self._prove, task)
                future.add_done_callback(lambda f, t=task: finished.put((t, f)))  # type: ignore[misc]
                waiting += 1
            while waiting:
                try:
                    # A bounded wait keeps the main thread open to ctrl-C on every platform.
                    task, future = finished.get(timeout=0.5)
                except queue.Empty:
                    continue
                waiting -= 1
                yield task, future.result()
        finally:
            if waiting:
                self.close()
            pool.shutdown(wait=True, cancel_futures=True)

    def _prove(self, task: Task) -> Result:
        theorem, backend, options = task.theorem, task.backend, self._options
        progress, started = Progress(), time.monotonic()
        self.active[theorem] = progress
        try:
            error = backend.refutation(theorem, _refutation_seconds(options.budget.seconds))
            refuting = time.monotonic() - started
            if error is None:
                with self._idle.at_work(), backend.environment(theorem) as environment, \
                        Helped(environment, theorem, backend.environment, self._idle) as crew:
                    agent = self._agent(backend, environment, crew)
                    return agent.prove(theorem, progress, spent=refuting)
        except LemmaError as problem:
            error = str(problem)
        finally:
            self.active.pop(theorem, None)
        return Result(theorem.name, str(theorem.file), Status.FAILED, error=error,
                      line=theorem.line, tactic_calls=progress.tactic_calls,
                      seconds=time.monotonic() - started)

    def _agent(self, backend: Backend, environment: Environment[Any], crew: Crew) -> Agent[Any]:
        options = self._options
        cache, trace = options.cache, options.trace
        return Agent(
            environment, backend.checker, self._generators[backend], self._strategy,
            budget=options.budget, settings=options.settings, premises=backend.premises,
            stop=self._stop, crew=crew, listen=None if trace is None else trace.listener,
            memory=None if cache is None else lambda theorem: cache.of(backend.theory(theorem)),
            minimiser=Minimiser(environment, backend.checker, backend.dialect, stop=self._stop)
            if options.minimise else None,
            checkpoint=self._checkpoint(backend) if options.checkpoints else None,
        )

    def _checkpoint(self, backend: Backend) -> Callable[[Theorem], Checkpoint]:
        options = self._options
        assert options.checkpoints is not None
        what = (options.generator, options.search, options.seed, options.settings)
        kept = Checkpoints(options.checkpoints, repr(what))
        return lambda theorem: kept.of(
            theorem, f"{backend.theory(theorem).place}\0{backend.guidance(theorem)}")

    def close(self) -> None:
        """Stop all work and end every process. Idempotent."""
        self._stop.set()
        for backend in self._backends:
            backend.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _refutation_seconds(seconds: float) -> float:
    return min(seconds / 2, max(_REFUTATION_SECONDS, _REFUTATION_SHARE * seconds))
