"""Steps as questions: the next tactic of a proof, or what becomes of a tactic in a search."""

from __future__ import annotations

from enum import StrEnum

from data.trace.steps import Outcome, TracedStep, TracedTheorem


class Question(StrEnum):
    """What is asked."""

    TACTIC = "tactic"
    OUTCOME = "outcome"


_TACTIC = """{theorem}

{goals}

Give the next tactic."""

_OUTCOME = """{theorem}

{goals}

What becomes of this tactic?

{tactic}

Answer closed (it closes the goal), goals (it leaves goals) or failed."""


def question_of(step: TracedStep) -> Question:
    """A step of an accepted proof teaches what to do, any other one what comes of it."""
    return Question.TACTIC if step.proof else Question.OUTCOME


def prompt(theorem: TracedTheorem, step: TracedStep) -> str:
    """The question that ``step`` is."""
    text = _TACTIC if question_of(step) is Question.TACTIC else _OUTCOME
    goals = "\n\n".join(step.goals)
    return text.format(theorem=theorem.statement, goals=goals, tactic=step.tactic)


def answer(step: TracedStep) -> str:
    """Its answer."""
    return step.tactic if question_of(step) is Question.TACTIC else str(step.outcome)


OUTCOME_WORDS = {
    "closed": Outcome.CLOSED, "closes": Outcome.CLOSED, "solves": Outcome.CLOSED,
    "solved": Outcome.CLOSED, "goals": Outcome.GOALS, "leaves": Outcome.GOALS,
    "progress": Outcome.GOALS, "not closed": Outcome.GOALS, "failed": Outcome.FAILED,
    "fails": Outcome.FAILED, "fail": Outcome.FAILED, "error": Outcome.FAILED,
    "does not": Outcome.FAILED, "refused": Outcome.FAILED,
}  # fmt: skip
