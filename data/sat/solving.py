"""What SAT solvers are asked for: models, minimal cores, maximal satisfiable subsets.

Answers are found with one solver and verified with another, unrelated one.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from data.sat.formulas import Clause, Cnf
from prover.contracts import LemmaError

FINDER, VERIFIER = "glucose4", "cadical153"


def version() -> str:
    """The version of python-sat. Raises `LemmaError` if it is not installed."""
    try:
        return importlib.metadata.version("python-sat")
    except importlib.metadata.PackageNotFoundError:
        raise LemmaError("satisfiability needs python-sat", remedy="pip install python-sat"
                         ) from None


def model(cnf: Cnf, solver: str = FINDER) -> dict[int, bool] | None:
    """A satisfying assignment of all variables, None if there is none."""
    with _solver(solver, cnf.clauses) as engine:
        if not engine.solve():
            return None
        assignment = dict.fromkeys(range(1, cnf.variables + 1), False)
        assignment.update((abs(literal), literal > 0) for literal in engine.get_model())
        return {variable: assignment[variable] for variable in range(1, cnf.variables + 1)}


def satisfiable(cnf: Cnf, solver: str = FINDER) -> bool:
    """Whether there is a satisfying assignment."""
    with _solver(solver, cnf.clauses) as engine:
        return bool(engine.solve())


class Growing:
    """A formula that clauses are added to until it is unsatisfiable."""

    def __init__(self) -> None:
        self._clauses: list[Clause] = []
        self._model: set[int] = set()

    def satisfiable_with(self, clauses: Iterable[Clause]) -> bool:
        """Whether the clauses so far and these have a model; if so, these are added."""
        added = list(clauses)
        if not all(any(literal in self._model for literal in clause) for clause in added):
            with _solver(FINDER, [*self._clauses, *added]) as engine:
                if not engine.solve():
                    return False
                self._model = set(engine.get_model())
        self._clauses += added
        return True


def minimal_core(cnf: Cnf, order: list[int]) -> list[int]:
    """The numbers of a minimal unsatisfiable set of clauses of an unsatisfiable ``cnf``.

    Clauses are tried for removal in ``order`` (numbers from 1), those left out last.
    """
    with _selecting(FINDER, cnf) as (engine, selectors):
        core = list(range(1, len(cnf.clauses) + 1))
        for number in order:
            if number not in core:
                continue
            rest = [selectors[n] for n in core if n != number]
            if not engine.solve(assumptions=rest):
                kept = set(engine.get_core() or ())
                core = [n for n in core if selectors[n] in kept]
        return core


def maximal_subset(cnf: Cnf, order: list[int]) -> list[int]:
    """The numbers of a satisfiable set of clauses to which none can be added, grown in
    ``order`` (of all numbers, from 1)."""
    with _selecting(FINDER, cnf) as (engine, selectors):
        subset: list[int] = []
        for number in order:
            if engine.solve(assumptions=[selectors[n] for n in (*subset, number)]):
                subset.append(number)
        return sorted(subset)


def maximum_assignment(cnf: Cnf) -> tuple[int, dict[int, bool]]:
    """The most clauses that an assignment satisfies, and such an assignment."""
    from pysat.examples.rc2 import RC2
    from pysat.formula import WCNF

    formula = WCNF()
    for clause in cnf.clauses:
        formula.append(list(clause), weight=1)
    with RC2(formula, solver=FINDER) as engine:
        found = set(engine.compute())
    assignment = {variable: variable in found for variable in range(1, cnf.variables + 1)}
    return len(cnf.satisfied(assignment)), assignment


def can_satisfy(cnf: Cnf, count: int, solver: str = VERIFIER) -> bool:
    """Whether an assignment satisfies at least ``count`` clauses."""
    from pysat.card import CardEnc, EncType

    first = cnf.variables + 1
    selectors = list(range(first, first + len(cnf.clauses)))
    bound = CardEnc.atleast(selectors, count, top_id=selectors[-1], encoding=EncType.totalizer)
    clauses = [(*clause, -s) for clause, s in zip(cnf.clauses, selectors, strict=True)]
    with _solver(solver, [*clauses, *map(tuple, bound.clauses)]) as engine:
        return bool(engine.solve())


def removable(cnf: Cnf, core: Iterable[int], solver: str = VERIFIER) -> list[int]:
    """Members of an unsatisfiable ``core`` without which it stays unsatisfiable."""
    members = sorted(set(core))
    with _selecting(solver, cnf) as (engine, selectors):
        return [
            member for member in members
            if not engine.solve(assumptions=[selectors[n] for n in members if n != member])
        ]  # fmt: skip


def addable(cnf: Cnf, subset: Iterable[int], solver: str = VERIFIER) -> list[int]:
    """Clauses not in a satisfiable ``subset`` with which it stays satisfiable."""
    members = sorted(set(subset))
    others = [n for n in range(1, len(cnf.clauses) + 1) if n not in set(members)]
    with _selecting(solver, cnf) as (engine, selectors):
        chosen = [selectors[n] for n in members]
        return [n for n in others if engine.solve(assumptions=[*chosen, selectors[n]])]


@contextmanager
def _solver(name: str, clauses: Iterable[Clause]) -> Iterator[Any]:
    try:
        from pysat.solvers import Solver
    except ImportError:
        version()
        raise
    with Solver(name=name, bootstrap_with=[list(clause) for clause in clauses]) as engine:
        yield engine


@contextmanager
def _selecting(name: str, cnf: Cnf) -> Iterator[tuple[Any, dict[int, int]]]:
    """A solver in which the clause with number n holds if its selector is assumed."""
    selectors = {n: cnf.variables + n for n in range(1, len(cnf.clauses) + 1)}
    guarded = [(*cnf.clauses[n - 1], -selector) for n, selector in selectors.items()]
    with _solver(name, guarded) as engine:
        yield engine, selectors
