"""Idle workers help: one theorem's tactics spread over environments that have nothing to do.

A session has as many workers as the user allows. When fewer theorems than workers are left, the
environments of idle workers are lent to those that are still at work: a helper opens the theorem
in its environment, off the critical path, and from then on takes part in every round of tactics.
It leaves when the theorem ends or when a theorem waits for its environment.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from prover.contracts import Environment, LemmaError, Theorem

_PATIENCE_SECONDS = 2.0  # most theorems end sooner than a helper could begin
_LISTENING_SECONDS = 0.2

Work = Callable[[Environment[Any]], None]


class Idle:
    """Counts the workers of a session that have nothing to do."""

    def __init__(self, workers: int) -> None:
        self._count = workers
        self._lock = threading.Lock()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """A worker has a theorem of its own for as long as the ``with`` lasts."""
        self._add(-1)
        try:
            yield
        finally:
            self._add(1)

    def borrow(self) -> bool:
        """Take one idle worker, to be given back with `give_back`, if there is one."""
        with self._lock:
            if self._count <= 0:
                return False
            self._count -= 1
            return True

    def give_back(self) -> None:
        """Give back a borrowed worker."""
        self._add(1)

    @property
    def wanted(self) -> bool:
        """Whether a theorem waits for a worker that was borrowed."""
        return self._count < 0

    def _add(self, number: int) -> None:
        with self._lock:
            self._count += number


class Helped:
    """A theorem's own environment and those of idle workers; a `prover.applying.Crew`.

    Args:
        environment: the theorem's own.
        theorem: what is worked on.
        lend: gives another environment for this theorem.
        idle: the workers of the session.
    """

    def __init__(
        self, environment: Environment[Any], theorem: Theorem,
        lend: Callable[[Any], AbstractContextManager[Environment[Any]]], idle: Idle,
    ) -> None:
        self._environment, self._theorem = environment, theorem
        self._lend, self._idle = lend, idle
        self._begun = time.monotonic()
        self._jobs: queue.SimpleQueue[tuple[Future[None], Work]] = queue.SimpleQueue()
        self._ready, self._lock, self._over = 0, threading.Lock(), threading.Event()

    def run(self, work: Work, tasks: int) -> None:
        """Have the work done by all that are ready; return when they are through with it."""
        if tasks > 1 and time.monotonic() - self._begun > _PATIENCE_SECONDS:
            self._recruit()
        jobs: list[Future[None]] = []
        for _ in range(min(self._ready, tasks - 1)):
            jobs.append(Future())
            self._jobs.put((jobs[-1], work))
        try:
            work(self._environment)
        finally:
            for job in jobs:
                if not job.cancel():
                    job.exception()  # waits; what a helper could not do is left to the caller

    @property
    def ready(self) -> int:
        """How many helpers take part at present."""
        return self._ready

    def close(self) -> None:
        """Send the helpers away; one that is just opening the theorem goes when it has done so."""
        self._over.set()

    def __enter__(self) -> Helped:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _recruit(self) -> None:
        while self._idle.borrow():
            threading.Thread(target=self._help, name="lemma-helper", daemon=True).start()

    def _help(self) -> None:
        try:
            with self._lend(self._theorem) as environment:
                environment.release([environment.open(self._theorem)])
                self._take_part(environment)
        except LemmaError:
            return  # its environment is gone: the others go on without it
        finally:
            self._idle.give_back()

    def _take_part(self, environment: Environment[Any]) -> None:
        self._count_ready(1)
        try:
            while not (self._over.is_set() or self._idle.wanted):
                try:
                    job, work = self._jobs.get(timeout=_LISTENING_SECONDS)
                except queue.Empty:
                    continue
                if job.set_running_or_notify_cancel():
                    _do(job, work, environment)
        finally:
            self._count_ready(-1)

    def _count_ready(self, number: int) -> None:
        with self._lock:
            self._ready += number


def _do(job: Future[None], work: Work, environment: Environment[Any]) -> None:
    try:
        work(environment)
        job.set_result(None)
    except LemmaError as problem:
        job.set_exception(problem)
    except BaseException as problem:
        job.set_exception(problem)
        raise
