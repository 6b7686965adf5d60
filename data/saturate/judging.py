"""What provers are asked about statements, and when they are believed.

Each question is bounded by work (the provers' own resource counts), never by time, so that the
answers are the same on every machine. That a statement follows is believed when z3 or cvc5 proves
it, neither of which derived it; that it does not follow, only with a finite model of the premises
in which it is false, verified by evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prover.contracts import LemmaError
from prover.environments.fol.models import FiniteModel
from prover.environments.fol.provers.contracts import Limits, ProverAnswer, SzsStatus
from prover.environments.fol.provers.smt import SmtProver
from prover.environments.fol.syntax import Formula, Problem

# What the provers are granted never takes that long: to run into it is an error.
_PATIENCE = Limits(seconds=300.0)


def _prover(engine: str, strategy: str, work: int, *options: tuple[str, str]) -> SmtProver:
    return SmtProver(engine, strategy, (("rlimit", str(work)), *options), core=False)


# Units of work are the engines' own: about a tenth of a second each.
_PROVING = (
    _prover("z3", "mbqi", 150_000),
    _prover("cvc5", "enum-inst", 8_000, ("enum-inst", "true")),
)
_REFUTING = (
    _prover("cvc5", "finite-model-find", 12_000, ("finite-model-find", "true")),
    _prover("z3", "mbqi", 60_000),
)
_SCORING = (
    _prover("z3", "mbqi", 1_000_000),
    _prover("cvc5", "enum-inst", 60_000, ("enum-inst", "true")),
)


@dataclass(frozen=True)
class Proved:
    """It follows; ``prover`` (with its version) says so."""

    prover: str


@dataclass(frozen=True)
class Refuted:
    """It does not follow: it is false in ``model``, in which the premises are true."""

    model: FiniteModel


Judgement = Proved | Refuted | None


def judge(premises: Sequence[Formula], goal: Formula | None, *, refute: bool) -> Judgement:
    """Whether ``goal`` follows from ``premises``, None if the provers do not find out with little
    work; ``refute``: begin with the search for a model. With no goal: whether the premises
    contradict each other."""
    return _asked(_REFUTING if refute else _PROVING, premises, goal)


def judge_patiently(premises: Sequence[Formula], goal: Formula) -> Judgement:
    """As `judge`, with the tenfold work: for the steps of a model's answer."""
    return _asked((*_SCORING, _REFUTING[0]), premises, goal)


def versions() -> dict[str, str]:
    """The versions of the provers. Raises `LemmaError` if one is not installed."""
    found = {}
    for prover in _PROVING:
        state = prover.available()
        if not state.available:
            raise LemmaError(state.reason, remedy=state.remedy)
        found[prover.engine] = state.version
    return found


def _asked(
    provers: Sequence[SmtProver], premises: Sequence[Formula], goal: Formula | None
) -> Judgement:
    problem = Problem.of([(f"p{n}", formula) for n, formula in enumerate(premises)], goal)
    for prover in provers:
        answer = prover.prove(problem, _PATIENCE)
        if answer.status.proved:
            return Proved(f"{prover.engine} {answer.version}")
        if answer.status.refuted and answer.model is not None:
            return Refuted(answer.model)
        _check(prover, answer)
    return None


def _check(prover: SmtProver, answer: ProverAnswer) -> None:
    """Raise `LemmaError` for what would not happen again in the same way."""
    crashed = answer.status in (SzsStatus.ERROR, SzsStatus.MEMORY_OUT, SzsStatus.STOPPED)
    if crashed or answer.seconds >= _PATIENCE.seconds:
        raise LemmaError(f"{prover.name} did not answer: {answer.message or answer.status}",
                         remedy="free the machine and go on with --resume")
