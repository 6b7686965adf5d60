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

    def support(self, premises: Sequence[Formula], goal: Formula) -> list[int] | None:
        """Indices of premises from which ``goal`` follows, none of which can be left out; None
        if it does not follow. Raises `UndecidedError`."""
        answer = self._ask(premises, goal)
        if not answer.status.proved:
            return None
        used = range(len(premises))
        core = [i for i in used if answer.used_premises is None or f"p{i}" in answer.used_premises]
        for index in tuple(core):
            rest = [i for i in core if i != index]
            if self.entails([premises[i] for i in rest], goal):
                core = rest
        return core

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
