"""Whom the environment asks and whom the checker asks again.

The provers fall into families of one program each; a step found by one family is confirmed by
another: by deciding the same question from the premises used, or, where only E can, by re-verifying
every step of E's derivation with an SMT solver (`checker`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from prover.environments.fol.provers.contracts import Limits, ProverAnswer
from prover.environments.fol.provers.portfolio import QUICK, Attempt, Portfolio, quick, strong
from prover.environments.fol.syntax import Problem

FEW_PREMISES = 32
FIRST_ROUND_S = 1.0
SMT_FAMILIES = ("z3", "cvc5")


class Oracle(Protocol):
    """Whoever settles problems: a prover or a portfolio of them."""

    def prove(
        self, problem: Problem, limits: Limits, stop: threading.Event | None = None
    ) -> ProverAnswer:
        """The answer within the limits; see `provers.contracts.Prover.prove`."""


@dataclass(frozen=True)
class DefaultOracle:
    """What `auto` asks: the schedule for small questions where the premises are few, else the
    one for whole problems, which selects premises.

    A small question is first given a second in all: most need less, and each prover gets its turn
    early.
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
        return self.small.prove(problem, limits, stop)


def family(name: str) -> str:
    """The program behind a prover's name: ``cvc5`` for ``cvc5:enum-inst relevant-128``."""
    return name.partition(":")[0].partition(" ")[0].lower()


def oracle_of(families: Iterable[str]) -> Portfolio:
    """The provers of these families (``z3``, ``cvc5``, ``e``) that can be run here."""
    wanted = set(families)
    attempts = tuple(
        Attempt(attempt.prover, 1.0) for attempt in QUICK if family(attempt.prover.name) in wanted
    )
    return Portfolio(" and ".join(sorted(wanted)), attempts)


def families() -> tuple[str, ...]:
    """The families of which a prover can be run here."""
    return tuple(dict.fromkeys(
        family(a.prover.name) for a in QUICK if a.prover.available().available
    ))


def smt_oracle() -> Portfolio:
    """What `smt` asks."""
    return oracle_of(SMT_FAMILIES)


def others(finder: str) -> tuple[str, ...]:
    """The families that may confirm what ``finder`` found."""
    return tuple(name for name in families() if name != family(finder))
