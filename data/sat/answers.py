"""Understanding and judging answers to questions about formulas.

An assignment may be given as digits, as DIMACS literals, as literals with names, as pairs of
names and values, or as JSON; it may leave out variables that do not matter. What is judged is
what it says, by evaluation and SAT solving; texts are never compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from data.answers import choice, final_answer, shortened
from data.contracts import Score
from data.sat import solving
from data.sat.formulas import Cnf
from data.sat.questions import Question

_TRUE_WORDS = ("true", "yes", "on", "1", "t", "⊤")
_FALSE_WORDS = ("false", "no", "off", "0", "f", "⊥")
_YES_NO = {
    "yes": "yes", "no": "no", "true": "yes", "false": "no",
    "satisfiable": "yes", "unsatisfiable": "no", "sat": "yes", "unsat": "no",
    "not satisfiable": "no", "cannot": "no", "impossible": "no", "possible": "yes",
    "not possible": "no", "inconsistent": "no", "consistent": "yes", "not consistent": "no",
}  # fmt: skip
_VALID = {
    "yes": "no", "no": "yes", "true": "no", "false": "yes", "valid": "no", "not valid": "yes",
    "invalid": "yes", "tautology": "no", "falsifiable": "yes", "not true": "yes",
}  # fmt: skip
_NEGATION = r"(?:¬|~|!|-|−|\bnot\s+|\\neg\s*|\\lnot\s*)\s*"


@dataclass(frozen=True)
class Naming:
    """What variables are called in a prompt, and the words for true and false; ``dual``: the
    prompt shows the negation of the formula."""

    names: tuple[str, ...]
    true: str = "true"
    false: str = "false"
    dual: bool = False


def judge(question: Question, cnf: Cnf, satisfiable: bool, naming: Naming, answer: str) -> Score:
    """Judge ``answer`` to ``question`` about ``cnf``, of which ``satisfiable`` is known."""
    text = final_answer(answer)
    if not text:
        return Score.wrong("no answer")
    match question:
        case Question.SATISFIABILITY:
            return _judge_satisfiability(cnf, satisfiable, naming, text)
        case Question.MODEL | Question.MAXIMUM:
            assignment = read_assignment(text, naming)
            if assignment is None:
                return Score.wrong(f"not understood as an assignment: {shortened(text)}")
            if question is Question.MODEL:
                return _judge_model(cnf, assignment)
            return _judge_maximum(cnf, assignment)
        case Question.CORE | Question.SUBSET:
            numbers = read_numbers(text)
            if numbers is None:
                return Score.wrong(f"not understood as a list of numbers: {shortened(text)}")
            if outside := [n for n in numbers if not 1 <= n <= len(cnf.clauses)]:
                return Score.wrong(f"there is no number {outside[0]}")
            return (_judge_core if question is Question.CORE else _judge_subset)(cnf, numbers)


def read_assignment(text: str, naming: Naming) -> dict[int, bool] | None:
    """The values of variables that ``text`` gives, None if it gives none or contradicts itself."""
    readers = (_read_json, _read_digits, _read_literals, _read_pairs)
    return next((found for reader in readers if (found := reader(text, naming))), None)


def read_numbers(text: str) -> list[int] | None:
    """The numbers of clauses that ``text`` lists; ``C3`` and ranges ``3-5`` are understood."""
    if text.strip().lower().strip(".{}[]() ") in ("none", "∅", "empty", ""):
        return []
    body = text.rsplit(":", 1)[-1]
    body = re.sub(r"(\d+)\s*(?:-|–|to)\s*(\d+)", _range, body)
    numbers = [int(n) for n in re.findall(r"(?<![\w.])[A-Za-z]{0,2}_?\{?(\d+)", body)]
    return sorted(set(numbers)) or None


def _range(match: re.Match[str]) -> str:
    first, last = int(match[1]), int(match[2])
    if not first <= last <= first + 10_000:
        return match[0]
    return ", ".join(map(str, range(first, last + 1)))


# ------------------------------------------------------------------------------------ judging


def _judge_satisfiability(cnf: Cnf, satisfiable: bool, naming: Naming, text: str) -> Score:
    said = choice(text, _VALID if naming.dual else _YES_NO)
    if said is None:
        assignment = read_assignment(text, naming)
        if assignment and len(cnf.satisfied(assignment)) == len(cnf.clauses):
            return Score.right("a model is given")
        return Score.wrong(f"not understood as yes or no: {shortened(text)}")
    truth = "satisfiable" if satisfiable else "unsatisfiable"
    if (said == "yes") is satisfiable:
        return Score.right(f"the formula is {truth}")
    return Score.wrong(f"the formula is {truth}")


def _judge_model(cnf: Cnf, assignment: dict[int, bool]) -> Score:
    missing = len(cnf.clauses) - len(cnf.satisfied(assignment))
    if not missing:
        return Score.right("all clauses are satisfied")
    return Score.wrong(f"{missing} of {len(cnf.clauses)} clauses are not satisfied")


def _judge_maximum(cnf: Cnf, assignment: dict[int, bool]) -> Score:
    optimum, _ = solving.maximum_assignment(cnf)
    satisfied = len(cnf.satisfied(assignment))
    told = f"{satisfied} clauses are satisfied, {optimum} can be"
    if satisfied >= optimum:
        return Score.right(told)
    # Guessing satisfies a good part of the clauses: reward only what goes beyond it.
    guessed = sum(1 - 0.5 ** len(clause) for clause in cnf.clauses)
    span = optimum - guessed
    return Score.wrong(told, (satisfied - guessed) / span if span > 0 else 0.0)


def _judge_core(cnf: Cnf, numbers: Sequence[int]) -> Score:
    if solving.satisfiable(cnf.only(numbers), solving.VERIFIER):
        return Score.wrong("the set is satisfiable")
    superfluous = solving.removable(cnf, numbers)
    if not superfluous:
        return Score.right("the set is unsatisfiable and minimal")
    core = cnf.only(numbers)
    least = len(solving.minimal_core(core, list(range(1, len(core.clauses) + 1))))
    # All clauses are a core too: what counts is how much of the excess has been removed.
    excess = len(cnf.clauses) - least
    share = (len(cnf.clauses) - len(set(numbers))) / excess if excess else 0.0
    return Score.wrong(f"not minimal: it is unsatisfiable without {superfluous[0]}", share)


def _judge_subset(cnf: Cnf, numbers: Sequence[int]) -> Score:
    if not solving.satisfiable(cnf.only(numbers), solving.VERIFIER):
        return Score.wrong("the set is unsatisfiable")
    addable = solving.addable(cnf, numbers)
    if not addable:
        return Score.right("the set is satisfiable and maximal")
    rest = [n for n in range(1, len(cnf.clauses) + 1) if n not in set(numbers)]
    full = solving.maximal_subset(cnf, [*numbers, *rest])
    share = len(set(numbers)) / len(full)
    return Score.wrong(f"not maximal: {addable[0]} can be added", share)


# ------------------------------------------------------------------------- reading assignments


def _read_json(text: str, naming: Naming) -> dict[int, bool] | None:
    start, end = text.find("{"), text.rfind("}")
    try:
        value = json.loads(text[start : end + 1])
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    numbers = {name.lower(): n for n, name in enumerate(naming.names, start=1)}
    numbers.update({str(n): n for n in range(1, len(naming.names) + 1)})
    found = {}
    for key, said in value.items():
        truth = _truth(str(said), naming)
        if key.lower() not in numbers or truth is None:
            return None
        found[numbers[key.lower()]] = truth
    return found


def _read_digits(text: str, naming: Naming) -> dict[int, bool] | None:
    count = len(naming.names)
    run = rf"(?<![\w-])(?:[01][\s,;]*){{{count}}}(?![\w])"
    digits = [re.sub(r"\D", "", match) for match in re.findall(run, text)]
    if not digits:
        letters = re.fullmatch(rf"\W*((?:[TF][\s,;]*){{{count}}})\W*", text)
        if letters is None:
            return None
        digits = [re.sub(r"[^TF]", "", letters[1]).replace("T", "1").replace("F", "0")]
    return {n: digit == "1" for n, digit in enumerate(digits[-1], start=1)}


def _read_pairs(text: str, naming: Naming) -> dict[int, bool] | None:
    """``name = value``, ``name: value``, ``name is value``, ``name value``."""
    found: dict[int, bool] = {}
    values = "|".join(
        sorted({re.escape(w) for w in (*_TRUE_WORDS, *_FALSE_WORDS, naming.true.lower(),
                                       naming.false.lower())}, key=len, reverse=True))
    for number, name in enumerate(naming.names, start=1):
        spelt = re.escape(name.lower()).replace(r"\ ", r"\s+")
        if name.isdigit():
            spelt = rf"(?:x_?)?{spelt}"
        spelt = re.sub(r"^x(\d+)$", r"x_?\\{?\1\\}?", spelt)
        link = r"[\s\"'*`)]*(?:=|:|->|→|:=|\bis\b|\bto\b)?[\s\"'*`]*"
        pattern = rf"(?<![\w¬~-]){spelt}(?!\d){link}({values})(?!\w)"
        said = {_truth(word, naming) for word in re.findall(pattern, text.lower())}
        if len(said) > 1:
            return None
        if said and (truth := said.pop()) is not None:
            found[number] = truth
    return found or None


def _read_literals(text: str, naming: Naming) -> dict[int, bool] | None:
    """``1 -2 3 0`` with or without ``v``, or ``x1, ¬x2, x3``."""
    found: dict[int, bool] = {}
    body = re.sub(r"(?m)^\s*(?:v|s\s+\w+)\b", "", text).strip().strip(".{}[]()")
    for part in re.split(r"[\s,;]+|∧|\\land\b|\\wedge\b|&|\band\b", re.sub(_NEGATION, "-", body)):
        match = re.fullmatch(r"(-?)\(?(?:x_?)?\{?(\d+)\}?\)?", part)
        if match is None:
            if not part:
                continue
            return None
        number, truth = int(match[2]), not match[1]
        if number == 0:
            continue
        if number > len(naming.names) or found.get(number, truth) is not truth:
            return None
        found[number] = truth
    return found or None


def _truth(word: str, naming: Naming) -> bool | None:
    said = word.strip().lower()
    if said in (*_TRUE_WORDS, naming.true.lower()):
        return True
    return False if said in (*_FALSE_WORDS, naming.false.lower()) else None
