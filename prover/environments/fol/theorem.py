"""A conjecture of a TPTP problem as a theorem, with the vocabulary that its proof may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from prover.contracts import Theorem
from prover.environments.fol.notation import lean_variables, show
from prover.environments.fol.sequent import Assumption, Local, Sequent
from prover.environments.fol.syntax import (
    FALSE,
    AnnotatedFormula,
    Formula,
    Function,
    Problem,
    Role,
    Symbol,
    Term,
    TypeDeclaration,
    fresh_name,
    plain_name,
    postorder,
    symbols,
    tptp_name,
)

SHOWN_AXIOMS = 20
DEFAULT_SORT = "$i"


class UnknownSymbol(Exception):
    """A formula or term that is not over the vocabulary of its sequent."""


@dataclass(frozen=True)
class Signature:
    """The symbols of a problem and their sorts (only where sorts matter)."""

    symbols: frozenset[Symbol]
    types: Mapping[str, TypeDeclaration] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem) -> Signature:
        """The vocabulary of ``problem``."""
        found: set[Symbol] = set()
        for formula in problem.formulas:
            found |= symbols(formula.formula)
        types = {declaration.symbol: declaration for declaration in problem.types}
        found |= {Symbol(t.symbol, len(t.arguments), t.result == "$o")
                  for t in problem.types if t.result != "$tType"}
        return cls(frozenset(found), MappingProxyType(types))

    @cached_property
    def function_names(self) -> frozenset[str]:
        """The plain names of the functions and constants."""
        return frozenset(plain_name(s.name) for s in self.symbols if not s.is_predicate)

    @cached_property
    def _known(self) -> dict[str, list[Symbol]]:
        known: dict[str, list[Symbol]] = {}
        for symbol in self.symbols:
            known.setdefault(symbol.name, []).append(symbol)
        return known

    def check(self, node: Formula | Term, sequent: Sequent) -> None:
        """Raise `UnknownSymbol` unless every symbol of ``node`` is known in ``sequent``."""
        for symbol in sorted(symbols(node)):
            if symbol in self.symbols or (symbol.is_constant and sequent.has_local(symbol.name)):
                continue
            raise UnknownSymbol(self._complaint(symbol))
        if self.types:
            for part in postorder(node):
                if isinstance(part, Function):
                    self._check_arguments(part, sequent)

    def _complaint(self, symbol: Symbol) -> str:
        name = show(Function(symbol.name))
        kind = "predicate" if symbol.is_predicate else "function"
        same = self._known.get(symbol.name)
        if not same:
            return f"unknown identifier '{name}'"
        known = same[0]
        what = "predicate" if known.is_predicate else "function"
        return (
            f"'{name}' is a {what} of {known.arity} arguments here, not a {kind} of {symbol.arity}"
        )

    def _check_arguments(self, term: Function, sequent: Sequent) -> None:
        declaration = self.types.get(term.name)
        if declaration is None:
            return
        for argument, sort in zip(term.arguments, declaration.arguments, strict=False):
            if isinstance(argument, Function) and self.sort(argument, sequent) != sort:
                raise UnknownSymbol(f"'{show(argument)}' is not of type {sort}")

    def sort(self, term: Term, sequent: Sequent) -> str:
        """The sort of a closed term."""
        if not isinstance(term, Function):
            return DEFAULT_SORT
        for local in sequent.locals:
            if local.name == term.name and not term.arguments:
                return local.sort or DEFAULT_SORT
        declaration = self.types.get(term.name)
        return declaration.result if declaration else DEFAULT_SORT


@dataclass(frozen=True)
class FolTheorem(Theorem):
    """One conjecture with the formulas that may be assumed.

    ``problem`` has at most this one conjecture. Without one (a ``cnf`` refutation problem, or
    axioms alone) the theorem says that the formulas are contradictory: its target is ``False``.
    """

    problem: Problem

    @cached_property
    def conjecture(self) -> AnnotatedFormula | None:
        """The conjecture as it was read."""
        found = self.problem.conjectures
        return found[0] if found else None

    @cached_property
    def signature(self) -> Signature:
        """The vocabulary."""
        return Signature.of(self.problem)

    @cached_property
    def axioms(self) -> Mapping[str, AnnotatedFormula]:
        """The premises by name, in order; a name that was given twice is numbered."""
        found: dict[str, AnnotatedFormula] = {}
        for formula in self.problem.premises:
            if formula.role is Role.TYPE:
                continue
            name = formula.name
            if name in found:
                plain = {plain_name(other) for other in found}
                name = tptp_name(fresh_name(f"{plain_name(name)}_1", plain))
            found[name] = formula
        return found

    def axiom(self, name: str) -> Formula | None:
        """The closed formula of the axiom ``name``, its variables named as in Lean."""
        found = self.axioms.get(name)
        return None if found is None else self.readable(found.closed)

    def readable(self, formula: Formula) -> Formula:
        """``formula`` with variables that no function of the problem has the name of."""
        return lean_variables(formula, self.signature.function_names)

    @cached_property
    def sequent(self) -> Sequent:
        """The goal: the axioms are hypotheses where they are few; where they are many, only a
        negated conjecture is, and the others can be used by their names."""
        few = len(self.axioms) <= SHOWN_AXIOMS
        shown = [
            Assumption(name, self.readable(formula.closed), axiom=name)
            for name, formula in self.axioms.items()
            if few or (formula.role is Role.NEGATED_CONJECTURE
                       and len(self.problem.negated_conjectures) <= SHOWN_AXIOMS)
        ]
        conjecture = self.conjecture
        target = FALSE if conjecture is None else self.readable(conjecture.closed)
        return Sequent(target, tuple(shown))


def local_types(locals_: tuple[Local, ...]) -> tuple[TypeDeclaration, ...]:
    """Declarations of the local constants of a typed problem."""
    return tuple(
        TypeDeclaration(local.name, local.name, (), local.sort or DEFAULT_SORT)
        for local in locals_
    )
