"""Checking Skolemization and definitions: steps that keep satisfiability, not truth.

A conclusion ``C`` with new Skolem functions is justified by ``P`` when ``P`` entails the formula
``D`` whose Skolemization ``C`` is. `deskolemized` finds such a ``D``: each Skolem term
``s(y…)`` becomes a variable under an existential quantifier that stands in the scope of exactly
the ``y…``. To get there, universal quantifiers are moved inwards over ``&`` and ``|``, as far
as needed. ``P ⊢ D`` is then an ordinary question for a prover.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from prover.environments.fol.syntax import (
    Binary,
    Connective,
    Equality,
    Formula,
    Function,
    Not,
    Predicate,
    Quantified,
    Quantifier,
    Symbol,
    Term,
    Truth,
    Variable,
    conjunction,
    conjuncts,
    disjunction,
    disjuncts,
    exists,
    forall,
    free_variable_list,
    free_variables,
    fresh_name,
    negate,
    postorder,
    rebuild,
    strip_quantifiers,
    substitute,
    symbols,
)


class NotSkolemized(Exception):
    """The formula is not the Skolemization of any formula that can be found."""


def deskolemized(formula: Formula, new: frozenset[Symbol]) -> Formula:
    """A formula whose Skolemization, with the functions ``new``, is the sentence ``formula``.

    Raises `NotSkolemized` where ``new`` are not used as Skolem functions are: always on the same
    distinct universal variables, one of another in scope.
    """
    if any(symbol.is_predicate for symbol in new):
        raise NotSkolemized("a new predicate is not a Skolem function")
    matrix = _matrix(nnf(formula))
    terms: dict[str, _Skolem] = {}
    named: dict[Function, str] = {}
    taken = set(free_variables(matrix))
    for node in postorder(matrix):
        if not isinstance(node, Function) or node in named:
            continue
        if Symbol(node.name, len(node.arguments), False) not in new:
            continue
        if any(term.function == node.name for term in terms.values()):
            raise NotSkolemized(f"{node.name} is used with different arguments")
        variable = fresh_name("S", taken)
        taken.add(variable)
        named[node] = variable
        terms[variable] = _Skolem(node.name, _arguments(node))
    return _close(_replaced(matrix, named), frozenset(), terms)


@dataclass(frozen=True)
class _Skolem:
    """What a variable stands for: a Skolem function applied to variables."""

    function: str
    arguments: frozenset[str]


def _arguments(term: Function) -> frozenset[str]:
    names = [a.name for a in term.arguments if isinstance(a, Variable)]
    if len(names) < len(term.arguments) or len(set(names)) < len(names):
        raise NotSkolemized(f"{term} is not a function of distinct variables")
    return frozenset(names)


def _replaced(formula: Formula, named: dict[Function, str]) -> Formula:
    """``formula`` with whole terms replaced by variables."""

    def term(old: Term) -> Term:
        if isinstance(old, Variable):
            return old
        if old in named:
            return Variable(named[old])
        return Function(old.name, tuple(map(term, old.arguments)))

    def walk(old: Formula) -> Formula:
        match old:
            case Predicate(name, arguments):
                return Predicate(name, tuple(map(term, arguments)))
            case Equality(left, right):
                return Equality(term(left), term(right))
            case Truth():
                return old
            case _:
                return rebuild(old, tuple(walk(part) for part in old.parts))  # type: ignore

    return walk(formula)


def _close(formula: Formula, bound: frozenset[str], terms: dict[str, _Skolem]) -> Formula:
    """``formula`` (in negation normal form, without quantifiers) with its free variables that
    are not ``bound`` quantified: existentially those in ``terms``, universally the others."""
    free = [name for name in free_variable_list(formula) if name not in bound]
    skolem = [name for name in free if name in terms]
    if not skolem:
        return forall(free, formula)
    parts = _split(formula, bound, terms)
    if parts is not None:
        connective, groups = parts
        closed = [_close(group, bound, terms) for group in groups]
        return conjunction(closed) if connective is Connective.AND else disjunction(closed)
    ready = [name for name in skolem if terms[name].arguments <= bound]
    if ready:
        return exists(ready, _close(formula, bound | set(ready), terms))
    shared = frozenset.intersection(*(terms[name].arguments for name in skolem)) - bound
    if not shared:
        raise NotSkolemized("Skolem functions of unrelated variables")
    return forall(sorted(shared), _close(formula, bound | shared, terms))


def _split(
    formula: Formula, bound: frozenset[str], terms: dict[str, _Skolem]
) -> tuple[Connective, list[Formula]] | None:
    """``formula`` in parts over which its universal quantifiers distribute, if there are."""
    if not isinstance(formula, Binary):
        return None
    if formula.connective is Connective.AND:
        # Universal quantifiers distribute over a conjunction; existential ones must be shared.
        groups = _grouped(conjuncts(formula), lambda f: (free_variables(f) - bound) & terms.keys())
        joined = [conjunction(group) for group in groups]
    else:
        groups = _grouped(disjuncts(formula), lambda f: free_variables(f) - bound)
        joined = [disjunction(group) for group in groups]
    return (formula.connective, joined) if len(joined) > 1 else None


def _grouped(
    formulas: Sequence[Formula], links: Callable[[Formula], Iterable[str]]
) -> list[list[Formula]]:
    """``formulas`` in groups such that those of different groups have no link in common."""
    groups: list[tuple[set[str], list[Formula]]] = []
    for formula in formulas:
        names, members = set(links(formula)), [formula]
        apart = []
        for other_names, other_members in groups:
            if names & other_names:
                names |= other_names
                members = other_members + members
            else:
                apart.append((other_names, other_members))
        groups = [*apart, (names, members)]
    return [members for _, members in groups]


def _matrix(formula: Formula) -> Formula:
    """What is under the universal quantifiers of ``formula`` (in negation normal form), their
    variables made distinct. Raises `NotSkolemized` at an existential quantifier."""
    taken: set[str] = set()

    def walk(current: Formula) -> Formula:
        match current:
            case Quantified(sort=str()):
                raise NotSkolemized("Skolem functions in typed formulas are not supported")
            case Quantified(Quantifier.FORALL, variable, body):
                name = fresh_name(variable, taken)
                taken.add(name)
                if name != variable:
                    body = substitute(body, {variable: Variable(name)})
                return walk(body)
            case Quantified():
                raise NotSkolemized("an existential quantifier is left")
            case Binary(connective, left, right):
                return Binary(connective, walk(left), walk(right))
            case _:
                return current

    return walk(formula)


def nnf(formula: Formula, positive: bool = True) -> Formula:
    """``formula`` (negated unless ``positive``) with ``~`` only before atoms, and without ``=>``
    and ``<=>``."""
    match formula:
        case Not(body):
            return nnf(body, not positive)
        case Binary(Connective.IMPLIES, left, right):
            joined = Connective.OR if positive else Connective.AND
            return Binary(joined, nnf(left, not positive), nnf(right, positive))
        case Binary(Connective.IFF, left, right):
            return Binary(
                Connective.AND,
                Binary(Connective.OR, nnf(left, False), nnf(right, positive)),
                Binary(Connective.OR, nnf(left), nnf(right, not positive)),
            )
        case Binary(connective, left, right):
            dual = Connective.OR if connective is Connective.AND else Connective.AND
            joined = connective if positive else dual
            return Binary(joined, nnf(left, positive), nnf(right, positive))
        case Quantified(quantifier, variable, body, sort):
            if not positive:
                every = quantifier is Quantifier.FORALL
                quantifier = Quantifier.EXISTS if every else Quantifier.FORALL
            return Quantified(quantifier, variable, nnf(body, positive), sort)
        case _:
            return formula if positive else negate(formula)


def is_definition(formula: Formula, known: frozenset[Symbol]) -> bool:
    """Whether the sentence ``formula`` only defines a symbol that is not ``known``.

    It is then of the form ``p(x…) <=> φ``, ``p(x…) => φ``, ``φ => p(x…)`` (``p`` perhaps
    negated) or ``f(x…) = t``, with distinct variables ``x…``, under universal quantifiers, and
    the symbol does not occur in ``φ`` or ``t``.
    """
    _, body = strip_quantifiers(formula, Quantifier.FORALL)
    match body:
        case Binary(Connective.IFF | Connective.IMPLIES, left, right):
            return any(
                _defines(side.body if isinstance(side, Not) else side, other, known)
                for side, other in ((left, right), (right, left))
            )
        case Equality(left, right):
            return _defines(left, right, known) or _defines(right, left, known)
        case _:
            return False


def _defines(head: Formula | Term, body: Formula | Term, known: frozenset[Symbol]) -> bool:
    if not isinstance(head, Predicate | Function):
        return False
    symbol = Symbol(head.name, len(head.arguments), isinstance(head, Predicate))
    variables = [a.name for a in head.arguments if isinstance(a, Variable)]
    return (
        symbol not in known
        and symbol not in symbols(body)
        and len(set(variables)) == len(head.arguments)
        and free_variables(body) <= set(variables)
    )
