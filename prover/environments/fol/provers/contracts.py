"""What a first-order prover is asked and what it answers.

A prover decides a `Problem`: do its premises entail its conjecture, or, without a conjecture, are
its formulas satisfiable? The answer is an SZS status (Sutcliffe, "The SZS Ontologies for
Automated Reasoning Software", 2008) with whatever the prover gives along: the premises used, a
derivation, a model. Asking is asynchronous underneath, `Prover.start` gives a `Run` that can be
waited for together with others and stopped at any time; `Prover.prove` waits for one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import wait
from typing import Protocol

from prover.environments.fol.models import FiniteModel
from prover.environments.fol.syntax import Problem


class SzsStatus(StrEnum):
    """The SZS statuses that are answered here."""

    THEOREM = "Theorem"
    UNSATISFIABLE = "Unsatisfiable"
    CONTRADICTORY_AXIOMS = "ContradictoryAxioms"
    COUNTER_SATISFIABLE = "CounterSatisfiable"
    SATISFIABLE = "Satisfiable"
    TIMEOUT = "Timeout"
    MEMORY_OUT = "MemoryOut"
    RESOURCE_OUT = "ResourceOut"
    GAVE_UP = "GaveUp"
    INAPPROPRIATE = "Inappropriate"
    INPUT_ERROR = "InputError"
    STOPPED = "User"
    ERROR = "Error"

    @property
    def proved(self) -> bool:
        """Whether the conjecture follows (or, without one, the formulas are unsatisfiable)."""
        return self in _PROVED

    @property
    def refuted(self) -> bool:
        """Whether the conjecture does not follow (or the formulas are satisfiable)."""
        return self in (SzsStatus.COUNTER_SATISFIABLE, SzsStatus.SATISFIABLE)

    @property
    def conclusive(self) -> bool:
        """Whether the question is settled."""
        return self.proved or self.refuted


_PROVED = (SzsStatus.THEOREM, SzsStatus.UNSATISFIABLE, SzsStatus.CONTRADICTORY_AXIOMS)


@dataclass(frozen=True)
class ProverAnswer:
    """What a prover said.

    ``used_premises`` are names of premises from which the result follows (not always minimal),
    None where the prover does not say. ``derivation`` is TSTP text. ``model`` is a finite model
    of the premises and the negated conjecture, already verified by evaluation. ``seconds`` is
    wall-clock time, translation included.
    """

    status: SzsStatus
    prover: str
    version: str
    seconds: float = 0.0
    used_premises: tuple[str, ...] | None = None
    derivation: str | None = None
    model: FiniteModel | None = None
    message: str = ""


@dataclass(frozen=True)
class Availability:
    """Whether a prover can be run: its version, or why not and what to do about it."""

    available: bool
    version: str = ""
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Limits:
    """What one run may use: wall-clock seconds and mebibytes of memory. Both are hard."""

    seconds: float
    memory_mb: int = 2000


class Run(Protocol):
    """A prover at work on a problem."""

    def fileno(self) -> int:
        """A descriptor that becomes readable when there is something to `poll` for."""

    @property
    def deadline(self) -> float:
        """When to `poll` at the latest (`time.monotonic`): then the run is over in any case."""

    def poll(self) -> ProverAnswer | None:
        """The answer if it has come or the time is over; does not block."""

    def stop(self) -> None:
        """Stop the prover now, with all of its processes. Idempotent, also after the answer."""


@dataclass
class Settled:
    """A run that was over before it began."""

    answer: ProverAnswer
    deadline: float = 0.0

    def fileno(self) -> int:
        """There is nothing to wait for."""
        raise ValueError("the answer is already there")

    def poll(self) -> ProverAnswer | None:
        """The answer."""
        return self.answer

    def stop(self) -> None:
        """Nothing runs."""


class Prover(Protocol):
    """An automated prover under one strategy. Usable from several threads at once."""

    @property
    def name(self) -> str:
        """The prover and its strategy, like ``cvc5:enum-inst``."""

    def available(self) -> Availability:
        """Whether this prover can be run here. Cheap after the first call."""

    def start(self, problem: Problem, limits: Limits) -> Run:
        """Set to work on ``problem``."""

    def prove(
        self, problem: Problem, limits: Limits, stop: threading.Event | None = None
    ) -> ProverAnswer:
        """The answer for ``problem``: within its limits, or `SzsStatus.STOPPED` soon after
        ``stop`` is set. Never raises for what the problem or the prover does."""


STOP_LATENCY_S = 0.02
_LONGEST_WAIT_S = 3600.0


def await_first(
    runs: Sequence[Run], until: float, stop: threading.Event | None = None
) -> list[tuple[Run, ProverAnswer]]:
    """Wait for answers of ``runs``; those that came by now, at least one unless it is past
    ``until`` (`time.monotonic`) or ``stop`` was set, then perhaps none."""
    while True:
        answers = [(run, answer) for run in runs if (answer := run.poll()) is not None]
        now = time.monotonic()
        if answers or now >= until or (stop is not None and stop.is_set()):
            return answers
        patience = min([until, *(run.deadline for run in runs)]) - now
        if stop is not None:
            patience = min(patience, STOP_LATENCY_S)
        wait([run.fileno() for run in runs], timeout=min(max(patience, 0.0), _LONGEST_WAIT_S))


def await_answer(
    run: Run, stop: threading.Event | None, prover: str, version: str
) -> ProverAnswer:
    """Wait for ``run`` alone; whatever happens, it is stopped in the end."""
    started = time.monotonic()
    try:
        for _, answer in await_first([run], float("inf"), stop):
            return answer
        return ProverAnswer(SzsStatus.STOPPED, prover, version, time.monotonic() - started)
    finally:
        run.stop()
