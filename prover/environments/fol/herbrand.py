"""Herbrand's theorem at work: a first-order proof as a finite set of instances.

The formulas of a refutation (premises and negated target) are brought into universal form with
Skolem functions, each part of it remembering which quantifiers of which original formula it came
through. By Herbrand's theorem (1930) finitely many ground instances of the parts contradict each
other whenever the premises entail the target. Each use of a quantifier in such an instance is an
instance of a law of logic, in terms of the original, unsimplified formulas:

* ``(∀ x, φ x) → φ t`` and ``φ t → ∃ x, φ x`` for a term ``t``,
* ``(∃ x, φ x) → φ s`` and ``φ s → ∀ x, φ x`` for a Skolem term ``s``, which chooses a witness.

With these laws the premises entail the target by propositional reasoning with equality alone,
quantified formulas taken as opaque. That is what the Lean export replays: it needs no trust in any
prover and no clause form. The instances themselves come from `instantiation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from prover.environments.fol.syntax import (
    FALSE,
    TRUE,
    Binary,
    Connective,
    Formula,
    Function,
    Not,
    Quantified,
    Quantifier,
    Term,
    Truth,
    Variable,
    alpha_normal,
    conjunction,
    free_variable_list,
    free_variables,
    fresh_name,
    postorder,
    size,
    substitute,
)

MAX_PARTS = 24  # as many parts a disjunction of conjunctions may be multiplied out to
MAX_SIZE = 600  # as many nodes they may have together


class Law(Enum):
    """A law of logic that an instance of a quantifier uses."""

    INSTANCE = "(∀ x, φ x) → φ t"
    WITNESS = "φ t → ∃ x, φ x"
    CHOICE = "(∃ x, φ x) → φ s"
    COUNTEREXAMPLE = "φ s → ∀ x, φ x"


@dataclass(frozen=True)
class QuantifierUse:
    """``law`` applied to ``formula`` with ``terms`` for its leading variables (a single one in
    case of a Skolem term). Open in the variables of the part it belongs to."""

    law: Law
    formula: Quantified
    terms: tuple[Term, ...]

    def instantiated(self, values: dict[str, Term]) -> QuantifierUse:
        """The use with ``values`` for the variables of the part."""
        formula: Quantified = substitute(self.formula, values)
        terms = tuple(substitute(term, values) for term in self.terms)
        return QuantifierUse(self.law, formula, terms)

    @property
    def body(self) -> Formula:
        """``φ t``."""
        result: Formula = self.formula
        for term in self.terms:
            assert isinstance(result, Quantified)
            result = substitute(result.body, {result.variable: term})
        return result

    @property
    def statement(self) -> Formula:
        """The instance of the law."""
        if self.law in (Law.INSTANCE, Law.CHOICE):
            return Binary(Connective.IMPLIES, self.formula, self.body)
        return Binary(Connective.IMPLIES, self.body, self.formula)

    @property
    def functions(self) -> set[str]:
        """The names of the functions and constants it speaks of."""
        return {f.name for node in (self.formula, *self.terms) for f in _functions(node)}

    @property
    def variables(self) -> set[str]:
        """The variables that are free in it."""
        return {name for node in (self.formula, *self.terms) for name in free_variables(node)}


@dataclass(frozen=True)
class Skolem:
    """A choice function: ``name parameters`` is a witness of ``formula`` (∃), or a counterexample
    to it (∀). ``formula`` is open in ``parameters``."""

    name: str
    parameters: tuple[str, ...]
    formula: Quantified


@dataclass(frozen=True)
class Part:
    """``∀ variables, matrix``; the matrix has no quantifiers and ``uses`` says whose they were."""

    variables: tuple[str, ...]
    matrix: Formula
    uses: tuple[QuantifierUse, ...]


@dataclass(frozen=True)
class UniversalForm:
    """A refutation problem in universal form."""

    parts: tuple[Part, ...]
    skolems: tuple[Skolem, ...]


_Piece = tuple[Formula, tuple[QuantifierUse, ...]]


def universal_form(
    premises: Iterable[Formula], target: Formula, taken: Iterable[str]
) -> UniversalForm:
    """The universal form of the premises and the negated target.

    ``taken`` are names that Skolem functions must not have. Variables must be unsorted.
    """
    maker = _Maker(set(taken))
    pieces: list[_Piece] = []
    for premise in premises:
        pieces += maker.walk(premise, True, {})
    pieces += maker.walk(target, False, {})
    parts = []
    for matrix, uses in pieces:
        if matrix != TRUE:
            variables = tuple(free_variable_list(matrix))
            parts.append(Part(variables, matrix, tuple(dict.fromkeys(uses))))
    return UniversalForm(tuple(parts), tuple(maker.skolems.values()))


class _Maker:
    """Skolemizes; formulas that differ only in the terms they speak of share Skolem functions."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._variables = 0
        self.skolems: dict[Formula, Skolem] = {}

    def walk(self, formula: Formula, positive: bool, values: dict[str, Term]) -> list[_Piece]:
        """The parts of ``formula``, negated unless ``positive``; ``values`` are its variables."""
        match formula:
            case Not(body):
                return self.walk(body, not positive, values)
            case Truth(value):
                return [] if value == positive else [(FALSE, ())]
            case Binary(Connective.IFF, left, right):
                there = Binary(Connective.IMPLIES, left, right)
                back = Binary(Connective.IMPLIES, right, left)
                return self._joined(there, back, positive, positive, positive, values)
            case Binary(Connective.IMPLIES, left, right):
                return self._joined(left, right, not positive, positive, not positive, values)
            case Binary(connective, left, right):
                both = (connective is Connective.AND) == positive
                return self._joined(left, right, positive, positive, both, values)
            case Quantified():
                return self._quantified(formula, positive, values)
            case _:
                atom: Formula = substitute(formula, values)
                return [(atom if positive else Not(atom), ())]

    def _joined(
        self, left: Formula, right: Formula, left_sign: bool, right_sign: bool, both: bool,
        values: dict[str, Term],
    ) -> list[_Piece]:
        first = self.walk(left, left_sign, values)
        second = self.walk(right, right_sign, values)
        if both:
            return [*first, *second]
        grown = _size(first) * len(second) + _size(second) * len(first)
        if len(first) * len(second) > MAX_PARTS or grown > MAX_SIZE:
            first, second = [_merged(first)], [_merged(second)]
        return [
            (_or(a, b), (*uses, *others)) for a, uses in first for b, others in second
        ]

    def _quantified(
        self, formula: Quantified, positive: bool, values: dict[str, Term]
    ) -> list[_Piece]:
        universal = formula.quantifier is Quantifier.FORALL
        here: Quantified = substitute(formula, values)
        terms: list[Term] = []
        body: Formula = formula
        if universal == positive:
            law = Law.INSTANCE if universal else Law.WITNESS
            while isinstance(body, Quantified) and body.quantifier is formula.quantifier:
                self._variables += 1
                terms.append(Variable(f"V{self._variables}"))
                values = {**values, body.variable: terms[-1]}
                body = body.body
        else:
            law = Law.COUNTEREXAMPLE if universal else Law.CHOICE
            terms.append(self._skolem_term(here))
            values = {**values, formula.variable: terms[0]}
            body = formula.body
        use = QuantifierUse(law, here, tuple(terms))
        return [(matrix, (use, *uses)) for matrix, uses in self.walk(body, positive, values)]

    def _skolem_term(self, formula: Quantified) -> Term:
        free = free_variable_list(formula)
        names = {name: f"P{index}" for index, name in enumerate(free)}
        general: Quantified = substitute(
            formula, {old: Variable(new) for old, new in names.items()}
        )
        key = alpha_normal(general)
        if key not in self.skolems:
            name = fresh_name("sk", self._taken)
            self._taken.add(name)
            self.skolems[key] = Skolem(name, tuple(names.values()), general)
        return Function(self.skolems[key].name, tuple(map(Variable, free)))


def _or(left: Formula, right: Formula) -> Formula:
    if left == FALSE:
        return right
    return left if right == FALSE else Binary(Connective.OR, left, right)


def _size(pieces: list[_Piece]) -> int:
    return sum(size(matrix) for matrix, _ in pieces)


def _merged(pieces: list[_Piece]) -> _Piece:
    uses = tuple(use for _, inner in pieces for use in inner)
    return conjunction(matrix for matrix, _ in pieces), uses


@dataclass(frozen=True)
class Instance:
    """A part with closed terms for its variables."""

    part: Part
    terms: tuple[Term, ...]

    @property
    def values(self) -> dict[str, Term]:
        """The terms by the variables that they stand for."""
        return dict(zip(self.part.variables, self.terms, strict=True))

    @property
    def matrix(self) -> Formula:
        """The ground formula."""
        result: Formula = substitute(self.part.matrix, self.values)
        return result


@dataclass(frozen=True)
class HerbrandProof:
    """Instances of laws of logic with which premises entail a target by propositional reasoning
    with equality. ``skolems`` are the choice functions, in an order in which each speaks only of
    earlier ones."""

    skolems: tuple[Skolem, ...]
    laws: tuple[QuantifierUse, ...]


def herbrand_proof(
    form: UniversalForm, instances: Sequence[Instance], default: Term
) -> HerbrandProof:
    """The laws behind ``instances``, which must contradict each other. ``default`` stands for
    variables whose value does not matter."""
    laws: dict[QuantifierUse, None] = {}
    for instance in instances:
        values = instance.values
        for use in instance.part.uses:
            laws[use.instantiated({v: values.get(v, default) for v in use.variables})] = None
    return HerbrandProof(used_skolems(form, laws), tuple(laws))


def used_skolems(form: UniversalForm, laws: Iterable[QuantifierUse]) -> tuple[Skolem, ...]:
    """The choice functions that ``laws`` speak of, and those that these speak of."""
    used = {name for law in laws for name in law.functions}
    kept: list[Skolem] = []
    for skolem in reversed(form.skolems):
        if skolem.name in used:
            kept.append(skolem)
            used |= {f.name for f in _functions(skolem.formula)}
    return tuple(reversed(kept))


def _functions(node: Formula | Term) -> list[Function]:
    return [n for n in postorder(node) if isinstance(n, Function)]
