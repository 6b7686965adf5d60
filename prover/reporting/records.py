"""Results as JSON: one object a theorem, with the field names users script against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TextIO

from prover.contracts import Result, Verdict


def result_record(result: Result) -> dict[str, Any]:
    """The object that ``lemma prove --json`` prints for one theorem."""
    return {
        "theorem": result.theorem,
        "file": result.file,
        "line": result.line,
        "status": result.status.value,
        "proof": result.proof,
        "seconds": round(result.seconds, 3),
        "tactic_calls": result.tactic_calls,
        "expansions": result.expansions,
        "verdict": verdict_record(result.verdict),
        "error": result.error,
    }


def verdict_record(verdict: Verdict | None) -> dict[str, Any] | None:
    """Who checked the proof, with which version, and the axioms it rests on."""
    if verdict is None:
        return None
    return {
        "accepted": verdict.accepted,
        "checker": verdict.checker,
        "version": verdict.version,
        "axioms": list(verdict.axioms),
        "reason": verdict.reason,
    }


def write_record(result: Result, stream: TextIO) -> None:
    """One line, flushed: a reader at the other end of a pipe sees it at once."""
    stream.write(json.dumps(result_record(result), ensure_ascii=False) + "\n")
    stream.flush()


def append_record(result: Result, path: Path) -> None:
    """Add the record to a ``.jsonl`` file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        write_record(result, stream)
