"""What a planner is: it proposes sketches, steps that leave subgoals.

A sketch is tried like any tactic, and its subgoals are nodes of the proof graph like any others,
so that all strategies share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from prover.contracts import Goal, Theorem
from retrieval.contracts import Premise

PLANNER = "planner"
"""The origin of proposals that are sketches."""


@dataclass(frozen=True)
class Sketch:
    """A tactic, or several one a line, that says how a goal may be proved.

    ``idea`` names the mathematics (for traces and reports), ``log_prob`` is natural and ≤ 0.
    """

    text: str
    idea: str
    log_prob: float


class Planner(Protocol):
    """Proposes sketches for a goal."""

    name: str

    def propose(
        self, goal: Goal, premises: Sequence[Premise] = (), theorem: Theorem | None = None
    ) -> list[Sketch]:
        """Sketches, best first, without duplicates; none if nothing comes to mind."""


class SketchModel(Protocol):
    """A language model, as far as planning needs one."""

    def complete(self, prompt: str, n: int) -> list[str]:
        """At most ``n`` continuations of ``prompt``, best first."""
