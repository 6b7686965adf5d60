"""The graph of statements that a saturation gives.

E's derivation has steps that are of no interest as statements: normal forms, renamed variables,
formulas about Skolem functions. The graph leaves them out: a statement's parents are those
statements of the theory's own language from which E derived it, through whatever lay between.
Since what was left out is a consequence of the parents, or introduces symbols that occur neither
in them nor in the conclusion, each statement follows from its parents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import networkx as nx

from data.saturate.statements import Statement, is_tautology, statement_of
from prover.environments.fol.derivation import Derivation, Step
from prover.environments.fol.syntax import Formula, Language, Symbol, symbols


@dataclass(frozen=True)
class StatementGraph:
    """Statements by number, parents before what follows from them. ``names`` are those of the
    axioms; ``parents`` of an axiom are none."""

    statements: tuple[Statement, ...]
    parents: tuple[tuple[int, ...], ...]
    names: dict[int, str]

    @property
    def axioms(self) -> tuple[int, ...]:
        """The numbers of the axioms."""
        return tuple(self.names)

    @cached_property
    def descendants(self) -> tuple[int, ...]:
        """For each statement the set of those that rest on it, as the bits of a number."""
        found = [0] * len(self.statements)
        for number in reversed(range(len(self.statements))):
            for parent in self.parents[number]:
                found[parent] |= found[number] | 1 << number
        return tuple(found)

    @cached_property
    def ancestors(self) -> tuple[int, ...]:
        """For each statement the set of those that it rests on, as the bits of a number."""
        found: list[int] = []
        for above in self.parents:
            found.append(0)
            for parent in above:
                found[-1] |= found[parent] | 1 << parent
        return tuple(found)

    def inferences(self, number: int) -> int:
        """How many statements have to be derived to come from the axioms to this one."""
        return sum(not self.is_axiom(n) for n in members(self.ancestors[number])) + 1

    def is_axiom(self, number: int) -> bool:
        """Whether the statement is one of the axioms."""
        return number in self.names

    def proof(self, number: int) -> nx.DiGraph[int]:
        """The part of the graph that the statement rests on, with an edge from each parent."""
        graph: nx.DiGraph[int] = nx.DiGraph()
        for n in (*members(self.ancestors[number]), number):
            graph.add_node(n)
            graph.add_edges_from((parent, n) for parent in self.parents[n])
        return graph


def members(bits: int) -> Iterator[int]:
    """The numbers whose bits are set, ascending."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def statement_graph(derivation: Derivation) -> StatementGraph:
    """The graph of the statements in ``derivation``."""
    return _Builder(derivation).build()


def in_fixed_order(derivation: Derivation) -> list[Step]:
    """The steps by the length of their derivations, then by a hash of what they say and rest on.

    E prints them in an order that depends on where things lie in its memory, and names them by it.
    """
    depths: dict[str, int] = {}
    hashes: dict[str, bytes] = {}
    for step in derivation.steps:
        depths[step.name] = 1 + max((depths[parent] for parent in step.parents), default=-1)
        text = f"{step.written.formula} {step.rule} {step.leaf}".encode()
        above = b"".join(hashes[parent] for parent in step.parents)
        hashes[step.name] = hashlib.blake2b(text + above, digest_size=12).digest()
    return sorted(derivation.steps, key=lambda step: (depths[step.name], hashes[step.name]))


class _Builder:
    def __init__(self, derivation: Derivation) -> None:
        self._steps = in_fixed_order(derivation)
        self._statements: list[Statement] = []
        self._parents: list[tuple[int, ...]] = []
        self._names: dict[int, str] = {}
        self._numbers: dict[Formula, int] = {}
        self._resolved: dict[str, frozenset[int]] = {}  # what stands for a step of E's

    def build(self) -> StatementGraph:
        leaves = [step for step in self._steps if step.leaf is not None]
        language = frozenset[Symbol]().union(*(symbols(step.formula) for step in leaves))
        for step in leaves:
            self._resolved[step.name] = frozenset({self._leaf(step)})
        for step in self._steps:
            if step.leaf is None:
                self._resolved[step.name] = self._derived(step, language)
        return StatementGraph(tuple(self._statements), tuple(self._parents), self._names)

    def _leaf(self, step: Step) -> int:
        statement = statement_of(step.formula)
        number = self._numbers.get(statement.formula)
        if number is None:
            number = self._add(statement, ())
            self._names[number] = step.leaf or step.name
        return number

    def _derived(self, step: Step, language: frozenset[Symbol]) -> frozenset[int]:
        above = frozenset[int]().union(*(self._resolved[parent] for parent in step.parents))
        if step.written.language is not Language.CNF or not symbols(step.formula) <= language:
            return above
        statement = statement_of(step.formula)
        if is_tautology(statement):
            return frozenset()
        number = self._numbers.get(statement.formula)
        if number is None:
            number = self._add(statement, tuple(sorted(above)))
        return frozenset({number})

    def _add(self, statement: Statement, parents: tuple[int, ...]) -> int:
        number = len(self._statements)
        self._statements.append(statement)
        self._parents.append(parents)
        self._numbers[statement.formula] = number
        return number
