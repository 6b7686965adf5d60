"""Which tactics to try on a first-order goal: symbolic rules with hand-set log-probabilities.

The rules read the goal's formulas (in the notation in which the environment prints them) and
propose, best first: closing tactics, among them `auto` under limits that grow; the structural
tactic that the target's or a hypothesis's main connective asks for; rules that chain backward
from the target; equations to rewrite with; inferences forward; instances with terms of the goal;
and, late, proof by contradiction and by cases. The log-probabilities order the search; they are
not trained.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from prover.contracts import Goal, Proposal
from prover.environments.fol.notation import (
    NotationError,
    display_name,
    name_from_display,
    read_formula,
    show,
)
from prover.environments.fol.sequent import INACCESSIBLE
from prover.environments.fol.syntax import (
    FALSE,
    TRUE,
    Binary,
    Connective,
    Equality,
    Formula,
    Function,
    Node,
    Not,
    Predicate,
    Quantified,
    Quantifier,
    Term,
    Variable,
    free_variables,
    postorder,
    size,
    substitute,
)
from prover.environments.fol.terms import (
    instances,
    literals_of,
    metavariable,
    metavariables,
    resolve,
    subterms,
    unify,
)

ORIGIN = "symbolic"
Weighted = tuple[str, float]
MAX_TERMS = 8
_MAX_INSTANCES = 24
_MAX_PAIRS = 200


@dataclass(frozen=True)
class Fact:
    """A hypothesis that a tactic can name. ``shown`` is how it is written."""

    shown: str
    formula: Formula


class FirstOrderView:
    """A printed goal, read. Hypotheses that cannot be read or named are left out."""

    def __init__(self, goal: Goal) -> None:
        self.goal = goal
        self.target = _read(goal.target)
        last = {h.name: h for h in goal.hypotheses if INACCESSIBLE not in h.name}
        read = [(h.name, _read(h.type)) for h in last.values()]
        formulas = [formula for _, formula in read if formula is not None]
        used = {n.name for f in [*formulas, self.target or TRUE] for n in postorder(f)
                if isinstance(n, Function)}  # fmt: skip
        self.locals = [Function(name_from_display(name)) for name, formula in read
                       if _is_sort(name, formula, used)]  # fmt: skip
        names = {display_name(local.name) for local in self.locals}
        self.facts = [Fact(name, f) for name, f in read if f is not None and name not in names]

    @cached_property
    def terms(self) -> list[Term]:
        """Closed terms of the goal, the most promising first: local constants, then those of the
        target, then those of the hypotheses, small before large."""
        found: dict[Term, None] = dict.fromkeys(reversed(self.locals))
        for formula in [self.target or TRUE, *(fact.formula for fact in self.facts)]:
            found.update(dict.fromkeys(sorted(subterms(formula), key=size)))
        usable = (t for t in found if INACCESSIBLE not in str(t))
        return list(itertools.islice(usable, MAX_TERMS))

    def fresh(self, base: str) -> str:
        """A hypothesis name like ``base`` that is free."""
        taken = {h.name for h in self.goal.hypotheses}
        return next(n for n in itertools.chain([base], (f"{base}_{i}" for i in itertools.count(1)))
                    if n not in taken)  # fmt: skip


def _read(text: str) -> Formula | None:
    try:
        return read_formula(text)
    except (NotationError, RecursionError):
        return None


def _is_sort(name: str, formula: Formula | None, used: set[str]) -> bool:
    """Whether ``name : formula`` is a local constant with its type."""
    if not isinstance(formula, Predicate) or formula.arguments:
        return False
    return display_name(formula.name) == "ι" or name_from_display(name) in used


def propose_first_order(goal: Goal, count: int, depth: int = 0) -> list[Proposal]:
    """At most ``count`` tactics for ``goal``, best first, without duplicates.

    ``depth`` is the number of tactics above the goal: provers are given most time at the top.
    """
    view = FirstOrderView(goal)
    best: dict[str, float] = {}
    for tactic, log_prob in itertools.chain(
        _closing(view), _automatic(depth), *(rule(view) for rule in RULES)
    ):
        best[tactic] = max(log_prob, best.get(tactic, float("-inf")))
    ordered = sorted(best.items(), key=lambda item: -item[1])
    return [Proposal(tactic, log_prob, ORIGIN) for tactic, log_prob in ordered[:count]]


# ----------------------------------------------------------------------------------------- closing


def _closing(view: FirstOrderView) -> Iterator[Weighted]:
    """Tactics that end the goal or fail at no cost."""
    formulas = {fact.formula for fact in view.facts}
    if view.target is None or view.target in formulas:
        yield "assumption", -0.05
    match view.target:
        case Equality(left, right):
            yield "rfl", -0.05 if left == right else -6.0
        case Binary(Connective.IFF, left, right) if left == right:
            yield "rfl", -0.05
        case target if target == TRUE:
            yield "trivial", -0.05
    if FALSE in formulas or any(isinstance(f, Not) and f.body in formulas for f in formulas):
        yield "contradiction", -0.1


def _automatic(depth: int) -> Iterator[Weighted]:
    """The provers, briefly first; the deeper, the less time a try is worth."""
    if depth == 0:
        yield "auto (timeout := 1)", -0.2
        yield "auto", -1.0
    else:
        yield "auto (timeout := 0.5)", -0.9
        yield "auto (timeout := 2)", -2.4
        yield "auto", -4.0


# -------------------------------------------------------------------------------------- structure


def _introduce(view: FirstOrderView) -> Iterator[Weighted]:
    match view.target:
        case Quantified(Quantifier.FORALL) | Binary(Connective.IMPLIES):
            yield "intros", -0.3
            yield "intro", -1.2
        case Not():
            yield "intro", -0.4
        case Binary(Connective.AND | Connective.IFF):
            yield "constructor", -0.4
        case Binary(Connective.OR, left):
            yield "left", -1.4
            yield "right", -1.4
            if size(left) < 30:
                yield f"by_cases {view.fresh('h')} : {show(left)}", -2.2
        case Quantified(Quantifier.EXISTS):
            for rank, term in enumerate(view.terms):
                yield f"exists {show(term)}", -1.4 - 0.15 * rank


def _take_apart(view: FirstOrderView) -> Iterator[Weighted]:
    for fact in view.facts:
        match fact.formula:
            case Quantified(Quantifier.EXISTS) | Binary(Connective.AND):
                yield f"cases {fact.shown}", -0.5
            case Binary(Connective.OR):
                yield f"cases {fact.shown}", -1.1
            case Binary(Connective.IFF):
                yield f"cases {fact.shown}", -2.6
            case Equality(left, right) if left in view.locals or right in view.locals:
                yield f"subst {fact.shown}", -1.6


# --------------------------------------------------------------------------------------- chaining


def _backward(view: FirstOrderView) -> Iterator[Weighted]:
    """``apply`` with each rule whose conclusion is the target; terms for what stays open."""
    if view.target is None:
        return
    for fact in view.facts:
        arguments, premises = _backward_arguments(fact.formula, view.target)
        if arguments is None:
            continue
        missing = arguments.count("?")
        weight = -0.7 - 0.3 * premises - 0.5 * missing
        if missing == 0:
            yield f"apply {fact.shown}", weight
            continue
        choices = itertools.product(map(_argument, view.terms), repeat=missing)
        for rank, chosen in enumerate(itertools.islice(choices, _MAX_INSTANCES)):
            given = iter(chosen)
            filled = " ".join(next(given) if a == "?" else a for a in arguments)
            yield f"apply {fact.shown} {filled}", weight - 0.1 * rank


def _backward_arguments(rule: Formula, target: Formula) -> tuple[list[str] | None, int]:
    """The arguments of an application of ``rule`` that proves ``target``: ``_`` for terms that
    the target determines, ``?`` for others, ``?_`` for premises; and the number of premises."""
    arguments: list[str] = []
    variables: dict[int, str] = {}
    formula = rule
    while (bindings := unify(formula, target)) is None:
        match formula:
            case Quantified(Quantifier.FORALL, variable, body):
                meta = metavariable()
                variables[len(arguments)] = meta.name
                arguments.append("_")
                formula = substitute(body, {variable: meta})
            case Binary(Connective.IMPLIES, _, conclusion):
                arguments.append("?_")
                formula = conclusion
            case Not():
                arguments.append("?_")
                formula = FALSE
            case _:
                return None, 0
    for index, name in variables.items():
        if name not in bindings or metavariables(resolve(bindings[name], bindings)):
            arguments[index] = "?"
    last = max((i for i, a in enumerate(arguments) if a == "?"), default=-1)
    return arguments[:last + 1], arguments.count("?_")


def _argument(term: Term) -> str:
    text = show(term)
    return f"({text})" if " " in text else text


def _rewriting(view: FirstOrderView) -> Iterator[Weighted]:
    if view.target is None:
        return
    for fact in view.facts:
        sides = _equation(fact.formula)
        if sides is None:
            continue
        left, right = sides
        for pattern, other, arrow, weight in ((left, right, "", -1.8), (right, left, "← ", -2.6)):
            if isinstance(pattern, Variable) or metavariables(other) - metavariables(pattern):
                continue  # found everywhere, or leaving open what to put there
            if next(instances(view.target, pattern), None) is not None:
                yield f"rw [{arrow}{fact.shown}]", weight
    match view.target:
        case Equality() | Not(Equality()):
            yield "symm", -3.6


def _equation(formula: Formula) -> tuple[Node, Node] | None:
    """The sides of a rule that `rw` takes; equivalences are those that define an atom."""
    match _opened(formula):
        case Equality(left, right):
            return left, right
        case Binary(Connective.IFF, Predicate() as atom, definition):
            return atom, definition
        case _:
            return None


def _forward(view: FirstOrderView) -> Iterator[Weighted]:
    """Pairs of hypotheses that resolve with each other, small results first."""
    rules = [(fact, literals_of(_opened(fact.formula))) for fact in view.facts]
    pairs = itertools.islice(itertools.permutations(rules, 2), _MAX_PAIRS)
    for (rule, (premises, _)), (fact, (conditions, conclusions)) in pairs:
        if premises and any(
            unify(premise, conclusion) is not None
            for premise in premises for conclusion in conclusions
        ):
            unconditional = not conditions and len(conclusions) == 1
            weight = -1.9 if unconditional else -3.2
            yield f"forward {rule.shown} {fact.shown}", weight - 0.1 * len(premises)


def _opened(formula: Formula) -> Formula:
    while isinstance(formula, Quantified) and formula.quantifier is Quantifier.FORALL:
        formula = substitute(formula.body, {formula.variable: metavariable()})
    return formula


def _instances(view: FirstOrderView) -> Iterator[Weighted]:
    """Universal hypotheses, and one existential step under them, for the goal's own terms."""
    for fact in view.facts:
        match fact.formula:
            case Quantified(Quantifier.FORALL, _, body):
                yields_witness = isinstance(body, Quantified) and (
                    body.quantifier is Quantifier.EXISTS
                )
                for rank, term in enumerate(view.terms):
                    applied = f"{fact.shown} {_argument(term)}"
                    if yields_witness:
                        yield f"cases {applied}", -1.5 - 0.15 * rank
                    else:
                        yield f"have {view.fresh('h')} := {applied}", -2.8 - 0.2 * rank


# ------------------------------------------------------------------------------------------- late


def _indirect(view: FirstOrderView) -> Iterator[Weighted]:
    match view.target:
        case None:
            return
        case target if target == FALSE:
            for fact in view.facts:
                if isinstance(fact.formula, Not):
                    yield f"apply {fact.shown}", -1.6
        case Not() | Quantified(Quantifier.FORALL) | Binary(Connective.IMPLIES | Connective.AND):
            pass
        case _:
            yield "by_contra", -2.8


def _by_cases(view: FirstOrderView) -> Iterator[Weighted]:
    """Closed atoms of the goal, those that occur most first."""
    counts: dict[Formula, int] = {}
    for formula in [view.target or TRUE, *(fact.formula for fact in view.facts)]:
        for node in postorder(formula):
            if isinstance(node, Predicate | Equality) and not free_variables(node):
                counts[node] = counts.get(node, 0) + 1
    known = {f.formula for f in view.facts} | {
        f.formula.body for f in view.facts if isinstance(f.formula, Not)
    }
    ordered = sorted((a for a in counts if a not in known), key=lambda a: -counts[a])
    name = view.fresh("h")
    for rank, atom in enumerate(ordered[:6]):
        if INACCESSIBLE not in show(atom):
            yield f"by_cases {name} : {show(atom)}", -3.4 - 0.2 * rank


RULES: tuple[Callable[[FirstOrderView], Iterator[Weighted]], ...] = (
    _introduce, _take_apart, _backward, _rewriting, _forward, _instances, _indirect, _by_cases,
)
