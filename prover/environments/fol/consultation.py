"""Whom the environment asks and whom the checker asks again.

The provers fall into families of one program each; a step found by one family is confirmed by
another: by deciding the same question from the premises used, or, where only E can, by re-verifying
every step of E's derivation with an SMT solver (`checker`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from prover.environments.fol.provers.contracts import Limits, ProverAnswer, SzsStatus
from prover.environments.fol.provers.portfolio import (
    QUICK,
    Portfolio,
    default_cores,
    family,
    of_families,
    quick,
    strong,
)
from prover.environments.fol.syntax import Problem
from prover.environments.fol.theorem import FolTheorem

FEW_PREMISES = 32
FIRST_ROUND_S = 1.0
_REMEMBERED_THEOREMS, _REMEMBERED_ANSWERS = 64, 1000
SMT_FAMILIES = ("z3", "cvc5")


class Oracle(Protocol):
    """Whoever settles problems: a prover or a portfolio of them."""

    def prove(
        self, problem: Problem, limits: Limits, stop: threading.Event | None = None
    ) -> ProverAnswer:
        """The answer within the limits; see `provers.contracts.Prover.prove`."""


@dataclass(frozen=True)
class DefaultOracle:
    """What `auto` asks: the schedule for small questions where the premises are few and there is
    little time, else the one for whole problems.

    A question with few premises is first given a second in all, also where there is more time:
    most need less, and each prover gets its turn early.
    """

    small: Oracle = field(default_factory=quick)
    large: Oracle = field(default_factory=strong)

    def prove(
        self, problem: Problem, limits: Limits, stop: threading.Event | None = None
    ) -> ProverAnswer:
        """As `Oracle`."""
        if len(problem.formulas) > FEW_PREMISES:
            return self.large.prove(problem, limits, stop)
        if limits.seconds >= 3 * FIRST_ROUND_S:
            answer = self.small.prove(problem, Limits(FIRST_ROUND_S, limits.memory_mb), stop)
            if answer.status.conclusive:
                return answer
            limits = Limits(limits.seconds - FIRST_ROUND_S, limits.memory_mb)
            return self.large.prove(problem, limits, stop)
        return self.small.prove(problem, limits, stop)


def default_oracle(workers: int = 1) -> DefaultOracle:
    """What `auto` asks where so many ``workers`` ask at the same time."""
    cores = default_cores(workers)
    return DefaultOracle(quick(cores), strong(cores))


class Answers:
    """What provers have settled, so that they are not asked it again: looking for a counter-model,
    the search, its replay and the minimiser all come upon the same questions.

    It is kept for each theorem apart (nothing is learnt from others) and for the last ones only.
    Usable from several threads.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[FolTheorem, dict[int, _Remembering]] = OrderedDict()
        self._lock = threading.Lock()

    def about(self, theorem: FolTheorem, oracle: Oracle, *, undecided: bool = False) -> Oracle:
        """``oracle``, which remembers what it said about ``theorem``: what was settled and, if
        ``undecided``, also that it was not in the time given."""
        if len(theorem.problem.formulas) > FEW_PREMISES:  # too much to keep
            return oracle
        with self._lock:
            known = self._known.setdefault(theorem, {})
            self._known.move_to_end(theorem)
            while len(self._known) > _REMEMBERED_THEOREMS:
                self._known.popitem(last=False)
            return known.setdefault(id(oracle), _Remembering(oracle, undecided))

    def forget(self, theorem: FolTheorem) -> None:
        """Begin anew with ``theorem``."""
        if len(theorem.problem.formulas) <= FEW_PREMISES:
            with self._lock:
                self._known.pop(theorem, None)


class _Remembering:
    """An oracle that is not asked twice."""

    def __init__(self, oracle: Oracle, undecided: bool) -> None:
        self._oracle, self._undecided = oracle, undecided
        self._answers: OrderedDict[Problem, ProverAnswer] = OrderedDict()
        self._lock = threading.Lock()

    def prove(
        self, problem: Problem, limits: Limits, stop: threading.Event | None = None
    ) -> ProverAnswer:
        """As `Oracle`."""
        with self._lock:
            known = self._answers.get(problem)
            if known is not None:
                self._answers.move_to_end(problem)
                return known
        answer = self._oracle.prove(problem, limits, stop)
        stopped = answer.status is SzsStatus.STOPPED
        if answer.status.conclusive or (self._undecided and not stopped):
            with self._lock:
                self._answers[problem] = answer
                while len(self._answers) > _REMEMBERED_ANSWERS:
                    self._answers.popitem(last=False)
        return answer


def oracle_of(families: Iterable[str], workers: int = 1) -> Portfolio:
    """The provers of these families (``z3``, ``cvc5``, ``e``) that can be run here."""
    return of_families(set(families), default_cores(workers))


def families() -> tuple[str, ...]:
    """The families of which a prover can be run here."""
    return tuple(dict.fromkeys(a.family for a in QUICK if a.prover.available().available))


def smt_oracle(workers: int = 1) -> Portfolio:
    """What `smt` asks."""
    return oracle_of(SMT_FAMILIES, workers)


def others(finder: str) -> tuple[str, ...]:
    """The families that may confirm what ``finder`` found."""
    return tuple(name for name in families() if name != family(finder))
