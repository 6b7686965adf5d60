"""A step of a proof or of a search, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a tactic."""

    CLOSED = "closed"
    GOALS = "goals"
    FAILED = "failed"


@dataclass(frozen=True)
class TracedStep:
    """A tactic that was applied to ``goals`` (the first one is the one that it acts on).

    ``after`` are the goals that it left in their place. ``premises`` are the names of the
    constants that it used, as far as is known. ``log_prob`` is the natural logarithm of the
    generator's probability, None where nobody asked a generator. ``proof`` says whether the step
    is part of an accepted proof.
    """

    goals: tuple[str, ...]
    tactic: str
    outcome: Outcome
    after: tuple[str, ...] = ()
    premises: tuple[str, ...] = ()
    log_prob: float | None = None
    origin: str = ""
    error: str = ""
    failure: str = ""
    proof: bool = False


@dataclass(frozen=True)
class TracedTheorem:
    """The steps at one theorem, in their order; ``line`` is where it begins in ``file``."""

    name: str
    statement: str
    file: str
    line: int
    steps: tuple[TracedStep, ...]
