"""Tactics: what each does, and that none is unsound."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prover.contracts import FailureKind, ProofState, TacticFailure
from prover.environments.fol.consultation import smt_oracle
from prover.environments.fol.environment import FolEnvironment, FolState
from prover.environments.fol.notation import read_formula, show, tptp_variables
from prover.environments.fol.provers.contracts import Limits, SzsStatus
from prover.environments.fol.script import ScriptError, run_script
from prover.environments.fol.sequent import Sequent
from prover.environments.fol.syntax import Formula, Problem, conjunction
from prover.environments.fol.tactic_context import ByProver, TacticContext, TacticError
from prover.environments.fol.theorem import FolTheorem
from prover.generators.first_order import propose_first_order
from tests.fol.sequents import formulas, meaning, terms, theorem


@pytest.fixture(scope="module")
def environment() -> FolEnvironment:
    return FolEnvironment(seconds=3)


def make(target: str, **axioms: str) -> FolTheorem:
    return theorem({n: read_formula(a) for n, a in axioms.items()}, read_formula(target))


def goals(environment: FolEnvironment, of: FolTheorem, script: str) -> list[str]:
    """The goals after ``script``, without the vocabulary's hypothesis."""
    state = environment.apply(environment.open(of), script)
    assert isinstance(state, ProofState), state.message
    return [
        "; ".join([*(str(h) for h in goal.hypotheses if h.name != "words"), f"⊢ {goal.target}"])
        for goal in state.goals
    ]


def failure(environment: FolEnvironment, of: FolTheorem, script: str) -> TacticFailure:
    state = environment.apply(environment.open(of), script)
    assert isinstance(state, TacticFailure)
    return state


CASES = [
    ("intro", "∀ y, p y → q y", {}, "intro", ["y : ι; ⊢ p y → q y"]),
    ("intro names", "∀ y, p y → q y", {}, "intro u h", ["u : ι; h : p u; ⊢ q u"]),
    ("intro of a negation", "¬s", {}, "intro h", ["h : s; ⊢ False"]),
    ("intro avoids constants", "∀ a, p a", {}, "intro", ["a1 : ι; ⊢ p a1"]),
    ("intro pattern", "(∃ y, p y) ∧ s → q a", {}, "intro ⟨⟨y, hy⟩, hs⟩",
     ["y : ι; hy : p y; hs : s; ⊢ q a"]),
    ("intros", "∀ y z, p y → q z → s", {}, "intros",
     ["y : ι; z : ι; h : p y; h_1 : q z; ⊢ s"]),
    ("shadowing", "∀ y, p y → ∀ y, q y", {}, "intro y h y",
     ["y✝ : ι; y : ι; h : p y✝; ⊢ q y"]),
    ("constructor ∧", "s ∧ p a", {}, "constructor", ["⊢ s", "⊢ p a"]),
    ("constructor ↔", "s ↔ p a", {}, "constructor", ["⊢ s → p a", "⊢ p a → s"]),
    ("constructor True", "True", {}, "constructor", []),
    ("left", "s ∨ p a", {}, "left", ["⊢ s"]),
    ("right", "s ∨ p a", {}, "right", ["⊢ p a"]),
    ("exists", "∃ y z, r y z", {}, "exists f a, b", ["⊢ r (f a) b"]),
    ("use, TPTP term", "∃ y, p y", {}, "use f(g(a,b))", ["⊢ p (f (g a b))"]),
    ("cases ∨", "s", {"h": "p a ∨ q a"}, "cases h", ["h : p a; ⊢ s", "h : q a; ⊢ s"]),
    ("cases ∧", "s", {"h": "p a ∧ q a"}, "cases h", ["left : p a; right : q a; ⊢ s"]),
    ("cases ∃ with names", "s", {"h": "∃ y, p y"}, "cases h with u hu",
     ["u : ι; hu : p u; ⊢ s"]),
    ("cases False", "s", {"h": "False"}, "cases h", []),
    ("cases of an instance", "s", {"h": "∀ y, p y ∨ q y"}, "cases h b with c d",
     ["h : ∀ y, p y ∨ q y; c : p b; ⊢ s", "h : ∀ y, p y ∨ q y; d : q b; ⊢ s"]),
    ("cases in Lean's structure", "s ∨ p a", {"h": "p a ∨ s"},
     "cases h with\n| inl k => right; exact k\n| inr k =>\n  left\n  exact k", []),
    ("obtain", "s", {"h": "∃ y, p y ∧ (q y ∨ s)"}, "obtain ⟨y, hp, hq | hs⟩ := h",
     ["y : ι; hp : p y; hq : q y; ⊢ s", "y : ι; hp : p y; hs : s; ⊢ s"]),
    ("rcases with rfl", "p a", {"h": "∃ y, p y ∧ y = a"},
     "rcases h with ⟨y, hp, rfl⟩", ["hp : p a; ⊢ p a"]),
    ("specialize", "s", {"h": "∀ y z, r y z → q y", "k": "r a b"}, "specialize h a b k",
     ["k : r a b; h : q a; ⊢ s"]),
    ("apply", "q (f a)", {"h": "∀ y z, p y → r z y → q (f y)"}, "apply h _ b",
     ["h : ∀ y z, p y → r z y → q (f y); ⊢ p a", "h : ∀ y z, p y → r z y → q (f y); ⊢ r b a"]),
    ("apply a negation", "False", {"h": "∀ y, ¬p y"}, "apply h a", ["h : ∀ y, ¬p y; ⊢ p a"]),
    ("apply to a negated target", "¬p a", {"h": "∀ y, s → ¬p y"}, "apply h",
     ["h : ∀ y, s → ¬p y; ⊢ s"]),
    ("exact with unification", "q b", {"h": "∀ y z, r y z → q z", "k": "r a b"},
     "exact h _ _ k", []),
    ("exact up to bound names", "∀ z, p z", {"h": "∀ y, p y"}, "exact h", []),
    ("exact ⟨⟩", "∃ y, p y ∧ (s ∨ q y)", {"h": "p a", "k": "q a"},
     "exact ⟨a, h, Or.inr k⟩", []),
    ("exact projections", "p a ∧ q a", {"h": "(s ↔ p a) ∧ q a", "k": "s"},
     "exact ⟨h.1.mp k, h.2⟩", []),
    ("refine", "∃ y, p y ∧ s", {"h": "p a"}, "refine ⟨a, h, ?_⟩", ["h : p a; ⊢ s"]),
    ("have", "s", {}, "have h : p a", ["⊢ p a", "h : p a; ⊢ s"]),
    ("have :=", "s", {"h": "∀ y, p y"}, "have k := h (f a)",
     ["h : ∀ y, p y; k : p (f a); ⊢ s"]),
    ("have := by", "q a", {"h": "∀ y, p y", "k": "p a → q a"},
     "have m : p a := by\n  apply h\nexact k m", []),
    ("have in TPTP notation", "s", {}, "have h : ![X]: (p(X) => ~ q(X))",
     ["⊢ ∀ x, p x → ¬q x", "h : ∀ x, p x → ¬q x; ⊢ s"]),
    ("by_cases", "s", {}, "by_cases h : p a", ["h : p a; ⊢ s", "h : ¬p a; ⊢ s"]),
    ("by_contra", "s", {}, "by_contra", ["h : ¬s; ⊢ False"]),
    ("by_contra of ¬", "¬s", {}, "by_contra k", ["k : s; ⊢ False"]),
    ("rw", "p (f a) ∧ q (f a)", {"h": "f a = b"}, "rw [h]", ["h : f a = b; ⊢ p b ∧ q b"]),
    ("rw instance", "p (f (f a))", {"h": "∀ y, f y = g y y"}, "rw [h]",
     ["h : ∀ y, f y = g y y; ⊢ p (g (f a) (f a))"]),
    ("rw backwards", "p b", {"h": "f a = b"}, "rw [← h]", ["h : f a = b; ⊢ p (f a)"]),
    ("rw closes by rfl", "f a = b", {"h": "f a = b"}, "rw [h]", []),
    ("rw with ↔", "s ∧ p a", {"h": "∀ y, p y ↔ q y"}, "rw [h]",
     ["h : ∀ y, p y ↔ q y; ⊢ s ∧ q a"]),
    ("rw at", "s", {"h": "f a = b", "k": "p (f a)"}, "rw [h] at k",
     ["h : f a = b; k : p b; ⊢ s"]),
    ("rw conditional", "p (f a)", {"h": "∀ y, q y → f y = y"}, "rw [h]",
     ["h : ∀ y, q y → f y = y; ⊢ p a", "h : ∀ y, q y → f y = y; ⊢ q a"]),
    ("rfl", "f a = f a", {}, "rfl", []),
    ("symm", "a = b", {}, "symm", ["⊢ b = a"]),
    ("symm at", "s", {"h": "a ≠ b"}, "symm at h", ["h : b ≠ a; ⊢ s"]),
    ("contradiction", "s", {"h": "p a", "k": "¬p a"}, "contradiction", []),
    ("exfalso", "s", {}, "exfalso", ["⊢ False"]),
    ("assumption", "p a", {"h": "p a"}, "assumption", []),
    ("clear", "s", {"h": "p a", "k": "p b"}, "clear h", ["k : p b; ⊢ s"]),
    ("revert", "∀ y, p y → q y", {}, "intro y h\nrevert y", ["⊢ ∀ y, p y → q y"]),
    ("subst", "∀ y, y = f a → p y", {}, "intro y h\nsubst h", ["⊢ p (f a)"]),
    ("forward", "s", {"h": "∀ y, p y → q (f y)", "k": "p b"}, "forward h k",
     ["h : ∀ y, p y → q (f y); k : p b; h_1 : q (f b); ⊢ s"]),
    ("forward an instance", "s", {"h": "∀ y, p y"}, "forward h (f a) with k",
     ["h : ∀ y, p y; k : p (f a); ⊢ s"]),
    ("forward modus tollens", "s", {"h": "∀ y, p y → q y", "k": "¬q a"}, "forward h k with m",
     ["h : ∀ y, p y → q y; k : ¬q a; m : ¬p a; ⊢ s"]),
    ("forward two rules", "s", {"h": "∀ y, p y → q y", "k": "∀ y, q y → r y y"},
     "forward h k with m",
     ["h : ∀ y, p y → q y; k : ∀ y, q y → r y y; m : ∀ y, p y → r y y; ⊢ s"]),
    ("forward with an equation", "s", {"h": "f a = b", "k": "p (f a)"}, "forward h k with m",
     ["h : f a = b; k : p (f a); m : p b; ⊢ s"]),
    ("auto", "q a", {"h": "∀ y, p y → q y", "k": "p a"}, "auto", []),
    ("auto with names", "q a", {"h": "∀ y, p y → q y", "k": "p a"}, "auto [h, k]", []),
    ("smt", "∃ y, q y", {"h": "∀ y, p y → q y", "k": "p a"}, "smt", []),
    ("focus and <;>", "(s → s) ∧ (p a → p a)", {},
     "constructor <;> intro h\n· exact h\n· assumption", []),
    ("case", "s ↔ s", {}, "constructor\ncase mpr => intro h; exact h\nintro h\nexact h", []),
    ("all_goals", "(s → s) ∧ (p a → p a)", {}, "constructor\nall_goals intro h\nall_goals exact h",
     []),
]


@pytest.mark.parametrize(("what", "target", "axioms", "script", "expected"), CASES,
                         ids=[case[0] for case in CASES])
def test_tactic(
    environment: FolEnvironment, what: str, target: str, axioms: dict[str, str], script: str,
    expected: list[str],
) -> None:
    assert goals(environment, make(target, **axioms), script) == expected, what


FAILURES = [
    ("apply h", "q a", {"h": "∀ y, r y a → q a"}, "cannot tell what 'y' should be"),
    ("exact h", "q a", {"h": "p a"}, "type mismatch: this proves 'p a', but 'q a' is wanted"),
    ("exact nothing", "q a", {}, "unknown hypothesis or axiom 'nothing'"),
    ("exists c", "∃ y, p y", {}, "unknown identifier 'c'"),
    ("exists f", "∃ y, p y", {}, "'f' is a function of 1 arguments here, not a function of 0"),
    ("have h : t a", "s", {}, "unknown identifier 't'"),
    ("intro a", "∀ y, p y", {}, "'a' is a symbol of the problem"),
    ("cases h", "s", {"h": "∀ y, p y"}, "cannot be taken apart"),
    ("rw [h]", "s", {"h": "a = b"}, "found no instance of 'a' in 's'"),
    ("forward h k", "s", {"h": "p a", "k": "p b"}, "no inference is possible"),
    ("auto [h]", "s", {"h": "p a"}, "countersatisfiable"),
    ("constructor\n· auto", "s ∧ s", {}, "countersatisfiable"),
    ("constructor\n· have h : s", "s ∧ s", {}, "unsolved goals"),
    ("left", "s", {}, "is no ∨"),
    ("contradiction", "s", {}, "none contradicts another"),
]


@pytest.mark.parametrize(("script", "target", "axioms", "message"), FAILURES,
                         ids=[case[0] for case in FAILURES])
def test_failure_says_why(
    environment: FolEnvironment, script: str, target: str, axioms: dict[str, str], message: str
) -> None:
    failed = failure(environment, make(target, **axioms), script)
    assert message in failed.message
    assert failed.kind is FailureKind.ELABORATION


@pytest.mark.parametrize(("script", "message"), [
    ("", "expected a tactic, found nothing"),
    ("frobnicate", "1:1: unknown tactic 'frobnicate'"),
    ("intro x\n  (", "2:4: expected a name, found the end"),
    ("have h p", "1:8: expected ':' and a formula"),
    ("exact (h", "1:9: expected ')', found the end"),
    ("constructor\n · rfl\n· rfl", "2:2: "),
    ("rw [h", "expected ']'"),
    ("auto (timeout := x)", "expected a number of seconds"),
    ("cases h with", "expected names"),
    ("exact §", "1:7: unexpected character '§'"),
    ("(" * 5000, "1:"),
    ("have h : " + "¬" * 20000 + "s", "nested too deeply"),
])  # fmt: skip
def test_syntax_error_says_where(environment: FolEnvironment, script: str, message: str) -> None:
    failed = failure(environment, make("s"), script)
    assert message in failed.message
    assert failed.kind is FailureKind.PARSE


_PIECES = st.sampled_from([
    *"hxy ⟨⟩()[],.;|:=∀∃→¬·\n_?'«»\"$0←", "intro ", "cases ", "exact ", "have ", "rw [",
    "auto ", "with ", ":= by", "<;>", "f ",
])  # fmt: skip


@given(text=st.lists(_PIECES, max_size=40).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_text_crashes(text: str) -> None:
    context = _context(make("∀ x, p x ∨ s", h="∃ y, p y ∧ s"))
    with contextlib.suppress(ScriptError):  # any other exception is a crash
        run_script(context.theorem.sequent, text, context)


def test_each_step_says_why_it_is_sound(environment: FolEnvironment) -> None:
    of = make("∀ y, p y → q y ∧ q y", h="∀ y, p y → q y")
    state = environment.apply(environment.open(of), "intro y hy; constructor <;> auto [h, hy]")
    assert isinstance(state, ProofState)
    assert isinstance(state.handle, FolState)
    steps = state.handle.steps
    assert [str(step.justification).split(" in ")[0] for step in steps[:2]] == [
        "by rule introduction", "by rule constructor"
    ]
    for step in steps[2:]:
        assert isinstance(step.justification, ByProver)
        assert step.justification.answer.version
        assert step.justification.answer.seconds > 0
        assert set(step.justification.used) == {"h", "hy"}


# --------------------------------------------------------------------------------------- soundness


def _context(of: FolTheorem) -> TacticContext:
    def refuse(*_: object) -> object:
        raise TacticError("no prover here")

    return TacticContext(of, refuse, refuse, 1.0)  # type: ignore[arg-type]


_HYPOTHESES = st.sampled_from(["h", "k", "m", "h_1", "left", "right", "h✝"])
_NAMES = st.sampled_from(["h", "k", "x", "y", "z", "_"])
_TERMS = st.one_of(st.sampled_from(["a", "x", "y", "_", "f x"]), terms(()).map(show))
_PATTERNS = st.recursive(
    st.sampled_from(["x", "y", "h", "k", "_", "rfl"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"⟨{pair[0]}, {pair[1]}⟩"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} | {pair[1]})"),
    ),
    max_leaves=4,
)


def _filled(template: str, **parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.fixed_dictionaries(parts).map(lambda values: template.format(**values))


_PROOFS = st.one_of(
    _HYPOTHESES,
    _filled("{h} {t}", h=_HYPOTHESES, t=_TERMS),
    _filled("{h} {t} {u}", h=_HYPOTHESES, t=_TERMS, u=_HYPOTHESES),
    _filled("{h} ({t}) {u}", h=_HYPOTHESES, t=_TERMS, u=_TERMS),
    _filled("⟨{t}, {h}⟩", t=_TERMS, h=_HYPOTHESES),
    _filled("{h}.{f}", h=_HYPOTHESES, f=st.sampled_from(["1", "2", "mp", "mpr", "symm"])),
    _filled("Or.{s} {h}", s=st.sampled_from(["inl", "inr"]), h=_HYPOTHESES),
)
TACTICS = st.one_of(
    st.sampled_from(["intro", "intros", "constructor", "left", "right", "by_contra", "rfl", "symm",
                     "contradiction", "exfalso", "assumption", "trivial", "cases h", "cases k"]),
    _filled("intro {a} {b}", a=_PATTERNS, b=_NAMES),
    _filled("cases {h}", h=_PROOFS),
    _filled("cases {h} with {a} {b}", h=_PROOFS, a=_NAMES, b=_NAMES),
    _filled("obtain {a} := {h}", a=_PATTERNS, h=_PROOFS),
    _filled("exists {t}", t=_TERMS),
    _filled("exact {e}", e=_PROOFS),
    _filled("apply {e}", e=_PROOFS),
    _filled("refine ⟨?_, {e}⟩", e=_PROOFS),
    _filled("specialize {h} {t}", h=_HYPOTHESES, t=_TERMS),
    _filled("have h := {e}", e=_PROOFS),
    _filled("have h : {f}", f=formulas(depth=1).map(show)),
    _filled("by_cases h : {f}", f=formulas(depth=1).map(show)),
    _filled("rw [{h}]", h=_PROOFS),
    _filled("rw [← {h}] at {k}", h=_HYPOTHESES, k=_HYPOTHESES),
    _filled("rw [{h}] at {k}", h=_HYPOTHESES, k=_HYPOTHESES),
    _filled("symm at {h}", h=_HYPOTHESES),
    _filled("clear {h}", h=_HYPOTHESES),
    _filled("revert {h}", h=st.one_of(_HYPOTHESES, _NAMES)),
    _filled("subst {h}", h=_HYPOTHESES),
    _filled("forward {h} {k}", h=_PROOFS.map(lambda e: f"({e})"), k=_HYPOTHESES),
)  # fmt: skip


def _shape(template: str) -> st.SearchStrategy[Formula]:
    parts = {name: formulas(depth=1).map(lambda f: f"({show(f)})") for name in ("f", "g", "k")}
    terms_ = {name: terms(()).map(lambda t: f"({show(t)})") for name in ("t", "u")}
    return st.fixed_dictionaries({**parts, **terms_}).map(
        lambda values: read_formula(template.format(**values))
    )


# Half of the axioms are of shapes that tactics act on: random formulas seldom are.
_AXIOMS = st.one_of(formulas(), st.sampled_from([
    "{f} ∧ {g}", "{f} ∨ {g} ∨ {k}", "{f} ↔ {g}", "∃ z, p z ∧ {f}", "∀ z w, r z w → q w → p z",
    "∀ z, p z → q (f z)", "∀ z, f z = g z z", "{t} = {u}", "∀ z, p z ↔ q z", "¬{f}", "q {t}",
    "∀ z, ∃ w, r z w", "r {t} {u}", "p {t}", "{f} → {g}", "∀ z, ¬(p z ∧ q z)",
]).flatmap(_shape))  # fmt: skip
_TARGETS = st.one_of(formulas(), st.sampled_from([
    "∀ y, p y → {f}", "∃ y, q y", "{f} ∧ {g}", "q {t}", "p {t}", "{t} = {u}", "{f} ∨ {g}",
    "∀ x, ∃ y, r x y", "∀ x y, x = f y → p x", "{f} ↔ {g}", "{f}", "False",
]).flatmap(_shape))  # fmt: skip


@given(axioms=st.lists(_AXIOMS, min_size=1, max_size=3), target=_TARGETS, data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_goals_entail_what_they_came_from(
    axioms: list[Formula], target: Formula, data: st.DataObject
) -> None:
    """Every successful tactic: the conjunction of its goals entails the sequent it acted on.

    Tactics are drawn from those that the generator proposes for the goal, and from random ones.
    """
    of = theorem(dict(zip("hkm", axioms, strict=False)), target)
    context = _context(of)
    goals = [of.sequent]
    for _ in range(10):
        if not goals:
            break
        proposed = [p.tactic for p in propose_first_order(goals[0].goal(), 60, 1)
                    if not p.tactic.startswith("auto")]  # fmt: skip
        tactic = data.draw(st.sampled_from(proposed) | TACTICS if proposed else TACTICS)
        try:
            tree = run_script(goals[0], tactic, context)
        except ScriptError:
            continue
        left = [leaf.sequent for leaf in tree.open_leaves()]
        assert_entailed(of, goals[0], left, tactic)
        goals = [*left, *goals[1:]]


def assert_entailed(
    of: FolTheorem, before: Sequent, after: list[Sequent], tactic: str
) -> None:
    # The axioms are premises of every goal: one that was cleared can still be named.
    premises = {f"axiom_{name}": found.closed for name, found in of.axioms.items()}
    goals = {"goals": tptp_variables(conjunction(map(meaning, after)))}
    problem = Problem.of({**premises, **goals}, tptp_variables(meaning(before)))
    answer = smt_oracle().prove(problem, Limits(1.0))
    # Undecided questions are rare and harmless: they are no evidence of unsoundness.
    assert answer.status not in (SzsStatus.COUNTER_SATISFIABLE, SzsStatus.SATISFIABLE), (
        f"{tactic} is unsound on\n{before.goal()}\n\n" + "\n\n".join(str(g.goal()) for g in after)
    )


def test_scripts_replay_from_their_file(tmp_path: Path, environment: FolEnvironment) -> None:
    path = tmp_path / "t.p"
    path.write_text("fof(h, axiom, ![X]: (p(X) => q(X))). fof(k, axiom, p(a)). "
                    "fof(c, conjecture, ?[X]: q(X)).")
    of = environment.load(path)[0]
    tree = environment.run_script(of, of.sequent, "exists a\napply h\nexact k")
    assert not tree.open_leaves()
