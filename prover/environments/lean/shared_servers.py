"""Lean processes for many checks: lent to one check at a time, kept for the next one, and replaced
when they have served long enough.

There is one for each set of imports until checks wait for each other: when they have waited as
long as another process takes to start, it is started, up to one for each worker.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prover.environments.lean.backend import Launcher
from prover.environments.lean.server import LeanServer

_CHECKS_A_PROCESS = 200  # then it is replaced
_IMPORTS = 2  # sets of imports for which processes are kept
_START_SECONDS = 3.0


@dataclass(eq=False)
class _Kept:
    server: LeanServer
    modules: tuple[str, ...]
    lent: bool = True
    used: int = 0


class SharedServers:
    """Processes for at most so many ``workers`` at once. Usable from several threads."""

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._kept: list[_Kept] = []  # those used last come last
        self._change = threading.Condition()
        self._waited = 0.0

    @contextmanager
    def lend(self, launcher: Launcher, modules: tuple[str, ...]) -> Iterator[LeanServer]:
        """A process of ``launcher`` with these imports that nobody else uses inside the ``with``;
        it starts with the first request."""
        kept, old = self._take(launcher, modules)
        for other in old:
            other.server.close()
        try:
            yield kept.server
        finally:
            self._give_back(kept)

    def _take(
        self, launcher: Launcher, modules: tuple[str, ...]
    ) -> tuple[_Kept, list[_Kept]]:
        """What is lent, and those whose time is over."""
        with self._change:
            while True:
                same = [kept for kept in self._kept if kept.modules == modules]
                idle = [kept for kept in same if not kept.lent]
                if idle:
                    return self._lent(idle[-1])
                more = len(same) < self._workers
                if more and self._waited >= (_START_SECONDS if same else 0.0):
                    self._waited = 0.0 if same else self._waited
                    return self._lent(_Kept(LeanServer(launcher, modules), modules))
                # While the first one starts, another would not be there any sooner.
                self._wait(more and all(kept.server.running for kept in same))

    def _wait(self, counts: bool) -> None:
        begun = time.monotonic()
        self._change.wait(max(0.0, _START_SECONDS - self._waited) if counts else None)
        self._waited += time.monotonic() - begun if counts else 0.0

    def _lent(self, kept: _Kept) -> tuple[_Kept, list[_Kept]]:
        """Note that ``kept`` is lent; give up what is too old and what is too many."""
        self._kept = [other for other in self._kept if other is not kept]
        old = []
        if kept.used >= _CHECKS_A_PROCESS:
            old.append(kept)
            kept = _Kept(LeanServer(kept.server.launcher, kept.modules), kept.modules)
        kept.lent, kept.used = True, kept.used + 1
        self._kept.append(kept)
        idle = [other for other in self._kept if not other.lent]
        many = max(0, len(self._kept) - max(_IMPORTS, self._workers))
        old += idle[:many]
        self._kept = [other for other in self._kept if other not in old]
        return kept, old

    def _give_back(self, kept: _Kept) -> None:
        with self._change:
            kept.lent = False
            here = kept in self._kept
            self._change.notify()
        if not here:  # everything was closed meanwhile
            kept.server.close()

    def close(self) -> None:
        """End all processes, also those that are at work. Idempotent."""
        with self._change:
            kept, self._kept = self._kept, []
            self._change.notify_all()
        for one in kept:
            if one.lent:
                one.server.retire()  # who has it closes it
            else:
                one.server.close()
