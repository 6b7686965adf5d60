"""Whom the environment asks and whom the checker asks again.

The provers fall into families of one program each; a step found by one family is confirmed by
another: by deciding the same question from the premises used, or, where only E can, by re-verifying
every step of E's derivation with an SMT solver.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prover.environments.fol.provers.contracts import (
    Limits,
    Prover,
    ProverAnswer,
    SzsStatus,
    await_first,
)
from prover.environments.fol.provers.eprover import e_strategies
from prover.environments.fol.provers.smt import cvc5_strategies, z3_strategies
from prover.environments.fol.syntax import Problem


def family(name: str) -> str:
    """The program behind a prover's name: ``cvc5`` for ``cvc5:enum-inst``."""
    return name.partition(":")[0].partition(" ")[0].lower()


def available_families() -> dict[str, tuple[Prover, ...]]:
    """The provers that can be run here, by family."""
    found: dict[str, list[Prover]] = {}
    candidates: Iterable[Prover] = (*z3_strategies(), *cvc5_strategies(), *e_strategies())
    for prover in candidates:
        if prover.available().available:
            found.setdefault(family(prover.name), []).append(prover)
    return {name: tuple(provers) for name, provers in found.items()}


@dataclass(frozen=True)
class Race:
    """Several provers at once on one question; the first that settles it wins."""

    provers: tuple[Prover, ...]
    name: str = "race"

    def prove(
        self, problem: Problem, limits: Limits, stop: threading.Event | None = None
    ) -> ProverAnswer:
        """The first conclusive answer, else the last of the others."""
        started = time.monotonic()
        runs = [prover.start(problem, limits) for prover in self.provers]
        waiting = list(runs)
        last = ProverAnswer(SzsStatus.GAVE_UP, self.name, "", message="no prover is available")
        try:
            while waiting:
                answers = await_first(waiting, started + limits.seconds + 1.0, stop)
                if not answers:
                    status = SzsStatus.STOPPED if stop and stop.is_set() else SzsStatus.TIMEOUT
                    return ProverAnswer(status, self.name, "", time.monotonic() - started)
                for run, answer in answers:
                    waiting.remove(run)
                    last = answer
                    if answer.status.conclusive:
                        return answer
            return last
        finally:
            for run in runs:
                run.stop()


def confirming(families: dict[str, tuple[Prover, ...]], finder: str) -> Sequence[Prover]:
    """The provers that may confirm what ``finder`` found."""
    return [p for name, provers in families.items() if name != family(finder) for p in provers]


def default_prover() -> Prover:
    """What `auto` asks."""
    families = available_families()
    return Race(tuple(p for provers in families.values() for p in provers))  # type: ignore[return-value]


def smt_prover() -> Prover:
    """What `smt` asks."""
    families = available_families()
    return Race((*families.get("z3", ()), *families.get("cvc5", ())))  # type: ignore[return-value]
