"""Bounded variables: cases one by one, or all combinations evaluated by the kernel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import prod

from prover.contracts import Goal, Hypothesis
from prover.generators.goal_view import GoalView
from prover.generators.shape import Shape, words
from prover.planning.bounds import NUMERIC, Range, flat_facts, ranges, upper_bound

_MAX_CASES = 100  # values of a variable that are gone through in one step
_OPEN_CASES = 12  # values that are left as goals of their own
_MAX_EVALUATIONS = 2500  # combinations of values that the kernel evaluates
_DECIDABLE = re.compile(r"[\w\s.'₀-₉+*^%/\-()=≠<>≤≥∣¬∧∨→↔↑]+")


def cases(view: GoalView) -> Iterator[tuple[str, float]]:
    """One case for each value of a bounded variable."""
    known = ranges(view)
    for name, range_ in known.items():
        low, size = range_.low, range_.size
        if low is None or size is None or not 1 <= size <= _MAX_CASES:
            continue
        bound = view.fresh("hlt")[0]
        values = " ∨ ".join(f"{name} = {low + i}" for i in range(size))
        split = (f"{upper_bound(view, name, known, bound)}\n"
                 f"rcases (by omega : {values}) with " + " | ".join(["rfl"] * size))
        later = -0.02 * size
        yield f"{split} <;> omega", -1.3 + later
        yield f"{split} <;> simp_all", -2.2 + later
        yield f"{split} <;> grind", -2.6 + later
        if size <= _OPEN_CASES:
            yield split, -2.4 + later


def evaluate(view: GoalView) -> Iterator[tuple[str, float]]:
    """All combinations of values of bounded numbers that are not negative, evaluated by the
    kernel."""
    known = ranges(view)
    candidates = [h for h in view.data if h.name in known and not _negative(known[h.name])]
    if not _DECIDABLE.fullmatch(view.goal.target):
        return
    wanted = _variables(view, view.goal.target)
    for count in (3, 2, 1):
        found = False
        for chosen in combinations(candidates, count):
            names = {h.name for h in chosen}
            sizes = [(known[name].high or 0) + 1 for name in names
                     if known[name].high is not None]
            if len(sizes) < count or not 1 < prod(sizes) <= _MAX_EVALUATIONS:
                continue
            about = [f.name for f in view.facts if _DECIDABLE.fullmatch(f.proposition.text)
                     and _variables(view, f.proposition.text) <= names]
            if wanted <= names and about:
                found = True
                yield _evaluation(view, chosen, known, about), -1.2 - 0.0004 * prod(sizes)
        if found:  # fewer variables would mean fewer facts
            return


def _evaluation(
    view: GoalView, chosen: Sequence[Hypothesis], known: Mapping[str, Range], facts: list[str]
) -> str:
    """Bound the variables, then move everything into the target, each bound to its variable."""
    bounds = view.fresh(*[f"hlt{i}" for i in range(len(chosen))])
    pairs = list(zip(bounds, chosen, strict=True))
    lines = [upper_bound(view, h.name, known, bound) for bound, h in pairs]
    for bound, h in pairs:
        if h.type == "Int":
            lines += [_as_natural(h.name), f"replace {bound} : {h.name} < "
                                           f"{(known[h.name].high or 0) + 1} := by omega"]
    lines.append("revert " + " ".join(facts))
    if rest := [f.name for f in view.facts if f.name not in facts]:
        lines.append("clear " + " ".join(reversed(rest)))
    lines += [f"revert {bound}; revert {h.name}" for bound, h in reversed(pairs)]
    # Lean's limit for the size of an instance is met with four implications or so.
    lines.append("set_option synthInstance.maxSize 10000 in decide +kernel")
    return "\n".join(lines)


def _variables(view: GoalView, text: str) -> set[str]:
    values = {h.name for h in view.goal.hypotheses}
    return {word for word in words(text) if word.split(".")[0] in values}


def naturals(view: GoalView) -> Iterator[tuple[str, float]]:
    """Bounded integers that are not negative as natural numbers, which can be evaluated."""
    known = ranges(view)
    chosen = [h.name for h in view.data if h.type == "Int" and not _negative(known[h.name])
              and known[h.name].high is not None]
    if chosen:
        yield "\n".join(map(_as_natural, chosen)), -2.6


def _as_natural(name: str) -> str:
    return f"obtain ⟨{name}, rfl⟩ := Int.eq_ofNat_of_zero_le (by omega : 0 ≤ {name})"


def _negative(range_: Range) -> bool:
    """Whether a value may be negative, as far as is known."""
    return range_.low is None or range_.low < 0


def _few(known: Mapping[str, Range]) -> bool:
    """Whether all combinations of values can be evaluated."""
    highs = [None if _negative(range_) else range_.high for range_ in known.values()]
    return None not in highs and 0 < prod((high or 0) + 1 for high in highs) <= _MAX_EVALUATIONS


def exponents(view: GoalView) -> Iterator[tuple[str, float]]:
    """A power that divides a known number has a small exponent."""
    for proof, fact in flat_facts(view):
        if fact.shape is not Shape.EQUALITY or not fact.parts[1].isdigit():
            continue
        number, lines = int(fact.parts[1]), []
        for factor in fact.parts[0].split(" * "):
            match = re.fullmatch(r"(\d+) \^ ([A-Za-z][\w'₀-₉]*)", factor)
            if match and int(match.group(1)) > 1 and number > 0:
                lines += _exponent_bound(view, int(match.group(1)), match.group(2), number, proof)
        if lines:
            yield "\n".join(lines), -1.3


def _exponent_bound(view: GoalView, base: int, name: str, number: int, proof: str) -> list[str]:
    bound = 1
    while base**bound <= number:
        bound += 1
    label = view.fresh(f"h{name}")[0]
    return [
        f"have {label} : {name} < {bound} := by",
        f"  rcases Nat.lt_or_ge {name} {bound} with hge | hge",
        "  · exact hge",
        f"  · have hpow := Nat.pow_le_pow_right (show 0 < {base} by decide) hge",
        f"    have hdvd : {base} ^ {name} ∣ {number} := by",
        f"      rw [← {proof}]",
        "      first | exact Nat.dvd_mul_right .. | exact Nat.dvd_mul_left ..",
        "    have hle := Nat.le_of_dvd (by decide) hdvd",
        "    omega",
    ]


def contradiction(view: GoalView) -> Iterator[tuple[str, float]]:
    """The negation of an inequality bounds what it is about."""
    relation = view.target.relation
    types = [h.type for h in view.data if h.type in NUMERIC]
    if relation not in ("≤", "<", "≥", ">") or not types:
        return
    name = view.fresh("hneg")[0]
    lemma = f"{types[0]}.not_lt" if relation in ("≤", "≥") else f"{types[0]}.not_le"
    left, right = view.target.parts
    opposite = {"≤": ">", "<": "≥", "≥": "<", ">": "≤"}[relation]
    negated = Hypothesis(name, f"{left} {opposite} {right}")
    bounded = ranges(GoalView(Goal((*view.goal.hypotheses, negated), "False")))
    yield f"apply {lemma}.mp; intro {name}", -1.5 if _few(bounded) else -2.2


ENUMERATION = (cases, evaluate, naturals, exponents, contradiction)
