"""Results as JSON: one object a theorem, with the field names users script against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from prover.contracts import ProofScript, Result, Status, Verdict
from prover.script import length


def result_record(result: Result) -> dict[str, Any]:
    """The object that ``lemma prove --json`` prints for one theorem."""
    return {
        "theorem": result.theorem,
        "file": result.file,
        "line": result.line,
        "status": result.status.value,
        "proof": result.proof,
        "script": list(result.script.blocks) if result.proof and result.script else None,
        "seconds": round(result.seconds, 3),
        "tactic_calls": result.tactic_calls,
        "expansions": result.expansions,
        "tokens": result.tokens,
        "verdict": verdict_record(result.verdict),
        "found": list(result.found.blocks) if result.found else None,
        "lengths": _lengths(result) if result.proof and result.script else None,
        "error": result.error,
    }


def _lengths(result: Result) -> dict[str, dict[str, int]]:
    """How long the script is, and how long the one was that search found."""
    assert result.script is not None
    return {"found": asdict(length(result.found or result.script)),
            "script": asdict(length(result.script))}


def read_result(record: Mapping[str, Any]) -> Result:
    """The result that `result_record` was made from. Raises `KeyError`, `TypeError` or
    `ValueError` for what is no such record."""
    verdict, script, found = record["verdict"], record["script"], record.get("found")
    return Result(
        theorem=record["theorem"], file=record["file"], line=record["line"],
        status=Status(record["status"]), proof=record["proof"], seconds=record["seconds"],
        tactic_calls=record["tactic_calls"], expansions=record["expansions"],
        tokens=record["tokens"], error=record["error"],
        verdict=None if verdict is None else Verdict(**{**verdict,
                                                        "axioms": tuple(verdict["axioms"])}),
        script=None if script is None else ProofScript(tuple(script)),
        found=None if found is None else ProofScript(tuple(found)),
    )


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
