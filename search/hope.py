"""Who can never be proved any more: the complement of a least fixpoint, kept under deletion.

A node has *hope* if it is proved, or further tactics may still be tried on it (it is not
complete), or one of its edges leads only to nodes that have hope, well-foundedly: nodes whose
only hope is each other have none. A node without hope has *failed*, and stays so, because a
complete node gets no further edges.

Each complete node with hope keeps one such edge, its *support*; supports form no cycle. When a
node becomes complete or its support breaks, another support is looked for; where none is found
at once, all that rests on the node is doubted and derived anew, as DRed maintains recursive
views (Gupta, Mumick and Subrahmanian, *Maintaining views incrementally*, SIGMOD 1993).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from search.nodes import Edge, Node, Status


def withdraw(nodes: Sequence[Node], number: int) -> list[int]:
    """Account for a node that has just become complete.

    Returns the numbers of the nodes that failed, each marked as such.
    """
    doubted = _doubt(nodes, number)
    _rescue(nodes, doubted)
    for failed in doubted:
        nodes[failed].status = Status.FAILED
        for edge in nodes[failed].parents:
            edge.dead = True
    return list(doubted)


def _doubt(nodes: Sequence[Node], number: int) -> dict[int, None]:
    """The nodes, in order of discovery, for which no support is found that is beyond doubt."""
    doubted: dict[int, None] = {}
    queue = deque([number])
    while queue:
        node = nodes[queue.popleft()]
        if node.status is not Status.OPEN or not node.complete or node.number in doubted:
            continue
        if node.support is not None and doubted.keys().isdisjoint(node.support.children):
            continue  # was doubted for two reasons and has found another support since
        node.support = None  # so that nothing holds by resting on this node
        node.support = next((edge for edge in node.edges if _holds(nodes, edge, doubted)), None)
        if node.support is None:
            doubted[node.number] = None
            queue.extend(edge.source for edge in node.parents
                         if nodes[edge.source].support is edge)
    return doubted


def _holds(nodes: Sequence[Node], edge: Edge, doubted: dict[int, None]) -> bool:
    """Whether everything below ``edge`` has hope without resting on a node that has no support."""
    if edge.dead:
        return False
    seen: set[int] = set()
    stack = list(edge.children)
    while stack:
        number = stack.pop()
        node = nodes[number]
        if number in doubted or node.status is Status.FAILED:
            return False
        if number in seen or node.status is Status.PROVED or not node.complete:
            continue
        if node.support is None:
            return False
        seen.add(number)
        stack.extend(node.support.children)
    return True


def _rescue(nodes: Sequence[Node], doubted: dict[int, None]) -> None:
    """Take out of ``doubted`` what has a support after all."""
    queue = deque(doubted)
    while queue:
        number = queue.popleft()
        if number not in doubted:
            continue
        node = nodes[number]
        node.support = next(
            (edge for edge in node.edges
             if not edge.dead and not any(child in doubted for child in edge.children)), None)
        if node.support is not None:
            del doubted[number]
            queue.extend(edge.source for edge in node.parents if edge.source in doubted)
