"""Polynomial inequalities of second degree, as sums of squares.

What is not negative anywhere is a sum of squares here: squares are completed one variable after
the other (Lagrange's reduction of a quadratic form), and what is left is a number. `grind` adds
them up. Between two neighbouring integers a polynomial in one variable may be negative; then the
product of the distances to them helps where the square does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import floor, lcm

from prover.generators.goal_view import GoalView
from prover.generators.lean_rules import SQUARE
from prover.generators.shape import Proposition, Shape
from prover.planning.bounds import flat_facts
from prover.planning.polynomials import Monomial, Polynomial, read_polynomial

Terms = Mapping[Monomial, Fraction]


def sums_of_squares(view: GoalView) -> Iterator[tuple[str, float]]:
    """An inequality whose sides differ by squares; a variable that an equation determines is
    replaced first."""
    difference = _difference(view.target)
    types = {h.name: h.type for h in view.data}
    kinds = set() if difference is None else {types.get(x) for x in difference.atoms}
    if difference is None or difference.linear or len(kinds) != 1 or not kinds <= {"Nat", "Int"}:
        return
    opening: tuple[str, ...] = ()
    if kinds == {"Nat"}:
        if "-" in view.goal.target:
            return
        strict = "lt" if view.target.relation in ("<", ">") else "le"
        opening = (f"apply Int.ofNat_{strict}.mp", "push_cast")
    found = _squares(view, difference, casting=bool(opening))
    if found is not None:
        yield "\n".join((*opening, *found, "grind")), -1.1
    if not opening:
        for replaced, smaller in _replaced(view, difference):
            found = _squares(view, smaller, casting=False)
            if found is not None:
                yield "\n".join((replaced, *found, "grind")), -1.2


def _difference(target: Proposition) -> Polynomial | None:
    """What the target says not to be negative."""
    if target.relation not in ("≤", "<", "≥", ">"):
        return None
    left, right = map(read_polynomial, target.parts)
    if left is None or right is None:
        return None
    found = right - left if target.relation in ("≤", "<") else left - right
    return found - Polynomial.constant(1) if target.relation in ("<", ">") else found


def _replaced(view: GoalView, polynomial: Polynomial) -> Iterator[tuple[str, Polynomial]]:
    """Steps that replace a variable by what a linear equation says that it is, and the polynomial
    then."""
    for _, fact in flat_facts(view):
        if fact.shape is not Shape.EQUALITY:
            continue
        left, right = map(read_polynomial, fact.parts)
        if left is None or right is None or not (left - right).linear:
            continue
        equation = left - right
        for name in equation.atoms:
            coefficient = equation.coefficient(name)
            if abs(coefficient) == 1 and name in polynomial.atoms:
                value = Polynomial.atom(name) - equation.scaled(coefficient)
                yield f"obtain rfl : {name} = {value} := by omega", _substitute(
                    polynomial, name, value)


def _substitute(polynomial: Polynomial, name: str, value: Polynomial) -> Polynomial:
    total = Polynomial.constant(0)
    for monomial, coefficient in polynomial.terms.items():
        product = Polynomial.constant(coefficient)
        for atom, power in monomial:
            product = product * (value if atom == name else Polynomial.atom(atom)) ** power
        total = total + product
    return total


def _squares(view: GoalView, polynomial: Polynomial, *, casting: bool) -> list[str] | None:
    """Facts from which it follows that the polynomial is not negative, if there are such."""
    if any(sum(p for _, p in monomial) > 2 for monomial in polynomial.terms):
        return None
    rest: dict[Monomial, Fraction] = {m: Fraction(c) for m, c in polynomial.terms.items()}
    forms = []
    while (name := next((m[0][0] for m in rest if len(m) == 1 and m[0][1] == 2), None)) is not None:
        if rest[(name, 2),] < 0:
            return None
        form, rest = _completed(rest, name)
        forms.append(form)
    if any(rest) or not forms:  # a variable without its square
        return None
    constant = rest.get((), Fraction(0))
    if constant < 0:
        return _between(view, polynomial) if not casting else None
    labels = view.fresh(*(f"hsq{i}" for i in range(len(forms))))
    return [f"have {label} : 0 ≤ ({text}) * ({text}) := {SQUARE}"
            for label, form in zip(labels, forms, strict=True)
            if (text := _text(form, casting))]


def _completed(
    terms: dict[Monomial, Fraction], name: str
) -> tuple[Polynomial, dict[Monomial, Fraction]]:
    """The linear form of ``(2 a x + b)² = 4 a (a x² + b x) + b²`` with integer coefficients, and
    what is left when ``a x² + b x + b² / 4 a`` is taken away."""
    square = terms[(name, 2),]
    inner: dict[Monomial, Fraction] = {}  # b, a form in the other variables
    rest: dict[Monomial, Fraction] = {}
    for monomial, coefficient in terms.items():
        powers = dict(monomial)
        if powers.get(name) == 1:
            inner[tuple((a, p) for a, p in monomial if a != name)] = coefficient
        elif name not in powers:
            rest[monomial] = coefficient
    for one, c in inner.items():
        for other, d in inner.items():
            product = _product(one, other)
            rest[product] = rest.get(product, Fraction(0)) - c * d / (4 * square)
    form = {((name, 1),): 2 * square, **inner}
    scale = lcm(*(c.denominator for c in form.values()))
    integral = Polynomial.of((m, int(c * scale)) for m, c in form.items())
    return integral, {m: c for m, c in rest.items() if c}


def _product(one: Monomial, other: Monomial) -> Monomial:
    (product,) = (Polynomial({one: 1}) * Polynomial({other: 1})).terms
    return product


def _text(form: Polynomial, casting: bool) -> str:
    if not casting:
        return str(form)
    cast = {a: f"({a} : Int)" for a in form.atoms}
    return str(Polynomial({tuple((cast[a], p) for a, p in m): c for m, c in form.terms.items()}))


def _between(view: GoalView, polynomial: Polynomial) -> list[str] | None:
    """For ``a x² + b x + c``: no integer is between the two around its vertex."""
    if len(polynomial.atoms) != 1:
        return None
    name = polynomial.atoms[0]
    a, b = polynomial.terms.get(((name, 2),), 0), polynomial.coefficient(name)
    low = floor(Fraction(-b, 2 * a))
    if any(_value(polynomial, name, x) < 0 for x in (low, low + 1)):
        return None
    label, side = view.fresh("hgap", "hside")
    one, other = (str(Polynomial.atom(name) - Polynomial.constant(x)) for x in (low, low + 1))
    return [
        f"have {label} : 0 ≤ ({one}) * ({other}) := by",
        f"  rcases (by omega : {name} ≤ {low} ∨ {low + 1} ≤ {name}) with {side} | {side}",
        "  · exact Int.mul_nonneg_of_nonpos_of_nonpos (by omega) (by omega)",
        "  · exact Int.mul_nonneg (by omega) (by omega)",
    ]


def _value(polynomial: Polynomial, name: str, at: int) -> int:
    value = _substitute(polynomial, name, Polynomial.constant(at)).value
    assert value is not None
    return value


INEQUALITIES = (sums_of_squares,)
