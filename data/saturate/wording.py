"""Tasks in words: what a model is asked, in TPTP or in readable mathematics."""

from __future__ import annotations

from enum import StrEnum

from data.saturate.drafts import Draft, Task
from data.saturate.mathematics import Pictures, to_mathematics
from data.saturate.reconstruction import MAX_PARENTS
from data.saturate.statements import Statement


class Rendering(StrEnum):
    """How formulas are written."""

    TPTP = "tptp"
    MATHEMATICS = "mathematics"


_MEANING = "The symbols mean no more than the premises say; = is equality."

_ENTAILMENT = """Premises:

{statements}

{meaning} Does this statement follow from the premises?

{goal}

Answer yes or no."""

_SELECTION = """Premises:

{statements}

{meaning} This statement follows from some of the premises:

{goal}

Which is the smallest set of premises from which it follows? Answer with their numbers."""

_RECONSTRUCTION = """These statements are the parts of a derivation, in no particular order:

{statements}

Statements {given} are given; the derivation ends with statement {goal}. {meaning} Tell for each \
other statement from which ones it follows, at most {parents} of them, in an order in which a \
statement is derived before it is used. Write a line for each, like

7: 2, 5

if statement 7 follows from statements 2 and 5."""


def prompt(draft: Draft, rendering: Rendering, pictures: Pictures) -> str:
    """The question that ``draft`` is."""
    lines = [f"{n}. {written(s, rendering, pictures)}"
             for n, s in enumerate(draft.statements, start=1)]  # fmt: skip
    statements = "\n".join(lines)
    match draft.task:
        case Task.RECONSTRUCTION:
            return _RECONSTRUCTION.format(
                statements=statements, given=_listed(draft.given), parents=MAX_PARENTS,
                goal=draft.statements.index(draft.goal) + 1,
                meaning=_MEANING.replace("premises", "given ones"),
            )  # fmt: skip
        case task:
            text = _ENTAILMENT if task is Task.ENTAILMENT else _SELECTION
            goal = written(draft.goal, rendering, pictures)
            return text.format(statements=statements, goal=goal, meaning=_MEANING)


def written(statement: Statement, rendering: Rendering, pictures: Pictures) -> str:
    """``statement`` as text."""
    if rendering is Rendering.TPTP:
        return str(statement.formula)
    return to_mathematics(statement.formula, pictures)


def _listed(numbers: tuple[int, ...]) -> str:
    if len(numbers) < 2:
        return ", ".join(map(str, numbers))
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
