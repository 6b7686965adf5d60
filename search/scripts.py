"""A proof script that is being sampled: what is still open on it, and its next step.

Shared by repeated sampling (`search.rollouts`) and by particles (`search.particles`).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum, auto

from search.estimates import policy
from search.graph import ProofGraph
from search.nodes import Edge, Status


class Step(Enum):
    """What became of one step of a script."""

    MOVED = auto()
    WAITING = auto()
    ENDED = auto()


@dataclass(slots=True, eq=False)
class Script:
    """A partial script: the nodes that it has left open, the current one last.

    ``length`` is the number of tactics so far, ``waiting`` the node whose tactics it waits for.
    """

    open: list[int]
    length: int = 0
    waiting: int | None = None

    def copy(self) -> Script:
        """An independent script in the same place."""
        return Script(list(self.open), self.length, self.waiting)


@dataclass(frozen=True)
class Sampler:
    """Extends scripts by tactics that are sampled by their probabilities.

    Tactics that applied are sampled at ``temperature``; trying further ones weighs
    ``exp(-widening * rounds)`` beside them. Scripts longer than ``length`` end.
    """

    graph: ProofGraph
    random: random.Random
    temperature: float
    widening: float
    length: int

    def start(self) -> Script:
        """The empty script."""
        return Script(list(reversed(self.graph.roots)))

    def step(self, script: Script) -> Step:
        """Take one tactic more, unless the script waits for an answer or has come to an end."""
        nodes = self.graph.nodes
        if script.waiting is not None and nodes[script.waiting].pending:
            return Step.WAITING
        script.waiting = None
        while script.open and nodes[script.open[-1]].status is Status.PROVED:
            script.open.pop()
        if not script.open or script.length >= self.length:
            return Step.ENDED
        node = nodes[script.open[-1]]
        if node.status is Status.FAILED or not node.relevant:
            return Step.ENDED
        edge = self._draw(node.number)
        if edge is None:
            script.waiting = node.number
            return Step.WAITING
        script.open.pop()
        script.open.extend(reversed(edge.children))
        script.length += 1
        return Step.MOVED

    def _draw(self, number: int) -> Edge | None:
        options = policy(self.graph.nodes[number], self.widening, self.temperature)
        point = self.random.random() * sum(weight for _, weight in options)
        for edge, weight in options:
            point -= weight
            if point < 0:
                return edge
        return options[-1][0]
