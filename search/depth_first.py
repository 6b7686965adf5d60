"""Depth-first search with iterative deepening.

The most probable tactic is followed first and as deep as the limit allows; when nothing is left
within the limit, the limit grows (Korf, *Depth-first iterative-deepening*, 1985). Further rounds
of a node count as depth, so that wide and deep are explored in step. Nothing is expanded twice:
the graph remembers earlier iterations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from search.contracts import State
from search.graph import ProofGraph
from search.nodes import Change
from search.strategy import GraphStrategy


class DepthFirst(GraphStrategy):
    """Iterative deepening by ask and tell.

    Args:
        roots: states that must all be proved, or a shared graph.
        limit: depth of the first iteration (number of tactics).
        step: by how much the limit grows.
        widening: depth that each further round of a node counts for.
        seed: unused by the order, which is fixed by the log-probabilities.
    """

    def __init__(
        self, roots: Sequence[State] | ProofGraph, *, limit: int = 4, step: int = 2,
        widening: int = 2, seed: int = 0,
    ) -> None:
        super().__init__(roots, seed=seed)
        self._limit, self._step, self._widening = limit, step, widening
        self._stack: list[int] = []
        self._deferred: list[int] = []
        self._push(list(self.graph.frontier()))

    def _price(self, number: int) -> int:
        node = self.graph.nodes[number]
        return node.depth + self._widening * node.rounds

    def _push(self, numbers: list[int]) -> None:
        """Most probable on top; what is too deep waits for a later iteration."""
        for number in sorted(numbers, key=lambda n: self.graph.nodes[n].log_prob):
            deep = self._price(number) > self._limit
            (self._deferred if deep else self._stack).append(number)

    def _select(self) -> int | None:
        while self._stack or self._deferred:
            while self._stack:
                number = self._stack.pop()
                if not self.graph.expandable(number):
                    continue
                if self._price(number) <= self._limit:
                    return number
                self._deferred.append(number)
            if not self._deepen():
                return None
        return None

    def _deepen(self) -> bool:
        waiting = [n for n in dict.fromkeys(self._deferred) if self.graph.expandable(n)]
        self._deferred = []
        if not waiting:
            return False
        while self._limit < min(map(self._price, waiting)):
            self._limit += self._step
        self._push(waiting)
        return True

    def observe(self, change: Change) -> None:
        again = [n for n in change.ready if n == change.source]
        self._push(again)
        self._push([n for n in change.ready if n != change.source])

    def _save(self) -> dict[str, Any]:
        return {"limit": self._limit, "stack": list(self._stack),
                "deferred": list(self._deferred)}

    def _load(self, saved: dict[str, Any]) -> None:
        self._limit = saved["limit"]
        self._stack, self._deferred = list(saved["stack"]), list(saved["deferred"])
