"""``lemma train explore|records|generator|value``: from Lean's answers to a tactic generator."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console

from prover.cli.errors import INTERRUPTED, clear_errors, complain, fail
from prover.cli.watching import watching
from prover.contracts import InputError

if TYPE_CHECKING:
    from prover.evaluation.core_library import Split
    from prover.training.runs import Report

_SHARD = re.compile(r"([1-9]\d*)/([1-9]\d*)")
Config = Annotated[Path, typer.Option(
    "--config", "-c", help="A TOML file: what is trained on what, and how.", show_default=False)]
Out = Annotated[Path | None, typer.Option(
    help="The folder to write, in place of the file's.", show_default=False)]
Records = Annotated[list[Path] | None, typer.Option(
    "--records", help="Training records in the place of the file's (may be given several times).",
    show_default=False)]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped.")]
Json = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


def explore(
    out: Annotated[Path, typer.Option(
        help="A folder; what is there is gone on with.", show_default=False)],
    count: Annotated[int, typer.Option(min=1, help="Theorems in all.")] = 1000,
    split: Annotated[str, typer.Option(help="Of core-library: train or validation.")] = "train",
    tries: Annotated[int, typer.Option(min=1, help="Tactics at a theorem's goal.")] = 56,
    branches: Annotated[int, typer.Option(
        min=0, help="Where none proves it, go on after so many that lead somewhere.")] = 3,
    seconds: Annotated[float, typer.Option(min=0.05, help="For one tactic.")] = 1.0,
    shard: Annotated[str, typer.Option(
        help="Only part i of n, as i/n: for several processes.")] = "1/1",
    problems: Annotated[list[Path] | None, typer.Option(
        help="First-order problems in the library's place: .p files, folders, or a .jsonl of "
        "lemma generate saturate (may be given several times).", show_default=False)] = None,
    seed: Annotated[int, typer.Option(help="The same seed tries the same tactics.")] = 0,
    as_json: Json = False,
) -> None:
    """Try tactics on goals of Lean's library and write down what works: training records.

    One Lean process (1 GB). Ctrl-C stops; the same command goes on. About 1,200 theorems an hour.
    """
    with clear_errors():
        match = _SHARD.fullmatch(shard)
        if match is None or int(match[1]) > int(match[2]):
            raise InputError(f"--shard {shard}: not a part", remedy="write i/n, as 2/8")
        if split not in ("train", "validation"):
            raise InputError(f"--split {split}: nothing is learnt from it",
                             remedy="choose train or validation")
        if problems and shard != "1/1":
            raise InputError("--shard is for the library", remedy="give each process its own files")
        from prover.training.collecting import PROBLEMS, Collection, LibrarySource, Source, Tally
        from prover.training.exploration import Plan
        from prover.training.first_order_source import FirstOrderSource

        plan = Plan(tries, inner_tries=max(1, tries * 2 // 7), branches=branches,
                    seconds=seconds)
        part = int(match[1]), int(match[2])
        source: Source = FirstOrderSource(problems, plan=plan, seed=seed) if problems else (
            LibrarySource(out / PROBLEMS, split=cast("Split", split), seed=seed, plan=plan,
                          shard=part))
        collection = Collection(out, source, shard=part)
        try:
            with watching() as watch:
                def told(name: str, tally: Tally) -> None:
                    watch(f"{name}: {tally.proved} proved", tally.theorems, count)

                tally = collection.run(count, told)
        except KeyboardInterrupt:
            fail(f"interrupted; the same command goes on (records are in {out})", INTERRUPTED)
        if as_json:
            print(json.dumps(vars(tally)))
        else:
            print(f"{out}: {tally.theorems} theorems, {tally.proved} of them with a proof, "
                  f"{tally.states} states, {tally.tries} tactics tried")


def records(
    traces: Annotated[list[Path], typer.Argument(
        help="Traces of lemma prove --trace, or folders of lemma eval --html runs.",
        show_default=False)],
    out: Annotated[Path, typer.Option(help="The file to write.", show_default=False)],
    library: Annotated[bool, typer.Option(
        help="Look up statements and modules in Lean's library.")] = True,
) -> None:
    """Make training records of searches.

    Theorems of the validation and test splits of core-library are left out.
    """
    with clear_errors():
        from prover.files import replace_text
        from prover.training.lookup import Lookup
        from prover.training.traces import records_of_trace, trace_files

        lookup = Lookup() if library else Lookup(None)
        found = [record for path in traces for file in trace_files(path)
                 for record in records_of_trace(file, lookup.module, lookup.statement)]
        kept = [record for record in found if record.split == "train"]
        lines = (json.dumps(r.as_json(), ensure_ascii=False) + "\n" for r in kept)
        replace_text(out, "".join(lines))
        proved = sum(r.remaining is not None for r in kept)
        print(f"{out}: {len(kept)} states, {proved} of them proved")
        if len(kept) < len(found):
            complain(f"note: left out {len(found) - len(kept)} states of the validation and test "
                     "splits")


def generator(
    config: Config, records: Records = None, out: Out = None, resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Train a tactic generator: the small model, or any Hugging Face model.

    \b
    From a small model to your own 7B prover:
      1. lemma train explore --out out/data          # what works on Lean's library: an hour
      2. a run.toml with  out = "out/mine"
                          \\[data]
                          records = ["out/data/records.jsonl"]
         lemma train generator --config run.toml     # the small model: minutes on a laptop
         lemma prove FILE --generator "mixture:small?model=out/mine+symbolic"
      3. \\[model] base = "org/7B"   \\[lora] rank = 16   \\[dpo] epochs = 1   on a GPU:
         lemma train generator --config big.toml
         lemma prove FILE --generator hf:out/big     # or serve it: openai:big@http://…
      4. lemma improve --config improve.toml          # search, learn, and again
    """
    _train("generator", config, records, out, resume, as_json)


def value(
    config: Config, records: Records = None, out: Out = None, resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Train a value model, which estimates the remaining steps: a Hugging Face model.

    The small model has its value head from lemma train generator.
    """
    _train("value", config, records, out, resume, as_json)


def _train(
    kind: str, config: Path, records: list[Path] | None, out: Path | None, resume: bool,
    as_json: bool,
) -> None:
    with clear_errors():
        from prover.training.options import read_run
        from prover.training.runs import train_run

        run = read_run(config, out, records)
        try:
            with watching() as watch:
                report = train_run(run, kind, watch, resume=resume)
        except KeyboardInterrupt:
            fail("interrupted; go on with --resume", INTERRUPTED)
        except OSError as problem:
            raise InputError(f"cannot be written: {problem.strerror or problem}",
                             file=problem.filename or run.out) from problem
        _show(report, as_json)


def _show(report: Report, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report.as_json()))
        return
    console = Console()
    for stage, found in report.stages.items():
        figures = ", ".join(f"{name} {number:.3f}" for name, number in found.items()
                            if isinstance(number, float))
        console.print(f"{stage}: {found['steps']} steps, best at {found['best_step']}: {figures}")
    print(f"{report.out}: {report.parameters:,} parameters, learnt from {report.states} states in "
          f"{report.seconds:.0f} s; the figures are for {report.set_aside} others")


COMMANDS: tuple[Callable[..., Any], ...] = (explore, records, generator, value)
