"""How interesting a derived statement is.

After AGIntRater (Puzis, Gao, Sutcliffe, "Automated Generation of Interesting Theorems", FLAIRS
2006). A statement gets five marks between 0 and 1, and its interest is their mean:

* obviousness (little of it): ``min(1, log2(1 + i) / 6)`` for ``i`` inferences from the axioms;
* weight (little of it): ``2 ** (-max(0, w - 6) / 16)`` for ``w`` symbols and variables, which is
  what there is to be read;
* complexity: ``min(1, s / 4)`` for ``s`` different symbols, which are the notions it is about;
* surprise: of the pairs of its symbols the share that no axiom has together, so that it tells
  something new about how they hang together; 0 for fewer than two symbols;
* usefulness: ``log2(1 + d) / log2(1 + D)`` for ``d`` statements that rest on it, ``D`` being the
  most that rest on any derived one.

Not rated at all is what nobody would call a theorem: axioms, statements too long to be read, and
equations between two arrangements of the same symbols (unless they are as short as a commutative
law).
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from dataclasses import dataclass

from data.saturate.graph import StatementGraph
from data.saturate.statements import Statement
from prover.environments.fol.syntax import Equality, Symbol

MAX_WEIGHT, MAX_VARIABLES = 28, 6
_SHORT = 7
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Rating:
    """The five marks of a statement, each between 0 (dull) and 1."""

    obviousness: float
    weight: float
    complexity: float
    surprise: float
    usefulness: float

    @property
    def interest(self) -> float:
        """The mean of the marks."""
        marks = (self.obviousness, self.weight, self.complexity, self.surprise, self.usefulness)
        return sum(marks) / len(marks)


def rate(graph: StatementGraph) -> dict[int, Rating]:
    """The ratings of the statements that may be interesting, by their numbers."""
    rated = [n for n, s in enumerate(graph.statements) if not graph.is_axiom(n) and _presentable(s)]
    together = _pairs_in_axioms(graph)
    used = {n: graph.descendants[n].bit_count() for n in rated}
    most = max(used.values(), default=0)
    return {n: _rating(graph, n, together, used[n], most) for n in rated}


def interesting(ratings: dict[int, Rating], share: float) -> list[int]:
    """The most interesting ``share`` (0 to 1) of the rated statements, best first."""
    ordered = sorted(ratings, key=lambda n: (-ratings[n].interest, n))
    return ordered[: math.ceil(share * len(ordered))]


def _rating(
    graph: StatementGraph, number: int, together: set[frozenset[Symbol]], used: int, most: int
) -> Rating:
    statement = graph.statements[number]
    pairs = [frozenset(p) for p in itertools.combinations(sorted(statement.symbols), 2)]
    new = sum(pair not in together for pair in pairs)
    return Rating(
        obviousness=min(1.0, math.log2(1 + graph.inferences(number)) / 6),
        weight=2 ** (-max(0, statement.weight - 6) / 16),
        complexity=min(1.0, len(statement.symbols) / 4),
        surprise=new / len(pairs) if pairs else 0.0,
        usefulness=math.log2(1 + used) / math.log2(1 + most) if most else 0.0,
    )


def _pairs_in_axioms(graph: StatementGraph) -> set[frozenset[Symbol]]:
    return {
        frozenset(pair)
        for number in graph.axioms
        for pair in itertools.combinations(sorted(graph.statements[number].symbols), 2)
    }


def _presentable(statement: Statement) -> bool:
    return (
        bool(statement.literals)
        and statement.weight <= MAX_WEIGHT
        and statement.variables <= MAX_VARIABLES
        and not _rearranges(statement)
    )


def _rearranges(statement: Statement) -> bool:
    """Whether this is an equation between two arrangements of the same symbols."""
    match statement.literals:
        case (Equality(left, right),) if statement.weight > _SHORT:
            return Counter(_WORD.findall(str(left))) == Counter(_WORD.findall(str(right)))
        case _:
            return False
