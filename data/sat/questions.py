"""What is asked of a formula, the reference answers, and their verification."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from data.sat import solving
from data.sat.formulas import Cnf


class Question(StrEnum):
    """The questions. All but the first two are asked of unsatisfiable formulas."""

    SATISFIABILITY = "satisfiability"
    MODEL = "model"
    CORE = "core"
    SUBSET = "subset"
    MAXIMUM = "maximum"

    def polarity(self, rng: random.Random) -> bool:
        """Whether a formula for this question is to be satisfiable."""
        if self is Question.SATISFIABILITY:
            return rng.random() < 0.5
        return self is Question.MODEL


@dataclass(frozen=True)
class Answer:
    """A reference answer: a truth value, an assignment, or numbers of clauses from 1.

    ``optimum`` is, for `Question.MAXIMUM`, the most clauses that can be satisfied.
    """

    truth: bool | None = None
    assignment: tuple[bool, ...] | None = None
    numbers: tuple[int, ...] | None = None
    optimum: int | None = None


def reference(question: Question, cnf: Cnf, satisfiable: bool, rng: random.Random) -> Answer:
    """An answer to ``question``, as the finding solver has it."""
    order = list(range(1, len(cnf.clauses) + 1))
    rng.shuffle(order)
    match question:
        case Question.SATISFIABILITY:
            return Answer(truth=satisfiable)
        case Question.MODEL:
            found = solving.model(cnf) or {}
            return Answer(assignment=tuple(found.values()))
        case Question.CORE:
            return Answer(numbers=tuple(solving.minimal_core(cnf, order)))
        case Question.SUBSET:
            return Answer(numbers=tuple(solving.maximal_subset(cnf, order)))
        case Question.MAXIMUM:
            optimum, best = solving.maximum_assignment(cnf)
            return Answer(assignment=tuple(best.values()), optimum=optimum)


def verified(question: Question, cnf: Cnf, answer: Answer) -> bool:
    """Whether ``answer`` is right, as evaluation and the verifying solver have it."""
    solver = solving.VERIFIER
    match question:
        case Question.SATISFIABILITY:
            return solving.satisfiable(cnf, solver) is answer.truth
        case Question.MODEL:
            return len(_satisfied(cnf, answer)) == len(cnf.clauses)
        case Question.CORE:
            core = answer.numbers or ()
            return not solving.satisfiable(cnf.only(core), solver) and not solving.removable(
                cnf, core
            )
        case Question.SUBSET:
            subset = answer.numbers or ()
            return solving.satisfiable(cnf.only(subset), solver) and not solving.addable(
                cnf, subset
            )
        case Question.MAXIMUM:
            optimum = answer.optimum or 0
            return len(_satisfied(cnf, answer)) == optimum and not solving.can_satisfy(
                cnf, optimum + 1
            )


def _satisfied(cnf: Cnf, answer: Answer) -> list[int]:
    return cnf.satisfied(dict(enumerate(answer.assignment or (), start=1)))
