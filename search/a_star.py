"""A* over the proof graph: the tactics spent so far plus an estimate of those still needed.

Hart, Nilsson and Raphael, *A formal basis for the heuristic determination of minimum cost paths*
(1968). What a path has left open beside itself belongs to the price: when a tactic splits a goal
in two, both halves must be proved, so the estimate of a node includes the open siblings that were
left along its path.

The estimate is no lower bound, so the first proof need not be the shortest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from search.contracts import State
from search.estimates import steps_around
from search.frontier import Frontier
from search.graph import ProofGraph
from search.nodes import Change
from search.strategy import GraphStrategy


class AStar(GraphStrategy):
    """A* by ask and tell.

    Args:
        roots: states that must all be proved, or a shared graph.
        surprise: price of a tactic beyond 1, per nat of its improbability.
        greed: weight of the estimate of the steps to go (1: plain A*).
        widening: price of each further round of a node.
        seed: breaks ties.
    """

    def __init__(
        self, roots: Sequence[State] | ProofGraph, *, surprise: float = 0.5, greed: float = 1.5,
        widening: float = 2.0, seed: int = 0,
    ) -> None:
        super().__init__(roots, seed=seed)
        self._surprise, self._greed, self._widening = surprise, greed, widening
        self._queue = Frontier(self.graph, self._priority, self._random)
        self._queue.push(self.graph.frontier())

    def _priority(self, number: int) -> float:
        node = self.graph.nodes[number]
        spent = node.depth - self._surprise * node.log_prob + self._widening * node.rounds
        return -spent - self._greed * steps_around(self.graph.nodes, node)

    def _select(self) -> int | None:
        return self._queue.pop()

    def observe(self, change: Change) -> None:
        self._queue.push(change.ready)

    def _save(self) -> dict[str, Any]:
        return self._queue.save()

    def _load(self, saved: dict[str, Any]) -> None:
        self._queue.load(saved)
