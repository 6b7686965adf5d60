"""Tactics to try on a goal in order to learn from: the symbolic rules' and many more.

A *template* is a tactic in the language of `prover.generators.small.slots` with ``H``, ``D`` and
``P`` where a hypothesis, a constant of the goal or a premise goes. `Templates` draws them by how
often each has closed a goal so far, and never stops trying those that have not: a bandit with
Thompson sampling (Thompson, 1933).
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator

from prover.contracts import Request
from prover.generators.goal_view import GoalView
from prover.generators.small.slots import Slots
from prover.generators.symbolic import SymbolicGenerator
from retrieval.contracts import ScoredPremise

_CLOSERS = ("simp", "simp_all", "grind", "rfl", "omega")
_WITH = ("simp [{}]", "simp_all [{}]", "grind [{}]")
_SETS = ("D", "P", "D, P", "P, P", "D, D", "*, P", "*, D", "← P")

TEMPLATES: tuple[str, ...] = (
    *_CLOSERS, "decide", "ac_rfl", "simp [*]", "assumption", "trivial", "exact rfl",
    *(form.format(names) for form in _WITH for names in _SETS if form != _WITH[2]),
    "grind [D]", "grind [P]", "grind [D, P]", "grind [P, P]", "grind [D, D]",
    "unfold D", "unfold D <;> simp_all", "unfold D <;> grind", "unfold D <;> rfl",
    "simp only [D]", "simp only [P]", "delta D", "rw [D]", "rw [P]", "rw [← P]", "rw [P, P]",
    "rw [D, D]", "rw [P] <;> simp_all", "rw [P, P] <;> simp_all", "rw [D] <;> simp_all",
    "exact P ..", "exact P", "exact (P ..).symm", "exact P.symm", "apply P", "apply P <;> simp_all",
    "apply P <;> assumption", "apply P <;> grind", "apply P <;> omega", "refine P ?_",
    "simpa using P ..", "simpa using P", "simpa [D] using P ..", "simpa [D, D] using P ..",
    "simpa using (P ..).symm", "simpa using H", "simpa [D] using H", "simpa [P] using H",
    "exact congrArg _ (P ..)", "exact P H", "exact P H H", "exact (P H).symm", "exact P.mp H",
    "exact P.mpr H", "simp [P H]", "rw [P H]", "grind [P H]",
    "exact P H.1", "exact P H.2", "exact P _ H.2", "simpa [P] using P ..",
    "apply P <;> first | assumption | exact H.1 | exact H.2",
    "cases H <;> apply P <;> assumption", "exact (P ..).trans (P ..)",
    *(f"cases H <;> {end}" for end in (*_CLOSERS, "simp [D]", "simp [P]", "simp [D, P]",
                                      "simp_all [D]", "simp_all [P]", "grind [D]", "grind [P]")),
    *(f"induction H <;> {end}" for end in ("simp_all", "grind", "simp_all [D]", "simp_all [P]",
                                          "simp_all [D, P]", "grind [D]", "grind [P]")),
    *(f"induction H generalizing H <;> {end}" for end in ("simp_all", "grind", "simp_all [D]",
                                                         "simp_all [P]", "grind [P]")),
    *(f"ext <;> {end}" for end in ("simp", "grind", "simp [D]", "simp [P]", "rfl")),
    "constructor <;> simp_all", "constructor <;> grind", "constructor <;> intro <;> simp_all",
    "split <;> simp_all", "split <;> rfl", "split <;> grind", "subst H <;> simp_all",
    "simp at H <;> grind", "simp_all <;> grind", "simp_all <;> omega", "simp <;> omega",
    "simp [D] <;> grind", "simp [P] <;> grind", "simp [D] <;> omega", "simp [P] <;> omega",
    "congr <;> simp_all", "congr <;> grind", "apply propext <;> simp", "subst H", "cases H",
    "induction H", "simp only [D, P]", "ext <;> simp [D, P]", "ext <;> simp <;> grind",
    "cases H <;> cases H <;> simp_all", "cases H <;> cases H <;> rfl",
    "cases H <;> cases H <;> grind", "apply Iff.intro <;> intro <;> simp_all",
    "apply Iff.intro <;> grind",
)
PANEL: tuple[str, ...] = (
    "finish", "first | apply …", "simp", "simp_all", "omega", "ac_rfl", "decide",
    "cases H <;> finish", "finish [D]", "finish [D, D, D]", "finish [P]", "finish [P, P, P]",
    "finish [D, P, P]", "unfold D <;> finish", "rw [P]", "rw [P] <;> finish", "apply P <;> finish",
    "simpa using P ..", "cases H <;> simp_all", "cases H <;> finish [P, P]",
    "cases H <;> cases H <;> finish", "ext <;> finish", "ext <;> finish [P]", "split <;> finish",
    "congr <;> finish", "constructor <;> finish", "induction H <;> finish",
    "induction H <;> finish [P]", "apply P <;> assumption", "exact P ..",
)
"""Templates that every goal is tried with, so that what is learnt of a goal does not depend on the
luck of a draw. They are in the words of `prover.generators.small.shorthand`, as what the model
will write is."""
_FILLINGS = 3  # of a template of the panel

_PLACE = re.compile(r"\b[HDP]\b")
_RULES_FIRST = 10


class Templates:
    """Draws tactics for goals, and learns which templates close them."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._closed: Counter[str] = Counter()
        self._tried: Counter[str] = Counter()
        self._symbolic = SymbolicGenerator()

    def tell(self, tactic: str, *, closed: bool) -> None:
        """A tactic in slots closed a goal, or did not."""
        template = _SLOT.sub(lambda m: m.group(1), tactic)
        self._tried[template] += 1
        self._closed[template] += closed

    def draw(self, slots: Slots, count: int) -> Iterator[str]:
        """At most ``count`` different tactics for a goal: the symbolic rules' first, which are
        what the model has to beat, the `PANEL`, then templates and the rules' others."""
        rules = [p.tactic for p in self._symbolic.propose([Request(
            (slots.goal,), tuple(ScoredPremise(p, 0.0) for p in slots.premises), 4 * count)])[0]]
        seen: dict[str, None] = dict.fromkeys((*rules[:_RULES_FIRST], *self.panel(slots)))
        yield from list(seen)[:count]
        rest = rules[_RULES_FIRST:]
        for _ in range(20 * count):
            if len(seen) >= count:
                return
            if rest and self._random.random() < 0.3:
                tactic = rest.pop(int(len(rest) * self._random.random() ** 2))
            else:
                tactic = self._filled(slots) or ""
            if tactic and tactic not in seen:
                seen[tactic] = None
                yield tactic

    def panel(self, slots: Slots) -> Iterator[str]:
        """The panel's templates with the first fillings each: names in a row, from the first on."""
        names = {"P": [f"P{i}" for i in range(len(slots.shown))],
                 "D": [f"D{i}" for i in range(len(slots.definitions))],
                 "H": [f"H{i}" for i in _useful(slots)]}
        for template in PANEL:
            places = _PLACE.findall(template)
            for start in range(_FILLINGS if len(places) == 1 else 1):
                at = Counter[str]()

                def fill(match: re.Match[str], start: int = start,
                         at: Counter[str] = at) -> str:
                    kind = match.group()
                    at[kind] += 1
                    place = start + at[kind] - 1
                    return names[kind][place] if place < len(names[kind]) else f"{kind}99"

                tactic = slots.read(_PLACE.sub(fill, template))
                if tactic is not None:
                    yield tactic

    def _filled(self, slots: Slots) -> str | None:
        template = max(self._random.sample(TEMPLATES, 12), key=self._sampled)
        filled = _PLACE.sub(lambda match: self._place(match.group(), slots), template)
        return slots.read(filled)

    def _sampled(self, template: str) -> float:
        closed, tried = self._closed[template], self._tried[template]
        return self._random.betavariate(0.5 + closed, 8 + tried - closed)

    def _place(self, kind: str, slots: Slots) -> str:
        if kind == "P":
            count = len(slots.shown)
        elif kind == "D":
            count = len(slots.definitions)
        else:
            places = _useful(slots)
            return f"H{self._random.choice(places)}" if places else "H99"
        # The first are the best: a quadratic draw prefers them.
        return f"{kind}{int(count * self._random.random() ** 2)}" if count else f"{kind}99"


_SLOT = re.compile(r"(?<![\w.])([HDP])\d+(?![\w'])")


def _useful(slots: Slots) -> list[int]:
    """The hypotheses that a tactic may take: no types, no instances."""
    view = GoalView(slots.goal)
    names = {fact.name for fact in view.facts} | {
        h.name for h in view.data if not h.name.startswith("inst")}
    return [i for i, h in enumerate(slots.hypotheses) if h.name in names]
