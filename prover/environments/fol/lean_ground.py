"""Provers' steps in Lean: a Herbrand proof as instances of logical laws and one ground lemma.

For a step that an automated prover decided, the Skolem functions (by Hilbert's ε, Lean's
`Classical.epsilon`) and the needed instances of the quantifier laws are written out. What is left
is propositional reasoning with equality over closed terms: a lemma of its own, in which quantified
formulas are opaque propositions, so that `grind` has nothing to search for.

Where no engine can tell instances at once (hard equational proofs), E refutes the universal form,
and each step of its derivation, from clauses to a clause, is such a proof by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from prover.contracts import InputError, LemmaError
from prover.environments.fol.derivation import Derivation, Step, StepStatus
from prover.environments.fol.herbrand import (
    HerbrandProof,
    Law,
    QuantifierUse,
    Skolem,
    herbrand_proof,
    universal_form,
    used_skolems,
)
from prover.environments.fol.instantiation import refuting_instances
from prover.environments.fol.lean_vocabulary import TYPE, Names, Scope, binder, symbol_type
from prover.environments.fol.provers.contracts import Limits
from prover.environments.fol.provers.eprover import EProver
from prover.environments.fol.syntax import (
    FALSE,
    Binary,
    Connective,
    Formula,
    Function,
    Not,
    Predicate,
    Problem,
    Quantified,
    Quantifier,
    Symbol,
    Term,
    alpha_normal,
    forall,
    fresh_name,
    postorder,
    rebuild,
    substitute,
    symbols,
)
from prover.environments.fol.tactic_printer import bullet

GROUND_TACTIC = "grind (splits := 40)"
COUNTEREXAMPLE_LEMMA = "epsilon_counterexample"
PRELUDE = f"""\
/-- Hilbert's ε for counterexamples: what holds of `ε x, ¬φ x` holds of everything. -/
theorem {COUNTEREXAMPLE_LEMMA} {{{TYPE} : Type}} [Nonempty {TYPE}] (φ : {TYPE} → Prop)
    (h : φ (Classical.epsilon fun x => ¬φ x)) : ∀ y, φ y :=
  fun y => Classical.byContradiction fun n =>
    Classical.epsilon_spec (p := fun x => ¬φ x) (Exists.intro y n) h"""
_MAX_DERIVATION = 150
_AT_ONCE_S = 6.0
_SOMEONE = "someone"


class NotExportable(LemmaError):
    """A step for which no Lean proof could be made; the message says why."""


@dataclass(frozen=True)
class Fact:
    """A proof in Lean and what it proves."""

    proof: str
    formula: Formula


@dataclass
class GroundWriter:
    """Writes proofs of entailments, collecting their ground lemmas.

    ``seconds`` limits the search for the instances of one entailment.
    """

    names: Names
    prefix: str
    seconds: float = 10.0
    lemmas: list[str] = field(default_factory=list)

    def prove(
        self, facts: Sequence[Fact], target: Formula, scope: Scope, *, steps: bool = True
    ) -> list[str]:
        """Tactic lines that prove ``target`` from ``facts``.

        With ``steps``, a proof in steps is tried where there is none at once. Raises
        `NotExportable`.
        """
        opening = _Opening(self.names, scope, list(facts), target)
        lines = opening.run()
        sides = _sides(opening.target)
        if sides:
            halves = [self.prove(opening.facts, side, opening.scope, steps=steps)
                      for side in sides]  # fmt: skip
            return [*lines, "constructor", *bullet(halves[0]), *bullet(halves[1])]
        goal = _Goal(self, opening.facts, opening.target, opening.scope)
        proof = goal.at_once(min(self.seconds, _AT_ONCE_S))
        if proof is None and steps:
            proof = goal.in_steps() or goal.at_once(self.seconds)
        if proof is None:
            raise NotExportable("no engine found the instances that the proof needs")
        return lines + proof


def _sides(target: Formula) -> tuple[Formula, Formula] | None:
    """What `constructor` makes of the target."""
    match target:
        case Binary(Connective.AND, left, right):
            return left, right
        case Binary(Connective.IFF, left, right):
            return (Binary(Connective.IMPLIES, left, right),
                    Binary(Connective.IMPLIES, right, left))  # fmt: skip
        case _:
            return None


@dataclass
class _Opening:
    """The obvious steps before a refutation: introductions into the target, witnesses and
    conjuncts out of the facts."""

    names: Names
    scope: Scope
    facts: list[Fact]
    target: Formula

    def run(self) -> list[str]:
        """Tactic lines; afterwards ``facts``, ``target`` and ``scope`` are those that remain."""
        lines = []
        while (line := self._introduction()) is not None:
            lines.append(line)
        waiting, self.facts = list(reversed(self.facts)), []
        while waiting:
            fact = waiting.pop()
            match fact.formula:
                case Binary(Connective.AND, left, right):
                    inner = f"({fact.proof})" if " " in fact.proof else fact.proof
                    waiting += (Fact(f"{inner}.2", right), Fact(f"{inner}.1", left))
                case Quantified(Quantifier.EXISTS, variable, body):
                    constant, lean = self._constant(variable)
                    name = self.names.new("h")
                    lines.append(f"obtain ⟨{lean}, {name}⟩ := {fact.proof}")
                    waiting.append(Fact(name, substitute(body, {variable: constant})))
                case _:
                    self.facts.append(fact)
        return lines

    def _introduction(self) -> str | None:
        match self.target:
            case Quantified(Quantifier.FORALL, variable, body):
                constant, lean = self._constant(variable)
                self.target = substitute(body, {variable: constant})
                return f"intro {lean}"
            case Binary(Connective.IMPLIES, premise, conclusion):
                return self._assume(premise, conclusion)
            case Not(body):
                return self._assume(body, FALSE)
            case _:
                return None

    def _assume(self, premise: Formula, conclusion: Formula) -> str:
        name = self.names.new("h")
        self.facts.append(Fact(name, premise))
        self.target = conclusion
        return f"intro {name}"

    def _constant(self, variable: str) -> tuple[Function, str]:
        lean = self.names.new(variable[:1].lower() + variable[1:])
        name = fresh_constant("constant", self.scope)
        self.scope = self.scope.with_constants({name: lean})
        return Function(name), lean


def fresh_constant(base: str, scope: Scope) -> str:
    """A TPTP word that no symbol or constant of ``scope`` is."""
    return fresh_name(base, {*(symbol.name for symbol in scope.symbols), *scope.locals})


class _Goal:
    """Facts that are to be shown to entail a target which is nothing to be introduced into."""

    def __init__(
        self, writer: GroundWriter, facts: list[Fact], target: Formula, scope: Scope
    ) -> None:
        self._writer, self._names = writer, writer.names
        self._scope, self._facts = scope, list(facts)
        self._default, self._default_lines = self._some_term(target)
        self._opening = []
        taken = [*(s.name for s in self._scope.symbols), *self._scope.locals]
        self._form = universal_form([fact.formula for fact in facts], target, taken)
        if target != FALSE:
            negated = self._names.new("negated")
            self._opening = ["apply Classical.byContradiction", f"intro {negated}"]
            self._facts.append(Fact(negated, Not(target)))

    def _some_term(self, target: Formula) -> tuple[Term, list[str]]:
        """A closed term, with what introduces it where the vocabulary has none."""
        for node in (target, *(fact.formula for fact in self._facts)):
            for symbol in sorted(symbols(node)):
                if symbol.is_constant:
                    return Function(symbol.name), []
        lean, name = self._names.new(_SOMEONE), fresh_constant(_SOMEONE, self._scope)
        self._scope = self._scope.with_constants({name: lean})
        return Function(name), [f"obtain ⟨{lean}⟩ := (inferInstance : Nonempty {TYPE})"]

    # ------------------------------------------------------------------------------------- at once

    def at_once(self, seconds: float) -> list[str] | None:
        """A Herbrand proof, if an engine finds one."""
        instances = refuting_instances(self._form, self._default, seconds)
        if instances is None:
            return None
        return self._written(herbrand_proof(self._form, instances, self._default), [])

    def _written(self, proof: HerbrandProof, extra: list[Fact]) -> list[str]:
        lines = list(self._opening)
        used = {name for law in proof.laws for name in law.functions}
        if isinstance(self._default, Function) and self._default.name in used:
            lines = [*self._default_lines, *lines]
        scope, choices, chosen = self._choices(proof.skolems, self._scope)
        lines += chosen
        known = [*self._facts, *extra]
        added, more = self._laws(proof.laws, known, choices, scope)
        lines += added
        return [*lines, f"exact {self._ground_lemma([*known, *more], scope)}"]

    def _choices(
        self, skolems: Sequence[Skolem], scope: Scope
    ) -> tuple[Scope, dict[str, str], list[str]]:
        """Introduce the choice functions; the names of their properties."""
        lines: list[str] = []
        properties: dict[str, str] = {}
        for skolem in skolems:
            function, name = self._names.new(skolem.name), self._names.new("choice")
            lines.append(_choice(skolem, function, name, scope))
            properties[skolem.name] = name
            scope = scope.with_constants({skolem.name: function})
        return scope, properties, lines

    def _laws(
        self, laws: Sequence[QuantifierUse], known: Sequence[Fact], choices: dict[str, str],
        scope: Scope,
    ) -> tuple[list[str], list[Fact]]:
        """The instances of the laws; where a fact is what the law speaks of, its instance."""
        by_formula = {alpha_normal(fact.formula): fact.proof for fact in known}
        lines, added = [], []
        for law in laws:
            fact = by_formula.get(alpha_normal(law.formula))
            if law.law is Law.INSTANCE and fact is not None:
                name, formula = self._names.new("i"), law.body
                proof = " ".join([f"({fact})" if " " in fact else fact,
                                  *map(scope.argument, law.terms)])  # fmt: skip
            else:
                name, formula = self._names.new("law"), law.statement
                proof = _law(law, choices, scope)
            lines.append(f"have {name} : {scope.node(formula)} := {proof}")
            added.append(Fact(name, formula))
        return lines, added

    def _ground_lemma(self, facts: Sequence[Fact], scope: Scope) -> str:
        """State that ``facts`` contradict each other; the application of that lemma to them."""
        letters: dict[Formula, tuple[str, Quantified]] = {}
        stated = _relevant(
            [(fact, _opaque(fact.formula, letters, self._names)) for fact in facts]
        )
        formulas = [formula for _, formula in stated]
        inner = Scope(dict(scope.symbols), dict(scope.locals))
        inner.symbols.update({Symbol(name, 0, True): name for name, _ in letters.values()})
        opaque = dict(letters.values())
        binders, arguments = [], []
        for symbol in sorted({s for formula in formulas for s in symbols(formula)}):
            lean = scope.locals.get(symbol.name) if not symbol.is_predicate else None
            lean = lean or inner.symbols[symbol]
            binders.append(binder(lean, symbol_type(symbol)))
            arguments.append(f"({scope.node(opaque[lean])})" if lean in opaque else lean)
        for index, (fact, formula) in enumerate(stated):
            binders.append(binder(f"h{index}", inner.node(formula)))
            arguments.append(f"({fact.proof})" if " " in fact.proof else fact.proof)
        if any(TYPE in text for text in binders):
            binders.insert(0, f"{{{TYPE} : Type}}")
        name = self._names.new(f"{self._writer.prefix}_ground")
        self._writer.lemmas.append(
            "\n    ".join([f"theorem {name}", *_filled(binders), ": False := by"])
            + f"\n  {GROUND_TACTIC}"
        )
        return " ".join([name, *arguments])

    # ------------------------------------------------------------------------------------ in steps

    def in_steps(self) -> list[str] | None:
        """A proof along a derivation of E's from the universal form, if there is one."""
        derivation = self._derivation()
        if derivation is None:
            return None
        leaves = sorted({int(leaf.removeprefix("part_")) for leaf in derivation.leaves})
        uses = [use for leaf in leaves for use in self._form.parts[leaf].uses]
        scope, choices, chosen = self._choices(used_skolems(self._form, uses), self._scope)
        lines = [*self._default_lines, *self._opening, *chosen]
        proved: dict[str, Fact] = {}
        by_formula: dict[Formula, Fact] = {}
        for step in derivation.steps:
            key = alpha_normal(step.formula)
            if key not in by_formula:
                proof = self._step(step, proved, choices, scope)
                if step.formula == FALSE:
                    return [*lines, *proof]
                name = self._names.new("clause")
                lines += [f"have {name} : {scope.node(step.formula)} := by",
                          *(f"  {line}" for line in proof)]  # fmt: skip
                by_formula[key] = Fact(name, step.formula)
            proved[step.name] = by_formula[key]
        return None

    def _derivation(self) -> Derivation | None:
        named = [(f"part_{index}", forall(part.variables, part.matrix))
                 for index, part in enumerate(self._form.parts)]  # fmt: skip
        limits = Limits(self._writer.seconds)
        answer = EProver("auto", ("--auto",)).prove(Problem.of(named, None), limits)
        if not answer.status.proved or not answer.derivation:
            return None
        try:
            derivation = Derivation.parse(answer.derivation).pruned()
        except InputError:
            return None
        allowed = (StepStatus.LEAF, StepStatus.THEOREM)
        if len(derivation.steps) > _MAX_DERIVATION or any(
            step.status not in allowed for step in derivation.steps
        ):
            return None
        return derivation

    def _step(
        self, step: Step, proved: dict[str, Fact], choices: dict[str, str], scope: Scope
    ) -> list[str]:
        if step.leaf is None:
            parents = [proved[name] for name in step.parents]
            return self._writer.prove(parents, step.formula, scope, steps=False)
        part = self._form.parts[int(step.leaf.removeprefix("part_"))]
        constants: dict[str, Term] = {}
        lean = []
        for variable in part.variables:
            name = fresh_constant("constant", scope)
            lean.append(self._names.new("x"))
            scope = scope.with_constants({name: lean[-1]})
            constants[variable] = Function(name)
        lines = [f"intro {' '.join(lean)}"] if lean else []
        laws = [
            use.instantiated({v: constants.get(v, self._default) for v in use.variables})
            for use in part.uses
        ]
        negated = self._names.new("negated")
        matrix: Formula = substitute(part.matrix, constants)
        added, more = self._laws(laws, self._facts, choices, scope)
        known = [*self._facts, *more, Fact(negated, Not(matrix))]
        return [*lines, "apply Classical.byContradiction", f"intro {negated}", *added,
                f"exact {self._ground_lemma(known, scope)}"]  # fmt: skip


def _choice(skolem: Skolem, function: str, name: str, scope: Scope) -> str:
    """Introduce a choice function with its property, by Hilbert's ε."""
    parameters = [f"y{index}" for index in range(len(skolem.parameters))]
    inner = scope.with_constants({**{p: p for p in parameters}, "z": "z"})
    values = {old: Function(new) for old, new in zip(skolem.parameters, parameters, strict=True)}
    formula: Quantified = substitute(skolem.formula, values)
    body = inner.node(substitute(formula.body, {formula.variable: Function("z")}))
    applied = Scope(inner.symbols, {**inner.locals, skolem.name: function})
    term = Function(skolem.name, tuple(map(Function, parameters)))
    at = substitute(formula.body, {formula.variable: term})
    head = f"fun {' '.join(parameters)} => " if parameters else ""
    bound = f"∀ {' '.join(parameters)}, " if parameters else ""
    sides = [applied.argument(formula), applied.argument(at)]
    if formula.quantifier is Quantifier.EXISTS:
        chosen, proof = body, f"Classical.epsilon_spec (p := fun z => {body})"
    else:
        sides.reverse()
        chosen, proof = f"¬({body})", f"{COUNTEREXAMPLE_LEMMA} (fun z => {body})"
    kind = " → ".join([TYPE] * (len(parameters) + 1))
    return (
        f"obtain ⟨{function}, {name}⟩ : ∃ {function} : {kind}, {bound}{' → '.join(sides)} :=\n"
        f"    ⟨{head}Classical.epsilon fun z => {chosen}, {head}{proof}⟩"
    )


def _law(law: QuantifierUse, choices: dict[str, str], scope: Scope) -> str:
    terms = [scope.argument(term) for term in law.terms]
    match law.law:
        case Law.INSTANCE:
            return " ".join(["fun h => h", *terms])
        case Law.WITNESS:
            return f"fun h => ⟨{', '.join([*terms, 'h'])}⟩"
        case _:
            (term,) = law.terms
            assert isinstance(term, Function)
            return " ".join([choices[term.name], *map(scope.argument, term.arguments)])


def _opaque(
    formula: Formula, known: dict[Formula, tuple[str, Quantified]], names: Names
) -> Formula:
    """``formula`` with its outermost quantified formulas replaced by propositional letters."""
    match formula:
        case Quantified():
            key = alpha_normal(formula)
            if key not in known:
                known[key] = (names.new("Q"), formula)
            return Predicate(known[key][0])
        case Not() | Binary():
            parts = tuple(_opaque(part, known, names) for part in _formulas(formula))
            return rebuild(formula, parts)  # type: ignore[no-any-return]
        case _:
            return formula


def _formulas(formula: Not | Binary) -> tuple[Formula, ...]:
    return (formula.body,) if isinstance(formula, Not) else (formula.left, formula.right)


def _relevant(stated: list[tuple[Fact, Formula]]) -> list[tuple[Fact, Formula]]:
    """Without facts that are letters which no other fact speaks of."""
    kept = []
    for index, (fact, formula) in enumerate(stated):
        others = (other for i, (_, other) in enumerate(stated) if i != index)
        letter = isinstance(formula, Predicate) and isinstance(fact.formula, Quantified)
        if not letter or any(formula in set(postorder(other)) for other in others):
            kept.append((fact, formula))
    return kept


def _filled(words: Sequence[str], width: int = 90) -> list[str]:
    """``words`` in lines of at most ``width`` characters where that can be."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
