"""Tactics applied by environments, several at a time where some are idle.

What is answered does not depend on how many environments help: tactics are handed out in order,
and answers behind the first one that leaves nothing to prove are dropped.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from prover.contracts import (
    Environment,
    EnvironmentCrash,
    ProofState,
    TacticFailure,
    Theorem,
)

_LEAST_SECONDS = 0.05


class Crew(Protocol):
    """Environments that work on one theorem together."""

    def run(self, work: Callable[[Environment[Any]], None], tasks: int) -> None:
        """Call ``work`` with the theorem's own environment, and at the same time, in threads of
        their own, with others that are idle (``tasks`` at most in all); return when all have."""


@dataclass(frozen=True)
class Alone:
    """A crew of one."""

    environment: Environment[Any]

    def run(self, work: Callable[[Environment[Any]], None], tasks: int) -> None:
        """Call ``work`` with the only environment."""
        del tasks
        work(self.environment)


@dataclass(frozen=True)
class Answer:
    """What an environment said to a tactic: independent parts, or a failure."""

    seconds: float
    parts: tuple[ProofState, ...] = ()
    failure: TacticFailure | None = None

    @property
    def closes(self) -> bool:
        return self.failure is None and not self.parts


@dataclass
class _Queue:
    """Hands out the places of a list in order, until the end or until nothing more is allowed."""

    end: int
    allowed: Callable[[int], bool]
    next: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> int | None:
        with self.lock:
            if self.next < self.end and not self.allowed(self.next):
                self.end = self.next
            if self.next >= self.end:
                return None
            self.next += 1
            return self.next - 1

    def cut(self, end: int) -> None:
        """Nothing from ``end`` on is wanted any more."""
        with self.lock:
            self.end = min(self.end, end)


class Applier:
    """Applies tactics for one search, and keeps account of the states that it opens.

    Args:
        environment: the theorem's own.
        crew: it and those that help.
        seconds: says how long the next tactic may take.
    """

    def __init__(
        self, environment: Environment[Any], crew: Crew, seconds: Callable[[], float]
    ) -> None:
        self._environment, self._crew, self._seconds = environment, crew, seconds
        self._opened: list[tuple[Environment[Any], ProofState]] = []

    def open(self, theorem: Theorem) -> tuple[ProofState, ...]:
        """The independent states of the theorem's holes. Raises `InputError` as the environment
        does."""
        root = self._environment.open(theorem)
        self._opened.append((self._environment, root))
        return self._parts(self._environment, root)

    def apply(self, state: ProofState, tactic: str) -> Answer:
        """Apply a tactic that has worked before; only the environment limits its time."""
        return self._apply(self._environment, state, tactic)

    def apply_all(
        self, state: ProofState, tactics: Sequence[str], allowed: Callable[[int], bool]
    ) -> list[Answer]:
        """Apply each tactic to ``state``, up to the first one that leaves nothing to prove.

        ``allowed(i)`` is asked before the i-th one is tried; where it says no, the list ends.
        """
        found: list[Answer | None] = [None] * len(tactics)
        queue = _Queue(len(tactics), allowed)

        def work(environment: Environment[Any]) -> None:
            while (place := queue.take()) is not None:
                try:
                    answer = self._apply(environment, state, tactics[place], self._limit())
                except EnvironmentCrash:
                    if environment is self._environment:
                        queue.cut(0)
                        raise
                    return  # the theorem's own environment makes good for it below
                found[place] = answer
                if answer.closes:
                    queue.cut(place + 1)

        if tactics:
            self._crew.run(work, len(tactics))
        return [
            self._apply(self._environment, state, tactic, self._limit())
            if answer is None else answer
            for tactic, answer in zip(tactics[: queue.end], found, strict=False)
        ]

    def _limit(self) -> float:
        return max(_LEAST_SECONDS, self._seconds())

    def _apply(
        self, environment: Environment[Any], state: ProofState, tactic: str,
        limit: float | None = None,
    ) -> Answer:
        started = time.perf_counter()
        answer = environment.apply(state, tactic, limit)
        seconds = time.perf_counter() - started
        if isinstance(answer, TacticFailure):
            return Answer(seconds, failure=answer)
        self._opened.append((environment, answer))
        return Answer(seconds, self._parts(environment, answer))

    def _parts(self, environment: Environment[Any], state: ProofState) -> tuple[ProofState, ...]:
        """The independent parts of a state, in order."""
        if not state.goals:
            return ()
        parts = environment.split(state)
        self._opened.extend((environment, part) for part in parts if part is not state)
        return tuple(_in_order(state, parts))

    def release(self) -> None:
        """Have the environments forget every state of this search."""
        states: dict[int, tuple[Environment[Any], list[ProofState]]] = {}
        for environment, state in self._opened:
            states.setdefault(id(environment), (environment, []))[1].append(state)
        for environment, group in states.values():
            environment.release(group)
        self._opened = []


def _in_order(state: ProofState, parts: Sequence[ProofState]) -> Sequence[ProofState]:
    """``parts`` if focused blocks can express them, else the whole state.

    A block focuses one goal, so several coupled goals can only be proved one after the other at
    the end, and no part may take goals from the middle of another.
    """
    if any(len(part.goals) > 1 for part in parts[:-1]):
        return (state,)
    found = tuple(goal for part in parts for goal in part.goals)
    return parts if found == state.goals else (state,)
