"""The AND/OR proof graph: what has been tried, what is proved, what is hopeless.

A *node* is a state that is to be proved (OR: one of its edges suffices); an *edge* is a tactic
that was applied to it and the independent states that it left (AND: all of them are needed).
States with equal keys are one node, so a goal that is met again is proved once. The graph may
contain cycles; a proof never does.

What is derived from the edges is always up to date, at a cost that follows the change and not
the size of the graph: who is proved and in how few tactics (`search.proofs`), who has no hope
left (`search.hope`), and who can still help a root (`search.relevance`).
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from search import hope, proofs, relevance
from search.contracts import Expansion, Outcome, ProofTree, State, Step
from search.nodes import NO_FAILURES, Change, Edge, Node, Status

MESSAGE_LIMIT = 100
_LEAST_LOG_PROB = -1e9  # keeps impossible tactics finite: sums and comparisons stay sane


class ProofGraph:
    """Nodes and edges with their statuses kept up to date.

    ``roots`` are all to be proved: a theorem with several holes has several.
    """

    def __init__(self, roots: Sequence[State]) -> None:
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self._numbers: dict[Hashable, int] = {}
        self.roots = tuple(self._intern(root) for root in roots)
        for root in self.roots:
            self.nodes[root].log_prob, self.nodes[root].relevant = 0.0, True

    def __len__(self) -> int:
        return len(self.nodes)

    def number(self, key: Hashable) -> int | None:
        """The number of the node for the state with this key."""
        return self._numbers.get(key)

    # -- expansions --------------------------------------------------------------------------

    def expandable(self, number: int) -> bool:
        """Whether trying further tactics on this node could help, and nobody is at it."""
        node = self.nodes[number]
        return (node.relevant and not node.pending and not node.complete
                and node.status is Status.OPEN)

    def frontier(self) -> Iterator[int]:
        """All expandable nodes; walks the whole graph."""
        return (node.number for node in self.nodes if self.expandable(node.number))

    def begin(self, number: int) -> Expansion:
        """Ask for the next round of tactics on an expandable node, and mark it as pending."""
        node = self.nodes[number]
        if node.pending or node.complete:
            raise ValueError(f"node {number} is {'pending' if node.pending else 'complete'}")
        node.pending = True
        return Expansion(number, node.state, node.depth, node.rounds)

    @property
    def pending(self) -> list[Expansion]:
        """The expansions that were begun and are not recorded; walks the whole graph."""
        return [Expansion(node.number, node.state, node.depth, node.rounds)
                for node in self.nodes if node.pending]

    def tried(self, number: int) -> AbstractSet[str]:
        """The tactics that were tried on a node, successful or not."""
        node = self.nodes[number]
        return node.failed.keys() | {edge.tactic for edge in node.edges}

    def record(
        self, expansion: Expansion, outcomes: Sequence[Outcome], *, more: bool,
        bound: float | None = None,
    ) -> Change:
        """Take in the answer to a pending expansion and everything that follows from it; ``bound``
        as in `search.contracts.Strategy.tell`.

        Raises:
            ValueError: the expansion is not pending.
        """
        node = self.nodes[expansion.node]
        if not node.pending or node.rounds != expansion.round:
            raise ValueError(f"round {expansion.round} of node {node.number} is not pending")
        node.pending, node.rounds = False, node.rounds + 1
        node.bound = min((outcome.log_prob for outcome in outcomes), default=node.bound)
        if bound is not None:
            node.bound = min(node.bound, bound)
        change = Change(node.number)
        improved: list[int] = []
        self._connect(node, outcomes, change, improved)
        for edge in change.edges:
            proofs.propagate(self.nodes, edge, change)
        if not more:
            node.complete = True
            change.failed = hope.withdraw(self.nodes, node.number)
        relevance.close(self.nodes, change.proved + change.failed)
        reached = [n for edge in change.edges for n in relevance.reach(self.nodes, edge)]
        candidates = dict.fromkeys([*reached, *improved, node.number])
        change.ready = [n for n in candidates if self.expandable(n)]
        return change

    # -- construction ------------------------------------------------------------------------

    def _connect(
        self, node: Node, outcomes: Sequence[Outcome], change: Change, improved: list[int]
    ) -> None:
        """Add the edges that are new; collect new nodes and those on a better path."""
        tried = set(self.tried(node.number))
        for outcome in outcomes:
            if outcome.tactic in tried:
                continue
            tried.add(outcome.tactic)
            if outcome.children is None:
                self._refuse(node, outcome.tactic, outcome.error or "")
            elif any(child.key == node.state.key for child in outcome.children):
                self._refuse(node, outcome.tactic, "leads back to the same state")
            else:
                edge = self._edge(node, outcome, outcome.children)
                change.edges.append(edge)
                self._improve(edge, improved)

    @staticmethod
    def _refuse(node: Node, tactic: str, message: str) -> None:
        if node.failed is NO_FAILURES:  # most nodes are never expanded: they share one dict
            node.failed = {}
        node.failed[sys.intern(tactic)] = message.split("\n", 1)[0][:MESSAGE_LIMIT]

    def _edge(self, node: Node, outcome: Outcome, children: Sequence[State]) -> Edge:
        numbers = tuple(self._intern(child) for child in children)
        # A positive log-probability would make paths better by going round in circles.
        log_prob = max(_LEAST_LOG_PROB, min(0.0, outcome.log_prob))
        edge = Edge(len(self.edges), node.number, sys.intern(outcome.tactic), log_prob, numbers,
                    outcome.pmi)
        edge.dead = any(self.nodes[n].status is Status.FAILED for n in numbers)
        self._link(edge)
        return edge

    def _link(self, edge: Edge) -> None:
        self.edges.append(edge)
        self.nodes[edge.source].edges.append(edge)
        for number in dict.fromkeys(edge.children):
            self.nodes[number].parents.append(edge)

    def _intern(self, state: State) -> int:
        number = self._numbers.get(state.key)
        if number is None:
            number = len(self.nodes)
            self._numbers[state.key] = number
            self.nodes.append(Node(number, state))
        elif self.nodes[number].state.payload is None:  # was loaded, and is met again
            self.nodes[number].state = state
        return number

    def _improve(self, edge: Edge, improved: list[int]) -> None:
        """Carry a more probable path (or an equally probable shorter one) down the graph."""
        queue = deque([edge])
        while queue:
            edge = queue.popleft()
            source = self.nodes[edge.source]
            log_prob, depth = source.log_prob + edge.log_prob, source.depth + 1
            for number in dict.fromkeys(edge.children):
                node = self.nodes[number]
                if (log_prob, -depth) > (node.log_prob, -node.depth):
                    node.log_prob, node.depth, node.via = log_prob, depth, edge
                    node.pmi = source.pmi + edge.pmi
                    improved.append(number)
                    queue.extend(node.edges)

    def clear(self) -> None:
        """Forget all nodes and edges; the numbers of the roots stay."""
        self.nodes, self.edges, self._numbers = [], [], {}

    def restore_node(self, state: State) -> None:
        """Append a node, for loading."""
        self._intern(state)

    def restore_edge(
        self, source: int, tactic: str, log_prob: float, children: tuple[int, ...], pmi: float,
        dead: bool,
    ) -> None:
        """Append an edge without deriving anything from it, for loading."""
        self._link(Edge(len(self.edges), source, sys.intern(tactic), log_prob, children, pmi, dead))

    # -- what is known -----------------------------------------------------------------------

    @property
    def proved(self) -> bool:
        """Every root is proved."""
        return all(self.nodes[root].status is Status.PROVED for root in self.roots)

    @property
    def refuted(self) -> bool:
        """Some root can no longer be proved with the tactics that exist."""
        return any(self.nodes[root].status is Status.FAILED for root in self.roots)

    @property
    def settled(self) -> bool:
        """Nothing is left to find out. Until then some node is expandable or pending: a root
        that has not failed rests on a node that is not complete (`search.hope`)."""
        return self.proved or self.refuted

    def route(self, number: int) -> list[Step]:
        """How to get to a node from a root, by the most probable way."""
        steps: list[Step] = []
        edge = self.nodes[number].via
        while edge is not None:
            steps.append(Step(edge.source, edge.tactic, edge.children.index(number)))
            number = edge.source
            edge = self.nodes[number].via
        return steps[::-1]

    def proof_trees(self) -> tuple[ProofTree, ...] | None:
        """One proof for each root, the smallest known, or ``None`` when some root is unproved."""
        return tuple(self.proof_tree(root) for root in self.roots) if self.proved else None

    def proof_tree(self, root: int) -> ProofTree:
        """The smallest known proof of one node.

        Raises:
            ValueError: the node is not proved.
        """
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
            done[number] = ProofTree(edge.tactic, tuple(done[c] for c in edge.children),
                                     self.nodes[number].state)
            stack.pop()
        return done[root]
