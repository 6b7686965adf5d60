"""The command line: one module per command."""

from __future__ import annotations

from importlib.metadata import version

import typer

from prover.cli.cache import cache
from prover.cli.check import check
from prover.cli.compare import compare
from prover.cli.doctor import doctor
from prover.cli.eval import evaluate
from prover.cli.eval_retrieval import evaluate_retrieval
from prover.cli.generate import data, generate, score
from prover.cli.improve import improve
from prover.cli.index import index
from prover.cli.library import library
from prover.cli.minimise import minimise
from prover.cli.models import models
from prover.cli.premises import premises
from prover.cli.prove import prove
from prover.cli.replay import replay
from prover.cli.setup import setup
from prover.cli.train import train

app = typer.Typer(
    name="lemma", no_args_is_help=True, pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Prove theorems in Lean 4 and first-order logic, every proof checked.",
)
app.command()(prove)
app.command()(replay)
app.command()(check)
app.command()(minimise)
app.command(name="eval")(evaluate)
app.command()(compare)
app.command()(generate)
app.command()(score)
app.add_typer(data, name="data")
app.add_typer(train, name="train")
app.command()(improve)
app.command()(models)
app.command()(library)
app.command()(premises)
app.add_typer(index, name="index")
app.command(name="eval-retrieval")(evaluate_retrieval)
app.add_typer(cache, name="cache")
app.command()(doctor)
app.command()(setup)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"lemma {version('lemma-prover')}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    """Options of all commands."""


def main() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
