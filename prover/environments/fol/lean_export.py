"""First-order proofs in Lean 4 (core library only), for Lean's kernel to check.

A theorem becomes one over ``{ι : Type} [Nonempty ι]`` with its symbols and axioms as variables.
Tactic steps are translated one to one, with every name and instance spelled out; a prover's step
becomes a Herbrand proof (`lean_ground`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prover.environments.fol import tactic_syntax as syntax
from prover.environments.fol.checker import used_axioms
from prover.environments.fol.lean_ground import (
    COUNTEREXAMPLE_LEMMA,
    PRELUDE,
    Fact,
    GroundWriter,
    NotExportable,
)
from prover.environments.fol.lean_vocabulary import (
    TYPE,
    Names,
    Scope,
    binder,
    distinct_pairs,
    flipped,
    symbol_type,
)
from prover.environments.fol.script import ProofNode
from prover.environments.fol.sequent import INACCESSIBLE, Sequent
from prover.environments.fol.syntax import (
    FALSE,
    Equality,
    Formula,
    Function,
    Not,
    Symbol,
    is_distinct,
    plain_name,
    symbols,
    tptp_name,
)
from prover.environments.fol.tactic_context import ByProver, ByRule
from prover.environments.fol.tactic_printer import TacticPrinter, bullet
from prover.environments.fol.theorem import SHOWN_AXIOMS, FolTheorem


@dataclass(frozen=True)
class LeanProof:
    """A Lean file. ``theorem`` is the name of its main theorem; ``notes`` say what is missing
    (then the proof has a ``sorry`` there)."""

    text: str
    theorem: str
    notes: tuple[str, ...] = ()


def export(theorem: FolTheorem, tree: ProofNode, *, seconds: float = 10.0) -> LeanProof:
    """The theorem with its proof as a Lean file.

    ``seconds`` limits the search for the instances of one prover's step. Raises `NotExportable`
    for problems with types.
    """
    if theorem.problem.is_typed:
        raise NotExportable("typed problems cannot be exported to Lean", file=theorem.file,
                            line=theorem.line, remedy="only fof and cnf can")
    return _Exporter(theorem, tree, seconds).file()


class _Exporter:
    def __init__(self, theorem: FolTheorem, tree: ProofNode, seconds: float) -> None:
        self._theorem, self._tree = theorem, tree
        self._names = Names()
        self._main = self._names.new(theorem.name)
        self._writer = GroundWriter(self._names, self._main, seconds)
        self._notes: list[str] = []
        self._distinct: list[Fact] = []

    def file(self) -> LeanProof:
        """The whole file."""
        scope, binders = self._header()
        target = self._theorem.sequent.target
        statement = scope.node(target)
        proof = _Proof(
            self._theorem, self._names, self._writer, self._notes, tuple(self._distinct)
        )
        body = proof.lines(self._tree, scope)
        main = "\n".join([
            f"theorem {self._main} {{{TYPE} : Type}} [Nonempty {TYPE}]",
            *(f"    {line}" for line in binders),
            f"    : {statement} := by",
            *(f"  {line}" for line in body),
        ])
        about = f"/-! {self._theorem.file.name}: {self._theorem.name}, proved by Lemma. -/"
        parts = [about, *self._writer.lemmas, main]
        if any(COUNTEREXAMPLE_LEMMA in part for part in parts):
            parts.insert(1, PRELUDE)
        text = "\n\n".join(parts) + "\n"
        return LeanProof(text, self._main, tuple(self._notes))

    def _header(self) -> tuple[Scope, list[str]]:
        """The names of the symbols and axioms, and their binders."""
        axioms = self._wanted_axioms()
        formulas = [*axioms.values(), self._theorem.sequent.target]
        mentioned = {s for f in formulas for s in symbols(f)}
        everything = sorted(mentioned | set(_symbols_of_tree(self._tree, self._theorem)))
        names = {symbol: self._names.new(symbol.name) for symbol in everything}
        binders = [binder(name, symbol_type(symbol)) for symbol, name in names.items()]
        scope = Scope(names)
        hypotheses = {}
        for name, formula in axioms.items():
            hypotheses[name] = self._names.new(name)
            binders.append(binder(hypotheses[name], scope.node(formula)))
        objects = (s.name for s in everything if s.is_constant and is_distinct(s.name))
        for pair in distinct_pairs(map(Function, objects)):
            fact = Fact(self._names.new("distinct"), Not(Equality(*pair)))
            self._distinct.append(fact)
            binders.append(binder(fact.proof, scope.node(fact.formula)))
        return Scope(names, {}, dict(hypotheses), hypotheses), binders

    def _wanted_axioms(self) -> dict[str, Formula]:
        """All axioms where they are few, else those that the proof uses."""
        theorem = self._theorem
        names: Iterable[str] = theorem.axioms
        if len(theorem.axioms) > SHOWN_AXIOMS:
            names = used_axioms(self._tree, theorem)
        found = {}
        for name in names:
            formula = theorem.axiom(name)
            assert formula is not None
            found[name] = formula
        return found


def _symbols_of_tree(tree: ProofNode, theorem: FolTheorem) -> Iterable[Symbol]:
    """The symbols of the problem that the proof mentions (in a cut, perhaps, alone)."""
    for node in tree.walk():
        for formula in (node.sequent.target, *(h.formula for h in node.sequent.hypotheses)):
            yield from (s for s in symbols(formula) if s in theorem.signature.symbols)


@dataclass
class _Proof:
    """Translates a proof tree. ``distinct`` says which objects TPTP takes to be unequal."""

    theorem: FolTheorem
    names: Names
    writer: GroundWriter
    notes: list[str]
    distinct: tuple[Fact, ...]

    def lines(self, node: ProofNode, scope: Scope) -> list[str]:
        """The tactics that prove ``node``."""
        lines: list[str] = []
        while True:
            if node.resolved is None:
                raise NotExportable("the proof is not complete")
            added = self._introduced(node)
            here = _Step(self, node, scope, added)
            lines += here.lines()
            scopes = [_inherited(scope, node.sequent, child.sequent, added)
                      for child in node.children]  # fmt: skip
            if isinstance(node.resolved, syntax.Have) and len(node.children) == 2:
                lines += (f"  {line}" for line in self.lines(node.children[0], scopes[0]))
            elif len(node.children) != 1:
                break
            node, scope = node.children[-1], scopes[-1]
        for child, inner in zip(node.children, scopes, strict=True):
            lines += bullet(self.lines(child, inner))
        return lines

    def _introduced(self, node: ProofNode) -> dict[str, str]:
        """New Lean names for what the step introduces."""
        found: dict[str, str] = {}
        for name in _names_introduced(node):
            found.setdefault(name, self.names.new(plain_name(name).replace(INACCESSIBLE, "")))
        return found


def _names_introduced(node: ProofNode) -> list[str]:
    match node.resolved:
        case syntax.Intro(patterns):
            return [name for pattern in patterns for name in _bound(pattern)]
        case syntax.Cases(_, pattern) if pattern is not None:
            return _bound(pattern)
        case syntax.Have(name) | syntax.ByCases(name) | syntax.Inference(name):
            return [name]
        case syntax.ByContra(name) if name is not None:
            return [name]
        case syntax.Symm(location) | syntax.Rewrite(_, location) if location is not None:
            return [location]
        case _:
            return []


def _bound(pattern: syntax.Pattern) -> list[str]:
    match pattern:
        case syntax.Bind(name):
            return [] if name is None else [name]
        case syntax.Tuple(parts) | syntax.Alternatives(parts):
            return [name for part in parts for name in _bound(part)]
        case _:
            return []


def _inherited(scope: Scope, before: Sequent, after: Sequent, added: dict[str, str]) -> Scope:
    """The names that hold after a step."""
    locals_ = _renamed(scope.locals, [c.name for c in before.locals],
                       [c.name for c in after.locals], added)  # fmt: skip
    hypotheses = _renamed(scope.hypotheses, [h.name for h in before.hypotheses],
                          [h.name for h in after.hypotheses], added)  # fmt: skip
    return Scope(scope.symbols, locals_, hypotheses, scope.axioms)


def _renamed(
    names: dict[str, str], before: Sequence[str], after: Sequence[str], added: dict[str, str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in after:
        if name in added:
            found[name] = added[name]
        elif name in names and name in before:
            found[name] = names[name]
        else:  # a name that was hidden in this step bears one dagger more than before
            older = name
            while older not in names and INACCESSIBLE in older:
                older = tptp_name(plain_name(older)[:-1])
            if older in names:
                found[name] = names[older]
    return found


class _Step:
    """One tactic in Lean."""

    def __init__(
        self, proof: _Proof, node: ProofNode, scope: Scope, added: dict[str, str]
    ) -> None:
        self._proof, self._node, self._scope, self._added = proof, node, scope, added
        self._printer = TacticPrinter(scope.hypothesis, scope.node)
        self._binders = TacticPrinter(lambda name: added[name], scope.node)

    def lines(self) -> list[str]:
        """The Lean tactics of the step."""
        step = self._node.resolved
        match step:
            case syntax.Intro(patterns):
                return [self._binders.step(step)] if patterns else []
            case syntax.Cases(value, pattern) if pattern is not None:
                return self._cases(value, pattern)
            case syntax.Have(name, formula, value):
                assert formula is not None
                stated = f"have {self._added[name]} : {self._scope.node(formula)}"
                return [stated + (f" := {self._expression(value)}" if value else " := by")]
            case syntax.ByCases(name, formula):
                return [f"by_cases {self._added[name]} : {self._scope.node(formula)}"]
            case syntax.ByContra(name):
                assert name is not None
                opening = ["apply Classical.byContradiction"]
                if isinstance(self._node.sequent.target, Not):
                    opening = []
                return [*opening, f"intro {self._added[name]}"]
            case syntax.Exists(witnesses):
                terms = ", ".join(map(self._expression, witnesses))
                return [f"refine ⟨{terms}, ?_⟩"]
            case syntax.Refine(value, keyword):
                return [f"{keyword} {self._expression(value)}"]
            case syntax.Rewrite(rules, location):
                return self._rewrite(rules, location)
            case syntax.Inference(name, formula, premises):
                facts = [Fact(self._expression(e), known) for e, known in premises]
                stated = f"have {self._added[name]} : {self._scope.node(formula)} := by"
                return [stated, *(f"  {line}" for line in self._proved(facts, formula))]
            case syntax.Auto():
                return self._auto()
            case _:
                return self._plain(step)

    def _plain(self, step: syntax.Step | None) -> list[str]:
        target = self._node.sequent.target
        match step:
            case syntax.Simple("contradiction"):
                return [self._absurd()]
            case syntax.Symm(None):
                return [f"refine {flipped(target)} ?_"]
            case syntax.Symm(location):
                assert location is not None
                hypothesis = self._node.sequent.find(location)
                assert hypothesis is not None
                old, new = self._scope.hypothesis(location), self._added[location]
                return [f"have {new} := {flipped(hypothesis.formula)} {old}"]
            case syntax.Clear():
                return []
            case syntax.Revert(names):
                return self._revert(names)
            case syntax.Subst(names):
                return self._subst(names)
            case syntax.Show():
                return [f"show {self._scope.node(step.formula)}"]
            case syntax.Simple(keyword):
                return [keyword]
            case syntax.Constructor() | syntax.Left() | syntax.Right():
                return [type(step).__name__.lower()]
        raise NotExportable(f"'{self._node.text}' has no translation")

    def _expression(self, expression: syntax.Expression) -> str:
        return self._printer.expression(expression)

    def _cases(self, value: syntax.Expression, pattern: syntax.Pattern) -> list[str]:
        shown = self._expression(value)
        if isinstance(value, syntax.Name) and self._is_axiom(value.name):
            shown = f"id {shown}"  # `rcases` would use it up, but axioms stay known
        return [f"rcases {shown} with {self._binders.pattern(pattern)}"]

    def _rewrite(
        self, rules: tuple[tuple[syntax.Expression, bool], ...], location: str | None
    ) -> list[str]:
        shown = (("← " if back else "") + self._expression(e) for e, back in rules)
        rewriting = f"rw [{', '.join(shown)}]"
        if location is None:
            return [rewriting]
        new = self._added[location]
        return [f"have {new} := {self._scope.hypothesis(location)}", f"{rewriting} at {new}"]

    def _is_axiom(self, name: str) -> bool:
        hypothesis = self._node.sequent.find(name)
        return hypothesis is None or hypothesis.axiom is not None

    def _absurd(self) -> str:
        justification = self._node.justification
        assert isinstance(justification, ByRule)
        used = [self._scope.hypothesis(name) for name in justification.used]
        if len(used) == 2:
            return f"exact absurd {used[0]} {used[1]}"
        hypothesis = self._node.sequent.find(justification.used[0])
        assert hypothesis is not None
        if hypothesis.formula == FALSE:
            return f"exact False.elim {used[0]}"
        return f"exact absurd rfl {used[0]}"

    def _revert(self, names: tuple[str, ...]) -> list[str]:
        given = [self._scope.locals.get(n) or self._scope.hypothesis(n) for n in names]
        new = self._proof.names.new("reverted")
        (child,) = self._node.children
        stated = self._scope.node(child.sequent.target)
        return [f"suffices {new} : {stated} from {' '.join([new, *given])}"]

    def _subst(self, names: tuple[str, ...]) -> list[str]:
        lines = []
        for name in names:
            hypothesis = self._node.sequent.find(name)
            assert hypothesis is not None
            assert isinstance(hypothesis.formula, Equality)
            given, new = self._scope.hypothesis(name), self._proof.names.new("equation")
            right = hypothesis.formula.right
            # Lean would rather replace the right side; it has to be the local constant.
            if not (isinstance(right, Function) and self._node.sequent.has_local(right.name)):
                given = f"Eq.symm {given}"
            lines += [f"have {new} := {given}", f"subst {new}"]
        return lines

    def _auto(self) -> list[str]:
        justification = self._node.justification
        assert isinstance(justification, ByProver)
        sequent = self._node.sequent
        facts = list(self._proof.distinct)
        for name in justification.used:
            hypothesis = sequent.find(name)
            formula = hypothesis.formula if hypothesis else self._proof.theorem.axiom(name)
            assert formula is not None
            facts.append(Fact(self._scope.hypothesis(name), formula))
        return self._proved(facts, sequent.target)

    def _proved(self, facts: Sequence[Fact], target: Formula) -> list[str]:
        try:
            return self._proof.writer.prove(facts, target, self._scope)
        except NotExportable as reason:
            self._proof.notes.append(f"line {self._node.line}: {self._node.text}: {reason}")
            return ["sorry"]


__all__ = ["LeanProof", "NotExportable", "export"]
