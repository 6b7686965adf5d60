"""``lemma check``: finished proofs in, verdicts out, without any search."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prover.cli.errors import ALL_PROVED, BAD_INPUT, NOT_ALL_PROVED, clear_errors, complain
from prover.contracts import InputError
from prover.reporting.records import verdict_record

if TYPE_CHECKING:
    from prover.judging import Judged


def check(
    file: Annotated[Path, typer.Argument(
        help="A .lean file with proofs, or a .proof certificate.", show_default=False)],
    against: Annotated[Path | None, typer.Option(
        help="The file with the original statements (.lean), or the problem (.p) that a "
        "certificate is for.")] = None,
    project: Annotated[Path | None, typer.Option(
        help="A Lake project whose modules may be imported; needs a native Lean.")] = None,
    as_json: Annotated[bool, typer.Option(
        "--json", help="One JSON object a theorem on standard output.")] = False,
) -> None:
    """Judge the proofs of a file; exit code 0 all accepted, 1 something refused, 2 bad input.

    Without --against the file itself is judged: nothing in it may weaken its own theorems. With
    it, every theorem of the original must be there, unchanged, with a sound proof.
    """
    with clear_errors():
        # Late, so that a broken prover's package does not keep other commands from starting.
        from prover.environments.lean.project import use_project
        from prover.judging import judge

        use_project(project)
        judged = judge(file, against)
        for item in judged:
            _show(item, as_json)
        if not judged:
            complain(InputError("no theorem to judge in this file", file=file))
            raise typer.Exit(BAD_INPUT)
        accepted = all(item.verdict.accepted for item in judged)
    raise typer.Exit(ALL_PROVED if accepted else NOT_ALL_PROVED)


def _show(item: Judged, as_json: bool) -> None:
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
