"""Discrimination trees: which of many patterns may match a term, without trying them all.

A pattern is filed under its symbols in preorder, each of its variables a star; a lookup follows
the symbols of the term and, wherever there is a star, skips a subterm (W. McCune, *Experiments
with discrimination-tree indexing and path indexing for term retrieval*, JAR 1992; Lean's own
`DiscrTree` is one). Arguments that are instances are left out, since equal instances need not
look equal. What is found is a superset of what matches; `matches` decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from data.mutate.library import Library
from data.mutate.terms import App, Binder, Const, Free, Leaf, Term, is_closed

V = TypeVar("V")

_STAR = "*"
_OTHER = "?"  # a symbol of terms that only a star matches
# What is said of any type whatever: a pattern made of these alone would match almost everything.
GENERIC = frozenset(("Eq", "Ne", "HEq", "Not", "And", "Or", "Iff", "Exists", "BEq.beq", "LE.le",
                     "LT.lt", "GE.ge", "GT.gt", "Decidable.decide", "ite", "dite", "id",
                     "Membership.mem", "Bool", "True", "False", "Nonempty", "Inhabited"))


class DiscriminationTree(Generic[V]):
    """Patterns with a value each."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._root: _Node[V] = _Node()

    def add(self, pattern: Term, value: V) -> None:
        """File ``value`` under ``pattern``."""
        node = self._root
        for symbol in self._symbols(pattern):
            node = node.children.setdefault(symbol, _Node())
        node.values.append(value)

    def lookup(self, term: Term) -> Iterator[V]:
        """The values whose patterns may match ``term``."""
        yield from self._lookup(self._root, (term, None))

    def specificity(self, pattern: Term) -> int:
        """The number of symbols in ``pattern`` that say something."""
        return sum(
            symbol != _STAR and symbol.rpartition("/")[0] not in GENERIC
            for symbol in self._symbols(pattern)
        )

    def _symbols(self, pattern: Term) -> Iterator[str]:
        symbol, arguments = self._split(pattern)
        yield _STAR if symbol == _OTHER else symbol
        for argument in arguments:
            yield from self._symbols(argument)

    def _lookup(self, node: _Node[V], left: _Stack) -> Iterator[V]:
        if left is None:
            yield from node.values
            return
        term, rest = left
        if _STAR in node.children:
            yield from self._lookup(node.children[_STAR], rest)
        symbol, arguments = self._split(term)
        if symbol in node.children:
            for argument in reversed(arguments):
                rest = (argument, rest)
            yield from self._lookup(node.children[symbol], rest)

    def _split(self, term: Term) -> tuple[str, tuple[Term, ...]]:
        match term:
            case Const(name):
                return f"{name}/0", ()
            case App(Const(name), args):
                return f"{name}/{len(args)}", tuple(relevant(self._library, name, args))
            case Leaf(":lit", parts):
                return f"{parts}/", ()
        return _OTHER, ()


class _Node(Generic[V]):
    __slots__ = ("children", "values")

    def __init__(self) -> None:
        self.children: dict[str, _Node[V]] = {}
        self.values: list[V] = []


_Stack = tuple[Term, "_Stack"] | None


def relevant(library: Library, name: str, args: tuple[Term, ...]) -> Iterator[Term]:
    """The arguments of the constant ``name`` that are no instances."""
    instances = library.signature(name).instances
    for number, arg in enumerate(args):
        if number >= len(instances) or not instances[number]:
            yield arg


def matches(library: Library, pattern: Term, term: Term, found: dict[int, Term]) -> bool:
    """Whether ``term`` is an instance of ``pattern``, first-order; ``found`` maps the variables
    of the pattern to terms and is added to. Higher-order patterns and binders with variables are
    taken to match: Lean has the last word."""
    match pattern, term:
        case Free(position), _:
            if position in found:
                return found[position] == term
            found[position] = term
            return is_closed(term)
        case App(Const(name), args), App(Const(other), others):
            return name == other and len(args) == len(others) and all(
                matches(library, arg, o, found)
                for arg, o in zip(relevant(library, name, args), relevant(library, name, others),
                                  strict=True)
            )
        case (App(Free(), _), _) | (Binder(), Binder()) | (Leaf(":proj"), _):
            return True
    return pattern == term
