"""Printed arithmetic as terms: what is added, multiplied, divided, and what is an atom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prover.environments.lean.lexer import Kind, Token, tokens

NEGATED, CAST = "negated", "↑"


@dataclass(frozen=True)
class Term:
    """An operation (``symbol``: ``+ - * / % ^``, `NEGATED` or `CAST`) on ``operands``, or without
    a symbol a numeral or an atom: a variable, or an application like ``f (n + 1)``. ``text`` is
    how it is written, without parentheses around it."""

    text: str
    symbol: str = ""
    operands: tuple[Term, ...] = ()

    @property
    def number(self) -> int | None:
        """The numeral's value."""
        return int(self.text) if not self.symbol and self.text.isdigit() else None

    @property
    def constant(self) -> bool:
        """Whether it is made of numerals alone."""
        if self.symbol:
            return all(operand.constant for operand in self.operands)
        return self.number is not None

    def atoms(self) -> set[str]:
        """The texts of those that occur."""
        if self.symbol:
            return set().union(*(operand.atoms() for operand in self.operands))
        return set() if self.number is not None else {self.text}


def read_term(text: str) -> Term | None:
    """The term that is printed, or None if it is no arithmetic."""
    reader = _Reader(text, list(tokens(text)))
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

    def sum(self) -> Term:
        return self._joined(("+", "-"), self._product)

    def _product(self) -> Term:
        return self._joined(("*", "/", "%"), self._signed)

    def _joined(self, symbols: tuple[str, ...], operand: Callable[[], Term]) -> Term:
        """Operands from left to right, as Lean associates them."""
        start = self._next
        term = operand()
        while (symbol := self._take(*symbols)) is not None:
            right = operand()
            term = Term(self._since(start), symbol, (term, right))
        return term

    def _signed(self) -> Term:
        start = self._next
        if self._take("-") is None:
            return self._power()
        operand = self._signed()
        return Term(self._since(start), NEGATED, (operand,))

    def _power(self) -> Term:
        start = self._next
        base = self._applied()
        if self._take("^") is None:
            return base
        exponent = self._signed()
        return Term(self._since(start), "^", (base, exponent))

    def _applied(self) -> Term:
        start = self._next
        head = self._simple()
        applied = False
        while not self.at_end and self._begins_argument(self._tokens[self._next]):
            self._simple()
            applied = True
        return Term(self._since(start)) if applied else head

    def _simple(self) -> Term:
        if self.at_end:
            raise _NoTerm
        start, token = self._next, self._tokens[self._next]
        self._next += 1
        if token.text == CAST:
            operand = self._simple()
            return Term(self._since(start), CAST, (operand,))
        if token.kind is Kind.WORD or (token.kind is Kind.NUMBER and token.text.isdigit()):
            return Term(token.text)
        if token.text == "(":
            inner = self.sum()
            if self._take(")") is not None:
                return inner
        raise _NoTerm

    @staticmethod
    def _begins_argument(token: Token) -> bool:
        return token.kind in (Kind.WORD, Kind.NUMBER) or token.text in ("(", CAST)

    def _since(self, start: int) -> str:
        """The text from token ``start`` to here, on one line."""
        first, last = self._tokens[start], self._tokens[self._next - 1]
        return " ".join(self._text[first.start : last.end].split())

    def _take(self, *symbols: str) -> str | None:
        if not self.at_end and self._tokens[self._next].text in symbols:
            self._next += 1
            return self._tokens[self._next - 1].text
        return None
