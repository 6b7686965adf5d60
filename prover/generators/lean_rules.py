"""Which Lean tactics to try on a goal: symbolic rules with hand-set log-probabilities.

A rule looks at one goal and yields tactics. Closing tactics (which end a goal or fail) come
first, structural ones follow the outermost connective of the target or of a hypothesis, and
premise-using ones go over hypotheses and retrieved premises. The log-probabilities order the
search; they are not trained.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

from prover.contracts import Hypothesis
from prover.generators.goal_view import Fact, GoalView
from prover.generators.shape import Shape, parse, telescope, words
from retrieval.contracts import Premise

Weighted = tuple[str, float]
Rule = Callable[[GoalView], Iterator[Weighted]]

_INDUCTIVE_ALTERNATIVES = {
    "Nat": (("zero", ()), ("succ", ("n", "ih"))),
    "List": (("nil", ()), ("cons", ("x", "xs", "ih"))),
    "Int": (("ofNat", ("n",)), ("negSucc", ("n",))),
    "Bool": (("false", ()), ("true", ())),
    "Option": (("none", ()), ("some", ("x",))),
}
_RECURSIVE = frozenset({"Nat", "List"})
_FLAT = frozenset({"Bool", "Option"})
_NOT_INDUCTIVE = frozenset({"Int", "Fin", "Prop", "BitVec", "Char", "String", "Prod"})
_NUMERIC = ("Nat", "Int")
# Lean's core library has it for powers alone (`Int.sq_nonnneg`).
SQUARE = "Int.natAbs_mul_self ▸ Int.natCast_nonneg _"
"""A proof that the product of an integer with itself is not negative."""


def closing(view: GoalView) -> Iterator[Weighted]:
    """Tactics that close a goal or leave it nearly as it was, cheap ones first.

    The order follows what each closed, of the library theorems that are for training, where those
    before it had failed: ``assumption`` without a hypothesis that reads like the target 2 of 1,481,
    ``contradiction`` without one that contradicts another 2 of 630, ``rfl`` 1 inequality of 205,
    and of the equations 10 %.
    """
    shape = view.target.shape
    yield "assumption", -0.1 if view.assumed else -3.0
    yield from _reflexivity(view)
    if view.facts or shape is Shape.FALSE:
        yield "contradiction", -0.3 if view.contradictory else -3.0
    yield "grind", -0.95
    yield "omega", -1.0 if view.arithmetic else -5.0
    yield "simp_all", -1.5
    # Without facts it is what `simp_all` was.
    yield "simp", -1.6 if view.facts else -2.4
    yield "decide", -0.98 if view.closed else -4.5
    if not view.closed:
        yield "simp [*]", -2.6
    if shape is Shape.EQUALITY:
        yield "ac_rfl", -3.5
    if any(h.type == "Bool" or h.type.startswith(("Fin ", "BitVec ")) for h in view.data):
        yield "decide +revert", -1.8
        yield "bv_decide", -4.5


def _reflexivity(view: GoalView) -> Iterator[Weighted]:
    shape = view.target.shape
    if shape not in (Shape.EQUALITY, Shape.IFF, Shape.TRUE, Shape.RELATION):
        return
    if shape is Shape.TRUE or len(set(view.target.parts)) == 1:
        yield "rfl", -0.2
    elif view.closed:
        yield "rfl", -0.9
    elif shape is Shape.EQUALITY:
        # With facts about numbers an equation follows from them, or it does not hold.
        yield "rfl", -2.2 if view.facts and view.arithmetic else -1.1
    else:
        yield "rfl", -2.2 if shape is Shape.IFF else -3.0


def introduce(view: GoalView) -> Iterator[Weighted]:
    """``intro`` for universal statements, implications and negations."""
    if view.target.shape not in (Shape.FORALL, Shape.IMPLIES, Shape.NOT):
        if view.target.relation == "≠":
            yield f"intro {view.fresh('h')[0]}", -0.4
        return
    binders = telescope(view.goal.target)
    names = view.fresh(*(b.name for b in binders))
    yield "intro " + " ".join(names), -0.1
    # Stopping after the values keeps the hypotheses general for an induction.
    variables = 0
    while variables < len(binders) and not binders[variables].name.startswith("h"):
        variables += 1
    for count in {1, variables} - {0, len(names)}:
        yield "intro " + " ".join(names[:count]), -2.0


def split_target(view: GoalView) -> Iterator[Weighted]:
    """Introduction rules for ``∧``, ``↔``, ``∨``, and case splits inside the target."""
    shape = view.target.shape
    if shape in (Shape.AND, Shape.IFF):
        yield "constructor", -0.2
    elif shape is Shape.OR:
        # Which side holds mostly depends on the numbers.
        log_prob = -2.3 if view.arithmetic else -1.2
        yield "left", log_prob
        yield "right", log_prob
        left = view.target.parts[0]
        if len(left) < 60:
            name = view.fresh("h")[0]
            yield f"by_cases {name} : {left}", -2.6
    elif shape is Shape.ATOM:
        yield "constructor", -3.5
    if any(word in ("if", "match") for word in words(view.goal.target)):
        yield "split", -0.9
    if shape in (Shape.ATOM, Shape.OR, Shape.EXISTS, Shape.FALSE):
        yield "apply Classical.byContradiction; intro hcontra", -4.5


def extensionality(view: GoalView) -> Iterator[Weighted]:
    """``funext``, ``ext`` and congruence for equalities."""
    if view.target.shape is not Shape.EQUALITY:
        return
    name = view.fresh("x")[0]
    left, right = view.target.parts
    functional = any(side.startswith(("fun ", "λ ")) or " ∘ " in side for side in (left, right))
    yield f"funext {name}", -0.5 if functional else -3.2
    yield f"ext {name}", -3.0
    yield "congr 1", -3.5
    yield "apply propext", -4.0


def witnesses(view: GoalView) -> Iterator[Weighted]:
    """Candidates for an existential: values at hand, small and occurring numerals, and terms
    built from them by one step; each also with an automatic attempt at what remains."""
    if view.target.shape is not Shape.EXISTS:
        return
    closer = "first | omega | grind" if view.arithmetic else "grind"
    # A first witness of several seldom lets the rest be found by itself.
    several = len(view.target.binders) > 1 or view.target.parts[0].startswith("∃")
    for term, log_prob in _candidates(view):
        if not several:
            yield f"refine ⟨{term}, ?_⟩ <;> {closer}", log_prob
        yield f"refine ⟨{term}, ?_⟩", log_prob - (0.0 if several else 0.8)
    yield "refine ⟨_, rfl⟩", -2.4
    yield "exact ⟨_, ‹_›⟩", -3.0
    yield from _choice(view)


def _candidates(view: GoalView) -> Iterator[Weighted]:
    type_ = view.target.binders[0].type
    same = [h.name for h in view.data if not type_ or h.type == type_]
    yield from ((name, -1.0) for name in same)
    if type_ in _NUMERIC or (not type_ and view.arithmetic):
        yield from _numeric_candidates(view)
    if type_ == "Bool":
        yield from (("true", -1.0), ("false", -1.0))
    if type_.startswith("List"):
        yield "[]", -1.2
    yield from ((h.name, -2.8) for h in view.data if h.name not in same)
    if not same and type_ not in ("Nat", "Int", "Bool"):
        yield "default", -2.0
        yield "Classical.ofNonempty", -2.6


def _numeric_candidates(view: GoalView) -> Iterator[Weighted]:
    names = [h.name for h in view.data if h.type in _NUMERIC]
    yield from ((f"{name} + 1", -1.2) for name in names)
    yield from ((f"{a} * {b}", -1.6) for a in names for b in names if a != b)
    yield from ((f"{a} + {b}", -1.8) for a in names for b in names if a < b)
    for number in [n for n in view.numerals if n > 1][:3]:
        yield from ((f"{name} / {number}", -1.6) for name in names)
        yield from ((f"{number} * {name}", -2.0) for name in names)
        yield from ((f"{name} - {number}", -2.0) for name in names)
    yield from ((f"{name} - 1", -2.2) for name in names)
    yield from ((f"{name} + 2", -1.8) for name in names)
    numerals = sorted({*range(13), *view.numerals, *(n + 1 for n in view.numerals)})
    yield from ((str(n), -1.4 - 0.08 * i) for i, n in enumerate(numerals[:24]))


def _choice(view: GoalView) -> Iterator[Weighted]:
    """A function from ``∀ x, ∃ y, …`` by the axiom of choice."""
    if parse(view.target.parts[0]).shape is not Shape.FORALL:
        return
    for fact in view.facts:
        if "∃" in _conclusion(fact.proposition.text) and fact.proposition.shape is Shape.FORALL:
            name = fact.name
            yield (f"exact ⟨fun x => Classical.choose ({name} x), "
                   f"fun x => Classical.choose_spec ({name} x)⟩"), -1.5


def eliminate(view: GoalView) -> Iterator[Weighted]:
    """Elimination rules for hypotheses, by their outermost connective."""
    for fact in view.facts:
        yield from _eliminate(view, fact)


def _eliminate(view: GoalView, fact: Fact) -> Iterator[Weighted]:
    name, shape = fact.name, fact.proposition.shape
    if shape in (Shape.AND, Shape.IFF):
        left, right = view.fresh(f"{name}l", f"{name}r")
        yield f"obtain ⟨{left}, {right}⟩ := {name}", -0.5 if shape is Shape.AND else -3.0
    elif shape is Shape.OR:
        yield f"rcases {name} with {name} | {name}", -0.9
    elif shape is Shape.EXISTS:
        bound = [b.name for b in fact.proposition.binders]
        variables = ", ".join(view.fresh(*bound, f"{name}p"))
        yield f"obtain ⟨{variables}⟩ := {name}", -0.5
    elif fact.proposition.relation == "∣":
        factor, equation = view.fresh("k", f"{name}e")
        yield f"obtain ⟨{factor}, {equation}⟩ := {name}", -2.0
    elif shape is Shape.EQUALITY:
        if not view.names.isdisjoint(fact.proposition.parts):
            yield f"subst {name}", -1.8
        yield f"injection {name}", -4.0
    elif shape is Shape.NOT:
        yield f"apply {name}", -1.0 if view.target.shape is Shape.FALSE else -4.5
        yield f"apply absurd _ {name}", -4.5
    elif shape is Shape.ATOM:
        yield f"cases {name}", -3.0
    if any(word in ("if", "match") for word in words(fact.proposition.text)):
        yield f"split at {name}", -1.6


def chain(view: GoalView) -> Iterator[Weighted]:
    """Backward and forward steps with implications and universal hypotheses."""
    values = [h.name for h in view.data]
    for fact in view.facts:
        shape = fact.proposition.shape
        if shape not in (Shape.IMPLIES, Shape.FORALL, Shape.NOT):
            continue
        binders = telescope(fact.proposition.text)
        yield f"apply {fact.name}", -1.2
        if shape is Shape.IMPLIES:
            yield from _modus_ponens(view, fact)
        if shape is Shape.FORALL and "✝" not in binders[0].type:
            matching = [v.name for v in view.data if v.type == binders[0].type] or values
            fresh = view.fresh("this")[0]
            for value in matching[:4]:
                yield f"have {fresh} := {fact.name} {value}", -2.4


def _modus_ponens(view: GoalView, fact: Fact) -> Iterator[Weighted]:
    antecedent = fact.proposition.parts[0]
    for other in view.facts:
        if other.proposition.text == parse(antecedent).text:
            yield f"have {view.fresh('this')[0]} := {fact.name} {other.name}", -1.0


def rewrite(view: GoalView) -> Iterator[Weighted]:
    """Rewriting and simplifying with equations and equivalences among the hypotheses."""
    for fact in view.facts:
        conclusion = parse(_conclusion(fact.proposition.text))
        if conclusion.shape in (Shape.EQUALITY, Shape.IFF):
            direct = conclusion.text == fact.proposition.text  # no variables to be found first
            left, right = (not direct or part in view.target.text for part in conclusion.parts)
            yield f"rw [{fact.name}]", -1.5 if left else -4.5
            yield f"rw [← {fact.name}]", -2.4 if right else -4.8
            for other in view.facts:
                if other.name != fact.name and len(view.facts) <= 6:
                    yield f"rw [{fact.name}] at {other.name}", -3.6
        if fact.proposition.shape is not Shape.ATOM:
            yield f"simp at {fact.name}", -2.6
    for fact in view.facts:
        yield f"simp [{fact.name}]", -3.2


def _conclusion(text: str) -> str:
    for _ in range(12):
        proposition = parse(text)
        if proposition.shape is Shape.FORALL:
            text = proposition.parts[0]
        elif proposition.shape is Shape.IMPLIES:
            text = proposition.parts[1]
        else:
            break
    return text


def inductions(view: GoalView) -> Iterator[Weighted]:
    """Case analysis and induction over values, with names for what comes out."""
    target_words = set(words(view.goal.target))
    for hypothesis in view.data:
        head = hypothesis.type.split()[0] if hypothesis.type else ""
        if hypothesis.type.startswith(("(", "{", "[")) or len(head) == 1:
            continue
        relevant = 0.0 if hypothesis.name in target_words else -1.5
        yield from _case_analysis(view, hypothesis, head, relevant)
    booleans = [h.name for h in view.data if h.type == "Bool"]
    if len(booleans) > 1:
        yield " <;> ".join(f"cases {name}" for name in booleans) + " <;> simp_all", -1.5


def _case_analysis(
    view: GoalView, hypothesis: Hypothesis, head: str, relevant: float
) -> Iterator[Weighted]:
    name = hypothesis.name
    cases = _with_alternatives(view, "cases", name, head)
    yield cases, (-1.0 if head in ("Bool", "Option") else -2.6) + relevant
    for closer in _closers(view):
        yield f"cases {name} <;> {closer}", (-1.2 if head in _FLAT else -2.8) + relevant
    if head in _FLAT or head in _NOT_INDUCTIVE:
        return
    if any(name in words(fact.proposition.text) for fact in view.facts):
        relevant -= 0.5  # the induction hypothesis has to be earned
    yield from _inductions(view, name, head, [], -1.4 + relevant)
    others = [h.name for h in view.data if h.name != name and _independent(view, h, name)]
    if others:
        yield from _inductions(view, name, head, others, -1.7 + relevant)
    if len(others) > 1:
        for other in others[:3]:
            yield from _inductions(view, name, head, [other], -2.9 + relevant)


def _inductions(
    view: GoalView, name: str, head: str, general: list[str], log_prob: float
) -> Iterator[Weighted]:
    """Induction left open, and induction with an automatic attempt at every case."""
    suffix = " generalizing " + " ".join(general) if general else ""
    for closer in _closers(view):
        # Rewriting alone seldom proves a step over numbers; `grind` knows arithmetic.
        loss = 0.5 if head in _NUMERIC and closer.startswith("simp_all") else 0.0
        yield f"induction {name}{suffix} <;> {closer}", log_prob - loss
    yield _with_alternatives(view, "induction", name, head, general), log_prob - 0.1


def _closers(view: GoalView) -> list[str]:
    """What may end every case of a case analysis at once."""
    definitions = [p.name for p in view.mentioned_premises if p.kind == "definition"][:6]
    if not definitions:
        return ["simp_all", "grind"]
    every = ", ".join(definitions)
    return [f"simp_all [{every}]", f"grind [{every}]"]


def _independent(view: GoalView, hypothesis: Hypothesis, name: str) -> bool:
    return name not in words(hypothesis.type) and hypothesis.name in words(view.goal.target)


def _with_alternatives(
    view: GoalView, tactic: str, name: str, head: str, general: list[str] | None = None
) -> str:
    """``cases``/``induction`` with the new variables named, for the types that are known."""
    text = f"{tactic} {name}"
    if general:
        text += " generalizing " + " ".join(general)
    alternatives = _INDUCTIVE_ALTERNATIVES.get(head)
    if alternatives is None:
        return text
    lines = []
    for constructor, arguments in alternatives:
        if tactic == "cases" and head in _RECURSIVE:
            arguments = arguments[:-1]  # no induction hypothesis
        names = view.fresh(*arguments)
        lines.append(" ".join(["|", constructor, *names, "=> ?_"]))
    return text + " with " + " ".join(lines)


def name_hypotheses(view: GoalView) -> Iterator[Weighted]:
    """``rename_i`` gives usable names to what Lean made inaccessible."""
    if view.inaccessible:
        yield "rename_i " + " ".join(view.fresh(*(h.name for h in view.inaccessible))), -1.0


def use_premises(view: GoalView) -> Iterator[Weighted]:
    """Tactics with definitions and theorems that retrieval or the file offers."""
    mentioned = view.mentioned_premises
    definitions = [p.name for p in mentioned if p.kind == "definition"]
    if definitions:
        every = ", ".join(definitions[:6])
        yield f"simp [{every}]", -1.2
        yield f"simp_all [{every}]", -1.4
        yield f"grind [{every}]", -1.0
        yield f"simp only [{every}]", -2.2
    for name in definitions[:6]:
        yield f"unfold {name}", -2.0
    theorems = [p.name for p in mentioned if p.kind != "definition"]
    together = ", ".join([*definitions[:6], *theorems[:8]])
    if theorems:
        yield f"grind [{together}]", -1.6
        yield f"simp [{together}]", -1.9
        yield f"simp_all [{together}]", -2.0
    for rank, name in enumerate(theorems[:16]):
        penalty = 0.12 * rank
        yield f"rw [{name}]", -1.8 - penalty
        yield f"apply {name}", -1.9 - penalty
        yield f"exact {name} ..", -2.4 - penalty
        yield f"rw [← {name}]", -2.8 - penalty
        yield f"simp [{name}]", -2.2 - penalty
        yield f"grind [{name}]", -2.2 - penalty


def use_library(view: GoalView) -> Iterator[Weighted]:
    """Tactics with retrieved library theorems, all of them at once and one by one.

    They come after what needs no library: the automatic tactics know much of it already.
    """
    offered = view.library_premises[:12]
    names = [p.name for p in view.library_premises if p.kind != "definition"]
    if names:
        # One call for what would be two dozen: each alternative takes a millisecond or two.
        yield "first " + " ".join(f"| apply {name} <;> assumption" for name in names[:24]), -1.55
        yield f"grind [{', '.join(names[:6])}]", -2.2
    rewriting = [p.name for p in offered if _rewrites(p)]
    if rewriting:
        together = ", ".join(rewriting[:8])
        yield f"simp [{together}]", -2.5
        yield f"simp_all [{together}]", -2.8
    for rank, premise in enumerate(offered):
        name, penalty = premise.name, 0.12 * rank
        if premise.kind == "definition":
            yield f"unfold {name}", -3.4 - penalty
        elif _rewrites(premise):
            yield f"rw [{name}]", -2.5 - penalty
            yield f"simp [{name}]", -3.0 - penalty
            yield f"rw [← {name}]", -3.2 - penalty
            yield f"exact {name} ..", -3.4 - penalty
        else:
            yield f"apply {name}", -2.5 - penalty
            yield f"exact {name} ..", -2.9 - penalty
            yield f"have {view.fresh('this')[0]} := {name}", -4.5 - penalty
        if premise.kind != "definition":
            yield f"grind [{name}]", -2.9 - penalty


def _rewrites(premise: Premise) -> bool:
    """Whether a premise concludes with an equation or an equivalence."""
    return (premise.kind != "definition"
            and parse(_conclusion(premise.statement)).shape in (Shape.EQUALITY, Shape.IFF))


def arithmetic(view: GoalView) -> Iterator[Weighted]:
    """Divisibility, case splits modulo the small numbers that occur, and squares."""
    if not view.arithmetic:
        return
    if view.target.relation == "∣":
        yield from _divisibility(view)
    if view.target.relation in ("<", "≤"):
        yield from _quotients(view)
        yield from _powers(view)
    numeric = [h for h in view.data if h.type in _NUMERIC]
    if "%" in view.text or "∣" in view.text:
        yield from _congruences(view)
        for hypothesis in numeric[:3]:
            yield from _residues(view, hypothesis)
    if any(symbol in view.text for symbol in ("*", "^")) and view.target.relation in ("≤", "<"):
        yield from _squares(view, [h.name for h in numeric if h.type == "Int"])


def _powers(view: GoalView) -> Iterator[Weighted]:
    """Powers are compared by their exponents or by their bases."""
    if all("^" in part for part in view.target.parts):
        side = "le" if view.target.relation == "≤" else "lt"
        for direction in ("right", "left"):
            lemma = f"Nat.pow_{side}_pow_{direction}"
            yield f"apply {lemma} <;> omega", -1.6
            yield f"apply {lemma}", -2.6


_SUMS_AND_PRODUCTS = {
    "Nat": {"+": ("dvd_add",), "-": ("dvd_sub",),
            "*": ("dvd_mul_right_of_dvd", "dvd_mul_left_of_dvd")},
    "Int": {"+": ("dvd_add",), "-": ("dvd_sub",),
            "*": ("dvd_mul_of_dvd_right", "dvd_mul_of_dvd_left")},
}


_NO_REMAINDER = {"Nat": "Nat.dvd_of_mod_eq_zero", "Int": "Int.dvd_of_emod_eq_zero"}


def _divisibility(view: GoalView) -> Iterator[Weighted]:
    """A divisor of sums, differences and products by way of their parts; a small number divides
    what leaves no remainder."""
    left, right = view.target.parts
    if left.isdigit() and any(symbol in right for symbol in "*^"):
        for type_ in [type_ for type_ in _NUMERIC if type_ in view.text]:
            yield f"apply {_NO_REMAINDER[type_]}", -1.6
        if "-" in right and "Nat" in view.text:
            yield f"apply {_NO_REMAINDER['Nat']}; apply Nat.sub_mod_eq_zero_of_mod_eq", -1.6
    for type_ in [type_ for type_ in _NUMERIC if type_ in view.text] or ["Nat"]:
        for symbol, lemmas in _SUMS_AND_PRODUCTS[type_].items():
            if symbol in right:
                yield from ((f"apply {type_}.{lemma}", -1.7) for lemma in lemmas)


def _quotients(view: GoalView) -> Iterator[Weighted]:
    """Bounds of quotients and remainders by something that is not a numeral."""
    if "/" in view.goal.target:
        yield "apply Nat.div_lt_of_lt_mul", -1.6
        yield "apply Nat.div_le_self", -2.2
    if "%" in view.goal.target:
        yield "apply Nat.mod_lt", -1.6


MODULO = {
    "Nat": "Nat.pow_succ, Nat.mul_mod, Nat.add_mod",
    "Int": "Int.pow_succ, Int.mul_emod, Int.add_emod, Int.sub_emod",
}
"""For each type the lemmas by which the remainder of a polynomial is that of its parts."""


def _congruences(view: GoalView) -> Iterator[Weighted]:
    """A remainder of sums, products and powers of numbers whose remainders are known."""
    known = [f.name for f in view.facts
             if f.proposition.shape is Shape.EQUALITY and "%" in f.proposition.text]
    if known and "%" in view.goal.target and any(c in view.goal.target for c in "*^"):
        for type_, facts in MODULO.items():
            if any(h.type == type_ for h in view.data):
                yield f"simp [{facts}, {', '.join(known)}]", -1.3


def _residues(view: GoalView, hypothesis: Hypothesis) -> Iterator[Weighted]:
    """One case for each residue of a number, simplified with the residue known."""
    fresh, name = view.fresh("hmod")[0], hypothesis.name
    facts = MODULO[hypothesis.type]
    known = _known_residues(view, name)
    for modulus in [n for n in view.numerals if 2 <= n <= 13][:4]:
        possible = [r for r in range(modulus)
                    if all((r - rest) % math.gcd(modulus, other) == 0 for other, rest in known)]
        residues = " ∨ ".join(f"{name} % {modulus} = {r}" for r in possible)
        if len(possible) < 2:
            continue
        split = f"rcases (by omega : {residues}) with " + " | ".join([fresh] * len(possible))
        yield f"{split} <;> simp [{facts}, {fresh}]", -2.2
        for fact in _nonlinear_remainders(view, name):
            at = f"simp [{facts}, {fresh}] at {fact}"
            yield f"{split} <;> first | omega | ({at} <;> omega)", -2.1
        yield split, -3.0


def _nonlinear_remainders(view: GoalView, name: str) -> list[str]:
    """Facts that say what the remainder of a product or power with ``name`` is."""
    return [fact.name for fact in view.facts
            if "%" in fact.proposition.text and any(c in fact.proposition.text for c in "*^")
            and name in words(fact.proposition.text)][:2]


def _known_residues(view: GoalView, name: str) -> list[tuple[int, int]]:
    """Moduli, and what facts say to be the remainders of ``name`` by them."""
    pattern = re.compile(rf"{re.escape(name)} % (\d+) = (\d+)")
    matches = (pattern.fullmatch(fact.proposition.text) for fact in view.facts)
    return [(int(m[1]), int(m[2])) for m in matches if m is not None and int(m[1]) > 0]


def _squares(view: GoalView, names: list[str]) -> Iterator[Weighted]:
    """Squares are not negative: of the integers at hand, their differences and sums."""
    terms = [*names, *(f"({a} {op} {b})" for a in names for b in names if a < b for op in "-+")]
    fresh = view.fresh("hsq")[0]
    for term in terms[:8]:
        yield f"have {fresh} : 0 ≤ {term} * {term} := {SQUARE}", -2.6


RULES: tuple[Rule, ...] = (
    closing, introduce, split_target, extensionality, witnesses, eliminate, chain, rewrite,
    inductions, name_hypotheses, use_premises, use_library, arithmetic,
)
