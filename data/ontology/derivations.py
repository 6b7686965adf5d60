"""Proofs made first, and with them the worlds in which they hold.

A proof of a literal is built backwards: a deduction rule is drawn whose conclusion it can be, what
the rule needs is stated in the world or proved in turn. The rules are complete for this language
(as in PrOntoQA-OOD): elimination of implications, introduction and elimination of conjunctions
and disjunctions (the latter is proof by cases), and proof by contradiction. Every trait is new, so
a proof is the only one that its world has, until distractors are added.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from data.ontology.statements import (
    Claim,
    Fact,
    Literal,
    Neighbour,
    Rule,
    Statement,
    Trait,
    TraitKind,
    fact,
)
from data.ontology.vocabulary import Words
from prover.environments.fol.syntax import Formula, conjunction, implies


class Deduction(StrEnum):
    """How a step of a proof is justified. The first six are the deduction rules."""

    IMPLICATION = "implication elimination"
    CONJUNCTION_INTRODUCTION = "conjunction introduction"
    CONJUNCTION_ELIMINATION = "conjunction elimination"
    DISJUNCTION_INTRODUCTION = "disjunction introduction"
    CASES = "proof by cases"
    CONTRADICTION = "contradiction"
    GIVEN = "given"
    ASSUMPTION = "assumption"
    CLOSED_WORLD = "closed world"


DEDUCTION_RULES = tuple(Deduction)[:6]


@dataclass(frozen=True)
class Step:
    """A line of a proof. ``premises`` are numbers of earlier steps, from 0; ``subproofs`` pairs
    of an assumption and what was concluded under it, both discharged here."""

    statement: Statement
    deduction: Deduction
    premises: tuple[int, ...] = ()
    subproofs: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Proof:
    """Steps, the last of which is the conclusion."""

    steps: tuple[Step, ...]

    @property
    def conclusion(self) -> Statement:
        """What is proved."""
        return self.steps[-1].statement

    @property
    def depth(self) -> int:
        """The most deductions on a path from what is given to the conclusion."""
        depths: list[int] = []
        for step in self.steps:
            below = [*step.premises, *(end for _, end in step.subproofs)]
            deduced = step.deduction in DEDUCTION_RULES
            depths.append(max((depths[n] for n in below), default=0) + deduced)
        return depths[-1]

    @property
    def rules(self) -> tuple[Deduction, ...]:
        """The deduction rules used, each once, in the order of `Deduction`."""
        used = {step.deduction for step in self.steps}
        return tuple(rule for rule in DEDUCTION_RULES if rule in used)

    @property
    def shape(self) -> str:
        """The tree of deductions without what is deduced: proofs of one shape are alike."""
        shapes: list[str] = []
        for step in self.steps:
            below = [shapes[n] for n in step.premises]
            below += [f"[{shapes[end]}]" for _, end in step.subproofs]
            name = "".join(word[0] for word in step.deduction.split())
            shapes.append(f"{name}({','.join(sorted(below))})" if below else name)
        return shapes[-1]

    def obligations(self) -> list[Formula]:
        """For each deduction the formula that must be valid: its premises imply its statement."""
        formulas = [step.statement.formula() for step in self.steps]
        found = []
        for step, formula in zip(self.steps, formulas, strict=True):
            if step.deduction in DEDUCTION_RULES:
                needed = [formulas[n] for n in step.premises]
                needed += [implies(formulas[a], formulas[end]) for a, end in step.subproofs]
                found.append(implies(conjunction(needed), formula))
        return found


class Derivation:
    """A proof and its world in the making.

    ``rules`` are the deduction rules that may be drawn, `Deduction.IMPLICATION` always; ``width``
    is the most literals of a conjunction or disjunction.
    """

    def __init__(
        self, rng: random.Random, words: Words, rules: Sequence[Deduction], width: int
    ) -> None:
        self._rng, self._words, self._width = rng, words, width
        self._rules = frozenset(rules)
        self.given: list[Statement] = []
        self.steps: list[Step] = []

    def literal(self, subject: str, wanted: Literal, depth: int) -> int:
        """Prove ``wanted`` of ``subject`` by about ``depth`` deductions; the step's number."""
        if depth <= 0:
            return self._state(fact(subject, wanted))
        ways: list[Callable[[str, Literal, int], int]] = [self._by_implication]
        if self._width > 1:
            if Deduction.CONJUNCTION_ELIMINATION in self._rules:
                ways.append(self._by_conjunction)
            if Deduction.CASES in self._rules and depth > 1:
                ways.append(self._by_cases)
        if Deduction.CONTRADICTION in self._rules and depth > 1:
            ways.append(self._by_contradiction)
        return self._rng.choice(ways)(subject, wanted, depth)

    def claim(self, subject: str, claim: Claim, depth: int) -> int:
        """Prove ``claim``: a literal, or by introduction of its connective."""
        if len(claim.literals) == 1:
            return self.literal(subject, claim.literals[0], depth)
        if not claim.conjunctive:
            proved = self.literal(subject, self._rng.choice(claim.literals), depth - 1)
            return self._conclude(Fact(subject, claim), Deduction.DISJUNCTION_INTRODUCTION, proved)
        deepest = self._rng.randrange(len(claim.literals))
        parts = [
            self.literal(subject, literal, depth - 1 if n == deepest else self._shallow(depth))
            for n, literal in enumerate(claim.literals)
        ]
        return self._conclude(Fact(subject, claim), Deduction.CONJUNCTION_INTRODUCTION, *parts)

    def fresh(self) -> Literal:
        """A literal with a new trait."""
        kind = self._rng.choice((TraitKind.NOUN, TraitKind.ADJECTIVE, TraitKind.RELATION))
        return Literal(self._trait(kind), self._rng.random() < 0.8)

    def fresh_claim(self, depth: int) -> Claim:
        """A claim with new traits that can be proved in ``depth`` steps by introduction."""
        options = [True] if Deduction.CONJUNCTION_INTRODUCTION in self._rules else []
        if Deduction.DISJUNCTION_INTRODUCTION in self._rules:
            options.append(False)
        if depth < 2 or self._width < 2 or not options or self._rng.random() < 0.5:
            return Claim((self.fresh(),))
        width = self._rng.randint(2, self._width)
        literals = tuple(self.fresh() for _ in range(width))
        return Claim(literals, self._rng.choice(options))

    # ----------------------------------------------------------------------- the ways to a literal

    def _by_implication(self, subject: str, wanted: Literal, depth: int) -> int:
        return self._implied(subject, Claim((wanted,)), depth)

    def _implied(self, subject: str, conclusion: Claim, depth: int) -> int:
        """Prove ``conclusion`` by a rule whose condition is proved in turn."""
        if self._rng.random() < 0.2 and (verb := self._words.verb()) is not None:
            other = self._words.name()
            related = Literal(Trait(TraitKind.RELATION, verb, other))
            claim = Claim((self.fresh(),))
            link = self._state(fact(subject, related))
            proved = self.claim(other, claim, depth - 1)
            rule = self._state(Rule(Neighbour(verb, claim), conclusion))
            needed = [link, proved, rule]
        else:
            condition = self.fresh_claim(depth - 1)
            proved = self.claim(subject, condition, depth - 1)
            needed = [proved, self._state(Rule(condition, conclusion))]
        return self._conclude(Fact(subject, conclusion), Deduction.IMPLICATION, *needed)

    def _by_conjunction(self, subject: str, wanted: Literal, depth: int) -> int:
        whole = self._among(wanted)
        return self._conclude(fact(subject, wanted), Deduction.CONJUNCTION_ELIMINATION,
                              self._compound(subject, whole, depth - 1))

    def _by_cases(self, subject: str, wanted: Literal, depth: int) -> int:
        width = self._rng.randint(2, self._width)
        cases = Claim(tuple(self.fresh() for _ in range(width)), conjunctive=False)
        whole = self._compound(subject, cases, depth - 1)
        subproofs = []
        for case in cases.literals:
            assumed = self._add(Step(fact(subject, case), Deduction.ASSUMPTION))
            subproofs.append((assumed, self._chain(subject, case, wanted, assumed)))
        return self._add(
            Step(fact(subject, wanted), Deduction.CASES, (whole,), tuple(subproofs))
        )

    def _by_contradiction(self, subject: str, wanted: Literal, depth: int) -> int:
        """Assume the opposite, and meet something and its complement."""
        middle = self.fresh()
        refuted = self.literal(subject, middle.complement, depth - 2)
        assumed = self._add(Step(fact(subject, wanted.complement), Deduction.ASSUMPTION))
        met = self._chain(subject, wanted.complement, middle, assumed)
        return self._add(Step(
            fact(subject, wanted), Deduction.CONTRADICTION, (refuted,), ((assumed, met),)
        ))

    def _compound(self, subject: str, claim: Claim, depth: int) -> int:
        """Prove a compound claim as a whole: by a rule, or state it."""
        if depth <= 0:
            return self._state(Fact(subject, claim))
        return self._implied(subject, claim, depth)

    def _chain(self, subject: str, start: Literal, end: Literal, known: int) -> int:
        """From ``start``, which holds by step ``known``, to ``end`` by one or two rules."""
        stations = [self.fresh()] if self._rng.random() < 0.3 else []
        for station in (*stations, end):
            rule = self._state(Rule(Claim((start,)), Claim((station,))))
            known = self._conclude(fact(subject, station), Deduction.IMPLICATION, known, rule)
            start = station
        return known

    # ------------------------------------------------------------------------------------- parts

    def _among(self, wanted: Literal) -> Claim:
        """A conjunction of ``wanted`` and new literals."""
        others = [self.fresh() for _ in range(self._rng.randint(1, self._width - 1))]
        literals = [wanted, *others]
        self._rng.shuffle(literals)
        return Claim(tuple(literals))

    def _shallow(self, depth: int) -> int:
        return self._rng.choice((0, 0, self._rng.randrange(max(depth - 1, 1))))

    def _trait(self, kind: TraitKind) -> Trait:
        if kind is TraitKind.RELATION and (verb := self._words.verb()) is not None:
            return Trait(kind, verb, self._words.name())
        if kind is TraitKind.ADJECTIVE and (adjective := self._words.adjective()) is not None:
            return Trait(kind, adjective)
        return Trait(TraitKind.NOUN, self._words.noun())

    def _state(self, statement: Statement) -> int:
        self.given.append(statement)
        return self._add(Step(statement, Deduction.GIVEN))

    def _conclude(self, statement: Statement, deduction: Deduction, *premises: int) -> int:
        return self._add(Step(statement, deduction, premises))

    def _add(self, step: Step) -> int:
        self.steps.append(step)
        return len(self.steps) - 1
