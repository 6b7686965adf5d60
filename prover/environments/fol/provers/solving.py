"""Solving one SMT-LIB script with z3 or cvc5, inside a process of its own.

This runs in a forked child of the supervisor; nothing here needs to be careful with time or
memory, and a crash harms nobody.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_TABLE_ENTRIES = 50_000


@dataclass(frozen=True)
class Request:
    """A script to be decided by ``engine`` (``z3`` or ``cvc5``) under ``options``.

    ``symbols``: name, argument sorts and result sort of what a model must interpret, all in
    SMT-LIB's names; ``sorts``: the uninterpreted ones.
    """

    engine: str
    script: str
    options: tuple[tuple[str, str], ...]
    seconds: float
    want_core: bool
    symbols: tuple[tuple[str, tuple[str, ...], str], ...] = ()
    sorts: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawModel:
    """Sizes of the sorts, and for each symbol its table: a row of element numbers to a number
    (0 and 1 for truth values)."""

    sizes: dict[str, int]
    tables: dict[str, dict[tuple[int, ...], int]]


@dataclass(frozen=True)
class Response:
    """``result`` is ``unsat``, ``sat``, ``unknown`` (why: ``reason``) or ``error``.

    ``core`` holds indices of assertions that are unsatisfiable together.
    """

    result: str
    reason: str = ""
    core: tuple[int, ...] | None = None
    model: RawModel | None = None


def load() -> dict[str, str]:
    """Import the engines that are installed; their versions by name."""
    versions = {}
    try:
        import z3

        z3.main_ctx()
        versions["z3"] = z3.get_version_string()
    except Exception:  # whatever a broken installation raises: then there is no z3
        pass
    try:
        import cvc5

        versions["cvc5"] = cvc5.__version__
    except Exception:
        pass
    return versions


def solve(request: Request) -> Response:
    """Decide the script of ``request``."""
    try:
        return _z3(request) if request.engine == "z3" else _cvc5(request)
    except MemoryError:
        raise
    except Exception as error:  # of whatever kind the engine raises: it is told to the client
        return Response("error", f"{type(error).__name__}: {error}".strip()[:500])


def _z3(request: Request) -> Response:
    import z3

    begun = time.monotonic()
    assertions = z3.parse_smt2_string(request.script)
    solver = _z3_solver(request, request.seconds)
    solver.add(*assertions)
    result = solver.check()
    if result == z3.unsat:
        left = request.seconds - (time.monotonic() - begun)
        return Response("unsat", core=_z3_core(request, assertions, left))
    if result == z3.sat:
        return Response("sat", model=_z3_model(solver.model(), request, assertions))
    return Response("unknown", solver.reason_unknown())


def _z3_solver(request: Request, seconds: float) -> Any:
    import z3

    solver = z3.Solver()
    solver.set(timeout=max(int(seconds * 1000), 1))
    for name, value in request.options:
        solver.set(name, _value(value))
    return solver


def _z3_core(request: Request, assertions: Any, seconds: float) -> tuple[int, ...] | None:
    """Indices of assertions that are unsatisfiable together, None if z3 does not find out.

    It is a second run, because tracked assertions keep z3 from finding models.
    """
    if not request.want_core or seconds <= 0:
        return None
    solver = _z3_solver(request, seconds)
    solver.set(unsat_core=True)
    for index, assertion in enumerate(assertions):
        solver.assert_and_track(assertion, f"a{index}")
    if str(solver.check()) != "unsat":
        return None
    return tuple(sorted(int(str(name)[1:]) for name in solver.unsat_core()))


def _value(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.lstrip("-").isdigit() else text


def _z3_model(model: Any, request: Request, assertions: Any) -> RawModel | None:
    import z3

    sorts = {sort.name(): sort for sort in model.sorts()}
    elements = {
        name: list(model.get_universe(sorts[name])) if name in sorts
        else [z3.Const("element", z3.DeclareSort(name))]  # any one will do
        for name in request.sorts
    }  # fmt: skip
    declared = _z3_declarations(assertions)
    numbers = {
        name: {element.get_id(): index for index, element in enumerate(listed)}
        for name, listed in elements.items()
    }

    def value(symbol: str, row: Sequence[Any], sort: str) -> int | None:
        term = model.eval(declared[symbol](*row), model_completion=True)
        if sort == "Bool":
            return int(z3.is_true(term))
        single = 0 if len(elements[sort]) == 1 else None
        return numbers[sort].get(term.get_id(), single)

    return _tables(request, elements, value, declared)


def _z3_declarations(assertions: Any) -> dict[str, Any]:
    import z3

    found: dict[str, Any] = {}
    seen: set[int] = set()
    stack = list(assertions)
    while stack:
        node = stack.pop()
        if node.get_id() in seen:
            continue
        seen.add(node.get_id())
        if z3.is_app(node):  # not a quantifier or one of its variables
            found.setdefault(node.decl().name(), node.decl())
        stack.extend(node.children())
    return found


def _cvc5(request: Request) -> Response:
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(max(int(request.seconds * 1000), 1)))
    solver.setOption("produce-unsat-cores", "true" if request.want_core else "false")
    solver.setOption("produce-models", "true" if request.symbols or request.sorts else "false")
    for name, value in request.options:
        solver.setOption(name, value)
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, request.script, "problem")
    manager = parser.getSymbolManager()
    while not (command := parser.nextCommand()).isNull():
        said = str(command.invoke(solver, manager))
        if said.startswith("(error"):
            return Response("error", said[:500])
    result = solver.checkSat()
    if result.isUnsat():
        return Response("unsat", core=_cvc5_core(solver) if request.want_core else None)
    if result.isSat():
        return Response("sat", model=_cvc5_model(solver, manager, request))
    return Response("unknown", str(result.getUnknownExplanation()))


def _cvc5_core(solver: Any) -> tuple[int, ...]:
    wanted = set(solver.getUnsatCore())
    return tuple(i for i, term in enumerate(solver.getAssertions()) if term in wanted)


def _cvc5_model(solver: Any, manager: Any, request: Request) -> RawModel | None:
    import cvc5

    sorts = {str(sort): sort for sort in manager.getDeclaredSorts()}
    declared = {term.getSymbol(): term for term in manager.getDeclaredTerms()}
    elements = {
        name: list(solver.getModelDomainElements(sorts[name])) if name in sorts else []
        for name in request.sorts
    }
    numbers = {
        name: {element: index for index, element in enumerate(listed)}
        for name, listed in elements.items()
    }

    def value(symbol: str, row: Sequence[Any], sort: str) -> int | None:
        term = declared[symbol]
        if row:
            term = solver.getTermManager().mkTerm(cvc5.Kind.APPLY_UF, term, *row)
        result = solver.getValue(term)
        if sort == "Bool":
            return int(result.getBooleanValue())
        return numbers[sort].get(result)

    return _tables(request, elements, value, declared)


def _tables(
    request: Request, elements: dict[str, list[Any]], value: Any, declared: dict[str, Any]
) -> RawModel | None:
    """The tables of all symbols; None when they would be too large or are not finite."""
    sizes = {name: len(listed) for name, listed in elements.items()}
    entries = 0
    tables: dict[str, dict[tuple[int, ...], int]] = {}
    for symbol, arguments, result in request.symbols:
        if any(sort not in elements for sort in (*arguments, result) if sort != "Bool"):
            return None
        table: dict[tuple[int, ...], int] = {}
        for row in itertools.product(*(range(len(elements[sort])) for sort in arguments)):
            entries += 1
            if entries > MAX_TABLE_ENTRIES:
                return None
            number = 0
            if symbol in declared:
                terms = [elements[s][i] for s, i in zip(arguments, row, strict=True)]
                number = value(symbol, terms, result)
                if number is None:
                    return None
            table[row] = number
        tables[symbol] = table
    return RawModel(sizes, tables)
