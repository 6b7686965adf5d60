"""``lemma prove``: theorem files in, checked proofs out."""

from __future__ import annotations

import difflib
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from prover.checkpoint import SEARCHES, forget_all
from prover.cli.errors import (
    ALL_PROVED,
    BAD_INPUT,
    INTERRUPTED,
    NOT_ALL_PROVED,
    clear_errors,
    complain,
)
from prover.cli.search_options import (
    BudgetText,
    Generator,
    LeanProofs,
    NoMinimise,
    Only,
    PlannerSpec,
    PremisesText,
    Project,
    Reprove,
    Search,
    Seed,
    Timeout,
    limits,
)
from prover.contracts import InputError, LemmaError, Result, Status
from prover.environments.lean.project import use_project
from prover.files import collect, read_text
from prover.proof_cache import ProofCache
from prover.reporting.proof_files import ProofWriter
from prover.reporting.records import result_record
from prover.reporting.view import JsonView, LiveView, PlainView, View
from prover.session import Session, SessionOptions, Task
from prover.trace import TraceWriter


def prove(
    paths: Annotated[list[Path], typer.Argument(
        help="Theorem files (.lean, .p, .tptp, .jsonl) or folders of them.", show_default=False)],
    only: Only = None,
    timeout: Timeout = 60.0,
    generator: Generator = "symbolic",
    planner: PlannerSpec = "symbolic",
    strict_generator: Annotated[bool, typer.Option(
        "--strict-generator", help="A model or server that fails is an error; without this the "
        "search goes on with the symbolic generator.")] = False,
    search: Search = "best-first",
    workers: Annotated[int, typer.Option(
        min=1, help="Theorems worked on at once. A Lean worker takes about 1 GB.")] = 1,
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option(
        help="Folder for proof files and results.jsonl.", file_okay=False)] = None,
    write: Annotated[bool, typer.Option(
        "--write", help="Fill the sorrys of the .lean files in place.")] = False,
    reprove: Reprove = False,
    lean: LeanProofs = False,
    premises: PremisesText = "auto",
    budget: BudgetText = "",
    trace: Annotated[Path | None, typer.Option(
        help="Write down every step of the search, for `lemma replay`.", dir_okay=False)] = None,
    html: Annotated[Path | None, typer.Option(
        help="Write a page with the results, proofs and searches.", dir_okay=False)] = None,
    no_cache: Annotated[bool, typer.Option(
        "--no-cache", help="Neither use nor keep what searches learn.")] = False,
    no_minimise: NoMinimise = False,
    project: Project = None,
    resume: Annotated[bool, typer.Option(
        "--resume", help="Go on with an interrupted run in the folder of --out.")] = False,
    as_json: Annotated[bool, typer.Option(
        "--json", help="One JSON object a theorem on standard output.")] = False,
) -> None:
    """Prove the theorems of files; exit code 0 all proved, 1 not all, 2 bad input.

    Lean files: every theorem, lemma or example whose proof is or contains sorry. TPTP files:
    problems with a conjecture. JSONL files: miniF2F-style records (name, formal_statement).
    A theorem counts as proved only when a fresh prover has checked the final script against the
    original statement.
    """
    with clear_errors(), ExitStack() as stack:
        for option, given in (("--lean", lean), ("--resume", resume)):
            if given and out is None:
                raise InputError(f"{option} needs a folder", remedy="say which with --out DIR")
        use_project(project)
        header = {"generator": generator, "search": search, "seed": seed}
        if html is not None and trace is None:  # the page is made from a trace
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lemma-"))
            trace = Path(folder, "trace.jsonl")
        options = SessionOptions(
            generator=generator, search=search, workers=workers, seed=seed,
            budget=limits(budget, timeout),
            cache=None if no_cache else stack.enter_context(ProofCache()),
            trace=stack.enter_context(TraceWriter(trace, header)) if trace else None,
            checkpoints=out / SEARCHES if out else None, minimise=not no_minimise,
        )
        if options.checkpoints is not None and not resume:
            forget_all(options.checkpoints)
        run = _Run(ProofWriter(out, write=write, resume=resume), as_json, lean, premises,
                   strict_generator, planner)
        code = run(paths, options, only or [], reprove)
        for kept in (options.cache, options.trace):
            if kept is not None and kept.trouble:
                complain(f"note: {kept.trouble}")
        if html is not None and trace is not None and options.trace is not None:
            options.trace.close()
            _write_page(html, run.results, trace, header)
    raise typer.Exit(code)


def _write_page(
    path: Path, results: Sequence[Result], trace: Path, facts: Mapping[str, object]
) -> None:
    from prover.reporting.html import ReportData, write_report
    from prover.reporting.html.sources import details_of, one_a_problem, stories_of

    names = Counter(result.theorem for result in results)
    records = [{**result_record(r), "problem": r.theorem if names[r.theorem] == 1
                else f"{r.file}:{r.line}:{r.theorem}"} for r in results]
    details = details_of(records, stories_of([trace]), {})
    try:
        write_report(ReportData(
            title="Proofs", facts={name: str(value) for name, value in facts.items()},
            problems=one_a_problem(records), details=details), path)
    except OSError as problem:
        raise LemmaError(f"the page cannot be written: {problem.strerror}", file=path) from problem


@dataclass
class _Run:
    """One invocation: what was asked for, and what has gone wrong so far."""

    writer: ProofWriter
    as_json: bool
    lean: bool
    premises: str
    strict_generator: bool
    planner: str
    problems: list[LemmaError] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)

    def __call__(
        self, paths: Sequence[Path], options: SessionOptions, only: Sequence[str], reprove: bool
    ) -> int:
        # Late, so that a broken prover's package does not keep `lemma doctor` from saying so.
        from prover.backends import make_backends

        files, problems = collect(paths)
        with ExitStack() as stack:
            backends = make_backends(
                options.workers, lean=self.lean, premises=self.premises,
                strict_generator=self.strict_generator, planner=self.planner, read_library=True,
                notify=lambda line: complain(f"note: {line}"))
            session = stack.enter_context(Session(backends, options))
            view = self._view(stack, session)
            try:
                tasks = self._load(session, files, problems, view, reprove)
                tasks, earlier = self._left(self._select(tasks, only))
                view.begin(len(tasks) + len(earlier))
                for result in earlier:
                    self.results.append(result)
                    view.result(result)
                for task, result in session.run(tasks):
                    self._done(view, result, task)
            except KeyboardInterrupt:
                session.close()
                view.end()
                complain("interrupted; what was proved is kept"
                         + (" (--resume goes on)" if options.checkpoints else ""))
                return INTERRUPTED
            view.end()
        if not self.results and not self.problems:
            complain("nothing to prove: no theorem contains sorry "
                     "(--reprove proves finished ones anew)")
        return self._exit_code()

    def _view(self, stack: ExitStack, session: Session) -> View:
        if self.as_json:
            return JsonView()
        console = Console()
        if not (console.is_terminal and sys.stdout.isatty()):
            return PlainView()
        return stack.enter_context(LiveView(console, lambda: session.active))

    def _load(
        self, session: Session, files: Sequence[Path], problems: Sequence[InputError],
        view: View, reprove: bool,
    ) -> list[Task]:
        for problem in problems:
            self._bad_input(view, problem)
        tasks: list[Task] = []
        for path in files:
            try:
                self.writer.remember(path, read_text(path))
                found, loaded = session.load(path, reprove=reprove)
            except InputError as problem:
                self._bad_input(view, problem)
                continue
            for note in loaded.notes:
                complain(f"note: {note}")
            for mistake in loaded.problems:
                self._bad_input(view, mistake)
            tasks += found
        return tasks

    def _select(self, tasks: list[Task], only: Sequence[str]) -> list[Task]:
        """The tasks whose theorems are asked for, by full name or last component."""
        if not only:
            return tasks
        by_name: defaultdict[str, list[Task]] = defaultdict(list)
        for task in tasks:
            for name in {task.theorem.name, task.theorem.name.rsplit(".", 1)[-1]}:
                by_name[name].append(task)
        chosen: dict[int, Task] = {}
        for name in only:
            if name not in by_name:
                near = difflib.get_close_matches(name, by_name, n=3)
                self.problems.append(InputError(f"no theorem called {name!r} is to be proved"))
                complain(self.problems[-1].message
                         + (f"; did you mean {', '.join(near)}?" if near else ""))
            chosen.update((id(task), task) for task in by_name.get(name, []))
        return list(chosen.values())

    def _left(self, tasks: Sequence[Task]) -> tuple[list[Task], list[Result]]:
        """The tasks that no earlier run has done, and the results of the others."""
        known = [(task, self.writer.earlier(task)) for task in tasks]
        done = [result for _, result in known if result is not None]
        if done:
            complain(f"note: {len(done)} of {len(tasks)} theorems were proved by an earlier run")
        return [task for task, result in known if result is None], done

    def _bad_input(self, view: View, problem: InputError) -> None:
        self.problems.append(problem)
        complain(problem)
        result = Result(theorem=problem.theorem or "", file=str(problem.file or ""),
                        line=problem.line, status=Status.INVALID, error=str(problem))
        self._keep(result, None)
        view.bad_input(result)

    def _done(self, view: View, result: Result, task: Task) -> None:
        self._keep(result, task)
        view.result(result)

    def _keep(self, result: Result, task: Task | None) -> None:
        self.results.append(result)
        # On disk before on screen: an error while showing must not lose a proof.
        try:
            self.writer.add(result, task)
        except OSError as problem:
            self.problems.append(LemmaError(f"cannot write: {problem}"))
            complain(self.problems[-1])
        except LemmaError as problem:
            complain(f"note: {problem}")

    def _exit_code(self) -> int:
        if self.problems or any(r.status is Status.INVALID for r in self.results):
            return BAD_INPUT
        proved = all(result.status is Status.PROVED for result in self.results)
        return ALL_PROVED if proved else NOT_ALL_PROVED
