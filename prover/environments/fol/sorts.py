"""The types of symbols in a ``tff`` problem: declared, defaulted, and checked.

TPTP's monomorphic first-order form (Sutcliffe, Schulz, Claessen, Baumgartner, "The TPTP Typed
First-order Form and Arithmetic", 2012). An undeclared function takes and gives individuals
(``$i``), an undeclared predicate takes individuals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prover.contracts import InputError
from prover.environments.fol.models import DEFAULT_SORT
from prover.environments.fol.syntax import (
    AnnotatedFormula,
    Equality,
    Function,
    Node,
    Predicate,
    Problem,
    Quantified,
    Symbol,
    Variable,
    is_number,
)

BOOLEAN = "$o"
_NUMBERS = ("$int", "$rat", "$real")
_BUILT_IN = frozenset((DEFAULT_SORT, BOOLEAN, "$tType", *_NUMBERS))
_COMPARISONS = frozenset(("$less", "$lesseq", "$greater", "$greatereq"))
_CONVERSIONS = {"$to_int": "$int", "$to_rat": "$rat", "$to_real": "$real"}
_TESTS = frozenset(("$is_int", "$is_rat"))


def number_sort(number: str) -> str:
    """The sort of a number by its spelling: ``12``, ``1/2`` or ``1.5``."""
    if "/" in number:
        return "$rat"
    return "$real" if any(sign in number for sign in ".eE") else "$int"


@dataclass(frozen=True)
class Signature:
    """The sorts of a problem and the types of its symbols.

    ``declared`` is by name and arity. In an untyped problem everything is ``$i``.
    """

    typed: bool
    sorts: tuple[str, ...]
    declared: Mapping[tuple[str, int], tuple[tuple[str, ...], str]]

    @classmethod
    def of(cls, problem: Problem) -> Signature:
        """The signature of ``problem``. Raises `InputError` where it is badly typed."""
        if not problem.is_typed:
            return cls(False, (), {})
        sorts: dict[str, None] = {}
        declared: dict[tuple[str, int], tuple[tuple[str, ...], str]] = {}
        for item in problem.types:
            if item.result == "$tType":
                if item.arguments:
                    raise InputError(
                        f"type constructor {item.symbol} takes arguments, which is not supported",
                        file=item.file, line=item.line,
                    )  # fmt: skip
                sorts[item.symbol] = None
            else:
                declared[item.symbol, len(item.arguments)] = (item.arguments, item.result)
        for item in problem.types:
            for sort in (*item.arguments, item.result):
                if sort not in sorts and sort not in _BUILT_IN:
                    raise InputError(
                        f"type {sort} of {item.symbol} is not declared",
                        file=item.file, line=item.line,
                    )  # fmt: skip
        signature = cls(True, tuple(sorts), declared)
        for formula in problem.formulas:
            signature.check(formula)
        return signature

    def type_of(self, symbol: Symbol) -> tuple[tuple[str, ...], str]:
        """The sorts of the arguments of ``symbol`` and of its result (``$o`` for a predicate)."""
        known = self.declared.get((symbol.name, symbol.arity))
        if known is not None:
            return known
        result = BOOLEAN if symbol.is_predicate else DEFAULT_SORT
        return (DEFAULT_SORT,) * symbol.arity, result

    def check(self, formula: AnnotatedFormula) -> None:
        """Raise `InputError` unless ``formula`` is well typed."""
        for message in self._mistakes(formula.formula):
            raise InputError(
                f"badly typed formula {formula.name}: {message}",
                file=formula.file, line=formula.line,
            )  # fmt: skip

    def _mistakes(self, formula: Node) -> Iterator[str]:
        scope: dict[str, list[str]] = {}
        sorts: list[str] = []  # of the terms already passed and not yet used
        stack: list[tuple[Node, bool]] = [(formula, False)]
        while stack:
            node, entered = stack.pop()
            if not entered:
                if isinstance(node, Quantified):
                    sort = node.sort or DEFAULT_SORT
                    if sort not in self.sorts and sort not in _BUILT_IN:
                        yield f"type {sort} of {node.variable} is not declared"
                    scope.setdefault(node.variable, []).append(sort)
                stack.append((node, True))
                stack.extend((part, False) for part in reversed(node.parts))
                continue
            match node:
                case Quantified(_, variable):
                    scope[variable].pop()
                case Variable(name):
                    sorts.append(scope[name][-1] if scope.get(name) else DEFAULT_SORT)
                case Equality():
                    right, left = sorts.pop(), sorts.pop()
                    if left != right:
                        yield f"{node} equates {left} with {right}"
                case Function(name, arguments) | Predicate(name, arguments):
                    given = tuple(sorts[len(sorts) - len(arguments) :])
                    del sorts[len(sorts) - len(arguments) :]
                    symbol = Symbol(name, len(arguments), isinstance(node, Predicate))
                    wanted, result = self._applied(symbol, given)
                    if given != wanted:
                        expected = ", ".join(wanted)
                        yield f"in {node}, {name} takes ({expected}), not ({', '.join(given)})"
                    if symbol.is_predicate != (result == BOOLEAN):
                        yield f"{name} is of type {result}"
                    if not symbol.is_predicate:
                        sorts.append(result)
                case _:
                    pass

    def _applied(self, symbol: Symbol, given: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
        """The type at which ``symbol`` is used: arithmetic is overloaded on its arguments."""
        if symbol.is_constant and is_number(symbol.name):
            return (), number_sort(symbol.name)
        if symbol.name[0] != "$" or not given:
            return self.type_of(symbol)
        numeric = (given[0] if given[0] in _NUMBERS else "$int",) * len(given)
        if symbol.name in _COMPARISONS or symbol.name in _TESTS:
            return numeric, BOOLEAN
        return numeric, _CONVERSIONS.get(symbol.name, numeric[0])
