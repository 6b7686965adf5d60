"""What a task is before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from data.saturate.statements import Statement


class Task(StrEnum):
    """What is asked."""

    ENTAILMENT = "entailment"
    SELECTION = "selection"
    RECONSTRUCTION = "reconstruction"


@dataclass(frozen=True)
class Draft:
    """A verified task.

    ``statements`` are numbered from 1 in the prompt, in this order; ``given`` (reconstruction) are
    the numbers of those that are axioms there. ``goal`` is the conclusion, which in a
    reconstruction is one of the statements. ``theorem`` names the theorem that all variations
    have in common. ``evidence`` says who confirmed the answer, and how.
    """

    task: Task
    statements: tuple[Statement, ...]
    goal: Statement
    answer: str
    label: str
    depth: int
    distractors: int
    difficulty: float
    interest: float
    theorem: Statement
    evidence: str
    given: tuple[int, ...] = ()


class NoTaskError(Exception):
    """Nothing comes of what was drawn; the message is the reason, for the counts of a run."""
