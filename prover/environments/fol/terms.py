"""Unification of terms and formulas, and replacement of subterms.

Formulas of a sequent are closed, so every free variable that meets unification is a
metavariable: one that stands for a term still to be found. They live only inside one tactic
(`metavariable` makes them) and never appear in a goal.

The algorithm is Robinson's (1965) with triangular substitutions; quantified formulas unify when
their bodies do with one new constant for both bound variables, which no metavariable may take in.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from prover.environments.fol.syntax import (
    FALSE,
    Binary,
    Connective,
    Equality,
    Formula,
    Function,
    Node,
    Not,
    Predicate,
    Quantified,
    Term,
    Variable,
    free_variables,
    postorder,
    rebuild,
    substitute,
)

Substitution = dict[str, Term]
_RIGID = "#bound"
_counter = itertools.count()


def metavariable() -> Variable:
    """A variable that no other formula has."""
    return Variable(f"?{next(_counter)}")


def is_metavariable(name: str) -> bool:
    return name.startswith("?")


def metavariables(node: Node) -> set[str]:
    """The metavariables of ``node``."""
    return {name for name in free_variables(node) if is_metavariable(name)}


def resolve(node: Node, bindings: Substitution) -> Node:
    """``node`` with the (triangular) ``bindings`` applied until none applies."""
    while True:
        known = {name: bindings[name] for name in metavariables(node) if name in bindings}
        if not known:
            return node
        node = substitute(node, known)


def unify(left: Node, right: Node, bindings: Substitution | None = None) -> Substitution | None:
    """The most general extension of ``bindings`` that makes both equal, or None.

    ``¬p`` and ``p → False`` count as equal, as they do in Lean. ``bindings`` is left as it is.
    """
    found = dict(bindings or {})
    return found if _unify(left, right, found, itertools.count()) else None


def _unify(left: Node, right: Node, bindings: Substitution, fresh: Iterator[int]) -> bool:
    left, right = _walk(left, bindings), _walk(right, bindings)
    if left == right:
        return True
    if isinstance(left, Variable) and is_metavariable(left.name):
        return _bind(left, right, bindings)
    if isinstance(right, Variable) and is_metavariable(right.name):
        return _bind(right, left, bindings)
    match left, right:
        case Quantified(q, x, body, s), Quantified(q2, x2, body2, s2):
            if q is not q2 or s != s2:
                return False
            rigid = Function(f"{_RIGID}{next(fresh)}")
            opened, opened2 = substitute(body, {x: rigid}), substitute(body2, {x2: rigid})
            return _unify(opened, opened2, bindings, fresh) and not _escapes(rigid, bindings)
        case Not(body), Binary(Connective.IMPLIES, premise, conclusion) if conclusion == FALSE:
            return _unify(body, premise, bindings, fresh)
        case Binary(Connective.IMPLIES, premise, conclusion), Not(body) if conclusion == FALSE:
            return _unify(premise, body, bindings, fresh)
    if type(left) is not type(right) or left.label != right.label:
        return False
    if len(left.parts) != len(right.parts):
        return False
    return all(
        _unify(a, b, bindings, fresh) for a, b in zip(left.parts, right.parts, strict=True)
    )


def _walk(node: Node, bindings: Substitution) -> Node:
    while isinstance(node, Variable) and node.name in bindings:
        node = bindings[node.name]
    return node


def _bind(variable: Variable, value: Node, bindings: Substitution) -> bool:
    if not isinstance(value, Variable | Function):
        return False
    if variable.name in free_variables(resolve(value, bindings)):
        return False
    bindings[variable.name] = value
    return True


def _escapes(rigid: Function, bindings: Substitution) -> bool:
    return any(rigid in set(postorder(value)) for value in bindings.values())


def same_formula(left: Formula, right: Formula) -> bool:
    """Equal up to the names of bound variables and ``¬p`` for ``p → False``."""
    return left == right or unify(left, right) == {}


def instances(node: Node, pattern: Node) -> Iterator[tuple[Node, Substitution]]:
    """The subterms or subformulas of ``node`` that ``pattern`` unifies with, as Lean's ``rw``
    meets them: the whole before its parts, left before right, nothing that mentions a variable
    bound further out."""
    stack: list[tuple[Node, frozenset[str]]] = [(node, frozenset())]
    while stack:
        current, bound = stack.pop()
        if not (free_variables(current) & bound):
            bindings = unify(pattern, current)
            if bindings is not None:
                yield current, bindings
        inner = bound | {current.variable} if isinstance(current, Quantified) else bound
        stack.extend((part, inner) for part in reversed(current.parts))


def replace(node: Node, old: Node, new: Node) -> Node:
    """``node`` with each part equal to ``old`` replaced. ``old`` and ``new`` are closed."""
    return _transform(node, lambda current: new if current == old else None)


def _transform(node: Node, change: Callable[[Node], Node | None]) -> Node:
    changed = change(node)
    if changed is not None:
        return changed
    if not node.parts:
        return node
    return rebuild(node, tuple(_transform(part, change) for part in node.parts))  # type: ignore[no-any-return]


def rename_constant(node: Node, old: str, new: str) -> Node:
    """``node`` with the constant ``old`` called ``new``."""
    return replace(node, Function(old), Function(new))


def constants(node: Node) -> frozenset[str]:
    """The names of the constants of ``node``."""
    return frozenset(
        n.name for n in postorder(node) if isinstance(n, Function) and not n.arguments
    )


def subterms(node: Node) -> list[Term]:
    """The closed terms of ``node``, each once, in the order in which they are completed."""
    found: dict[Term, None] = {}
    bound: set[str] = set()
    for current in postorder(node):
        if isinstance(current, Quantified):
            bound.add(current.variable)
        if isinstance(current, Function) and not free_variables(current):
            found[current] = None
    return list(found)


def literals_of(formula: Formula) -> tuple[list[Formula], list[Formula]]:
    """A quantifier-free view as a rule: premises and alternative conclusions.

    ``p ∧ q → r ∨ ¬s`` gives ``[p, q, s]`` and ``[r]``; an atom gives ``[]`` and itself. Parts
    that are neither literals nor built so are kept as they are.
    """
    match formula:
        case Binary(Connective.IMPLIES, left, right):
            premises, conclusions = literals_of(right)
            return [*_conjuncts(left), *premises], conclusions
        case Binary(Connective.OR, left, right):
            first, second = literals_of(left), literals_of(right)
            return [*first[0], *second[0]], [*first[1], *second[1]]
        case Not(body):
            return _conjuncts(body), []
        case _ if formula == FALSE:
            return [], []
        case Predicate() | Equality() | _:
            return [], [formula]


def _conjuncts(formula: Formula) -> list[Formula]:
    match formula:
        case Binary(Connective.AND, left, right):
            return [*_conjuncts(left), *_conjuncts(right)]
        case _:
            return [formula]
