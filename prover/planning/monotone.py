"""Bounds of natural numbers in growing terms: ``n * (n - 1) / 2 = 45`` means ``n < 11``.

Terms of one variable that are built by ``+``, ``*``, powers with numerals, and by subtraction of
and division by numerals never fall when the variable grows. So where the term has passed a known
value, the variable is bounded. Lean is told so by the monotonicity of the products in the term, as
they are written there; the rest is linear.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial

from prover.generators.goal_view import GoalView
from prover.generators.shape import Proposition, Shape
from prover.planning.bounds import flat_facts
from prover.planning.terms import Term, read_term

_MOST = 10_000  # a variable that may be greater is not bounded
_MAX_CASES = 40
_GROWING = ("", "+", "*", "^", "-", "/")
_CLOSERS = ("omega", "simp_all")


def value_at(term: Term, at: int) -> int:
    """What a term is with every variable ``at`` this value, as Lean computes with naturals."""
    if not term.symbol:
        return at if term.number is None else term.number
    left, right = (value_at(operand, at) for operand in term.operands)
    match term.symbol:
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


def grows(term: Term) -> bool:
    """Whether a term never falls when a variable grows."""
    if term.symbol in ("-", "/", "^") and not term.operands[1].constant:
        return False
    return term.symbol in _GROWING and all(map(grows, term.operands))


def _products(term: Term) -> Iterator[Term]:
    """The outermost subterms that are not linear."""
    if term.symbol in ("*", "^") and not term.operands[0].constant and not (
            term.symbol == "*" and term.operands[1].constant):
        yield term
    else:
        for operand in term.operands:
            yield from _products(operand)


def growing(view: GoalView) -> Iterator[tuple[str, float]]:
    """A natural number of which a growing term has a known value is less than where the term
    passes it."""
    naturals = {h.name for h in view.data if h.type == "Nat"}
    for _, fact in flat_facts(view):
        for term, most in _known(fact):
            names = term.atoms()
            if len(names) != 1 or not names <= naturals or not grows(term) or _is_plain(term):
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
    if relation in ("=", "≤", "<") and right.constant and grows(right):
        yield left, value_at(right, 0) - (relation == "<")
    if relation in ("=", "≥", ">") and left.constant and grows(left):
        yield right, value_at(left, 0) - (relation == ">")


def _is_plain(term: Term) -> bool:
    """Whether other rules do better: the term is linear, or a polynomial without subtraction."""
    return not any(True for _ in _products(term)) or not any(c in term.text for c in "-/")


def _passes(term: Term, most: int) -> int | None:
    """The least value of the variable for which the term is greater than ``most``."""
    found = bisect_right(range(_MOST), most, key=partial(value_at, term))
    return found if found < _MOST else None


def _sketches(view: GoalView, name: str, term: Term, bound: int) -> Iterator[tuple[str, float]]:
    label = view.fresh("hlt")[0]
    text = "\n".join((
        f"have {label} : {name} < {bound} := by",
        f"  rcases Nat.lt_or_ge {name} {bound} with hge | hge",
        "  · exact hge",
        *(f"  {'·' if i == 0 else ' '} have := {_least(product, bound)}"
          for i, product in enumerate(_products(term))),
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
    value = f"{value_at(term, at)} ≤ {term.text}"
    if not term.symbol:
        return "hge" if not term.constant else f"(by omega : {value})"
    left, right = term.operands
    match term.symbol:
        case "*":
            return f"(Nat.mul_le_mul {_least(left, at)} {_least(right, at)})"
        case "^":
            return f"(Nat.pow_le_pow_left {_least(left, at)} {right.text})"
        case _:
            inner = "".join(f"have := {_least(p, at)}; " for p in _products(term))
            return f"(by {inner}omega : {value})"


MONOTONE = (growing,)
