"""A run of ``lemma eval`` from its options to its summary, as the user sees it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from prover.cli.errors import ALL_PROVED, BAD_INPUT, INTERRUPTED, NOT_ALL_PROVED, complain
from prover.contracts import Status
from prover.environments.lean.project import project_in_use
from prover.evaluation.benchmarks import Benchmark, read_benchmark
from prover.evaluation.provers import Equipment, Provers, SessionProvers
from prover.evaluation.report import write_run_report
from prover.evaluation.runner import TRACES, UNSUPPORTED, Runner, Shard
from prover.evaluation.store import Record, ResultStore, read_manifest
from prover.evaluation.summary import summarise
from prover.generators.spec import parse_spec
from prover.proof_cache import ProofCache
from prover.session import Backend, Session, SessionOptions
from prover.trace import TraceWriter

_FINISHED = frozenset({Status.PROVED.value, UNSUPPORTED})
# What runs were made with before their folders said so.
_UNSAID: dict[str, Any] = {
    "only": [], "planner": "symbolic", "premises": "auto", "minimise": True, "lean": False,
    "cache": False}


@dataclass(frozen=True)
class Wanted:
    """Which problems are to be run: of a benchmark, a part."""

    benchmark: str
    split: str | None = None
    only: tuple[str, ...] = ()
    count: int | None = None
    source: Path | None = None
    shard: Shard = field(default_factory=Shard)


@dataclass
class Evaluation:
    """One invocation of ``lemma eval``: what is wanted, how it is searched, how it is shown."""

    wanted: Wanted
    options: SessionOptions
    equipment: Equipment
    passes: int = 1
    ray: str | None = None
    as_json: bool = False
    html: Path | None = None
    output: TextIO = field(default_factory=lambda: sys.stdout)

    def __call__(self, out: Path, resume: bool) -> int:
        """Run into the folder ``out``; the exit code. Raises `LemmaError`."""
        with ExitStack() as stack:
            store = stack.enter_context(
                ResultStore(out, self._manifest(), resume=resume, unsaid=_UNSAID).opened())
            backends = self._backends()
            session = stack.enter_context(Session(backends, self._reading()))
            try:
                found = self._read(session, out)
                store.settle(found.fingerprint)
                with self._provers(session, backends, out) as provers:
                    self._run(Runner(found, store, provers, passes=self.passes,
                                     shard=self.wanted.shard), store)
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
        wanted, options, equipment = self.wanted, self.options, self.equipment
        budget, project = options.budget, project_in_use()
        return {
            "benchmark": _absolute(wanted.benchmark), "split": wanted.split,
            "only": sorted(wanted.only), "count": wanted.count,
            "passes": self.passes, "shard": f"{wanted.shard.index}/{wanted.shard.count}",
            "generator": options.generator, "planner": equipment.planner,
            "premises": _absolute(equipment.premises), "search": options.search,
            "seed": options.seed, "seconds": budget.seconds, "tactic_calls": budget.tactic_calls,
            "expansions": budget.expansions, "tokens": budget.tokens,
            "minimise": options.minimise, "lean": equipment.lean, "cache": equipment.cached,
            "project": None if project is None else str(project),
            "workers": options.workers, "cluster": self.ray,
            "versions": {"lemma": version("lemma-prover")},
        }

    def _backends(self) -> tuple[Backend, ...]:
        # Late, so that a broken prover's package does not keep `lemma doctor` from saying so.
        from prover.backends import make_backends

        # A run is of the generator that it names, or of none: nothing stands in for it.
        return make_backends(
            1 if self.ray else self.options.workers, lean=self.equipment.lean and not self.ray,
            premises=self.equipment.premises, planner=self.equipment.planner, independent=True,
            strict_generator=True, read_library=True,
            notify=lambda line: complain(f"note: {line}"))

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
        if self.ray is not None:
            from prover.evaluation.cluster import ClusterProvers, connected

            session.close()  # it has read the files; its Lean process takes memory
            with connected(self.ray, options.workers):
                yield ClusterProvers(backends, options, proofs, self.equipment)
            return
        with ExitStack() as stack:
            if self.equipment.cached:
                options = replace(options, cache=stack.enter_context(ProofCache()))
            if self.equipment.traced:
                options = replace(options, trace=stack.enter_context(_trace(out, options)))
            yield SessionProvers(
                lambda n: Session(backends, replace(options, seed=options.seed + n)), proofs)
        for kept in (options.cache, options.trace):
            if kept is not None and kept.trouble:
                complain(f"note: {kept.trouble}")

    def _read(self, session: Session, out: Path) -> Benchmark:
        wanted = self.wanted
        with self._progress() as bar:
            task = bar.add_task("reading", total=None)
            found = read_benchmark(
                wanted.benchmark, session, split=wanted.split, only=wanted.only,
                source=wanted.source, count=wanted.count, seed=self.options.seed, folder=out,
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
        elif records:
            _print_summary(summary)
        else:
            complain("no problem to prove")
        if self.html is not None:
            write_run_report(out, self.html)
            complain(f"note: the report is in {self.html}")
        if found.mistakes:
            return BAD_INPUT
        finished = {r["problem"] for r in records if r["status"] in _FINISHED}
        return ALL_PROVED if finished >= {r["problem"] for r in records} else NOT_ALL_PROVED


def _absolute(text: str) -> str:
    """A path in full, so that a run can be gone on with from elsewhere; a name as it is."""
    path = Path(text).expanduser()
    return str(path.resolve()) if path.exists() else text


def _trace(out: Path, options: SessionOptions) -> TraceWriter:
    """A new trace file for this part of the run; those of earlier parts stay."""
    folder = out / TRACES
    return TraceWriter(
        folder / f"{len(list(folder.glob('*.jsonl'))) + 1:03}.jsonl",
        {"generator": options.generator, "search": options.search, "seed": options.seed})


def _print_summary(summary: dict[str, Any]) -> None:
    table = Table("", "problems", "proved", "share (95 %)", "unsupported", "calls", "hours",
                  box=None, pad_edge=False, header_style="dim")
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
