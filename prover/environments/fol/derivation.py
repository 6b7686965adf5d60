"""TSTP derivations: read, drawn as a graph, pruned, printed, and verified step by step.

A derivation is a list of formulas, each with where it comes from: a formula of the problem, a
definition, or an inference from earlier ones. Nothing in it is believed. Each step is checked by
its SZS status: ``thm`` by a prover (other than the one that wrote the derivation) that must
prove the conclusion from the parents; ``cth`` as the negation of the conjecture; ``esa`` as a
Skolemization (`skolem`); ``introduced(definition)`` as a definition of a new symbol; leaves by
comparison with the problem. A prover may write nested inferences: those are verified as one step
from their outermost conclusion to their innermost parents.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Protocol

import networkx as nx

from prover.contracts import InputError
from prover.environments.fol.provers.contracts import Limits, ProverAnswer
from prover.environments.fol.skolem import NotSkolemized, deskolemized, is_definition
from prover.environments.fol.syntax import (
    FALSE,
    AnnotatedFormula,
    Annotation,
    Formula,
    Not,
    Problem,
    Record,
    Role,
    Symbol,
    alpha_equivalent,
    close,
    conjuncts,
    symbols,
)
from prover.environments.fol.tptp import format_problem, parse_problem


class StepStatus(StrEnum):
    """How a conclusion stands to its parents (SZS), or where it comes from."""

    LEAF = "leaf"
    DEFINITION = "definition"
    THEOREM = "thm"
    COUNTER_THEOREM = "cth"
    EQUISATISFIABLE = "esa"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Inference:
    """An inference by ``rule``; a parent is the name of a step or a nested inference."""

    rule: str
    status: StepStatus
    parents: tuple[str | Inference, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The steps that it rests on, through all nested inferences, each once."""
        found: dict[str, None] = {}
        for parent in self.parents:
            found.update(dict.fromkeys((parent,) if isinstance(parent, str) else parent.names))
        return tuple(found)

    @property
    def overall(self) -> StepStatus:
        """The status from the innermost parents to the conclusion; nested ``cth`` apart."""
        if self.status is not StepStatus.THEOREM:
            return self.status
        for parent in self.parents:
            if isinstance(parent, Inference) and parent.overall in (
                StepStatus.EQUISATISFIABLE, StepStatus.UNKNOWN
            ):  # fmt: skip
                return parent.overall
        return StepStatus.THEOREM


@dataclass(frozen=True)
class Step:
    """A formula of a derivation. Leaves and definitions have no inference."""

    written: AnnotatedFormula
    status: StepStatus
    inference: Inference | None = None
    leaf: str | None = None

    @property
    def name(self) -> str:
        """The name by which later steps refer to this one."""
        return self.written.name

    @cached_property
    def formula(self) -> Formula:
        """The sentence: clauses are universally closed."""
        return close(self.written.formula)

    @property
    def rule(self) -> str:
        """The outermost rule, or what kind of leaf it is."""
        return self.inference.rule if self.inference is not None else self.status.value

    @property
    def parents(self) -> tuple[str, ...]:
        """The names of the steps that this one rests on."""
        return self.inference.names if self.inference is not None else ()


@dataclass(frozen=True)
class Derivation:
    """Steps in an order in which parents come first."""

    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, text: str, file: str | None = None) -> Derivation:
        """The derivation that TSTP ``text`` is. Raises `InputError` where it is not one."""
        return cls.of(parse_problem(text, file=file).formulas)

    @classmethod
    def of(cls, formulas: Sequence[AnnotatedFormula]) -> Derivation:
        """The derivation whose steps are ``formulas``. Raises `InputError` for a missing parent,
        a name used twice and a circle."""
        steps: dict[str, Step] = {}
        for formula in formulas:
            if formula.name in steps:
                raise _error(formula, f"a second step is named {formula.name}")
            steps[formula.name] = _step(formula)
        for step in steps.values():
            for parent in step.parents:
                if parent not in steps:
                    raise _error(step.written, f"step {step.name} has no parent {parent}")
        try:
            order = list(nx.lexicographical_topological_sort(_graph(steps), list(steps).index))
        except nx.NetworkXUnfeasible:
            raise InputError("the derivation goes in a circle") from None
        return cls(tuple(steps[name] for name in order))

    @cached_property
    def by_name(self) -> dict[str, Step]:
        """The steps by their names."""
        return {step.name: step for step in self.steps}

    def graph(self) -> nx.DiGraph[str]:
        """The steps' names with an edge from each parent to its conclusion; a node's attribute
        ``step`` is the `Step`."""
        return _graph(self.by_name)

    @property
    def refutation(self) -> Step | None:
        """The first step that is ``$false``, if there is one."""
        return next((step for step in self.steps if step.formula == FALSE), None)

    def pruned(self) -> Derivation:
        """Only what the refutation rests on; the derivation itself where there is none."""
        goal = self.refutation
        if goal is None:
            return self
        needed = nx.ancestors(self.graph(), goal.name) | {goal.name}
        return Derivation(tuple(step for step in self.steps if step.name in needed))

    @property
    def leaves(self) -> tuple[str, ...]:
        """The names of the problem's formulas that the derivation starts from."""
        return tuple(step.leaf for step in self.steps if step.leaf is not None)

    def format(self) -> str:
        """The derivation as TSTP text."""
        return format_problem(Problem(tuple(step.written for step in self.steps)))


def _error(formula: AnnotatedFormula, message: str) -> InputError:
    return InputError(message, file=formula.file, line=formula.line)


def _graph(steps: dict[str, Step]) -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    for name, step in steps.items():
        graph.add_node(name, step=step)
    graph.add_edges_from((parent, name) for name, step in steps.items() for parent in step.parents)
    return graph


def _step(formula: AnnotatedFormula) -> Step:
    match formula.source:
        case Record("file", (_, str(name), *_)):
            return Step(formula, StepStatus.LEAF, leaf=name)
        case Record("introduced", ("definition", *_)):
            return Step(formula, StepStatus.DEFINITION)
        case Record("inference", _) as source:
            inference = _inference(formula, source)
            return Step(formula, inference.overall, inference)
        case str(name):
            return Step(formula, StepStatus.THEOREM, Inference("copy", StepStatus.THEOREM, (name,)))
        case None:
            return Step(formula, StepStatus.LEAF, leaf=formula.name)
        case _:
            return Step(formula, StepStatus.UNKNOWN)


def _inference(formula: AnnotatedFormula, source: Record) -> Inference:
    match source.arguments:
        case (str(rule), tuple(information), tuple(parents)):
            read = (_parent(formula, parent) for parent in parents)
            named = tuple(parent for parent in read if parent is not None)
            return Inference(rule, _status(information), named)
        case _:
            raise _error(formula, f"step {formula.name}: expected inference(rule,[…],[…])")


def _parent(formula: AnnotatedFormula, parent: Annotation) -> str | Inference | None:
    match parent:
        case str(name):
            return name
        case Record("inference", _):
            return _inference(formula, parent)
        case Record("theory", _):  # equality, which every prover here knows
            return None
        case _:
            raise _error(formula, f"step {formula.name} has a parent that is not a step")


def _status(information: tuple[Annotation, ...]) -> StepStatus:
    for item in information:
        match item:
            case Record("status", (str(status),)) if status in _STATUSES:
                return _STATUSES[status]
            case _:
                pass
    return StepStatus.UNKNOWN


_STATUSES = {
    "thm": StepStatus.THEOREM,
    "cth": StepStatus.COUNTER_THEOREM,
    "esa": StepStatus.EQUISATISFIABLE,
}


# ----------------------------------------------------------------------------------- verification


class Verifier(Protocol):
    """What verifies entailments: a prover or a portfolio of provers."""

    def prove(
        self, problem: Problem, limits: Limits, stop: threading.Event | None = None
    ) -> ProverAnswer:
        """The answer for ``problem``."""


@dataclass(frozen=True)
class StepReport:
    """Whether a step is verified, how (a prover's name, or a rule's), or why not."""

    step: Step
    verified: bool
    how: str
    seconds: float = 0.0
    reason: str = ""


@dataclass(frozen=True)
class DerivationReport:
    """The verification of a derivation as a proof of a problem."""

    steps: tuple[StepReport, ...]
    refutes: bool

    @property
    def verified(self) -> bool:
        """Whether the derivation ends in ``$false`` and every step of it is verified."""
        return self.refutes and all(report.verified for report in self.steps)

    @property
    def failures(self) -> tuple[StepReport, ...]:
        """The steps that are not verified."""
        return tuple(report for report in self.steps if not report.verified)


def verify(
    derivation: Derivation,
    problem: Problem,
    verifier: Verifier,
    limits: Limits = Limits(5.0),  # noqa: B008 (immutable)
    stop: threading.Event | None = None,
) -> DerivationReport:
    """Verify each step of ``derivation`` as part of a refutation of ``problem``'s premises and
    negated conjecture. ``limits`` are those of one step."""
    checks = _Checks(derivation, problem, verifier, limits, stop)
    return DerivationReport(tuple(checks.reports()), derivation.refutation is not None)


@dataclass
class _Checks:
    derivation: Derivation
    problem: Problem
    verifier: Verifier
    limits: Limits
    stop: threading.Event | None

    def __post_init__(self) -> None:
        self.given = {formula.name: formula for formula in self.problem.formulas}
        used = (symbols(formula.formula) for formula in self.problem.formulas)
        self.known: frozenset[Symbol] = frozenset().union(*used)

    def reports(self) -> Iterator[StepReport]:
        for step in self.derivation.steps:
            begun = time.monotonic()
            try:
                how = self._checked(step)
                yield StepReport(step, True, how, time.monotonic() - begun)
            except _Refused as refused:
                seconds = time.monotonic() - begun
                yield StepReport(step, False, "", seconds, str(refused))
            self.known |= symbols(step.formula)

    def _checked(self, step: Step) -> str:
        """How ``step`` was verified. Raises `_Refused` if it was not."""
        match step.status:
            case StepStatus.LEAF:
                return self._leaf(step)
            case StepStatus.DEFINITION:
                if not is_definition(step.formula, self.known):
                    raise _Refused("not a definition of a new symbol")
                return "definition"
            case StepStatus.COUNTER_THEOREM | StepStatus.THEOREM:
                return self._entailed(self._premises(step), step.formula)
            case StepStatus.EQUISATISFIABLE:
                return self._skolemized(step)
            case _:
                raise _Refused(f"{step.rule}: unknown status")

    def _leaf(self, step: Step) -> str:
        given = self.given.get(step.leaf or "")
        if given is None:
            raise _Refused(f"the problem has no formula {step.leaf}")
        conjecture = given.role is Role.CONJECTURE
        if (step.written.role is Role.CONJECTURE) != conjecture or (
            given.role in Problem.NOT_ASSUMED and not conjecture
        ):
            raise _Refused(f"{step.leaf} has the role {given.role} in the problem")
        if alpha_equivalent(step.formula, given.closed):
            return "problem"
        if conjecture:
            return self._entailed([step.formula], given.closed)
        return self._entailed([given.closed], step.formula)

    def _skolemized(self, step: Step) -> str:
        premises = self._premises(step)
        new = symbols(step.formula) - self.known
        try:
            original = deskolemized(step.formula, new)
        except NotSkolemized as error:
            raise _Refused(str(error)) from None
        except RecursionError:
            raise _Refused("nested too deeply") from None
        return f"Skolemization, {self._entailed(premises, original)}"

    def _premises(self, step: Step) -> list[Formula]:
        assert step.inference is not None
        return list(self._assumed(step.inference))

    def _assumed(self, inference: Inference) -> Iterator[Formula]:
        """What the innermost parents of ``inference`` say; conjectures only as negated."""
        parents = [
            self.derivation.by_name[parent] if isinstance(parent, str) else parent
            for parent in inference.parents
        ]
        if inference.status is StepStatus.COUNTER_THEOREM:
            match parents:
                case [Step() as parent] if parent.written.role is Role.CONJECTURE:
                    yield Not(self._goal(parent))
                    return
                case _:
                    raise _Refused("only a conjecture of the problem may be negated")
        for premise in parents:
            if isinstance(premise, Inference):
                yield from self._assumed(premise)
            elif premise.written.role is Role.CONJECTURE:
                raise _Refused(f"the conjecture {premise.name} is used as if it were true")
            else:
                yield premise.formula

    def _goal(self, conjecture: Step) -> Formula:
        """What may be assumed to be false: one of several conjectures only with all of them."""
        if len(self.problem.conjectures) <= 1:
            return conjecture.formula
        raise _Refused("one of several conjectures is negated alone")

    def _entailed(self, premises: Sequence[Formula], conclusion: Formula) -> str:
        """Who proved ``conclusion`` from ``premises``. Raises `_Refused` if nobody did."""
        if conclusion in premises:
            return "identity"
        provers = {self._proved(premises, part) for part in conjuncts(conclusion)}
        return ", ".join(sorted(provers))

    def _proved(self, premises: Sequence[Formula], conclusion: Formula) -> str:
        named = [(f"premise_{index}", premise) for index, premise in enumerate(premises)]
        question = Problem(Problem.of(named, conclusion).formulas, self.problem.types)
        answer = self.verifier.prove(question, self.limits, self.stop)
        if not answer.status.proved:
            raise _Refused(f"{answer.prover}: {answer.status}")
        return f"{answer.prover} {answer.version}"


class _Refused(Exception):
    """A step is not verified; the message says why."""
