"""Several provers on one problem: a schedule over the cores, first conclusive answer wins.

A schedule is a list of attempts, each a prover with a selection of premises and a share of the
time. As many attempts run at once as there are cores; one that is over makes room for the next.
The first has a head start: most questions of a search are settled in less time than it takes to
start two provers. When one settles the question the others are stopped at once. What a refutation
with *selected* premises shows, a model, is not taken for an answer to the whole problem.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from prover.environments.fol.provers.clausal import Clausal
from prover.environments.fol.provers.contracts import (
    Availability,
    Limits,
    Prover,
    ProverAnswer,
    Run,
    SzsStatus,
    await_first,
)
from prover.environments.fol.provers.eprover import EProver
from prover.environments.fol.provers.parts import PartsRun, divided
from prover.environments.fol.provers.smt import SmtProver
from prover.environments.fol.selection import EVERYTHING, Ranked, Relevant, Selection, Sine
from prover.environments.fol.syntax import Problem

_LEAST_SLICE_S = 0.02
_HEAD_START_S = 0.03


def family(name: str) -> str:
    """The program behind the name of a prover or an attempt: ``cvc5`` for
    ``cvc5:enum-inst relevant-128``, ``e`` for ``E:auto``."""
    return _program(name).lower()


def _program(name: str) -> str:
    return name.partition(":")[0].partition(" ")[0]


@dataclass(frozen=True)
class Attempt:
    """A prover on the selected premises for a ``share`` of the whole time (0 to 1).

    It is made for problems that have at least ``least`` and at most ``most`` premises, and with
    ``unfold`` (0 or more), whose conjecture has several parts (module `parts`): these are proved
    one after the other. Where all that is scheduled is more than the cores can do, every share is
    made smaller alike.
    """

    prover: Prover
    share: float
    selection: Selection = EVERYTHING
    least: int = 0
    most: float = math.inf
    unfold: int | None = None

    @property
    def name(self) -> str:
        """Like ``cvc5:enum-inst``, ``cvc5:enum-inst relevant-128`` or ``z3:mbqi by parts``."""
        by_parts = {None: "", 0: "by parts"}.get(self.unfold, "by unfolded parts")
        return " ".join(filter(None, (self.prover.name, self.selection.name, by_parts)))

    @property
    def family(self) -> str:
        """The program that it runs; see `family`."""
        return family(self.prover.name)


@dataclass(frozen=True)
class Portfolio:
    """A schedule of attempts over ``cores`` processor cores. Usable from several threads.

    The memory limit holds for each process. Provers that are missing are left out.
    """

    name: str
    attempts: tuple[Attempt, ...]
    cores: int = 2

    def available(self) -> Availability:
        """Whether any of the provers is there; the version tells all that are."""
        found = {_program(a.prover.name): a.prover.available() for a in self.attempts}
        present = [f"{name} {given.version}" for name, given in found.items() if given.available]
        if present:
            return Availability(True, version=", ".join(present))
        reasons = "; ".join(given.reason for given in found.values())
        return Availability(False, reason=reasons or "no provers", remedy="pip install cvc5")

    def prove(
        self, problem: Problem, limits: Limits, stop: threading.Event | None = None
    ) -> ProverAnswer:
        """The first conclusive answer of an attempt, named after it. Without one, the message
        tells how each attempt ended."""
        session = _Session(self, problem, limits)
        try:
            return session.answer(stop)
        finally:
            session.close()


@dataclass
class _Session:
    """One problem given to a portfolio."""

    portfolio: Portfolio
    problem: Problem
    limits: Limits
    begun: float = field(default_factory=time.monotonic)
    running: dict[int, tuple[Run, Attempt, bool]] = field(default_factory=dict)
    ended: list[tuple[Attempt, ProverAnswer]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.deadline = self.begun + self.limits.seconds
        self.divisions = {
            attempt.unfold: divided(self.problem, attempt.unfold)
            for attempt in self.portfolio.attempts
            if attempt.unfold is not None and self._fits(attempt)
        }
        self.pending = deque(filter(self._applies, self.portfolio.attempts))
        self.tried: set[tuple[str, str, tuple[Problem, ...]]] = set()
        shares = sum(attempt.share for attempt in self.pending)
        self.scale = min(1.0, self.portfolio.cores / shares) if shares else 1.0
        self.alone_until = math.inf  # until the first prover has had its head start

    def answer(self, stop: threading.Event | None) -> ProverAnswer:
        while True:
            while self.pending and len(self.running) < self._places() and self._left():
                self._start(self.pending.popleft())
            if not self.running:
                return self._undecided(None)
            runs = [run for run, _, _ in self.running.values()]
            for run, answer in await_first(runs, self._until(), stop):
                _, attempt, whole = self.running.pop(id(run))
                if answer.status.proved or (answer.status.refuted and whole):
                    seconds = time.monotonic() - self.begun
                    return replace(answer, prover=attempt.name, seconds=seconds)
                self.ended.append((attempt, answer))
            if stop is not None and stop.is_set():
                return self._undecided(SzsStatus.STOPPED)
            if time.monotonic() >= self.deadline:
                return self._undecided(SzsStatus.TIMEOUT)

    def close(self) -> None:
        """Stop what still runs."""
        for run, _, _ in self.running.values():
            run.stop()
        self.running.clear()

    def _places(self) -> int:
        """How many provers may run at once, now."""
        alone = not self.ended and time.monotonic() < self.alone_until
        return 1 if alone else self.portfolio.cores

    def _until(self) -> float:
        """When to look again at the latest."""
        more = self.pending and self._places() < self.portfolio.cores
        return min(self.deadline, self.alone_until) if more else self.deadline

    def _fits(self, attempt: Attempt) -> bool:
        return attempt.least <= len(self.problem.premises) <= attempt.most

    def _applies(self, attempt: Attempt) -> bool:
        if not self._fits(attempt) or not attempt.prover.available().available:
            return False
        return attempt.unfold is None or len(self.divisions[attempt.unfold].problems) > 1

    def _left(self) -> bool:
        return self.deadline - time.monotonic() > _LEAST_SLICE_S

    def _start(self, attempt: Attempt) -> None:
        if attempt.unfold is not None:
            asked, how = self.divisions[attempt.unfold].problems, attempt.selection.name
        else:
            asked, how = (attempt.selection(self.problem),), ""
        key = (attempt.prover.name, how, asked)
        if key in self.tried:  # the problem is too small for the attempts to differ
            return
        self.tried.add(key)
        left = max(self.deadline - time.monotonic(), 0.0)  # the selection may have taken it all
        share = attempt.share * self.scale * self.limits.seconds
        limits = Limits(min(share, left) if self.pending else left, self.limits.memory_mb)
        run, whole = self._run(attempt, asked, limits)
        self.running[id(run)] = (run, attempt, whole)
        self.alone_until = min(self.alone_until, time.monotonic() + _HEAD_START_S)

    def _run(
        self, attempt: Attempt, asked: tuple[Problem, ...], limits: Limits
    ) -> tuple[Run, bool]:
        """The attempt at work, and whether it is about the whole problem."""
        if attempt.unfold is not None:
            division = self.divisions[attempt.unfold]
            return PartsRun(attempt.prover, attempt.selection, division, limits), False
        whole = len(asked[0].formulas) == len(self.problem.formulas)
        return attempt.prover.start(asked[0], limits), whole

    def _undecided(self, status: SzsStatus | None) -> ProverAnswer:
        """No conclusive answer. The status is that of the attempts if they all agree on one."""
        statuses = {answer.status for _, answer in self.ended}
        if status is None:
            status = statuses.pop() if len(statuses) == 1 else SzsStatus.GAVE_UP
            if status.conclusive:  # about selected premises, not about the problem
                status = SzsStatus.GAVE_UP
        told = [_told(attempt, answer) for attempt, answer in self.ended]
        told += [f"{attempt.name}: stopped" for _, attempt, _ in self.running.values()]
        if not told:
            told = [self.portfolio.available().reason or "no time"]
        return ProverAnswer(
            status, self.portfolio.name, self.portfolio.available().version,
            time.monotonic() - self.begun, message="; ".join(told),
        )  # fmt: skip


def _told(attempt: Attempt, answer: ProverAnswer) -> str:
    reason = f" ({answer.message})" if answer.message and answer.status.name == "ERROR" else ""
    return f"{attempt.name}: {answer.status}{reason}"


# -------------------------------------------------------------------------------------- schedules


def default_cores(workers: int = 1) -> int:
    """The cores that a portfolio uses unless told otherwise: two, where there are two for each of
    the ``workers`` that ask at the same time."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(2, (usable or 1) // workers))


def quick(cores: int | None = None) -> Portfolio:
    """For the small questions of tactics (0.2 to 2 s): a few milliseconds where they are easy."""
    return Portfolio("quick", QUICK, cores or default_cores())


def strong(cores: int | None = None) -> Portfolio:
    """For whole problems, with any number of axioms."""
    return Portfolio("strong", STRONG, cores or default_cores())


def guided(model: Path, cores: int | None = None) -> Portfolio:
    """As `strong`, but among many premises those come first that the trained retriever in the
    folder ``model`` ranks best."""
    return by_ranking(partial(Ranked, model), cores)


def by_ranking(best: Callable[[int], Selection], cores: int | None = None) -> Portfolio:
    """As `strong`, but with ``best(k)`` for the best k premises where there are many."""
    return Portfolio("guided", _few() + _ranked(best), cores or default_cores())


def of_families(wanted: Collection[str], cores: int | None = None) -> Portfolio:
    """The provers of these families (``z3``, ``cvc5``, ``e``): what is quick, and then what else
    proves whole problems, by parts too, as what one family proved in parts another has to."""
    attempts = tuple(a for a in (*QUICK, *_few(), Attempt(_E, 0.2, most=_FEW, unfold=2))
                     if a.family in wanted)
    return Portfolio(" and ".join(sorted(wanted)), attempts, cores or default_cores())


def single(prover: Prover, selection: Selection = EVERYTHING) -> Portfolio:
    """One prover alone, on the selected premises."""
    return Portfolio(prover.name, (Attempt(prover, 1.0, selection),), 1)


_Z3 = SmtProver("z3", "mbqi")
_ENUM = SmtProver("cvc5", "enum-inst", (("enum-inst", "true"),))
_ENUM_ONLY = SmtProver("cvc5", "enum-only", (("enum-inst", "true"), ("e-matching", "false")))
_PRESKOLEM = SmtProver("cvc5", "pre-skolem", (("enum-inst", "true"), ("pre-skolem-quant", "on")))
_FMF = SmtProver("cvc5", "finite-model-find", (("finite-model-find", "true"),))
# Quantified formulas are split where that frees a variable, and equations may be triggers. With
# this, and apart from it with clauses, cvc5 proves some that it does not otherwise.
_SPLIT = SmtProver(
    "cvc5", "split",
    (("enum-inst", "true"), ("cond-var-split-quant", "agg"), ("relational-triggers", "true")),
)  # fmt: skip
_E = EProver("auto", ("--auto",))
_E_SCHEDULE = EProver("auto-schedule", ("--auto-schedule",))
# Clauses near to the conjecture first, in the way of the strategies that Jakubův and Urban found
# for Mizar ("Hammering Mizar by Learning Clause Guidance", 2019).
_E_CONJECTURE = EProver(
    "conjecture",
    (
        "--definitional-cnf=24", "--simul-paramod", "--forward-context-sr",
        "--destructive-er-aggressive", "--destructive-er", "--prefer-initial-clauses",
        "-tKBO6", "-winvfreqrank", "-c1", "-Ginvfreq", "-F1", "-WSelectComplexExceptUniqMaxHorn",
        "-H(4*ConjectureGeneralSymbolWeight(SimulateSOS,100,100,100,50,50,10,50,1.5,1.5,1),"
        "3*ConjectureGeneralSymbolWeight(PreferNonGoals,200,100,200,50,50,1,100,1.5,1.5,1),"
        "1*Clauseweight(PreferProcessed,1,1,1),1*FIFOWeight(PreferProcessed))",
    ),
)  # fmt: skip

QUICK: tuple[Attempt, ...] = (
    Attempt(_Z3, 0.35),
    Attempt(_ENUM, 0.4),
    Attempt(_ENUM_ONLY, 0.2),
    Attempt(_FMF, 0.3),
    Attempt(_E, 0.3),
)


def _few() -> tuple[Attempt, ...]:
    """Up to some hundred premises: nearly all of them may matter.

    One core keeps to the best single strategy, which now and then needs long. The other goes
    through unlike ones: each finds nearly all of its proofs at once, so many get little time.
    """
    few = partial(Attempt, most=_FEW)
    return (
        few(_ENUM, 0.7),
        few(_Z3, 0.14),
        few(_ENUM, 0.18, Clausal()),
        few(_ENUM, 0.2, Clausal(), unfold=2),
        few(_E, 0.16),
        few(_Z3, 0.18, unfold=2),
        few(_ENUM, 0.12, Clausal(), unfold=0),
        few(_SPLIT, 0.16),
        few(_ENUM_ONLY, 0.12),
        few(_E_CONJECTURE, 0.16),
        few(_FMF, 0.08),
        few(_ENUM, 0.12, Relevant(24)),
        few(_PRESKOLEM, 0.12),
    )


def _many() -> tuple[Attempt, ...]:
    """More premises than that: most of them do not matter, nobody knows which."""
    many = partial(Attempt, least=_FEW + 1)
    return (
        many(_ENUM, 0.4, Relevant(256)),
        many(_ENUM, 0.6, Sine(2.0, 2)),
        many(_ENUM, 0.2, Sine()),
        many(_ENUM, 0.4, Relevant(512)),
        many(_Z3, 0.2),
        many(_E, 0.2, Sine()),
    )


def _ranked(best: Callable[[int], Selection]) -> tuple[Attempt, ...]:
    """Many short attempts with different numbers of the best premises: a few are settled at once,
    more of them miss less. A goal unlike all that was learnt from is left to its symbols."""
    many = partial(Attempt, least=_FEW + 1)
    return (
        many(_ENUM, 0.1, best(64)),
        many(_Z3, 0.1, best(64)),
        many(_ENUM, 0.35, best(128)),
        many(_Z3, 0.15, best(128)),
        many(_ENUM, 0.3, Relevant(256)),
        many(_ENUM, 0.45, best(256)),
        many(_ENUM, 0.05, best(32)),
        many(_E_SCHEDULE, 0.2, best(128)),
        many(_ENUM, 0.3, best(384)),
    )


_FEW = 150
STRONG: tuple[Attempt, ...] = _few() + _many()
