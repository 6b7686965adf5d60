"""Best-first search over the proof graph.

The priority of a node is the log-probability of the path to it, divided by a power of the path's
length: ``sum(log p) / depth ** alpha``. With ``alpha = 0`` this is ReProver's search (Yang et al.,
*LeanDojo*, 2023), which starves deep paths; a positive ``alpha`` is the length normalisation of
BFS-Prover (Xin et al., 2025), which lets long proofs compete.

A node is expanded in rounds: round 0 tries its best tactics, each later round further ones. What
a round is worth is the log-probability of the best tactic that it can still try (partial
expansion, after Yoshizumi, Miura and Ishida, A* with Partial Expansion, 2000), so that a wide
tactic list does not have to be paid for at every node, and an unlikely tactic of a likely state
competes with the likely tactics of an unlikely one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from search.contracts import State
from search.frontier import Frontier
from search.graph import ProofGraph
from search.nodes import Change
from search.strategy import GraphStrategy


class BestFirst(GraphStrategy):
    """Best-first search by ask and tell.

    Args:
        roots: states that must all be proved, or a shared graph.
        alpha: exponent of the length normalisation (0: none).
        foresight: weight of the log-probability of a node's best tactic that is not tried yet
            (0: all tactics are worth the same, as in ReProver).
        expected: what is taken for that log-probability before the first round, and at most.
        widening: log-probability that a node loses with each further round besides.
        value_weight: weight of the states' own value estimates in the priority.
        size_weight: priority lost per doubling of the goal's size: short goals first.
        seed: breaks ties between equal priorities.
    """

    def __init__(
        self, roots: Sequence[State] | ProofGraph, *, alpha: float = 0.25, foresight: float = 1.0,
        expected: float = -1.5, widening: float = 0.25, value_weight: float = 1.0,
        size_weight: float = 0.2, seed: int = 0,
    ) -> None:
        super().__init__(roots, seed=seed)
        self._alpha, self._widening = alpha, widening
        self._foresight, self._expected = foresight, expected
        self._value_weight, self._size_weight = value_weight, size_weight
        self._queue = Frontier(self.graph, self._priority, self._random)
        self._queue.push(self.graph.frontier())

    def _priority(self, number: int) -> float:
        node = self.graph.nodes[number]
        untried = min(node.bound, self._expected)
        log_prob = node.log_prob + self._foresight * untried - self._widening * node.rounds
        bonus = self._value_weight * node.state.value
        bonus -= self._size_weight * max(0, node.state.size).bit_length()
        return log_prob / math.pow(node.depth + 1, self._alpha) + bonus

    def _select(self) -> int | None:
        return self._queue.pop()

    def observe(self, change: Change) -> None:
        self._queue.push(change.ready)

    def _save(self) -> dict[str, Any]:
        return self._queue.save()

    def _load(self, saved: dict[str, Any]) -> None:
        self._queue.load(saved)
