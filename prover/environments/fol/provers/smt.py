"""z3 and cvc5 as provers, each under several strategies.

The engines run in processes under the supervisor (`processes`), where time and memory limits
really hold. ``unsat`` comes with a core, whence the used premises; a core without the conjecture
shows that the axioms are contradictory. ``sat`` is believed only as far as the model can be
verified by evaluation (`models`).
"""

from __future__ import annotations

import functools
import importlib
import pickle
import threading
import time
from dataclasses import dataclass, field

from prover.contracts import InputError, LemmaError
from prover.environments.fol.models import EvaluationTooLong, FiniteModel
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
from prover.environments.fol.provers.smtlib import Script, Untranslatable, to_smtlib
from prover.environments.fol.provers.solving import RawModel, Request, Response
from prover.environments.fol.syntax import Not, Problem

# The engine is asked to stop a little before the hard limit: what it then says comes in time.
_SOFT_SHARE = 0.95
_GRACE_S = 0.05


@dataclass(frozen=True)
class SmtProver:
    """An SMT engine under a strategy: options of z3's solver or of cvc5.

    ``core`` asks for the used premises.
    """

    engine: str
    strategy: str
    options: tuple[tuple[str, str], ...] = ()
    core: bool = True

    @property
    def name(self) -> str:
        """Like ``cvc5:enum-inst``."""
        return f"{self.engine}:{self.strategy}"

    def available(self) -> Availability:
        """Whether the engine's Python package can be imported."""
        return _availability(self.engine)

    def start(self, problem: Problem, limits: Limits) -> Run:
        """Set a process to work on ``problem``."""
        begun = time.monotonic()
        found = self.available()
        if not found.available:
            return Settled(ProverAnswer(SzsStatus.ERROR, self.name, "", message=found.reason))
        answer = functools.partial(ProverAnswer, prover=self.name, version=found.version)
        try:
            script = to_smtlib(problem)
            seconds = remaining(begun + limits.seconds)
            job = supervisor().start(None, seconds, limits.memory_mb)
            job.feed(pickle.dumps(self._request(script, seconds)), max(seconds, _GRACE_S))
        except Untranslatable as error:
            return Settled(answer(SzsStatus.INAPPROPRIATE, message=str(error)))
        except InputError as error:
            return Settled(answer(SzsStatus.INPUT_ERROR, message=str(error)))
        except LemmaError as error:
            return Settled(answer(SzsStatus.ERROR, message=str(error)))
        return _SmtRun(self.name, found.version, problem, script, job, begun, limits)

    def prove(
        self, problem: Problem, limits: Limits, stop: threading.Event | None = None
    ) -> ProverAnswer:
        """The answer for ``problem``."""
        return await_answer(self.start(problem, limits), stop, self.name, self.available().version)

    def _request(self, script: Script, seconds: float) -> Request:
        return Request(
            engine=self.engine,
            script=script.text,
            options=self.options,
            seconds=seconds * _SOFT_SHARE,
            want_core=self.core,
            symbols=tuple((name, args, result) for _, name, args, result in script.symbols),
            sorts=tuple(name for _, name in script.sorts),
        )


@functools.cache
def _availability(engine: str) -> Availability:
    package = {"z3": "z3-solver", "cvc5": "cvc5"}[engine]
    try:
        module = importlib.import_module(engine)
    except Exception as error:  # a broken library raises anything
        return Availability(
            False, reason=f"cannot import {engine}: {error}", remedy=f"pip install {package}"
        )
    version = module.get_version_string() if engine == "z3" else module.__version__
    return Availability(True, version=str(version))


@dataclass
class _SmtRun:
    prover: str
    version: str
    problem: Problem
    script: Script
    job: Job
    begun: float
    limits: Limits
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
                self.answer = self._interpreted(output)
            elif time.monotonic() >= self.deadline:
                self.answer = self._answer(SzsStatus.TIMEOUT)
            if self.answer is not None:
                self.job.stop()
        return self.answer

    def _answer(self, status: SzsStatus, message: str = "") -> ProverAnswer:
        seconds = time.monotonic() - self.begun
        return ProverAnswer(status, self.prover, self.version, seconds, message=message)

    def _interpreted(self, output: bytes) -> ProverAnswer:
        try:
            response = pickle.loads(output)
        except (EOFError, pickle.UnpicklingError):
            return self._died()
        match response:
            case Response("unsat"):
                return self._proved(response.core)
            case Response("sat"):
                return self._refuted(response.model)
            case Response("unknown", reason):
                return self._undecided(reason)
            case _:
                out = "memory" in response.reason or "bad_alloc" in response.reason
                status = SzsStatus.MEMORY_OUT if out else SzsStatus.ERROR
                return self._answer(status, response.reason)

    def _died(self) -> ProverAnswer:
        ending = self.job.ending()
        if ending is not None and ending.out_of_memory(self.limits.memory_mb):
            return self._answer(SzsStatus.MEMORY_OUT, f"{self.prover} died: {ending}")
        if time.monotonic() - self.begun >= self.limits.seconds:
            return self._answer(SzsStatus.TIMEOUT)
        return self._answer(SzsStatus.ERROR, f"{self.prover} died: {ending}")

    def _undecided(self, reason: str) -> ProverAnswer:
        text = reason.lower()
        if "timeout" in text or "canceled" in text:
            return self._answer(SzsStatus.TIMEOUT, reason)
        if "memory" in text or "memout" in text:
            return self._answer(SzsStatus.MEMORY_OUT, reason)
        return self._answer(SzsStatus.GAVE_UP, reason)

    def _proved(self, core: tuple[int, ...] | None) -> ProverAnswer:
        script = self.script
        used, status = None, SzsStatus.THEOREM
        if core is not None:
            used = tuple(script.premises[i] for i in core if i < len(script.premises))
            # The fact that distinct objects differ is an assertion too: more than the premises.
            if script.has_goal and len(script.premises) not in core:
                status = SzsStatus.CONTRADICTORY_AXIOMS
        if not script.has_goal:
            status = SzsStatus.UNSATISFIABLE
        seconds = time.monotonic() - self.begun
        return ProverAnswer(status, self.prover, self.version, seconds, used_premises=used)

    def _refuted(self, raw: RawModel | None) -> ProverAnswer:
        status = (
            SzsStatus.COUNTER_SATISFIABLE if self.script.has_goal else SzsStatus.SATISFIABLE
        )
        if raw is None or self.script.interpreted:
            return self._answer(status, "the model is not finite or too large to be shown")
        model = _finite_model(self.script, raw, f"{self.prover} {self.version}")
        goal = self.problem.goal
        sentences = [premise.closed for premise in self.problem.premises]
        try:
            holds = model.satisfies([*sentences, *([] if goal is None else [Not(goal)])])
        except EvaluationTooLong:
            return self._answer(status, "the model is too large to be verified")
        except KeyError as missing:
            return self._answer(SzsStatus.GAVE_UP, f"the model does not interpret {missing}")
        if not holds:
            return self._answer(SzsStatus.GAVE_UP, "the model found does not satisfy the formulas")
        seconds = time.monotonic() - self.begun
        return ProverAnswer(status, self.prover, self.version, seconds, model=model)


def _finite_model(script: Script, raw: RawModel, origin: str) -> FiniteModel:
    functions, predicates = {}, {}
    for symbol, name, _, _ in script.symbols:
        table = raw.tables[name]
        if symbol.is_predicate:
            rows = frozenset(row for row, value in table.items() if value)
            predicates[symbol.name, symbol.arity] = rows
        else:
            functions[symbol.name, symbol.arity] = table
    domains = {sort: raw.sizes[name] for sort, name in script.sorts}
    return FiniteModel(domains, functions, predicates, origin)


def z3_strategies() -> tuple[SmtProver, ...]:
    """z3: as it comes (model-based quantifier instantiation), and by E-matching alone."""
    return (
        SmtProver("z3", "mbqi"),
        SmtProver("z3", "ematching", (("mbqi", "false"), ("auto_config", "false"))),
    )


def cvc5_strategies() -> tuple[SmtProver, ...]:
    """cvc5: enumerative instantiation, finite model finding, and variations of triggers."""
    return (
        SmtProver("cvc5", "enum-inst", (("enum-inst", "true"),)),
        SmtProver("cvc5", "finite-model-find", (("finite-model-find", "true"),)),
    )
