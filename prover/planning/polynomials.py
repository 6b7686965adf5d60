"""Integer polynomials read from printed terms.

Rules about numbers ask which variables occur, with which coefficients, and what cancels. A
printed term becomes a polynomial over *atoms*: variables, and whatever is not built by ``+``,
``-``, ``*`` and powers with numerals (``x % 7``, ``2 ^ n``, ``f (n + 1)``), by its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from prover.environments.lean.lexer import Kind, Token, tokens

Monomial = tuple[tuple[str, int], ...]
"""Atoms with their exponents, sorted."""

_MAX_EXPONENT = 12
_ARGUMENT_KINDS = (Kind.WORD, Kind.NUMBER)


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
    reader = _Reader(text, [t for t in tokens(text) if t.text != "↑"])
    try:
        found = reader.sum()
    except _NoTerm:
        return None
    return found if reader.at_end else None


class _NoTerm(Exception):
    pass


class _Reader:
    """Recursive descent over the tokens, with Lean's precedences."""

    def __init__(self, text: str, found: list[Token]) -> None:
        self._text, self._tokens, self._next = text, found, 0

    @property
    def at_end(self) -> bool:
        return self._next >= len(self._tokens)

    def sum(self) -> Polynomial:
        total = self._product()
        while (symbol := self._take("+", "-")) is not None:
            right = self._product()
            total = total + right if symbol == "+" else total - right
        return total

    def _product(self) -> Polynomial:
        start = self._next
        product = self._signed()
        while (symbol := self._take("*", "/", "%")) is not None:
            right = self._signed()
            product = product * right if symbol == "*" else self._atom(start)
        return product

    def _signed(self) -> Polynomial:
        return -self._signed() if self._take("-") else self._power()

    def _power(self) -> Polynomial:
        start = self._next
        base = self._applied()
        if self._take("^") is None:
            return base
        exponent = self._signed().value
        if exponent is None or not 0 <= exponent <= _MAX_EXPONENT:
            return self._atom(start)
        return base**exponent

    def _applied(self) -> Polynomial:
        start = self._next
        head = self._simple()
        applied = False
        while not self.at_end and self._begins_argument(self._tokens[self._next]):
            self._simple()
            applied = True
        return self._atom(start) if applied else head

    def _simple(self) -> Polynomial:
        if self.at_end:
            raise _NoTerm
        token = self._tokens[self._next]
        self._next += 1
        if token.kind is Kind.NUMBER and token.text.isdigit():
            return Polynomial.constant(int(token.text))
        if token.kind is Kind.WORD:
            return Polynomial.atom(token.text)
        if token.text == "(":
            inner = self.sum()
            if self._take(")") is None:
                raise _NoTerm
            return inner
        raise _NoTerm

    def _begins_argument(self, token: Token) -> bool:
        return token.kind in _ARGUMENT_KINDS or token.text == "("

    def _atom(self, start: int) -> Polynomial:
        """The text from token ``start`` to here as one atom."""
        first, last = self._tokens[start], self._tokens[self._next - 1]
        return Polynomial.atom(" ".join(self._text[first.start : last.end].split()))

    def _take(self, *symbols: str) -> str | None:
        if not self.at_end and self._tokens[self._next].text in symbols:
            self._next += 1
            return self._tokens[self._next - 1].text
        return None
