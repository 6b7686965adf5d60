"""First-order formulas, clauses and problems as immutable values.

Terms and formulas are hash-consed by nobody: they are plain frozen dataclasses, compared by
structure. Bound variables are named; `substitute` renames to avoid capture.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable. TPTP writes it with a capital first letter."""

    name: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function applied to arguments; a constant has none."""

    name: str
    arguments: tuple[Term, ...] = ()


Term = Variable | Function


@dataclass(frozen=True, slots=True)
class Predicate:
    """An atomic formula; a propositional letter has no arguments."""

    name: str
    arguments: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Equality:
    """``left = right``. Inequality is its negation."""

    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Truth:
    """``$true`` or ``$false``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    body: Formula


class Connective(StrEnum):
    """The binary connectives, by their TPTP symbols."""

    AND = "&"
    OR = "|"
    IMPLIES = "=>"
    IFF = "<=>"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two formulas joined. ``<=``, ``<~>``, ``~&`` and ``~|`` are read into these four."""

    connective: Connective
    left: Formula
    right: Formula


class Quantifier(StrEnum):
    """The quantifiers, by their TPTP symbols."""

    FORALL = "!"
    EXISTS = "?"


@dataclass(frozen=True, slots=True)
class Quantified:
    """``! [X] : body`` or ``? [X] : body``, one variable each; lists are nested."""

    quantifier: Quantifier
    variable: str
    body: Formula


Formula = Predicate | Equality | Truth | Not | Binary | Quantified
