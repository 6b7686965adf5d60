"""One inference forward: ``forward h₁ h₂`` derives a new hypothesis from two (or one).

Selection-Inference (Creswell, Shanahan, Higgins, "Selection-Inference: Exploiting Large Language
Models for Interpretable Logical Reasoning", ICLR 2023) splits reasoning into choosing facts and
inferring one consequence of exactly these. Here the tactic's author selects and this module
infers: resolution (Robinson 1965) of the hypotheses read as rules, which covers modus ponens and
modus tollens with instantiation; or, where one of them is an equation, rewriting by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from prover.environments.fol import terms
from prover.environments.fol.notation import show
from prover.environments.fol.proof_terms import Elaborator
from prover.environments.fol.sequent import Sequent
from prover.environments.fol.syntax import (
    FALSE,
    Binary,
    Connective,
    Equality,
    Formula,
    Not,
    Quantified,
    Quantifier,
    Variable,
    disjunction,
    forall,
    free_variable_list,
    fresh_name,
    plain_name,
    substitute,
)
from prover.environments.fol.syntax import symbols as symbols_of
from prover.environments.fol.tactic_context import Applied, ByRule, TacticContext, TacticError
from prover.environments.fol.tactic_syntax import (
    Apply,
    Expression,
    Forward,
    Inference,
    Name,
)


@dataclass(frozen=True)
class _Rule:
    """A hypothesis as ``premises → disjunction of conclusions``, variables opened."""

    source: tuple[Expression, Formula]
    variables: tuple[tuple[Variable, Quantified], ...]
    body: Formula
    premises: list[Formula]
    conclusions: list[Formula]


def forward(sequent: Sequent, tactic: Forward, context: TacticContext) -> Applied:
    """A new hypothesis that follows from the given ones by one inference."""
    elaborator = Elaborator(sequent, context)
    found = [elaborator.infer(premise) for premise in _premises(sequent, tactic, context)]
    given = [(elaborator.expression(e), elaborator.formula(f)) for e, f in found]
    name = tactic.name or sequent.fresh_hypothesis("h")
    used = tuple(elaborator.used)
    inference = None
    if len(given) == 1:
        inference = _conclude([_open(*given[0])], {}, given[0][1], name, context)
    elif len(given) == 2:
        inference = _infer(given, name, context)
    if inference is None:
        raise TacticError("no inference is possible from these hypotheses"
                          if len(given) <= 2 else "forward takes one or two hypotheses")
    if any(terms.same_formula(h.formula, inference.formula) for h in sequent.hypotheses):
        raise TacticError(f"'{show(inference.formula)}' is known already")
    return Applied((sequent.with_hypothesis(name, inference.formula),),
                   ByRule("resolution", used), inference)  # fmt: skip


def _premises(
    sequent: Sequent, tactic: Forward, context: TacticContext
) -> tuple[Expression, ...]:
    """The hypotheses that are meant: ``forward h t`` with a term ``t`` means ``h t``."""
    first, *rest = tactic.premises
    for other in rest:
        if isinstance(other, Name) and (sequent.find(other.name)
                                        or context.theorem.axioms.get(other.name)):
            return tactic.premises
    return (Apply(first, tuple(rest)),) if rest else tactic.premises


def _infer(
    given: list[tuple[Expression, Formula]], name: str, context: TacticContext
) -> Inference | None:
    for first, second in ((given[0], given[1]), (given[1], given[0])):
        found = _resolve(_open(*first), _open(*second), name, context)
        if found is not None:
            return found
    for first, second in ((given[0], given[1]), (given[1], given[0])):
        found = _rewrite(_open(*first), _open(*second), name, context)
        if found is not None:
            return found
    return None


def _open(source: Expression, formula: Formula) -> _Rule:
    variables: list[tuple[Variable, Quantified]] = []
    proved = (source, formula)
    while isinstance(formula, Quantified) and formula.quantifier is Quantifier.FORALL:
        variable = terms.metavariable()
        variables.append((variable, formula))
        formula = substitute(formula.body, {formula.variable: variable})
    return _Rule(proved, tuple(variables), formula, *terms.literals_of(formula))


def _resolve(
    rule: _Rule, fact: _Rule, name: str, context: TacticContext
) -> Inference | None:
    """The resolvent of a premise of ``rule`` with a conclusion of ``fact``."""
    for i, premise in enumerate(rule.premises):
        for j, conclusion in enumerate(fact.conclusions):
            bindings = terms.unify(premise, conclusion)
            if bindings is None:
                continue
            premises = [*fact.premises, *rule.premises[:i], *rule.premises[i + 1:]]
            conclusions = [*rule.conclusions, *fact.conclusions[:j], *fact.conclusions[j + 1:]]
            formula = _as_implication(premises, conclusions, bindings)
            return _conclude([rule, fact], bindings, formula, name, context)
    return None


def _as_implication(
    premises: list[Formula], conclusions: list[Formula], bindings: terms.Substitution
) -> Formula:
    left = list(dict.fromkeys(cast(Formula, terms.resolve(p, bindings)) for p in premises))
    right = list(dict.fromkeys(cast(Formula, terms.resolve(c, bindings)) for c in conclusions))
    if not right and left:
        formula: Formula = Not(left.pop())
    else:
        formula = disjunction(right) if right else FALSE
    for premise in reversed(left):
        formula = Binary(Connective.IMPLIES, premise, formula)
    return formula


def _rewrite(
    rule: _Rule, other: _Rule, name: str, context: TacticContext
) -> Inference | None:
    """``other`` with the first instance of the left side of the equation ``rule`` replaced."""
    if not isinstance(rule.body, Equality):
        return None
    for left, right in ((rule.body.left, rule.body.right), (rule.body.right, rule.body.left)):
        if isinstance(left, Variable):
            continue
        for part, bindings in terms.instances(other.body, left):
            if isinstance(part, Variable):
                continue
            new = terms.replace(
                terms.resolve(other.body, bindings), terms.resolve(part, bindings),
                terms.resolve(right, bindings),
            )
            if new != terms.resolve(other.body, bindings):
                return _conclude([rule, other], bindings, cast(Formula, new), name, context)
    return None


def _conclude(
    rules: list[_Rule], bindings: terms.Substitution, formula: Formula, name: str,
    context: TacticContext,
) -> Inference | None:
    """Close ``formula`` over the metavariables that are left, under readable names.

    Only for unsorted variables: unification does not look at sorts.
    """
    if any(binder.sort for rule in rules for _, binder in rule.variables):
        return None
    formula = cast(Formula, terms.resolve(formula, bindings))
    bases = {v.name: q for rule in rules for v, q in rule.variables}
    left = free_variable_list(formula)
    taken = {plain_name(s.name) for s in symbols_of(formula)} | set(
        context.theorem.signature.function_names
    )
    names: dict[str, Variable] = {}
    for meta in left:
        fresh = fresh_name(bases[meta].variable, taken)
        taken.add(fresh)
        names[meta] = Variable(fresh)
    closed = forall([v.name for v in names.values()], substitute(formula, names))
    return Inference(name, closed, tuple(rule.source for rule in rules))
