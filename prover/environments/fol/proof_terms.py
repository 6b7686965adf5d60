"""Elaboration of proof terms: what a term like ``trans a _ c h₁ h₂.symm`` proves.

Bidirectional, as in Lean: `infer` finds the formula that a term proves, `check` pushes an expected
formula inwards. Wildcards become metavariables that unification must determine: none survives
the tactic. `apply` chains backward from the target through a rule to its premises, the step of
LAMBADA (Kazemi et al., "LAMBADA: Backward Chaining for Automated Reasoning in Natural Language",
ACL 2023).
"""

from __future__ import annotations

from typing import cast

from prover.environments.fol.notation import display_name, show
from prover.environments.fol.sequent import Sequent
from prover.environments.fol.syntax import (
    FALSE,
    Binary,
    Connective,
    Equality,
    Formula,
    Function,
    Not,
    Quantified,
    Quantifier,
    Term,
    Variable,
    substitute,
)
from prover.environments.fol.tactic_context import TacticContext, TacticError
from prover.environments.fol.tactic_syntax import (
    Anonymous,
    Apply,
    Expression,
    Hole,
    Inject,
    Name,
    Project,
    Reflexivity,
    TermArgument,
    Wildcard,
)
from prover.environments.fol.terms import Substitution, metavariable, metavariables, resolve, unify


class Elaborator:
    """Elaborates proof terms over one sequent. ``goals`` are the formulas of the holes so far."""

    def __init__(self, sequent: Sequent, context: TacticContext) -> None:
        self._sequent = sequent
        self._context = context
        self._bindings: Substitution = {}
        self._origin: dict[str, Quantified] = {}
        self._goals: list[Formula] = []
        self.used: dict[str, None] = {}

    # ------------------------------------------------------------------------------------ results

    def formula(self, formula: Formula) -> Formula:
        """``formula`` with all metavariables determined; raises `TacticError` if one is not."""
        resolved = cast(Formula, resolve(formula, self._bindings))
        self._no_metavariables(metavariables(resolved))
        return resolved

    def open_formula(self, formula: Formula) -> Formula:
        """``formula`` with the metavariables that are determined filled in."""
        return cast(Formula, resolve(formula, self._bindings))

    def goals(self) -> list[Formula]:
        """The formulas of the holes, in order."""
        return [self.formula(goal) for goal in self._goals]

    def term(self, term: Term) -> Term:
        """``term`` with all metavariables determined, and of the sort of its variable."""
        resolved = cast(Term, resolve(term, self._bindings))
        self._no_metavariables(metavariables(resolved))
        if isinstance(term, Variable) and term.name in self._origin:
            self._context.has_sort(self._sequent, resolved, self._origin[term.name].sort)
        return resolved

    def expression(self, expression: Expression) -> Expression:
        """``expression`` with every instance spelled out."""
        match expression:
            case TermArgument(term):
                return TermArgument(self.term(term))
            case Apply(function, arguments):
                return Apply(self.expression(function), tuple(map(self.expression, arguments)))
            case Project(body, field):
                return Project(self.expression(body), field)
            case Anonymous(parts):
                return Anonymous(tuple(map(self.expression, parts)))
            case Inject(left, body):
                return Inject(left, self.expression(body))
            case _:
                return expression

    def _no_metavariables(self, names: set[str]) -> None:
        for name in sorted(names):
            variable = self._origin[name].variable
            raise TacticError(
                f"cannot tell what '{display_name(variable)}' should be; give it, as in `h t`"
            )

    # -------------------------------------------------------------------------------- elaboration

    def new_metavariable(self, formula: Quantified) -> Variable:
        """A metavariable for the bound variable of ``formula``."""
        variable = metavariable()
        self._origin[variable.name] = formula
        return variable

    def unify(self, left: Formula, right: Formula) -> bool:
        """Make both equal if that can be."""
        found = unify(left, right, self._bindings)
        if found is None:
            return False
        self._bindings = found
        return True

    def infer(self, expression: Expression) -> tuple[Expression, Formula]:
        """The elaborated term and the formula that it proves."""
        match expression:
            case Name(name):
                formula = self._context.lookup(self._sequent, name)
                self.used[name] = None
                return expression, formula
            case Apply(function, arguments):
                return self.apply_to(function, arguments)
            case Project(body, field):
                elaborated, formula = self.infer(body)
                return Project(elaborated, field), self._project(formula, field)
            case _:
                raise TacticError(f"{_describe(expression)} cannot stand here: what it should "
                                  "prove is not known")

    def apply_to(
        self, function: Expression, arguments: tuple[Expression, ...]
    ) -> tuple[Expression, Formula]:
        """``function`` applied to ``arguments``, each a term or a proof as its place demands."""
        elaborated, formula = self.infer(function)
        given: list[Expression] = []
        for argument in arguments:
            formula = cast(Formula, resolve(formula, self._bindings))
            match formula:
                case Quantified(Quantifier.FORALL, variable, body):
                    term = self._instance(argument, formula)
                    given.append(TermArgument(term))
                    formula = substitute(body, {variable: term})
                case Binary(Connective.IMPLIES, premise, conclusion):
                    given.append(self.check(argument, premise))
                    formula = conclusion
                case Not(body):
                    given.append(self.check(argument, body))
                    formula = FALSE
                case _:
                    raise TacticError(f"'{show(formula)}' takes no argument")
        return Apply(elaborated, tuple(given)), formula

    def _instance(self, argument: Expression, formula: Quantified) -> Term:
        if isinstance(argument, Wildcard):
            return self.new_metavariable(formula)
        term = self.read_term(argument)
        self._context.has_sort(self._sequent, term, formula.sort)
        return term

    def read_term(self, expression: Expression) -> Term:
        """The first-order term that is written; raises `TacticError`."""
        term = _as_term(expression)
        self._context.known(self._sequent, term)
        return term

    def _project(self, formula: Formula, field: str) -> Formula:
        formula = cast(Formula, resolve(formula, self._bindings))
        match formula, field:
            case Binary(Connective.AND, left, right), "left" | "right":
                return left if field == "left" else right
            case Binary(Connective.IFF, left, right), "left" | "mp":
                return Binary(Connective.IMPLIES, left, right)
            case Binary(Connective.IFF, left, right), "right" | "mpr":
                return Binary(Connective.IMPLIES, right, left)
            case _, "symm":
                flipped = flip(formula)
                if flipped is not None:
                    return flipped
        raise TacticError(f"'{show(formula)}' has no '.{field}'")

    def check(self, expression: Expression, expected: Formula) -> Expression:
        """The elaborated term, which must prove ``expected``."""
        expected = cast(Formula, resolve(expected, self._bindings))
        match expression, expected:
            case Hole(), _:
                self._goals.append(expected)
                return expression
            case Anonymous(parts), Binary(Connective.AND, left, right):
                return Anonymous((self.check(parts[0], left), self.check(_rest(parts), right)))
            case Anonymous(parts), Binary(Connective.IFF, left, right):
                there = self.check(parts[0], Binary(Connective.IMPLIES, left, right))
                back = self.check(_rest(parts), Binary(Connective.IMPLIES, right, left))
                return Anonymous((there, back))
            case Anonymous(parts), Quantified(Quantifier.EXISTS, variable, body):
                witness = self._instance(parts[0], expected)
                proof = self.check(_rest(parts), substitute(body, {variable: witness}))
                return Anonymous((TermArgument(witness), proof))
            case Inject(left_side, body), Binary(Connective.OR, left, right):
                return Inject(left_side, self.check(body, left if left_side else right))
            case Reflexivity(), Equality(left_term, right_term):
                if self.unify(Equality(left_term, left_term), Equality(left_term, right_term)):
                    return expression
            case Reflexivity(), Binary(Connective.IFF, left, right):
                if self.unify(left, right):
                    return expression
            case (Anonymous() | Inject() | Reflexivity() | Wildcard()), _:
                pass
            case _:
                return self._check_inferred(expression, expected)
        raise TacticError(f"{_describe(expression)} does not prove '{show(expected)}'")

    def _check_inferred(self, expression: Expression, expected: Formula) -> Expression:
        elaborated, formula = self.infer(expression)
        if not self.unify(formula, expected):
            found = cast(Formula, resolve(formula, self._bindings))
            raise TacticError(f"type mismatch: this proves '{show(found)}', but "
                              f"'{show(expected)}' is wanted")
        return elaborated

    def backward(self, expression: Expression, target: Formula) -> Expression:
        """``expression`` with as many instances and holes after it as make it prove ``target``."""
        elaborated, formula = self.infer(expression)
        arguments: list[Expression] = []
        premises: list[Formula] = []
        while not self.unify(formula, target):
            formula = cast(Formula, resolve(formula, self._bindings))
            match formula:
                case Quantified(Quantifier.FORALL, variable, body):
                    term = self.new_metavariable(formula)
                    arguments.append(TermArgument(term))
                    formula = substitute(body, {variable: term})
                case Binary(Connective.IMPLIES, premise, conclusion):
                    arguments.append(Hole())
                    premises.append(premise)
                    formula = conclusion
                case Not(body):
                    arguments.append(Hole())
                    premises.append(body)
                    formula = FALSE
                case _:
                    raise TacticError(f"cannot conclude '{show(target)}' from "
                                      f"'{show(self.infer(expression)[1])}'")
        self._goals += premises
        return Apply(elaborated, tuple(arguments)) if arguments else elaborated


def flip(formula: Formula) -> Formula | None:
    """An equation, inequation or equivalence with its sides exchanged; None for others."""
    match formula:
        case Equality(left, right):
            return Equality(right, left)
        case Not(Equality(left, right)):
            return Not(Equality(right, left))
        case Binary(Connective.IFF, left, right):
            return Binary(Connective.IFF, right, left)
        case _:
            return None


def _rest(parts: tuple[Expression, ...]) -> Expression:
    if len(parts) < 2:
        raise TacticError("⟨…⟩ has too few parts")
    return parts[1] if len(parts) == 2 else Anonymous(parts[1:])


def _as_term(expression: Expression) -> Term:
    match expression:
        case Name(name):
            return Function(name)
        case Apply(Name(name), arguments):
            return Function(name, tuple(map(_as_term, arguments)))
        case TermArgument(term):
            return term
        case _:
            raise TacticError(f"{_describe(expression)} is not a term")


def _describe(expression: Expression) -> str:
    match expression:
        case Anonymous():
            return "⟨…⟩"
        case Inject(left):
            return "Or.inl" if left else "Or.inr"
        case Reflexivity():
            return "rfl"
        case Wildcard():
            return "_"
        case Hole():
            return "?_"
        case Name(name):
            return f"'{display_name(name)}'"
        case _:
            return "this"
