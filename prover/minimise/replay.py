"""Proof trees with the proof state before each tactic, and how they are made anew.

A change of a proof concerns one subtree: it is replayed from the state before it, which is
still there, and nothing above or beside it is touched (independent goals share nothing).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from prover.contracts import Environment, ProofState, TacticFailure, Theorem
from prover.minimise.layout import Block, Compound, Everywhere, Focus, Tactic
from search.contracts import ProofTree

_SLACK_SECONDS = 0.5  # a replacement may be that much slower than what it replaces


class Unproved(Exception):
    """The tactics do not prove the goals."""


class BudgetSpent(Exception):
    """No time or tactic call is left."""


@dataclass
class Node:
    """A tactic on a state, and the proofs of the independent states that it leaves.

    ``seconds`` is what the tactic took.
    """

    state: ProofState
    tactic: str
    children: list[Node] = field(default_factory=list)
    seconds: float = 0.0

    def become(self, other: Node) -> None:
        """Take over the proof of ``other``, which is one of the same state."""
        self.tactic, self.children, self.seconds = other.tactic, other.children, other.seconds

    def tree(self) -> ProofTree:
        """The proof without its states."""
        return ProofTree(self.tactic, tuple(child.tree() for child in self.children))

    def total_seconds(self) -> float:
        """What all the tactics took together."""
        return self.seconds + sum(child.total_seconds() for child in self.children)


class Replayer:
    """Replays proofs in an environment within a budget of seconds and tactic calls.

    Raises `BudgetSpent` when it is used up. Failures are remembered: a tactic that failed on a
    state is not run on it again.
    """

    def __init__(
        self, environment: Environment[Any], *, seconds: float, tactic_calls: int,
        stop: threading.Event | None = None,
    ) -> None:
        self._environment = environment
        self._deadline = time.monotonic() + seconds
        self.calls_left = tactic_calls
        self._stop = stop
        self._opened: list[ProofState] = []
        self._failed: set[tuple[int, str]] = set()
        self._refuted: set[tuple[int, ProofTree]] = set()

    def open(self, theorem: Theorem) -> tuple[ProofState, ...]:
        """The independent states of the theorem's holes."""
        return self._parts(self._keep(self._environment.open(theorem)))

    def extend(self, seconds: float, tactic_calls: int) -> None:
        """Allow for a little more."""
        self._deadline = max(self._deadline, time.monotonic()) + seconds
        self.calls_left = max(0, self.calls_left) + tactic_calls

    def release(self) -> None:
        """Have the environment forget every state that was made."""
        self._environment.release(self._opened)

    def read(self, block: Block, state: ProofState) -> Node:
        """The proof of ``state`` by the tactics of a script. Raises `Unproved`."""
        (node,), end = self._read_goals(block, 0, (state,))
        if end != len(block):
            raise Unproved("tactics are left over")
        return node

    def _read_goals(
        self, block: Block, index: int, states: Sequence[ProofState]
    ) -> tuple[list[Node], int]:
        """The proofs of ``states``, one after the other, by the items from ``index`` on, and the
        index behind them."""
        nodes: list[Node] = []
        for number, state in enumerate(states):
            item = block[index] if index < len(block) else None
            if isinstance(item, Everywhere):
                left, index = self._read_everywhere(block, index, item.text, states[number:])
                return nodes + left, index
            node, index = self._read(block, index, state)
            nodes.append(node)
        return nodes, index

    def _read_everywhere(
        self, block: Block, index: int, tactic: str, states: Sequence[ProofState]
    ) -> tuple[list[Node], int]:
        """The same tactic on all states; then the items behind it on what that leaves."""
        taken = [self._step(state, tactic, None) for state in states]
        below, index = self._read_goals(block, index + 1, [p for _, parts in taken for p in parts])
        proofs = iter(below)
        for node, parts in taken:
            node.children = [next(proofs) for _ in parts]
        return [node for node, _ in taken], index

    def _read(self, block: Block, index: int, state: ProofState) -> tuple[Node, int]:
        """The proof of ``state`` by the items from ``index`` on, and the index behind them."""
        if index >= len(block):
            raise Unproved("goals are left over")
        item = block[index]
        if isinstance(item, Focus):
            return self.read(item.block, state), index + 1
        if isinstance(item, Compound):
            node, parts = self._enter(item, state)
        else:
            node, parts = self._step(state, item.text, None)
        rest, index = self._read_goals(block, index + 1, parts)
        node.children += rest
        return node, index

    def _enter(self, item: Compound, state: ProofState) -> tuple[Node, tuple[ProofState, ...]]:
        """A tactic with its blocks read as proofs of their own, and the goals that it leaves; as
        a whole where that does not do the same."""
        try:
            node, parts = self._step(state, item.head, None)
            if len(parts) != len(item.blocks) + item.goes_on:
                raise Unproved("another number of goals is left")
            node.children = [self.read(block, part)
                             for block, part in zip(item.blocks, parts, strict=False)]
        except Unproved:
            return self._step(state, item.text, None)
        return node, parts[len(item.blocks) :]

    def read_whole(self, text: str, state: ProofState) -> Node:
        """The proof of ``state`` by ``text`` as a single step. Raises `Unproved`."""
        return self.read((Tactic(text),), state)

    def prove(self, state: ProofState, tree: ProofTree, seconds: float) -> Node:
        """The proof of ``state`` that does what ``tree`` says; it may take ``seconds`` and a
        little more. Raises `Unproved`."""
        key = (id(state), tree)
        if key in self._refuted:
            raise Unproved("it failed before")
        try:
            return self._prove(state, tree, seconds)
        except Unproved:
            self._refuted.add(key)
            raise

    def _prove(self, state: ProofState, tree: ProofTree, seconds: float) -> Node:
        node, parts = self._step(state, tree.tactic, seconds + _SLACK_SECONDS)
        if len(parts) != len(tree.children):
            raise Unproved("another number of goals is left")
        left = seconds - node.seconds
        for part, child in zip(parts, tree.children, strict=True):
            node.children.append(self._prove(part, child, left))
            left -= node.children[-1].total_seconds()
        return node

    def finally_proves(self, state: ProofState, text: str) -> bool:
        """Whether ``text``, run as one piece, proves ``state``. Stands outside of the budget, as
        the last thing to be asked."""
        answer = self._environment.apply(state, text)
        return isinstance(answer, ProofState) and self._keep(answer).solved

    def _step(
        self, state: ProofState, tactic: str, limit: float | None
    ) -> tuple[Node, tuple[ProofState, ...]]:
        remaining = self._deadline - time.monotonic()
        stopped = self._stop is not None and self._stop.is_set()
        if remaining <= 0 or self.calls_left <= 0 or stopped:
            raise BudgetSpent
        key = (id(state), tactic)  # states are kept alive, so that the number stays theirs
        if key in self._failed:
            raise Unproved("it failed before")
        self.calls_left -= 1
        started = time.monotonic()
        limit = remaining if limit is None else max(0.1, min(limit, remaining))
        answer = self._environment.apply(state, tactic, limit)
        if isinstance(answer, TacticFailure):
            self._failed.add(key)
            raise Unproved(answer.message)
        node = Node(state, tactic, seconds=time.monotonic() - started)
        return node, self._parts(self._keep(answer))

    def _keep(self, state: ProofState) -> ProofState:
        self._opened.append(state)
        return state

    def _parts(self, state: ProofState) -> tuple[ProofState, ...]:
        if state.solved:
            return ()
        parts = tuple(self._environment.split(state))
        self._opened.extend(part for part in parts if part is not state)
        return parts if _in_order(state, parts) else (state,)


def _in_order(state: ProofState, parts: Sequence[ProofState]) -> bool:
    """Whether proving ``parts`` one after the other follows the order of the goals."""
    found = tuple(goal for part in parts for goal in part.goals)
    return found == state.goals and all(len(part.goals) == 1 for part in parts[:-1])
