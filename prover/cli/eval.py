"""``lemma eval``: a benchmark in, honest figures out; and ``lemma compare`` for two runs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from prover.budget import Budget
from prover.cli.errors import (
    ALL_PROVED,
    BAD_INPUT,
    INTERRUPTED,
    NOT_ALL_PROVED,
    clear_errors,
    complain,
)
from prover.contracts import InputError, Status
from prover.evaluation.benchmarks import Benchmark, read_benchmark
from prover.evaluation.provers import Provers, SessionProvers
from prover.evaluation.report import write_run_report
from prover.evaluation.runner import TRACES, UNSUPPORTED, Runner, Shard
from prover.evaluation.store import Record, ResultStore, read_manifest, read_results
from prover.evaluation.summary import comparison, summarise
from prover.generators.spec import HELP as GENERATORS
from prover.generators.spec import parse_spec
from prover.session import Backend, Session, SessionOptions
from prover.strategies import STRATEGIES
from prover.trace import TraceWriter

_FINISHED = frozenset({Status.PROVED.value, UNSUPPORTED})


def evaluate(
    benchmark: Annotated[str, typer.Argument(
        help="A folder of Lean or TPTP files, a .lean, .jsonl or LeanDojo .json file, a .txt list "
        "of problems, or `examples` or `core-library`.", show_default=False)],
    out: Annotated[Path, typer.Option(
        help="Folder for results.jsonl, proofs and summary.json.", show_default=False)],
    split: Annotated[str | None, typer.Option(help="Only the problems of this split.")] = None,
    timeout: Annotated[float, typer.Option(
        min=0.1, help="Seconds for each attempt.")] = 60.0,
    tactics: Annotated[int | None, typer.Option(
        min=1, help="Tactic calls for each attempt (machines compare).")] = None,
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
    generator: Annotated[str, typer.Option(metavar="SPEC", help=GENERATORS)] = "symbolic",
    search: Annotated[str, typer.Option(
        help="Search strategy: " + ", ".join(STRATEGIES) + ".")] = "best-first",
    seed: Annotated[int, typer.Option(help="Seed of the first attempt.")] = 0,
    count: Annotated[int | None, typer.Option(
        min=1, help="Only so many problems of core-library, drawn with the seed.")] = None,
    html: Annotated[Path | None, typer.Option(
        help="Write a page about the run: figures, proofs, search graphs.", dir_okay=False)] = None,
    source: Annotated[Path | None, typer.Option(
        help="Checkout of the repository that a LeanDojo Benchmark points into.")] = None,
    as_json: Annotated[bool, typer.Option(
        "--json", help="One JSON object a result, then the summary, on standard output.")] = False,
) -> None:
    """Run a benchmark; exit code 0 all proved, 1 not all, 2 bad input.

    Every result is on disk before the next one starts: a run that was killed at any moment goes
    on with --resume, with nothing lost or run twice. Problems that this Lean cannot state are
    counted apart as unsupported.
    """
    options = SessionOptions(generator=generator, search=search, workers=workers, seed=seed,
                             budget=Budget(seconds=timeout, tactic_calls=tactics))
    with clear_errors():
        run = _Evaluation(benchmark, split, source, count, _shard(shard), passes, options,
                          as_json, html, ray)
        code = run(out, resume)
    raise typer.Exit(code)


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


def _shard(text: str) -> Shard:
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise InputError(f"--shard {text}: not a part", remedy="write i/n with 1 ≤ i ≤ n, as 2/8")
    return Shard(int(match[1]), int(match[2]))


@dataclass
class _Evaluation:
    """One invocation of ``lemma eval``."""

    benchmark: str
    split: str | None
    source: Path | None
    count: int | None
    shard: Shard
    passes: int
    options: SessionOptions
    as_json: bool
    html: Path | None
    ray: str | None
    output: TextIO = field(default_factory=lambda: sys.stdout)

    def __call__(self, out: Path, resume: bool) -> int:
        from prover.backends import make_backends

        with ExitStack() as stack:
            store = stack.enter_context(
                ResultStore(out, self._manifest(), resume=resume).opened())
            if self.html is not None and self.ray is None:
                self.options = replace(self.options, trace=stack.enter_context(_trace(out)))
            # A run is of the generator that it names, or of none: nothing stands in for it.
            backends = make_backends(1 if self.ray else self.options.workers, independent=True,
                                     strict_generator=True)
            session = stack.enter_context(Session(backends, self._reading()))
            try:
                found = self._read(session, out)
                with self._provers(session, backends, out) as provers:
                    self._run(Runner(found, store, provers, passes=self.passes, shard=self.shard),
                              store)
            except KeyboardInterrupt:
                session.close()
                complain(f"interrupted; go on with --resume (results are in {out})")
                return INTERRUPTED
            except OSError as problem:
                complain(f"cannot write to {out}: {problem.strerror or problem}; what was there "
                         "before is kept (make room and go on with --resume)")
                return BAD_INPUT
            return self._end(store, found, out)

    def _manifest(self) -> dict[str, Any]:
        """What makes two runs the same run."""
        budget = self.options.budget
        path = Path(self.benchmark)
        return {
            "benchmark": str(path.resolve()) if path.exists() else self.benchmark,
            "split": self.split, "count": self.count, "passes": self.passes,
            "shard": f"{self.shard.index}/{self.shard.count}", "seed": self.options.seed,
            "generator": self.options.generator, "search": self.options.search,
            "seconds": budget.seconds, "tactic_calls": budget.tactic_calls,
            "workers": self.options.workers, "cluster": self.ray,
            "versions": {"lemma": version("lemma-prover")},
        }

    def _reading(self) -> SessionOptions:
        """The options of the session that reads; on a cluster it needs no model of its own."""
        if self.ray is None:
            return self.options
        parse_spec(self.options.generator)  # a name that is none is told here and now
        return replace(self.options, generator="symbolic")

    @contextmanager
    def _provers(
        self, session: Session, backends: Sequence[Backend], out: Path
    ) -> Iterator[Provers]:
        """Who works on the problems: sessions of this process, or a cluster."""
        proofs, options = out / "proofs", self.options
        if self.ray is None:
            yield SessionProvers(
                lambda n: Session(backends, replace(options, seed=options.seed + n)), proofs)
            return
        from prover.evaluation.cluster import ClusterProvers, connected

        session.close()  # it has read the files; its Lean process takes memory
        with connected(self.ray, options.workers):
            yield ClusterProvers(backends, options, proofs, traced=self.html is not None)

    def _read(self, session: Session, out: Path) -> Benchmark:
        with self._progress() as bar:
            task = bar.add_task("reading", total=None)
            found = read_benchmark(
                self.benchmark, session, split=self.split, source=self.source,
                count=self.count, seed=self.options.seed, folder=out,
                progress=lambda name: bar.update(task, description=f"reading {name}"))
        for mistake in found.mistakes:
            complain(mistake)
        for note in found.notes:
            complain(f"note: {note}")
        return found

    def _run(self, runner: Runner, store: ResultStore) -> None:
        done = len(store.known)
        with self._progress() as bar:
            task = bar.add_task("proving", total=None)
            proved = sum(r["status"] == Status.PROVED for r in store.known.values())
            bar.update(task, total=done + runner.todo, completed=done)
            for record in runner.run():
                proved += record["status"] == Status.PROVED
                if record["status"] != UNSUPPORTED:
                    bar.update(task, advance=1, description=f"proved {proved}")
                self._show(record)

    def _show(self, record: Record) -> None:
        if self.as_json:
            print(json.dumps(record, ensure_ascii=False), flush=True, file=self.output)
        elif not Console(stderr=True).is_terminal:
            print(f"{record['status']:<11} {record['seconds']:7.1f} s  {record['problem']}",
                  flush=True, file=self.output)

    @contextmanager
    def _progress(self) -> Iterator[Progress]:
        console = Console(stderr=True)
        with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                      TimeElapsedColumn(), console=console,
                      disable=not console.is_terminal) as bar:
            yield bar

    def _end(self, store: ResultStore, found: Benchmark, out: Path) -> int:
        records = list(store.known.values())
        summary = {**read_manifest(store.folder), **summarise(records),
                   "mistakes": [str(mistake) for mistake in found.mistakes]}
        store.text("summary.json", json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
        if self.as_json:
            print(json.dumps(summary, ensure_ascii=False))
        else:
            _print_summary(summary)
        if self.html is not None:
            if self.options.trace is not None:
                self.options.trace.close()
            write_run_report(out, self.html)
            complain(f"note: the report is in {self.html}")
        if found.mistakes:
            return BAD_INPUT
        finished = {r["problem"] for r in records if r["status"] in _FINISHED}
        return ALL_PROVED if finished >= {r["problem"] for r in records} else NOT_ALL_PROVED


def _trace(out: Path) -> TraceWriter:
    """A new trace file for this part of the run; those of earlier parts stay."""
    folder = out / TRACES
    return TraceWriter(folder / f"{len(list(folder.glob('*.jsonl'))) + 1:03}.jsonl")


def _print_summary(summary: dict[str, Any]) -> None:
    table = Table("", "problems", "proved", "share (95 %)", "unsupported", "tactic calls", "hours")
    rows = {"all": summary, **summary.get("splits", {})}
    for name, part in rows.items():
        share = part["proved_share"]
        table.add_row(
            name, str(part["problems"]), str(part["proved"]),
            f"{share['estimate']:.1%} ({share['low']:.1%} to {share['high']:.1%})",
            str(part["unsupported"]), str(part["tactic_calls"]), f"{part['seconds'] / 3600:.2f}")
    Console().print(table)
    for k, value in summary["pass"].items():
        print(f"pass@{k}: {value['estimate']:.1%} ({value['low']:.1%} to {value['high']:.1%})")
