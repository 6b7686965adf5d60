"""Judging a model's proof of a mutated theorem: Lean's checker does."""

from __future__ import annotations

import atexit
import functools
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from data.answers import code, shortened
from data.contracts import Score
from prover.contracts import InputError
from prover.environments.lean.backend import EmbeddedLauncher
from prover.environments.lean.checker import LeanChecker
from prover.environments.lean.source import LeanSource

_DECLARATION = re.compile(r"^\s*(?:theorem|lemma)\s", re.MULTILINE)
_BY = re.compile(r"\A\s*(?::=\s*)?by\b[^\S\n]*")
_TERM = re.compile(r"\A\s*(?::=\s*)?")
_SECONDS = 60.0


def judge(record: Mapping[str, Any], answer: str) -> Score:
    """Whether ``answer`` proves the theorem of ``record``: a list of tactics, with or without
    ``by``, a term, or a text with the whole theorem, unchanged. Raises `LemmaError` if Lean is
    not installed."""
    text = code(answer)
    if not text.strip():
        return Score.wrong("no answer")
    original = f"{record['header']}\n\n{record['statement']} := by\n  sorry\n"
    reason = ""
    for submitted in _readings(record, text):
        refusal = _refusal(submitted, original)
        if refusal is None:
            return Score.right("Lean's kernel accepts the proof")
        reason = reason or refusal
    return Score.wrong(shortened(reason, 200))


def _readings(record: Mapping[str, Any], text: str) -> Iterator[str]:
    """The texts that an answer may stand for."""
    header, statement = record["header"], record["statement"]
    if _DECLARATION.search(text):
        yield text if re.search(r"^\s*import\s", text, re.MULTILINE) else f"{header}\n\n{text}\n"
        return
    # The first line of a block often stands beside `by`, or has lost its indentation.
    block = _BY.sub("", text).strip("\n")
    first, _, rest = block.partition("\n")
    tactics = f"{first.strip()}\n{textwrap.dedent(rest)}" if rest else first.strip()
    for body in dict.fromkeys((textwrap.dedent(block), tactics)):
        yield f"{header}\n\n{statement} := by\n{textwrap.indent(body, '  ')}\n"
    if not _BY.match(text):
        yield f"{header}\n\n{statement} :=\n{textwrap.indent(_TERM.sub('', text), '  ')}\n"


def _refusal(submitted: str, original: str) -> str | None:
    file = Path("answer")
    try:
        verdicts = _checker().check_file(LeanSource(file, submitted), LeanSource(file, original))
    except InputError as problem:
        return problem.message
    refused = [v.verdict.reason or "refused" for v in verdicts if not v.verdict.accepted]
    return refused[0] if refused or not verdicts else None


@functools.cache
def _checker() -> LeanChecker:
    """One for the process: it takes seconds to start."""
    checker = LeanChecker(EmbeddedLauncher(), seconds=_SECONDS)
    atexit.register(checker.close)
    return checker
