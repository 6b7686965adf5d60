"""Best-first search over the proof graph.

The priority of a node is the log-probability of the path to it, divided by a power of the path's
length: ``sum(log p) / depth ** alpha``. With ``alpha = 0`` this is ReProver's search (Yang et al.,
*LeanDojo*, 2023), which starves deep paths; a positive ``alpha`` is the length normalisation of
BFS-Prover (Xin et al., 2025), which lets long proofs compete.

A node is expanded in rounds: round 0 tries its best tactics, each later round further ones at a
lower priority, so that a wide tactic list does not have to be paid for at every node.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Sequence

from search.contracts import Expansion, Outcome, ProofTree, State
from search.graph import ProofGraph, Status


class BestFirst:
    """Best-first search by ask and tell.

    Args:
        roots: states that must all be proved.
        alpha: exponent of the length normalisation (0: none).
        widening: log-probability that a node loses with each further round.
        value_weight: weight of the states' own value estimates in the priority.
        size_weight: priority lost per doubling of the goal's size: short goals first.
        seed: breaks ties between equal priorities.
    """

    def __init__(
        self, roots: Sequence[State], *, alpha: float = 0.5, widening: float = 2.0,
        value_weight: float = 1.0, size_weight: float = 0.2, seed: int = 0,
    ) -> None:
        self.graph = ProofGraph(roots)
        self._alpha, self._widening = alpha, widening
        self._value_weight, self._size_weight = value_weight, size_weight
        self._random = random.Random(seed)
        self._pending: set[int] = set()
        self._rounds: dict[int, int] = {}
        self._queue: list[tuple[float, float, int, int]] = []
        for root in dict.fromkeys(self.graph.roots):
            self._push(root)

    def _priority(self, number: int) -> float:
        node = self.graph.nodes[number]
        round_ = self._rounds.get(number, 0)
        log_prob = node.log_prob - self._widening * round_
        bonus = self._value_weight * node.state.value
        bonus -= self._size_weight * max(0, node.state.size).bit_length()
        return log_prob / math.pow(max(1, node.depth + round_), self._alpha) + bonus

    def _push(self, number: int) -> None:
        entry = (-self._priority(number), self._random.random(), number,
                 self._rounds.get(number, 0))
        heapq.heappush(self._queue, entry)

    def ask(self, n: int) -> list[Expansion]:
        """At most ``n`` of the most promising states that still matter to a root."""
        chosen: list[Expansion] = []
        while self._queue and len(chosen) < n and not self.graph.proved:
            _, _, number, round_ = heapq.heappop(self._queue)
            node = self.graph.nodes[number]
            # A node is queued again when a better path to it turns up; older entries are stale.
            if number in self._pending or node.complete or round_ != self._rounds.get(number, 0):
                continue
            if not self.graph.relevant(number):
                continue
            self._pending.add(number)
            chosen.append(Expansion(number, node.state, node.depth, round_))
        return chosen

    def tell(self, expansion: Expansion, outcomes: Sequence[Outcome], *, more: bool) -> None:
        """Record the outcomes of one expansion and queue what they lead to."""
        self._pending.discard(expansion.node)
        improved = self.graph.add(expansion.node, outcomes)
        self._rounds[expansion.node] = expansion.round + 1
        if more:
            self._push(expansion.node)
        else:
            self.graph.mark_complete(expansion.node)
        for number in improved:
            if self.graph.nodes[number].status is Status.OPEN:
                self._push(number)

    @property
    def solution(self) -> tuple[ProofTree, ...] | None:
        """One proof tree for each root, once all are proved."""
        return self.graph.proof_trees() if self.graph.proved else None

    @property
    def exhausted(self) -> bool:
        """Nothing is left to expand and nothing is pending."""
        if self._pending or self.graph.proved:
            return False
        if self.graph.refuted:
            return True
        return not any(
            number not in self._pending
            and not self.graph.nodes[number].complete
            and round_ == self._rounds.get(number, 0)
            and self.graph.relevant(number)
            for _, _, number, round_ in self._queue
        )
