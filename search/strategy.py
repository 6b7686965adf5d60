"""What all strategies share: the graph, the pending expansions, the seed, saving and loading.

A strategy proper says two things: which node next (`_select`), and what it makes of an answer
(`observe`). As `observe` sees a change of the graph and not who caused it, several strategies
can work on one graph (`search.portfolio`).
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from search.contracts import Expansion, Outcome, ProofTree, State, Step
from search.graph import ProofGraph
from search.nodes import Change
from search.saved import load_graph, load_random, save_graph, save_random


class GraphStrategy(ABC):
    """A strategy over a proof graph.

    Every strategy is complete: as long as no root is proved or has failed, some node is
    expandable or pending, and ``ask`` gives an expandable one sooner or later.

    Args:
        roots: states that must all be proved, or a graph to work on together with others.
        seed: makes runs repeat exactly.
    """

    def __init__(self, roots: Sequence[State] | ProofGraph, *, seed: int = 0) -> None:
        self.graph = roots if isinstance(roots, ProofGraph) else ProofGraph(roots)
        self._random = random.Random(seed)

    @abstractmethod
    def _select(self) -> int | None:
        """An expandable node, or ``None`` to wait for pending answers."""

    @abstractmethod
    def observe(self, change: Change) -> None:
        """Take note of an answer that the graph has recorded, whoever asked for it."""

    @abstractmethod
    def _save(self) -> dict[str, Any]:
        """The strategy's own state, for JSON."""

    @abstractmethod
    def _load(self, saved: dict[str, Any]) -> None:
        """Restore what `_save` returned."""

    def ask(self, n: int) -> list[Expansion]:
        """At most ``n`` states to expand next."""
        chosen: list[Expansion] = []
        while len(chosen) < n and not self.graph.settled:
            number = self._select()
            if number is None:
                break
            chosen.append(self.graph.begin(number))
        return chosen

    def tell(
        self, expansion: Expansion, outcomes: Sequence[Outcome], *, more: bool,
        bound: float | None = None,
    ) -> Change:
        """Record the outcomes of one expansion and all that follows from them, which is returned.

        Raises:
            ValueError: the expansion was not asked for, or was told before.
        """
        change = self.graph.record(expansion, outcomes, more=more, bound=bound)
        self.observe(change)
        return change

    def tried(self, node: int) -> AbstractSet[str]:
        """The tactics already tried on a node, successful or not."""
        return self.graph.tried(node)

    def failed(self, node: int) -> AbstractSet[str]:
        """The tactics tried on a node that did not apply."""
        return self.graph.nodes[node].failed.keys()

    def proof(self, node: int) -> ProofTree:
        """The smallest known proof of a proved node. Raises `ValueError` for another one."""
        return self.graph.proof_tree(node)

    def state(self, node: int) -> State:
        """What a node stands for; nodes are numbered from 0 in the order of their discovery."""
        return self.graph.nodes[node].state

    def route(self, node: int) -> list[Step]:
        """How to get to a node from a root."""
        return self.graph.route(node)

    @property
    def pending(self) -> list[Expansion]:
        """What was asked and is not told yet."""
        return self.graph.pending

    @property
    def solution(self) -> tuple[ProofTree, ...] | None:
        """The smallest proof known for each root, once all are proved."""
        return self.graph.proof_trees()

    @property
    def exhausted(self) -> bool:
        """Some root has failed, and nothing is pending."""
        return self.graph.refuted and not self.pending

    def save(self) -> dict[str, Any]:
        """Graph, random generator and the strategy's own state, for JSON.

        Payloads are not saved (`route` tells how to get to a state again). Raises `TypeError`
        when a state's key is not made of JSON values and tuples.
        """
        return {"graph": save_graph(self.graph), **self.save_view()}

    def save_view(self) -> dict[str, Any]:
        """`save` without the graph, for strategies that share one."""
        return {"strategy": type(self).__name__, "random": save_random(self._random),
                "own": self._save()}

    def load(
        self, saved: dict[str, Any], payloads: Callable[[int], object] | None = None
    ) -> None:
        """Go on from what `save` returned.

        The payloads of the roots, and of all states already in this strategy's graph, are kept;
        other states get what ``payloads`` gives for their node, or none.

        Raises:
            ValueError: it was saved by another kind of strategy, or for other roots.
        """
        load_graph(self.graph, saved["graph"], payloads)
        self.load_view(saved)

    def load_view(self, saved: dict[str, Any]) -> None:
        """`load` without the graph."""
        if saved["strategy"] != type(self).__name__:
            raise ValueError(f"saved by {saved['strategy']}, not by {type(self).__name__}")
        load_random(self._random, saved["random"])
        self._load(saved["own"])
