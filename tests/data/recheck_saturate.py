"""Answers of the kind saturate checked anew from the text of records.

What follows is proved again by a prover that did not confirm it when it was made (E, or the other
one of z3 and cvc5). The counter-model of what does not follow is read from the record, and z3
decides whether the statements, written out for all its elements, are true in it. That a choice of
premises is the only one is shown by new counter-models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import z3

from data.saturate.reconstruction import read_steps
from prover.environments.fol.provers.contracts import Limits, Prover
from prover.environments.fol.provers.eprover import EProver
from prover.environments.fol.provers.smt import cvc5_strategies, z3_strategies
from prover.environments.fol.syntax import (
    Binary,
    Connective,
    Equality,
    Formula,
    Not,
    Predicate,
    Problem,
    Quantified,
    Quantifier,
    Term,
    Truth,
    Variable,
)
from prover.environments.fol.tptp import parse_problem

Record = dict[str, Any]
LIMITS = Limits(seconds=30.0)


def recheck_saturate(record: Record, limits: Limits = LIMITS) -> bool:
    """Whether the answer of ``record`` is right, as far as other provers find out."""
    problem = parse_problem(record["problem"])
    statements = [premise.closed for premise in problem.premises]
    goal = problem.goal
    assert goal is not None
    others = _Provers(_others(record["evidence"]), limits)
    match record["task"]:
        case "entailment" if record["answer"] == "yes":
            return others.prove(statements, goal)
        case "entailment":
            return _Model(record["evidence"]).refutes(statements, goal)
        case "selection":
            return _only_choice(record, statements, goal, others)
        case _:
            return _steps_hold(record, statements, goal, others)


def _others(evidence: str) -> list[Prover]:
    """Provers of which the evidence does not speak."""
    claim = evidence.partition(";")[0]
    smt = [p for p in (*z3_strategies(), *cvc5_strategies()) if p.engine not in claim]
    return [EProver(derivation=False), *smt]


@dataclass(frozen=True)
class _Provers:
    """Provers that are asked in turn."""

    members: Sequence[Prover]
    limits: Limits

    def prove(self, premises: Sequence[Formula], goal: Formula) -> bool:
        """Whether one of them finds that ``goal`` follows."""
        question = _question(premises, goal)
        return any(p.prove(question, self.limits).status.proved for p in self.members)

    def refute(self, premises: Sequence[Formula], goal: Formula) -> bool:
        """Whether one of them finds that it does not."""
        question = _question(premises, goal)
        return any(p.prove(question, self.limits).status.refuted for p in self.members)


def _question(premises: Sequence[Formula], goal: Formula) -> Problem:
    return Problem.of([(f"p{n}", premise) for n, premise in enumerate(premises)], goal)


def _only_choice(
    record: Record, premises: Sequence[Formula], goal: Formula, others: _Provers
) -> bool:
    chosen = {int(number) - 1 for number in record["answer"].split(",")}
    finders = (*cvc5_strategies()[1:], z3_strategies()[0], EProver(derivation=False))
    for needed in chosen:
        rest = [premise for n, premise in enumerate(premises) if n != needed]
        if not _Provers(finders, others.limits).refute(rest, goal):
            return False
    return others.prove([premises[n] for n in sorted(chosen)], goal)


def _steps_hold(
    record: Record, statements: Sequence[Formula], goal: Formula, others: _Provers
) -> bool:
    known = set(record["given"])
    for number, parents in read_steps(record["answer"]).items():  # in the order of the lines
        above = [statements[parent - 1] for parent in sorted(parents)]
        if not parents <= known or not others.prove(above, statements[number - 1]):
            return False
        known.add(number)
    return known == set(range(1, len(statements) + 1)) and goal in statements


# ----------------------------------------------------------------------------- finite models in z3

_LINE = re.compile(r"^(\w+)(?:\(([\d,]*)\))? = (\d+)$|^(\w+): (.*)$")


class _Model:
    """A finite model as a record shows it."""

    def __init__(self, evidence: str) -> None:
        lines = evidence.splitlines()[1:]
        domain = next(line for line in lines if line.startswith("domain $i"))
        self.size = len(re.findall(r"\d+", domain.partition(":")[2]))
        self.functions: dict[tuple[str, tuple[int, ...]], int] = {}
        self.predicates: dict[str, set[tuple[int, ...]]] = {}
        for line in lines:
            found = _LINE.match(line)
            if found is None:
                continue
            if found[1]:
                row = tuple(int(n) for n in (found[2] or "").split(",") if n)
                self.functions[found[1], row] = int(found[3])
            else:
                self.predicates[found[4]] = _rows(found[5])

    def refutes(self, premises: Sequence[Formula], goal: Formula) -> bool:
        """Whether the premises are true here and the goal is false, as z3 sees it."""
        solver = z3.Solver()
        solver.add(*(self._formula(premise, {}) for premise in premises))
        solver.add(z3.Not(self._formula(goal, {})))
        return bool(solver.check() == z3.sat)

    def _formula(self, formula: Formula, values: dict[str, int]) -> z3.BoolRef:
        match formula:
            case Truth(value):
                return z3.BoolVal(value)
            case Predicate(name, arguments):
                row = tuple(self._term(a, values) for a in arguments)
                return z3.BoolVal(row in self.predicates[name])
            case Equality(left, right):
                return z3.IntVal(self._term(left, values)) == self._term(right, values)
            case Not(body):
                return z3.Not(self._formula(body, values))
            case Binary(connective, left, right):
                one, two = self._formula(left, values), self._formula(right, values)
                return {
                    Connective.AND: z3.And(one, two), Connective.OR: z3.Or(one, two),
                    Connective.IMPLIES: z3.Implies(one, two), Connective.IFF: one == two,
                }[connective]  # fmt: skip
            case Quantified(quantifier, variable, body):
                instances = [self._formula(body, {**values, variable: n})
                             for n in range(self.size)]  # fmt: skip
                return (z3.And if quantifier is Quantifier.FORALL else z3.Or)(instances)

    def _term(self, term: Term, values: dict[str, int]) -> int:
        if isinstance(term, Variable):
            return values[term.name]
        return self.functions[term.name, tuple(self._term(a, values) for a in term.arguments)]


def _rows(text: str) -> set[tuple[int, ...]]:
    if text in ("true", "false"):
        return {()} if text == "true" else set()
    pairs = re.findall(r"\(([\d, ]+)\)", text)
    if pairs:
        return {tuple(int(n) for n in pair.split(",")) for pair in pairs}
    return {(int(n),) for n in re.findall(r"\d+", text)}
