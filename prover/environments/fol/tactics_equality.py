"""Equality and equivalence: ``rfl``, ``symm``, ``rw`` and ``subst``."""

from __future__ import annotations

from typing import cast

from prover.environments.fol import terms
from prover.environments.fol.notation import display_name, show
from prover.environments.fol.proof_terms import Elaborator, flip
from prover.environments.fol.sequent import Sequent
from prover.environments.fol.syntax import (
    Binary,
    Connective,
    Equality,
    Formula,
    Node,
    Quantified,
    Quantifier,
    substitute,
)
from prover.environments.fol.tactic_context import Applied, ByRule, TacticContext, TacticError
from prover.environments.fol.tactic_syntax import (
    Apply,
    Expression,
    Hole,
    Rewrite,
    Simple,
    Subst,
    Symm,
    TermArgument,
)
from prover.environments.fol.tactics_patterns import substitute_equation


def rfl(sequent: Sequent, tactic: Simple, _: TacticContext) -> Applied:
    """``t = t`` and ``p ↔ p``."""
    if not is_reflexive(sequent.target):
        raise TacticError(f"the sides of '{show(sequent.target)}' are not the same")
    return Applied((), ByRule("reflexivity"), tactic)


def is_reflexive(formula: Formula) -> bool:
    """Whether `rfl` proves the formula."""
    match formula:
        case Equality(left, right):
            return left == right
        case Binary(Connective.IFF, first, second):
            return terms.same_formula(first, second)
        case _:
            return False


def symm(sequent: Sequent, tactic: Symm, context: TacticContext) -> Applied:
    """Exchange the sides of ``=``, ``≠`` or ``↔`` in the target or a hypothesis."""
    if tactic.location is None:
        flipped = flip(sequent.target)
        if flipped is None:
            raise TacticError(f"the target '{show(sequent.target)}' is no =, ≠ or ↔")
        return Applied((sequent.with_target(flipped),), ByRule("symmetry"), tactic)
    formula = context.lookup(sequent, tactic.location)
    flipped = flip(formula)
    if flipped is None:
        raise TacticError(f"'{show(formula)}' is no =, ≠ or ↔")
    changed = sequent.without_hypotheses([tactic.location])
    return Applied((changed.with_hypothesis(tactic.location, flipped),),
                   ByRule("symmetry", (tactic.location,)), tactic)  # fmt: skip


def subst(sequent: Sequent, tactic: Subst, context: TacticContext) -> Applied:
    """Use up equations by substituting the local constant on one side."""
    for name in tactic.names:
        formula = context.lookup(sequent, name)
        if not isinstance(formula, Equality):
            raise TacticError(f"'{display_name(name)}' is no equation")
        sequent = substitute_equation(sequent.without_hypotheses([name]), formula)
    return Applied((sequent,), ByRule("substitution", tactic.names), tactic)


def rewrite(sequent: Sequent, tactic: Rewrite, context: TacticContext) -> Applied:
    """Replace equals by equals: every instance of what the left side first matches.

    Premises of a conditional rule become goals after the main one, which `rfl` closes if it can.
    """
    resolved: list[tuple[Expression, bool]] = []
    side_goals: list[Sequent] = []
    used: dict[str, None] = {}
    for rule, backwards in tactic.rules:
        step = _Rewriting(sequent, context, rule, backwards)
        if tactic.location is not None and tactic.location in step.used:
            raise TacticError("a hypothesis cannot be rewritten with itself")
        sequent, premises = step.apply(tactic.location)
        side_goals += (sequent.with_target(premise) for premise in premises)
        resolved.append((step.resolved, backwards))
        used |= step.used
    main = () if tactic.location is None and is_reflexive(sequent.target) else (sequent,)
    return Applied((*main, *side_goals), ByRule("rewriting", tuple(used)),
                   Rewrite(tuple(resolved), tactic.location))  # fmt: skip


class _Rewriting:
    """One rule of a ``rw``."""

    def __init__(
        self, sequent: Sequent, context: TacticContext, rule: Expression, backwards: bool
    ) -> None:
        self._sequent = sequent
        self._context = context
        self._elaborator = Elaborator(sequent, context)
        self._arguments: list[Expression] = []
        self._premises: list[Formula] = []
        self._head, formula = self._elaborator.infer(rule)
        self._formula = self._open(formula)
        self._backwards = backwards
        self.resolved: Expression = self._head

    @property
    def used(self) -> dict[str, None]:
        return self._elaborator.used

    def _open(self, formula: Formula) -> Formula:
        """The equation under the quantifiers and premises of the rule."""
        while True:
            match formula:
                case Quantified(Quantifier.FORALL, variable, body):
                    term = self._elaborator.new_metavariable(formula)
                    self._arguments.append(TermArgument(term))
                    formula = substitute(body, {variable: term})
                case Binary(Connective.IMPLIES, premise, conclusion):
                    self._arguments.append(Hole())
                    self._premises.append(premise)
                    formula = conclusion
                case _:
                    return formula

    def _sides(self) -> tuple[Node, Node]:
        match self._formula:
            case Equality(left, right):
                sides: tuple[Node, Node] = (left, right)
            case Binary(Connective.IFF, first, second):
                sides = (first, second)
            case _:
                raise TacticError(f"cannot rewrite with '{show(self._formula)}': no = or ↔")
        return (sides[1], sides[0]) if self._backwards else sides

    def apply(self, location: str | None) -> tuple[Sequent, list[Formula]]:
        """The rewritten sequent and the premises to be proved."""
        old = self._sequent.target
        if location is not None:
            old = self._context.lookup(self._sequent, location)
        new = self._rewritten(old)
        premises = [self._elaborator.formula(premise) for premise in self._premises]
        if location is None:
            return self._sequent.with_target(new), premises
        changed = self._sequent.without_hypotheses([location])
        return changed.with_hypothesis(location, new), premises

    def _rewritten(self, formula: Formula) -> Formula:
        pattern, replacement = self._sides()
        pattern = self._elaborator.open_formula(cast(Formula, pattern))
        for part, bindings in terms.instances(formula, pattern):
            equation = cast(Formula, terms.resolve(self._formula, bindings))
            if not self._elaborator.unify(self._formula, equation):
                continue
            instance = self._elaborator.formula(cast(Formula, replacement))
            term = Apply(self._head, tuple(self._arguments)) if self._arguments else self._head
            self.resolved = self._elaborator.expression(term)
            new = terms.replace(formula, part, instance)
            if new == formula:
                raise TacticError("rewriting changes nothing")
            return cast(Formula, new)
        raise TacticError(f"found no instance of '{show(pattern)}' in '{show(formula)}'")
