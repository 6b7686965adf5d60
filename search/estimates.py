"""What a state promises: from the critic's value where there is one, else from its size.

Sizes say little, but the same little everywhere: of two goals the shorter one is closer to being
closed by some tactic. Both estimates are used relative to each other only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from search.contracts import State
from search.nodes import Edge, Node, Status


def steps(state: State) -> float:
    """Estimated number of tactics that the proof of ``state`` still takes, at least 1."""
    if state.value < 0:
        return max(1.0, -state.value)  # a good step costs about one nat
    return 1.0 + math.log2(1 + max(0, state.size)) / 4


def likelihood(state: State) -> float:
    """Estimated probability, in (0, 1], that ``state`` will be proved."""
    if state.value < 0:
        return max(1e-9, math.exp(state.value))
    return float((2 + max(0, state.size)) ** -0.25)


def steps_around(nodes: Sequence[Node], node: Node) -> float:
    """`steps` for a node and for all open siblings that were left along the path to it."""
    total = steps(node.state)
    while (edge := node.via) is not None:
        if len(edge.children) > 1:
            total += sum(steps(nodes[child].state) for child in edge.children
                         if child != node.number and nodes[child].status is Status.OPEN)
        node = nodes[edge.source]
    return total


def all_likely(nodes: Sequence[Node], numbers: Iterable[int]) -> float:
    """Estimated probability that all of these nodes will be proved, taken as independent."""
    product = 1.0
    for number in numbers:
        node = nodes[number]
        if node.status is Status.FAILED:
            return 0.0
        if node.status is Status.OPEN:
            product *= likelihood(node.state)
    return product


def policy(
    node: Node, widening: float, temperature: float = 1.0
) -> list[tuple[Edge | None, float]]:
    """What can be done at an open node, each with its weight.

    The tactics that applied and are not dead share a weight of 1 by their probabilities; trying
    further tactics (``None``), where there are any, weighs ``exp(-widening * rounds)``.
    """
    live = [edge for edge in node.edges if not edge.dead]
    options: list[tuple[Edge | None, float]] = []
    if live:
        best = max(edge.log_prob for edge in live)
        weights = [math.exp((edge.log_prob - best) / temperature) for edge in live]
        total = sum(weights)
        options = [(edge, weight / total) for edge, weight in zip(live, weights, strict=True)]
    if not node.complete:
        options.append((None, math.exp(-widening * node.rounds)))
    return options
