"""Several Lean processes, handed out to whoever is idle, and the checker beside them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from prover.contracts import EnvironmentCrash
from prover.environments.lean.backend import Launcher, choose_launcher
from prover.environments.lean.checker import LeanChecker
from prover.environments.lean.environment import FILE_SECONDS, TACTIC_SECONDS, LeanEnvironment
from prover.environments.lean.theorem import LeanTheorem


class LeanPool:
    """``workers`` environments, each with a process of its own, and one `LeanChecker`.

    Nothing is started before it is needed. All methods may be called from any thread.
    """

    def __init__(
        self, workers: int = 1, launcher: Launcher | None = None, *,
        tactic_seconds: float = TACTIC_SECONDS, heartbeats: int | None = None,
        file_seconds: float = FILE_SECONDS, warm_up: bool = True,
    ) -> None:
        if workers < 1:
            raise ValueError("a pool needs at least one worker")
        self.launcher = launcher or choose_launcher()
        self.checker = LeanChecker(self.launcher, seconds=file_seconds, workers=workers)
        self.environments = tuple(
            LeanEnvironment(
                self.launcher, tactic_seconds=tactic_seconds, heartbeats=heartbeats,
                file_seconds=file_seconds, warm_up=warm_up,
            )
            for _ in range(workers)
        )  # fmt: skip
        self._idle = list(self.environments)
        self._change = threading.Condition()
        self._closed = False

    @contextmanager
    def environment(self, theorem: LeanTheorem | None = None) -> Iterator[LeanEnvironment]:
        """An environment that nobody else uses, for as long as the ``with`` lasts; one that has
        the imports of ``theorem`` already, if such a one is idle. Waits until one is idle.

        The states made in it stay good for later: an environment that is given a state of another
        one makes it anew.
        """
        modules = None if theorem is None else theorem.source.modules
        with self._change:
            self._change.wait_for(lambda: self._idle or self._closed)
            if self._closed:
                raise EnvironmentCrash("the pool of Lean environments is closed")
            chosen = self._choose(modules)
            self._idle.remove(chosen)
        try:
            yield chosen
        finally:
            with self._change:
                self._idle.append(chosen)
                self._change.notify()

    def close(self) -> None:
        """End all processes. Idempotent."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        for environment in self.environments:
            environment.close()
        self.checker.close()

    def __enter__(self) -> LeanPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _choose(self, modules: tuple[str, ...] | None) -> LeanEnvironment:
        """The idle environment that has these modules, or one without a process, or any."""

        def cost(environment: LeanEnvironment) -> int:
            running = environment.modules
            if modules is None:
                return 0 if running else 1
            return 0 if running == modules else 1 if not running else 2

        return min(self._idle, key=cost)
