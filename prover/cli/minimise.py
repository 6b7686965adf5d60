"""``lemma minimise``: the proofs of a file made shorter, every one checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prover.cli.errors import (
    ALL_PROVED,
    BAD_INPUT,
    INTERRUPTED,
    NOT_ALL_PROVED,
    clear_errors,
    complain,
)
from prover.contracts import InputError, LemmaError, ProofScript
from prover.files import read_text, replace_text
from prover.reporting.records import verdict_record
from prover.script import length

if TYPE_CHECKING:
    from prover.minimise.files import MinimisedFile, Shortened


def minimise(
    file: Annotated[Path, typer.Argument(
        help="A .lean file with proofs, or a .proof certificate.", show_default=False)],
    only: Annotated[list[str] | None, typer.Option(
        help="Only the theorem of this name (may be given several times).")] = None,
    seconds: Annotated[float, typer.Option(
        min=0.1, help="Limit for each proof, without its check.")] = 30.0,
    out: Annotated[Path | None, typer.Option(
        help="Write the file with the shorter proofs there.", dir_okay=False)] = None,
    in_place: Annotated[bool, typer.Option(
        "--in-place", help="Put the shorter proofs into the file itself.")] = False,
    project: Annotated[Path | None, typer.Option(
        help="A Lake project whose modules may be imported; needs a native Lean.")] = None,
    as_json: Annotated[bool, typer.Option(
        "--json", help="One JSON object a theorem on standard output.")] = False,
) -> None:
    """Make the proofs of a file shorter; exit code 0 done, 1 some proof is none, 2 bad input.

    Steps that nothing needs are dropped, lists of lemmas reduced, tactics joined or replaced by
    shorter ones; every reduction is replayed and the result checked. Without --out or --in-place
    nothing is written: the shorter proofs are shown.
    """
    with clear_errors():
        # Late, so that a broken prover's package does not keep other commands from starting.
        from prover.environments.lean.project import use_project
        from prover.minimise.files import MinimisedFile

        if out is not None and in_place:
            raise InputError("--out and --in-place exclude each other", remedy="give one of them")
        use_project(project)
        original = read_text(file)
        work = MinimisedFile(file, seconds, tuple(only or ()))
        code = _run(work, as_json)
        target = file if in_place else out
        if target is not None and (work.text != original or target == out):
            _write(target, work.text, file, original)
    raise typer.Exit(code)


def _run(work: MinimisedFile, as_json: bool) -> int:
    count, failed = 0, False
    try:
        for found in work:
            count += 1
            failed = failed or found.reason is not None
            _show(found, work.path, as_json)
    except KeyboardInterrupt:
        complain("interrupted; what was made shorter is kept")
        return INTERRUPTED
    for problem in work.problems:
        complain(problem)
    if not count and not work.problems:
        raise InputError("no proof to minimise in this file", file=work.path)
    if work.problems:
        return BAD_INPUT
    return NOT_ALL_PROVED if failed else ALL_PROVED


def _write(target: Path, text: str, file: Path, original: str) -> None:
    if read_text(file) != original:
        raise InputError("changed since its proofs were read: nothing is written", file=file,
                         remedy="run the command again")
    try:
        replace_text(target, text)
    except OSError as problem:
        raise LemmaError(f"cannot be written: {problem.strerror or problem}",
                         file=target) from problem


def _show(found: Shortened, file: Path, as_json: bool) -> None:
    if as_json:
        print(json.dumps({
            "theorem": found.theorem, "file": str(file), "line": found.line,
            "before": _blocks(found.before), "after": _blocks(found.after),
            "lengths": [_characters(found.before), _characters(found.after or found.before)],
            "verdict": None if found.verdict is None else verdict_record(found.verdict),
            "error": found.reason,
        }, ensure_ascii=False), flush=True)
        return
    if found.reason is not None:
        print(f"✗ {found.theorem}  {found.reason}", flush=True)
    elif found.after is None:
        print(f"= {found.theorem}  {_characters(found.before)} characters", flush=True)
    else:
        print(f"✓ {found.theorem}  {_characters(found.before)} → {_characters(found.after)} "
              f"characters", flush=True)
        print("\n".join(f"    {line}" for line in str(found.after).split("\n")), flush=True)


def _blocks(script: ProofScript | None) -> list[str] | None:
    return None if script is None else list(script.blocks)


def _characters(script: ProofScript | None) -> int | None:
    return None if script is None else length(script).characters
