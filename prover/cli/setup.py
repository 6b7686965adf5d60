"""``lemma setup``: the embedded Lean into the user's cache, and E where that can be done."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from prover.cli.errors import INTERRUPTED, complain, fail
from prover.contracts import LemmaError
from prover.environments.fol.install import EproverSetup, install_eprover
from prover.environments.lean.install import install

SETUP_FAILED = 1


def setup(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    system: Annotated[
        bool,
        typer.Option(
            "--system/--no-system",
            help="Install what comes from the system's package manager (E), if that is possible.",
        ),
    ] = True,
) -> None:
    """Set up what pip does not bring: the embedded Lean, and the E prover where possible.

    Does only what is still to be done, repairs what is damaged, and goes on where an interrupted
    set-up ended. Exit code 0 once Lean is there, with or without E, and 1 if it is not.
    """
    say = complain if as_json else _say
    try:
        home = install(say)
        eprover = install_eprover(say) if system else None
    except LemmaError as problem:
        if as_json:
            print(json.dumps({"error": str(problem)}))
        fail(problem, SETUP_FAILED)
    except KeyboardInterrupt:
        fail("interrupted: the same command goes on where it was", INTERRUPTED)
    if as_json:
        print(json.dumps({"embedded_lean": str(home), "eprover": eprover and vars(eprover)}))
        return
    _say(f"embedded Lean: ready in {home}")
    if eprover is not None:
        _say(_eprover_line(eprover))


def _say(line: str) -> None:
    print(line, flush=True)


def _eprover_line(eprover: EproverSetup) -> str:
    if eprover.path:
        return f"eprover: {eprover.detail}, {eprover.path}"
    return f"eprover: {eprover.detail}; Lemma works without it. To get it: {eprover.remedy}"
