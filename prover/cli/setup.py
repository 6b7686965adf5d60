"""``lemma setup``: the embedded Lean and what its library states into the user's cache, and E
where that can be done."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import typer

from prover.cli.errors import INTERRUPTED, complain, fail
from prover.cli.reading_bar import ReadingBar
from prover.contracts import LemmaError
from prover.environments.fol.install import EproverSetup, install_eprover
from prover.environments.lean.install import install
from prover.environments.lean.library import library_key, load_library

SETUP_FAILED = 1
LIBRARY = ("Init",)


def setup(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    system: Annotated[
        bool,
        typer.Option(
            "--system/--no-system",
            help="Install what comes from the system's package manager (E), if that is possible.",
        ),
    ] = True,
    library: Annotated[
        bool,
        typer.Option(
            "--library/--no-library",
            help="Read what Lean's library states, so that its theorems are offered as premises.",
        ),
    ] = True,
) -> None:
    """Set up what pip does not bring: the embedded Lean, its library, and E where possible.

    Does only what is still to be done, repairs what is damaged, and goes on where an interrupted
    set-up ended. Exit code 0 once Lean is there, with or without E, and 1 if it is not.
    """
    say = complain if as_json else _say
    try:
        home = install(say)
        eprover = install_eprover(say) if system else None
        statements = read_library(say) if library else None
    except LemmaError as problem:
        if as_json:
            print(json.dumps({"error": str(problem)}))
        fail(problem, SETUP_FAILED)
    except KeyboardInterrupt:
        fail("interrupted: the same command goes on where it was", INTERRUPTED)
    if as_json:
        print(json.dumps({"embedded_lean": str(home), "eprover": eprover and vars(eprover),
                          "library": statements and vars(statements)}))
        return
    _say(f"embedded Lean: ready in {home}")
    if eprover is not None:
        _say(_eprover_line(eprover))
    if statements is not None:
        _say(f"library: {statements.path or statements.reason}")


@dataclass(frozen=True)
class LibrarySetup:
    """Where the statements of Lean's library are kept, or the reason why there are none."""

    path: str | None
    reason: str = ""


def read_library(say: Callable[[str], None]) -> LibrarySetup:
    """Read the statements of ``Init``, unless that was done before. Lemma works without them."""
    path = library_key(LIBRARY).path()
    try:
        if not path.exists():
            say("reading what Lean's library states: about a minute, once")
            with ReadingBar() as progress:
                load_library(LIBRARY, progress=progress)
    except LemmaError as problem:
        return LibrarySetup(None, f"not read: {problem}")
    return LibrarySetup(str(path))


def _say(line: str) -> None:
    print(line, flush=True)


def _eprover_line(eprover: EproverSetup) -> str:
    if eprover.path:
        return f"eprover: {eprover.detail}, {eprover.path}"
    return f"eprover: {eprover.detail}; Lemma works without it. To get it: {eprover.remedy}"
