"""Remainders: powers repeat modulo a number, closed terms have a remainder."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from math import prod

from prover.environments.lean.lexer import tokens
from prover.generators.goal_view import GoalView
from prover.generators.lean_rules import MODULO
from prover.generators.shape import Shape, words
from prover.planning.bounds import flat_facts
from prover.planning.polynomials import Polynomial, read_polynomial

_POWER = re.compile(
    r"(?<![\w.^])(?P<base>\d+) \^ (?:(?P<name>[A-Za-z][\w'₀-₉]*)|\((?P<term>[^()]+)\))")
_MODULUS = re.compile(r"% (\d+)|(?<![\w.])(\d+) ∣")
_MAX_PERIOD, _MAX_MODULUS = 12, 1000


def power_periods(view: GoalView) -> Iterator[tuple[str, float]]:
    """``b ^ e % m`` depends on ``e`` modulo the period of ``b`` alone.

    The powers of ``b`` modulo ``m`` repeat with some period from some exponent on. The sketch
    proves that, and goes through the remainders of ``e``.
    """
    for base, exponent in _powers(view):
        for modulus in _moduli(view):
            found = period(base, modulus)
            if found is not None:
                lemma = _periodicity(view, base, modulus, *found)
                cases = _cases(view, base, exponent, *found)
                facts = "Nat.add_mod, Nat.mul_mod, Nat.pow_mod"
                yield f"{lemma}\n{cases}\nall_goals first | omega | simp_all [{facts}]", -1.3
                yield f"{lemma}\n{cases}", -2.4


def period(base: int, modulus: int) -> tuple[int, int] | None:
    """The exponent from which on the powers of ``base`` repeat modulo ``modulus``, and the
    period; None if it is too long."""
    seen: dict[int, int] = {}
    power = 1 % modulus
    for exponent in range(2 * _MAX_PERIOD):
        if power in seen:
            start = seen[power]
            return (start, exponent - start) if exponent - start <= _MAX_PERIOD else None
        seen[power] = exponent
        power = power * base % modulus
    return None


def _periodicity(view: GoalView, base: int, modulus: int, start: int, length: int) -> str:
    step, all_ = view.fresh("hstep", "hperiod")
    shift = f"{start} + " if start else ""
    periods = f"{shift}({length} * q + r)" if start else f"{length} * q + r"
    rest = f"({shift}r)" if start else "r"
    return "\n".join((
        f"have {step} : ∀ k, {base} ^ (k + {start + length}) % {modulus} = "
        f"{base} ^ (k + {start}) % {modulus} := by",
        "  intro k",
        f"  rw [Nat.pow_add, Nat.mul_mod, Nat.pow_add _ k {start},",
        f"    Nat.mul_mod _ ({base} ^ {start})]",
        f"have {all_} : ∀ q r, {base} ^ ({periods}) % {modulus} = "
        f"{base} ^ {rest} % {modulus} := by",
        "  intro q r",
        "  induction q with",
        "  | zero => simp",
        "  | succ q ih =>",
        f"    rw [← ih, show {periods.replace('q', '(q + 1)')} = ({length} * q + r) + "
        f"{start + length} by omega, {step}]",
        *([f"    rw [Nat.add_comm {start}]"] if start else ["    rfl"]),
    ))


def _cases(view: GoalView, base: int, exponent: str, start: int, length: int) -> str:
    all_, equation, case, positive = view.fresh("hperiod", "hpower", "hrest", "hpos")
    atom = exponent if exponent.isidentifier() else f"({exponent})"
    power = f"{base} ^ {atom}"
    inner = f"({exponent} - {start})" if start else atom
    whole = f"{length} * ({inner} / {length}) + {inner} % {length}"
    whole = f"{start} + ({whole})" if start else whole
    lines = [
        f"have {positive} : 0 < {power} := Nat.pow_pos (by decide)",
        f"have {equation} := {all_} ({inner} / {length}) ({inner} % {length})",
        f"rw [show {whole} = {exponent} by omega] at {equation}",
    ]
    if length > 1:
        possible = _possible(view, exponent, start, length)
        cases = " ∨ ".join(f"{inner} % {length} = {r}" for r in possible)
        names = " | ".join([case] * len(possible))
        lines.append(f"rcases (by omega : {cases}) with {names} <;> rw [{case}] at {equation}")
    else:
        lines.append(f"rw [show {inner} % 1 = 0 by omega] at {equation}")
    return "\n".join(lines)


def _possible(view: GoalView, exponent: str, start: int, length: int) -> list[int]:
    """The remainders that ``exponent - start`` may have: all, unless a fact says which one."""
    for fact in view.facts:
        match = re.fullmatch(re.escape(exponent) + r" % (\d+) = (\d+)", fact.proposition.text)
        if match and int(match.group(1)) % length == 0:
            return [(int(match.group(2)) - start) % length]
    return list(range(length))


def _powers(view: GoalView) -> list[tuple[int, str]]:
    """Numerals with exponents that are not numerals."""
    names = {h.name for h in view.accessible}
    found: dict[tuple[int, str], None] = {}
    for match in _POWER.finditer(view.text):
        exponent = match["name"] or match["term"]
        used = words(exponent)
        if int(match["base"]) > 1 and used and all(word in names for word in used):
            found[int(match["base"]), exponent] = None
    return list(found)[:3]


def _moduli(view: GoalView) -> list[int]:
    found = (int(a or b) for a, b in _MODULUS.findall(view.text))
    return list(dict.fromkeys(m for m in found if 2 <= m <= _MAX_MODULUS))[:3]


def closed_remainders(view: GoalView) -> Iterator[tuple[str, float]]:
    """Remainders of a variable that an equation gives as a closed term, modulo the numbers that
    matter: those of the goal, and the periods of powers modulo them."""
    for fact in view.facts:
        if fact.proposition.shape is not Shape.EQUALITY:
            continue
        name, value = fact.proposition.parts
        if words(value) or words(name) != [name] or not _large(value):
            continue
        moduli = dict.fromkeys(_moduli(view))
        for modulus in list(moduli):
            repeats = (period(base, modulus) for base, exponent in _powers(view)
                       if exponent == name)
            moduli.update(dict.fromkeys(found[1] for found in repeats if found is not None))
        lines = []
        for modulus in moduli:
            result = _evaluate(value, modulus)
            if result is not None and not any(
                    f.proposition.text.startswith(f"{name} % {modulus} =") for f in view.facts):
                label = view.fresh(f"h{name}{modulus}")[0]
                lines.append(f"have {label} : {name} % {modulus} = {result} := by "
                             f"rw [{fact.name}]; decide +kernel")
        if lines:
            label = view.fresh(f"h{name}large")[0]
            lines.append(f"have {label} : {max(moduli)} ≤ {name} := by rw [{fact.name}]; "
                         "decide +kernel")
            yield "\n".join([*lines, f"clear {fact.name}"]), -1.2
            yield "\n".join(lines), -2.6


def _large(value: str) -> bool:
    return "^" in value


def _evaluate(value: str, modulus: int) -> int | None:
    """The remainder of a sum of products of powers of numerals."""
    if not re.fullmatch(r"[\d+*^ ]+", value):
        return None
    total = 0
    for summand in value.split("+"):
        product = 1
        for factor in summand.split("*"):
            base, *exponents = (int(t.text) for t in tokens(factor) if t.text != "^")
            if len(exponents) > 1:
                return None
            product = product * pow(base, exponents[0] if exponents else 1, modulus) % modulus
        total += product
    return total % modulus


def obstructions(view: GoalView) -> Iterator[tuple[str, float]]:
    """An equation between polynomials that has no solution modulo some number has none at all."""
    types = {h.name: h.type for h in view.data}
    for proof, fact in flat_facts(view):
        if fact.shape is not Shape.EQUALITY:
            continue
        left, right = map(read_polynomial, fact.parts)
        if left is None or right is None or (left - right).linear:
            continue
        names = (left - right).atoms
        kinds = {types.get(name) for name in names}
        if len(kinds) > 1 or not kinds <= set(MODULO) or (
                kinds == {"Nat"} and "-" in fact.text):
            continue
        modulus = next((m for m in _MODULI if m ** len(names) <= _MAX_RESIDUES
                        and not _solvable(left - right, names, m)), None)
        if modulus is not None:
            yield _contradiction(view, proof, names, str(kinds.pop()), modulus), -1.2


_MODULI = (2, 3, 4, 5, 7, 8, 9, 11, 13, 16)
_MAX_RESIDUES = 100  # combinations that are gone through


def _solvable(polynomial: Polynomial, names: Sequence[str], modulus: int) -> bool:
    """Whether the polynomial is 0 for some remainders of its variables."""
    return any(
        sum(c * prod(dict(zip(names, values, strict=True))[a] ** p for a, p in monomial)
            for monomial, c in polynomial.terms.items()) % modulus == 0
        for values in itertools.product(range(modulus), repeat=len(names)))


def _contradiction(
    view: GoalView, proof: str, names: Sequence[str], type_: str, modulus: int
) -> str:
    label, *labels = view.fresh("hmod", *(f"hrest{i}" for i in range(len(names))))
    splits = [
        f"rcases (by omega : {' ∨ '.join(f'{name} % {modulus} = {r}' for r in range(modulus))})"
        f" with {' | '.join([rest] * modulus)}" for name, rest in zip(names, labels, strict=True)]
    facts = f"{MODULO[type_]}, {', '.join(labels)}"
    return "\n".join((
        "exfalso",
        f"have {label} := congrArg (fun v : {type_} => v % {modulus}) {proof}",
        f"{' <;> '.join(splits)} <;> simp [{facts}] at {label}",
    ))


MODULAR = (power_periods, closed_remainders, obstructions)
