"""Where tactics are tried: environments that act, and the states that they reach.

A workplace belongs to one search. It applies tactics, several at a time where environments are
idle, makes search states of what is left (one for all proof states that are equal up to the
names of hypotheses), and carries a finished proof over to the names that the hypotheses really
have. What it answers does not depend on how many environments help.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from prover import goal_keys
from prover.contracts import (
    Environment,
    EnvironmentCrash,
    FailureKind,
    Goal,
    LemmaError,
    ProofState,
    Proposal,
    TacticFailure,
    Theorem,
)
from prover.goal_keys import CannotRenameError
from search.contracts import ProofTree, State

NO_CHANGE = "the tactic changed nothing"
_LEAST_SECONDS = 0.05


class Merging(StrEnum):
    """When two proof states are one search state."""

    NAMES = "names"
    """When their goals are equal up to the names of hypotheses."""

    NEVER = "never"
    """Never: goals may read the same and differ in what is not printed."""


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
class Trial:
    """A tactic and what became of it; see `prover.events.Attempt`."""

    proposal: Proposal
    seconds: float
    children: tuple[State, ...] | None = None
    error: str | None = None
    failure: FailureKind | None = None


@dataclass(frozen=True)
class _Answer:
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


class CannotResumeError(LemmaError):
    """A search of an earlier run cannot be gone on with: the theorem, the options or the prover
    have changed."""


@dataclass(frozen=True)
class Lost:
    """In the place of a proof state that belongs to an earlier run: what the hypotheses of its
    goal were called, and how to get there from a root: states, tactics, and which of the states
    that each tactic leaves to take."""

    names: tuple[str, ...]
    route: Callable[[], Sequence[tuple[State, str, int]]]


class Workplace:
    """Tries tactics for one search.

    Args:
        environment: the theorem's own.
        crew: it and those that help.
        seconds: says how long the next tactic may take.
        merging: when two proof states are one.
        value: estimates, for groups of goals, the log-probability that they will be proved.
    """

    def __init__(
        self, environment: Environment[Any], crew: Crew, seconds: Callable[[], float], *,
        merging: Merging = Merging.NAMES,
        value: Callable[[Sequence[tuple[Goal, ...]]], list[float]] | None = None,
    ) -> None:
        self._environment, self._crew, self._seconds = environment, crew, seconds
        self.merging, self._value = merging, value
        self._known: dict[Hashable, State] = {}
        self._opened: list[tuple[Environment[Any], ProofState]] = []
        self._serial = itertools.count()
        self._found: dict[Hashable, _Found] = {}
        self.renamed = False  # some state was reached with hypotheses called otherwise

    def open(self, theorem: Theorem) -> tuple[State, ...]:
        """The states of the theorem's holes. Raises `InputError` as the environment does."""
        return self._states([self._parts(self._environment, self._root(theorem))])[0]

    def release(self) -> None:
        """Have the environments forget every state of this search."""
        states: dict[int, tuple[Environment[Any], list[ProofState]]] = {}
        for environment, state in self._opened:
            states.setdefault(id(environment), (environment, []))[1].append(state)
        for environment, group in states.values():
            environment.release(group)
        self._opened = []

    # -- trying ------------------------------------------------------------------------------

    def trials(
        self, state: State, proposals: Sequence[Proposal], allowed: Callable[[int], bool]
    ) -> list[Trial]:
        """Try tactics on a state, up to the first one that leaves nothing to prove.

        ``allowed(i)`` is asked before the i-th one is tried; where it says no, the list ends.
        """
        found = self._find(state)
        tactics = [goal_keys.rename(proposal.tactic, found.renaming) for proposal in proposals]
        answers = self._answers(found.state, tactics, allowed)
        left = iter(self._states([a.parts for a in answers if a.failure is None]))
        return [
            self._refused(proposal, answer) if answer.failure is not None
            else self._applied(state, proposal, answer, next(left))
            for proposal, answer in zip(proposals, answers, strict=False)
        ]

    @staticmethod
    def _refused(proposal: Proposal, answer: _Answer) -> Trial:
        assert answer.failure is not None
        return Trial(proposal, answer.seconds, None, answer.failure.message, answer.failure.kind)

    @staticmethod
    def _applied(
        state: State, proposal: Proposal, answer: _Answer, children: tuple[State, ...]
    ) -> Trial:
        if any(child.key == state.key for child in children):
            return Trial(proposal, answer.seconds, None, NO_CHANGE)
        return Trial(proposal, answer.seconds, children)

    def _answers(
        self, state: ProofState, tactics: Sequence[str], allowed: Callable[[int], bool]
    ) -> list[_Answer]:
        found: list[_Answer | None] = [None] * len(tactics)
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
    ) -> _Answer:
        started = time.perf_counter()
        answer = environment.apply(state, tactic, limit)
        seconds = time.perf_counter() - started
        if isinstance(answer, TacticFailure):
            return _Answer(seconds, failure=answer)
        self._opened.append((environment, answer))
        return _Answer(seconds, self._parts(environment, answer))

    # -- states of earlier runs --------------------------------------------------------------

    def goals(self, state: State) -> tuple[Goal, ...]:
        """The goals of a search state, in whose words its tactics are written."""
        return self._find(state).goals

    def restore(self, states: Sequence[State]) -> None:
        """Take on states of an earlier run. Their payload is `Lost`, but for the roots."""
        self.renamed = True
        for state in states:
            self._known.setdefault(state.key, state)

    def _find(self, state: State) -> _Found:
        """The proof state that a search state stands for, made again if it is lost."""
        if isinstance(state.payload, ProofState):
            return _Found(state.payload, state.payload.goals)
        if not isinstance(state.payload, Lost):
            raise TypeError("the search state does not carry a proof state")
        if state.key not in self._found:
            self._found[state.key] = self._make_again(state, state.payload)
        return self._found[state.key]

    def _make_again(self, state: State, lost: Lost) -> _Found:
        """Follow the route, from the last state on it that is there."""
        try:
            return _Found.under(lost.names, self._follow(lost.route(), state))
        except CannotRenameError as problem:
            raise CannotResumeError(f"a state cannot be reached again: {problem}") from problem

    def _follow(self, route: Sequence[tuple[State, str, int]], state: State) -> ProofState:
        start = max(i for i, (on_the_way, _, _) in enumerate(route)
                    if isinstance(on_the_way.payload, ProofState) or on_the_way.key in self._found)
        here = self._find(route[start][0]).state
        following = [*(on_the_way for on_the_way, _, _ in route[start + 1 :]), state]
        for (on_the_way, tactic, child), wanted in zip(route[start:], following, strict=True):
            parts, _ = self._step(here, names(on_the_way), tactic)
            if child >= len(parts) or goal_keys.key(parts[child].goals) != wanted.key:
                raise CannotRenameError(f"{tactic!r} does not do what it did before")
            here = parts[child]
        return here

    # -- states ------------------------------------------------------------------------------

    def _root(self, theorem: Theorem) -> ProofState:
        root = self._environment.open(theorem)
        self._opened.append((self._environment, root))
        return root

    def _parts(self, environment: Environment[Any], state: ProofState) -> tuple[ProofState, ...]:
        """The independent parts of a state, in order."""
        if not state.goals:
            return ()
        parts = environment.split(state)
        self._opened.extend((environment, part) for part in parts if part is not state)
        return tuple(_in_order(state, parts))

    def _states(self, groups: Sequence[tuple[ProofState, ...]]) -> list[tuple[State, ...]]:
        """Search states for several groups of proof states; new ones are valued together."""
        keyed = [[(self._key(state), state) for state in group] for group in groups]
        new: dict[Hashable, ProofState] = {}
        for key, state in itertools.chain.from_iterable(keyed):
            if key not in self._known:
                new.setdefault(key, state)
        values = self._value([s.goals for s in new.values()]) if self._value and new else None
        for index, (key, state) in enumerate(new.items()):
            size = sum(len(str(goal)) for goal in state.goals)
            self._known[key] = State(key, state, size, values[index] if values else 0.0)
        return [tuple(self._state(key, state) for key, state in group) for group in keyed]

    def _key(self, state: ProofState) -> Hashable:
        key = goal_keys.key(state.goals)
        return key if self.merging is Merging.NAMES else (next(self._serial), *key)

    def _state(self, key: Hashable, state: ProofState) -> State:
        known = self._known[key]
        if not self.renamed and known.payload is not state:
            old, new = names(known), goal_keys.names(state.goals)
            self.renamed = any(a != b for a, b in goal_keys.renaming(old, new).items())
        return known

    # -- proofs ------------------------------------------------------------------------------

    def with_real_names(
        self, theorem: Theorem, trees: Sequence[ProofTree]
    ) -> tuple[ProofTree, ...]:
        """The proof with the names that hypotheses have where its tactics are applied.

        A state that was reached in several ways is proved under the names of the first one.
        Raises `CannotRenameError` if the proof cannot be carried over.
        """
        if not self.renamed:
            return tuple(trees)
        roots = self._parts(self._environment, self._root(theorem))
        return tuple(self._carried_over(root, tree)
                     for root, tree in zip(roots, trees, strict=True))

    def _carried_over(self, state: ProofState, tree: ProofTree) -> ProofTree:
        """The same proof from another state of the same node; deep proofs are walked in a loop."""
        built: list[tuple[str, ProofState, int]] = []
        stack = [(state, tree)]
        while stack:
            here, tree = stack.pop()
            parts, tactic = self._again(here, tree)
            built.append((tactic, here, len(parts)))
            stack.extend(reversed(list(zip(parts, tree.children, strict=True))))
        done: list[ProofTree] = []
        for tactic, here, count in reversed(built):  # preorder backwards: children come first
            children = tuple(done.pop() for _ in range(count))
            done.append(ProofTree(tactic, children, State(goal_keys.key(here.goals), here)))
        return done[0]

    def _again(self, state: ProofState, tree: ProofTree) -> tuple[tuple[ProofState, ...], str]:
        if tree.state is None:
            raise CannotRenameError("the strategy does not say what it has proved")
        parts, tactic = self._step(state, names(tree.state), tree.tactic)
        wanted = [child.state.key for child in tree.children if child.state is not None]
        if [goal_keys.key(part.goals) for part in parts] != wanted:
            raise CannotRenameError(f"{tactic!r} does not do what {tree.tactic!r} did")
        return parts, tactic

    def _step(
        self, state: ProofState, names: Sequence[str], tactic: str
    ) -> tuple[tuple[ProofState, ...], str]:
        """Apply a tactic that was written for hypotheses called ``names``."""
        mapping = goal_keys.renaming(names, goal_keys.names(state.goals))
        tactic = goal_keys.rename(tactic, mapping)
        answer = self._apply(self._environment, state, tactic)
        if answer.failure is not None:
            raise CannotRenameError(f"{tactic!r} fails: {answer.failure.message}")
        return answer.parts, tactic


@dataclass(frozen=True)
class _Found:
    """A proof state, its goals in the words of the search, and what is called otherwise in it."""

    state: ProofState
    goals: tuple[Goal, ...]
    renaming: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def under(cls, names: Sequence[str], state: ProofState) -> _Found:
        """A proof state whose first goal's hypotheses the search calls ``names``."""
        real = goal_keys.names(state.goals)
        mapping = goal_keys.renaming(names, real)
        back = {new: old for old, new in mapping.items()}
        goals = tuple(goal_keys.renamed_goal(goal, back) for goal in state.goals)
        return cls(state, goals, mapping)


def names(state: State) -> tuple[str, ...]:
    """What the hypotheses of the first goal are called in the tactics of a search state."""
    if isinstance(state.payload, Lost):
        return state.payload.names
    assert isinstance(state.payload, ProofState)
    return goal_keys.names(state.payload.goals)


def _in_order(state: ProofState, parts: Sequence[ProofState]) -> Sequence[ProofState]:
    """``parts`` if focused blocks can express them, else the whole state.

    A block focuses one goal, so several coupled goals can only be proved one after the other at
    the end, and no part may take goals from the middle of another.
    """
    if any(len(part.goals) > 1 for part in parts[:-1]):
        return (state,)
    found = tuple(goal for part in parts for goal in part.goals)
    return parts if found == state.goals else (state,)
