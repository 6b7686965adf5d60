"""Divisors: factors of a known product, common divisors of linear terms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd, isqrt

from prover.generators.goal_view import GoalView
from prover.generators.shape import Proposition, Shape
from prover.planning.bounds import NUMERIC, flat_facts
from prover.planning.polynomials import Polynomial, read_polynomial

_MAX_PRODUCT, _MAX_DIVISORS, _FEW_DIVISORS = 2000, 40, 8
CLOSERS = ("omega", "simp_all", "grind")


@dataclass(frozen=True)
class _Multiple:
    """``divisor ∣ term``, and a proof of it: the name of an equation ``term = divisor * _``."""

    divisor: str
    term: Polynomial
    text: str
    proof: str


def divisors(number: int) -> list[int]:
    """The positive divisors of a positive number, ascending."""
    low = [d for d in range(1, isqrt(number) + 1) if number % d == 0]
    return sorted({*low, *(number // d for d in low)})


def among_divisors(label: str, size: str, number: int, fact: str) -> list[str]:
    """Steps that prove ``label : size ∈ [1, …]``, the divisors of a positive number, where ``fact``
    is that ``size`` divides it."""
    listed = ", ".join(map(str, divisors(number)))
    return [
        f"have {label} := (by decide +kernel : ∀ d < {number + 1}, d ∣ {number} → d ∈ [{listed}])",
        f"  {size} (Nat.lt_succ_of_le (Nat.le_of_dvd (by decide) {fact})) {fact}",
    ]


def factors(view: GoalView) -> Iterator[tuple[str, float]]:
    """A variable that is a factor of a known positive number is one of its divisors."""
    types = {h.name: h.type for h in view.data}
    for name, proposition in flat_facts(view):
        if proposition.shape is not Shape.EQUALITY:
            continue
        product = read_polynomial(proposition.parts[0])
        value = read_polynomial(proposition.parts[1])
        number = value.value if value is not None else None
        if product is None or number is None or not 1 < number <= _MAX_PRODUCT:
            continue
        for factor in _common_factors(product):
            if types.get(factor) in NUMERIC:
                yield from _divisor_cases(view, factor, types[factor], number, name,
                                          _without(product, factor))


def _without(product: Polynomial, factor: str) -> Polynomial:
    """A polynomial divided by an atom that is in each of its monomials."""
    return Polynomial({
        tuple((a, p - (a == factor)) for a, p in monomial if a != factor or p > 1): coefficient
        for monomial, coefficient in product.terms.items()
    })


def _common_factors(product: Polynomial) -> list[str]:
    """Atoms in every monomial of a polynomial that is not an atom itself."""
    if len(product.terms) == 1 and product.linear:
        return []
    return [atom for atom in product.atoms
            if all(any(name == atom for name, _ in monomial) for monomial in product.terms)]


def _divisor_cases(
    view: GoalView, name: str, type_: str, number: int, equation: str, cofactor: Polynomial
) -> Iterator[tuple[str, float]]:
    divides = view.fresh("hdvd")[0]
    proof = (f"have {divides} : {name} ∣ {number} := by\n"
             f"  rw [← {equation}]\n"
             f"  first | exact {type_}.dvd_mul_right .. | exact {type_}.dvd_mul_left .. |\n"
             f"    exact ⟨{cofactor}, by grind⟩")
    for text, log_prob in _cases_of_divisor(view, name, type_, number, divides):
        yield f"{proof}\n{text}", log_prob - 0.3


def common_divisors(view: GoalView) -> Iterator[tuple[str, float]]:
    """A common divisor of two linear terms divides what is left when the variable cancels."""
    for left, right in _gcds(view.text):
        one, two = read_polynomial(left), read_polynomial(right)
        if one is None or two is None or not (one.linear and two.linear):
            continue
        for atom in one.atoms:
            combination = _cancelling(one, two, atom)
            if combination is not None:
                yield _gcd_divides(view, left, right, combination), -1.2


def _cancelling(one: Polynomial, two: Polynomial, atom: str) -> tuple[int, int, int] | None:
    """Numbers ``p``, ``q`` (maybe negated) and ``k`` > 0 with ``p * one - q * two = k``."""
    a, b = one.coefficient(atom), two.coefficient(atom)
    if a == 0 or b == 0:
        return None
    p, q = b // gcd(a, b), a // gcd(a, b)
    rest = (one.scaled(p) - two.scaled(q)).value
    if not rest:
        return None
    return (p, q, rest) if rest > 0 else (-p, -q, -rest)


def _gcd_divides(
    view: GoalView, left: str, right: str, combination: tuple[int, int, int]
) -> str:
    p, q, rest = combination
    divides, bound = view.fresh("hdvd", "hle")
    one = f"Nat.dvd_mul_left_of_dvd (Nat.gcd_dvd_left ({left}) ({right})) {abs(p)}"
    two = f"Nat.dvd_mul_left_of_dvd (Nat.gcd_dvd_right ({left}) ({right})) {abs(q)}"
    terms = [f"{abs(p)} * ({left})", f"{abs(q)} * ({right})"]
    if p < 0:
        one, two, terms = two, one, terms[::-1]
    return "\n".join((
        f"have {divides} : Nat.gcd ({left}) ({right}) ∣ {rest} := by",
        f"  have h := Nat.dvd_sub ({one}) ({two})",
        f"  rwa [show {terms[0]} - {terms[1]} = {rest} by omega] at h",
        f"have {bound} := Nat.le_of_dvd (by decide) {divides}",
    ))


def _gcds(text: str) -> list[tuple[str, str]]:
    """The two arguments of every ``gcd`` in a text: bracketed, or single words."""
    found: dict[tuple[str, str], None] = {}
    for match in re.finditer(r"\.gcd (\([^()]+\)|[\w']+)|gcd (\([^()]+\)|[\w']+) "
                             r"(\([^()]+\)|[\w']+)", text):
        if match.group(2):
            found[match.group(2).strip("()"), match.group(3).strip("()")] = None
    for match in re.finditer(r"\(([^()]+)\)\.gcd (\([^()]+\)|[\w']+)", text):
        found[match.group(1), match.group(2).strip("()")] = None
    return list(found)[:3]


def common_multiples(view: GoalView) -> Iterator[tuple[str, float]]:
    """Two remainders of linear terms for the same divisor: the variable cancels, and the divisor
    divides a number."""
    facts = [m for name, p in flat_facts(view) if (m := _multiple(name, p)) is not None]
    types = {h.name: h.type for h in view.data}
    for i, one in enumerate(facts):
        for two in facts[i + 1 :]:
            if one.divisor != two.divisor or types.get(one.divisor) != "Int":
                continue
            for atom in one.term.atoms:
                combination = _cancelling(one.term, two.term, atom)
                if combination is not None and atom != one.divisor:
                    yield _number_is_multiple(view, one, two, combination), -1.3


def _multiple(name: str, proposition: Proposition) -> _Multiple | None:
    """``p % d = r`` as ``d ∣ p - r``."""
    if proposition.shape is not Shape.EQUALITY:
        return None
    match = re.fullmatch(r"(.+) % ([A-Za-z][\w'₀-₉]*)", proposition.parts[0])
    rest = read_polynomial(proposition.parts[1])
    if match is None or rest is None:
        return None
    text = match.group(1)
    term = read_polynomial(text)
    if term is None or not term.linear:
        return None
    return _Multiple(match.group(2), term - rest, text, name)


def _number_is_multiple(
    view: GoalView, one: _Multiple, two: _Multiple, combination: tuple[int, int, int]
) -> str:
    p, q, rest = combination
    first, second, divides, bound = view.fresh("hone", "htwo", "hdvd", "hle")
    m = one.divisor
    factor = f"({p}) * ({_bare(one)} / {m}) - ({q}) * ({_bare(two)} / {m})"
    lines = [
        f"have {first} := Int.mul_ediv_add_emod {_bare(one)} {m}",
        f"have {second} := Int.mul_ediv_add_emod {_bare(two)} {m}",
        f"have {divides} : {m} ∣ {rest} := ⟨{factor}, by grind⟩",
        f"have {bound} := Int.le_of_dvd (by decide) {divides}",
    ]
    return "\n".join(lines)


def _bare(multiple: _Multiple) -> str:
    text = multiple.text
    return text if text.startswith("(") and text.endswith(")") else f"({text})"


def known_divisors(view: GoalView) -> Iterator[tuple[str, float]]:
    """A variable that divides a number is one of its divisors."""
    types = {h.name: h.type for h in view.data}
    for fact in view.facts:
        if fact.proposition.relation != "∣":
            continue
        name, number = fact.proposition.parts
        if types.get(name) not in NUMERIC or not number.isdigit():
            continue
        if 1 <= int(number) <= _MAX_PRODUCT:
            yield from _cases_of_divisor(view, name, types[name], int(number), fact.name)


def _cases_of_divisor(
    view: GoalView, name: str, type_: str, number: int, fact: str
) -> Iterator[tuple[str, float]]:
    """``name ∣ number`` is known as ``fact``: go through the divisors."""
    found = divisors(number)
    if len(found) > _MAX_DIVISORS:
        return
    natural, cases = view.fresh("hnat", "hcases")
    lines = []
    size = name
    if type_ == "Int":
        lines.append(f"have {natural} : {name}.natAbs ∣ {number} := "
                     f"Int.natAbs_dvd_natAbs.mpr {fact}")
        size, fact = f"{name}.natAbs", natural
    lines += [*among_divisors(cases, size, number, fact),
              f"simp only [List.mem_cons, List.not_mem_nil, or_false] at {cases}"]
    text = "\n".join(lines)
    yield f"{text}\nomega", -1.4
    if type_ == "Nat":
        text += f"\nrcases {cases} with " + " | ".join(["rfl"] * len(found))
    else:
        signs = " ∨ ".join(f"{name} = {d} ∨ {name} = -{d}" for d in found)
        text += f"\nrcases (by omega : {signs}) with " + " | ".join(["rfl"] * (2 * len(found)))
    for rank, closer in enumerate(CLOSERS if len(found) <= _FEW_DIVISORS else CLOSERS[:1]):
        yield f"{text} <;> {closer}", -1.5 - 0.3 * rank
    if len(found) <= _FEW_DIVISORS:
        yield text, -2.8


DIVISIBILITY = (factors, common_divisors, common_multiples, known_divisors)
