"""Saturation with E: what follows from axioms, each formula with where it comes from.

E works through a given number of clauses and then prints all that it derived. It is bounded by
work, never by time, so that the same axioms give the same derivation on every machine.
"""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass
from multiprocessing.connection import wait

from prover.contracts import InputError, LemmaError
from prover.environments.fol.derivation import Derivation
from prover.environments.fol.provers.eprover import EProver
from prover.environments.fol.provers.processes import supervisor
from prover.environments.fol.syntax import Problem
from prover.environments.fol.tptp import format_problem

# Far more than the work takes on a slow and busy machine: to run into it is an error.
_PATIENCE_S = 300.0
_MEMORY_MB = 2000

_DERIVATION = re.compile(
    r"^# SZS output start (?:Derivation|Saturation).*?\n(.*?)^# SZS output end",
    re.MULTILINE | re.DOTALL,
)
_CONTRADICTION = re.compile(r"^# SZS status (?:Unsatisfiable|ContradictoryAxioms)", re.MULTILINE)

# Which clause is taken next: the mixtures lead to different parts of a theory.
STRATEGIES = (
    "(5*Clauseweight(ConstPrio,1,1,1),1*FIFOWeight(ConstPrio))",
    "(2*Refinedweight(PreferGoals,1,2,2,1,0.8),1*FIFOWeight(ConstPrio))",
    "(3*Refinedweight(PreferNonGoals,2,1,1.5,1.1,1),1*FIFOWeight(ConstPrio))",
)


@dataclass(frozen=True)
class Work:
    """How much E does: clauses worked through, and clauses derived."""

    processed: int = 400
    derived: int = 2500


def saturate(problem: Problem, strategy: str, work: Work) -> Derivation:
    """What E derives from the formulas of ``problem``.

    Raises:
        InputError: the formulas contradict each other.
        LemmaError: E is not installed, or died.
    """
    job = supervisor().start(_command(strategy, work), _PATIENCE_S, _MEMORY_MB)
    try:
        job.feed(format_problem(problem).encode(), _PATIENCE_S)
        deadline = time.monotonic() + _PATIENCE_S
        while (output := job.read()) is None:
            if not wait([job.fileno()], timeout=max(deadline - time.monotonic(), 0.0)):
                raise LemmaError(f"E did not end within {_PATIENCE_S:.0f} s",
                                 remedy="free the machine and go on with --resume")
        text = output.decode(errors="replace")
        found = _DERIVATION.search(text)
        if _CONTRADICTION.search(text):
            raise InputError("the axioms contradict each other", file=problem.file,
                             remedy="everything follows from such axioms: correct them")
        if found is None:
            words = " ".join(text.split())[-200:]
            raise LemmaError(f"E gave no derivation ({job.ending()}): {words}")
    finally:
        job.stop()
    return Derivation.parse(found[1])


def version() -> str:
    """The version of E. Raises `LemmaError` if it is not installed."""
    state = EProver().available()
    if not state.available:
        raise LemmaError(f"saturate needs E: {state.reason}", remedy=state.remedy)
    return state.version


def _command(strategy: str, work: Work) -> list[str]:
    path = shutil.which("eprover")
    if path is None:
        version()  # raises
        raise AssertionError
    return [
        path, "--silent", "--tstp-format", "--proof-object=1",
        "--force-deriv=2",  # all clauses, not only those worked through
        "--no-eq-unfolding",  # else what is defined is replaced everywhere and never seen again
        f"--processed-clauses-limit={work.processed}", f"--generated-limit={work.derived}",
        f"--define-heuristic={strategy}",
    ]  # fmt: skip
