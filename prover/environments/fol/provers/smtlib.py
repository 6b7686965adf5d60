"""Problems in SMT-LIB 2.6, for z3 and cvc5.

Untyped formulas live in one uninterpreted sort; the types of ``tff`` become sorts, ``$int``,
``$rat`` and ``$real`` with their arithmetic the built-in ones. The text of a formula does not
depend on the problem that it stands in, so it is written once and kept: a proof search asks
about the same hypotheses again and again.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from prover.environments.fol.models import DEFAULT_SORT
from prover.environments.fol.sorts import Signature, number_sort
from prover.environments.fol.syntax import (
    TRUE,
    Binary,
    Connective,
    Equality,
    Formula,
    Function,
    Node,
    Not,
    Predicate,
    Problem,
    Quantified,
    Quantifier,
    Symbol,
    Truth,
    Variable,
    conjuncts,
    disjuncts,
    is_distinct,
    is_number,
    symbols,
)

_SIMPLE = re.compile(r"[A-Za-z0-9_]+\Z")
_CONNECTIVES = {
    Connective.AND: "and", Connective.OR: "or", Connective.IMPLIES: "=>", Connective.IFF: "="
}  # fmt: skip
_ARITHMETIC = {
    "$sum": "+", "$difference": "-", "$product": "*", "$uminus": "-", "$less": "<",
    "$lesseq": "<=", "$greater": ">", "$greatereq": ">=", "$to_int": "to_int",
    "$to_real": "to_real", "$to_rat": "to_real", "$quotient_e": "div", "$remainder_e": "mod",
    "$is_int": "is_int",
}  # fmt: skip
_SORTS = {DEFAULT_SORT: "I", "$int": "Int", "$rat": "Real", "$real": "Real"}


class Untranslatable(Exception):
    """The problem uses something that has no counterpart (SZS status *Inappropriate*)."""


@dataclass(frozen=True)
class Script:
    """A problem as SMT-LIB text and what is needed to read the answer.

    The ``asserts`` of ``text`` stand, in this order, for the premises named in ``premises`` and
    then, if ``has_goal``, for the negated conjecture. Symbols and sorts are given with their
    SMT-LIB names, for reading a model; ``interpreted`` tells that arithmetic is used, which no
    finite model has.
    """

    text: str
    premises: tuple[str, ...]
    has_goal: bool
    symbols: tuple[tuple[Symbol, str, tuple[str, ...], str], ...]
    sorts: tuple[tuple[str, str], ...]
    interpreted: bool


@functools.lru_cache(maxsize=8)  # several provers are asked the same
def to_smtlib(problem: Problem) -> Script:
    """``problem`` as a satisfiability question: its premises and the negation of its goal.

    Premises that are ``$true`` are left out. Raises `Untranslatable`, and `InputError` where a
    typed problem is badly typed.
    """
    signature = Signature.of(problem)
    names, bodies = [], []
    for premise in problem.premises:
        if premise.formula != TRUE:
            names.append(premise.name)
            bodies.append(premise.closed)
    goal = problem.goal
    asserted = [*bodies, *([] if goal is None else [Not(goal)])]
    used: set[Symbol] = set().union(*map(symbols, asserted)) if asserted else set()
    declared = sorted(s for s in used if s.name[0] != "$" and not _is_literal(s, signature))
    defined = next((s.name for s in sorted(used) if s.name[0] == "$"), None)
    if defined is not None and not signature.typed:
        raise Untranslatable(f"the defined symbol {defined} has a meaning only in tff")
    interpreted = any(s.name[0] == "$" or _is_literal(s, signature) for s in used)
    lines = ["(set-logic ALL)" if interpreted else "(set-logic UF)"]
    sorts = [(sort, smt_sort(sort)) for sort in signature.sorts if sort not in _SORTS]
    sorts.append((DEFAULT_SORT, _SORTS[DEFAULT_SORT]))
    lines += [f"(declare-sort {name} 0)" for _, name in sorts]
    table = []
    for symbol in declared:
        arguments, result = signature.type_of(symbol)
        written = tuple(map(smt_sort, arguments))
        name, range_ = smt_symbol(symbol), smt_sort(result)
        table.append((symbol, name, written, range_))
        lines.append(f"(declare-fun {name} ({' '.join(written)}) {range_})")
    distinct = [smt_symbol(symbol) for symbol in declared if is_distinct(symbol.name)]
    lines += [f"(assert {formula_text(body, signature.typed)})" for body in asserted]
    if len(distinct) > 1:
        lines.append(f"(assert (distinct {' '.join(distinct)}))")
    return Script(
        "\n".join(lines), tuple(names), goal is not None, tuple(table), tuple(sorts), interpreted
    )


def _is_literal(symbol: Symbol, signature: Signature) -> bool:
    return signature.typed and symbol.is_constant and is_number(symbol.name)


def smt_sort(sort: str) -> str:
    """The SMT-LIB name of a sort of TPTP."""
    if sort == "$o":
        return "Bool"
    known = _SORTS.get(sort)
    return known if known is not None else _quoted("s.", sort)


def smt_symbol(symbol: Symbol) -> str:
    """The SMT-LIB name of a symbol: TPTP tells arities and kinds apart, SMT-LIB does not."""
    return _quoted(f"{'p' if symbol.is_predicate else 'f'}{symbol.arity}.", symbol.name)


def _quoted(prefix: str, name: str) -> str:
    if _SIMPLE.match(name):
        return prefix + name
    escaped = re.sub(r"[%|\\]|[^ -~]", lambda match: f"%{ord(match[0]):X}%", name)
    return f"|{prefix}{escaped}|"


@functools.lru_cache(maxsize=20_000)
def formula_text(formula: Formula, typed: bool = False) -> str:
    """``formula`` as an SMT-LIB term. ``typed``: numbers are those of arithmetic."""
    written: list[str] = []
    stack: list[str | Node] = [formula]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            written.append(item)
        else:
            stack.extend(reversed(_layout(item, typed)))
    return "".join(written)


def _layout(node: Node, typed: bool) -> list[str | Node]:
    match node:
        case Variable(name):
            return [_variable(name)]
        case Function(name, arguments):
            return _applied(_head(Symbol(name, len(arguments), False), typed), arguments)
        case Predicate(name, arguments):
            return _applied(_head(Symbol(name, len(arguments), True), typed), arguments)
        case Equality(left, right):
            return _applied("=", (left, right))
        case Truth(value):
            return ["true" if value else "false"]
        case Not(body):
            return _applied("not", (body,))
        case Binary(Connective.AND):
            return _applied("and", conjuncts(node))
        case Binary(Connective.OR):
            return _applied("or", disjuncts(node))
        case Binary(connective, left, right):
            return _applied(_CONNECTIVES[connective], (left, right))
        case Quantified():
            return _quantified(node)
        case _:
            raise TypeError(f"not a term or formula: {type(node).__name__}")


def _applied(head: str, parts: Iterable[Node]) -> list[str | Node]:
    items: list[str | Node] = []
    for part in parts:
        items += (" ", part)
    return [f"({head}", *items, ")"] if items else [head]


def _head(symbol: Symbol, typed: bool) -> str:
    if symbol.name[0] == "$":
        head = _ARITHMETIC.get(symbol.name)
        if head is None:
            raise Untranslatable(f"the defined symbol {symbol.name} is not supported")
        return head
    if typed and symbol.is_constant and is_number(symbol.name):
        return _literal(symbol.name)
    return smt_symbol(symbol)


def _literal(number: str) -> str:
    sign, digits = ("-", number[1:]) if number[0] == "-" else ("", number)
    if number_sort(number) == "$int":
        text = digits
    elif "/" in digits:
        above, below = digits.split("/")
        text = f"(/ {above}.0 {below}.0)"
    else:
        if "e" in digits.lower():
            raise Untranslatable(f"the number {number} with an exponent is not supported")
        text = digits
    return f"(- {text})" if sign else text


def _variable(name: str) -> str:
    return f"?{name}" if _SIMPLE.match(name) else _quoted("?", name)


def _quantified(node: Quantified) -> list[str | Node]:
    word = "forall" if node.quantifier is Quantifier.FORALL else "exists"
    binders: list[str] = []
    seen: set[str] = set()
    body: Any = node
    while (
        isinstance(body, Quantified)
        and body.quantifier is node.quantifier
        and body.variable not in seen
    ):
        seen.add(body.variable)
        binders.append(f"({_variable(body.variable)} {smt_sort(body.sort or DEFAULT_SORT)})")
        body = body.body
    return [f"({word} ({' '.join(binders)}) ", body, ")"]
