"""Taking hypotheses apart: the patterns of ``cases``, ``rcases``, ``obtain`` and ``intro``.

A pattern is first completed (every name chosen), then applied, so that all branches name things
alike and the completed pattern can be shown or translated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from prover.environments.fol.notation import show
from prover.environments.fol.sequent import Sequent
from prover.environments.fol.syntax import (
    FALSE,
    TRUE,
    Binary,
    Connective,
    Equality,
    Formula,
    Function,
    Quantified,
    Quantifier,
    Term,
    substitute,
)
from prover.environments.fol.tactic_context import TacticContext, TacticError
from prover.environments.fol.tactic_syntax import Alternatives, Bind, Pattern, Substitute, Tuple
from prover.environments.fol.terms import constants, rename_constant
from prover.environments.fol.terms import replace as replace_part

_AND, _OR = Connective.AND, Connective.OR
_IMPLIES, _IFF = Connective.IMPLIES, Connective.IFF


def one_layer(formula: Formula, names: tuple[str | None, ...]) -> Pattern:
    """The pattern of ``cases h with names``: one connective deep, Lean's names by default."""
    match formula:
        case Binary(connective) if connective is _OR:
            given = [*names, None, None][:2]
            return Alternatives(tuple(Bind(name or "h") for name in given))
        case Binary(connective) if connective in (_AND, _IFF):
            defaults = ("left", "right") if connective is _AND else ("mp", "mpr")
            given = [*names, *defaults[len(names):]]
            return Tuple(tuple(Bind(name) for name in given))
        case Quantified(Quantifier.EXISTS):
            given = [*names, *(None, "h")[len(names):]]
            return Tuple(tuple(Bind(name) for name in given))
        case Equality():
            return Substitute()
        case _ if formula in (TRUE, FALSE):
            return Tuple(())
        case _:
            raise TacticError(f"'{show(formula)}' cannot be taken apart: "
                              "it is no ∧, ∨, ↔, ∃, = or False")


@dataclass
class Completion:
    """Chooses the names that a pattern leaves open, each new in ``sequent`` and in the pattern."""

    sequent: Sequent
    context: TacticContext

    def complete(self, pattern: Pattern, formula: Formula) -> Pattern:
        """``pattern`` with every name given, checked against the shape of ``formula``."""
        match pattern, formula:
            case Bind(name), _:
                return self._hypothesis(name, formula)
            case Tuple(()), _ if formula in (TRUE, FALSE):
                return pattern
            case Tuple(parts), Binary(connective, left, right) if connective is _AND:
                return self._pair(parts, left, right)
            case Tuple(parts), Binary(connective, left, right) if connective is _IFF:
                there = Binary(_IMPLIES, left, right)
                return self._pair(parts, there, Binary(_IMPLIES, right, left))
            case Tuple(parts), Quantified(Quantifier.EXISTS, variable, body, sort):
                witness = self._witness(parts[0], variable, sort)
                body = substitute(body, {variable: Function(witness)})
                return Tuple((Bind(witness), self.complete(rest(parts), body)))
            case Alternatives(branches), Binary(connective, left, right) if connective is _OR:
                others = branches[1] if len(branches) == 2 else Alternatives(branches[1:])
                before = self.sequent
                first = self.complete(branches[0], left)
                self.sequent = before
                return Alternatives((first, self.complete(others, right)))
            case Substitute(), Equality():
                return pattern
        raise TacticError(f"this pattern does not fit '{show(formula)}'")

    def _pair(self, parts: tuple[Pattern, ...], left: Formula, right: Formula) -> Pattern:
        first = self.complete(parts[0], left)
        return Tuple((first, self.complete(rest(parts), right)))

    def _hypothesis(self, name: str | None, formula: Formula) -> Pattern:
        chosen = name or self.sequent.fresh_hypothesis("h")
        self.sequent = self.sequent.with_hypothesis(chosen, formula)
        return Bind(chosen)

    def _witness(self, pattern: Pattern, variable: str, sort: str | None) -> str:
        if not isinstance(pattern, Bind):
            raise TacticError("the witness of ∃ needs a name, not a pattern")
        name = self.context.local_name(self.sequent, pattern.name, variable)
        self.sequent = self.sequent.with_local(name, sort)
        return name


def rest(parts: tuple[Pattern, ...]) -> Pattern:
    """The pattern for what is left after the first part."""
    if len(parts) < 2:
        return Bind(None)
    return parts[1] if len(parts) == 2 else Tuple(parts[1:])


def take_apart(sequent: Sequent, formula: Formula, pattern: Pattern) -> list[Sequent]:
    """The sequents that together entail ``sequent`` with ``formula`` as one more hypothesis.

    ``pattern`` is complete. Rules: ∧-, ∨-, ↔-, ∃- and ⊥-elimination, substitution.
    """
    match pattern, formula:
        case Bind(name), _:
            return [sequent.with_hypothesis(name or "h", formula)]
        case Tuple(()), _:
            return [] if formula == FALSE else [sequent]
        case Tuple((first, second)), Binary(connective, left, right) if connective is _AND:
            return _in_turn(sequent, [(left, first), (right, second)])
        case Tuple((first, second)), Binary(connective, left, right) if connective is _IFF:
            there, back = Binary(_IMPLIES, left, right), Binary(_IMPLIES, right, left)
            return _in_turn(sequent, [(there, first), (back, second)])
        case Tuple((Bind(name), second)), Quantified(_, variable, body, sort):
            witness = name or variable
            opened = sequent.with_local(witness, sort)
            # The body may mention an older constant of this name, which was just renamed.
            body = _after_renaming(sequent, opened, body)
            return take_apart(opened, substitute(body, {variable: Function(witness)}), second)
        case Alternatives((first, second)), Binary(_, left, right):
            return [
                *take_apart(replace(sequent, case="inl"), left, first),
                *take_apart(replace(sequent, case="inr"), right, second),
            ]
        case Substitute(), Equality():
            return [substitute_equation(sequent, formula)]
    raise TacticError(f"this pattern does not fit '{show(formula)}'")


def _in_turn(sequent: Sequent, pieces: list[tuple[Formula, Pattern]]) -> list[Sequent]:
    """Take ``pieces`` apart one after the other; a later one is kept as a hypothesis meanwhile,
    so that it follows the renamings and substitutions of the earlier ones."""
    (formula, pattern), *others = pieces
    if not others:
        return take_apart(sequent, formula, pattern)
    waiting = sequent.fresh_hypothesis("'✝waiting'")
    results: list[Sequent] = []
    for opened in take_apart(sequent.with_hypothesis(waiting, others[0][0]), formula, pattern):
        kept = opened.find(waiting)
        if kept is None:
            raise TacticError("this pattern uses up what it still needs")
        results += take_apart(opened.without_hypotheses([waiting]), kept.formula, others[0][1])
    return results


def _after_renaming(before: Sequent, after: Sequent, formula: Formula) -> Formula:
    """``formula`` of ``before`` in the vocabulary of ``after`` (one local constant added)."""
    for old, new in zip(before.locals, after.locals, strict=False):
        if old.name != new.name:
            formula = cast(Formula, rename_constant(formula, old.name, new.name))
    return formula


def substitute_equation(sequent: Sequent, equation: Equality) -> Sequent:
    """Use up ``x = t`` (or ``t = x``) by putting ``t`` for the local constant ``x`` everywhere."""
    for variable, term in ((equation.right, equation.left), (equation.left, equation.right)):
        if not (isinstance(variable, Function) and sequent.has_local(variable.name)):
            continue
        if variable.name in constants(term):
            continue
        return _replace_local(sequent, variable, term)
    raise TacticError(
        f"cannot substitute '{show(equation)}': neither side is a local constant that the "
        "other side does not mention"
    )


def _replace_local(sequent: Sequent, local: Function, term: Term) -> Sequent:
    def change(formula: Formula) -> Formula:
        return cast(Formula, replace_part(formula, local, term))

    kept = tuple(constant for constant in sequent.locals if constant.name != local.name)
    return replace(sequent.map_formulas(change), locals=kept)
