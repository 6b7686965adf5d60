"""The agent: one theorem from its source to a checked verdict.

Search finds a script (`prover.search_loop`), the checker judges it. Only the checker's word makes
a theorem proved.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from prover import events
from prover.applying import Alone, Crew
from prover.budget import Budget, Progress
from prover.checkpoint import Checkpoint
from prover.contracts import (
    Checker,
    Environment,
    EnvironmentCrash,
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
from prover.minimise import Minimiser
from prover.proposing import Memory, PremiseSource, Proposer
from prover.script import render
from prover.search_loop import Limits, Search, Settings, StrategyFactory
from prover.workplace import CannotResumeError, Merging, Workplace
from search.contracts import ProofTree, State

__all__ = ["Agent", "Budget", "PremiseSource", "Progress", "Settings", "StrategyFactory"]

T = TypeVar("T", bound=Theorem)


@dataclass(frozen=True)
class _Finding:
    """What came of the work on a theorem; ``script`` may be one that the checker refused."""

    status: Status
    error: str | None = None
    script: ProofScript | None = None
    verdict: Verdict | None = None
    longer: ProofScript | None = None  # what the script was before it was minimised
    crashed: bool = False

    def result(self, theorem: Theorem, progress: Progress, seconds: float) -> Result:
        """The result for ``theorem``."""
        proved = self.status is Status.PROVED
        return Result(
            theorem=theorem.name, file=str(theorem.file), line=theorem.line, status=self.status,
            proof=str(self.script) if self.script and proved else None, script=self.script,
            seconds=seconds, tactic_calls=progress.tactic_calls, expansions=progress.expansions,
            tokens=progress.tokens, verdict=self.verdict, error=self.error, found=self.longer,
            crashed=self.crashed,
        )


@dataclass(frozen=True)
class _Work(Generic[T]):
    """One theorem at work: its limits, its counts, who is told, and what is known."""

    theorem: T
    limits: Limits
    progress: Progress
    listen: Listener
    memory: Memory | None
    checkpoint: Checkpoint | None


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
        memory: gives, for a theorem, what is known from earlier searches.
        minimiser: shortens the proofs that are found.
        checkpoint: says, for a theorem, where an interrupted search is kept.
    """

    def __init__(
        self, environment: Environment[T], checker: Checker[T], generator: TacticGenerator,
        strategy: StrategyFactory, *, budget: Budget | None = None,
        settings: Settings | None = None, premises: PremiseSource | None = None,
        stop: threading.Event | None = None, value: Value | None = None,
        crew: Crew | None = None, listen: Callable[[T], Listener] | None = None,
        memory: Callable[[T], Memory | None] | None = None,
        minimiser: Minimiser[T] | None = None,
        checkpoint: Callable[[T], Checkpoint | None] | None = None,
    ) -> None:
        self._environment, self._checker, self._strategy = environment, checker, strategy
        self._budget, self._settings = budget or Budget(), settings or Settings()
        self._proposer = Proposer(generator, self._settings.proposals, premises)
        self._stop = stop or threading.Event()
        self._value, self._crew = value, crew or Alone(environment)
        self._listen, self._memory, self._minimiser = listen, memory, minimiser
        self._checkpoint = checkpoint

    def prove(
        self, theorem: T, progress: Progress | None = None, *, spent: float = 0.0
    ) -> Result:
        """Search for a proof of ``theorem`` and have it checked. So many seconds have been
        ``spent`` on it already.

        Never raises for what the theorem or a tactic does; the result tells.
        """
        started, progress = time.monotonic() - spent, progress or Progress()
        limits = Limits(self._budget, started + self._budget.seconds, self._stop)
        work = _Work(theorem, limits, progress,
                     self._listen(theorem) if self._listen else _to_nobody,
                     self._memory(theorem) if self._memory else None,
                     self._checkpoint(theorem) if self._checkpoint else None)
        work.listen(events.Started(theorem.statement, self._proposer.generator.name))
        try:
            found = self._minimised(self._attempts(work), work)
        except InputError as problem:
            found = _Finding(Status.INVALID, str(problem))
        except LemmaError as problem:
            crashed = isinstance(problem, EnvironmentCrash)
            found = _Finding(Status.FAILED, str(problem), crashed=crashed)
        finally:
            if work.memory is not None:
                work.memory.save()
        seconds = time.monotonic() - started
        work.listen(events.Finished(found.status, seconds, progress.tactic_calls,
                                    progress.expansions, progress.tokens, found.error))
        return found.result(theorem, progress, seconds)

    def _attempts(self, work: _Work[T]) -> _Finding:
        """Search with goals merged that are equal up to names; if that misled (two goals may read
        the same and differ in what is not printed), once more with every state kept apart and
        nothing taken from memory."""
        refused = None
        for attempt, merging in enumerate(Merging):
            search = self._search(work, merging)
            try:
                ended = search.run(self._strategy, attempt, None if attempt else work.checkpoint)
                if ended.proof is None:
                    return refused or _Finding(ended.status, ended.reason)
                found = self._judge(search, ended.proof, work)
            except CannotResumeError:
                assert work.checkpoint is not None
                work.checkpoint.remove()
                return self._attempts(work)
            finally:
                search.workplace.release()
            if found.status is Status.PROVED or self._stop.is_set():
                return found
            refused = found if found.verdict else refused
        return found

    def _minimised(self, found: _Finding, work: _Work[T]) -> _Finding:
        """A shorter proof in place of the one that was found, if there is time to look for it."""
        if self._minimiser is None or found.status is not Status.PROVED or found.script is None:
            return found
        left = work.limits.deadline - time.monotonic()
        try:
            shorter = self._minimiser.minimise(work.theorem, found.script, seconds=left)
        except LemmaError:
            shorter = None  # the environment is gone; the proof stands
        if shorter is None:
            return found
        return replace(found, script=shorter.script, verdict=shorter.verdict, longer=found.script)

    def _search(self, work: _Work[T], merging: Merging) -> Search:
        workplace = Workplace(
            self._environment, self._crew, work.limits.tactic_seconds, merging=merging,
            value=self._value.score if self._value else None,
        )
        memory = work.memory if merging is Merging.NAMES else None
        return Search(work.theorem, workplace, replace(self._proposer, memory=memory), work.limits,
                      self._settings, work.progress,
                      None if work.listen is _to_nobody else work.listen)

    def _judge(self, search: Search, proof: Sequence[ProofTree], work: _Work[T]) -> _Finding:
        """Write the proof that was found as a script, and ask the checker."""
        try:
            trees = search.workplace.with_real_names(work.theorem, proof)
        except CannotRenameError as problem:
            return _Finding(Status.FAILED, f"the proof cannot be written as a script: {problem}")
        script = render(trees)
        work.listen(events.ScriptFound(script.blocks))
        verdict = self._check(script, work)
        memory = search.proposer.memory
        if verdict.accepted:
            if memory is not None:
                _learn(memory, trees, search.workplace)
            return _Finding(Status.PROVED, None, script, verdict)
        if memory is not None:
            _unlearn(memory, trees, search.workplace)
        reason = f"the checker refused the script that was found: {verdict.reason}"
        return _Finding(Status.FAILED, reason, script, verdict)

    def _check(self, script: ProofScript, work: _Work[T]) -> Verdict:
        started = time.monotonic()
        verdict = self._checker.check(work.theorem, script)
        work.listen(events.Checked(verdict.accepted, verdict.checker, verdict.version,
                                   verdict.axioms, verdict.reason, time.monotonic() - started))
        return verdict


def _learn(memory: Memory, trees: Sequence[ProofTree], workplace: Workplace) -> None:
    """Remember every part of a proof that was accepted."""
    for tree, state in _parts(trees):
        memory.learn_proof(workplace.goals(state), str(render([tree])))


def _unlearn(memory: Memory, trees: Sequence[ProofTree], workplace: Workplace) -> None:
    """Forget every part of a proof that was refused."""
    for _, state in _parts(trees):
        memory.unlearn_proof(workplace.goals(state))


def _parts(trees: Sequence[ProofTree]) -> Iterator[tuple[ProofTree, State]]:
    stack = list(trees)
    while stack:
        tree = stack.pop()
        stack += tree.children
        if tree.state is not None:
            yield tree, tree.state


def _to_nobody(event: events.Event) -> None:
    """Nobody listens."""
    del event
