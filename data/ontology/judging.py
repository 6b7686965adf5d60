"""What provers are asked about worlds.

Everything that is asked lies in a fragment where finite models suffice, and cvc5's finite model
finding decides it in milliseconds; z3 is asked where cvc5 does not settle it. A refutation counts
only with a finite counter-model that has been verified by evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence

from prover.contracts import LemmaError
from prover.environments.fol.provers.contracts import Limits, ProverAnswer, SzsStatus
from prover.environments.fol.provers.smt import SmtProver, cvc5_strategies, z3_strategies
from prover.environments.fol.syntax import Formula, Problem

LIMITS = Limits(seconds=30.0)


def usual_provers() -> tuple[SmtProver, ...]:
    """The provers in the order in which they are asked."""
    finite = [p for p in cvc5_strategies() if p.strategy == "finite-model-find"]
    return (*finite, z3_strategies()[0])


class UndecidedError(Exception):
    """No prover settled the question within its limits."""


class Judge:
    """Decides entailment by asking ``provers`` in turn until one settles it."""

    def __init__(self, provers: Sequence[SmtProver] | None = None) -> None:
        self._provers = tuple(provers if provers is not None else usual_provers())

    def versions(self) -> dict[str, str]:
        """The versions of the provers. Raises `LemmaError` if one is not installed."""
        found = {}
        for prover in self._provers:
            state = prover.available()
            if not state.available:
                raise LemmaError(state.reason, remedy=state.remedy)
            found[prover.engine] = state.version
        return found

    def entails(self, premises: Sequence[Formula], goal: Formula) -> bool:
        """Whether ``goal`` follows. Raises `UndecidedError`."""
        return self._ask(premises, goal).status.proved

    def consistent(self, premises: Sequence[Formula]) -> bool:
        """Whether the formulas have a model. Raises `UndecidedError`."""
        return not self._ask(premises, None).status.proved

    def supported(self, premises: Sequence[Formula], goal: Formula, most: int) -> bool:
        """Whether ``goal`` follows from at most ``most`` of ``premises``, as far as is seen by
        leaving out one after the other, the first ones first. Raises `UndecidedError`."""
        answer = self._ask(premises, goal)
        if not answer.status.proved:
            return False
        used = answer.used_premises
        if used is not None and len(used) <= most:
            return True
        # The core of the prover may rest on the first premises where late ones would do.
        kept = list(premises)
        chunk = max(len(kept) // 4, 1)
        at = 0
        while at < len(kept) and len(kept) > most:
            rest = kept[:at] + kept[at + chunk :]
            if self.entails(rest, goal):
                kept = rest
            elif chunk > 1:
                chunk = max(chunk // 2, 1)
            else:
                at += 1
            if at > most:
                return False
        return len(kept) <= most

    def _ask(self, premises: Sequence[Formula], goal: Formula | None) -> ProverAnswer:
        problem = Problem.of([(f"p{i}", formula) for i, formula in enumerate(premises)], goal)
        failure = None
        for prover in self._provers:
            answer = prover.prove(problem, LIMITS)
            if answer.status.proved or (answer.status.refuted and answer.model is not None):
                return answer
            if answer.status is SzsStatus.ERROR:
                failure = LemmaError(f"{prover.name}: {answer.message}")
        raise failure or UndecidedError
