"""Premises and who finds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Premise:
    """A library statement that a proof may use.

    ``module`` is the module or file that it stands in; ``symbols`` are the constants of the
    statement; ``kind`` is ``theorem``, ``axiom`` or ``definition`` (a definition can be unfolded,
    not applied).
    """

    name: str
    statement: str
    module: str = ""
    symbols: frozenset[str] = frozenset()
    kind: str = "theorem"


@dataclass(frozen=True)
class ScoredPremise:
    """A premise and how relevant it is to a goal (higher is better; scale is the retriever's)."""

    premise: Premise
    score: float


class Retriever(Protocol):
    """Finds premises for goals, batched."""

    def retrieve(
        self, goals: Sequence[str], k: int, accessible: Callable[[Premise], bool] | None = None
    ) -> list[list[ScoredPremise]]:
        """For each goal (as printed) at most ``k`` accessible premises, best first."""
