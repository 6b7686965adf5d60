"""``lemma generate``, ``lemma score`` and ``lemma data``: making, judging and describing data."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from data.contracts import Score
from data.pipeline.contamination import Benchmark
from data.pipeline.generation import Plan, Tally
from data.pipeline.generation import generate as run
from data.pipeline.reading import read_records
from data.pipeline.sieve import NearDuplicates
from data.pipeline.splits import DEFAULT, Splits
from data.plots import draw
from data.registry import KINDS, described_options, kind_class, make_kind
from data.scoring import Scored, score_file
from data.statistics import DIFFICULTY_BINS, Statistics
from prover.cli.errors import INTERRUPTED, NOT_ALL_PROVED, clear_errors, complain, fail
from prover.cli.leandojo import leandojo
from prover.contracts import InputError

_COUNT, _ALL = 1000, 10**9
_TOPICS_SHOWN = 30
_BAR = 32
_NOTE_EVERY_S = 30.0

data = typer.Typer(no_args_is_help=True, help="Describe datasets and the kinds of data.")
data.command()(leandojo)


def generate(
    kind: Annotated[str, typer.Argument(
        help=f"What to make: {', '.join(KINDS)}.", show_default=False)],
    out: Annotated[Path, typer.Option(
        help="The file to write: .jsonl or .parquet.", show_default=False)],
    count: Annotated[int | None, typer.Option(
        min=1, help="How many items.", show_default="1000; of a trace, all")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same file.")] = 0,
    workers: Annotated[int | None, typer.Option(
        min=1, help="Processes that work at once; the file does not depend on it.",
        show_default="one for each core")] = None,
    option: Annotated[list[str] | None, typer.Option(
        "--option", "-o", metavar="NAME=VALUE",
        help="An option of the kind (see lemma data kinds); may be repeated.")] = None,
    depth: Annotated[int | None, typer.Option(
        help="Short for --option depth=…, in kinds that have it.", show_default=False)] = None,
    axioms: Annotated[list[str] | None, typer.Option(
        metavar="FILE", help="saturate: a TPTP file of axioms; may be repeated.")] = None,
    sources: Annotated[list[str] | None, typer.Option(
        "--from", metavar="PATH", help="trace: a Lean file, a trace of lemma prove, or a folder; "
        "may be repeated.")] = None,
    imports: Annotated[str | None, typer.Option(
        metavar="MODULE,…", help="Short for --option imports=…, in kinds that have it.",
        show_default=False)] = None,
    keep_trivial: Annotated[bool, typer.Option(
        "--keep-trivial", help="Short for --option keep_trivial=yes, in kinds that have it.")
    ] = False,
    splits: Annotated[str, typer.Option(help="Shares of the families.")] = DEFAULT,
    near_duplicates: Annotated[NearDuplicates, typer.Option(
        help="Mark near-duplicates within a split, or drop them.")] = NearDuplicates.MARK,
    decontaminate: Annotated[list[Path] | None, typer.Option(
        help="A benchmark file or folder to stay away from; may be repeated.")] = None,
    resume: Annotated[bool, typer.Option(
        "--resume", help="Go on with a run that was stopped, if there is one.")] = False,
    overwrite: Annotated[bool, typer.Option(
        "--overwrite", help="Replace the file, and an unfinished run into it.")] = False,
    as_json: Annotated[bool, typer.Option(
        "--json", help="Print the manifest as JSON.")] = False,
) -> None:
    """Make verified data: COUNT items of KIND, every answer checked by a prover.

    Beside FILE goes FILE.manifest.json. A run that is stopped, however abruptly, goes on with
    --resume and ends with the very same file. Exit code 0, or 1 if the kind had no more to give.
    """
    with clear_errors():
        if resume and overwrite:
            raise InputError("--resume and --overwrite exclude each other")
        options = _options(option or [])
        if depth is not None:
            options["depth"] = str(depth)
        if imports is not None:
            options["imports"] = imports
        if keep_trivial:
            options["keep_trivial"] = "yes"
        for name, paths in (("axioms", axioms), ("sources", sources)):
            if paths:
                options[name] = ",".join(paths)
        made = make_kind(kind, options)
        wanted = count or (_COUNT if made.size is None else _ALL)
        plan = Plan(
            out=out, count=wanted, seed=seed, workers=workers or _cores(),
            splits=Splits.parse(splits), near_duplicates=near_duplicates,
            benchmarks=tuple(map(Benchmark.of, _files(decontaminate or []))),
        )
        begun = time.monotonic()
        try:
            with _watching(wanted) as watch:
                manifest = run(made, plan, resume=resume, overwrite=overwrite, watch=watch)
        except KeyboardInterrupt:
            fail("interrupted; what is made is kept, go on with --resume", INTERRUPTED)
        except OSError as problem:
            raise InputError(f"cannot be written: {problem.strerror or problem}",
                             file=problem.filename or out) from problem
        _report(manifest, plan, time.monotonic() - begun, as_json=as_json)
    enough = count is None or manifest["counts"]["records"] >= count
    raise typer.Exit(0 if enough else NOT_ALL_PROVED)


def score(
    dataset: Annotated[Path, typer.Argument(
        help="What lemma generate wrote.", show_default=False)],
    answers: Annotated[Path, typer.Argument(
        help="A .jsonl file of objects with id and answer.", show_default=False)],
    out: Annotated[Path | None, typer.Option(
        help="Write the judgements here, one JSON object a line.")] = None,
    as_json: Annotated[bool, typer.Option(
        "--json", help="Print the judgements, one JSON object a line.")] = False,
) -> None:
    """Judge a model's answers by their meaning: correct or not, a reward in [0, 1], a reason."""
    with clear_errors():
        results = []
        stream = out.open("w", encoding="utf-8") if out is not None else None
        try:
            for result in score_file(dataset, answers):
                results.append(result)
                line = json.dumps(_scored_json(result), ensure_ascii=False)
                if stream is not None:
                    print(line, file=stream)
                if as_json:
                    print(line, flush=True)
        finally:
            if stream is not None:
                stream.close()
        if not results:
            raise InputError("there are no answers", file=answers)
        if not as_json:
            _print_scores(results)


@data.command()
def stats(
    file: Annotated[Path, typer.Argument(help="A dataset.", show_default=False)],
    svg: Annotated[Path | None, typer.Option(
        help="Write the tables as a picture.", show_default=False)] = None,
    png: Annotated[Path | None, typer.Option(
        help="Write plots as a picture (needs matplotlib).", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tables and plots of difficulty, length, tactics and topics."""
    with clear_errors():
        statistics = Statistics.of(read_records(file))
        if not statistics.records:
            raise InputError("there are no records", file=file)
        if png is not None:
            draw(statistics, file.name, png)
        if as_json:
            print(json.dumps(statistics.as_json(), ensure_ascii=False))
            return
        console = Console(record=svg is not None)
        for table in _tables(statistics):
            console.print(table)
            console.print()
        if svg is not None:
            console.save_svg(str(svg), title=file.name)


@data.command()
def kinds(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """The kinds of data and their options."""
    described = {name: described_options(name) for name in KINDS}
    if as_json:
        print(json.dumps({name: {"summary": kind_class(name).summary, "options": {
            key: {"meaning": meaning, "default": default}
            for key, (meaning, default) in options.items()
        }} for name, options in described.items()}))
        return
    console = Console()
    for name, options in described.items():
        table = Table("option", "default", "meaning", title=f"{name}: {kind_class(name).summary}",
                      title_justify="left", box=None)
        for key, (meaning, default) in options.items():
            table.add_row(key, escape(_shown(default)), escape(meaning))
        console.print(table)
        console.print()


def _shown(default: object) -> str:
    """A default as one writes it."""
    if isinstance(default, tuple):
        return ", ".join(map(str, default))
    if isinstance(default, bool):
        return "true" if default else "false"
    return "" if default is None else str(default)


# ------------------------------------------------------------------------------------- arguments


def _options(pairs: Sequence[str]) -> dict[str, str]:
    options = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise InputError(f"option {pair!r} has no value", remedy="write --option NAME=VALUE")
        options[name.strip()] = value.strip()
    return options


def _files(paths: Sequence[Path]) -> list[Path]:
    """The files among ``paths``, folders searched for those that hold text or data."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            suffixes = (".jsonl", ".json", ".parquet", ".lean", ".p", ".tptp", ".txt")
            files += sorted(f for f in path.rglob("*") if f.suffix in suffixes)
        else:
            files.append(path)
    return files


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# --------------------------------------------------------------------------------------- showing


@contextmanager
def _watching(count: int) -> Iterator[Callable[[Tally], None]]:
    """A progress bar on a terminal, else a line on standard error now and then."""
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[dropped]} dropped"),
                   TimeRemainingColumn())  # fmt: skip
        with Progress(*columns, console=console, transient=True) as progress:
            total = None if count == _ALL else count
            task = progress.add_task("", total=total, dropped=0)

            def show(tally: Tally) -> None:
                progress.update(task, completed=tally.kept, dropped=tally.dropped.total())

            yield show
        return
    last = time.monotonic()

    def note(tally: Tally) -> None:
        nonlocal last
        if time.monotonic() - last > _NOTE_EVERY_S:
            last = time.monotonic()
            of = "" if count == _ALL else f" of {count}"
            complain(f"{tally.kept}{of} items, {tally.dropped.total()} dropped")

    yield note


def _report(manifest: Mapping[str, Any], plan: Plan, seconds: float, *, as_json: bool) -> None:
    counts = manifest["counts"]
    if as_json:
        print(json.dumps(manifest, ensure_ascii=False))
    else:
        splits = ", ".join(f"{number} {name}" for name, number in counts["splits"].items())
        print(f"{plan.out}: {counts['records']} items of {manifest['kind']} ({splits}) in "
              f"{counts['families']} families, {seconds:.1f} s")
        if counts["dropped"]:
            print("dropped: " + ", ".join(f"{n} {why}" for why, n in counts["dropped"].items()))
        print(f"manifest: {plan.manifest}")
    if counts["records"] < plan.count and plan.count != _ALL:
        complain(f"only {counts['records']} of {plan.count} items: the kind has no more to give "
                 "with these options")


def _scored_json(result: Scored) -> dict[str, Any]:
    judged: Score = result.score
    return {
        "id": result.id, "line": result.line, "correct": judged.correct,
        "reward": round(judged.reward, 4), "reason": judged.reason,
    }  # fmt: skip


def _print_scores(results: Sequence[Scored]) -> None:
    by_topic: defaultdict[tuple[str, str], list[Score]] = defaultdict(list)
    for result in results:
        by_topic[result.kind, result.topic].append(result.score)
    table = Table("kind", "topic", box=None)
    for name in ("answers", "correct", "mean reward"):
        table.add_column(name, justify="right")
    rows = [(*key, scores) for key, scores in sorted(by_topic.items())]
    for kind, topic, scores in [*rows, ("all", "", [result.score for result in results])]:
        right = sum(judged.correct for judged in scores)
        mean = sum(judged.reward for judged in scores) / len(scores)
        table.add_row(kind, topic, str(len(scores)), f"{right} ({right / len(scores):.1%})",
                      f"{mean:.3f}")  # fmt: skip
    Console(file=sys.stdout).print(table)


def _tables(statistics: Statistics) -> Iterator[Table]:
    overview = Table(box=None, show_header=False)
    overview.add_row("records", str(statistics.records))
    overview.add_row("families", str(len(statistics.family_splits)))
    overview.add_row("near-duplicates", str(statistics.near_duplicates))
    overview.add_row("records whose family is in two splits", str(statistics.crossing))
    yield overview
    for title, counter in (
        ("kind", statistics.kinds), ("split", statistics.splits), ("topic", statistics.topics),
        ("tactics", statistics.tactics), ("short answers", statistics.answers),
    ):  # fmt: skip
        if counter:
            yield _chart(title, {escape(k): n for k, n in counter.most_common(_TOPICS_SHOWN)})
    width = 1 / DIFFICULTY_BINS
    yield _chart("difficulty", {
        f"{n * width:.1f} – {(n + 1) * width:.1f}": statistics.difficulty[n]
        for n in range(DIFFICULTY_BINS)
    })  # fmt: skip
    for title, lengths in (("words of the prompt", statistics.prompt_words),
                           ("words of the answer", statistics.answer_words)):  # fmt: skip
        yield _chart(title, {
            f"{n} – {2 * n - 1}" if n > 1 else str(n): lengths[n] for n in sorted(lengths)
        })  # fmt: skip


def _chart(title: str, counts: Mapping[str, int]) -> Table:
    table = Table(title, box=None)
    table.add_column("records", justify="right")
    table.add_column("")
    most = max(counts.values(), default=1) or 1
    for name, number in counts.items():
        table.add_row(name, str(number), "█" * round(_BAR * number / most))
    return table
