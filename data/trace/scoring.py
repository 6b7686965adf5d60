"""Judging a model's answer to a step.

A tactic is right if it is the one of the proof, spaces and comments apart, or if Lean finds that
it does as much: it closes the goal, or leaves the same goals. For that Lean elaborates the file up
to the theorem, with the goal as an example after it. A tactic that applies but leaves other goals
is not called right, since nobody knows where it leads; it has half of the reward.
"""

from __future__ import annotations

import atexit
import functools
import re
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.answers import choice, code, final_answer, shortened
from data.contracts import Score
from data.trace.lean_files import split_goals, tactics_of_last_command
from data.trace.questions import OUTCOME_WORDS, Question
from data.trace.servers import Servers
from prover.contracts import LemmaError
from prover.environments.lean.lexer import tokens
from prover.environments.lean.screening import refusal
from prover.environments.lean.source import read_source

_BY = re.compile(r"\A\s*(?::=\s*)?by\b\s*")


def judge(record: Mapping[str, Any], answer: str) -> Score:
    """Whether ``answer`` is right for the step in ``record``."""
    if record["question"] == Question.OUTCOME:
        return _judge_outcome(record, answer)
    tactic = _BY.sub("", textwrap.dedent(code(answer)).strip())
    if not tactic:
        return Score.wrong("no answer")
    if _squeezed(tactic) == _squeezed(record["answer"]):
        return Score.right("this is the tactic of the proof")
    reason = refusal(tactic)
    if reason is not None:
        return Score.wrong(reason)
    if not record["imports"]:
        return Score.wrong("another tactic than that of the proof, and not one of a Lean file")
    try:
        after = _tried(record, tactic)
    except LemmaError as problem:
        return Score.wrong(f"another tactic than that of the proof; {problem.message}")
    return _judge_goals(record, after)


def _judge_outcome(record: Mapping[str, Any], answer: str) -> Score:
    text = final_answer(answer)
    said = choice(text, {word: str(outcome) for word, outcome in OUTCOME_WORDS.items()})
    if said is None:
        return Score.wrong(f"not understood as an outcome: {shortened(text)}")
    if said == record["outcome"]:
        return Score.right(f"the outcome is {said}")
    return Score.wrong(f"the outcome is {record['outcome']}, not {said}")


def _judge_goals(record: Mapping[str, Any], after: tuple[str, ...]) -> Score:
    if not after:
        return Score.right("it closes the goal")
    wanted = {_unnamed(goal) for goal in record["next_goals"]}
    if {_unnamed(goal) for goal in after} == wanted:
        return Score.right("it leaves the same goals as the tactic of the proof")
    return Score.wrong("it applies, and leaves other goals than the tactic of the proof", 0.5)


def _tried(record: Mapping[str, Any], tactic: str) -> tuple[str, ...]:
    """The goals that ``tactic`` leaves. Raises `LemmaError` if that cannot be found out, or if it
    fails."""
    example = _example(record["goals"][0], tactic)
    path = Path(record["file"])
    if not path.is_file():
        raise LemmaError("its file is not there to try it")
    source = read_source(path)
    offset = sum(len(line) for line in source.text.splitlines(keepends=True)[: record["line"] - 1])
    there = replace(source, text=f"{source.text[:offset]}\n\n{example}")
    ran, errors = tactics_of_last_command(_servers().of(there), there)
    if errors:
        raise LemmaError(f"Lean refuses it: {shortened(errors[0], 120)}")
    if not ran:
        raise LemmaError("Lean did not run it")
    first = split_goals(ran[0].goal_before)[0]
    if _unnamed(first) != _unnamed(record["goals"][0]):
        raise LemmaError("its goal cannot be stated outside of its proof")
    return split_goals(ran[0].goal_after)


def _example(goal: str, tactic: str) -> str:
    """A text that states ``goal`` and tries ``tactic`` on it. Raises `LemmaError` for a goal that
    names things which cannot be named."""
    if "✝" in goal or "?" in goal or "⋯" in goal:
        raise LemmaError("its goal cannot be stated outside of its proof")
    hypotheses, _, target = goal.partition("⊢")
    joined = re.sub(r"\n\s+", " ", hypotheses)
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("case ")]
    if any(":=" in line for line in lines):
        raise LemmaError("its goal cannot be stated outside of its proof")
    binders = " ".join(f"({line})" for line in lines)
    block = textwrap.indent(f"({tactic}\n)" if "\n" in tactic else f"({tactic})", "  ")
    target = textwrap.indent(target.strip(), "    ").lstrip()
    return f"example {binders} :\n    {target} := by\n{block}\n  all_goals sorry\n"


def _unnamed(goal: str) -> str:
    """``goal`` without its case and its layout."""
    lines = [line for line in goal.splitlines() if not line.startswith("case ")]
    return " ".join(" ".join(lines).split())


def _squeezed(tactic: str) -> str:
    return " ".join(token.text for token in tokens(tactic))


@functools.cache
def _servers() -> Servers:
    """Those of the process: a server takes seconds to start."""
    servers = Servers()
    atexit.register(servers.close)
    return servers
