"""The agent: one theorem from its source to a checked verdict.

Search finds a script (`prover.search_loop`), the checker judges it. Only the checker's word makes
a theorem proved.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from prover import events
from prover.budget import Budget, Progress
from prover.contracts import (
    Checker,
    Environment,
    InputError,
    LemmaError,
    ProofScript,
    Result,
    Status,
    TacticGenerator,
    Theorem,
    Value,
    Verdict,
)
from prover.events import Listener
from prover.goal_keys import CannotRenameError
from prover.proposing import PremiseSource, Proposer
from prover.script import render
from prover.search_loop import Limits, Search, Settings, StrategyFactory
from prover.workplace import Alone, Crew, Merging, Workplace
from search.contracts import ProofTree

__all__ = ["Agent", "Budget", "PremiseSource", "Progress", "Settings", "StrategyFactory"]

T = TypeVar("T", bound=Theorem)


@dataclass(frozen=True)
class _Finding:
    """What came of the work on a theorem; ``script`` may be one that the checker refused."""

    status: Status
    error: str | None = None
    script: ProofScript | None = None
    verdict: Verdict | None = None


class Agent(Generic[T]):
    """Proves theorems of one environment.

    Args:
        environment: where tactics act.
        checker: who decides.
        generator: who proposes tactics.
        strategy: makes a fresh strategy for the roots of a theorem.
        budget: what one theorem may cost.
        settings: how wide the loop works.
        premises: what may be offered to the generator, for each of several groups of goals.
        stop: set from outside to end the search at the next tactic.
        value: estimates how far new states are from being proved.
        crew: the environment and others that help when they are idle.
        listen: makes, for a theorem, who is told what happens.
    """

    def __init__(
        self, environment: Environment[T], checker: Checker[T], generator: TacticGenerator,
        strategy: StrategyFactory, *, budget: Budget | None = None,
        settings: Settings | None = None, premises: PremiseSource | None = None,
        stop: threading.Event | None = None, value: Value | None = None,
        crew: Crew | None = None, listen: Callable[[T], Listener] | None = None,
    ) -> None:
        self._environment, self._checker, self._strategy = environment, checker, strategy
        self._budget, self._settings = budget or Budget(), settings or Settings()
        self._proposer = Proposer(generator, self._settings.proposals, premises)
        self._stop = stop or threading.Event()
        self._value, self._crew, self._listen = value, crew or Alone(environment), listen

    def prove(self, theorem: T, progress: Progress | None = None) -> Result:
        """Search for a proof of ``theorem`` and have it checked.

        Never raises for what the theorem or a tactic does; the result tells.
        """
        started, progress = time.monotonic(), progress or Progress()
        listen = self._listen(theorem) if self._listen else _to_nobody
        listen(events.Started(theorem.statement, self._proposer.generator.name))
        limits = Limits(self._budget, started + self._budget.seconds, self._stop)
        try:
            found = self._attempts(theorem, limits, progress, listen)
        except InputError as problem:
            found = _Finding(Status.INVALID, str(problem))
        except LemmaError as problem:
            found = _Finding(Status.FAILED, str(problem))
        proved, seconds = found.status is Status.PROVED, time.monotonic() - started
        listen(events.Finished(found.status, seconds, progress.tactic_calls, progress.expansions,
                               progress.tokens, found.error))
        return Result(
            theorem=theorem.name, file=str(theorem.file), line=theorem.line, status=found.status,
            proof=str(found.script) if found.script and proved else None, script=found.script,
            seconds=seconds, tactic_calls=progress.tactic_calls, expansions=progress.expansions,
            tokens=progress.tokens, verdict=found.verdict, error=found.error,
        )

    def _attempts(
        self, theorem: T, limits: Limits, progress: Progress, listen: Listener
    ) -> _Finding:
        """Search with goals merged that are equal up to names; if that misled (two goals may read
        the same and differ in what is not printed), once more with every state kept apart."""
        refused = None
        for attempt, merging in enumerate(Merging):
            search = self._search(theorem, limits, progress, listen, merging)
            try:
                ended = search.run(self._strategy, attempt)
                if ended.proof is None:
                    return refused or _Finding(ended.status, ended.reason)
                found = self._judge(search.workplace, theorem, ended.proof, listen)
            finally:
                search.workplace.release()
            if found.status is Status.PROVED or self._stop.is_set():
                return found
            refused = found if found.verdict else refused
        return found

    def _judge(
        self, workplace: Workplace, theorem: T, proof: Sequence[ProofTree], listen: Listener
    ) -> _Finding:
        """Write the proof that was found as a script, and ask the checker."""
        try:
            script = render(workplace.with_real_names(theorem, proof))
        except CannotRenameError as problem:
            return _Finding(Status.FAILED, f"the proof cannot be written as a script: {problem}")
        listen(events.ScriptFound(script.blocks))
        started = time.monotonic()
        verdict = self._checker.check(theorem, script)
        listen(events.Checked(verdict.accepted, verdict.checker, verdict.version, verdict.axioms,
                              verdict.reason, time.monotonic() - started))
        if verdict.accepted:
            return _Finding(Status.PROVED, None, script, verdict)
        reason = f"the checker refused the script that was found: {verdict.reason}"
        return _Finding(Status.FAILED, reason, script, verdict)

    def _search(
        self, theorem: T, limits: Limits, progress: Progress, listen: Listener, merging: Merging
    ) -> Search:
        workplace = Workplace(
            self._environment, self._crew, limits.tactic_seconds, merging=merging,
            value=self._value.score if self._value else None,
        )
        return Search(theorem, workplace, self._proposer, limits, self._settings, progress,
                      None if listen is _to_nobody else listen)


def _to_nobody(event: events.Event) -> None:
    """Nobody listens."""
    del event
