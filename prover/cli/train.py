"""``lemma train``: models out of proofs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from prover.cli.errors import INTERRUPTED, clear_errors, complain, fail
from prover.cli.train_generator import COMMANDS
from prover.contracts import InputError

if TYPE_CHECKING:
    from retrieval.training.options import TrainingOptions
    from retrieval.training.retriever import Report, Watch

train = typer.Typer(no_args_is_help=True, help="Train models on proofs.")
_PARTS = ("learned", "encoder", "both")


@train.callback()
def models() -> None:
    """Train models on proofs."""


for command in COMMANDS:
    train.command()(command)


@train.command()
def retriever(
    proofs: Annotated[list[Path], typer.Argument(
        help="Files of goals and the premises that their proofs used: JSON lines with name, "
        "premises and goal (or nothing, for a theorem of the library), LeanDojo Benchmark, or "
        "the results.jsonl of lemma prove.",
        show_default=False)],
    library: Annotated[Path, typer.Option(
        help="Where the premises stand: a TPTP file in library order, a corpus.jsonl, or Lean "
        "files.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The folder to write.", show_default=False,
                                      file_okay=False)],
    parts: Annotated[str, typer.Option(
        help="learned: a ranker by symbols and similar proofs (seconds); encoder: a "
        "transformer (minutes to hours); both, and their fusion.")] = "both",
    encoder: Annotated[str, typer.Option(
        help="Whose training is continued: minilm, hf:FOLDER_OR_ID, reprover:FOLDER_OR_ID."
    )] = "minilm",
    config: Annotated[Path | None, typer.Option(
        help="A TOML file of training options.", dir_okay=False)] = None,
    option: Annotated[list[str] | None, typer.Option(
        "--option", "-o", metavar="NAME=VALUE",
        help="A training option, in place of the file's; may be repeated.")] = None,
    validation: Annotated[float, typer.Option(
        min=0.0, max=0.9, help="The share of the goals that is set aside.")] = 0.15,
    seed: Annotated[int | None, typer.Option(
        help="The same seed gives the same split and batches.", show_default=False)] = None,
    final: Annotated[bool, typer.Option(
        "--final", help="After measuring, let the learned ranker have all proofs.")] = False,
    resume: Annotated[bool, typer.Option(
        "--resume", help="Go on with an encoder's training that was stopped.")] = False,
    tensorboard: Annotated[Path | None, typer.Option(
        help="A folder for TensorBoard.", file_okay=False)] = None,
    as_json: Annotated[bool, typer.Option(
        "--json", help="Print the report as JSON.")] = False,
) -> None:
    """Train a premise retriever: lemma prove --premises FOLDER uses it.

    Its encoder is a Hugging Face folder, FOLDER/encoder. Ctrl-C stops; --resume goes on.
    """
    with clear_errors():
        if parts not in _PARTS:
            raise InputError(f"unknown parts {parts!r}", remedy="choose " + ", ".join(_PARTS))
        from prover.premises import as_lemma_error
        from retrieval.contracts import RetrievalError

        try:
            options = _options(config, option or [], seed)
            report = _train(proofs, library, options, {
                "folder": out, "parts": parts, "encoder": encoder, "validation": validation,
                "resume": resume, "final": final, "log": tensorboard,
            })  # fmt: skip
        except RetrievalError as problem:
            raise as_lemma_error(problem) from problem
        except KeyboardInterrupt:
            fail("interrupted; go on with --resume", INTERRUPTED)
        except OSError as problem:
            raise InputError(f"cannot be written: {problem.strerror or problem}",
                             file=problem.filename or out) from problem
        _show(report, out, as_json)


def _train(
    proofs: Sequence[Path], library: Path, options: TrainingOptions, plan: dict[str, Any]
) -> Report:
    from prover.corpora import file_recipe, index_store
    from prover.own_proofs import is_results, own_proofs
    from retrieval.questions import read_questions
    from retrieval.training.retriever import Parts, Plan, train_retriever

    corpus = file_recipe(library).make()
    own = [path for path in proofs if is_results(path)]
    asked = [read_questions(path, corpus) for path in proofs if path not in own]
    unknown = sum(found.unknown for found in asked)
    later = sum(found.inaccessible for found in asked)
    if unknown or later:
        complain(f"note: left out {unknown} used premises that are not in {library}, and {later} "
                 "that stand after the theorem")
    plan["parts"] = Parts(plan["parts"])
    questions = [question for found in asked for question in found.asked]
    questions += [question for path in own for question in own_proofs(path, corpus)]
    with _watching() as watch:
        return train_retriever(
            corpus, questions, Plan(options=options, cache=index_store().root, **plan), watch)


def _options(config: Path | None, pairs: Sequence[str], seed: int | None) -> TrainingOptions:
    from retrieval.training.options import TrainingOptions

    options = TrainingOptions.load(config) if config is not None else TrainingOptions()
    given: dict[str, Any] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise InputError(f"option {pair!r} has no value", remedy="write -o NAME=VALUE")
        try:
            given[name.strip()] = json.loads(value)
        except ValueError:
            given[name.strip()] = value.strip()
    if seed is not None:
        given["seed"] = seed
    return options.changed(given)


@contextmanager
def _watching() -> Iterator[Watch]:
    """A progress bar on a terminal, else a line on standard error for each new activity."""
    console = Console(stderr=True)
    if not console.is_terminal:
        told: set[str] = set()

        def note(what: str, _done: int, _total: int) -> None:
            activity = what.partition(" loss")[0].partition(" recall")[0]
            if activity not in told:
                told.add(activity)
                complain(what)

        yield note
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("reading", total=None)

        def show(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        yield show


def _show(report: Report, out: Path, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report.as_json()))
        return
    table = Table("ranker", box=None)
    cuts = (10, 64, 128)
    for name in (*(f"recall@{cut}" for cut in cuts), "coverage@128", "ms a goal"):
        table.add_column(name, justify="right")
    for found in report.rankers:
        metrics = found.metrics
        table.add_row(found.ranker, *(f"{metrics.recall[cut]:.3f}" for cut in cuts),
                      f"{metrics.coverage[128]:.3f}", f"{found.milliseconds:.1f}")
    Console().print(table)
    print(f"{out}: learnt from {report.train} proofs over {report.premises} premises in "
          f"{report.seconds:.0f} s; the table is for {report.validation} others")
