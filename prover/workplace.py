"""Where tactics are tried: the proof states that are reached, as states of a search.

A workplace belongs to one search. It makes search states of what tactics leave (one for all proof
states that are equal up to the names of hypotheses), makes states of an earlier run again, and
carries a finished proof over to the names that the hypotheses really have.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from prover import goal_keys
from prover.applying import Answer, Applier, Crew
from prover.contracts import (
    Environment,
    FailureKind,
    Goal,
    LemmaError,
    ProofState,
    Proposal,
    Theorem,
)
from prover.goal_keys import CannotRenameError
from search.contracts import ProofTree, State

NO_CHANGE = "the tactic changed nothing"


class Merging(StrEnum):
    """When two proof states are one search state."""

    NAMES = "names"
    """When their goals are equal up to the names of hypotheses."""

    NEVER = "never"
    """Never: goals may read the same and differ in what is not printed."""


@dataclass(frozen=True)
class Trial:
    """A tactic and what became of it; see `prover.events.Attempt`."""

    proposal: Proposal
    seconds: float
    children: tuple[State, ...] | None = None
    error: str | None = None
    failure: FailureKind | None = None


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
        self._applier = Applier(environment, crew, seconds)
        self.merging, self._value = merging, value
        self._known: dict[Hashable, State] = {}
        self._serial = itertools.count()
        self._found: dict[Hashable, _Found] = {}
        self.renamed = False  # some state was reached with hypotheses called otherwise

    def open(self, theorem: Theorem) -> tuple[State, ...]:
        """The states of the theorem's holes. Raises `InputError` as the environment does."""
        return self._states([self._applier.open(theorem)])[0]

    def release(self) -> None:
        """Have the environments forget every state of this search."""
        self._applier.release()

    # -- trying ------------------------------------------------------------------------------

    def trials(
        self, state: State, proposals: Sequence[Proposal], allowed: Callable[[int], bool]
    ) -> list[Trial]:
        """Try tactics on a state, up to the first one that leaves nothing to prove.

        ``allowed(i)`` is asked before the i-th one is tried; where it says no, the list ends.
        """
        found = self._find(state)
        tactics = [goal_keys.rename(proposal.tactic, found.renaming) for proposal in proposals]
        answers = self._applier.apply_all(found.state, tactics, allowed)
        left = iter(self._states([a.parts for a in answers if a.failure is None]))
        return [
            self._refused(proposal, answer) if answer.failure is not None
            else self._applied(state, proposal, answer, next(left))
            for proposal, answer in zip(proposals, answers, strict=False)
        ]

    @staticmethod
    def _refused(proposal: Proposal, answer: Answer) -> Trial:
        assert answer.failure is not None
        return Trial(proposal, answer.seconds, None, answer.failure.message, answer.failure.kind)

    @staticmethod
    def _applied(
        state: State, proposal: Proposal, answer: Answer, children: tuple[State, ...]
    ) -> Trial:
        if any(child.key == state.key for child in children):
            return Trial(proposal, answer.seconds, None, NO_CHANGE)
        return Trial(proposal, answer.seconds, children)

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
            assert isinstance(known.payload, ProofState)  # else `restore` was called
            self.renamed = _called_otherwise(known.payload.goals, state.goals)
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
        return tuple(self._carried_over(root, tree)
                     for root, tree in zip(self._applier.open(theorem), trees, strict=True))

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
        answer = self._applier.apply(state, tactic)
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


def _called_otherwise(old: Sequence[Goal], new: Sequence[Goal]) -> bool:
    return any(
        before != after
        for one, other in zip(old, new, strict=True)
        for before, after in goal_keys.renaming(
            goal_keys.names([one]), goal_keys.names([other])).items()
    )


def names(state: State) -> tuple[str, ...]:
    """What the hypotheses of the first goal are called in the tactics of a search state."""
    if isinstance(state.payload, Lost):
        return state.payload.names
    assert isinstance(state.payload, ProofState)
    return goal_keys.names(state.payload.goals)
