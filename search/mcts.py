"""Monte-Carlo tree search over the AND/OR graph, with PUCT and values backed up through AND.

HyperTree Proof Search (Lample et al., 2022): each simulation selects a *hypertree*. From the
roots down, one tactic is chosen at every open node by PUCT (Silver et al., *AlphaZero*, 2017) and
all the states that it leaves are followed, until unexpanded nodes are reached. These are
expanded, and the value of a tactic, the product of the values of its states, is backed up.

Different from the paper: trying further tactics on a node is one more thing that PUCT may
choose there, so the width of a node grows with what it promises; where there is no critic,
values come from the goals' sizes (`search.estimates`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from search.contracts import State
from search.estimates import all_likely, likelihood, policy
from search.frontier import Frontier
from search.graph import ProofGraph
from search.nodes import Change, Edge, Node, Status
from search.strategy import GraphStrategy


@dataclass(slots=True)
class _Arm:
    """Statistics of one choice at one node; ``virtual`` counts simulations under way."""

    visits: int = 0
    total: float = 0.0
    virtual: int = 0


_UNVISITED = _Arm()


@dataclass(slots=True)
class _Simulation:
    """A hypertree.

    ``choices`` maps its nodes, in order of discovery, to what was chosen there (see `_key`);
    ``cyclic`` are the edges that led back to a node above them; ``waiting`` are the leaves that
    are not answered yet.
    """

    choices: dict[int, int] = field(default_factory=dict)
    cyclic: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)


class MonteCarloTreeSearch(GraphStrategy):
    """Monte-Carlo tree search by ask and tell.

    Args:
        roots: states that must all be proved, or a shared graph.
        exploration: PUCT's constant.
        widening: how fast further rounds of a node lose weight (`search.estimates.policy`).
        seed: breaks ties among the nodes that are taken when simulations find none.
    """

    # A simulation may end in nodes that are proved or pending, or on a cycle; after so many of
    # these in a row the most probable expandable node is taken.
    _ATTEMPTS = 8

    def __init__(
        self, roots: Sequence[State] | ProofGraph, *, exploration: float = 1.0,
        widening: float = 1.0, seed: int = 0,
    ) -> None:
        super().__init__(roots, seed=seed)
        self._exploration, self._widening = exploration, widening
        self._arms: dict[int, _Arm] = {}
        self._simulations: list[_Simulation] = []
        self._leaves: list[int] = []
        self._fallback = Frontier(
            self.graph, lambda n: self.graph.nodes[n].log_prob, self._random)
        self._fallback.push(self.graph.frontier())

    # -- selection ---------------------------------------------------------------------------

    def _select(self) -> int | None:
        for _ in range(self._ATTEMPTS):
            while self._leaves:
                number = self._leaves.pop()
                if self.graph.expandable(number):
                    return number
                if not self.graph.nodes[number].pending:
                    self._answered(number)
            simulation = self._simulate()
            self._simulations.append(simulation)
            self._leaves = [n for n in simulation.waiting if self.graph.expandable(n)]
            if not simulation.waiting:
                self._back_up_finished()
        return self._fallback.pop()

    def _simulate(self) -> _Simulation:
        """Select a hypertree and count it as under way."""
        nodes, simulation = self.graph.nodes, _Simulation()
        above: dict[int, int] = {}
        stack = list(reversed(self.graph.roots))
        while stack:
            number = stack.pop()
            if number in simulation.choices or nodes[number].status is not Status.OPEN:
                continue
            edge = self._choose(nodes[number])
            key = simulation.choices[number] = _key(number, edge)
            self._arms.setdefault(key, _Arm()).virtual += 1
            if edge is None:
                simulation.waiting.append(number)
                continue
            for child in reversed(edge.children):
                if child not in simulation.choices:
                    above[child] = number
                    stack.append(child)
                elif _leads_up(above, number, child):
                    simulation.cyclic.append(edge.number)
        return simulation

    def _choose(self, node: Node) -> Edge | None:
        """PUCT: the tactic to follow, or ``None`` to try further ones."""
        options = policy(node, self._widening)
        if len(options) == 1:
            return options[0][0]
        arms = [self._arms.get(_key(node.number, edge), _UNVISITED) for edge, _ in options]
        visits = sum(arm.visits + arm.virtual for arm in arms)
        scale = self._exploration * math.sqrt(1 + visits)
        best, chosen = -1.0, options[0][0]
        for (edge, prior), arm in zip(options, arms, strict=True):
            count = arm.visits + arm.virtual
            value = arm.total / count if count else self._promise(node, edge)
            score = value + scale * prior / (1 + count)
            if score > best:
                best, chosen = score, edge
        return chosen

    def _promise(self, node: Node, edge: Edge | None) -> float:
        """The value of a choice that was never taken."""
        if edge is None:
            return likelihood(node.state) / (1 + node.rounds)
        return all_likely(self.graph.nodes, edge.children)

    # -- back-up -----------------------------------------------------------------------------

    def observe(self, change: Change) -> None:
        self._fallback.push(change.ready)
        self._answered(change.source)

    def _answered(self, number: int) -> None:
        """A leaf needs no waiting for any more."""
        for simulation in self._simulations:
            if number in simulation.waiting:
                simulation.waiting.remove(number)
        self._back_up_finished()

    def _back_up_finished(self) -> None:
        for simulation in self._simulations:
            if not simulation.waiting:
                self._back_up(simulation)
        self._simulations = [s for s in self._simulations if s.waiting]

    def _back_up(self, simulation: _Simulation) -> None:
        """Give every choice of a hypertree the value that it led to."""
        values: dict[int, float] = {}
        for number, key in reversed(simulation.choices.items()):
            node, arm = self.graph.nodes[number], self._arms[key]
            if node.status is not Status.OPEN:
                value = float(node.status is Status.PROVED)
            elif key < 0:
                value = max((self._promise(node, edge) for edge in node.edges), default=0.0)
            else:
                value = self._value(self.graph.edges[key], simulation, values)
            values[number] = value
            arm.visits, arm.total, arm.virtual = arm.visits + 1, arm.total + value, arm.virtual - 1

    def _value(self, edge: Edge, simulation: _Simulation, values: dict[int, float]) -> float:
        if edge.dead or edge.number in simulation.cyclic:
            return 0.0
        product = 1.0
        for child in edge.children:
            known = values.get(child)
            product *= all_likely(self.graph.nodes, (child,)) if known is None else known
        return product

    # -- saving ------------------------------------------------------------------------------

    def _save(self) -> dict[str, Any]:
        return {
            "arms": [[key, a.visits, a.total, a.virtual] for key, a in self._arms.items()],
            "simulations": [[list(s.choices.items()), list(s.cyclic), list(s.waiting)]
                            for s in self._simulations],
            "leaves": list(self._leaves),
            "fallback": self._fallback.save(),
        }

    def _load(self, saved: dict[str, Any]) -> None:
        self._arms = {key: _Arm(*counts) for key, *counts in saved["arms"]}
        self._simulations = [
            _Simulation(dict(choices), list(cyclic), list(waiting))
            for choices, cyclic, waiting in saved["simulations"]]
        self._leaves = list(saved["leaves"])
        self._fallback.load(saved["fallback"])


def _key(number: int, edge: Edge | None) -> int:
    """A choice as a number: that of the edge, or a negative one for further tactics."""
    return ~number if edge is None else edge.number


def _leads_up(above: dict[int, int], number: int, target: int) -> bool:
    """Whether ``target`` is on the path by which ``number`` was discovered."""
    current: int | None = number
    while current is not None and current != target:
        current = above.get(current)
    return current is not None
