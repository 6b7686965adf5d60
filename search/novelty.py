"""A queue of expandable nodes in which tactics that were seldom followed come first.

The order changes with every expansion, for all nodes behind the same tactic at once. So the nodes
wait in a line for each tactic, and the heap holds lines, not nodes.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterable
from typing import Any

from search.graph import ProofGraph


class NoveltyQueue:
    """Expandable nodes of ``graph``, fewest expansions behind the tactic that led to them first."""

    def __init__(self, graph: ProofGraph) -> None:
        self._graph = graph
        self._taken: Counter[str] = Counter()
        self._lines: dict[str, deque[tuple[int, int]]] = {}
        self._heap: list[tuple[int, int, str]] = []
        self._serial = 0

    def push(self, numbers: Iterable[int]) -> None:
        """Put nodes at the ends of their lines."""
        for number in numbers:
            tactic = self._tactic(number)
            line = self._lines.setdefault(tactic, deque())
            line.append((number, self._graph.nodes[number].rounds))
            if len(line) == 1:
                self._offer(tactic)

    def pop(self) -> int | None:
        """Take out a node that is still expandable; ``None`` when there is none.

        Each node that is expanded must be reported to `count`, whoever chose it.
        """
        while self._heap:
            taken, _, tactic = heapq.heappop(self._heap)
            line = self._lines[tactic]
            while line and taken == self._taken[tactic]:  # else there is a newer entry
                number, rounds = line.popleft()
                current = rounds == self._graph.nodes[number].rounds
                if current and self._graph.expandable(number):
                    return number
        return None

    def count(self, number: int) -> None:
        """Note that a node is expanded."""
        tactic = self._tactic(number)
        self._taken[tactic] += 1
        if self._lines.get(tactic):
            self._offer(tactic)

    def _tactic(self, number: int) -> str:
        via = self._graph.nodes[number].via
        return "" if via is None else via.tactic

    def _offer(self, tactic: str) -> None:
        self._serial += 1
        heapq.heappush(self._heap, (self._taken[tactic], self._serial, tactic))

    def save(self) -> dict[str, Any]:
        """The queue, for JSON."""
        return {"taken": dict(self._taken), "serial": self._serial,
                "lines": {tactic: [list(entry) for entry in line]
                          for tactic, line in self._lines.items()},
                "heap": [list(entry) for entry in self._heap]}

    def load(self, saved: dict[str, Any]) -> None:
        """Restore what `save` returned."""
        self._taken, self._serial = Counter(saved["taken"]), saved["serial"]
        self._lines = {tactic: deque((number, rounds) for number, rounds in line)
                       for tactic, line in saved["lines"].items()}
        self._heap = [(taken, serial, tactic) for taken, serial, tactic in saved["heap"]]
