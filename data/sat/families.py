"""Families of formulas at the border of satisfiability.

A family is a stream of groups of clauses that makes any formula unsatisfiable sooner or later.
Its groups are added one by one until that happens: with the last group the formula is
unsatisfiable, without it satisfiable. So both polarities stand exactly at the transition and look
the same; neither the number of clauses nor the family tells them apart (families with few
members are padded with a few random clauses to that end). For random k-SAT the
transition lies near the known thresholds (4.27 clauses a variable for k = 3; Crawford and Auton,
"Experimental results on the crossover point in random 3-SAT", 1996, for its shift at small
sizes).
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from data.sat.formulas import Clause, Cnf
from data.sat.solving import Growing

Group = list[Clause]
Stream = tuple[int, Iterator[Group]]  # the number of variables, the groups

_MAX_GROUPS = 600


@dataclass(frozen=True)
class Instance:
    """A formula with its family and whether it is satisfiable."""

    cnf: Cnf
    family: str
    satisfiable: bool


@dataclass(frozen=True)
class Family:
    """``stream`` takes a size parameter between ``least`` and ``most``."""

    name: str
    meaning: str
    least: int
    most: int
    stream: Callable[[random.Random, int], Stream]
    individual: bool  # whether each instance is a problem of its own, not one of a few in disguise

    def size(self, difficulty: float) -> int:
        """The size parameter for a difficulty between 0 and 1."""
        return round(self.least + difficulty * (self.most - self.least))


def draw(
    family: Family, rng: random.Random, difficulty: float, satisfiable: bool
) -> Instance | None:
    """An instance with the wanted polarity; None if the stream did not get there."""
    size = family.size(difficulty)
    variables, groups = family.stream(rng, size)
    growing, taken = Growing(), []
    for group in itertools.islice(groups, _MAX_GROUPS):
        if growing.satisfiable_with(group):
            taken.append(group)
            continue
        if not satisfiable:
            taken.append(group)
        if not taken:
            return None
        if not family.individual:
            taken += _padding(rng, growing, variables)
        cnf = _disguised(rng, variables, [clause for group in taken for clause in group])
        mark = f"/{rng.getrandbits(48):012x}" if family.individual else f"/{size}"
        return Instance(cnf, f"{family.name}{mark}", satisfiable)
    return None


def _padding(rng: random.Random, growing: Growing, variables: int) -> list[Group]:
    """A few clauses with which a formula that was satisfiable stays so: in a family of few
    formulas the number of clauses would give the polarity away."""
    added: list[Group] = []
    wanted = rng.randint(0, 4)
    for group in itertools.islice(_random_clauses(rng, variables, 2), 100):
        if len(added) == wanted:
            break
        if growing.satisfiable_with(group):
            added.append(group)
    return added


def _disguised(rng: random.Random, variables: int, clauses: list[Clause]) -> Cnf:
    """The formula with its variables renamed and negated and its clauses in another order."""
    names = list(range(1, variables + 1))
    rng.shuffle(names)
    images = [name * rng.choice((1, -1)) for name in names]
    renamed = []
    for clause in dict.fromkeys(tuple(sorted(clause, key=abs)) for clause in clauses):
        literals = [images[abs(lit) - 1] * (1 if lit > 0 else -1) for lit in clause]
        rng.shuffle(literals)
        renamed.append(tuple(literals))
    rng.shuffle(renamed)
    return Cnf(variables, tuple(renamed))


# ------------------------------------------------------------------------------- the streams


def _random_k(k: int) -> Callable[[random.Random, int], Stream]:
    def stream(rng: random.Random, size: int) -> Stream:
        return size, _random_clauses(rng, size, k)

    return stream


def _random_clauses(rng: random.Random, variables: int, k: int) -> Iterator[Group]:
    seen: set[Clause] = set()
    while True:
        chosen = sorted(rng.sample(range(1, variables + 1), k))
        clause = tuple(v * rng.choice((1, -1)) for v in chosen)
        if clause not in seen:
            seen.add(clause)
            yield [clause]


def _horn(rng: random.Random, size: int) -> Stream:
    """Facts, rules of one or two conditions and prohibitions, in random order."""

    def groups() -> Iterator[Group]:
        while True:
            chosen = rng.sample(range(1, size + 1), rng.choice((1, 2, 2, 3, 3)))
            head = chosen[0] if len(chosen) == 1 or rng.random() < 0.8 else -chosen[0]
            yield [(head, *(-v for v in chosen[1:]))]

    return size, groups()


def _parity(rng: random.Random, size: int) -> Stream:
    """Sums of two or three variables modulo 2, each a group of two or four clauses."""

    def groups() -> Iterator[Group]:
        while True:
            chosen = rng.sample(range(1, size + 1), rng.choice((2, 3)))
            odd = rng.random() < 0.5
            # An assignment of the wrong parity is excluded by the clause of its opposites.
            wrong = [bits for bits in itertools.product((0, 1), repeat=len(chosen))
                     if sum(bits) % 2 != odd]  # fmt: skip
            yield [
                tuple(-v if bit else v for v, bit in zip(chosen, bits, strict=True))
                for bits in wrong
            ]

    return size, groups()


def _colouring(rng: random.Random, vertices: int) -> Stream:
    """Three colours for a graph to which edges are added."""
    colours = 3

    def variable(vertex: int, colour: int) -> int:
        return vertex * colours + colour + 1

    def groups() -> Iterator[Group]:
        yield [
            tuple(variable(vertex, colour) for colour in range(colours))
            for vertex in range(vertices)
        ]
        edges = list(itertools.combinations(range(vertices), 2))
        rng.shuffle(edges)
        for a, b in edges:
            yield [(-variable(a, colour), -variable(b, colour)) for colour in range(colours)]

    return vertices * colours, groups()


def _pigeonhole(rng: random.Random, holes: int) -> Stream:
    """One pigeon too many, its clauses in random order."""

    def variable(pigeon: int, hole: int) -> int:
        return pigeon * holes + hole + 1

    clauses: Group = [
        tuple(variable(pigeon, hole) for hole in range(holes)) for pigeon in range(holes + 1)
    ]
    for hole in range(holes):
        for a, b in itertools.combinations(range(holes + 1), 2):
            clauses.append((-variable(a, hole), -variable(b, hole)))
    rng.shuffle(clauses)
    return holes * (holes + 1), iter([[clause] for clause in clauses])


def _counting(rng: random.Random, size: int) -> Stream:
    """At least k + 1 and at most k of the variables hold: clauses of both in random order."""
    k = rng.randint(1, size - 2)
    variables = range(1, size + 1)
    clauses: Group = [tuple(-v for v in some) for some in itertools.combinations(variables, k + 1)]
    clauses += itertools.combinations(variables, size - k)
    rng.shuffle(clauses)
    return size, iter([[clause] for clause in clauses])


def _ordering(rng: random.Random, elements: int) -> Stream:
    """A strict total order in which every element has one below it, in random order."""
    pairs = list(itertools.combinations(range(elements), 2))
    numbers = {pair: n for n, pair in enumerate(pairs, start=1)}

    def below(a: int, b: int) -> int:
        return numbers[a, b] if a < b else -numbers[b, a]

    clauses: Group = [
        tuple(below(other, e) for other in range(elements) if other != e) for e in range(elements)
    ]
    for a, b, c in itertools.permutations(range(elements), 3):
        if a < b and a < c:  # each cycle of three once
            clauses.append((-below(a, b), -below(b, c), -below(c, a)))
    rng.shuffle(clauses)
    return len(pairs), iter([[clause] for clause in clauses])


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("random-2-sat", "random clauses of two literals", 4, 20, _random_k(2), True),
        Family("random-3-sat", "random clauses of three literals", 3, 16, _random_k(3), True),
        Family("random-4-sat", "random clauses of four literals", 4, 9, _random_k(4), True),
        Family("horn", "facts, rules and prohibitions", 4, 20, _horn, True),
        Family("parity", "sums modulo 2", 4, 14, _parity, True),
        Family("colouring", "three colours for a random graph", 4, 8, _colouring, True),
        Family("pigeonhole", "n + 1 pigeons in n holes", 2, 4, _pigeonhole, False),
        Family("counting", "at most k and at least k + 1", 3, 6, _counting, False),
        Family("ordering", "a total order without a least element", 3, 5, _ordering, False),
    )
}
