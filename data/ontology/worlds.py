"""Open worlds: a proof's world with distractors, and the question that is asked of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from data.ontology.derivations import Deduction, Derivation, Proof
from data.ontology.judging import Judge
from data.ontology.statements import Claim, Fact, Literal, Rule, Statement, fact
from data.ontology.vocabulary import Lexicon, Words
from prover.environments.fol.syntax import TRUE, Formula, conjunction, negate


class Label(StrEnum):
    """What a statement is in a world."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class World:
    """What is stated (in the order of its making), what is asked, and the answer.

    ``proof`` proves the query or its opposite; where neither holds it is that of the world
    before a premise was taken out. ``depth`` counts deductions in sequence (in a closed world: the
    levels that the answer rests on). ``logic`` is what the answer is judged by: the statements as
    formulas, or the completion of a closed world.
    """

    statements: tuple[Statement, ...]
    query: Fact
    label: Label
    proof: Proof
    lexicon: Lexicon
    logic: tuple[Formula, ...]
    depth: int
    family: str


@dataclass(frozen=True)
class Shape:
    """How large a world is to be made."""

    depth: int
    width: int
    distractors: int
    rules: tuple[Deduction, ...]


def open_world(rng: random.Random, shape: Shape, label: Label, *, compound: bool) -> World:
    """A world in which the query has ``label``, if the distractors leave it so: see `refusal`.

    ``compound``: the query may be a conjunction or disjunction (then the label must be true).
    """
    words = Words(rng)
    subject = words.name()
    derivation = Derivation(rng, words, shape.rules, shape.width)
    wanted = (
        derivation.fresh_claim(shape.depth) if compound
        else Claim((derivation.fresh(),))
    )  # fmt: skip
    derivation.claim(subject, wanted, shape.depth)
    proof = Proof(tuple(derivation.steps))
    literals = _literals(proof, subject)
    statements = list(derivation.given)
    added = [_distractor(rng, derivation, words, subject, literals)
             for _ in range(shape.distractors)]  # fmt: skip
    if label is Label.UNKNOWN:
        lost = rng.randrange(len(statements))
        statements[lost] = _distractor(rng, derivation, words, subject, literals)
    positive = wanted if label is not Label.FALSE else Claim((wanted.literals[0].complement,))
    if label is Label.UNKNOWN and rng.random() < 0.5:
        positive = Claim((wanted.literals[0].complement,))
    everything = (*statements, *added)
    return World(
        everything, Fact(subject, positive), label, proof, words.lexicon(),
        tuple(statement.formula() for statement in everything), proof.depth,
        f"open/{proof.shape}",
    )  # fmt: skip


def refusal(world: World, judge: Judge) -> str | None:
    """Why the world is not fit for use, as the provers see it; None if it is."""
    query = world.query.formula()
    if world.label is Label.UNKNOWN:
        # With a model for either side the world is consistent, too.
        if judge.entails(world.logic, query) or judge.entails(world.logic, negate(query)):
            return "label not confirmed"
        return None
    known = query if world.label is Label.TRUE else negate(query)
    if not judge.consistent(world.logic):
        return "inconsistent"
    return None if judge.entails((), _check(world, known)) else "label or proof not confirmed"


def _check(world: World, known: Formula) -> Formula:
    """Valid exactly if the world entails ``known`` and every step of the proof is right."""
    entailed = negate(conjunction([*world.logic, negate(known)]))
    return conjunction([entailed, *world.proof.obligations()]) if world.logic else TRUE


def _literals(proof: Proof, subject: str) -> list[Literal]:
    """What the proof shows of ``subject`` outside its subproofs, without doubles."""
    hidden: set[int] = set()
    for step in proof.steps:
        for start, end in step.subproofs:
            hidden.update(range(start, end + 1))
    found: dict[Literal, None] = {}
    for number, step in enumerate(proof.steps):
        statement = step.statement
        if number not in hidden and isinstance(statement, Fact) and statement.subject == subject:
            found.update(dict.fromkeys(statement.claim.literals[:1]))
    return list(found)


def _distractor(
    rng: random.Random, derivation: Derivation, words: Words, subject: str,
    literals: Sequence[Literal],
) -> Statement:
    """A statement that touches the proof and leads nowhere."""
    near = rng.choice(literals)
    match rng.randrange(6):
        case 0:  # a way on from the proof
            return Rule(Claim((near,)), Claim((derivation.fresh(),)))
        case 1:  # another way to it, whose condition is not known
            return Rule(Claim((derivation.fresh(),)), Claim((near,)))
        case 2:  # a condition that is met only in part
            both = Claim((near, derivation.fresh()))
            return Rule(both, Claim((derivation.fresh(),)))
        case 3:
            return fact(subject, derivation.fresh())
        case 4:  # another thing of the same kind
            taken = (subject, near.trait.object)
            others = [name for name in words.lexicon().names if name not in taken]
            return fact(rng.choice(others) if others else words.name(), near)
        case _:
            return Rule(Claim((derivation.fresh(),)), Claim((derivation.fresh(),)))
