"""Closed worlds: what is neither stated nor follows is false (as in ProofWriter).

The rules may have negative conditions (negation as failure). Traits come in levels, and the
conditions of a rule lie on lower levels than its conclusion, so the world has exactly one
supported model, its perfect model (Apt, Blair and Walker, "Towards a theory of declarative
knowledge", 1988), which is also the only Herbrand model of its completion (Clark, "Negation as
failure", 1978). The label is read off the model, and a prover confirms it from the completion
with the axioms that the named things differ and are all there are.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field

from data.ontology.derivations import Deduction, Proof, Step
from data.ontology.statements import (
    Claim,
    Literal,
    Neighbour,
    Rule,
    Statement,
    Trait,
    TraitKind,
    constant,
    fact,
    verb_symbol,
)
from data.ontology.vocabulary import Words
from data.ontology.worlds import Label, Shape, World
from prover.environments.fol.syntax import (
    Binary,
    Connective,
    Equality,
    Formula,
    Not,
    Predicate,
    Variable,
    conjunction,
    disjunction,
    forall,
)

_NEIGHBOUR_SHARE, _NEGATIVE_SHARE = 0.2, 0.3
_THINGS = (2, 4)


@dataclass
class _Program:
    """Facts and rules over traits in levels, and their perfect model."""

    things: list[str]
    verb: str
    levels: list[list[Trait]]
    related: list[tuple[str, str]] = field(default_factory=list)
    stated: dict[tuple[str, Trait], None] = field(default_factory=dict)
    rules: list[tuple[Rule, Trait]] = field(default_factory=list)
    # Why an atom holds: the rule and, for a neighbour condition, the neighbour.
    reasons: dict[tuple[str, Trait], tuple[Rule, str | None] | None] = field(default_factory=dict)

    def statements(self) -> list[Statement]:
        link = {pair: Literal(Trait(TraitKind.RELATION, self.verb, pair[1]))
                for pair in self.related}  # fmt: skip
        facts = [fact(thing, Literal(trait)) for thing, trait in self.stated]
        facts += [fact(pair[0], literal) for pair, literal in link.items()]
        return [*facts, *(rule for rule, _ in self.rules)]

    def saturate(self) -> None:
        """Compute the perfect model, level by level: the rules are in the order of levels."""
        self.reasons = dict.fromkeys(self.stated)
        heads = dict.fromkeys(trait for _, trait in self.rules)
        for trait in heads:
            for thing in self.things:
                for rule, head in self.rules:
                    if head == trait and (thing, trait) not in self.reasons:
                        self._fire(rule, trait, thing)

    def _fire(self, rule: Rule, trait: Trait, thing: str) -> None:
        for one in self.candidates(thing, rule):
            if self.meets(one, _claim(rule)):
                self.reasons[thing, trait] = (rule, one if one != thing else None)
                return

    def candidates(self, thing: str, rule: Rule) -> list[str]:
        """What the condition of ``rule`` may be met by: the thing, or its neighbours."""
        if isinstance(rule.condition, Claim):
            return [thing]
        return [b for a, b in self.related if a == thing]

    def meets(self, thing: str, claim: Claim) -> bool:
        """Whether the traits found so far meet ``claim``."""
        return all(((thing, lit.trait) in self.reasons) is lit.positive for lit in claim.literals)


def closed_world(
    rng: random.Random, shape: Shape, label: Label, *, holds: bool
) -> World | None:
    """A world in which the query has ``label`` (true or false), its trait lies as many levels up
    as the shape is deep, and the thing has that trait exactly if it ``holds``; None if this draw
    has no such query. Of several, one that takes the most steps to settle is asked."""
    words = Words(rng)
    program = _program(rng, shape, words)
    program.saturate()
    asked = [
        (thing, trait) for thing in program.things for trait in program.levels[-1]
        if ((thing, trait) in program.reasons) is holds
    ]  # fmt: skip
    if not asked:
        return None
    depths = _Depths(program)
    depth = max(depths.of(*atom) for atom in asked)
    if depth == 0:  # no rule concludes it
        return None
    thing, trait = rng.choice([atom for atom in asked if depths.of(*atom) == depth])
    proof = _Explanation(program).proof(thing, Literal(trait, holds))
    query = fact(thing, Literal(trait, holds is (label is Label.TRUE)))
    return World(
        tuple(program.statements()), query, label, proof, words.lexicon(),
        tuple(_completion(program)), depth, f"closed/{_family(program)}",
    )  # fmt: skip


def _program(rng: random.Random, shape: Shape, words: Words) -> _Program:
    things = [words.name() for _ in range(rng.randint(*_THINGS))]
    levels = [[_trait(rng, words) for _ in range(shape.width + (n == 0))]
              for n in range(shape.depth + 1)]  # fmt: skip
    program = _Program(things, words.verb() or "", levels)
    pairs = list(itertools.permutations(things, 2))
    program.related = rng.sample(pairs, rng.randint(1, min(3, len(pairs))))
    for thing, trait in itertools.product(things, levels[0]):
        if rng.random() < 0.5:
            program.stated[thing, trait] = None
    for number in range(1, len(levels)):
        for trait in levels[number]:
            for _ in range(rng.choice((1, 1, 2))):
                condition = _condition(rng, program, number, shape.width)
                program.rules.append((Rule(condition, Claim((Literal(trait),))), trait))
    for _ in range(shape.distractors):
        _distract(rng, program, words)
    return program


def _condition(
    rng: random.Random, program: _Program, level: int, width: int
) -> Claim | Neighbour:
    """A condition from below ``level``, its first literal from just below."""
    traits = [rng.choice(program.levels[level - 1])]
    traits += [
        rng.choice(program.levels[rng.randrange(level)]) for _ in range(rng.randint(0, width - 1))
    ]
    literals = [
        Literal(trait, rng.random() >= _NEGATIVE_SHARE) for trait in dict.fromkeys(traits)
    ]
    if rng.random() < _NEIGHBOUR_SHARE:
        return Neighbour(program.verb, Claim(tuple(literals[:1])))
    return Claim(tuple(literals))


def _distract(rng: random.Random, program: _Program, words: Words) -> None:
    """A fact or rule about a trait on which nothing else depends."""
    trait = _trait(rng, words)
    if rng.random() < 0.5:
        program.stated[rng.choice(program.things), trait] = None
    else:
        condition = _condition(rng, program, len(program.levels), 2)
        program.rules.append((Rule(condition, Claim((Literal(trait),))), trait))


def _trait(rng: random.Random, words: Words) -> Trait:
    if rng.random() < 0.6 and (adjective := words.adjective()) is not None:
        return Trait(TraitKind.ADJECTIVE, adjective)
    return Trait(TraitKind.NOUN, words.noun())


class _Depths:
    """How many rules in sequence settle whether a thing has a trait."""

    def __init__(self, program: _Program) -> None:
        self._program = program
        self._known: dict[tuple[str, Trait], int] = {}

    def of(self, thing: str, trait: Trait) -> int:
        """For what holds, the rules of its proof; for what does not, those that must be seen to
        fail, each at the first of its conditions to do so."""
        if (thing, trait) not in self._known:
            self._known[thing, trait] = self._computed(thing, trait)
        return self._known[thing, trait]

    def _computed(self, thing: str, trait: Trait) -> int:
        program = self._program
        if (thing, trait) in program.reasons:
            reason = program.reasons[thing, trait]
            if reason is None:
                return 0
            rule, other = reason
            return 1 + max(self.of(other or thing, lit.trait) for lit in _claim(rule).literals)
        failures = [
            min((self.of(one, lit.trait) for lit in _claim(rule).literals
                 if not program.meets(one, Claim((lit,)))), default=0)
            for rule, head in program.rules if head == trait
            for one in program.candidates(thing, rule)
        ]  # fmt: skip
        return 1 + max(failures) if failures else 0


def _claim(rule: Rule) -> Claim:
    """What a rule asks of the thing, or of its neighbour."""
    return rule.condition if isinstance(rule.condition, Claim) else rule.condition.claim


# ------------------------------------------------------------------------------------- the proof


class _Explanation:
    """Why a literal holds in the perfect model, step by step."""

    def __init__(self, program: _Program) -> None:
        self._program = program
        self._steps: list[Step] = []
        self._known: dict[Statement, int] = {}

    def proof(self, thing: str, literal: Literal) -> Proof:
        self._literal(thing, literal)
        return Proof(tuple(self._steps))

    def _literal(self, thing: str, literal: Literal) -> int:
        shown = fact(thing, literal)
        if shown in self._known:
            return self._known[shown]
        if not literal.positive:
            return self._add(Step(shown, Deduction.CLOSED_WORLD))
        reason = self._program.reasons[thing, literal.trait]
        if reason is None:
            return self._add(Step(shown, Deduction.GIVEN))
        rule, other = reason
        needed = []
        if other is not None:
            link = Literal(Trait(TraitKind.RELATION, self._program.verb, other))
            needed.append(self._add(Step(fact(thing, link), Deduction.GIVEN)))
        parts = [self._literal(other or thing, part) for part in _claim(rule).literals]
        needed += parts
        needed.append(self._add(Step(rule, Deduction.GIVEN)))
        return self._add(Step(shown, Deduction.IMPLICATION, tuple(needed)))

    def _add(self, step: Step) -> int:
        if step.statement not in self._known:
            self._known[step.statement] = len(self._steps)
            self._steps.append(step)
        return self._known[step.statement]


# -------------------------------------------------------------------------------- the completion


def _completion(program: _Program) -> list[Formula]:
    """Clark's completion, with the axioms that things differ and that there are no others."""
    x, y = Variable("X"), Variable("Y")
    terms = [constant(thing) for thing in program.things]
    found: list[Formula] = [Not(Equality(a, b)) for a, b in itertools.combinations(terms, 2)]
    found.append(forall(["X"], disjunction(Equality(x, term) for term in terms)))
    pairs = [
        conjunction([Equality(x, constant(a)), Equality(y, constant(b))])
        for a, b in program.related
    ]
    related = Predicate(verb_symbol(program.verb), (x, y))
    found.append(forall(["X", "Y"], Binary(Connective.IFF, related, disjunction(pairs))))
    traits = dict.fromkeys([
        *(trait for level in program.levels for trait in level),
        *(trait for _, trait in program.stated), *(head for _, head in program.rules),
    ])  # fmt: skip
    for trait in traits:
        reasons: list[Formula] = [
            Equality(x, constant(thing)) for thing, t in program.stated if t == trait
        ]
        reasons += [rule.condition.of(x) for rule, head in program.rules if head == trait]
        found.append(forall(["X"], Binary(Connective.IFF, trait.of(x), disjunction(reasons))))
    return found


def _family(program: _Program) -> str:
    """The form of the rules: how each level rests on those below."""
    place = {trait: n for n, level in enumerate(program.levels) for trait in level}
    forms = []
    for rule, head in program.rules:
        if head in place:
            near = "n" if isinstance(rule.condition, Neighbour) else ""
            signs = sorted(
                f"{'' if lit.positive else '~'}{place[lit.trait]}" for lit in _claim(rule).literals
            )
            forms.append(f"{place[head]}<{near}{'+'.join(signs)}")
    return ";".join(sorted(forms))
