"""Sequents: what a goal of the first-order environment is.

A sequent has local constants (the eigenvariables that `intro` and `cases` make), named
hypotheses and a target formula. All formulas are closed: a local constant is a constant symbol
like any other, so that substitution under binders never captures one. Names are kept in TPTP's
spelling, which the provers want, and shown in Lean's (`notation`).

A name may be introduced again, as in Lean: the older one then becomes inaccessible, is shown
with a dagger (``h✝``) and can no longer be written, but still holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import cast

from prover.contracts import Goal, Hypothesis
from prover.environments.fol import terms
from prover.environments.fol.notation import display_name, show
from prover.environments.fol.syntax import (
    LOWER_WORD,
    Formula,
    fresh_name,
    plain_name,
    tptp_name,
)

INACCESSIBLE = "✝"


@dataclass(frozen=True, slots=True)
class Local:
    """A local constant; ``sort`` is None for the default sort ``$i``."""

    name: str
    sort: str | None = None


@dataclass(frozen=True, slots=True)
class Assumption:
    """A named hypothesis. ``axiom`` is the name of the problem's axiom that it is, if it is one."""

    name: str
    formula: Formula
    axiom: str | None = None

    @property
    def accessible(self) -> bool:
        """Whether the hypothesis can be named in a tactic."""
        return INACCESSIBLE not in self.name


@dataclass(frozen=True)
class Sequent:
    """``hypotheses ⊢ target`` over local constants. ``case`` says which branch this is."""

    target: Formula
    hypotheses: tuple[Assumption, ...] = ()
    locals: tuple[Local, ...] = ()
    case: str | None = None

    def find(self, name: str) -> Assumption | None:
        """The hypothesis with this name."""
        return next((h for h in self.hypotheses if h.name == name), None)

    def has_local(self, name: str) -> bool:
        """Whether ``name`` is a local constant here."""
        return any(local.name == name for local in self.locals)

    def with_target(self, target: Formula, case: str | None = None) -> Sequent:
        """The same hypotheses with another target."""
        return replace(self, target=target, case=case or self.case)

    def with_hypothesis(self, name: str, formula: Formula) -> Sequent:
        """One hypothesis more; an older one of that name becomes inaccessible."""
        hidden = self._hide_hypothesis(name)
        return replace(hidden, hypotheses=(*hidden.hypotheses, Assumption(name, formula)))

    def with_local(self, name: str, sort: str | None = None) -> Sequent:
        """One local constant more; an older one of that name becomes inaccessible.

        ``name`` must not be a symbol of the problem.
        """
        hidden = self._hide_local(name)
        return replace(hidden, locals=(*hidden.locals, Local(name, sort)))

    def without_hypotheses(self, names: Iterable[str]) -> Sequent:
        """Some hypotheses less."""
        gone = set(names)
        return replace(self, hypotheses=tuple(h for h in self.hypotheses if h.name not in gone))

    def map_formulas(self, change: Callable[[Formula], Formula]) -> Sequent:
        """Every formula changed; hypotheses that do change are axioms no longer."""
        hypotheses = []
        for hypothesis in self.hypotheses:
            formula = change(hypothesis.formula)
            if formula != hypothesis.formula:
                hypothesis = Assumption(hypothesis.name, formula)
            hypotheses.append(hypothesis)
        return replace(self, target=change(self.target), hypotheses=tuple(hypotheses))

    def fresh_hypothesis(self, base: str) -> str:
        """``base``, or the first of ``base_1``, ``base_2``, … that no hypothesis has."""
        taken = {h.name for h in self.hypotheses}
        return _numbered(base, taken)

    def fresh_local(self, base: str, avoid: Iterable[str] = ()) -> str:
        """A name like ``base`` for a new local constant, unlike all in ``avoid``."""
        plain = plain_name(base)
        name = tptp_name(plain)
        taken = {local.name for local in self.locals} | set(avoid)
        return name if name not in taken else tptp_name(
            fresh_name(plain, {plain_name(other) for other in taken})
        )

    def _hide_hypothesis(self, name: str) -> Sequent:
        if self.find(name) is None:
            return self
        hidden = _daggered(name, {h.name for h in self.hypotheses})
        return replace(self, hypotheses=tuple(
            replace(h, name=hidden) if h.name == name else h for h in self.hypotheses
        ))

    def _hide_local(self, name: str) -> Sequent:
        if not self.has_local(name):
            return self
        hidden = _daggered(name, {local.name for local in self.locals})
        renamed = self.map_formulas(
            lambda formula: cast(Formula, terms.rename_constant(formula, name, hidden))
        )
        return replace(renamed, locals=tuple(
            replace(local, name=hidden) if local.name == name else local for local in self.locals
        ))

    def goal(self, name: str = "") -> Goal:
        """The form in which everyone else sees the sequent."""
        shown = [
            Hypothesis(display_name(local.name), display_name(local.sort) if local.sort else "ι")
            for local in self.locals
        ]
        shown += (Hypothesis(display_name(h.name), show(h.formula)) for h in self.hypotheses)
        return Goal(tuple(shown), show(self.target), self.case, name)


def _numbered(base: str, taken: set[str]) -> str:
    if base not in taken:
        return base
    number = 1
    while f"{base}_{number}" in taken:
        number += 1
    return f"{base}_{number}" if LOWER_WORD.match(base) else tptp_name(
        f"{plain_name(base)}_{number}"
    )


def _daggered(name: str, taken: set[str]) -> str:
    plain = plain_name(name)
    while True:
        plain += INACCESSIBLE
        if tptp_name(plain) not in taken:
            return tptp_name(plain)
