"""What every tactic is given and what it gives back.

A tactic maps a sequent to the sequents that entail it. `Justification` says why that is sound:
by construction (a rule of natural deduction, implemented here) or because a prover said so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prover.contracts import FailureKind
from prover.environments.fol.notation import display_name, show
from prover.environments.fol.provers.contracts import ProverAnswer
from prover.environments.fol.sequent import Sequent
from prover.environments.fol.syntax import Formula, Problem, Term
from prover.environments.fol.tactic_syntax import Step
from prover.environments.fol.terms import metavariables
from prover.environments.fol.theorem import FolTheorem, UnknownSymbol

Ask = Callable[[Problem, float], ProverAnswer]
"""Decides a problem within so many seconds."""


class TacticError(Exception):
    """A tactic that does not apply, with the reason for the user."""

    def __init__(self, message: str, kind: FailureKind = FailureKind.ELABORATION) -> None:
        super().__init__(message)
        self.message, self.kind = message, kind


@dataclass(frozen=True)
class ByRule:
    """Sound by construction. ``rule`` names the rule, ``used`` the hypotheses and axioms that
    were looked at."""

    rule: str
    used: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"by rule {self.rule}"


@dataclass(frozen=True)
class ByProver:
    """Verified by a prover: which, in how many seconds, from which hypotheses and axioms.

    ``answer`` is about ``problem``, in which they are named ``names`` (problem's name to ours).
    """

    answer: ProverAnswer
    problem: Problem
    names: dict[str, str]
    used: tuple[str, ...]

    def __str__(self) -> str:
        used = ", ".join(map(display_name, self.used))
        return (
            f"by {self.answer.prover} {self.answer.version} in {self.answer.seconds:.2f} s "
            f"from [{used}]"
        )


Justification = ByRule | ByProver


@dataclass(frozen=True)
class Applied:
    """The outcome of one tactic: ``goals`` entail the sequent it was applied to.

    ``resolved`` is the tactic with every name and instance spelled out, so that it can be
    translated without knowing how they were found.
    """

    goals: tuple[Sequent, ...]
    justification: Justification
    resolved: Step


@dataclass(frozen=True)
class TacticContext:
    """The theorem, and the provers with the limit of one call in seconds.

    ``ask`` is what `auto` asks, ``ask_smt`` what `smt` does. A time-out in a script is multiplied
    by ``patience``.
    """

    theorem: FolTheorem
    ask: Ask
    ask_smt: Ask
    seconds: float
    patience: float = 1.0

    def lookup(self, sequent: Sequent, name: str) -> Formula:
        """The hypothesis or axiom ``name``; raises `TacticError`."""
        hypothesis = sequent.find(name)
        if hypothesis is not None:
            return hypothesis.formula
        axiom = self.theorem.axiom(name)
        if axiom is None:
            raise TacticError(f"unknown hypothesis or axiom '{display_name(name)}'")
        return axiom

    def known(self, sequent: Sequent, node: Formula | Term) -> None:
        """Raise `TacticError` unless ``node`` is over the vocabulary of ``sequent``."""
        try:
            self.theorem.signature.check(node, sequent)
        except UnknownSymbol as error:
            raise TacticError(str(error)) from None

    def formula(self, sequent: Sequent, formula: Formula) -> Formula:
        """A formula that the user wrote, checked, its variables named as in Lean."""
        self.known(sequent, formula)
        return self.theorem.readable(formula)

    def local_name(self, sequent: Sequent, wanted: str | None, base: str) -> str:
        """``wanted`` if a new local constant may be called so, or a fresh name like ``base``."""
        taken = {s.name for s in self.theorem.signature.symbols if not s.is_predicate}
        if wanted is None:
            return sequent.fresh_local(base, taken)
        if wanted in taken:
            raise TacticError(
                f"'{display_name(wanted)}' is a symbol of the problem; choose another name"
            )
        return wanted

    def has_sort(self, sequent: Sequent, term: Term, sort: str | None) -> None:
        """Raise `TacticError` unless ``term`` is of ``sort`` (None: the default one)."""
        signature = self.theorem.signature
        wanted = sort or "$i"
        if metavariables(term):
            return
        if (self.theorem.problem.is_typed or sort) and signature.sort(term, sequent) != wanted:
            raise TacticError(f"'{show(term)}' is not of type {wanted}")


