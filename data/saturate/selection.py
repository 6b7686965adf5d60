"""Premise selection: from which of these premises does this statement follow?

There is exactly one right answer. For each premise of the smallest set there is a finite model of
all the other premises, distractors included, in which the statement is false: so every set from
which the statement follows has all of them. The models come from ablation, which leaves out one
premise after the other; distractors are statements that are true in all of the models.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from data.answers import final_answer, shortened
from data.contracts import Score
from data.saturate.chapters import Chapter
from data.saturate.drafts import Draft, NoTaskError, Task
from data.saturate.judging import Proved, Refuted, judge
from data.saturate.reading import numbers_in
from data.saturate.statements import Statement, statement_of
from prover.contracts import InputError
from prover.environments.fol.models import DEFAULT_SORT, EvaluationTooLong, FiniteModel, rows
from prover.environments.fol.syntax import Formula, Symbol
from prover.environments.fol.tptp import parse_formula, parse_problem

MAX_PREMISES = 9
_EVALUATION = 20_000
_LOOKS = 12  # candidates looked at for each distractor wanted


def draw(
    rng: random.Random, chapter: Chapter, depth: int, distractors: int, depths: int
) -> Draft:
    """A task with about ``distractors`` premises too many. Raises `NoTaskError`."""
    number = rng.choice(chapter.theorems)
    goal = chapter.graph.statements[number]
    cut = chapter.premises(number, depth)
    if not 2 <= len(cut) <= MAX_PREMISES:
        raise NoTaskError("too few or too many premises")
    needed, models = _ablated(chapter.statements(cut), goal)
    if len(needed) < 2:
        raise NoTaskError("too few premises needed")
    judged = judge([s.formula for s in needed], goal.formula, refute=False)
    if not isinstance(judged, Proved):
        raise NoTaskError("not confirmed")
    others = _distractors(rng, chapter, number, [*needed, goal], models, distractors)
    listed = [*needed, *others]
    rng.shuffle(listed)
    answer = sorted(listed.index(s) + 1 for s in needed)
    return Draft(
        task=Task.SELECTION, statements=tuple(listed), goal=goal,
        answer=", ".join(map(str, answer)), label=f"{len(answer)} of {len(listed)}",
        depth=depth, distractors=len(others),
        difficulty=min((depth + len(others) / 2) / (depths + 10), 1.0),
        interest=chapter.ratings[number].interest, theorem=goal,
        evidence=f"proved by {judged.prover}; without any one of its premises false in models "
                 f"found by {', '.join(sorted({m.origin for m in models}))}",
    )  # fmt: skip


def score(record: Mapping[str, Any], answer: str) -> Score:
    """Judge the set of premises chosen, given by numbers or written out."""
    text = final_answer(answer)
    if not text:
        return Score.wrong("no answer")
    premises = [f.closed for f in parse_problem(record["problem"]).premises]
    chosen = _chosen(text, premises, record["readable"])
    if not chosen:
        return Score.wrong(f"not understood as a choice of premises: {shortened(text)}")
    if stray := sorted(n for n in chosen if not 1 <= n <= len(premises)):
        return Score.wrong(f"there is no premise {stray[0]}")
    right = set(numbers_in(record["answer"]))
    if chosen == right:
        return Score.right("these are the premises that are needed")
    missing, needless = sorted(right - chosen), sorted(chosen - right)
    if not missing:
        share = len(right) / len(chosen)
        return Score.wrong(f"it follows, but premise {needless[0]} is not needed", 0.9 * share)
    common = len(chosen & right)
    reward = common / len(chosen | right) / 2
    return Score.wrong(f"it does not follow without premise {missing[0]}", reward)


def _chosen(text: str, premises: list[Formula], readable: Sequence[str]) -> set[int]:
    """The numbers of the premises that are meant: those of lines that repeat a premise, else all
    numbers in the text."""
    known = {statement_of(p).formula: n for n, p in enumerate(premises, start=1)}
    shown = {_squeezed(line): n for n, line in enumerate(readable, start=1)}
    found: set[int] = set()
    for line in text.splitlines():
        body = re.sub(r"^\W*(?:\d+[.):]|[-*•])\s*", "", line.strip())
        number = shown.get(_squeezed(body))
        if number is None and (formula := _formula(body)) is not None:
            number = known.get(formula)
        if number is not None:
            found.add(number)
    return found or set(numbers_in(text))


def _squeezed(text: str) -> str:
    return "".join(text.split()).rstrip(".")


def _formula(text: str) -> Formula | None:
    if not re.search(r"[=(]", text):
        return None
    try:
        return statement_of(parse_formula(text.rstrip(" ."))).formula
    except InputError:
        return None


def _ablated(
    premises: list[Statement], goal: Statement
) -> tuple[list[Statement], list[FiniteModel]]:
    """A smallest set of premises, and for each a model of the others in which ``goal`` is false."""
    kept, models = list(premises), []
    for premise in premises:
        rest = [s for s in kept if s is not premise]
        match judge([s.formula for s in rest], goal.formula, refute=True):
            case Proved():
                kept = rest
            case Refuted(model):
                models.append(model)
            case _:
                raise NoTaskError("no finite counter-model")
    return kept, models


def _distractors(
    rng: random.Random, chapter: Chapter, number: int, known: list[Statement],
    models: list[FiniteModel], wanted: int,
) -> list[Statement]:
    """Statements on the same notions that are true in all ``models``."""
    graph, taken = chapter.graph, {s.formula for s in known}
    notions = frozenset[Symbol]().union(*(s.symbols for s in known))
    below = graph.descendants[number]
    complete = [_completed(model, chapter.theory.signature) for model in models]
    pool = [*graph.axioms, *(n for n in chapter.theorems if not below >> n & 1)]
    found: list[Statement] = []
    for n in rng.sample(pool, min(len(pool), wanted * _LOOKS)):
        statement = graph.statements[n]
        if len(found) == wanted:
            break
        if statement.formula in taken or not statement.symbols & notions:
            continue
        if all(_holds(model, statement) for model in complete):
            found.append(statement)
    return found


def _holds(model: FiniteModel, statement: Statement) -> bool:
    try:
        return model.satisfies([statement.formula], _EVALUATION)
    except EvaluationTooLong:
        return False


def _completed(model: FiniteModel, signature: frozenset[Symbol]) -> FiniteModel:
    """The model with some meaning for the symbols that it does not interpret."""
    size = model.domains[DEFAULT_SORT]
    functions, predicates = dict(model.functions), dict(model.predicates)
    for symbol in signature:
        key = symbol.name, symbol.arity
        if symbol.is_predicate:
            predicates.setdefault(key, frozenset())
        elif key not in functions:
            functions[key] = dict.fromkeys(rows([size] * symbol.arity), 0)
    return replace(model, functions=functions, predicates=predicates)
