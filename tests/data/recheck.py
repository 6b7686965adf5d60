"""Answers checked anew from the text of records, by other means than they were made with.

sat: z3 instead of SAT solvers. ontology: the English is read again; labels of open worlds come
from z3 instead of cvc5, those of closed worlds from an evaluation of the rules read, by strata.
saturate: see `recheck_saturate`.
mutate: the checker behind ``lemma check``, in a process of its own, from the text.
"""

from __future__ import annotations

import atexit
import functools
import graphlib
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import z3

from data.ontology.judging import Judge
from data.ontology.statements import Claim, Fact, Literal, Neighbour, Rule, Statement, Trait
from data.ontology.understanding import parse_sentence
from data.ontology.vocabulary import Lexicon
from data.sat.formulas import Cnf
from prover.environments.fol.provers.contracts import Limits
from prover.environments.fol.provers.smt import z3_strategies
from prover.environments.fol.syntax import Not
from prover.environments.fol.tptp import parse_problem
from prover.environments.lean.backend import EmbeddedLauncher
from prover.environments.lean.checker import LeanChecker
from prover.environments.lean.source import LeanSource
from tests.data.recheck_saturate import LIMITS, recheck_saturate

Record = dict[str, Any]


def recheck(record: Record, patience: float = 1.0) -> bool:
    """Whether the answer of ``record`` is found to be right. Where this takes provers that may
    not come to an end, they have ``patience`` times their usual seconds."""
    checks: dict[str, Callable[[Record], bool]] = {
        "sat": _sat, "ontology": _ontology, "mutate": _mutate,
        "saturate": partial(recheck_saturate, limits=Limits(patience * LIMITS.seconds)),
    }  # fmt: skip
    return checks[record["kind"]](record)


# ------------------------------------------------------------------------------------------- sat


def _sat(record: Record) -> bool:
    cnf, answer = Cnf.parse(record["dimacs"]), record["answer"]
    everything = list(range(len(cnf.clauses)))
    satisfiable = _holds(cnf, everything)
    if satisfiable is not record["satisfiable"]:
        return False
    match record["question"]:
        case "satisfiability":
            return bool((answer == "yes") is (satisfiable is not (record["rendering"] == "dual")))
        case "model":
            return _satisfied(cnf, answer) == len(everything)
        case "maximum":
            return _satisfied(cnf, answer) == _most(cnf)
        case "core":
            core = [int(n) - 1 for n in answer.split(",")]
            return not _holds(cnf, core) and all(
                _holds(cnf, [m for m in core if m != n]) for n in core
            )
        case _:
            subset = [int(n) - 1 for n in answer.split(",")]
            others = [n for n in everything if n not in subset]
            return _holds(cnf, subset) and not any(_holds(cnf, [*subset, n]) for n in others)


def _clause(clause: tuple[int, ...]) -> z3.BoolRef:
    return z3.Or([z3.Bool(f"v{v}") if v > 0 else z3.Not(z3.Bool(f"v{-v}")) for v in clause])


def _holds(cnf: Cnf, numbers: list[int]) -> bool:
    solver = z3.Solver()
    solver.add(*(_clause(cnf.clauses[n]) for n in numbers))
    return bool(solver.check() == z3.sat)


def _most(cnf: Cnf) -> int:
    optimizer = z3.Optimize()
    for clause in cnf.clauses:
        optimizer.add_soft(_clause(clause))
    assert optimizer.check() == z3.sat
    model = optimizer.model()
    return sum(z3.is_true(model.eval(_clause(c), model_completion=True)) for c in cnf.clauses)


def _satisfied(cnf: Cnf, digits: str) -> int:
    truth = {n: digit == "1" for n, digit in enumerate(digits, start=1)}
    return sum(any(truth[abs(v)] is (v > 0) for v in clause) for clause in cnf.clauses)


# ---------------------------------------------------------------------------------------- mutate


@functools.cache
def _lean() -> LeanChecker:
    checker = LeanChecker(EmbeddedLauncher())
    atexit.register(checker.close)
    return checker


def _mutate(record: Record) -> bool:
    head = f"{record['header']}\n\n{record['statement']} := by\n"
    proof, hole = (LeanSource(Path(name), head + textwrap.indent(tactics, "  "))
                   for name, tactics in (("proof", record["answer"]), ("hole", "sorry")))
    verdicts = _lean().check_file(proof, hole)
    return [v.theorem for v in verdicts if v.verdict.accepted] == [record["name"]]


# -------------------------------------------------------------------------------------- ontology


def _ontology(record: Record) -> bool:
    lexicon = Lexicon(*(tuple(record[k]) for k in ("names", "nouns", "adjectives", "verbs")))
    read = [parse_sentence(text.rstrip("."), lexicon) for text in record["statements"]]
    statements = [statement for statement in read if statement is not None]
    query = parse_sentence(record["query"].rstrip("."), lexicon)
    if len(statements) < len(read) or not isinstance(query, Fact):
        return False
    if any(text not in record["prompt"] for text in (*record["statements"], record["query"])):
        return False
    problem = parse_problem(record["problem"])
    if problem.goal != query.formula():
        return False
    if record["task"] == "closed":
        return bool(_closed_label(statements, query) == record["label"])
    if [premise.closed for premise in problem.premises] != [s.formula() for s in statements]:
        return False
    return bool(_open_label(statements, query) == record["label"])


def _open_label(statements: list[Statement], query: Fact) -> str:
    judge = Judge([z3_strategies()[0]])
    logic, goal = [statement.formula() for statement in statements], query.formula()
    assert judge.consistent(logic)
    if judge.entails(logic, goal):
        return "true"
    return "false" if judge.entails(logic, Not(goal)) else "unknown"


def _closed_label(statements: list[Statement], query: Fact) -> str:
    facts = [s for s in statements if isinstance(s, Fact)]
    rules = [s for s in statements if isinstance(s, Rule)]
    true = {(f.subject, f.claim.literals[0].trait) for f in facts}
    links = {(a, t.word, t.object) for a, t in true if t.object is not None}
    things = {f.subject for f in facts} | {t.object for _, t in true if t.object is not None}
    things |= {query.subject}
    below: dict[Trait, set[Trait]] = {}
    for rule in rules:
        head = rule.conclusion.literals[0].trait
        below.setdefault(head, set()).update(lit.trait for lit in _claim(rule).literals)

    def meets(thing: str | None, claim: Claim) -> bool:
        return all(((thing, lit.trait) in true) is lit.positive for lit in claim.literals)

    for trait in graphlib.TopologicalSorter(below).static_order():
        for rule in (r for r in rules if r.conclusion.literals[0] == Literal(trait)):
            for thing in things:
                if isinstance(rule.condition, Neighbour):
                    near = [b for a, verb, b in links
                            if (a, verb) == (thing, rule.condition.verb)]  # fmt: skip
                    fires = any(meets(b, rule.condition.claim) for b in near)
                else:
                    fires = meets(thing, rule.condition)
                if fires:
                    true.add((thing, trait))
    return "true" if meets(query.subject, query.claim) else "false"


def _claim(rule: Rule) -> Claim:
    return rule.condition.claim if isinstance(rule.condition, Neighbour) else rule.condition
