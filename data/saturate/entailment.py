"""Entailment verification: does this statement follow from these premises?

Statements that follow and statements that do not are made in the same ways, so that the label
cannot be told from the looks: the theorem as it is or slightly changed, one premise more or less
or another one. Which of these hold is for the provers to say; what was wanted beforehand is the
label alone.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from data.answers import choice, final_answer, shortened
from data.contracts import Score
from data.saturate.chapters import Chapter
from data.saturate.drafts import Draft, NoTaskError, Task
from data.saturate.judging import Judgement, Proved, Refuted, judge
from data.saturate.perturbation import perturbed
from data.saturate.statements import Statement
from prover.environments.fol.models import FiniteModel

MAX_PREMISES = 10
_ATTEMPTS = 6
_WORDS = {
    "yes": "yes", "true": "yes", "entailed": "yes", "it follows": "yes", "follows": "yes",
    "valid": "yes", "provable": "yes", "correct": "yes", "does follow": "yes",
    "no": "no", "false": "no", "not entailed": "no", "not follow": "no", "does not": "no",
    "doesn't": "no", "not valid": "no", "invalid": "no", "not provable": "no", "incorrect": "no",
    "not true": "no", "cannot be": "no", "not correct": "no",
}  # fmt: skip


def draw(
    rng: random.Random, chapter: Chapter, depth: int, distractors: int, depths: int
) -> Draft:
    """A task whose conclusion is about ``depth`` inferences from the premises. ``depths`` is the
    greatest depth there is. Raises `NoTaskError`."""
    follows = rng.random() < 0.5
    number = rng.choice(chapter.theorems)
    theorem = chapter.graph.statements[number]
    cut = chapter.premises(number, depth)
    premises = chapter.statements(cut)
    if not 1 <= len(premises) <= MAX_PREMISES:
        raise NoTaskError("too many premises")
    extra = _extra(rng, chapter, cut, number, distractors)
    for _ in range(_ATTEMPTS):
        changed = rng.random() < (0.5 if follows else 0.9)
        given, goal = _candidate(rng, chapter, premises, theorem, changed=changed)
        if goal.formula in {s.formula for s in given}:
            continue
        listed = [*given, *(s for s in extra if s.formula != goal.formula)]
        judgement = judge([s.formula for s in listed], goal.formula, refute=not follows)
        if _settles(judgement, follows, goal):
            rng.shuffle(listed)
            return Draft(
                task=Task.ENTAILMENT, statements=tuple(listed), goal=goal,
                answer="yes" if follows else "no", label="yes" if follows else "no",
                depth=depth, distractors=len(listed) - len(given),
                difficulty=min((depth + distractors / 4) / (depths + 3), 1.0),
                interest=chapter.ratings[number].interest, theorem=theorem,
                evidence=_evidence(judgement),
            )  # fmt: skip
    raise NoTaskError("not confirmed" if follows else "no finite counter-model")


def score(record: Mapping[str, Any], answer: str) -> Score:
    """Judge yes or no, however it is put."""
    text = final_answer(answer)
    if not text:
        return Score.wrong("no answer")
    said = choice(text, _WORDS)
    if said is None:
        return Score.wrong(f"not understood as yes or no: {shortened(text)}")
    truth = "follows" if record["label"] == "yes" else "does not follow"
    right = said == record["label"]
    return Score.right(f"it {truth}") if right else Score.wrong(f"it {truth}: not {said}")


def _settles(judgement: Judgement, follows: bool, goal: Statement) -> bool:
    if follows:  # from the premises, that is, and not from nothing
        return isinstance(judgement, Proved) and not isinstance(
            judge([], goal.formula, refute=True), Proved
        )
    return isinstance(judgement, Refuted)


def _extra(
    rng: random.Random, chapter: Chapter, cut: list[int], number: int, distractors: int
) -> list[Statement]:
    """Other theorems that do not rest on the conclusion."""
    below = chapter.graph.descendants[number]
    others = [n for n in chapter.theorems if n != number and n not in cut and not below >> n & 1]
    return chapter.statements(rng.sample(others, min(distractors, len(others))))


def _candidate(
    rng: random.Random, chapter: Chapter, premises: list[Statement], theorem: Statement,
    *, changed: bool,
) -> tuple[list[Statement], Statement]:
    """Premises and a conclusion, as they are or ``changed`` in one place."""
    if not changed:
        return premises, theorem
    vocabulary = sorted(theorem.symbols.union(*(s.symbols for s in premises)))
    at = rng.randrange(len(premises))
    match rng.choice(("conclusion", "conclusion", "without", "another")):
        case "without" if len(premises) > 1:
            return premises[:at] + premises[at + 1 :], theorem
        case "another":
            other = chapter.graph.statements[rng.choice(chapter.theorems)]
            if other.formula not in {theorem.formula, *(s.formula for s in premises)}:
                return [*premises[:at], other, *premises[at + 1 :]], theorem
        case _:
            pass
    goal = perturbed(rng, theorem, vocabulary)
    return premises, theorem if goal is None else goal


def _evidence(judgement: Judgement) -> str:
    match judgement:
        case Proved(prover):
            return f"proved by {prover}"
        case Refuted(FiniteModel() as model):
            return f"false in a model found by {model.origin}:\n{model}"
        case _:
            raise ValueError("there is no evidence")
