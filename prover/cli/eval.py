"""``lemma eval``: a benchmark in, honest figures out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from prover.cli.errors import clear_errors
from prover.cli.evaluation_run import Evaluation, Wanted
from prover.cli.search_options import (
    BudgetText,
    Generator,
    LeanProofs,
    NoMinimise,
    PlannerSpec,
    PremisesText,
    Project,
    Search,
    Timeout,
    limits,
)
from prover.contracts import InputError
from prover.environments.lean.project import use_project
from prover.evaluation.provers import Equipment
from prover.evaluation.runner import Shard
from prover.session import SessionOptions


def evaluate(
    benchmark: Annotated[str, typer.Argument(
        help="A folder of Lean or TPTP files, a .lean, .jsonl or LeanDojo .json file, a .txt list "
        "of problems, or `examples` or `core-library`.", show_default=False)],
    out: Annotated[Path, typer.Option(
        help="Folder for results.jsonl, proofs and summary.json.", show_default=False)],
    split: Annotated[str | None, typer.Option(help="Only the problems of this split.")] = None,
    only: Annotated[list[str] | None, typer.Option(
        help="Only the problem of this name (may be given several times).")] = None,
    timeout: Timeout = 60.0,
    budget: BudgetText = "",
    tactics: Annotated[int | None, typer.Option(
        min=1, help="The same as --budget tactics=N.")] = None,
    passes: Annotated[int, typer.Option(
        "--pass", min=1, help="Attempts at each problem, with different seeds.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Problems worked on at once.")] = 1,
    ray: Annotated[str | None, typer.Option(
        metavar="ADDRESS", help="Work on a Ray cluster: its address, or `local` to start one here "
        "(extra `ray`).")] = None,
    shard: Annotated[str, typer.Option(
        help="Only part i of n, as i/n: for several machines.")] = "1/1",
    resume: Annotated[bool, typer.Option(
        "--resume", help="Go on with the run that is in the folder.")] = False,
    generator: Generator = "symbolic",
    planner: PlannerSpec = "symbolic",
    premises: PremisesText = "auto",
    search: Search = "best-first",
    seed: Annotated[int, typer.Option(
        help="Seed of the first attempt; it rises by one with each.")] = 0,
    count: Annotated[int | None, typer.Option(
        min=1, help="Only so many problems of core-library, drawn with the seed.")] = None,
    source: Annotated[Path | None, typer.Option(
        help="Checkout of the repository that a LeanDojo Benchmark points into.")] = None,
    project: Project = None,
    lean: LeanProofs = False,
    no_minimise: NoMinimise = False,
    cache: Annotated[bool, typer.Option(
        "--cache", help="Use and keep what searches learn. Without it no problem gains by what "
        "was proved before.")] = False,
    trace: Annotated[bool, typer.Option(
        "--trace", help="Write down every step of the searches in the folder `traces` of --out, "
        "for `lemma replay` and training.")] = False,
    html: Annotated[Path | None, typer.Option(
        help="Write a page about the run: figures, proofs, search graphs (with --trace, which "
        "this includes).", dir_okay=False)] = None,
    as_json: Annotated[bool, typer.Option(
        "--json", help="One JSON object a result, then the summary, on standard output.")] = False,
) -> None:
    """Run a benchmark; exit code 0 all proved, 1 not all, 2 bad input.

    Every result is on disk before the next one starts: a run that was killed at any moment goes
    on with --resume, with nothing lost or run twice. Problems that this Lean cannot state are
    counted apart as unsupported.
    """
    with clear_errors():
        use_project(project)
        options = SessionOptions(
            generator=generator, search=search, workers=workers, seed=seed,
            budget=limits(budget, timeout, tactics), minimise=not no_minimise)
        equipment = Equipment(premises=premises, planner=planner, lean=lean, cached=cache,
                              traced=trace or html is not None)
        run = Evaluation(
            Wanted(benchmark, split, tuple(only or ()), count, source, _shard(shard)),
            options, equipment, passes=passes, ray=ray, as_json=as_json, html=html)
        code = run(out, resume)
    raise typer.Exit(code)


def _shard(text: str) -> Shard:
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise InputError(f"--shard {text}: not a part", remedy="write i/n with 1 ≤ i ≤ n, as 2/8")
    return Shard(int(match[1]), int(match[2]))
