"""``lemma improve``: search, learn, and search better."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from prover.cli.errors import INTERRUPTED, clear_errors, complain, fail


def improve(
    config: Annotated[Path, typer.Option(
        "--config", "-c", help="A TOML file: pool, search, learning.", show_default=False)],
    out: Annotated[Path | None, typer.Option(
        help="The folder to write, in place of the file's.", show_default=False)] = None,
    records: Annotated[list[Path] | None, typer.Option(
        "--records", help="Training records in the place of the file's (may be given several "
        "times).", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rounds as JSON.")] = False,
) -> None:
    """Expert iteration: search a pool of theorems, learn from what was found, and again.

    \b
    A config file:
      out = "out/improve"
      rounds = 3
      \\[pool]
      library = 200                       # theorems of the library, others in every round
      files = ["mutated.jsonl"]           # and of lemma generate mutate
      \\[learning]
      run = "run.toml"                    # of lemma train generator
      records = ["explored.jsonl"]        # of lemma train explore

    Everything of a round is on disk; interrupted, the same command goes on. progress.md and
    progress.png tell how many theorems of a fixed validation set are proved after each round.
    """
    with clear_errors():
        from prover.training.improve import Improvement
        from prover.training.improve_options import read_improve

        options = read_improve(config, out, records)
        try:
            rounds = Improvement(options, complain).run()
        except KeyboardInterrupt:
            fail(f"interrupted; the same command goes on (rounds are in {options.out})",
                 INTERRUPTED)
        if as_json:
            print(json.dumps([r.as_json() for r in rounds]))
            return
        table = Table("round", "searched", "proved", "records", "curated", "validation", box=None)
        for r in rounds:
            table.add_row(str(r.number), str(r.searched), str(r.proved), str(r.records),
                          str(r.curated), f"{r.validation_proved} of {r.validation}")
        Console().print(table)
