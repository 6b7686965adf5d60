"""The E prover (Schulz, Cruanes, Vukmirović, "Faster, Higher, Stronger: E 2.3", 2019).

An external program: the problem goes to its standard input as TPTP, the SZS status and a TSTP
derivation come back. It runs under the supervisor in a process group of its own, because its
schedules fork.
"""

from __future__ import annotations

import functools
import math
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from prover.contracts import InputError, LemmaError
from prover.environments.fol.provers.contracts import (
    Availability,
    Limits,
    ProverAnswer,
    Run,
    Settled,
    SzsStatus,
    await_answer,
)
from prover.environments.fol.provers.processes import Job, remaining, supervisor
from prover.environments.fol.sorts import Signature
from prover.environments.fol.syntax import (
    Problem,
    Record,
    Symbol,
    fresh_name,
    is_number,
    plain_name,
    rename_symbols,
    symbols,
)
from prover.environments.fol.tptp import format_problem, parse_problem

_PROGRAM = "eprover"
_REMEDY = "apt-get install eprover"
_GRACE_S = 0.05
_E_MEMORY_MAX_MB = 2048
_STATUS = re.compile(r"^# SZS status (\w+)", re.MULTILINE)
_DERIVATION = re.compile(
    r"^# SZS output start.*?\n(.*?)^# SZS output end", re.MULTILINE | re.DOTALL
)
_STATUSES = {
    "Theorem": SzsStatus.THEOREM,
    "Unsatisfiable": SzsStatus.UNSATISFIABLE,
    "ContradictoryAxioms": SzsStatus.CONTRADICTORY_AXIOMS,
    "CounterSatisfiable": SzsStatus.COUNTER_SATISFIABLE,
    "Satisfiable": SzsStatus.SATISFIABLE,
    "ResourceOut": SzsStatus.TIMEOUT,
    "Timeout": SzsStatus.TIMEOUT,
    "MemoryOut": SzsStatus.MEMORY_OUT,
    "GaveUp": SzsStatus.GAVE_UP,
}


@dataclass(frozen=True)
class EProver:
    """E with the options of a strategy. ``derivation``: ask for the proof."""

    strategy: str = "auto"
    options: tuple[str, ...] = ("--auto",)
    derivation: bool = True

    @property
    def name(self) -> str:
        """Like ``E:auto``."""
        return f"E:{self.strategy}"

    def available(self) -> Availability:
        """Whether ``eprover`` is on the PATH and runs."""
        return _availability(shutil.which(_PROGRAM))

    def start(self, problem: Problem, limits: Limits) -> Run:
        """Set E to work on ``problem``."""
        begun = time.monotonic()
        found = self.available()
        if not found.available:
            return Settled(ProverAnswer(SzsStatus.ERROR, self.name, "", message=found.reason))
        answer = functools.partial(ProverAnswer, prover=self.name, version=found.version)
        try:
            used = _symbols(problem)
            defined = next((s.name for s in used if s.name[0] == "$"), None)
            if defined is not None:
                message = f"E does not know the meaning of {defined}"
                return Settled(answer(SzsStatus.INAPPROPRIATE, message=message))
            Signature.of(problem)
            names = _apart(used, problem.is_typed)
            seconds = remaining(begun + limits.seconds)
            job = supervisor().start(self._command(seconds, limits), seconds, limits.memory_mb)
            text = format_problem(_renamed(problem, names))
            job.feed(text.encode(), max(seconds, _GRACE_S))
        except InputError as error:
            return Settled(answer(SzsStatus.INPUT_ERROR, message=str(error)))
        except LemmaError as error:
            return Settled(answer(SzsStatus.ERROR, message=str(error)))
        back = {replace(symbol, name=new): symbol.name for symbol, new in names.items()}
        return _ERun(self.name, found.version, problem, job, begun, limits, back)

    def prove(
        self, problem: Problem, limits: Limits, stop: threading.Event | None = None
    ) -> ProverAnswer:
        """The answer for ``problem``."""
        return await_answer(self.start(problem, limits), stop, self.name, self.available().version)

    def _command(self, seconds: float, limits: Limits) -> list[str]:
        path = shutil.which(_PROGRAM)
        assert path is not None
        proof = ["--proof-object=1"] if self.derivation else []
        return [
            path, *self.options, *proof, "--silent", "--tstp-format",
            f"--cpu-limit={max(math.ceil(seconds), 1)}",
            f"--memory-limit={min(limits.memory_mb, _E_MEMORY_MAX_MB)}",
        ]  # fmt: skip


def _symbols(problem: Problem) -> list[Symbol]:
    return sorted(frozenset().union(*(symbols(f.formula) for f in problem.formulas)))


def _apart(used: list[Symbol], typed: bool) -> dict[Symbol, str]:
    """New names for what E would take for something else: symbols that differ only in arity or
    kind, and the numbers of untyped problems, which for E are of a type of their own."""
    given = {symbol.name for symbol in used}
    taken: set[str] = set()
    names: dict[Symbol, str] = {}
    for symbol in used:
        if symbol.is_constant and is_number(symbol.name) and not typed:
            others = {plain_name(name) for name in given - {symbol.name}}
            names[symbol] = f'"{fresh_name(symbol.name, others)}"'
        elif symbol.name in taken:
            names[symbol] = fresh_name(f"renamed_{symbol.arity}", taken | given)
        taken.add(names.get(symbol, symbol.name))
    return names


def _renamed(problem: Problem, names: Mapping[Symbol, str]) -> Problem:
    if not names:
        return problem
    formulas = tuple(
        replace(formula, formula=rename_symbols(formula.formula, names))
        for formula in problem.formulas
    )
    types = tuple(
        replace(t, symbol=names.get(Symbol(t.symbol, len(t.arguments), t.result == "$o"), t.symbol))
        for t in problem.types
    )
    return Problem(formulas, types)


@functools.cache
def _availability(path: str | None) -> Availability:
    if path is None:
        return Availability(False, reason="eprover is not on the PATH", remedy=_REMEDY)
    try:
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        return Availability(False, reason=f"{path} does not run: {error}", remedy=_REMEDY)
    words = said.stdout.split()
    return Availability(True, version=words[1] if len(words) > 1 else said.stdout.strip())


@dataclass
class _ERun:
    prover: str
    version: str
    problem: Problem
    job: Job
    begun: float
    limits: Limits
    names: Mapping[Symbol, str]  # what the symbols are called in the problem
    answer: ProverAnswer | None = field(default=None, init=False)

    @property
    def deadline(self) -> float:
        return self.begun + self.limits.seconds + _GRACE_S

    def fileno(self) -> int:
        return self.job.fileno()

    def stop(self) -> None:
        self.job.stop()

    def poll(self) -> ProverAnswer | None:
        if self.answer is None:
            output = self.job.read()
            if output is not None:
                self.answer = self._interpreted(output.decode(errors="replace"))
            elif time.monotonic() >= self.deadline:
                self.answer = self._answer(SzsStatus.TIMEOUT)
            if self.answer is not None:
                self.job.stop()
        return self.answer

    def _answer(
        self,
        status: SzsStatus,
        message: str = "",
        used: tuple[str, ...] | None = None,
        derivation: str | None = None,
    ) -> ProverAnswer:
        return ProverAnswer(
            status, self.prover, self.version, time.monotonic() - self.begun,
            used_premises=used, derivation=derivation, message=message,
        )  # fmt: skip

    def _interpreted(self, output: str) -> ProverAnswer:
        said = _STATUS.search(output)
        if said is None:
            return self._died(output)
        status = _STATUSES.get(said[1])
        if status is None:
            return self._answer(SzsStatus.GAVE_UP, f"SZS status {said[1]}")
        if not status.proved:
            return self._answer(status)
        proof = _DERIVATION.search(output)
        if proof is None:
            return self._answer(status)
        try:
            steps = parse_problem(proof[1])
        except InputError as error:
            return self._answer(status, f"unreadable derivation: {error}")
        text = format_problem(_renamed(steps, self.names)) if self.names else proof[1]
        return self._answer(status, used=self._used(steps), derivation=text)

    def _used(self, steps: Problem) -> tuple[str, ...]:
        leaves = set()
        for step in steps.formulas:
            match step.source:
                case Record("file", (_, str(name), *_)):
                    leaves.add(name)
                case _:
                    pass
        return tuple(p.name for p in self.problem.premises if p.name in leaves)

    def _died(self, output: str) -> ProverAnswer:
        ending = self.job.ending()
        words = " ".join(output.split())[-300:]
        out = ending is not None and ending.out_of_memory(self.limits.memory_mb)
        if out or "memory" in words.lower():
            return self._answer(SzsStatus.MEMORY_OUT, words)
        if time.monotonic() - self.begun >= self.limits.seconds:
            return self._answer(SzsStatus.TIMEOUT)
        return self._answer(SzsStatus.ERROR, f"{self.prover} died: {ending}: {words}")


def e_strategies() -> tuple[EProver, ...]:
    """E in its automatic mode, by its schedule, and without premise selection of its own."""
    return (
        EProver("auto", ("--auto",)),
        EProver("auto-schedule", ("--auto-schedule",)),
        EProver("satauto", ("--satauto",)),
    )
