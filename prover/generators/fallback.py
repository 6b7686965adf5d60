"""A generator that may fail, with one behind it that does not.

A model that cannot be loaded or a server that does not answer must not end a search: what it
would have proposed is proposed by the generator behind it, and the user is told once. What may
pass is tried again after a while, which grows as long as it does not pass.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from prover.contracts import Feedback, LearningGenerator, Proposal, Request, TacticGenerator
from prover.generators.errors import GeneratorClosed, GeneratorError

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0  # seconds


class FallbackGenerator:
    """Proposals of ``first``; while it fails those of ``second`` (none, if that is None).

    Args:
        notify: is told, in one line, that and why ``first`` fails, and that it is back.
        clock: for pauses, in seconds.
    """

    def __init__(
        self, first: TacticGenerator, second: TacticGenerator | None, *,
        notify: Callable[[str], None], clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = first.name
        self._first, self._second = first, second
        self._notify, self._clock = notify, clock
        self._lock = threading.Lock()
        self._pause, self._again = 0.0, 0.0

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        """At most ``count`` proposals for each request, best first."""
        if not self._at_rest():
            try:
                found = self._first.propose(requests)
            except GeneratorClosed:
                return [[] for _ in requests]
            except GeneratorError as problem:
                self._failed(problem)
            else:
                self._worked()
                return found
        if self._second is None:
            return [[] for _ in requests]
        return self._second.propose(requests)

    def learn(self, feedback: Sequence[Feedback]) -> None:
        """Tell those that want to know what became of proposals."""
        for generator in (self._first, self._second):
            if isinstance(generator, LearningGenerator):
                generator.learn(feedback)

    def _at_rest(self) -> bool:
        with self._lock:
            return self._clock() < self._again

    def _failed(self, problem: GeneratorError) -> None:
        with self._lock:
            begins = self._pause == 0.0
            self._pause = min(_LONGEST_PAUSE, 2 * self._pause or _FIRST_PAUSE)
            self._again = float("inf") if problem.lasting else self._clock() + self._pause
        if begins or problem.lasting:
            goes_on = "the search goes on without it" if self._second is None \
                else f"the search goes on with {self._second.name}"
            self._notify(f"{self.name}: {problem}; {goes_on}")

    def _worked(self) -> None:
        with self._lock:
            ended, self._pause = self._pause > 0.0, 0.0
        if ended:
            self._notify(f"{self.name}: works again")
