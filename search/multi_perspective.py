"""Multi-perspective selection: several orders of the same frontier take turns.

As in MPS-Prover (Liang et al., 2025): one critic's blind spot must not decide a search, so each
expansion is chosen from another point of view. The perspectives are the critic's value, the
length-normalised log-probability, the pointwise mutual information of tactic and theorem along
the path (as in MITS, 2025; only once a driver reports it), the goals' size, the depth, and the
novelty of the tactic that led to the node.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from search.contracts import State
from search.frontier import Frontier
from search.graph import ProofGraph
from search.nodes import Change
from search.novelty import NoveltyQueue
from search.strategy import GraphStrategy


class MultiPerspective(GraphStrategy):
    """Multi-perspective search by ask and tell.

    A perspective of which the states tell nothing (no values, no mutual information) gets no
    turn.

    Args:
        roots: states that must all be proved, or a shared graph.
        widening: log-probability that a node loses with each further round; in the other
            perspectives, a round counts for one tactic, one doubling of the size, and so on.
        seed: breaks ties.
    """

    def __init__(
        self, roots: Sequence[State] | ProofGraph, *, widening: float = 2.0, seed: int = 0
    ) -> None:
        super().__init__(roots, seed=seed)
        self._widening = widening
        self._turn = 0
        perspectives: dict[str, Callable[[int], float]] = {
            "log_prob": self._log_prob, "value": self._value, "size": self._size,
            "pmi": self._pmi, "depth": self._depth,
        }
        self._informed = {"log_prob", "size", "depth", "novelty"}
        self._novelty = NoveltyQueue(self.graph)
        self._queues: dict[str, Frontier | NoveltyQueue] = {
            name: Frontier(self.graph, priority, self._random)
            for name, priority in perspectives.items()}
        self._queues["novelty"] = self._novelty
        self._push(list(self.graph.frontier()))

    # -- perspectives: greatest first --------------------------------------------------------

    def _log_prob(self, number: int) -> float:
        node = self.graph.nodes[number]
        length = max(1, node.depth + node.rounds)
        return (node.log_prob - self._widening * node.rounds) / math.sqrt(length)

    def _value(self, number: int) -> float:
        node = self.graph.nodes[number]
        return node.state.value - node.rounds

    def _size(self, number: int) -> float:
        node = self.graph.nodes[number]
        return -math.log2(2 + max(0, node.state.size)) - node.rounds

    def _pmi(self, number: int) -> float:
        node = self.graph.nodes[number]
        return node.pmi / max(1, node.depth) - node.rounds

    def _depth(self, number: int) -> float:
        node = self.graph.nodes[number]
        return -node.depth - node.rounds

    # -- turns -------------------------------------------------------------------------------

    def _select(self) -> int | None:
        names = [name for name in self._queues if name in self._informed]
        number = self._queues[names[self._turn % len(names)]].pop()
        self._turn += 1
        if number is not None:
            self._novelty.count(number)
        return number

    def _push(self, numbers: list[int]) -> None:
        nodes = self.graph.nodes
        for name, known in (("value", self._has_value), ("pmi", self._has_pmi)):
            if name not in self._informed and any(known(n) for n in numbers):
                self._informed.add(name)
                self._queues[name].push(n.number for n in nodes if self.graph.expandable(n.number))
        for name in self._queues:
            if name in self._informed:
                self._queues[name].push(numbers)

    def _has_value(self, number: int) -> bool:
        return self.graph.nodes[number].state.value != 0

    def _has_pmi(self, number: int) -> bool:
        return self.graph.nodes[number].pmi != 0

    def observe(self, change: Change) -> None:
        self._push(change.ready)

    def _save(self) -> dict[str, Any]:
        return {"turn": self._turn, "informed": sorted(self._informed),
                "queues": {name: queue.save() for name, queue in self._queues.items()}}

    def _load(self, saved: dict[str, Any]) -> None:
        self._turn, self._informed = saved["turn"], set(saved["informed"])
        for name, queue in self._queues.items():
            queue.load(saved["queues"][name])
