"""Small changes of a statement that may make it false."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from data.saturate.statements import Literal, Statement, from_literals, is_tautology
from prover.environments.fol.syntax import (
    Equality,
    Function,
    Node,
    Not,
    Predicate,
    Symbol,
    Variable,
    all_variables,
    negate,
    rebuild,
)

_ATTEMPTS = 10
_Path = tuple[int, ...]


def perturbed(
    rng: random.Random, statement: Statement, vocabulary: Sequence[Symbol]
) -> Statement | None:
    """A statement that differs from ``statement`` in one place; None if none is found.
    ``vocabulary`` are the symbols that may come in."""
    if not statement.literals:
        return None
    for _ in range(_ATTEMPTS):
        change = rng.choice(_CHANGES)
        literals = change(rng, list(statement.literals), vocabulary)
        if literals:
            new = from_literals(literals)
            if new.formula != statement.formula and not is_tautology(new):
                return new
    return None


def _swap(
    rng: random.Random, literals: list[Literal], _: Sequence[Symbol]
) -> list[Literal] | None:
    """Two arguments of one symbol exchanged."""

    def exchanged(node: Node) -> Node | None:
        if isinstance(node, Equality | Not) or len(node.parts) < 2:
            return None
        first, second = rng.sample(range(len(node.parts)), 2)
        parts = list(node.parts)
        parts[first], parts[second] = parts[second], parts[first]
        return None if parts == list(node.parts) else rebuild(node, tuple(parts))

    return _somewhere(rng, literals, exchanged)


def _other_variable(
    rng: random.Random, literals: list[Literal], _: Sequence[Symbol]
) -> list[Literal] | None:
    """One occurrence of a variable replaced by another variable."""
    names = sorted(frozenset[str]().union(*map(all_variables, literals)))

    def replaced(node: Node) -> Node | None:
        if not isinstance(node, Variable) or len(names) < 2:
            return None
        return Variable(rng.choice([name for name in names if name != node.name]))

    return _somewhere(rng, literals, replaced)


def _other_symbol(
    rng: random.Random, literals: list[Literal], vocabulary: Sequence[Symbol]
) -> list[Literal] | None:
    """One occurrence of a symbol replaced by another one of its kind and arity."""

    def replaced(node: Node) -> Node | None:
        if not isinstance(node, Function | Predicate):
            return None
        old = Symbol(node.name, len(node.arguments), isinstance(node, Predicate))
        others = [s for s in vocabulary
                  if s != old and (s.arity, s.is_predicate) == (old.arity, old.is_predicate)]
        return type(node)(rng.choice(others).name, node.arguments) if others else None

    return _somewhere(rng, literals, replaced)


def _argument(
    rng: random.Random, literals: list[Literal], _: Sequence[Symbol]
) -> list[Literal] | None:
    """A term replaced by one of its arguments."""

    def replaced(node: Node) -> Node | None:
        if not isinstance(node, Function) or not node.arguments:
            return None
        return rng.choice(node.arguments)

    return _somewhere(rng, literals, replaced)


def _drop(
    rng: random.Random, literals: list[Literal], _: Sequence[Symbol]
) -> list[Literal] | None:
    """A condition or an alternative left out."""
    if len(literals) < 2:
        return None
    out = rng.randrange(len(literals))
    return literals[:out] + literals[out + 1 :]


def _flip(rng: random.Random, literals: list[Literal], _: Sequence[Symbol]) -> list[Literal] | None:
    """One literal negated."""
    if len(literals) < 2:
        return None
    at = rng.randrange(len(literals))
    new: Any = negate(literals[at])
    return [*literals[:at], new, *literals[at + 1 :]]


_CHANGES: tuple[
    Callable[[random.Random, list[Literal], Sequence[Symbol]], list[Literal] | None], ...
] = (_swap, _other_variable, _other_symbol, _argument, _drop, _flip)


def _somewhere(
    rng: random.Random, literals: list[Literal], change: Callable[[Node], Node | None]
) -> list[Literal] | None:
    """``literals`` with ``change`` done at one place, drawn from those where it can be done."""
    places = [(n, path) for n, literal in enumerate(literals) for path in _paths(literal)]
    rng.shuffle(places)
    for number, path in places:
        new = _replaced(literals[number], path, change)
        if new is not None:
            return [*literals[:number], new, *literals[number + 1 :]]
    return None


def _paths(node: Node, path: _Path = ()) -> Iterator[_Path]:
    yield path
    for n, part in enumerate(node.parts):
        yield from _paths(part, (*path, n))


def _replaced(node: Any, path: _Path, change: Callable[[Node], Node | None]) -> Any:
    if not path:
        return change(node)
    part = _replaced(node.parts[path[0]], path[1:], change)
    if part is None:
        return None
    parts = list(node.parts)
    parts[path[0]] = part
    return rebuild(node, tuple(parts))
