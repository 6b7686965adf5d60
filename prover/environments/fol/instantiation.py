"""Which instances refute a universal form? z3 and cvc5 are asked what they instantiated.

Both refute by instantiating quantifiers and can tell with which terms. The instances found are
reduced to a small set that contradicts itself by propositional reasoning with equality, which z3
decides. Nothing here is trusted: a proof made from wrong instances fails in Lean.

The engines run in a process of their own (this module's `main`), which is stopped at the limit.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import pickle
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from prover.environments.fol.herbrand import Instance, Part, UniversalForm
from prover.environments.fol.syntax import (
    Binary,
    Connective,
    Equality,
    Formula,
    Function,
    Not,
    Predicate,
    Symbol,
    Term,
    Truth,
    Variable,
    postorder,
    size,
    symbols,
)

_ENGINES = ("z3", "cvc5-enum", "z3-ematching", "cvc5")
_ROUNDS = (0.1, 0.4)  # shares of the time that each engine gets, first briefly, then at length
_GRACE_S = 0.5
_START_S = 20.0
_MAX_FURTHER = 400  # instances of one part
_LENGTH = struct.Struct(">Q")
_Bindings = dict[str, Term]


def refuting_instances(
    form: UniversalForm, default: Term, seconds: float = 10.0
) -> list[Instance] | None:
    """A small list of instances of the parts of ``form`` that contradict each other, or None.

    ``default`` stands for variables whose value is open. At most about ``seconds`` are used.
    """
    deadline = time.monotonic() + seconds
    for share in _ROUNDS:
        for engine in _ENGINES:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            found = _worker().ask(engine, form, default, min(left, max(share * seconds, 0.2)))
            if found is not None:
                return found
    return None


class _Worker:
    """The process that runs the engines; it is ended when an engine overruns its time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(
        self, engine: str, form: UniversalForm, default: Term, seconds: float
    ) -> list[Instance] | None:
        """The instances that ``engine`` finds, or None."""
        request = pickle.dumps((engine, form.parts, default, seconds))
        with self._lock:
            answer = self._answer(request, seconds)
        if answer is None:
            return None
        return [Instance(form.parts[index], terms) for index, terms in answer]

    def _answer(
        self, request: bytes, seconds: float
    ) -> list[tuple[int, tuple[Term, ...]]] | None:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(_LENGTH.pack(len(request)) + request)
            process.stdin.flush()
            if not select.select([process.stdout], [], [], seconds + _GRACE_S)[0]:
                raise TimeoutError
            (length,) = _LENGTH.unpack(process.stdout.read(_LENGTH.size))
            return pickle.loads(process.stdout.read(length))  # type: ignore[no-any-return]
        except (OSError, struct.error, EOFError, pickle.UnpicklingError):
            self.close()
            return None

    def _running(self) -> subprocess.Popen[bytes]:
        """The process, once it has said that it is ready."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "prover.environments.fol.instantiation"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )
            assert self._process.stdout is not None
            select.select([self._process.stdout], [], [], _START_S)
            self._process.stdout.read(1)
        return self._process

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()


@functools.cache
def _worker() -> _Worker:
    worker = _Worker()
    atexit.register(worker.close)
    return worker


def main() -> None:
    """Answer requests on standard input until it ends."""
    import cvc5
    import z3

    del cvc5, z3  # loaded now, so that no engine's time is spent on it
    write = sys.stdout.buffer.write
    write(b"!")
    sys.stdout.buffer.flush()
    while header := sys.stdin.buffer.read(_LENGTH.size):
        (length,) = _LENGTH.unpack(header)
        answer = pickle.dumps(_answered(*pickle.loads(sys.stdin.buffer.read(length))))
        write(_LENGTH.pack(len(answer)) + answer)
        sys.stdout.buffer.flush()


def _answered(
    engine: str, parts: Sequence[Part], default: Term, seconds: float
) -> list[tuple[int, tuple[Term, ...]]] | None:
    import z3

    search = _cvc5_bindings if engine.startswith("cvc5") else _z3_bindings
    try:
        bindings = search(parts, default, engine, seconds)
        if bindings is None:
            return None
        found = list(candidates(parts, bindings, default))
        return _smallest(parts, found) or _smallest(
            parts, [*found, *further_candidates(parts, found, default)]
        )
    except (RuntimeError, z3.Z3Exception):  # an engine gave up in its own way
        return None


def candidates(
    parts: Sequence[Part], bindings: Iterable[_Bindings], default: Term
) -> Iterator[tuple[int, tuple[Term, ...]]]:
    """The instances of parts that the engines' bindings of variables give, each once.

    An engine may have got rid of a variable; every part is instantiated whose variables are
    bound, the others with ``default``.
    """
    seen = set()
    known = list(bindings)
    for index, part in enumerate(parts):
        relevant: list[_Bindings] = [b for b in known if any(v in b for v in part.variables)]
        for binding in relevant if part.variables else [{}]:
            terms = tuple(binding.get(v, default) for v in part.variables)
            if (index, terms) not in seen:
                seen.add((index, terms))
                yield index, terms


def further_candidates(
    parts: Sequence[Part], found: Iterable[tuple[int, tuple[Term, ...]]], default: Term
) -> Iterator[tuple[int, tuple[Term, ...]]]:
    """Instances with any small terms of the instances ``found``.

    An engine that solves equations for variables on its own does not tell with what it
    instantiated those.
    """
    terms: set[Term] = {default}
    for index, values in found:
        ground = Instance(parts[index], values).matrix
        terms |= {node for node in postorder(ground) if isinstance(node, Function)}
    pool = sorted(terms, key=lambda t: (size(t), str(t)))
    for index, part in enumerate(parts):
        arity = max(len(part.variables), 1)
        usable = pool[:max(2, int(_MAX_FURTHER ** (1 / arity)))]
        for chosen in itertools.product(usable, repeat=len(part.variables)):
            yield index, chosen


# ----------------------------------------------------------------------------------------- engines


class _Names:
    """Symbols as plain numbered names and back."""

    def __init__(self, parts: Sequence[Part], default: Term) -> None:
        found = set(symbols(default))
        for part in parts:
            found |= symbols(part.matrix)
        self.symbols = sorted(found)
        self.code = {symbol: f"s{index}" for index, symbol in enumerate(self.symbols)}
        self.by_code = {code: symbol for symbol, code in self.code.items()}


class _Builder:
    """Formulas as terms of an engine: subclasses say how."""

    def __init__(self, parts: Sequence[Part], default: Term) -> None:
        self.names = _Names(parts, default)
        self.default = default

    def formula(self, formula: Formula, scope: dict[str, Any]) -> Any:
        """The quantifier-free ``formula``."""
        match formula:
            case Predicate(name, arguments):
                symbol = Symbol(name, len(arguments), True)
                return self.apply(symbol, [self.term(a, scope) for a in arguments])
            case Equality(left, right):
                return self.equal(self.term(left, scope), self.term(right, scope))
            case Truth(value):
                return self.truth(value)
            case Not(body):
                return self.negation(self.formula(body, scope))
            case Binary(connective, left, right):
                first, second = self.formula(left, scope), self.formula(right, scope)
                return self.join(connective, first, second)
        raise TypeError(type(formula).__name__)

    def term(self, term: Term, scope: dict[str, Any]) -> Any:
        """The term."""
        if isinstance(term, Variable):
            return scope[term.name]
        symbol = Symbol(term.name, len(term.arguments), False)
        return self.apply(symbol, [self.term(a, scope) for a in term.arguments])

    apply: Callable[[Symbol, list[Any]], Any]
    equal: Callable[[Any, Any], Any]
    truth: Callable[[bool], Any]
    negation: Callable[[Any], Any]
    join: Callable[[Connective, Any, Any], Any]


class _Z3Builder(_Builder):
    def __init__(self, parts: Sequence[Part], default: Term) -> None:
        super().__init__(parts, default)
        import z3

        self.z3 = z3
        self.sort = z3.DeclareSort("U")
        self.declared = {
            symbol: z3.Function(
                code, *[self.sort] * symbol.arity,
                z3.BoolSort() if symbol.is_predicate else self.sort,
            )
            for symbol, code in self.names.code.items()
        }
        self.equal = lambda a, b: a == b
        self.truth = z3.BoolVal
        self.negation = z3.Not

    def apply(self, symbol: Symbol, arguments: list[Any]) -> Any:
        return self.declared[symbol](*arguments)

    def join(self, connective: Connective, left: Any, right: Any) -> Any:
        z3 = self.z3
        match connective:
            case Connective.AND:
                return z3.And(left, right)
            case Connective.OR:
                return z3.Or(left, right)
            case Connective.IMPLIES:
                return z3.Implies(left, right)
            case _:
                return left == right

    def read(self, term: Any) -> Term | None:
        """An engine's term as ours; a constant of the engine's own is as good as any.

        None for an application of the engine's own symbols.
        """
        symbol = self.names.by_code.get(str(term.decl().name()))
        if symbol is None:
            return None if term.num_args() else self.default
        arguments = [self.read(child) for child in term.children()]
        if any(a is None for a in arguments):
            return None
        return Function(symbol.name, tuple(a for a in arguments if a is not None))


def _z3_bindings(
    parts: Sequence[Part], default: Term, engine: str, seconds: float
) -> list[_Bindings] | None:
    """The instances that z3 made on its way to a refutation, or None without one."""
    import z3

    builder = _Z3Builder(parts, default)
    solver = z3.SimpleSolver()
    solver.set("timeout", int(seconds * 1000))
    if engine == "z3-ematching":
        solver.set("mbqi", False)
        solver.set("auto_config", False)
    found: list[_Bindings] = []

    def on_clause(proof: Any, _: Any, __: Any) -> None:
        if proof is None or proof.decl().name() != "inst":
            return
        quantifier, bound = proof.arg(0), proof.arg(2)
        terms = [builder.read(bound.arg(i)) for i in range(bound.num_args())]
        names = [quantifier.var_name(i) for i in range(quantifier.num_vars())]
        found.append({n: t for n, t in zip(names, terms, strict=False) if t is not None})

    watcher = z3.OnClause(solver, on_clause)
    for part in parts:
        scope = {name: z3.Const(name, builder.sort) for name in part.variables}
        body = builder.formula(part.matrix, scope)
        solver.add(z3.ForAll(list(scope.values()), body) if scope else body)
    result = solver.check()
    del watcher
    return found if result == z3.unsat else None


class _Cvc5Builder(_Builder):
    def __init__(self, parts: Sequence[Part], default: Term) -> None:
        super().__init__(parts, default)
        import cvc5

        self.manager = cvc5.TermManager()
        self.kind = cvc5.Kind
        self.sort = self.manager.mkUninterpretedSort("U")
        self.declared = {}
        for symbol, code in self.names.code.items():
            result = self.manager.getBooleanSort() if symbol.is_predicate else self.sort
            if symbol.arity:
                result = self.manager.mkFunctionSort([self.sort] * symbol.arity, result)
            self.declared[symbol] = self.manager.mkConst(result, code)
        self.equal = lambda a, b: self.manager.mkTerm(self.kind.EQUAL, a, b)
        self.truth = self.manager.mkBoolean
        self.negation = lambda a: self.manager.mkTerm(self.kind.NOT, a)

    def apply(self, symbol: Symbol, arguments: list[Any]) -> Any:
        head = self.declared[symbol]
        return self.manager.mkTerm(self.kind.APPLY_UF, head, *arguments) if arguments else head

    def join(self, connective: Connective, left: Any, right: Any) -> Any:
        kind = {
            Connective.AND: self.kind.AND, Connective.OR: self.kind.OR,
            Connective.IMPLIES: self.kind.IMPLIES, Connective.IFF: self.kind.EQUAL,
        }[connective]
        return self.manager.mkTerm(kind, left, right)

    def read(self, term: Any) -> Term | None:
        """As `_Z3Builder.read`."""
        if term.getKind() == self.kind.APPLY_UF:
            head, *arguments = list(term)
        else:
            head, arguments = term, []
        symbol = self.names.by_code.get(str(head))
        if symbol is None:
            return None if arguments else self.default
        read = [self.read(a) for a in arguments]
        if any(a is None for a in read):
            return None
        return Function(symbol.name, tuple(a for a in read if a is not None))


def _cvc5_bindings(
    parts: Sequence[Part], default: Term, engine: str, seconds: float
) -> list[_Bindings] | None:
    """The instances in cvc5's proof, or None without one."""
    import cvc5

    builder = _Cvc5Builder(parts, default)
    manager, kind = builder.manager, builder.kind
    solver = cvc5.Solver(manager)
    solver.setLogic("UF")
    for name, value in (("produce-proofs", "true"), ("tlimit", str(int(seconds * 1000))),
                        ("enum-inst", "true" if engine == "cvc5-enum" else "false")):
        solver.setOption(name, value)
    for part in parts:
        scope = {name: manager.mkVar(builder.sort, name) for name in part.variables}
        body = builder.formula(part.matrix, scope)
        if scope:
            bound = manager.mkTerm(kind.VARIABLE_LIST, *scope.values())
            body = manager.mkTerm(kind.FORALL, bound, body)
        solver.assertFormula(body)
    if not solver.checkSat().isUnsat():
        return None
    found: list[_Bindings] = []
    for step in _proof_steps(solver.getProof()):
        if step.getRule() == cvc5.ProofRule.INSTANTIATE:
            quantified = step.getChildren()[0].getResult()
            terms = [builder.read(t) for t in step.getArguments()[0]]
            names = [str(v) for v in quantified[0]]
            found.append({n: t for n, t in zip(names, terms, strict=False) if t is not None})
    return found


def _proof_steps(roots: Iterable[Any]) -> Iterator[Any]:
    stack, seen = list(roots), set()
    while stack:
        step = stack.pop()
        key = hash(step)
        if key not in seen:
            seen.add(key)
            yield step
            stack.extend(step.getChildren())


# --------------------------------------------------------------------------------------- reduction


def _smallest(
    parts: Sequence[Part], instances: list[tuple[int, tuple[Term, ...]]]
) -> list[tuple[int, tuple[Term, ...]]] | None:
    """A set of instances of which none can be left out; None if all together are satisfiable."""
    import z3

    ground = [Instance(parts[index], terms) for index, terms in instances]
    default = Function("default")
    builder = _Z3Builder([Part((), i.matrix, ()) for i in ground], default)
    solver = z3.SimpleSolver()
    solver.set("unsat_core", True)
    solver.set("core.minimize", True)
    for number, instance in enumerate(ground):
        solver.assert_and_track(builder.formula(instance.matrix, {}), f"i{number}")
    if solver.check() != z3.unsat:
        return None
    core = sorted(int(str(name)[1:]) for name in solver.unsat_core())
    return [instances[number] for number in core]


if __name__ == "__main__":
    main()
