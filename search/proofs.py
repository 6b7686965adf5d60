"""Who is proved, and in how few tactics: the least fixpoint over the proof graph.

The *distance* of a node is the number of tactics of its smallest proof that the graph holds,

    distance(node) = min over edges (1 + sum over children distance(child)),

and infinite where there is none: a node is proved exactly when its distance is finite. As every
step costs at least one tactic, the equations have one solution, and what goes round a cycle is
never part of it. Edges are only ever added, so distances only ever fall; a new edge is followed
in order of cost as in Knuth's generalisation of Dijkstra's algorithm (*A generalization of
Dijkstra's algorithm*, 1977), which settles each node once.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

from search.nodes import Change, Edge, Node, Status


def propagate(nodes: Sequence[Node], edge: Edge, change: Change) -> None:
    """Carry what a new edge proves, or proves with fewer tactics, up to everything above it.

    Adds to ``change`` which nodes were proved and which got a shorter proof.
    """
    heap: list[tuple[float, int, Edge]] = []
    _offer(nodes, edge, heap)
    while heap:
        cost, _, edge = heapq.heappop(heap)
        node = nodes[edge.source]
        if cost >= node.distance:
            continue
        if node.status is Status.PROVED:
            change.shortened.append(node.number)
        else:
            node.status = Status.PROVED
            change.proved.append(node.number)
        node.distance, node.proof = cost, edge
        for parent in node.parents:
            _offer(nodes, parent, heap)


def _offer(nodes: Sequence[Node], edge: Edge, heap: list[tuple[float, int, Edge]]) -> None:
    cost: float = 1
    for child in edge.children:
        cost += nodes[child].distance
    if cost < nodes[edge.source].distance and not math.isinf(cost):
        heapq.heappush(heap, (cost, edge.number, edge))
