"""A conjecture proved in parts, one after the other.

Many theorems are conjunctions or equivalences under quantifiers and assumptions. A prover that
searches for all parts at once has the steps of each in the way of the others.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from prover.environments.fol.provers.contracts import (
    Limits,
    Prover,
    ProverAnswer,
    Run,
    SzsStatus,
)
from prover.environments.fol.selection import Selection
from prover.environments.fol.syntax import (
    AnnotatedFormula,
    Binary,
    Connective,
    Formula,
    Problem,
    Quantified,
    Quantifier,
    Role,
)

_MAX_PARTS = 8
_MAX_DEPTH = 100


def parts(problem: Problem) -> tuple[Problem, ...]:
    """Problems with the premises of ``problem`` that are theorems together just when it is one.

    It is one problem alone where the conjecture cannot be taken apart, or into too many parts.
    """
    goals = [] if problem.goal is None else _parts(problem.goal, 0)
    if not 1 < len(goals) <= _MAX_PARTS:
        return (problem,)
    asked = problem.conjectures[0]
    others = tuple(f for f in problem.formulas if f.role is not Role.CONJECTURE)
    return tuple(
        Problem(
            (*others, AnnotatedFormula(asked.name, Role.CONJECTURE, goal, asked.language)),
            problem.types, problem.file,
        )
        for goal in goals
    )  # fmt: skip


def _parts(goal: Formula, depth: int) -> list[Formula]:
    if depth > _MAX_DEPTH:
        return [goal]
    match goal:
        case Binary(Connective.AND, left, right):
            return _parts(left, depth + 1) + _parts(right, depth + 1)
        case Binary(Connective.IFF, left, right):
            both = (left, right), (right, left)
            return [
                part
                for there, here in both
                for part in _parts(Binary(Connective.IMPLIES, there, here), depth + 1)
            ]
        case Binary(Connective.IMPLIES, left, right):
            found = _parts(right, depth + 1)
            return [Binary(Connective.IMPLIES, left, part) for part in found]
        case Quantified(Quantifier.FORALL, variable, body, sort):
            found = _parts(body, depth + 1)
            return [Quantified(Quantifier.FORALL, variable, part, sort) for part in found]
        case _:
            return [goal]


@dataclass
class PartsRun:
    """A prover at work on the parts of a conjecture that are ``left``, premises selected for each.
    What one leaves of its time the next has. The first that is not proved ends the run."""

    prover: Prover
    selection: Selection
    left: list[Problem]
    limits: Limits
    begun: float = field(default_factory=time.monotonic)
    used: set[str] | None = field(default_factory=set)

    def __post_init__(self) -> None:
        self._premises = [premise.name for premise in self.left[0].premises]
        self._run = self._next()

    @property
    def deadline(self) -> float:
        """That of the part in work."""
        return self._run.deadline

    def fileno(self) -> int:
        """That of the part in work."""
        return self._run.fileno()

    def stop(self) -> None:
        """Stop with the part in work."""
        self._run.stop()

    def poll(self) -> ProverAnswer | None:
        """The answer for the whole conjecture."""
        while (answer := self._run.poll()) is not None:
            self._run.stop()
            if answer.used_premises is None:
                self.used = None
            elif self.used is not None:
                self.used |= set(answer.used_premises)
            if answer.status is not SzsStatus.THEOREM or not self.left:
                return self._whole(answer)
            self._run = self._next()
        return None

    def _next(self) -> Run:
        seconds = max(self.begun + self.limits.seconds - time.monotonic(), 0.0)
        share = Limits(seconds / len(self.left), self.limits.memory_mb)
        return self.prover.start(self.selection(self.left.pop(0)), share)

    def _whole(self, last: ProverAnswer) -> ProverAnswer:
        """``last`` as an answer for the whole. One part's derivation or model is not that."""
        used = last.used_premises
        if last.status is SzsStatus.THEOREM:
            found = self.used
            used = None if found is None else tuple(n for n in self._premises if n in found)
        seconds = time.monotonic() - self.begun
        return replace(last, seconds=seconds, used_premises=used, derivation=None, model=None)
