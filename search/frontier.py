"""A queue of expandable nodes by priority, updated lazily.

A node is pushed again whenever its priority may have changed; entries that have become stale
(the node is pending, finished, irrelevant, or has been expanded since) are dropped when they
come up. So a push costs a logarithm and nothing is ever searched.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable
from typing import Any

from search.graph import ProofGraph


class Frontier:
    """Expandable nodes of ``graph``, greatest ``priority(number)`` first.

    Args:
        tie: breaks ties at random; without it, the node pushed first wins.
    """

    def __init__(
        self, graph: ProofGraph, priority: Callable[[int], float],
        tie: random.Random | None = None,
    ) -> None:
        self._graph, self._priority, self._tie = graph, priority, tie
        self._heap: list[tuple[float, float, int, int]] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._heap)

    def push(self, numbers: Iterable[int]) -> None:
        """Queue nodes, or queue them again at their present priority."""
        for number in numbers:
            self._serial += 1
            tie = self._tie.random() if self._tie else self._serial
            entry = (-self._priority(number), tie, number, self._graph.nodes[number].rounds)
            heapq.heappush(self._heap, entry)

    def pop(self) -> int | None:
        """Take out the best node that is still expandable; ``None`` when there is none."""
        while self._heap:
            _, _, number, rounds = heapq.heappop(self._heap)
            if rounds == self._graph.nodes[number].rounds and self._graph.expandable(number):
                return number
        return None

    def save(self) -> dict[str, Any]:
        """The queue, for JSON."""
        return {"heap": [list(entry) for entry in self._heap], "serial": self._serial}

    def load(self, saved: dict[str, Any]) -> None:
        """Restore what `save` returned."""
        self._heap = [(p, tie, n, r) for p, tie, n, r in saved["heap"]]
        self._serial = saved["serial"]
