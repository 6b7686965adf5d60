"""Who can still help a root: reachability from the roots, kept under insertion and deletion.

An edge is *live* while its source is open and relevant and none of its children has failed. A
node is *relevant* if it is a root or some live edge leads to it, and it is open. Each relevant
node but the roots keeps one live edge, its *anchor*; anchors form a forest below the roots. When
an anchor breaks, another one is looked for that does not hang below the node itself; where none
is found at once, all that is anchored below is released and what is still reachable is anchored
anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from search.nodes import Edge, Node, Status


def reach(nodes: Sequence[Node], edge: Edge) -> list[int]:
    """Follow an edge downwards; the numbers of the nodes that become relevant by it."""
    reached: list[int] = []
    queue = deque([edge])
    while queue:
        edge = queue.popleft()
        if not _live(nodes, edge):
            continue
        for number in edge.children:
            node = nodes[number]
            if node.status is Status.OPEN and not node.relevant:
                node.relevant, node.anchor = True, edge
                reached.append(number)
                queue.extend(node.edges)
    return reached


def close(nodes: Sequence[Node], closed: Iterable[int]) -> None:
    """Account for nodes that have just been proved or have failed."""
    broken: list[Edge] = []
    for number in closed:
        node = nodes[number]
        node.relevant, node.anchor = False, None
        broken += node.edges
        if node.status is Status.FAILED:
            broken += node.parents
    released = _release(nodes, broken)
    for number in released:
        for edge in nodes[number].parents:
            if not nodes[number].relevant:
                reach(nodes, edge)


def _release(nodes: Sequence[Node], broken: Iterable[Edge]) -> list[int]:
    """Give nodes below broken edges another anchor; the nodes for which none was found."""
    released: list[int] = []
    queue = deque(_anchored(nodes, broken))
    while queue:
        node = nodes[queue.popleft()]
        if not node.relevant or (node.anchor is not None and _live(nodes, node.anchor)):
            continue
        # Below this node nothing hangs: its broken anchor is on the way up from there.
        node.anchor = next((edge for edge in node.parents if _hangs(nodes, edge)), None)
        if node.anchor is None:
            node.relevant = False
            released.append(node.number)
            queue.extend(_anchored(nodes, node.edges))
    return released


def _anchored(nodes: Sequence[Node], edges: Iterable[Edge]) -> list[int]:
    return [child for edge in edges for child in edge.children if nodes[child].anchor is edge]


def _live(nodes: Sequence[Node], edge: Edge) -> bool:
    source = nodes[edge.source]
    return source.relevant and source.status is Status.OPEN and not edge.dead


def _hangs(nodes: Sequence[Node], edge: Edge) -> bool:
    """Whether the anchors above ``edge`` are all live, up to a root."""
    current: Edge | None = edge
    while current is not None:
        if not _live(nodes, current):
            return False
        current = nodes[current.source].anchor
    return True
