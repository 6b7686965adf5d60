"""First-order formulas and problems as immutable values.

A node (term or formula) is compared by structure. Its hash is computed once, from the hashes of
its parts, and nothing here recurses, so formulas nested ten thousand deep are as good as flat
ones; pickling writes a node as one flat sequence for the same reason.

Names of symbols are kept in TPTP's spelling, so that a name is also its printed form: a lower
word ``f`` (never ``'f'``), a quoted name ``'A b'`` with its quotes where they are needed, a
distinct object ``"a"``, a number ``12``, a defined word ``$less``. `tptp_name` makes such a name
from any text, `plain_name` goes the other way. Bound variables are named; `substitute` renames
them to avoid capture.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar


class Node:
    """What terms and formulas have in common: a label, parts, and cheap structural equality."""

    __slots__ = ("_hash",)
    _hash: int

    @property
    def label(self) -> tuple[Any, ...]:
        """What distinguishes this node from others of its class with the same parts."""
        raise NotImplementedError

    @property
    def parts(self) -> tuple[Node, ...]:
        """The terms and formulas directly below this node, left to right."""
        raise NotImplementedError

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Node):
            return NotImplemented
        pairs: list[tuple[Node, Node]] = [(self, other)]
        while pairs:
            a, b = pairs.pop()
            if a is b:
                continue
            if a._hash != b._hash or type(a) is not type(b) or a.label != b.label:
                return False
            if len(a.parts) != len(b.parts):
                return False
            pairs.extend(zip(a.parts, b.parts, strict=True))
        return True

    def __reduce__(self) -> tuple[Any, ...]:
        return _unflatten, (_flatten(self),)

    def __str__(self) -> str:
        from prover.environments.fol.printing import to_tptp

        return to_tptp(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Variable(Node):
    """A variable. TPTP writes it with a capital first letter."""

    name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(("variable", self.name)))

    @property
    def label(self) -> tuple[Any, ...]:
        return (self.name,)

    @property
    def parts(self) -> tuple[Node, ...]:
        return ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Function(Node):
    """A function applied to arguments; a constant has none."""

    name: str
    arguments: tuple[Term, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(("function", self.name, self.arguments)))

    @property
    def label(self) -> tuple[Any, ...]:
        return (self.name,)

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.arguments


Term = Variable | Function


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Predicate(Node):
    """An atomic formula; a propositional letter has no arguments."""

    name: str
    arguments: tuple[Term, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(("predicate", self.name, self.arguments)))

    @property
    def label(self) -> tuple[Any, ...]:
        return (self.name,)

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Equality(Node):
    """``left = right``. Inequality is its negation."""

    left: Term
    right: Term

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(("=", self.left._hash, self.right._hash)))

    @property
    def label(self) -> tuple[Any, ...]:
        return ()

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Truth(Node):
    """``$true`` or ``$false``."""

    value: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(("truth", self.value)))

    @property
    def label(self) -> tuple[Any, ...]:
        return (self.value,)

    @property
    def parts(self) -> tuple[Node, ...]:
        return ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Not(Node):
    """Negation."""

    body: Formula

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(("~", self.body._hash)))

    @property
    def label(self) -> tuple[Any, ...]:
        return ()

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.body,)


class Connective(StrEnum):
    """The binary connectives, by their TPTP symbols."""

    AND = "&"
    OR = "|"
    IMPLIES = "=>"
    IFF = "<=>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Binary(Node):
    """Two formulas joined. ``<=``, ``<~>``, ``~&`` and ``~|`` are read into these four."""

    connective: Connective
    left: Formula
    right: Formula

    def __post_init__(self) -> None:
        value = hash((self.connective, self.left._hash, self.right._hash))
        object.__setattr__(self, "_hash", value)

    @property
    def label(self) -> tuple[Any, ...]:
        return (self.connective,)

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.left, self.right)


class Quantifier(StrEnum):
    """The quantifiers, by their TPTP symbols."""

    FORALL = "!"
    EXISTS = "?"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Quantified(Node):
    """``! [X] : body`` or ``? [X] : body``, one variable each; lists are nested.

    ``sort`` is the variable's type in a typed (``tff``) formula, None where it is the default
    ``$i``.
    """

    quantifier: Quantifier
    variable: str
    body: Formula
    sort: str | None = None

    def __post_init__(self) -> None:
        value = hash((self.quantifier, self.variable, self.sort, self.body._hash))
        object.__setattr__(self, "_hash", value)

    @property
    def label(self) -> tuple[Any, ...]:
        return (self.quantifier, self.variable, self.sort)

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.body,)


Formula = Predicate | Equality | Truth | Not | Binary | Quantified

TRUE = Truth(True)
FALSE = Truth(False)

_CLASSES: tuple[type[Node], ...] = (
    Variable, Function, Predicate, Equality, Truth, Not, Binary, Quantified
)
_CODES = {cls: code for code, cls in enumerate(_CLASSES)}


def rebuild(node: Node, parts: tuple[Node, ...]) -> Any:
    """``node`` with other parts (as many, and of the same kinds)."""
    match node:
        case Function(name):
            return Function(name, parts)  # type: ignore[arg-type]
        case Predicate(name):
            return Predicate(name, parts)  # type: ignore[arg-type]
        case Equality():
            return Equality(*parts)  # type: ignore[arg-type]
        case Not():
            return Not(*parts)  # type: ignore[arg-type]
        case Binary(connective):
            return Binary(connective, *parts)  # type: ignore[arg-type]
        case Quantified(quantifier, variable, _, sort):
            return Quantified(quantifier, variable, parts[0], sort)  # type: ignore[arg-type]
        case _:
            return node


def postorder(node: Node) -> Iterator[Node]:
    """Every node at or below ``node``, parts before the whole, left to right."""
    stack: list[tuple[Node, bool]] = [(node, False)]
    while stack:
        current, entered = stack.pop()
        if entered or not current.parts:
            yield current
            continue
        stack.append((current, True))
        stack.extend((part, False) for part in reversed(current.parts))


def _flatten(node: Node) -> tuple[tuple[Any, ...], ...]:
    return tuple((_CODES[type(n)], len(n.parts), n.label) for n in postorder(node))


def _unflatten(code: tuple[tuple[Any, ...], ...]) -> Node:
    stack: list[Any] = []
    for kind, arity, label in code:
        parts = tuple(stack[len(stack) - arity :])
        del stack[len(stack) - arity :]
        cls: Any = _CLASSES[kind]
        if cls in (Function, Predicate):
            stack.append(cls(*label, parts))
        elif cls is Quantified:
            stack.append(Quantified(label[0], label[1], parts[0], label[2]))
        else:
            stack.append(cls(*label, *parts))
    return stack[0]  # type: ignore[no-any-return]


# ------------------------------------------------------------------------------------- building


def conjunction(formulas: Iterable[Formula]) -> Formula:
    """``f1 & f2 & …``, nested to the left; ``$true`` when there are none."""
    return _join(Connective.AND, formulas, TRUE)


def disjunction(formulas: Iterable[Formula]) -> Formula:
    """``f1 | f2 | …``, nested to the left; ``$false`` when there are none."""
    return _join(Connective.OR, formulas, FALSE)


def _join(connective: Connective, formulas: Iterable[Formula], empty: Formula) -> Formula:
    joined: Formula | None = None
    for formula in formulas:
        joined = formula if joined is None else Binary(connective, joined, formula)
    return empty if joined is None else joined


def implies(left: Formula, right: Formula) -> Formula:
    """``left => right``."""
    return Binary(Connective.IMPLIES, left, right)


def quantify(
    quantifier: Quantifier, variables: Iterable[str], body: Formula, sort: str | None = None
) -> Formula:
    """``body`` under one quantifier for each of ``variables``, the first one outermost."""
    for variable in reversed(list(variables)):
        body = Quantified(quantifier, variable, body, sort)
    return body


def forall(variables: Iterable[str], body: Formula) -> Formula:
    """``! [variables] : body``."""
    return quantify(Quantifier.FORALL, variables, body)


def exists(variables: Iterable[str], body: Formula) -> Formula:
    """``? [variables] : body``."""
    return quantify(Quantifier.EXISTS, variables, body)


def negate(formula: Formula) -> Formula:
    """``~formula``, with a double negation and a negated truth value simplified away."""
    match formula:
        case Not(body):
            return body
        case Truth(value):
            return Truth(not value)
        case _:
            return Not(formula)


def conjuncts(formula: Formula) -> list[Formula]:
    """The members of a nest of ``&``, left to right."""
    return _members(Connective.AND, formula)


def disjuncts(formula: Formula) -> list[Formula]:
    """The members of a nest of ``|``, left to right."""
    return _members(Connective.OR, formula)


def _members(connective: Connective, formula: Formula) -> list[Formula]:
    members: list[Formula] = []
    stack = [formula]
    while stack:
        current = stack.pop()
        if isinstance(current, Binary) and current.connective is connective:
            stack += (current.right, current.left)
        else:
            members.append(current)
    return members


def strip_quantifiers(formula: Formula, quantifier: Quantifier) -> tuple[list[str], Formula]:
    """The variables of the leading block of ``quantifier`` and what stands under it."""
    variables: list[str] = []
    while isinstance(formula, Quantified) and formula.quantifier is quantifier:
        variables.append(formula.variable)
        formula = formula.body
    return variables, formula


# ------------------------------------------------------------------------------------- variables


def free_variable_list(node: Node) -> list[str]:
    """The free variables of ``node`` in the order of their first occurrence."""
    found: dict[str, None] = {}
    bound: dict[str, int] = {}
    stack: list[Node | str] = [node]  # a string on the stack: the scope of that variable ends
    while stack:
        current = stack.pop()
        if isinstance(current, str):
            bound[current] -= 1
        elif isinstance(current, Variable):
            if not bound.get(current.name):
                found[current.name] = None
        elif isinstance(current, Quantified):
            bound[current.variable] = bound.get(current.variable, 0) + 1
            stack += (current.variable, current.body)
        else:
            stack.extend(reversed(current.parts))
    return list(found)


def free_variables(node: Node) -> frozenset[str]:
    """The variables that occur in ``node`` outside the scope of a quantifier that binds them."""
    return frozenset(free_variable_list(node))


def all_variables(node: Node) -> frozenset[str]:
    """Every variable name in ``node``, free, bound, or only quantified over."""
    names = set()
    for current in postorder(node):
        if isinstance(current, Variable):
            names.add(current.name)
        elif isinstance(current, Quantified):
            names.add(current.variable)
    return frozenset(names)


def close(formula: Formula) -> Formula:
    """The universal closure of ``formula``, in the order in which its variables occur."""
    return forall(free_variable_list(formula), formula)


def fresh_name(base: str, avoid: Iterable[str]) -> str:
    """``base`` if it is not in ``avoid``, else ``base`` (less its final digits) with the least
    number that makes it new."""
    taken = avoid if isinstance(avoid, set | frozenset | dict) else set(avoid)
    if base not in taken:
        return base
    stem = base.rstrip("0123456789_") or base
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def substitute(node: Any, mapping: Mapping[str, Term]) -> Any:
    """``node`` with its free variables replaced by ``mapping``, all at once.

    A bound variable that would capture a variable of a replacement is renamed. The result has
    the kind of ``node``: a term for a term, a formula for a formula.
    """
    results: list[Any] = []
    # An entry is a node to be visited under a mapping, or (mapping None) one to be rebuilt.
    stack: list[tuple[Any, Mapping[str, Term] | None]] = [(node, mapping)]
    while stack:
        current, replaced = stack.pop()
        if replaced is None:
            arity = len(current.parts)
            parts = tuple(results[len(results) - arity :])
            del results[len(results) - arity :]
            same = all(a is b for a, b in zip(parts, current.parts, strict=True))
            results.append(current if same else rebuild(current, parts))
        elif isinstance(current, Variable):
            results.append(replaced.get(current.name, current))
        elif not replaced or not current.parts:
            results.append(current)
        elif isinstance(current, Quantified):
            binder, inner = _enter(current, replaced)
            stack += ((binder, None), (current.body, inner))
        else:
            stack.append((current, None))
            stack.extend((part, replaced) for part in reversed(current.parts))
    return results[0]


def _enter(
    binder: Quantified, mapping: Mapping[str, Term]
) -> tuple[Quantified, Mapping[str, Term]]:
    """``binder``, its variable renamed if needs be, and the mapping that holds in its scope."""
    name = binder.variable
    inner = {key: value for key, value in mapping.items() if key != name}
    if not any(name in free_variables(value) for value in inner.values()):
        return binder, inner
    free = free_variables(binder.body)
    inner = {key: value for key, value in inner.items() if key in free}
    images = frozenset().union(*(free_variables(value) for value in inner.values()))
    if name not in images:
        return binder, inner
    new = fresh_name(name, images | free)
    inner[name] = Variable(new)
    return Quantified(binder.quantifier, new, binder.body, binder.sort), inner


def alpha_normal(formula: Formula) -> Formula:
    """``formula`` with each bound variable named by its depth (``#0``, ``#1``, …).

    Two formulas are equal up to the names of bound variables exactly when their normal forms
    are equal, so this is the key for dictionaries and sets. ``#`` keeps the names apart from
    those that can be read or written.
    """
    results: list[Any] = []
    scope: dict[str, list[Variable]] = {}
    depth = 0
    stack: list[tuple[Any, bool]] = [(formula, False)]
    while stack:
        current, entered = stack.pop()
        if entered:
            arity = len(current.parts)
            parts = tuple(results[len(results) - arity :])
            del results[len(results) - arity :]
            if isinstance(current, Quantified):
                depth -= 1
                name = scope[current.variable].pop().name
                results.append(Quantified(current.quantifier, name, parts[0], current.sort))
            else:
                results.append(rebuild(current, parts))
        elif isinstance(current, Variable):
            names = scope.get(current.name)
            results.append(names[-1] if names else current)
        elif not current.parts:
            results.append(current)
        else:
            if isinstance(current, Quantified):
                scope.setdefault(current.variable, []).append(Variable(f"#{depth}"))
                depth += 1
            stack.append((current, True))
            stack.extend((part, False) for part in reversed(current.parts))
    return results[0]  # type: ignore[no-any-return]


def alpha_equivalent(left: Formula, right: Formula) -> bool:
    """Whether the formulas differ at most in the names of bound variables."""
    return left == right or alpha_normal(left) == alpha_normal(right)


# --------------------------------------------------------------------------------------- symbols


@dataclass(frozen=True, slots=True, order=True)
class Symbol:
    """A function or predicate symbol. TPTP tells symbols of different arity apart."""

    name: str
    arity: int
    is_predicate: bool

    @property
    def is_constant(self) -> bool:
        """Whether this is a function without arguments."""
        return self.arity == 0 and not self.is_predicate


@functools.lru_cache(maxsize=200_000)
def symbols(node: Node) -> frozenset[Symbol]:
    """The function and predicate symbols of ``node``; equality is not one."""
    found = set()
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Function):
            found.add((current.name, len(current.arguments), False))
        elif isinstance(current, Predicate):
            found.add((current.name, len(current.arguments), True))
        stack += current.parts
    return frozenset(Symbol(*symbol) for symbol in found)


def rename_symbols(node: Any, names: Mapping[Symbol, str]) -> Any:
    """``node`` with the symbols in ``names`` called otherwise."""
    results: list[Any] = []
    for current in postorder(node):
        arity = len(current.parts)
        parts = tuple(results[len(results) - arity :])
        del results[len(results) - arity :]
        if isinstance(current, Function | Predicate):
            symbol = Symbol(current.name, arity, isinstance(current, Predicate))
            results.append(type(current)(names.get(symbol, current.name), parts))
        else:
            results.append(rebuild(current, parts))
    return results[0]


def size(node: Node) -> int:
    """The number of nodes."""
    return sum(1 for _ in postorder(node))


LOWER_WORD = re.compile(r"[a-z][A-Za-z0-9_]*\Z")
UPPER_WORD = re.compile(r"[A-Z][A-Za-z0-9_]*\Z")
_NUMBER = re.compile(r"[+-]?\d+(?:/\d+|(?:\.\d+)?(?:[eE][+-]?\d+)?)\Z")


def tptp_name(text: str) -> str:
    """The name of a symbol or formula, in TPTP's spelling, for any non-empty ``text``."""
    if LOWER_WORD.match(text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def plain_name(name: str) -> str:
    """``name`` without the quotes and escapes of TPTP's spelling."""
    if len(name) >= 2 and name[0] == name[-1] and name[0] in "'\"":
        return re.sub(r"\\(.)", r"\1", name[1:-1])
    return name


def is_number(name: str) -> bool:
    """Whether ``name`` is an integer, rational or real of TPTP."""
    return _NUMBER.match(name) is not None


def is_distinct(name: str) -> bool:
    """Whether ``name`` is a distinct object or a number: unequal to every other such name."""
    return name.startswith('"') or is_number(name)


# -------------------------------------------------------------------------------------- problems


@dataclass(frozen=True, slots=True)
class Record:
    """``name(arguments)`` in the source or the annotations of a formula."""

    name: str
    arguments: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """``key : value`` in the source or the annotations of a formula."""

    key: Annotation
    value: Annotation


@dataclass(frozen=True, slots=True)
class FormulaData:
    """``$fof(…)``, ``$cnf(…)``, ``$tff(…)`` or ``$fot(…)`` in the annotations of a formula."""

    language: str
    content: Node


# A word, number, variable or distinct object is itself; a tuple is a list ``[…]``.
Annotation = str | Record | Pair | FormulaData | tuple["Annotation", ...]


class Role(StrEnum):
    """What a formula is for (TPTP's ``formula_role``)."""

    AXIOM = "axiom"
    HYPOTHESIS = "hypothesis"
    DEFINITION = "definition"
    ASSUMPTION = "assumption"
    LEMMA = "lemma"
    THEOREM = "theorem"
    COROLLARY = "corollary"
    CONJECTURE = "conjecture"
    NEGATED_CONJECTURE = "negated_conjecture"
    PLAIN = "plain"
    TYPE = "type"
    UNKNOWN = "unknown"
    LOGIC = "logic"
    INTERPRETATION = "interpretation"
    FI_DOMAIN = "fi_domain"
    FI_FUNCTORS = "fi_functors"
    FI_PREDICATES = "fi_predicates"


class Language(StrEnum):
    """The languages of TPTP that are read."""

    FOF = "fof"
    CNF = "cnf"
    TFF = "tff"


@dataclass(frozen=True, slots=True)
class AnnotatedFormula:
    """One ``fof(name, role, formula, source, annotations).`` of a file.

    ``formula`` is as written: the variables of a ``cnf`` clause are free in it, see `closed`.
    ``line`` counts from 1; where the formula was not read from a file both are None.
    """

    name: str
    role: Role
    formula: Formula
    language: Language = Language.FOF
    source: Annotation | None = None
    annotations: Annotation | None = None
    file: str | None = field(default=None, compare=False)
    line: int | None = field(default=None, compare=False)

    @property
    def closed(self) -> Formula:
        """The sentence that is meant: the universal closure."""
        return close(self.formula) if self.language is Language.CNF else self.formula


@dataclass(frozen=True, slots=True)
class TypeDeclaration:
    """``tff(name, type, symbol: (a * b) > c).``, or ``symbol: $tType`` for a new sort.

    ``result`` is ``$o`` for a predicate and ``$tType`` for a sort.
    """

    name: str
    symbol: str
    arguments: tuple[str, ...]
    result: str
    source: Annotation | None = None
    annotations: Annotation | None = None
    file: str | None = field(default=None, compare=False)
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Problem:
    """Formulas to be judged together: do the axioms entail the conjecture?

    Without a conjecture the question is whether the formulas are satisfiable. Several
    conjectures are to be proved all.
    """

    formulas: tuple[AnnotatedFormula, ...]
    types: tuple[TypeDeclaration, ...] = ()
    file: str | None = field(default=None, compare=False)

    NOT_ASSUMED: ClassVar[frozenset[Role]] = frozenset({Role.CONJECTURE, Role.LOGIC, Role.UNKNOWN})

    @classmethod
    def of(
        cls, axioms: Mapping[str, Formula] | Iterable[tuple[str, Formula]], goal: Formula | None
    ) -> Problem:
        """The question whether the named ``axioms`` entail ``goal`` (None: are they
        satisfiable?). Formulas must be closed."""
        pairs = axioms.items() if isinstance(axioms, Mapping) else axioms
        formulas = [AnnotatedFormula(name, Role.AXIOM, formula) for name, formula in pairs]
        if goal is not None:
            name = fresh_name("goal", {formula.name for formula in formulas})
            formulas.append(AnnotatedFormula(name, Role.CONJECTURE, goal))
        return cls(tuple(formulas))

    @cached_property
    def premises(self) -> tuple[AnnotatedFormula, ...]:
        """What may be assumed: every formula but the conjectures."""
        return tuple(f for f in self.formulas if f.role not in self.NOT_ASSUMED)

    @cached_property
    def conjectures(self) -> tuple[AnnotatedFormula, ...]:
        """The formulas to be proved."""
        return tuple(f for f in self.formulas if f.role is Role.CONJECTURE)

    @property
    def negated_conjectures(self) -> tuple[AnnotatedFormula, ...]:
        """The premises that come from a negated conjecture (usually of a ``cnf`` problem)."""
        return tuple(f for f in self.formulas if f.role is Role.NEGATED_CONJECTURE)

    @property
    def goal(self) -> Formula | None:
        """The conjunction of the conjectures, or None where there is none."""
        found = self.conjectures
        return conjunction(f.closed for f in found) if found else None

    @property
    def is_typed(self) -> bool:
        """Whether sorts matter: a type is declared or a quantifier names one."""
        return bool(self.types) or any(f.language is Language.TFF for f in self.formulas)

    def restricted(self, keep: Callable[[AnnotatedFormula], bool]) -> Problem:
        """This problem with only those premises for which ``keep`` holds."""
        kept = tuple(f for f in self.formulas if f.role in self.NOT_ASSUMED or keep(f))
        return Problem(kept, self.types, self.file)
