"""What passes between a search strategy and whoever drives it: ask and tell.

A strategy holds the AND/OR proof graph and decides what to expand next. It knows nothing of
Lean, of logic or of models: a state is a hashable key with an opaque payload, a tactic is a
text with a log-probability.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from search.nodes import Change


@dataclass(frozen=True, slots=True)
class State:
    """An open proof state. Equal keys mean: the same thing is to be proved.

    ``size`` is a rough measure of the goals (characters); ``value`` an estimate of the
    log-probability that the state will be proved (≤ 0, and 0 where nobody estimates). A key that
    consists of strings, numbers, booleans, ``None`` and tuples of these can be saved.
    """

    key: Hashable
    payload: object = field(compare=False, default=None)
    size: int = field(compare=False, default=0)
    value: float = field(compare=False, default=0.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one tactic. ``children`` are the independent states that are left (all of
    them must be proved; none left means proved), or ``None`` when the tactic failed.

    ``log_prob`` is natural and ≤ 0. ``pmi`` is the pointwise mutual information of the tactic and
    the theorem, ``log p(tactic | state, theorem) - log p(tactic | state)``; 0 where nobody
    computes it.
    """

    tactic: str
    log_prob: float
    children: tuple[State, ...] | None
    error: str | None = None
    pmi: float = 0.0


@dataclass(frozen=True, slots=True)
class Expansion:
    """A request to try tactics on ``state``; ``node`` identifies it inside the strategy.

    ``round`` counts how often the node has been expanded before: a driver answers round 0 with
    the best tactics and later rounds with further ones.
    """

    node: int
    state: State
    depth: int = 0
    round: int = 0


@dataclass(frozen=True, slots=True)
class ProofTree:
    """A tactic and the proofs of the independent states that it leaves, in order.

    ``state`` is what is proved, where whoever made the tree knows it.
    """

    tactic: str
    children: tuple[ProofTree, ...] = ()
    state: State | None = field(compare=False, repr=False, default=None)

    def size(self) -> int:
        """Number of tactics."""
        count, stack = 0, [self]
        while stack:  # proofs may be deeper than the call stack
            tree = stack.pop()
            count += 1
            stack.extend(tree.children)
        return count


class Step(NamedTuple):
    """A step from a root towards a node: a tactic on ``node``, and which of the states that it
    leaves (counted from 0) to take."""

    node: int
    tactic: str
    child: int


class Strategy(Protocol):
    """A search strategy, driven by ask and tell. Seeded runs repeat exactly."""

    def ask(self, n: int) -> list[Expansion]:
        """At most ``n`` states to expand next; empty when nothing is left to try at present
        (at all, if nothing is pending)."""

    def tell(
        self, expansion: Expansion, outcomes: Sequence[Outcome], *, more: bool,
        bound: float | None = None,
    ) -> Change:
        """Report what the tried tactics did, and learn what follows from it. ``more``: further
        tactics could be had in another round of the same node, and ``bound`` is the greatest
        log-probability that they may have (by default, the least of those tried). Expansions may
        be told in any order, each once."""

    def tried(self, node: int) -> AbstractSet[str]:
        """The tactics already tried on a node, successful or not: never worth trying again."""

    def failed(self, node: int) -> AbstractSet[str]:
        """The tactics tried on a node that did not apply."""

    def proof(self, node: int) -> ProofTree:
        """The smallest known proof of a proved node. Raises `ValueError` for another one."""

    def state(self, node: int) -> State:
        """What a node stands for; nodes are numbered from 0 in the order of their discovery."""

    def route(self, node: int) -> list[Step]:
        """How to get to a node from a root."""

    @property
    def pending(self) -> list[Expansion]:
        """What was asked and is not told yet; after `load`, what the driver still owes."""

    @property
    def solution(self) -> tuple[ProofTree, ...] | None:
        """One proof tree for each root, once all roots are proved."""

    @property
    def exhausted(self) -> bool:
        """True when no expansion is left or pending and no solution was found."""

    def save(self) -> dict[str, Any]:
        """Everything that the search has learnt, as a value that JSON can hold."""

    def load(
        self, saved: dict[str, Any], payloads: Callable[[int], object] | None = None
    ) -> None:
        """Go on from what `save` returned, in a new strategy of the same roots and options.

        Payloads are not saved; ``payloads`` gives new ones, by node. Raises `ValueError` for what
        was saved by another kind of strategy or for other roots.
        """
