"""A portfolio: several strategies on one graph; the budget moves to the one that progresses.

What one strategy learns all others see, because the graph is shared. Which strategy chooses the
next expansion is a bandit problem whose rewards drift as the search goes on: discounted UCB
(Garivier and Moulines, *On upper-confidence bound policies for switching bandit problems*, 2011).
An expansion is rewarded if it proves a node, or proves one with fewer tactics, or reaches a state
with fewer estimated steps to go than any before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from search.a_star import AStar
from search.best_first import BestFirst
from search.contracts import State
from search.estimates import steps_around
from search.graph import ProofGraph
from search.mcts import MonteCarloTreeSearch
from search.nodes import Change
from search.rollouts import Rollouts
from search.strategy import GraphStrategy

Member = Callable[[ProofGraph, int], GraphStrategy]

MEMBERS: tuple[Member, ...] = (
    lambda graph, seed: BestFirst(graph, seed=seed),
    lambda graph, seed: AStar(graph, seed=seed),
    lambda graph, seed: MonteCarloTreeSearch(graph, seed=seed),
    lambda graph, seed: Rollouts(graph, seed=seed),
)


class Portfolio(GraphStrategy):
    """Several strategies in one, by ask and tell.

    Args:
        roots: states that must all be proved, or a shared graph.
        members: each makes a strategy for the shared graph and a seed.
        exploration: weight of uncertainty against success.
        memory: by what factor each expansion lets earlier successes fade.
        seed: member ``i`` gets ``seed + i``.
    """

    def __init__(
        self, roots: Sequence[State] | ProofGraph, *, members: Sequence[Member] = MEMBERS,
        exploration: float = 0.5, memory: float = 0.98, seed: int = 0,
    ) -> None:
        super().__init__(roots, seed=seed)
        if not members:
            raise ValueError("a portfolio needs at least one member")
        self.members = [make(self.graph, seed + i) for i, make in enumerate(members)]
        self._exploration, self._memory = exploration, memory
        self._tries = [0.0] * len(members)
        self._rewards = [0.0] * len(members)
        self._asked: dict[int, int] = {}
        self._closest = math.inf

    def _ranking(self) -> list[int]:
        """Members by upper confidence bound, best first; ties in the order of the members."""
        total = sum(self._tries)

        def bound(index: int) -> float:
            tries = self._tries[index]
            if tries < 1e-9:
                return math.inf
            uncertainty = math.sqrt(math.log(max(total, math.e)) / tries)
            return self._rewards[index] / tries + self._exploration * uncertainty

        return sorted(range(len(self.members)), key=bound, reverse=True)

    def _select(self) -> int | None:
        for index in self._ranking():
            number = self.members[index]._select()
            if number is not None:
                self._tries = [tries * self._memory for tries in self._tries]
                self._rewards = [reward * self._memory for reward in self._rewards]
                self._tries[index] += 1
                self._asked[number] = index
                return number
        return None

    def observe(self, change: Change) -> None:
        index = self._asked.pop(change.source, None)
        progress = self._progress(change)
        if index is not None and progress:
            self._rewards[index] += 1
        for member in self.members:
            member.observe(change)

    def _progress(self, change: Change) -> bool:
        nodes = self.graph.nodes
        estimates = [steps_around(nodes, nodes[number]) for number in change.ready
                     if number != change.source]
        closest = min(estimates, default=math.inf)
        closer = closest < self._closest
        self._closest = min(closest, self._closest)
        return closer or bool(change.proved) or bool(change.shortened)

    def _save(self) -> dict[str, Any]:
        return {
            "members": [member.save_view() for member in self.members],
            "tries": list(self._tries), "rewards": list(self._rewards),
            "asked": list(self._asked.items()),
            "closest": None if math.isinf(self._closest) else self._closest,
        }

    def _load(self, saved: dict[str, Any]) -> None:
        if len(saved["members"]) != len(self.members):
            raise ValueError("saved by a portfolio with other members")
        for member, view in zip(self.members, saved["members"], strict=True):
            member.load_view(view)
        self._tries, self._rewards = list(saved["tries"]), list(saved["rewards"])
        self._asked = dict(saved["asked"])
        self._closest = math.inf if saved["closest"] is None else saved["closest"]
