"""What passes between a search strategy and whoever drives it: ask and tell.

A strategy holds the AND/OR proof graph and decides what to expand next. It knows nothing of
Lean, of logic or of models: a state is a hashable key with an opaque payload, a tactic is a
text with a log-probability.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class State:
    """An open proof state. Equal keys mean: the same thing is to be proved.

    ``size`` is a rough measure of the goals (characters); ``value`` an estimate of the
    log-probability that the state will be proved (≤ 0, and 0 where nobody estimates).
    """

    key: Hashable
    payload: object = field(compare=False, default=None)
    size: int = field(compare=False, default=0)
    value: float = field(compare=False, default=0.0)


@dataclass(frozen=True)
class Outcome:
    """What became of one tactic. ``children`` are the independent states that are left (all of
    them must be proved; none left means proved), or ``None`` when the tactic failed."""

    tactic: str
    log_prob: float
    children: tuple[State, ...] | None
    error: str | None = None


@dataclass(frozen=True)
class Expansion:
    """A request to try tactics on ``state``; ``node`` identifies it inside the strategy.

    ``round`` counts how often the node has been expanded before: a driver answers round 0 with
    the best tactics and later rounds with further ones.
    """

    node: int
    state: State
    depth: int = 0
    round: int = 0


@dataclass(frozen=True)
class ProofTree:
    """A tactic and the proofs of the independent states that it leaves, in order."""

    tactic: str
    children: tuple[ProofTree, ...] = ()

    def size(self) -> int:
        """Number of tactics."""
        return 1 + sum(child.size() for child in self.children)


class Strategy(Protocol):
    """A search strategy, driven by ask and tell. Seeded runs repeat exactly."""

    def ask(self, n: int) -> list[Expansion]:
        """At most ``n`` states to expand next; empty when nothing is left to try at present."""

    def tell(self, expansion: Expansion, outcomes: Sequence[Outcome], *, more: bool) -> None:
        """Report what the tried tactics did. ``more``: further tactics could be had in another
        round of the same node."""

    @property
    def solution(self) -> tuple[ProofTree, ...] | None:
        """One proof tree for each root, once all roots are proved."""

    @property
    def exhausted(self) -> bool:
        """True when no expansion is left or pending and no solution was found."""
