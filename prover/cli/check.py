"""``lemma check``: finished proofs in, verdicts out, without any search."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from prover.cli.errors import ALL_PROVED, BAD_INPUT, NOT_ALL_PROVED, clear_errors, complain
from prover.contracts import InputError, Verdict
from prover.environments.fol.certificate import SUFFIX, check_certificate
from prover.environments.fol.checker import same_theorem
from prover.environments.fol.environment import load_problem
from prover.environments.lean.checker import LeanChecker
from prover.environments.lean.source import read_source
from prover.reporting.records import verdict_record


@dataclass(frozen=True)
class _Judged:
    """A theorem and the verdict on its proof."""

    theorem: str
    file: Path
    line: int | None
    verdict: Verdict


def check(
    file: Annotated[Path, typer.Argument(
        help="A .lean file with proofs, or a .proof certificate.", show_default=False)],
    against: Annotated[Path | None, typer.Option(
        help="The file with the original statements (.lean), or the problem (.p) that a "
        "certificate is for.")] = None,
    as_json: Annotated[bool, typer.Option(
        "--json", help="One JSON object a theorem on standard output.")] = False,
) -> None:
    """Judge the proofs of a file; exit code 0 all accepted, 1 something refused, 2 bad input.

    Without --against the file itself is judged: nothing in it may weaken its own theorems. With
    it, every theorem of the original must be there, unchanged, with a sound proof.
    """
    with clear_errors():
        judged = _check(file, against)
        for item in judged:
            _show(item, as_json)
        if not judged:
            complain(InputError("no theorem to judge in this file", file=file))
            raise typer.Exit(BAD_INPUT)
        accepted = all(item.verdict.accepted for item in judged)
    raise typer.Exit(ALL_PROVED if accepted else NOT_ALL_PROVED)


def _check(file: Path, against: Path | None) -> Sequence[_Judged]:
    for path in filter(None, (file, against)):
        if not path.exists():
            raise InputError("no such file", file=path, remedy="check the path")
    if file.suffix == SUFFIX:
        return [_certificate(file, against)]
    if file.suffix == ".lean":
        return _lean(file, against)
    raise InputError(f"unknown kind of file {file.suffix or file.name!r}", file=file,
                     remedy=f"proofs are in .lean files or {SUFFIX} certificates")


def _certificate(file: Path, against: Path | None) -> _Judged:
    theorem, verdict = check_certificate(file)
    if against is not None and not any(same_theorem(theorem, t) for t in load_problem(against)):
        verdict = replace(verdict, accepted=False, reason=f"it is for another problem: {against}")
    return _Judged(theorem.name, theorem.file, theorem.line, verdict)


def _lean(file: Path, against: Path | None) -> list[_Judged]:
    original = read_source(against) if against is not None else None
    with LeanChecker() as checker:
        found = checker.check_file(read_source(file), original)
    return [_Judged(v.theorem, v.file, v.line, v.verdict) for v in found]


def _show(item: _Judged, as_json: bool) -> None:
    verdict = item.verdict
    if as_json:
        print(json.dumps({
            "theorem": item.theorem, "file": str(item.file), "line": item.line,
            "accepted": verdict.accepted, "verdict": verdict_record(verdict),
        }, ensure_ascii=False), flush=True)
        return
    where = f"{item.file}:{item.line}" if item.line else str(item.file)
    if verdict.accepted:
        axioms = ", ".join(verdict.axioms) or "none"
        print(f"✓ {item.theorem}  {where}  axioms: {axioms}  ({verdict.checker})", flush=True)
    else:
        print(f"✗ {item.theorem}  {where}  {verdict.reason}", flush=True)
