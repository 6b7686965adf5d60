"""What the theorems of a library can do to others: rewrite terms, give way to hypotheses, follow
from conclusions. Filed in discrimination trees by what they do it to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from data.mutate.discrimination import DiscriminationTree
from data.mutate.library import Library
from data.mutate.terms import INSTANCE, App, Binder, Const, Free, Term, opened, parse, variables

MAX_BINDERS, MAX_ANTECEDENTS = 16, 3


class Use(StrEnum):
    """How a theorem is used."""

    FORWARD = "rw"  # its left-hand side gives way to its right-hand side
    BACKWARD = "rw ←"
    ANTECEDENTS = "apply"  # a hypothesis that it concludes gives way to its antecedents
    CONSEQUENCE = "apply at"  # a conclusion that is one of its antecedents gives way to its own

    @property
    def tactic(self) -> str:
        """The tactic that does it."""
        return self.split()[0]


@dataclass(frozen=True)
class Parameter:
    """A variable of a theorem: its name, its type (with earlier ones `Free`), its kind of binder,
    and whether it is a hypothesis (its type is a proposition)."""

    name: str
    type: Term
    info: str
    is_hypothesis: bool


@dataclass(frozen=True)
class Telescope:
    """A statement ``∀ parameters, conclusion``."""

    parameters: tuple[Parameter, ...]
    conclusion: Term

    @classmethod
    def of(cls, library: Library, statement: str) -> Telescope:
        """Read an S-expression. Raises `ValueError` if it is none."""
        term = parse(statement)
        parameters: list[Parameter] = []
        while isinstance(term, Binder) and term.kind == ":forall":
            type_ = opened(term.type, len(parameters))
            context = [parameter.type for parameter in parameters]
            hypothesis = term.info != INSTANCE and library.is_proposition(type_, context)
            parameters.append(Parameter(term.name, type_, term.info, hypothesis))
            term = term.body
        return cls(tuple(parameters), opened(term, len(parameters)))

    @cached_property
    def free_hypotheses(self) -> tuple[int, ...]:
        """The hypotheses on which nothing after them depends."""
        used = set(variables(self.conclusion))
        for parameter in self.parameters:
            used.update(variables(parameter.type))
        return tuple(
            number for number, parameter in enumerate(self.parameters)
            if parameter.is_hypothesis and number not in used
        )


@dataclass(frozen=True)
class Rule:
    """A use of the theorem ``name``: ``pattern`` is what it is used on. ``antecedents`` are the
    parameters that are left to be proved; for a `Use.CONSEQUENCE`, ``matched`` is the one that
    the pattern is of."""

    name: str
    use: Use
    pattern: Term
    specificity: int
    parameters: tuple[Parameter, ...]
    antecedents: tuple[int, ...]
    matched: int | None = None


class Rules:
    """All rules of a library, found by the terms that they may be used on."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._rewriting: DiscriminationTree[Rule] = DiscriminationTree(library)
        self._concluding: DiscriminationTree[Rule] = DiscriminationTree(library)
        self._assuming: DiscriminationTree[Rule] = DiscriminationTree(library)
        trees = {Use.FORWARD: self._rewriting, Use.BACKWARD: self._rewriting,
                 Use.ANTECEDENTS: self._concluding, Use.CONSEQUENCE: self._assuming}
        for constant in library.theorems:
            telescope = Telescope.of(library, constant.type)
            if len(telescope.parameters) <= MAX_BINDERS:
                for rule in self._rules(constant.name, telescope):
                    trees[rule.use].add(rule.pattern, rule)

    def rewriting(self, term: Term) -> Iterator[Rule]:
        """Rules whose left-hand or right-hand side may match ``term``."""
        return self._rewriting.lookup(term)

    def concluding(self, hypothesis: Term) -> Iterator[Rule]:
        """Rules whose conclusion may match ``hypothesis``."""
        return self._concluding.lookup(hypothesis)

    def assuming(self, conclusion: Term) -> Iterator[Rule]:
        """Rules one of whose antecedents may match ``conclusion``."""
        return self._assuming.lookup(conclusion)

    def _rules(self, name: str, telescope: Telescope) -> Iterator[Rule]:
        match telescope.conclusion:
            case App(Const("Eq"), (_, left, right)) | App(Const("Iff"), (left, right)):
                if left != right:
                    yield from self._rule(name, telescope, Use.FORWARD, left)
                    yield from self._rule(name, telescope, Use.BACKWARD, right)
        yield from self._rule(name, telescope, Use.ANTECEDENTS, telescope.conclusion)
        for number in telescope.free_hypotheses:
            pattern = telescope.parameters[number].type
            yield from self._rule(name, telescope, Use.CONSEQUENCE, pattern, number)

    def _rule(
        self, name: str, telescope: Telescope, use: Use, pattern: Term, matched: int | None = None
    ) -> Iterator[Rule]:
        """The rule, if its pattern is worth looking for and determines what Lean has to find."""
        specificity = self._rewriting.specificity(pattern)
        ground = next(variables(pattern), None) is None
        if isinstance(pattern, (Free, Binder)) or not specificity or ground:
            return
        determined = set(variables(pattern)) | ({matched} if matched is not None else set())
        for number in sorted(determined, reverse=True):  # types determine what is in them
            if number is not None:
                determined.update(variables(telescope.parameters[number].type))
        parameters = telescope.parameters
        left = [n for n in range(len(parameters)) if n not in determined]
        antecedents = tuple(n for n in left if parameters[n].is_hypothesis)
        if len(antecedents) > MAX_ANTECEDENTS or any(
            not parameters[n].is_hypothesis and parameters[n].info != INSTANCE for n in left
        ):
            return
        yield Rule(name, use, pattern, specificity, parameters, antecedents, matched)
