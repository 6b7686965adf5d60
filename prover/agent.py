"""The agent's loop: one theorem from its source to a checked verdict.

The loop drives any strategy by ask and tell, batches the generator over the states that the
strategy asks for, applies tactics in the environment, enforces the budget, and hands the
finished script to the checker. Only the checker's word makes a theorem proved.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from prover.contracts import (
    Checker,
    Environment,
    Goal,
    InputError,
    LemmaError,
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
from prover.script import render
from retrieval.contracts import ScoredPremise
from search.contracts import Expansion, Outcome, State, Strategy

T = TypeVar("T", bound=Theorem)
StrategyFactory = Callable[[Sequence[State]], Strategy]
PremiseSource = Callable[[T, Sequence[tuple[Goal, ...]]], Sequence[Sequence[ScoredPremise]]]
"""For a theorem and several groups of goals, what is offered to the generator for each group."""


@dataclass(frozen=True)
class Budget:
    """What one theorem may cost; whichever limit is met first ends its search.

    ``seconds`` is wall-clock time including the check; ``tactic_seconds`` limits one tactic.
    """

    seconds: float = 60.0
    tactic_calls: int | None = None
    expansions: int | None = None
    tactic_seconds: float = 5.0


@dataclass(frozen=True)
class Settings:
    """How wide the loop works: tactics a round, proposals a goal, states asked for at once."""

    tactics_per_round: int = 16
    proposals: int = 96
    batch: int = 4


@dataclass
class Progress:
    """Counts that the loop keeps while it works; a live view may read them at any time."""

    tactic_calls: int = 0
    expansions: int = 0
    depth: int = 0


@dataclass
class _Attempt(Generic[T]):
    """The mutable state of one search."""

    theorem: T
    deadline: float
    progress: Progress
    merge: bool
    seen: dict[Hashable, State] = field(default_factory=dict)
    proposals: dict[int, list[Proposal]] = field(default_factory=dict)
    opened: list[ProofState] = field(default_factory=list)
    serial: itertools.count[int] = field(default_factory=itertools.count)


class Agent(Generic[T]):
    """Proves theorems of one environment.

    Args:
        environment: where tactics act.
        checker: who decides.
        generator: who proposes tactics.
        strategy: makes a fresh strategy for the roots of a theorem.
        premises: what may be offered to the generator, for each of several groups of goals.
        stop: set from outside to end the search at the next tactic.
    """

    def __init__(
        self, environment: Environment[T], checker: Checker[T], generator: TacticGenerator,
        strategy: StrategyFactory, *, budget: Budget | None = None,
        settings: Settings | None = None,
        premises: PremiseSource[T] | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._environment, self._checker = environment, checker
        self._generator, self._strategy = generator, strategy
        self._budget, self._settings = budget or Budget(), settings or Settings()
        self._premises = premises
        self._stop = stop or threading.Event()

    def prove(self, theorem: T, progress: Progress | None = None) -> Result:
        """Search for a proof of ``theorem`` and have it checked.

        Never raises for what the theorem or a tactic does; the result tells.
        """
        started, progress = time.monotonic(), progress or Progress()
        deadline = started + self._budget.seconds
        try:
            status, script, verdict, error = self._attempts(theorem, deadline, progress)
        except InputError as problem:
            status, script, verdict, error = Status.INVALID, None, None, str(problem)
        except LemmaError as problem:
            status, script, verdict, error = Status.FAILED, None, None, str(problem)
        return Result(
            theorem=theorem.name, file=str(theorem.file), line=theorem.line, status=status,
            proof=str(script) if script and status is Status.PROVED else None, script=script,
            seconds=time.monotonic() - started, tactic_calls=progress.tactic_calls,
            expansions=progress.expansions, verdict=verdict, error=error,
        )

    def _attempts(
        self, theorem: T, deadline: float, progress: Progress
    ) -> tuple[Status, ProofScript | None, Verdict | None, str | None]:
        """Search with equal-looking goals merged; if that misled (two goals may read the same
        and differ in what is not printed), search once more with every state kept apart."""
        refused: tuple[ProofScript, Verdict] | None = None
        status, error = Status.FAILED, None
        for merge in (True, False):
            attempt = _Attempt(theorem, deadline, progress, merge)
            try:
                status, script, error = self._search(attempt)
            finally:
                self._environment.release(attempt.opened)
            if script is None:
                break
            verdict = self._checker.check(theorem, script)
            if verdict.accepted:
                return Status.PROVED, script, verdict, None
            refused = script, verdict
        if refused is not None:
            script, verdict = refused
            reason = f"the checker refused the script that was found: {verdict.reason}"
            return Status.FAILED, script, verdict, reason
        return status, None, None, error

    def _search(self, attempt: _Attempt[T]) -> tuple[Status, ProofScript | None, str | None]:
        root = self._environment.open(attempt.theorem)
        attempt.opened.append(root)
        strategy = self._strategy(self._children(attempt, root))
        while strategy.solution is None:
            if self._stop.is_set():
                return Status.FAILED, None, "interrupted"
            spent = self._spent(attempt)
            if spent is not None:
                return Status.TIMEOUT, None, spent
            expansions = strategy.ask(self._settings.batch)
            if not expansions:
                return Status.FAILED, None, "no tactic is left to try"
            self._expand(attempt, strategy, expansions)
        return Status.PROVED, render(strategy.solution), None

    def _spent(self, attempt: _Attempt[T]) -> str | None:
        """Which limit of the budget is used up, in words."""
        budget, progress = self._budget, attempt.progress
        if time.monotonic() >= attempt.deadline:
            return f"no proof within {budget.seconds:g} s"
        if budget.tactic_calls is not None and progress.tactic_calls >= budget.tactic_calls:
            return f"no proof within {budget.tactic_calls} tactic calls"
        if budget.expansions is not None and progress.expansions >= budget.expansions:
            return f"no proof within {budget.expansions} expansions"
        return None

    def _expand(
        self, attempt: _Attempt[T], strategy: Strategy, expansions: Sequence[Expansion]
    ) -> None:
        self._propose(attempt, [e for e in expansions if e.node not in attempt.proposals])
        width = self._settings.tactics_per_round
        for expansion in expansions:
            if strategy.solution is not None:
                return
            proposals = attempt.proposals[expansion.node]
            chosen = proposals[expansion.round * width : (expansion.round + 1) * width]
            outcomes = self._try(attempt, expansion, chosen)
            attempt.progress.expansions += 1
            attempt.progress.depth = max(attempt.progress.depth, expansion.depth)
            more = (expansion.round + 1) * width < len(proposals)
            strategy.tell(expansion, outcomes, more=more)

    def _propose(self, attempt: _Attempt[T], expansions: Sequence[Expansion]) -> None:
        if not expansions:
            return
        goals = [_state(e).goals for e in expansions]
        offered = self._premises(attempt.theorem, goals) if self._premises else [()] * len(goals)
        requests = [
            Request(group, tuple(premises), self._settings.proposals, e.depth)
            for e, group, premises in zip(expansions, goals, offered, strict=True)
        ]
        for expansion, found in zip(expansions, self._generator.propose(requests), strict=True):
            attempt.proposals[expansion.node] = found

    def _try(
        self, attempt: _Attempt[T], expansion: Expansion, proposals: Sequence[Proposal]
    ) -> list[Outcome]:
        """Apply the proposals in order; stop early at one that leaves nothing to prove."""
        outcomes: list[Outcome] = []
        for proposal in proposals:
            if self._stop.is_set() or self._spent(attempt) is not None:
                break
            children, error = self._apply(attempt, expansion, proposal.tactic)
            outcomes.append(Outcome(proposal.tactic, proposal.log_prob, children, error))
            if children == ():
                break
        return outcomes

    def _apply(
        self, attempt: _Attempt[T], expansion: Expansion, tactic: str
    ) -> tuple[tuple[State, ...] | None, str | None]:
        remaining = max(0.05, attempt.deadline - time.monotonic())
        attempt.progress.tactic_calls += 1
        answer = self._environment.apply(
            _state(expansion), tactic, min(remaining, self._budget.tactic_seconds)
        )
        if isinstance(answer, TacticFailure):
            return None, answer.message
        attempt.opened.append(answer)
        children = self._children(attempt, answer)
        if any(child.key == expansion.state.key for child in children):
            return None, "the tactic changed nothing"
        return children, None

    def _children(self, attempt: _Attempt[T], state: ProofState) -> tuple[State, ...]:
        """The independent parts of ``state`` as search states."""
        parts = _in_order(state, self._environment.split(state)) if state.goals else ()
        attempt.opened.extend(part for part in parts if part is not state)
        return tuple(self._intern(attempt, part) for part in parts)

    def _intern(self, attempt: _Attempt[T], state: ProofState) -> State:
        text = tuple(str(goal) for goal in state.goals)
        key: Hashable = text if attempt.merge else (next(attempt.serial), text)
        known = attempt.seen.get(key)
        if known is None:
            known = State(key, state, size=sum(map(len, text)))
            attempt.seen[key] = known
        return known


def _state(expansion: Expansion) -> ProofState:
    state = expansion.state.payload
    if not isinstance(state, ProofState):
        raise TypeError("the search state does not carry a proof state")
    return state


def _in_order(state: ProofState, parts: Sequence[ProofState]) -> Sequence[ProofState]:
    """``parts`` if focused blocks can express them, else the whole state.

    A block focuses one goal, so several coupled goals can only be proved one after the other at
    the end, and no part may take goals from the middle of another.
    """
    if any(len(part.goals) > 1 for part in parts[:-1]):
        return (state,)
    found = tuple(goal for part in parts for goal in part.goals)
    return parts if found == state.goals else (state,)
