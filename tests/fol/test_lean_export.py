"""First-order proofs in Lean: the kernel accepts them."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.contracts import ProofScript
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.environment import FolEnvironment, load_problem
from prover.environments.fol.herbrand import Law, herbrand_proof, universal_form
from prover.environments.fol.instantiation import refuting_instances
from prover.environments.fol.lean_export import LeanProof, NotExportable, export
from prover.environments.fol.notation import read_formula, show
from prover.environments.fol.syntax import Function
from prover.environments.lean.backend import EmbeddedLauncher
from prover.environments.lean.checker import LeanChecker
from prover.environments.lean.source import LeanSource
from tests.fol.pelletier import PELLETIER
from tests.fol.test_checker import GROUP

EXAMPLES = Path(__file__).parents[2] / "lean_project" / "Examples"
RELATION = """
fof(trans, axiom, ![X,Y,Z]: ((r(X,Y) & r(Y,Z)) => r(X,Z))).
fof(sym, axiom, ![X,Y]: (r(X,Y) => r(Y,X))).
fof(ser, axiom, ![X]: ?[Y]: r(X,Y)).
fof(c, conjecture, ![X]: r(X,X)).
"""
MIXED = """
fof(a, axiom, (p | q) & ?[X]: (s(X) & ~ t(X))).
fof(e, axiom, ![X]: f(f(X)) = X).
fof(b, axiom, a = b).
fof(c, conjecture, (q | p) & f(f(f(a))) = f(b)).
"""
NAMES = """
fof(in, axiom, ![X]: (in(X) => 'Big one'(X,f(X)))).
fof(f, axiom, ![X,Y]: ('Big one'(X,Y) => Y = c)).
fof(fun, axiom, in(in)).
fof('goal 1', conjecture, f(in) = c & ![Z]: (Z = c => ~ (Z != c))).
"""
DISTINCT = 'fof(a, axiom, ![X]: (p(X) => X = "one")). fof(c, conjecture, ~ p("two") | ~ p(1)).'
SCRIPTS = [
    (RELATION, "intro x\nobtain ⟨y, hxy⟩ := ser x\nhave hyx := sym _ _ hxy\napply trans x y x\n"
               "exact ⟨hxy, hyx⟩"),
    (RELATION, "intro x; cases ser x with a h; apply trans _ a; constructor; assumption\n"
               "apply sym; exact h"),
    (RELATION, "intro x\nforward ser x with s\ncases s\nforward trans sym with k\nauto"),
    (RELATION, "intro x; by_contra n; rcases ser x with ⟨x, h⟩\napply n\nauto [trans, sym, h]"),
    (MIXED, "constructor\n· cases a.1 with\n  | inl h => right; exact h\n"
            "  | inr h => exact Or.inl h\n· rw [e, b]"),
    (MIXED, "constructor\n· by_cases h : p\n  · right; assumption\n  · left\n"
            "    rcases a with ⟨h1 | h2, _⟩\n    · contradiction\n    · exact h2\n"
            "· have k : f(f(f(a))) = f a := by\n    rw [e]\n  symm\n  rw [k, ← b]"),
    (MIXED, "have z : ∃ x, s x\n· obtain ⟨_, x, hs, _⟩ := a; exists x\n  exact hs\nby_contra n\n"
            "apply n\nconstructor\n· auto [a]\n· symm at b; rw [b, e]"),
    (MIXED, "obtain ⟨h, x, hs, ht⟩ := a\nrevert x\nintro x hs ht\nspecialize e a\n"
            "rw [b] at e\nconstructor\n· cases h; right; assumption; left; assumption\n· smt"),
    (NAMES, "constructor\n· apply f «in»\n  apply «in» «in»\n  exact «fun»\n· intro z h k\n"
            "  subst h\n  contradiction"),
    (NAMES, "constructor\n· exact f «in» _ («in» «in» «fun»)\n· intro z rfl k\n  exact k rfl"),
    (DISTINCT, "auto"),
    (GROUP, "intro x y\nauto"),
]  # fmt: skip


@pytest.fixture(scope="module")
def environment() -> FolEnvironment:
    return FolEnvironment(seconds=8)


def exported(environment: FolEnvironment, path: Path, script: str) -> LeanProof:
    theorem = load_problem(path)[0]
    tree = environment.run_script(theorem, theorem.sequent, script)
    assert not tree.open_leaves()
    return export(theorem, tree)


def judged(proofs: dict[str, LeanProof]) -> dict[str, str | None]:
    """Why Lean's kernel refuses the main theorem of each proof; None where it accepts it."""
    text = "\n".join(
        f"namespace {name}\n{proof.text}\nend {name}" for name, proof in proofs.items()
    )
    with LeanChecker(EmbeddedLauncher()) as checker:
        verdicts = checker.check_file(LeanSource(Path("exported.lean"), text))
    mains = {f"{name}.{proof.theorem}": name for name, proof in proofs.items()}
    return {
        mains[v.theorem]: None if v.verdict.accepted else v.verdict.reason or "refused"
        for v in verdicts if v.theorem in mains
    }


@pytest.mark.lean
def test_each_tactic_has_a_translation(tmp_path: Path, environment: FolEnvironment) -> None:
    proofs = {}
    for index, (problem, script) in enumerate(SCRIPTS):
        path = tmp_path / f"t{index}.p"
        path.write_text(problem)
        proofs[f"Script{index}"] = exported(environment, path, script)
    assert judged(proofs) == dict.fromkeys(proofs)


@pytest.mark.lean
def test_most_examples_of_the_repository_are_accepted(environment: FolEnvironment) -> None:
    proofs = {}
    paths = sorted(EXAMPLES.glob("*.p"))
    assert len(paths) >= 15
    for path in paths[::3]:  # a third of them, for the time that Lean takes
        proofs[path.stem.title().replace("_", "")] = exported(environment, path, "auto")
    verdicts = judged(proofs)
    assert sum(reason is None for reason in verdicts.values()) >= 0.8 * len(paths[::3]), verdicts


@pytest.mark.lean
def test_most_of_pelletiers_problems_are_accepted(
    tmp_path: Path, environment: FolEnvironment
) -> None:
    proofs = {}
    chosen = {n: text for n, text in PELLETIER.items() if n % 2}  # half, for the time it takes
    for number, text in chosen.items():
        path = tmp_path / f"pelletier{number}.p"
        path.write_text(text)
        proofs[f"Pelletier{number}"] = exported(environment, path, "auto")
    verdicts = judged(proofs)
    assert sum(reason is None for reason in verdicts.values()) >= 0.8 * len(chosen), verdicts


def test_a_step_without_instances_is_told(tmp_path: Path, environment: FolEnvironment) -> None:
    path = tmp_path / "t.p"
    path.write_text(GROUP)
    theorem = load_problem(path)[0]
    tree = environment.run_script(theorem, theorem.sequent, "intro x y; auto")
    proof = export(theorem, tree, seconds=0.0)
    assert proof.notes
    assert "sorry" in proof.text


def test_typed_problems_are_refused(tmp_path: Path, environment: FolEnvironment) -> None:
    path = tmp_path / "t.p"
    path.write_text("tff(t, type, t: $tType). tff(p, type, p: t > $o). "
                    "tff(c, conjecture, ![X: t]: (p(X) => p(X))).")
    theorem = load_problem(path)[0]
    tree = environment.run_script(theorem, theorem.sequent, "intro x h; exact h")
    with pytest.raises(NotExportable, match="typed problems"):
        export(theorem, tree)


def test_export_of_what_the_checker_verified(tmp_path: Path) -> None:
    path = tmp_path / "t.p"
    path.write_text(RELATION)
    theorem = load_problem(path)[0]
    found = FolChecker(seconds=5).verify(theorem, ProofScript(("intro x\nauto",)))
    assert found.tree is not None
    proof = export(theorem, found.tree)
    assert f"theorem {proof.theorem} {{ι : Type}} [Nonempty ι]" in proof.text
    assert "sorry" not in proof.text


# ------------------------------------------------------------------------------- Herbrand's theorem


def test_the_laws_behind_the_drinker() -> None:
    target = read_formula("∃ x, d x → ∀ y, d y")
    form = universal_form([], target, ["d"])
    instances = refuting_instances(form, Function("a"), 5)
    assert instances is not None
    proof = herbrand_proof(form, instances, Function("a"))
    assert {law.law for law in proof.laws} == {Law.WITNESS, Law.COUNTEREXAMPLE}
    for law in proof.laws:
        shown = show(law.statement)
        assert " → " in shown
        if law.law is Law.WITNESS:
            assert shown.endswith("→ ∃ x, d x → ∀ y, d y")


def test_no_instances_refute_what_is_satisfiable() -> None:
    form = universal_form([read_formula("∀ x, p x")], read_formula("q a"), ["p", "q", "a"])
    assert refuting_instances(form, Function("a"), 1.0) is None
