"""Beam search: level by level, only the most probable states of each level are pursued.

When the beam runs empty without a proof, or has gone too many levels down, the width is doubled
and the search goes on from the best of what was left aside, so that it gives up nothing for good
(Zhang, *Complete anytime beam search*, AAAI 1998). What was expanded before is known in the graph
and is not paid for again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from search.contracts import State
from search.frontier import Frontier
from search.graph import ProofGraph
from search.nodes import Change
from search.strategy import GraphStrategy


class Beam(GraphStrategy):
    """Beam search by ask and tell.

    Args:
        roots: states that must all be proved, or a shared graph.
        width: number of states of each level that are expanded at first.
        levels: number of levels before the beam is widened.
        widening: log-probability that a node loses with each further round.
        value_weight: weight of the states' value estimates.
        seed: breaks ties.
    """

    def __init__(
        self, roots: Sequence[State] | ProofGraph, *, width: int = 8, levels: int = 32,
        widening: float = 2.0, value_weight: float = 1.0, seed: int = 0,
    ) -> None:
        super().__init__(roots, seed=seed)
        self._width, self._widening, self._value_weight = width, widening, value_weight
        self._levels, self._gone = levels, 0
        self._aside = Frontier(self.graph, self._priority, self._random)
        self._level: list[int] = list(self.graph.frontier())
        self._next: list[int] = []
        self._waiting: set[int] = set()

    def _priority(self, number: int) -> float:
        node = self.graph.nodes[number]
        log_prob = node.log_prob - self._widening * node.rounds
        return log_prob + self._value_weight * node.state.value

    def _select(self) -> int | None:
        while True:
            while self._level:
                number = self._level.pop()
                if self.graph.expandable(number):
                    self._waiting.add(number)
                    return number
            if self._waiting or not self._descend():
                return None

    def _descend(self) -> bool:
        """Make the best of the next level, or of what was left aside, the beam."""
        nodes = dict.fromkeys(n for n in self._next if self.graph.expandable(n))
        ranked = sorted(nodes, key=self._priority)
        self._next = []
        self._gone += 1
        if ranked and self._gone < self._levels:
            self._level = ranked[-self._width :]
            self._aside.push(ranked[: -self._width])
            return True
        self._aside.push(ranked)
        self._width, self._gone = 2 * self._width, 0
        while len(self._level) < self._width and (number := self._aside.pop()) is not None:
            self._level.append(number)
        self._level.reverse()
        return bool(self._level)

    def observe(self, change: Change) -> None:
        self._waiting.discard(change.source)
        again = [n for n in change.ready if n == change.source]
        self._aside.push(again)
        self._next += [n for n in change.ready if n != change.source]

    def _save(self) -> dict[str, Any]:
        return {"width": self._width, "gone": self._gone, "aside": self._aside.save(),
                "level": list(self._level), "next": list(self._next),
                "waiting": sorted(self._waiting)}

    def _load(self, saved: dict[str, Any]) -> None:
        self._width, self._gone = saved["width"], saved["gone"]
        self._level, self._next = list(saved["level"]), list(saved["next"])
        self._aside.load(saved["aside"])
        self._waiting = set(saved["waiting"])
