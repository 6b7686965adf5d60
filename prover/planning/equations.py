"""Equations between polynomials in integers: roots, factors, and sums of squares.

There is no tactic for nonlinear integer arithmetic in Lean's core library, but for each of these
kinds of equations there is an elementary argument that ends with finitely many values: a product
that is 0, a divisor of a number (with Simon's favourite factoring trick for two variables), squares
whose sum is known. `grind` checks the identities, `omega` what is linear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor, gcd, isqrt

from prover.generators.goal_view import GoalView
from prover.generators.lean_rules import SQUARE
from prover.generators.shape import Shape
from prover.planning.bounds import flat_facts, ranges
from prover.planning.divisibility import CLOSERS, among_divisors, divisors
from prover.planning.polynomials import Polynomial, read_polynomial

_MAX_DEGREE, _MAX_CONSTANT = 8, 10**6
_SHIFTS = 40  # a divisor is looked for among the differences to so many numbers
_MAX_NUMBER, _MAX_VALUES, _OPEN_VALUES = 2000, 40, 8
Coefficients = list[int]
"""Of a polynomial in one variable, the constant one first."""


def equations(view: GoalView) -> list[tuple[str, Polynomial]]:
    """The facts that are equations between polynomials in integers: a proof, and what is 0."""
    found = []
    for proof, fact in flat_facts(view):
        if fact.shape is Shape.EQUALITY:
            left, right = map(read_polynomial, fact.parts)
            if left is not None and right is not None:
                found.append((proof, left - right))
    return found


def _integers(view: GoalView) -> set[str]:
    return {h.name for h in view.data if h.type == "Int"}


def roots(view: GoalView) -> Iterator[tuple[str, float]]:
    """An integer with a known polynomial equation is one of the roots: where all of them are
    integers by factoring, else because its difference to any number divides the value there."""
    for _, polynomial in equations(view):
        if len(polynomial.atoms) != 1 or polynomial.atoms[0] not in _integers(view):
            continue
        name = polynomial.atoms[0]
        coefficients = coefficients_of(polynomial, name)
        if not 2 < len(coefficients) <= _MAX_DEGREE + 1 or abs(coefficients[0]) > _MAX_CONSTANT:
            continue
        found, rest = integer_roots(coefficients)
        proof = _by_factors(view, name, found) if found and len(rest) == 1 \
            else _by_divisor(view, name, coefficients, sorted(set(found)))
        if proof:
            yield from _one_of(view, name, sorted(set(found)), proof)


def coefficients_of(polynomial: Polynomial, name: str) -> Coefficients:
    """Those of a polynomial in one variable, without the number that divides all."""
    degree = max(sum(power for _, power in monomial) for monomial in polynomial.terms)
    found = [polynomial.terms.get(((name, p),) if p else (), 0) for p in range(degree + 1)]
    common = gcd(*found)
    return [c // common for c in found]


def _value(coefficients: Coefficients, at: int) -> int:
    total = 0
    for coefficient in reversed(coefficients):
        total = total * at + coefficient
    return total


def _deflated(coefficients: Coefficients, at: int) -> Coefficients:
    """The quotient by ``x - at``, by Horner's scheme; the rest is the value at ``at``."""
    quotient: Coefficients = []
    carry = 0
    for coefficient in reversed(coefficients[1:]):
        carry = carry * at + coefficient
        quotient.insert(0, carry)
    return quotient


def integer_roots(coefficients: Coefficients) -> tuple[list[int], Coefficients]:
    """The integer roots, each as often as it counts, and the polynomial that is left."""
    found: list[int] = []
    while len(coefficients) > 1:
        constant = abs(coefficients[0])
        candidates = [0] if constant == 0 else [
            sign * d for d in divisors(constant) for sign in (1, -1)]
        root = next((r for r in candidates if _value(coefficients, r) == 0), None)
        if root is None:
            break
        found.append(root)
        coefficients = _deflated(coefficients, root)
    return found, coefficients


def _by_factors(view: GoalView, name: str, found: list[int]) -> list[str]:
    label = view.fresh("hzero")[0]
    product = " * ".join(f"({_shifted(name, root)})" for root in found)
    return [f"  have {label} : {product} = 0 := by grind",
            f"  simp only [Int.mul_eq_zero] at {label}", "  omega"]


def _shifted(name: str, by: int) -> str:
    """``name - by``."""
    if by == 0:
        return name
    return f"{name} - {by}" if by > 0 else f"{name} + {-by}"


def _one_of(
    view: GoalView, name: str, values: list[int], proof: list[str]
) -> Iterator[tuple[str, float]]:
    """``name`` is one of ``values``, by the lines of ``proof``; then case by case."""
    label = view.fresh("hroots")[0]
    text = "\n".join([f"have {label} : {_alternatives(name, values)} := by", *proof])
    if not values:
        yield f"{text}\nexact {label}.elim", -1.2
        return
    yield f"{text}\nomega", -1.2
    split = f"{text}\nrcases {label} with " + " | ".join(["rfl"] * len(values))
    for rank, closer in enumerate(CLOSERS):
        yield f"{split} <;> {closer}", -1.5 - 0.4 * rank
    yield split, -2.4


def _alternatives(term: str, values: list[int]) -> str:
    return " ∨ ".join(f"{term} = {value}" for value in values) or "False"


def _by_divisor(
    view: GoalView, name: str, coefficients: Coefficients, found: list[int]
) -> list[str]:
    """A proof that ``name`` is one of its ``found`` values: its difference to some number divides
    the value there, and the kernel tries all divisors. Empty if there are too many."""
    at = min((s for s in range(-_SHIFTS, _SHIFTS + 1) if _value(coefficients, s)),
             key=lambda s: (abs(_value(coefficients, s)), abs(s)), default=None)
    number = 0 if at is None else _value(coefficients, at)
    if at is None or abs(number) > _MAX_NUMBER:
        return []
    quotient = _written(_deflated(coefficients, at), name)
    difference, number = _shifted(name, at), abs(number)
    cofactor = quotient if _value(coefficients, at) < 0 else f"-({quotient})"
    divides, size, same, natural, member, all_, equal = view.fresh(
        "hdvd", "d", "hd", "hnat", "hmem", "hall", "heq")
    cast = f"({size} : Int)"
    beyond, below = _shifted(cast, -at), f"{at} - {cast}" if at else f"-{cast}"
    listed = ", ".join(map(str, divisors(number)))
    both = " ∧ ".join(
        f"({_written(coefficients, f'({x})')} = 0 → {_alternatives(x, found)})"
        for x in (beyond, below))
    return [f"  {line}" for line in (
        f"have {divides} : {difference} ∣ {number} := ⟨{cofactor}, by grind⟩",
        f"obtain ⟨{size}, {same}⟩ : ∃ {size}, {size} = ({difference}).natAbs := ⟨_, rfl⟩",
        f"have {natural} : {size} ∣ {number} := {same} ▸ Int.natAbs_dvd_natAbs.mpr {divides}",
        *among_divisors(member, size, number, natural),
        f"have {all_} := (by decide +kernel :",
        f"    ∀ {size} : Nat, {size} ∈ [{listed}] →",
        f"    {both}) {size} {member}",
        f"rcases (by omega : {name} = {beyond} ∨ {name} = {below}) with {equal} | {equal}"
        f" <;> rw [← {equal}] at {all_}",
        f"· exact {all_}.1 (by grind)",
        f"· exact {all_}.2 (by grind)",
    )]


def _written(coefficients: Coefficients, x: str) -> str:
    """The polynomial as a term."""
    return str(Polynomial.of((((x, p),) if p else (), c) for p, c in enumerate(coefficients)))


@dataclass(frozen=True)
class _Divides:
    """``factor`` divides ``number``, with this ``cofactor``; it is ``scale * x + shift``."""

    factor: str
    number: int
    cofactor: str
    scale: int
    shift: int

    def values(self, low: int | None, high: int | None) -> list[int]:
        """Those of x that are possible and within the bounds."""
        signed = [sign * d for d in divisors(self.number) for sign in (1, -1)]
        found = [(d - self.shift) // self.scale for d in signed
                 if (d - self.shift) % self.scale == 0]
        return sorted(x for x in found
                      if (low is None or x >= low) and (high is None or x <= high))


def _divisor_cases(
    view: GoalView, name: str, divides: _Divides, casting: tuple[str, ...] = ()
) -> Iterator[tuple[str, float]]:
    """Every value of ``name`` for which ``divides`` can be."""
    number = divides.number
    if not 0 < number <= _MAX_NUMBER:
        return
    known = ranges(view)[name]
    values = divides.values(known.low, known.high)
    if len(values) > _MAX_VALUES:
        return
    text = "\n".join((*casting, *_sizes(view, divides.factor, number, divides.cofactor)))
    if len(values) < 2:
        last = f"obtain rfl : {name} = {values[0]} := by omega" if values else "omega"
        yield f"{text}\n{last}", -1.4
        if values:
            yield from ((f"{text}\n{last}\n{closer}", -1.5 - 0.4 * rank)
                        for rank, closer in enumerate(CLOSERS))
        return
    alternatives = " ∨ ".join(f"{name} = {value}" for value in values)
    text += f"\nrcases (by omega : {alternatives}) with " + " | ".join(["rfl"] * len(values))
    for rank, closer in enumerate(CLOSERS if len(values) <= _OPEN_VALUES else CLOSERS[:2]):
        yield f"{text} <;> {closer}", -1.5 - 0.4 * rank
    if len(values) <= _OPEN_VALUES:
        yield text, -2.6


def _sizes(view: GoalView, factor: str, number: int, cofactor: str) -> list[str]:
    """That the absolute value of an integer ``factor`` of a positive ``number`` is a divisor."""
    label, size, cases = view.fresh("hdvd", "hnat", "hcases")
    return [
        f"have {label} : {factor} ∣ {number} := ⟨{cofactor}, by grind⟩",
        f"have {size} : ({factor}).natAbs ∣ {number} := Int.natAbs_dvd_natAbs.mpr {label}",
        *among_divisors(cases, "_", number, size),
        f"simp only [List.mem_cons, List.not_mem_nil, or_false] at {cases}",
    ]


def products(view: GoalView) -> Iterator[tuple[str, float]]:
    """``a x y + b x + c y + d = 0`` is ``(a x + c) (a y + b) = b c - a d``: Simon's favourite
    factoring trick. The first factor divides a number."""
    types = {h.name: h.type for h in view.data}
    for proof, polynomial in equations(view):
        if len(polynomial.atoms) != 2:
            continue
        x, y = polynomial.atoms
        kinds = {types.get(x), types.get(y)}
        if len(kinds) > 1 or not kinds <= {"Int", "Nat"} or _powers(polynomial):
            continue
        a = polynomial.terms.get(tuple(sorted(((x, 1), (y, 1)))), 0)
        if a == 0:
            continue
        constant = polynomial.terms.get((), 0)
        for one, other in ((x, y), (y, x)):
            b, c = polynomial.coefficient(one), polynomial.coefficient(other)
            if b or c:  # a product alone is a case of `factors`
                trick = _Trick(one, other, a, b, c, b * c - a * constant)
                yield from trick.sketches(view, proof if kinds == {"Nat"} else None)


def _powers(polynomial: Polynomial) -> bool:
    return any(power > 1 for monomial in polynomial.terms for _, power in monomial)


@dataclass(frozen=True)
class _Trick:
    """``(a * one + c) * (a * other + b) = number``."""

    one: str
    other: str
    a: int
    b: int
    c: int
    number: int

    def sketches(self, view: GoalView, cast: str | None) -> Iterator[tuple[str, float]]:
        """``cast`` is the equation, if it is one between natural numbers."""
        one, other = ((f"({n} : Int)" if cast else n) for n in (self.one, self.other))
        left, right = _linear(self.a, one, self.c), _linear(self.a, other, self.b)
        casting = () if cast is None else _cast(view, cast)
        if self.number == 0:
            zero = view.fresh("hzero")[0]
            lines = (*casting, f"have {zero} : ({left}) * ({right}) = 0 := by grind",
                     f"rcases Int.mul_eq_zero.mp {zero} with {zero} | {zero}")
            text = "\n".join(lines)
            yield f"{text} <;> omega", -1.4
            yield text, -2.4
            return
        cofactor = right if self.number > 0 else f"-({right})"
        yield from _divisor_cases(view, self.one, _Divides(
            left, abs(self.number), cofactor, self.a, self.c), casting)


def _cast(view: GoalView, equation: str) -> tuple[str, str]:
    """Steps that read an equation of natural numbers as one of integers."""
    label = view.fresh("hint")[0]
    return (f"have {label} := congrArg (fun v : Nat => (v : Int)) {equation}",
            f"push_cast at {label}")


def differences(view: GoalView) -> Iterator[tuple[str, float]]:
    """A difference of two squares that is a number: its factors are divisors of the number."""
    types = {h.name: h.type for h in view.data}
    for proof, polynomial in equations(view):
        found = _two_squares(polynomial)
        if found is None:
            continue
        (x, a), (y, b), number = found
        kinds = {types.get(x), types.get(y)}
        if len(kinds) > 1 or not kinds <= {"Int", "Nat"} or abs(number) > _MAX_NUMBER:
            continue
        casting = _cast(view, proof) if kinds == {"Nat"} else ()
        one, other = ((f"({n} : Int)" if casting else n) for n in (x, y))
        p, q = (n if c == 1 else f"{c} * {n}" for c, n in ((a, one), (b, other)))
        low, high = f"{p} - {q}", f"{p} + {q}"
        product, factor = view.fresh("hprod", "hfactor")
        lines = [*casting, f"have {product} : ({low}) * ({high}) = {number} := by grind"]
        if number == 0:
            lines.append(f"rcases Int.mul_eq_zero.mp {product} with {factor} | {factor} <;> omega")
        else:
            lines += _sizes(view, low, abs(number), high if number > 0 else f"-({high})")
            values = [sign * d for d in divisors(abs(number)) for sign in (1, -1)]
            cases = " ∨ ".join(f"{low} = {value}" for value in values)
            lines.append(f"rcases (by omega : {cases}) with {' | '.join([factor] * len(values))}"
                         f" <;> rw [{factor}] at {product} <;> omega")
            if len(values) > _MAX_VALUES:
                continue
        yield "\n".join(lines), -1.4


def _two_squares(polynomial: Polynomial) -> tuple[tuple[str, int], tuple[str, int], int] | None:
    """``(x, a), (y, b), n`` where the polynomial is a multiple of ``(a x)² - (b y)² - n``."""
    rest = dict(polynomial.terms)
    constant = rest.pop((), 0)
    if len(rest) != 2 or any(len(m) != 1 or m[0][1] != 2 for m in rest):
        return None
    common = gcd(*rest.values())
    (x, a), (y, b) = sorted(((m[0][0], c // common) for m, c in rest.items()),
                            key=lambda item: -item[1])
    if a <= 0 or b >= 0 or isqrt(a) ** 2 != a or isqrt(-b) ** 2 != -b or constant % common:
        return None
    return (x, isqrt(a)), (y, isqrt(-b)), -constant // common


def _linear(a: int, name: str, c: int) -> str:
    """``a * name + c``."""
    return _shifted(name if a == 1 else f"{a} * {name}", -c)


def squares(view: GoalView) -> Iterator[tuple[str, float]]:
    """Integers whose squares, with what is linear in them, add up to something known are
    bounded: beyond its range, one of them would make the sum too great."""
    for _, polynomial in equations(view):
        for signed in (polynomial, -polynomial):
            parts = _completed(signed, _integers(view))
            if parts is not None:
                yield _ranges_of(view, parts), -1.3


@dataclass(frozen=True)
class _Square:
    """``a x² + b x`` with ``a`` > 0, and the range in which it is at most what it may be."""

    name: str
    a: int
    b: int
    low: int
    high: int

    @property
    def doubled(self) -> str:
        """``2 a x + b``, whose square tells how small it is."""
        return _linear(2 * self.a, self.name, self.b)


def _completed(polynomial: Polynomial, integers: set[str]) -> list[_Square] | None:
    """The squares of a sum of them that is 0, if the polynomial is such a sum."""
    if not 1 < len(polynomial.atoms) <= 4 or not set(polynomial.atoms) <= integers:
        return None
    if any(len(monomial) > 1 or any(p > 2 for _, p in monomial) for monomial in polynomial.terms):
        return None
    pairs = {x: (polynomial.terms.get(((x, 2),), 0), polynomial.coefficient(x))
             for x in polynomial.atoms}
    if any(a <= 0 for a, _ in pairs.values()):
        return None
    least = {x: -Fraction(b * b, 4 * a) for x, (a, b) in pairs.items()}
    found = []
    for x, (a, b) in pairs.items():
        most = -polynomial.terms.get((), 0) - sum(v for n, v in least.items() if n != x)
        # a x² + b x ≤ most where |2 a x + b| ≤ √(b² + 4 a most)
        inside = floor(b * b + 4 * a * most)
        if inside < 0 or isqrt(inside) > 4 * a * _MAX_VALUES:
            return None
        root = isqrt(inside)
        found.append(_Square(x, a, b, -((root + b) // (2 * a)), (root - b) // (2 * a)))
    return found


def _ranges_of(view: GoalView, parts: list[_Square]) -> str:
    labels = view.fresh(*(f"hsq{i}" for i in range(len(parts))))
    lines = [f"have {label} : 0 ≤ ({part.doubled}) * ({part.doubled}) := {SQUARE}"
             for label, part in zip(labels, parts, strict=True)]
    for index, part in enumerate(parts):
        label, far = view.fresh(f"hrange{index}", "hfar")
        above, below = f"{part.high + 1} ≤ {part.name}", f"{part.name} ≤ {part.low - 1}"
        within = f"{part.low} ≤ {part.name} ∧ {part.name} ≤ {part.high}"
        lines += [
            f"have {label} : {within} := by",
            f"  rcases (by omega : ({within}) ∨ {above} ∨ {below}) with {far} | {far} | {far}",
            f"  · exact {far}",
            f"  · have := Int.mul_nonneg (Int.sub_nonneg.mpr {far}) (Int.sub_nonneg.mpr {far})",
            "    grind",
            f"  · have := Int.mul_nonneg (Int.sub_nonneg.mpr {far}) (Int.sub_nonneg.mpr {far})",
            "    grind",
        ]
    return "\n".join(lines)


EQUATIONS = (roots, products, differences, squares)
