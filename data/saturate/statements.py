"""Statements: sentences in a form in which equal ones look equal and all are easy to read.

A clause ``q(X2) | ~p(X7,X2)`` becomes ``! [X,Y] : (p(X,Y) => q(Y))``: conditions first, the larger
side of an equation on the left, literals in a fixed order, variables named in order.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from prover.environments.fol.skolem import nnf
from prover.environments.fol.syntax import (
    Binary,
    Equality,
    Formula,
    Not,
    Predicate,
    Quantified,
    Quantifier,
    Symbol,
    Term,
    Truth,
    Variable,
    close,
    conjunction,
    disjunction,
    disjuncts,
    forall,
    free_variable_list,
    implies,
    postorder,
    strip_quantifiers,
    substitute,
    symbols,
)

_NAMES = ("X", "Y", "Z", "U", "V", "W")
_VARIABLE = re.compile(r"\b[A-Z]\w*")

Literal = Predicate | Equality | Not


@dataclass(frozen=True)
class Statement:
    """A sentence in the form above. ``literals`` are those of a clause, else empty."""

    formula: Formula
    literals: tuple[Literal, ...] = ()

    @cached_property
    def symbols(self) -> frozenset[Symbol]:
        """The symbols in it."""
        return symbols(self.formula)

    @cached_property
    def weight(self) -> int:
        """Occurrences of symbols and variables, negations and equality signs apart."""
        return sum(
            isinstance(node, Predicate | Term) for part in self._atoms for node in postorder(part)
        )

    @cached_property
    def variables(self) -> int:
        """The number of its variables."""
        return sum(isinstance(node, Quantified) for node in postorder(self.formula))

    @property
    def _atoms(self) -> tuple[Formula, ...]:
        return self.literals or (self.formula,)

    def __str__(self) -> str:
        return str(self.formula)


def statement_of(formula: Formula) -> Statement:
    """The statement that the sentence ``formula`` is. In sentences that are not clauses only the
    variables are named anew."""
    literals = _clause(formula)
    if literals is None:
        return Statement(_renamed(formula, itertools.count(), {}))
    ordered = sorted(map(_oriented, literals), key=_shape)
    unique = tuple(dict.fromkeys(ordered))
    return _named(unique)


def is_tautology(statement: Statement) -> bool:
    """Whether the statement says nothing: it is true, or two of its literals contradict."""
    if isinstance(statement.formula, Truth):
        return statement.formula.value
    literals = set(statement.literals)
    return any(
        (isinstance(literal, Equality) and literal.left == literal.right)
        or (isinstance(literal, Not) and literal.body in literals)
        for literal in literals
    )


def from_literals(literals: list[Literal]) -> Statement:
    """The statement that one of ``literals`` holds, whatever their variables stand for."""
    return statement_of(close(disjunction(literals)))


def _clause(formula: Formula) -> list[Literal] | None:
    _, matrix = strip_quantifiers(formula, Quantifier.FORALL)
    members = disjuncts(nnf(matrix))
    literals: list[Literal] = []
    for member in members:
        atom = member.body if isinstance(member, Not) else member
        if not isinstance(atom, Predicate | Equality):
            return None
        assert isinstance(member, Predicate | Equality | Not)
        literals.append(member)
    return literals


def _oriented(literal: Literal) -> Literal:
    """The larger side of an equation on the left."""
    match literal:
        case Equality(left, right):
            return literal if _rank(left) >= _rank(right) else Equality(right, left)
        case Not(Equality(left, right)):
            return literal if _rank(left) >= _rank(right) else Not(Equality(right, left))
        case _:
            return literal


def _rank(term: Term) -> tuple[int, bool, str, str]:
    nodes = sum(1 for _ in postorder(term))
    return nodes, isinstance(term, Variable), _anonymous(term), str(term)


def _shape(literal: Literal) -> tuple[bool, int, str, str]:
    """Conditions first, then short ones, whatever their variables are called."""
    nodes = sum(1 for _ in postorder(literal))
    return not isinstance(literal, Not), nodes, _anonymous(literal), str(literal)


def _anonymous(node: Formula | Term) -> str:
    """``node`` with its variables numbered in the order of their occurrence."""
    numbers: dict[str, str] = {}
    return _VARIABLE.sub(lambda m: numbers.setdefault(m[0], f"_{len(numbers)}"), str(node))


def _named(literals: tuple[Literal, ...]) -> Statement:
    old = free_variable_list(disjunction(literals))
    names = [_name(number) for number in range(len(old))]
    renaming = {name: Variable(new) for name, new in zip(old, names, strict=True)}
    renamed = tuple(substitute(literal, renaming) for literal in literals)
    conditions = [literal.body for literal in renamed if isinstance(literal, Not)]
    conclusions = [literal for literal in renamed if not isinstance(literal, Not)]
    if conditions and conclusions:
        matrix = implies(conjunction(conditions), disjunction(conclusions))
    elif conditions:
        matrix = Not(conjunction(conditions))
    else:
        matrix = disjunction(conclusions)
    return Statement(forall(names, matrix), renamed)


def _renamed(formula: Formula, numbers: Iterator[int], scope: dict[str, Term]) -> Formula:
    """``formula`` with its bound variables named in the order of their quantifiers."""
    match formula:
        case Quantified(quantifier, variable, body, sort):
            name = _name(next(numbers))
            inner = _renamed(body, numbers, {**scope, variable: Variable(name)})
            return Quantified(quantifier, name, inner, sort)
        case Not(body):
            return Not(_renamed(body, numbers, scope))
        case Binary(connective, left, right):
            first = _renamed(left, numbers, scope)
            return Binary(connective, first, _renamed(right, numbers, scope))
        case _:
            renamed: Formula = substitute(formula, scope)
            return renamed


def _name(number: int) -> str:
    return _NAMES[number] if number < len(_NAMES) else f"X{number - len(_NAMES) + 1}"
