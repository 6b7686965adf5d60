"""Statements as English sentences."""

from __future__ import annotations

import random

from data.ontology.statements import (
    Claim,
    Fact,
    Literal,
    Neighbour,
    Rule,
    Statement,
    TraitKind,
)


def sentence(statement: Statement, rng: random.Random | None = None) -> str:
    """``statement`` as a sentence with its full stop. With ``rng``, a rule is put in one of
    several ways, else in the first that fits."""
    if isinstance(statement, Fact):
        return f"{statement.subject} {claim_text(statement.claim)}."
    forms = _rule_forms(statement)
    return rng.choice(forms) if rng is not None else forms[0]


def claim_text(claim: Claim) -> str:
    """A claim as a predicate: ``is red and is not a wumpus``."""
    return _joined([_literal(literal) for literal in claim.literals], claim.conjunctive)


def _joined(parts: list[str], conjunctive: bool) -> str:
    word = "and" if conjunctive else "or"
    if len(parts) < 3:
        return f" {word} ".join(parts)
    return f"{', '.join(parts[:-1])}, {word} {parts[-1]}"


def _literal(literal: Literal) -> str:
    trait = literal.trait
    if trait.kind is TraitKind.RELATION:
        verb = f"{trait.word}s" if literal.positive else f"does not {trait.word}"
        return f"{verb} {trait.object}"
    copula = "is" if literal.positive else "is not"
    return f"{copula} {trait.word if trait.kind is TraitKind.ADJECTIVE else _a(trait.word)}"


def _rule_forms(rule: Rule) -> list[str]:
    conclusion = claim_text(rule.conclusion)
    if isinstance(rule.condition, Neighbour):
        related = f"{rule.condition.verb}s something that {claim_text(rule.condition.claim)}"
        return [f"If something {related}, then it {conclusion}."]
    condition = claim_text(rule.condition)
    forms = [
        f"If something {condition}, then it {conclusion}.",
        f"Everything that {condition} {conclusion}.",
    ]
    first = rule.condition.literals[0]
    if (
        len(rule.condition.literals) == 1
        and first.positive
        and first.trait.kind is TraitKind.NOUN
    ):
        noun = first.trait.word
        forms = [f"Every {noun} {conclusion}.", f"Each {noun} {conclusion}.", *forms]
    return forms


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
