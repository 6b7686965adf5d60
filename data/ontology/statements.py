"""What a world states, as values: the common source of the English and the logic.

A trait is had by a thing: being of a sort (noun), being so (adjective), standing in a relation
to a named thing. Facts claim literals of a named thing; rules pass from a condition to a claim
for everything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from prover.environments.fol.syntax import (
    Formula,
    Function,
    Predicate,
    Term,
    Variable,
    conjunction,
    disjunction,
    exists,
    forall,
    implies,
    negate,
)


class TraitKind(StrEnum):
    """How a trait is put into words."""

    NOUN = "noun"
    ADJECTIVE = "adjective"
    RELATION = "relation"


@dataclass(frozen=True)
class Trait:
    """What a thing may have. ``word`` is a noun, an adjective or a verb in its base form;
    ``object`` is the name of the thing that a relation is with."""

    kind: TraitKind
    word: str
    object: str | None = None

    def of(self, term: Term) -> Formula:
        """That ``term`` has it."""
        if self.object is not None:
            return Predicate(verb_symbol(self.word), (term, constant(self.object)))
        return Predicate(self.word, (term,))


@dataclass(frozen=True)
class Literal:
    """A trait or its absence."""

    trait: Trait
    positive: bool = True

    @property
    def complement(self) -> Literal:
        """The opposite."""
        return replace(self, positive=not self.positive)

    def of(self, term: Term) -> Formula:
        """That it holds of ``term``."""
        atom = self.trait.of(term)
        return atom if self.positive else negate(atom)


@dataclass(frozen=True)
class Claim:
    """Literals of one thing: all of them (``conjunctive``) or at least one."""

    literals: tuple[Literal, ...]
    conjunctive: bool = True

    def of(self, term: Term) -> Formula:
        """That it holds of ``term``."""
        parts = [literal.of(term) for literal in self.literals]
        return conjunction(parts) if self.conjunctive else disjunction(parts)


@dataclass(frozen=True)
class Neighbour:
    """Standing in the relation ``verb`` to something of which ``claim`` holds."""

    verb: str
    claim: Claim

    def of(self, term: Term) -> Formula:
        """That it holds of ``term``."""
        other = Variable("Y")
        related = Predicate(verb_symbol(self.verb), (term, other))
        return exists(["Y"], conjunction([related, self.claim.of(other)]))


@dataclass(frozen=True)
class Fact:
    """A claim about the thing called ``subject``."""

    subject: str
    claim: Claim

    def formula(self) -> Formula:
        """As first-order logic."""
        return self.claim.of(constant(self.subject))


@dataclass(frozen=True)
class Rule:
    """Whatever meets the condition, of that the conclusion holds."""

    condition: Claim | Neighbour
    conclusion: Claim

    def formula(self) -> Formula:
        """As first-order logic."""
        thing = Variable("X")
        return forall(["X"], implies(self.condition.of(thing), self.conclusion.of(thing)))


Statement = Fact | Rule


def fact(subject: str, *literals: Literal, conjunctive: bool = True) -> Fact:
    """The fact that claims ``literals`` of ``subject``."""
    return Fact(subject, Claim(literals, conjunctive))


def constant(name: str) -> Function:
    """The constant for a thing's name."""
    return Function(name.lower())


def verb_symbol(verb: str) -> str:
    """The predicate symbol for a verb: its form of the third person."""
    return f"{verb}s"
