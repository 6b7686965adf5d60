"""Proof reconstruction: how do these statements, in no order, follow from one another?

The answer tells for each derived statement a few others from which it follows. It is judged by
that: each step must be valid (as in the derivation that E found, or by another way that a prover
confirms), and no statement may rest on itself.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from typing import Any

import networkx as nx

from data.answers import final_answer, shortened
from data.contracts import Score
from data.saturate.chapters import Chapter
from data.saturate.drafts import Draft, NoTaskError, Task
from data.saturate.graph import members
from data.saturate.judging import Proved, judge_patiently
from data.saturate.reading import numbers_in
from prover.environments.fol.tptp import parse_problem

MAX_PARENTS, MAX_STATEMENTS = 3, 24
_ATTEMPTS = 8

Parents = dict[int, set[int]]


def draw(rng: random.Random, chapter: Chapter, depth: int, depths: int) -> Draft:
    """A task with about ``depth`` derived statements (at least two). Raises `NoTaskError`."""
    graph, number = chapter.graph, _theorem(rng, chapter, max(depth, 2))
    numbers = [*members(graph.ancestors[number]), number]
    derived = [n for n in numbers if not graph.is_axiom(n)]
    if len(numbers) > MAX_STATEMENTS or any(len(graph.parents[n]) > MAX_PARENTS for n in derived):
        raise NoTaskError("too long a derivation")
    confirmed = {chapter.confirmation(n) for n in derived}
    if None in confirmed:
        raise NoTaskError("not confirmed")
    rng.shuffle(numbers)
    place = {n: at for at, n in enumerate(numbers, start=1)}
    lines = [
        f"{place[n]}: {', '.join(map(str, sorted(place[p] for p in graph.parents[n])))}"
        for n in sorted(derived)
    ]
    return Draft(
        task=Task.RECONSTRUCTION, statements=tuple(chapter.statements(numbers)),
        goal=graph.statements[number], answer="\n".join(lines), label=f"{len(derived)} steps",
        depth=len(derived), distractors=0, difficulty=min(len(derived) / (depths + 4), 1.0),
        interest=chapter.ratings[number].interest, theorem=graph.statements[number],
        evidence=f"each step proved by {' or '.join(sorted(filter(None, confirmed)))}",
        given=tuple(sorted(place[n] for n in numbers if graph.is_axiom(n))),
    )  # fmt: skip


def _theorem(rng: random.Random, chapter: Chapter, depth: int) -> int:
    """A theorem whose derivation has ``depth`` steps, or nearly so."""
    drawn = [rng.choice(chapter.theorems) for _ in range(_ATTEMPTS)]
    exact = [n for n in chapter.theorems if chapter.graph.inferences(n) == depth]
    if exact:
        return rng.choice(exact)
    number = min(drawn, key=lambda n: abs(chapter.graph.inferences(n) - depth))
    if chapter.graph.inferences(number) < 2:
        raise NoTaskError("too short a derivation")
    return number


# ---------------------------------------------------------------------------------------- scoring


def score(record: Mapping[str, Any], answer: str) -> Score:
    """Judge the steps; the reward is the share of the derived statements with a valid step."""
    text = final_answer(answer)
    if not text:
        return Score.wrong("no answer")
    formulas = [f.closed for f in parse_problem(record["problem"]).premises]
    given = set(record["given"])
    derived = [n for n in range(1, len(formulas) + 1) if n not in given]
    steps = read_steps(text)
    if not steps:
        return Score.wrong(f"not understood as steps: {shortened(text)}")
    reference = read_steps(record["answer"])
    problems: list[str] = []
    for number in derived:
        fault = _fault(number, steps.get(number, set()), reference[number], len(formulas))
        if fault is None and not reference[number] <= steps[number]:
            premises = [formulas[p - 1] for p in sorted(steps[number])]
            if not isinstance(judge_patiently(premises, formulas[number - 1]), Proved):
                fault = f"statement {number} is not seen to follow from {_listed(steps[number])}"
        if fault is not None:
            problems.append(fault)
    reward = (len(derived) - len(problems)) / len(derived)
    circle = _circle({n: parents for n, parents in steps.items() if n in derived})
    if circle is not None:
        return Score.wrong(f"statement {circle} rests on itself", reward / 2)
    if problems:
        return Score.wrong(problems[0], reward)
    return Score.right("every step is valid")


def _fault(number: int, parents: set[int], reference: set[int], last: int) -> str | None:
    """What can be seen to be wrong with a step without a prover."""
    if not parents:
        return f"statement {number} has no step"
    if stray := [p for p in sorted(parents) if not 1 <= p <= last]:
        return f"there is no statement {stray[0]}"
    if len(parents) > max(MAX_PARENTS, len(reference)):
        return f"statement {number} rests on more than {MAX_PARENTS} others"
    return None


def _listed(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def _circle(steps: Parents) -> int | None:
    """A statement that rests on itself, if there is one."""
    graph: nx.DiGraph[int] = nx.DiGraph(
        (parent, number) for number, parents in steps.items() for parent in parents
    )
    try:
        return int(min(edge[0] for edge in nx.find_cycle(graph)))
    except nx.NetworkXNoCycle:
        return None


_FORWARD = re.compile(r"⊢|⊨|=>|⇒|->|→|\b(?:imply|implies|gives?|yields?|entails?|prove[sd]?)\b")
_ENUMERATED = re.compile(r"^\s*(?:[-*•]|\(?\d+[.)](?=\s+\S*\d))\s*")
_BACKWARD = re.compile(
    r":|=|←|<-|\b(?:from|by|follows|using|because|since|via|parents?|depends|rests)\b")


def read_steps(text: str) -> Parents:
    """The parents of each statement in an answer: lines like ``5: 1, 3``, ``S5 from S1 and S3``,
    ``1, 3 ⊢ 5`` or ``(1, 3) → 5``, or a JSON object."""
    found = _json_steps(text)
    if found:
        return found
    for line in text.splitlines():
        step = _step(line) or _step(_ENUMERATED.sub("", line))
        if step is not None:
            found.setdefault(step[0], step[1])
    return found


def _step(line: str) -> tuple[int, set[int]] | None:
    forward, backward = _FORWARD.search(line), _BACKWARD.search(line)
    if backward is not None and (forward is None or backward.start() < forward.start()):
        target, parents = numbers_in(line[: backward.start()]), line[backward.end() :]
    elif forward is not None:
        target, parents = numbers_in(line[forward.end() :]), line[: forward.start()]
    else:
        numbers = numbers_in(line)
        return (numbers[0], set(numbers[1:])) if len(numbers) > 1 else None
    if len(target) != 1 or not numbers_in(parents):
        return None
    return target[0], set(numbers_in(parents))


def _json_steps(text: str) -> Parents:
    match = re.search(r"\{.*\}", text, re.DOTALL)
    try:
        value = json.loads(match[0]) if match else None
    except ValueError:
        return {}
    found: Parents = {}
    for key, parents in value.items() if isinstance(value, dict) else ():
        target = numbers_in(str(key))
        if len(target) == 1:
            found[target[0]] = set(numbers_in(json.dumps(parents)))
    return found
