"""Training records by exploration: many tactics on the goals of library theorems.

A search stops at the first proof; a ranking is learnt from what works *and* what does not at the
same goal. So at each theorem's goal, after its ``intro``, some fifty tactics are tried, up to the
`ENOUGH`-th that closes it; if none does, a few of the goals that are left are explored in the same
way. Lean's word is taken only for single tactics here: nothing is claimed to be proved.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from prover.contracts import Environment, Goal, InputError, ProofState, TacticFailure, Theorem
from prover.generators.goal_view import GoalView
from prover.generators.lean_rules import introduce
from prover.generators.small.slots import Slots
from prover.training.records import CLOSED, FAILED, GOALS, StateRecord, Try, offered
from prover.training.templates import Templates
from retrieval.contracts import ScoredPremise

PremisesOf = Callable[[Any, Goal], Sequence[ScoredPremise]]
T = TypeVar("T", bound=Theorem)


class Draws(Protocol):
    """What is tried on a goal, see `prover.training.templates.Templates`."""

    def draw(self, slots: Slots, count: int) -> Iterator[str]:
        """At most ``count`` different tactics."""

    def tell(self, tactic: str, *, closed: bool) -> None:
        """A tactic (in slots) closed a goal, or did not."""

SOURCE, FIRST_ORDER_SOURCE = "explore", "fol explore"
"""The source that the records name; see `prover.training.small_data`."""


@dataclass(frozen=True)
class Plan:
    """How much is tried.

    Attributes:
        tries: tactics at a theorem's goal.
        inner_tries: tactics at a goal that one of them leaves.
        branches: so many of the tactics that leave something are followed, where none closes.
        enough: closing tactics after which a goal is left.
        most_goals: a tactic that leaves more is not followed.
        seconds: for one tactic.
    """

    tries: int = 56
    inner_tries: int = 16
    branches: int = 3
    enough: int = 6
    most_goals: int = 3
    seconds: float = 1.0


class Explorer(Generic[T]):
    """Explores theorems in one environment.

    Args:
        environment: a Lean process, or the first-order environment.
        premises: what is offered at a goal.
        draws: what is tried; `Templates` for Lean's goals if it is not given.
        seed: the same seed tries the same tactics, as long as the environment answers the same.
        first_order: goals are sequents of first-order logic.
    """

    def __init__(
        self, environment: Environment[T], premises: PremisesOf, plan: Plan | None = None, *,
        seed: int = 0, draws: Draws | None = None, first_order: bool = False,
    ) -> None:
        self._environment, self._premises = environment, premises
        self._plan, self._random = plan or Plan(), random.Random(seed)
        self._draws, self._first_order = draws or Templates(seed), first_order

    def explore(self, theorem: T, split: str, module: str) -> list[StateRecord]:
        """The records of one theorem. Raises `InputError` if Lean does not accept it."""
        root = self._environment.open(theorem)
        if not root.goals:
            raise InputError("nothing to prove", theorem=theorem.name)
        found: list[StateRecord] = []
        source = FIRST_ORDER_SOURCE if self._first_order else SOURCE
        blank = StateRecord(theorem.name, "", (), (), module, split, source)
        state = root if self._first_order else self._introduced(root)
        self._state(theorem, state, blank, self._plan.tries, found)
        self._environment.release([root, state])
        return found

    def _introduced(self, state: ProofState) -> ProofState:
        first = next(introduce(GoalView(state.goals[0])), None)
        if first is None:
            return state
        after = self._environment.apply(state, first[0], self._plan.seconds)
        return state if isinstance(after, TacticFailure) or not after.goals else after

    def _state(
        self, theorem: T, state: ProofState, blank: StateRecord, tries: int,
        found: list[StateRecord],
    ) -> int | None:
        """Explore a state's first goal; the least number of tactics that prove it, if known."""
        premises = offered(self._premises(theorem, state.goals[0]))
        slots = Slots(state.goals[0], premises, self._first_order)
        tried, left = self._tried(slots, state, tries)
        if not any(t.worked for t in tried) and blank.depth < 1:
            tried = self._followed(theorem, tried, left, blank, found)
        self._environment.release(list(left.values()))
        record = replace(blank, goal=str(state.goals[0]), premises=premises, tries=tuple(tried))
        found.append(record)
        return record.remaining

    def _tried(
        self, slots: Slots, state: ProofState, tries: int
    ) -> tuple[list[Try], dict[str, ProofState]]:
        found: list[Try] = []
        left: dict[str, ProofState] = {}
        closed = 0
        for tactic in self._draws.draw(slots, tries):
            after = self._environment.apply(state, tactic, self._plan.seconds)
            if isinstance(after, TacticFailure):
                outcome = FAILED
            elif after.goals:
                outcome = FAILED if after.goals == state.goals else GOALS
                left[tactic] = after
            else:
                outcome = CLOSED
            closed += outcome == CLOSED
            found.append(Try(tactic, outcome, 0 if outcome == CLOSED else None))
            if (short := slots.write(tactic)) is not None:
                self._draws.tell(short, closed=outcome == CLOSED)
            if closed >= self._plan.enough:
                break
        return found, left

    def _followed(
        self, theorem: T, tried: list[Try], left: dict[str, ProofState],
        blank: StateRecord, found: list[StateRecord],
    ) -> list[Try]:
        """The same tries, with what remains after those that were followed with success."""
        known: dict[str, int] = {}
        for tactic in self._promising(tried, left):
            parts = self._environment.split(left[tactic])
            inner = replace(blank, depth=blank.depth + 1)
            total = 0
            for part in parts:
                needed = self._state(theorem, part, inner, self._plan.inner_tries, found)
                if needed is None:
                    break
                total += needed
            else:
                known[tactic] = total
            self._environment.release(parts)
        return [replace(t, remaining=known.get(t.tactic)) for t in tried]

    def _promising(self, tried: Sequence[Try], left: dict[str, ProofState]) -> list[str]:
        """Tactics to follow: of each result one, those that leave little first, with some luck."""
        results: dict[tuple[Goal, ...], str] = {}
        for t in tried:
            if t.outcome == GOALS and len(left[t.tactic].goals) <= self._plan.most_goals:
                results.setdefault(left[t.tactic].goals, t.tactic)

        def cost(goals: tuple[Goal, ...]) -> float:
            size = sum(len(g.target) for g in goals) + 60 * (len(goals) - 1)
            return size * self._random.uniform(0.5, 2.0)

        return [results[goals] for goals in sorted(results, key=cost)[: self._plan.branches]]
