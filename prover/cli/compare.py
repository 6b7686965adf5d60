"""``lemma compare``: two runs of a benchmark against each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from prover.cli.errors import clear_errors
from prover.contracts import InputError
from prover.evaluation.store import read_results
from prover.evaluation.summary import comparison


def compare(
    before: Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)],
    after: Annotated[Path, typer.Argument(help="Folder of another run.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Compare two runs of a benchmark: what was gained and lost, and whether it may be chance."""
    with clear_errors():
        found = comparison(read_results(before), read_results(after))
        if found["problems"] == 0:
            raise InputError("the two runs have no problem in common",
                             remedy="compare runs of the same benchmark")
        if as_json:
            print(json.dumps(found, ensure_ascii=False))
            return
        print(f"{found['problems']} problems in both: {found['proved_before']} proved before, "
              f"{found['proved_after']} after (exact McNemar test: p = {found['p_value']:.3g})")
        for word in ("gained", "lost"):
            print(f"{word}: {len(found[word])}")
            for name in found[word]:
                print(f"  {name}")
