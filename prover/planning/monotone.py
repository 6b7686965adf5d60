"""Bounds of natural numbers in growing terms: ``n * (n - 1) / 2 = 45`` means ``n < 11``.

Terms of one variable that are built by ``+``, ``*``, powers with numerals, and by subtraction of
and division by numerals never fall when the variable grows. So where the term has passed a known
value, the variable is bounded. Lean is told so by the monotonicity of the products in the term, as
they are written there; the rest is linear.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prover.environments.lean.lexer import Kind, Token, tokens
from prover.generators.goal_view import GoalView
from prover.generators.shape import Proposition, Shape
from prover.planning.bounds import flat_facts

_MOST = 10_000  # a variable that may be greater is not bounded
_MAX_CASES = 40
_CLOSERS = ("omega", "simp_all")


@dataclass(frozen=True)
class Term:
    """``left symbol right``, or a variable or numeral (``symbol`` is empty). ``text`` is how it is
    written."""

    text: str
    symbol: str = ""
    left: Term | None = None
    right: Term | None = None

    def value(self, at: int) -> int:
        """With every variable ``at`` this value, as Lean computes with natural numbers."""
        if self.left is None or self.right is None:
            return int(self.text) if self.text.isdigit() else at
        left, right = self.left.value(at), self.right.value(at)
        match self.symbol:
            case "+":
                return left + right
            case "-":
                return max(left - right, 0)
            case "*":
                return left * right
            case "^":
                return left**right if left <= _MOST and right <= 64 else _MOST**2
            case _:
                return left // right if right else 0

    @property
    def constant(self) -> bool:
        """Whether no variable occurs."""
        if self.left is None or self.right is None:
            return self.text.isdigit()
        return self.left.constant and self.right.constant

    @property
    def grows(self) -> bool:
        """Whether it never falls when a variable grows."""
        if self.left is None or self.right is None:
            return True
        if self.symbol in ("-", "/", "^") and not self.right.constant:
            return False
        return self.left.grows and self.right.grows

    def variables(self) -> set[str]:
        """Those that occur."""
        if self.left is None or self.right is None:
            return set() if self.text.isdigit() else {self.text}
        return self.left.variables() | self.right.variables()

    def products(self) -> Iterator[Term]:
        """The outermost subterms that are not linear."""
        if self.left is None or self.right is None:
            return
        if self.symbol in ("*", "^") and not self.left.constant and not (
                self.symbol == "*" and self.right.constant):
            yield self
        else:
            yield from self.left.products()
            yield from self.right.products()


def read_term(text: str) -> Term | None:
    """The term that is printed, or None if it has other operations."""
    reader = _Reader(text, list(tokens(text)))
    try:
        term = reader.sum()
    except _NoTerm:
        return None
    return term if reader.at == len(reader.tokens) else None


class _NoTerm(Exception):
    pass


@dataclass
class _Reader:
    text: str
    tokens: list[Token]
    at: int = 0

    def sum(self) -> Term:
        return self._joined(("+", "-"), self._product)

    def _product(self) -> Term:
        return self._joined(("*", "/"), self._power)

    def _joined(self, symbols: tuple[str, ...], operand: Callable[[], Term]) -> Term:
        """Operands from left to right, as Lean associates them."""
        start = self.at
        term = operand()
        while (symbol := self._take(*symbols)) is not None:
            right = operand()
            term = Term(self._since(start), symbol, term, right)
        return term

    def _power(self) -> Term:
        start = self.at
        base = self._simple()
        if self._take("^") is None:
            return base
        exponent = self._simple()
        return Term(self._since(start), "^", base, exponent)

    def _simple(self) -> Term:
        if self.at >= len(self.tokens):
            raise _NoTerm
        token = self.tokens[self.at]
        self.at += 1
        if (token.kind is Kind.NUMBER and token.text.isdigit()) or token.kind is Kind.WORD:
            return Term(token.text)
        if token.text != "(":
            raise _NoTerm
        inner = self.sum()
        if self._take(")") is None:
            raise _NoTerm
        return inner

    def _take(self, *symbols: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at].text in symbols:
            self.at += 1
            return self.tokens[self.at - 1].text
        return None

    def _since(self, start: int) -> str:
        return self.text[self.tokens[start].start : self.tokens[self.at - 1].end]


def growing(view: GoalView) -> Iterator[tuple[str, float]]:
    """A natural number of which a growing term has a known value is less than where the term
    passes it."""
    naturals = {h.name for h in view.data if h.type == "Nat"}
    for _, fact in flat_facts(view):
        for term, most in _known(fact):
            names = term.variables()
            if len(names) != 1 or not names <= naturals or not term.grows or _is_plain(term):
                continue
            bound = _passes(term, most)
            if bound is not None:
                yield from _sketches(view, names.pop(), term, bound)


def _known(fact: Proposition) -> Iterator[tuple[Term, int]]:
    """Terms that are at most a number."""
    relation = "=" if fact.shape is Shape.EQUALITY else fact.relation
    if relation not in ("=", "≤", "<", "≥", ">"):
        return
    left, right = map(read_term, fact.parts)
    if left is None or right is None:
        return
    if relation in ("=", "≤", "<") and right.constant:
        yield left, right.value(0) - (relation == "<")
    if relation in ("=", "≥", ">") and left.constant:
        yield right, left.value(0) - (relation == ">")


def _is_plain(term: Term) -> bool:
    """Whether other rules do better: the term is linear, or a polynomial without subtraction."""
    return not any(True for _ in term.products()) or not any(c in term.text for c in "-/")


def _passes(term: Term, most: int) -> int | None:
    """The least value of the variable for which the term is greater than ``most``."""
    found = bisect_right(range(_MOST), most, key=term.value)
    return found if found < _MOST else None


def _sketches(view: GoalView, name: str, term: Term, bound: int) -> Iterator[tuple[str, float]]:
    label = view.fresh("hlt")[0]
    text = "\n".join((
        f"have {label} : {name} < {bound} := by",
        f"  rcases Nat.lt_or_ge {name} {bound} with hge | hge",
        "  · exact hge",
        *(f"  {'·' if i == 0 else ' '} have := {_least(product, bound)}"
          for i, product in enumerate(term.products())),
        "    omega",
    ))
    yield text, -1.6
    if bound <= _MAX_CASES:
        values = " ∨ ".join(f"{name} = {value}" for value in range(bound))
        split = f"{text}\nrcases (by omega : {values}) with " + " | ".join(["rfl"] * bound)
        for rank, closer in enumerate(_CLOSERS):
            yield f"{split} <;> {closer}", -1.3 - 0.5 * rank


def _least(term: Term, at: int) -> str:
    """A proof that ``term`` is at least what it is there, given ``hge : at ≤ variable``."""
    value = f"{term.value(at)} ≤ {term.text}"
    if term.left is None or term.right is None:
        return "hge" if not term.constant else f"(by omega : {value})"
    match term.symbol:
        case "*":
            return f"(Nat.mul_le_mul {_least(term.left, at)} {_least(term.right, at)})"
        case "^":
            return f"(Nat.pow_le_pow_left {_least(term.left, at)} {term.right.text})"
        case _:
            inner = "".join(f"have := {_least(p, at)}; " for p in term.products())
            return f"(by {inner}omega : {value})"


MONOTONE = (growing,)
