"""A goal as the symbolic rules look at it: hypotheses sorted by what they are, names at hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from prover.contracts import Goal, Hypothesis
from prover.generators.shape import Proposition, Shape, parse, words
from retrieval.contracts import Premise

INACCESSIBLE = "✝"
_LOGICAL = frozenset(Shape) - {Shape.ATOM, Shape.FORALL}
SORT = re.compile(r"^(Prop|Type|Sort)\b")
"""The type of a hypothesis that is a proposition or a type."""
_NUMERAL = re.compile(r"(?<![\w.])\d+(?![\w.])")
_GAP = re.compile(r"(?<![\w\])!])\?[A-Za-z_]")  # a metavariable, as in `?w`
_NUMERIC_TYPES = frozenset({"Nat", "Int", "ℕ", "ℤ"})


@dataclass(frozen=True)
class Fact:
    """A hypothesis that is a proposition, with its shape."""

    name: str
    proposition: Proposition


class GoalView:
    """What the rules ask of a goal; everything is computed at most once."""

    def __init__(self, goal: Goal, premises: Iterable[Premise] = ()) -> None:
        self.goal = goal
        self.premises = tuple(premises)
        self.target = parse(goal.target)
        self.text = str(goal)

    @cached_property
    def accessible(self) -> tuple[Hypothesis, ...]:
        """Hypotheses that a tactic can name; a shadowed name means its last bearer only."""
        last = {h.name: h for h in self.goal.hypotheses if INACCESSIBLE not in h.name}
        return tuple(h for h in self.goal.hypotheses if last.get(h.name) is h)

    @cached_property
    def inaccessible(self) -> tuple[Hypothesis, ...]:
        """Hypotheses whose names Lean made unusable, but for instances."""
        return tuple(h for h in self.goal.hypotheses
                     if INACCESSIBLE in h.name and not h.name.startswith("inst"))

    @cached_property
    def predicates(self) -> frozenset[str]:
        """Local names whose applications are propositions."""
        return frozenset(h.name for h in self.goal.hypotheses
                         if re.search(r"(^|→\s*)Prop$", h.type))

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Accessible hypotheses that are propositions."""
        return tuple(Fact(h.name, parse(h.type)) for h in self.accessible
                     if self._is_proposition(h))

    @cached_property
    def data(self) -> tuple[Hypothesis, ...]:
        """Accessible hypotheses that are values of some type (numbers, lists, trees, …)."""
        facts = {fact.name for fact in self.facts}
        return tuple(h for h in self.accessible
                     if h.name not in facts and not SORT.match(h.type) and h.value is None
                     and "→" not in h.type and not h.type.startswith("∀"))

    def _is_proposition(self, hypothesis: Hypothesis) -> bool:
        if SORT.match(hypothesis.type) or re.search(r"→\s*(Prop|Type|Sort)", hypothesis.type):
            return False
        proposition = parse(hypothesis.type)
        if proposition.shape is Shape.IMPLIES:  # a function type looks like an implication
            return self._mentions_proposition(proposition)
        if proposition.shape in _LOGICAL:
            return True
        if proposition.shape is Shape.FORALL:
            return True
        return self._head_is_predicate(proposition.text)

    def _mentions_proposition(self, proposition: Proposition) -> bool:
        conclusion = parse(proposition.parts[1])
        if conclusion.shape is Shape.IMPLIES:
            return self._mentions_proposition(conclusion)
        return conclusion.shape is not Shape.ATOM or self._head_is_predicate(conclusion.text)

    def _head_is_predicate(self, text: str) -> bool:
        head = words(text)[:1]
        if not head:
            return False
        if head[0] in self.predicates:
            return True
        # `List.Nodup xs`, `xs.Nodup`, `Even n`: capitalised heads applied to local values.
        applied = len(text.split()) > 1
        arguments = set(re.findall(r"[\w.']+", text)[1:])
        values = {h.name for h in self.goal.hypotheses if not SORT.match(h.type)}
        dotted = "." in head[0] and head[0].split(".")[0] in values
        return dotted or (applied and bool(arguments & values))

    @cached_property
    def names(self) -> frozenset[str]:
        """All names in use."""
        return frozenset(h.name for h in self.goal.hypotheses)

    def fresh(self, *wishes: str) -> list[str]:
        """Names like the wished ones that are free, and different from each other."""
        taken, found = set(self.names), []
        for wish in wishes:
            base = wish.split(".")[-1].replace(INACCESSIBLE, "") or "x"
            name, n = base, 0
            while name in taken:
                n += 1
                name = f"{base}{n}"
            taken.add(name)
            found.append(name)
        return found

    @cached_property
    def numerals(self) -> tuple[int, ...]:
        """Numerals that occur in the goal, ascending."""
        return tuple(sorted({int(m) for m in _NUMERAL.findall(self.text) if len(m) < 7}))

    @cached_property
    def arithmetic(self) -> bool:
        """Whether natural numbers or integers occur."""
        types = {h.type for h in self.goal.hypotheses}
        return bool(types & _NUMERIC_TYPES) or bool(self.numerals) or "Nat" in self.text

    @cached_property
    def closed(self) -> bool:
        """No hypothesis at all: the target may be decided by evaluation."""
        return not self.goal.hypotheses

    @cached_property
    def assumed(self) -> bool:
        """Whether some hypothesis reads like the target, or may once its gaps are filled."""
        target = _words(self.goal.target)
        return bool(_GAP.search(self.goal.target)) or any(
            _words(h.type) == target for h in self.goal.hypotheses)

    @cached_property
    def contradictory(self) -> bool:
        """Whether some hypothesis is false or, as it reads, the negation of another one."""
        held = {_words(h.type) for h in self.goal.hypotheses}
        return any(fact.proposition.shape is Shape.FALSE
                   or (fact.proposition.shape is Shape.NOT
                       and _words(fact.proposition.parts[0]) in held) for fact in self.facts)

    @cached_property
    def mentioned_premises(self) -> tuple[Premise, ...]:
        """Premises of the theorem's file that share a symbol with the goal, in the order given."""
        used = {part for word in words(self.text) for part in (word, *word.split("."))}
        return tuple(p for p in self.premises
                     if _of_a_file(p) and (p.name.split(".")[-1] in used or used & p.symbols))

    @cached_property
    def library_premises(self) -> tuple[Premise, ...]:
        """Premises that retrieval found in the library for this goal, in the order given."""
        return tuple(p for p in self.premises if not _of_a_file(p))


def _words(text: str) -> tuple[str, ...]:
    """A text whatever its line breaks."""
    return tuple(text.split())


def _of_a_file(premise: Premise) -> bool:
    """Whether a premise stands in a theorem file, and not in a module of the library."""
    return not premise.module or premise.module.endswith((".lean", ".jsonl"))
