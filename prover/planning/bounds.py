"""Bounds of numeric variables, read off the hypotheses, and how Lean is told why they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prover.generators.goal_view import GoalView
from prover.generators.shape import Proposition, Shape, parse
from prover.planning.polynomials import Monomial, Polynomial, read_polynomial

_INT_POWER = "hpow"
# Lean's core library has it for natural numbers alone.
_INT_POWERS = (
    f"  have {_INT_POWER} {{a b : Int}} (n : Nat) (ha : 0 ≤ a) (h : a ≤ b) : a ^ n ≤ b ^ n := by",
    "    obtain ⟨a, rfl⟩ := Int.eq_ofNat_of_zero_le ha",
    "    obtain ⟨b, rfl⟩ := Int.eq_ofNat_of_zero_le (Int.le_trans ha h)",
    "    exact_mod_cast Nat.pow_le_pow_left (Int.ofNat_le.mp h) n",
)
NUMERIC = ("Nat", "Int")
_ROUNDS = 3  # bounds of one variable may bound another


@dataclass(frozen=True)
class Range:
    """Bounds of a variable, both included; a bound may be missing."""

    low: int | None = None
    high: int | None = None

    @property
    def size(self) -> int | None:
        """How many values there are."""
        return None if self.low is None or self.high is None else self.high - self.low + 1

    def narrowed(self, low: int | None, high: int | None) -> Range:
        """With further bounds."""
        lows = [b for b in (self.low, low) if b is not None]
        highs = [b for b in (self.high, high) if b is not None]
        return Range(max(lows, default=None), min(highs, default=None))


def flat_facts(view: GoalView) -> list[tuple[str, Proposition]]:
    """The facts, conjunctions taken apart, each with a term that proves it."""
    found: list[tuple[str, Proposition]] = []
    stack = [(fact.name, fact.proposition) for fact in reversed(view.facts)]
    while stack:
        proof, proposition = stack.pop()
        if proposition.shape is Shape.AND:
            left, right = (parse(part) for part in proposition.parts)
            stack += [(f"{proof}.2", right), (f"{proof}.1", left)]
        else:
            found.append((proof, proposition))
    return found


def ranges(view: GoalView) -> dict[str, Range]:
    """Bounds of the numeric variables, as far as sums of what is not negative give them.

    They are guesses for Lean to prove: subtraction of natural numbers is read as that of
    integers. Those from linear facts are what `omega` sees; products narrow them once.
    """
    types = {h.name: h.type for h in view.data if h.type in NUMERIC}
    found = {name: Range(low=0 if type_ == "Nat" else None) for name, type_ in types.items()}
    facts = inequalities(view)
    for _ in range(_ROUNDS):
        for polynomial in facts:
            if polynomial.linear:
                _narrow(found, polynomial, found)
    known = dict(found)
    for polynomial in facts:
        if not polynomial.linear:
            _narrow(found, polynomial, known)
    return found


def _narrow(
    found: dict[str, Range], polynomial: Polynomial, known: Mapping[str, Range]
) -> None:
    """Narrow the ranges of the variables of ``polynomial ≤ 0``; where it is not linear, only
    from above: that is what can be proved by products alone."""
    for name in polynomial.atoms:
        if name in found:
            low, high = _bounds(polynomial, name, known)
            found[name] = found[name].narrowed(low if polynomial.linear else None, high)


def inequalities(view: GoalView) -> list[Polynomial]:
    """Polynomials that the facts say to be at most 0."""
    return [p for _, fact in flat_facts(view) for p in _at_most_zero(fact)]


def _at_most_zero(fact: Proposition) -> list[Polynomial]:
    relation = "=" if fact.shape is Shape.EQUALITY else fact.relation
    if relation not in ("=", "≤", "<", "≥", ">"):
        return []
    left, right = (read_polynomial(part) for part in fact.parts)
    if left is None or right is None:
        return []
    difference, one = left - right, Polynomial.constant(1)
    return {
        "=": [difference, -difference], "≤": [difference], "≥": [-difference],
        "<": [difference + one], ">": [one - difference],
    }[relation]


def _bounds(
    polynomial: Polynomial, name: str, known: Mapping[str, Range]
) -> tuple[int | None, int | None]:
    """Bounds of ``name`` from ``polynomial ≤ 0``, with everything else at its least."""
    powers: dict[int, int] = {}  # what each power of the variable is multiplied with, at least
    for monomial, coefficient in polynomial.terms.items():
        power = dict(monomial).get(name, 0)
        least = _least(coefficient, [(a, p) for a, p in monomial if a != name], known)
        if least is None:
            return None, None
        powers[power] = powers.get(power, 0) + least
    rest = powers.pop(0, 0)
    if powers.keys() == {1} and powers[1] < 0:
        return -(-rest // -powers[1]), None
    low = known[name].low
    if not powers or min(powers.values()) <= 0 or low is None or low < 0:
        if powers.keys() == {1} and powers[1] > 0:
            return None, -rest // powers[1]
        return None, None
    high = -1
    while sum(c * (high + 1) ** p for p, c in powers.items()) + rest <= 0 and high < 10_000:
        high += 1
    return None, high


def _least(coefficient: int, factors: Sequence[tuple[str, int]],
           known: Mapping[str, Range]) -> int | None:
    """The least value of a monomial, products in what is not negative; None if there is none."""
    alone = len(factors) == 1 and factors[0][1] == 1  # then signs do not matter
    least = coefficient
    for name, power in factors:
        range_ = known.get(name, Range(0 if " ^ " in name else None))
        bound = range_.low if coefficient > 0 else range_.high
        if bound is None or not (alone or (range_.low is not None and range_.low >= 0)):
            return None
        least *= bound**power
    return least


def upper_bound(view: GoalView, name: str, known: Mapping[str, Range], label: str) -> str:
    """Steps that prove ``label : name < high + 1``: where ``name`` is greater, so are its powers
    and its products with what is positive."""
    types = {h.name: h.type for h in view.data}
    bound = (known[name].high or 0) + 1
    facts = [line for polynomial in inequalities(view) for monomial in polynomial.terms
             if (line := _greater(view, types, known, monomial, name)) is not None]
    if not facts:
        return f"have {label} : {name} < {bound} := by omega"
    lemma = _INT_POWERS if any(_INT_POWER in fact for fact in facts) else ()
    return "\n".join((
        f"have {label} : {name} < {bound} := by",
        *lemma,
        f"  rcases (by omega : {name} < {bound} ∨ {bound} ≤ {name}) with hge | hge",
        "  · exact hge",
        *(f"  · {line}" if i == 0 else f"    {line}" for i, line in enumerate(
            [*dict.fromkeys(facts), "omega"])),
    ))


def _greater(
    view: GoalView, types: Mapping[str, str], known: Mapping[str, Range], monomial: Monomial,
    name: str,
) -> str | None:
    """The least value of a monomial as it is written in the goal, ``hge : bound ≤ name`` given
    (where it speaks of other variables only, this may be needed too)."""
    powers = dict(monomial)
    if not all(a in known for a in powers) or sum(powers.values()) < 2 or len(powers) > 2:
        return None
    if name not in powers and not all(_says_more(types[a], known[a]) for a in powers):
        return None
    if len(powers) == 1 and powers.get(name) == 2 and f"{name} ^ 2" not in view.text:
        return f"have := {_product(types[name])}" if f"{name} * {name}" in view.text else None
    shown = {a: a if p == 1 else f"{a} ^ {p}" for a, p in powers.items()}
    order = sorted(powers, key=lambda a: view.text.find(shown[a]))
    if " * ".join(shown[a] for a in order) not in view.text:
        order.reverse()
        if " * ".join(shown[a] for a in order) not in view.text:
            return None
    type_ = types[name]
    proofs = [_factor(type_, a, powers[a], known, a == name) for a in order]
    if len(proofs) == 1:
        return f"have := {proofs[0]}"
    if type_ == "Nat":
        return f"have := Nat.mul_le_mul {proofs[0]} {proofs[1]}"
    return f"have := Int.mul_le_mul {proofs[0]} {proofs[1]} (by omega) (by omega)"


def _product(type_: str) -> str:
    """The least value of a square that is written as a product."""
    return "Nat.mul_le_mul hge hge" if type_ == "Nat" \
        else "Int.mul_le_mul hge hge (by omega) (by omega)"


def _says_more(type_: str, range_: Range) -> bool:
    """Whether the least value of a power is known, and not to `omega` anyway."""
    return range_.low is not None and range_.low >= (type_ == "Nat")


def _factor(type_: str, name: str, power: int, known: Mapping[str, Range], greater: bool) -> str:
    proof = "hge" if greater else f"(by omega : {known[name].low} ≤ {name})"
    if power == 1:
        return proof
    if type_ == "Nat":
        return f"(Nat.pow_le_pow_left {proof} {power})"
    return f"({_INT_POWER} {power} (by omega) {proof})"
