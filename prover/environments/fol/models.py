"""Finite models as values, and the truth of formulas in them.

A prover's counter-model is only a claim; `FiniteModel.satisfies` decides it by evaluation, with
no prover involved.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prover.environments.fol.syntax import (
    Binary,
    Connective,
    Equality,
    Formula,
    Function,
    Not,
    Predicate,
    Quantified,
    Quantifier,
    Term,
    Truth,
    Variable,
)

DEFAULT_SORT = "$i"
Element = int


class EvaluationTooLong(Exception):
    """Deciding the formula in the model needs more steps than were allowed."""


@dataclass(frozen=True)
class FiniteModel:
    """An interpretation over finite domains.

    ``domains`` gives each sort the number ``n`` of its elements, which are ``0 … n-1``;
    ``functions`` and ``predicates`` are tables by name and arity: ``functions["f", 2][0, 1]`` is
    the element that is ``f(0,1)``. A predicate's table holds the tuples for which it is true.
    """

    domains: Mapping[str, int]
    functions: Mapping[tuple[str, int], Mapping[tuple[Element, ...], Element]]
    predicates: Mapping[tuple[str, int], frozenset[tuple[Element, ...]]]
    origin: str = field(default="", compare=False)

    def satisfies(self, formulas: Iterable[Formula], max_steps: int = 2_000_000) -> bool:
        """Whether all the sentences ``formulas`` are true here.

        Raises `EvaluationTooLong` after ``max_steps`` atoms and connectives, and KeyError for a
        symbol that is not interpreted.
        """
        evaluation = _Evaluation(self, max_steps)
        try:
            return all(evaluation.formula(formula, {}) for formula in formulas)
        except RecursionError:
            raise EvaluationTooLong from None

    def __str__(self) -> str:
        lines = [f"domain {sort}: {{{', '.join(map(str, range(n)))}}}"
                 for sort, n in self.domains.items()]  # fmt: skip
        for (name, _), table in sorted(self.functions.items()):
            lines += [f"{_applied(name, key)} = {value}" for key, value in sorted(table.items())]
        for (name, arity), rows in sorted(self.predicates.items()):
            if arity == 0:
                lines.append(f"{name}: {'true' if () in rows else 'false'}")
            else:
                lines.append(f"{name}: {{{', '.join(map(_row, sorted(rows)))}}}")
        return "\n".join(lines)


def _row(row: tuple[Element, ...]) -> str:
    return str(row[0]) if len(row) == 1 else f"({', '.join(map(str, row))})"


def _applied(name: str, key: tuple[Element, ...]) -> str:
    return f"{name}({','.join(map(str, key))})" if key else name


class _Evaluation:
    """The truth of sentences in one model, counting steps."""

    def __init__(self, model: FiniteModel, max_steps: int) -> None:
        self._model = model
        self._left = max_steps

    def formula(self, formula: Formula, values: dict[str, Element]) -> bool:
        self._left -= 1
        if self._left < 0:
            raise EvaluationTooLong
        match formula:
            case Truth(value):
                return value
            case Predicate(name, arguments):
                row = tuple(self.term(argument, values) for argument in arguments)
                return row in self._model.predicates[name, len(arguments)]
            case Equality(left, right):
                return self.term(left, values) == self.term(right, values)
            case Not(body):
                return not self.formula(body, values)
            case Binary():
                return self._binary(formula, values)
            case Quantified():
                return self._quantified(formula, values)

    def _binary(self, formula: Binary, values: dict[str, Element]) -> bool:
        left = self.formula(formula.left, values)
        match formula.connective:
            case Connective.AND:
                return left and self.formula(formula.right, values)
            case Connective.OR:
                return left or self.formula(formula.right, values)
            case Connective.IMPLIES:
                return not left or self.formula(formula.right, values)
            case Connective.IFF:
                return left == self.formula(formula.right, values)

    def _quantified(self, formula: Quantified, values: dict[str, Element]) -> bool:
        wanted = formula.quantifier is Quantifier.EXISTS
        shadowed = values.get(formula.variable)
        domain = range(self._model.domains[formula.sort or DEFAULT_SORT])
        result = not wanted
        for element in domain:
            values[formula.variable] = element
            if self.formula(formula.body, values) is wanted:
                result = wanted
                break
        if shadowed is None:
            values.pop(formula.variable, None)
        else:
            values[formula.variable] = shadowed
        return result

    def term(self, term: Term, values: dict[str, Element]) -> Element:
        if isinstance(term, Variable):
            return values[term.name]
        assert isinstance(term, Function)
        key = tuple(self.term(argument, values) for argument in term.arguments)
        return self._model.functions[term.name, len(term.arguments)][key]


def rows(sizes: Iterable[int]) -> Iterable[tuple[Element, ...]]:
    """Every tuple of elements of domains of these sizes."""
    return itertools.product(*(range(size) for size in sizes))
