"""Integer polynomials read from printed terms.

Rules about numbers ask which variables occur, with which coefficients, and what cancels. A
printed term becomes a polynomial over *atoms*: variables, and whatever is not built by ``+``,
``-``, ``*`` and powers with numerals (``x % 7``, ``2 ^ n``, ``f (n + 1)``), by its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from prover.planning import terms
from prover.planning.terms import Term, read_term

Monomial = tuple[tuple[str, int], ...]
"""Atoms with their exponents, sorted."""

_MAX_EXPONENT = 12


@dataclass(frozen=True)
class Polynomial:
    """A sum of monomials with integer coefficients, none of them 0."""

    terms: Mapping[Monomial, int]

    @staticmethod
    def of(terms: Iterable[tuple[Monomial, int]]) -> Polynomial:
        """Equal monomials added up."""
        total: dict[Monomial, int] = {}
        for monomial, coefficient in terms:
            total[monomial] = total.get(monomial, 0) + coefficient
        return Polynomial({m: c for m, c in total.items() if c})

    @staticmethod
    def constant(value: int) -> Polynomial:
        """A number."""
        return Polynomial.of([((), value)])

    @staticmethod
    def atom(name: str) -> Polynomial:
        """A variable."""
        return Polynomial({((name, 1),): 1})

    def __add__(self, other: Polynomial) -> Polynomial:
        return Polynomial.of([*self.terms.items(), *other.terms.items()])

    def __neg__(self) -> Polynomial:
        return self.scaled(-1)

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + -other

    def __mul__(self, other: Polynomial) -> Polynomial:
        return Polynomial.of(
            (_product(m, n), c * d)
            for m, c in self.terms.items() for n, d in other.terms.items()
        )

    def __pow__(self, exponent: int) -> Polynomial:
        result = Polynomial.constant(1)
        for _ in range(exponent):
            result = result * self
        return result

    def scaled(self, factor: int) -> Polynomial:
        """Every coefficient times ``factor``."""
        return Polynomial.of((m, factor * c) for m, c in self.terms.items())

    def __str__(self) -> str:
        """As a term of Lean's, what is added before what is taken away."""
        ordered = sorted(self.terms.items(), key=lambda term: term[1] < 0)
        text = ""
        for monomial, coefficient in ordered:
            factors = [str(abs(coefficient))] if abs(coefficient) != 1 or not monomial else []
            factors += [name if power == 1 else f"{name} ^ {power}" for name, power in monomial]
            sign = " - " if coefficient < 0 else " + "
            text += (sign if text or coefficient < 0 else "") + " * ".join(factors)
        return text.strip() or "0"

    @cached_property
    def atoms(self) -> tuple[str, ...]:
        """The atoms that occur, in order."""
        return tuple(dict.fromkeys(name for monomial in self.terms for name, _ in monomial))

    @property
    def value(self) -> int | None:
        """The number that this is, or None."""
        return self.terms.get((), 0) if not self.atoms else None

    @property
    def linear(self) -> bool:
        """Whether no product of atoms occurs."""
        return all(sum(power for _, power in monomial) <= 1 for monomial in self.terms)

    def coefficient(self, atom: str) -> int:
        """That of the atom alone."""
        return self.terms.get(((atom, 1),), 0)


def _product(one: Monomial, other: Monomial) -> Monomial:
    powers = dict(one)
    for name, power in other:
        powers[name] = powers.get(name, 0) + power
    return tuple(sorted(powers.items()))


def read_polynomial(text: str) -> Polynomial | None:
    """The polynomial that a printed term is, or None if it is no arithmetic.

    Subtraction is that of the integers: for natural numbers this is right only where it does not
    go below 0, which is for Lean to find out.
    """
    term = read_term(text)
    return None if term is None else _polynomial(term)


def _polynomial(term: Term) -> Polynomial:
    if not term.symbol:
        return Polynomial.atom(term.text) if term.number is None else (
            Polynomial.constant(term.number))
    match term.symbol, [_polynomial(operand) for operand in term.operands]:
        case "+", [left, right]:
            return left + right
        case "-", [left, right]:
            return left - right
        case "*", [left, right]:
            return left * right
        case "^", [base, exponent] if _small(exponent.value):
            return base ** (exponent.value or 0)
        case terms.NEGATED, [operand]:
            return -operand
        case terms.CAST, [operand]:
            return operand
        case _:
            return Polynomial.atom(term.text.removeprefix(terms.CAST))


def _small(exponent: int | None) -> bool:
    return exponent is not None and 0 <= exponent <= _MAX_EXPONENT
