"""The AND/OR proof graph: what has been tried, what is proved, what is hopeless.

A *node* is a state that is to be proved (OR: one of its edges suffices); an *edge* is a tactic
that was applied to it and the independent states that it left (AND: all of them are needed).
States with equal keys are one node, so a goal that is met again is proved once. The graph may
contain cycles; a proof never does, because an edge counts as proved only when all its children
were proved before it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from search.contracts import Outcome, ProofTree, State


class Status(StrEnum):
    """What is known of a node."""

    OPEN = "open"
    PROVED = "proved"
    FAILED = "failed"


@dataclass(slots=True)
class Edge:
    """A tactic applied to ``source``; ``children`` are node numbers, in the order of the goals."""

    source: int
    tactic: str
    log_prob: float
    children: tuple[int, ...]


@dataclass(slots=True)
class Node:
    """A state with everything that was tried on it.

    ``log_prob`` and ``depth`` belong to the most probable path on which it was reached; ``failed``
    maps tactics that did not apply to the prover's message; ``complete`` says that no further
    tactic is to be had.
    """

    number: int
    state: State
    log_prob: float
    depth: int
    status: Status = Status.OPEN
    edges: list[Edge] = field(default_factory=list)
    parents: list[Edge] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    proof: Edge | None = None
    complete: bool = False


class ProofGraph:
    """Nodes and edges with their statuses kept up to date.

    ``roots`` are all to be proved: a theorem with several holes has several.
    """

    def __init__(self, roots: Sequence[State]) -> None:
        self.nodes: list[Node] = []
        self._numbers: dict[Hashable, int] = {}
        self.roots = tuple(self._intern(root, 0.0, 0)[0] for root in roots)

    def __len__(self) -> int:
        return len(self.nodes)

    def add(self, source: int, outcomes: Sequence[Outcome]) -> list[int]:
        """Record what tactics did to node ``source``.

        Returns the numbers of the nodes that are new or were reached on a more probable path.
        """
        node = self.nodes[source]
        tried = {edge.tactic for edge in node.edges}
        improved: list[int] = []
        for outcome in outcomes:
            if outcome.children is None:
                node.failed[outcome.tactic] = outcome.error or ""
                continue
            if outcome.tactic in tried:
                continue
            tried.add(outcome.tactic)
            improved += self._connect(node, outcome, outcome.children)
        return improved

    def _connect(self, node: Node, outcome: Outcome, children: Sequence[State]) -> list[int]:
        log_prob, depth = node.log_prob + outcome.log_prob, node.depth + 1
        reached = [self._intern(child, log_prob, depth) for child in children]
        edge = Edge(node.number, outcome.tactic, outcome.log_prob, tuple(n for n, _ in reached))
        node.edges.append(edge)
        for number in set(edge.children):
            self.nodes[number].parents.append(edge)
        self._propagate_proof(edge)
        return [number for number, better in reached if better]

    def mark_complete(self, number: int) -> None:
        """No further tactic exists for this node: it fails once all its edges fail."""
        self.nodes[number].complete = True
        self._propagate_failure(number)

    def _intern(self, state: State, log_prob: float, depth: int) -> tuple[int, bool]:
        number = self._numbers.get(state.key)
        if number is None:
            number = len(self.nodes)
            self._numbers[state.key] = number
            self.nodes.append(Node(number, state, log_prob, depth))
            return number, True
        node = self.nodes[number]
        if log_prob > node.log_prob:
            node.log_prob, node.depth = log_prob, depth
            return number, True
        return number, False

    def _propagate_proof(self, edge: Edge) -> None:
        queue = deque([edge])
        while queue:
            edge = queue.popleft()
            node = self.nodes[edge.source]
            if node.status is Status.PROVED:
                continue
            if all(self.nodes[child].status is Status.PROVED for child in edge.children):
                node.status, node.proof = Status.PROVED, edge
                queue.extend(node.parents)

    def _propagate_failure(self, number: int) -> None:
        queue = deque([number])
        while queue:
            node = self.nodes[queue.popleft()]
            if node.status is not Status.OPEN or not node.complete:
                continue
            if all(self._hopeless(edge) for edge in node.edges):
                node.status = Status.FAILED
                queue.extend(edge.source for edge in node.parents)

    def _hopeless(self, edge: Edge) -> bool:
        return any(
            child == edge.source or self.nodes[child].status is Status.FAILED
            for child in edge.children
        )

    @property
    def proved(self) -> bool:
        """Every root is proved."""
        return all(self.nodes[root].status is Status.PROVED for root in self.roots)

    @property
    def refuted(self) -> bool:
        """Some root can no longer be proved with the tactics that exist."""
        return any(self.nodes[root].status is Status.FAILED for root in self.roots)

    def relevant(self, number: int) -> bool:
        """Whether proving this node could still help a root: some path of unproved nodes and of
        edges without a failed child leads up to one."""
        seen: set[int] = set()
        stack = [number]
        while stack:
            current = stack.pop()
            if current in seen or self.nodes[current].status is not Status.OPEN:
                continue
            if current in self.roots:
                return True
            seen.add(current)
            stack.extend(e.source for e in self.nodes[current].parents if not self._hopeless(e))
        return False

    def proof_trees(self) -> tuple[ProofTree, ...] | None:
        """One proof for each root, or ``None`` when some root is unproved."""
        return tuple(self._proof_tree(root) for root in self.roots) if self.proved else None

    def _proof_tree(self, root: int) -> ProofTree:
        done: dict[int, ProofTree] = {}
        stack = [root]
        while stack:
            number = stack[-1]
            edge = self.nodes[number].proof
            if edge is None:
                raise ValueError(f"node {number} is not proved")
            missing = [child for child in edge.children if child not in done]
            if missing:
                stack.extend(missing)
                continue
            done[number] = ProofTree(edge.tactic, tuple(done[c] for c in edge.children))
            stack.pop()
        return done[root]

    def edges(self) -> Iterator[Edge]:
        """All successful tactic applications."""
        for node in self.nodes:
            yield from node.edges
