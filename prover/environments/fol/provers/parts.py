"""A conjecture proved in parts, one after the other.

Many theorems are conjunctions or equivalences under quantifiers and assumptions, or become so by
a definition: sets are equal if each is part of the other. A prover that searches for all parts
at once has the steps of each in the way of the others.

Nobody has to believe that the parts make up the whole: this is one more problem, without any
premise but the definitions that were unfolded, and is proved before the parts are.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Iterable
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
    Equality,
    Formula,
    Predicate,
    Problem,
    Quantified,
    Quantifier,
    Role,
    Term,
    Variable,
    alpha_normal,
    conjunction,
    free_variables,
    substitute,
)

_MAX_PARTS = 8
_MAX_DEPTH = 100


@dataclass(frozen=True)
class Division:
    """Problems that, all proved, prove a conjecture, with the help of the premises ``unfolded``;
    ``whole`` asks whether they do."""

    problems: tuple[Problem, ...]
    unfolded: frozenset[str] = frozenset()
    whole: Problem | None = None


def divided(problem: Problem, unfold: int = 0) -> Division:
    """The parts of the conjecture of ``problem``: of a conjunction, of an equivalence, and of what
    premises define to be such, for up to ``unfold`` definitions one in another.

    It is ``problem`` alone where there are none, or too many.
    """
    if problem.goal is None:
        return Division((problem,))
    for depth in range(0 if problem.is_typed else unfold, -1, -1):
        divider = _Divider(problem.premises if depth else ())
        goals = divider.parts(problem.goal, depth)
        if 1 < len(goals) <= _MAX_PARTS:
            found = tuple(_asking(problem, goal) for goal in goals)
            unfolded = frozenset(divider.unfolded)
            return Division(found, unfolded, _whole(problem, goals, unfolded))
    return Division((problem,))


def _asking(problem: Problem, goal: Formula) -> Problem:
    """``problem`` with ``goal`` for a conjecture."""
    asked = problem.conjectures[0]
    others = tuple(f for f in problem.formulas if f.role is not Role.CONJECTURE)
    conjecture = AnnotatedFormula(asked.name, Role.CONJECTURE, goal, asked.language)
    return Problem((*others, conjecture), problem.types, problem.file)


def _whole(problem: Problem, goals: Iterable[Formula], unfolded: frozenset[str]) -> Problem:
    """Whether the ``goals`` prove the conjecture of ``problem``, by these definitions."""
    definitions = tuple(f for f in problem.premises if f.name in unfolded)
    taken, number = {f.name for f in problem.formulas}, itertools.count(1)
    parts = []
    for goal in goals:
        name = next(name for n in number if (name := f"part_{n}") not in taken)
        parts.append(AnnotatedFormula(name, Role.AXIOM, goal, problem.conjectures[0].language))
    return Problem((*definitions, *parts, *problem.conjectures), problem.types, problem.file)


@dataclass(frozen=True)
class _Definition:
    """A premise: under the ``guards``, ``head`` of distinct ``variables`` means ``body``."""

    name: str
    head: Predicate | Equality
    variables: tuple[str, ...]
    guards: tuple[Formula, ...]
    body: Formula


class _Divider:
    def __init__(self, premises: Iterable[AnnotatedFormula]) -> None:
        self._definitions: dict[tuple[str, int], _Definition] = {}
        self.unfolded: set[str] = set()
        for definition in filter(None, map(_definition, premises)):
            self._definitions.setdefault(_key(definition.head), definition)

    def parts(self, goal: Formula, unfold: int, depth: int = 0) -> list[Formula]:
        """Formulas that together prove ``goal``."""
        if depth > _MAX_DEPTH:
            return [goal]
        further = functools.partial(self.parts, unfold=unfold, depth=depth + 1)
        match goal:
            case Binary(Connective.AND, left, right):
                return further(left) + further(right)
            case Binary(Connective.IFF, left, right):
                there = Binary(Connective.IMPLIES, left, right)
                return further(there) + further(Binary(Connective.IMPLIES, right, left))
            case Binary(Connective.IMPLIES, left, right):
                return [Binary(Connective.IMPLIES, left, part) for part in further(right)]
            case Quantified(Quantifier.FORALL, variable, body, sort):
                found = further(body)
                return [Quantified(Quantifier.FORALL, variable, part, sort) for part in found]
            case Predicate() | Equality() if unfold:
                return self._unfolded(goal, unfold, depth)
            case _:
                return [goal]

    def _unfolded(self, goal: Predicate | Equality, unfold: int, depth: int) -> list[Formula]:
        definition = self._definitions.get(_key(goal))
        if definition is None:
            return [goal]
        self.unfolded.add(definition.name)
        values = dict(zip(definition.variables, _arguments(goal), strict=True))
        guards = [substitute(conjunction(definition.guards), values)] if definition.guards else []
        return guards + self.parts(substitute(definition.body, values), unfold - 1, depth + 1)


def _key(head: Predicate | Equality) -> tuple[str, int]:
    return (head.name, len(head.arguments)) if isinstance(head, Predicate) else ("=", 2)


def _arguments(head: Predicate | Equality) -> tuple[Term, ...]:
    return head.arguments if isinstance(head, Predicate) else (head.left, head.right)


def _definition(premise: AnnotatedFormula) -> _Definition | None:
    """``premise`` as a definition, if it is one. Its own variables are renamed apart."""
    formula = alpha_normal(premise.closed)
    guards: list[Formula] = []
    while True:
        match formula:
            case Quantified(Quantifier.FORALL, _, body):
                formula = body
            case Binary(Connective.IMPLIES, left, right):
                guards.append(left)
                formula = right
            case Binary(Connective.IFF, Predicate() | Equality() as head, body):
                names = tuple(t.name for t in _arguments(head) if isinstance(t, Variable))
                free = free_variables(body).union(*map(free_variables, guards))
                if len(set(names)) < len(_arguments(head)) or not free <= set(names):
                    return None
                return _Definition(premise.name, head, names, tuple(guards), body)
            case _:
                return None


@dataclass
class PartsRun:
    """A prover at work on the parts of a conjecture, with premises selected for each, after it has
    proved that they make up the whole. What one leaves of its time the next has. The first that is
    not proved ends the run."""

    prover: Prover
    selection: Selection
    division: Division
    limits: Limits
    begun: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        whole = self.division.whole
        self._left = [*filter(None, (whole,)), *self.division.problems]
        self._used: set[str] | None = set(self.division.unfolded)
        self._premises = [premise.name for premise in self.division.problems[0].premises]
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
                self._used = None
            elif self._used is not None:
                self._used |= set(answer.used_premises)
            if answer.status is not SzsStatus.THEOREM or not self._left:
                return self._whole(answer)
            self._run = self._next()
        return None

    def _next(self) -> Run:
        seconds = max(self.begun + self.limits.seconds - time.monotonic(), 0.0)
        share = Limits(seconds / len(self._left), self.limits.memory_mb)
        problem = self._left.pop(0)
        asked = problem if problem is self.division.whole else self.selection(problem)
        return self.prover.start(asked, share)

    def _whole(self, last: ProverAnswer) -> ProverAnswer:
        """``last`` as an answer for the whole. One part's derivation or model is not that."""
        used = last.used_premises
        if last.status is SzsStatus.THEOREM:
            found = self._used
            used = None if found is None else tuple(n for n in self._premises if n in found)
        seconds = time.monotonic() - self.begun
        return replace(last, seconds=seconds, used_premises=used, derivation=None, model=None)
