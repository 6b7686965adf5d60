"""Where the rules of a library can be used on a statement."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from data.mutate.discrimination import matches
from data.mutate.rules import Rule, Rules, Telescope, Use
from data.mutate.terms import Free, Term, subterms

_A_TURN = 2  # mutations with the same theorem before it is the turn of others


@dataclass(frozen=True)
class Mutation:
    """``rule`` used on the conclusion of a statement, or on the hypothesis number ``place``."""

    rule: Rule
    place: int | None


def mutations(rules: Rules, telescope: Telescope, exclude: Container[str | None]) -> list[Mutation]:
    """All mutations of a statement that may succeed, in a fixed order; without those by theorems
    that are in ``exclude``."""
    found = dict.fromkeys(_all(rules, telescope))
    return [mutation for mutation in found if mutation.rule.name not in exclude]


def ranked(found: Sequence[Mutation], rng: random.Random) -> list[Mutation]:
    """The mutations in a random order; the more specific a rule, the sooner. The third and later
    ones with the same theorem come after all others."""
    # Weighted sampling without replacement: Efraimidis and Spirakis, IPL 2006.
    order = sorted(found, key=lambda m: rng.random() ** (1 / m.rule.specificity), reverse=True)
    uses: Counter[str] = Counter()
    turns = []
    for mutation in order:
        turns.append(uses[mutation.rule.name] // _A_TURN)
        uses[mutation.rule.name] += 1
    return [order[n] for n in sorted(range(len(order)), key=turns.__getitem__)]


def _all(rules: Rules, telescope: Telescope) -> Iterator[Mutation]:
    places: list[tuple[int | None, Term]] = [(None, telescope.conclusion)]
    places += [(n, telescope.parameters[n].type) for n in telescope.free_hypotheses]
    for place, proposition in places:
        for term in dict.fromkeys(subterms(proposition)):
            if isinstance(term, Free):
                continue
            for rule in rules.rewriting(term):
                if matches(rules.library, rule.pattern, term, {}):
                    yield Mutation(rule, place)
        lookup = rules.assuming if place is None else rules.concluding
        for rule in lookup(proposition):
            if matches(rules.library, rule.pattern, proposition, {}):
                assert rule.use in (Use.ANTECEDENTS, Use.CONSEQUENCE)
                yield Mutation(rule, place)
