"""The checker, with a real Lean: honest proofs are accepted, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.contracts import Checker, InputError, ProofScript
from prover.environments.lean import LeanChecker, LeanTheorem, load_lean_text, screening
from prover.environments.lean.source import LeanSource

pytestmark = pytest.mark.lean

TEXT = """\
namespace N
variable (p q : Prop)
axiom trusted : ∀ n : Nat, n * 0 = 0
theorem plain (n : Nat) : n + 0 = n := by
  sorry
theorem pair (h : p) (k : q) : p ∧ q := ⟨sorry, by sorry⟩
theorem on_axiom (n : Nat) : n * 0 = 0 := sorry
theorem excluded : p ∨ ¬ p := sorry
private lemma hidden (xs : List Nat) : (xs ++ []).length = xs.length := sorry
theorem wrong : (1 : Nat) = 2 := by sorry
example (h : p) : p := by sorry
theorem rests (n : Nat) : n + 0 + 0 = n := by
  have := plain n
  sorry
end N
"""


@pytest.fixture(scope="module")
def theorems(environment) -> dict[str, LeanTheorem]:
    loaded = load_lean_text(TEXT, pool=environment, file=Path("T.lean"))
    assert not loaded.problems
    return {theorem.name: theorem for theorem in loaded.theorems}


def check(checker, theorem, *blocks):
    return checker.check(theorem, ProofScript(blocks))


def test_it_is_a_checker(checker: LeanChecker):
    as_checker: Checker[LeanTheorem] = checker
    assert as_checker.name.startswith("Lean 4.")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "blocks", "axioms"),
    [
        ("N.plain", ("rfl",), ()),
        ("N.plain", ("induction n with\n| zero => rfl\n| succ n ih =>\n  simp",), ()),
        ("N.pair", ("exact h", "have k' := k\nexact k'"), ()),
        ("N.excluded", ("exact Classical.em p",), ()),
        ("N.hidden", ("simp",), ()),
        ("example@11", ("exact h",), ()),
        ("N.rests", ("omega",), ()),
    ],
)
def test_honest_proofs_are_accepted(checker, theorems, name, blocks, axioms):
    verdict = check(checker, theorems[name], *blocks)
    assert verdict.accepted, verdict.reason
    assert set(verdict.axioms) <= {"propext", "Classical.choice", "Quot.sound"}
    assert set(axioms) <= set(verdict.axioms)
    assert verdict.checker == f"Lean {verdict.version} kernel (embedded)"


@pytest.mark.parametrize(
    ("name", "blocks", "reason"),
    [
        ("N.plain", ("exact foo",), "foo"),
        ("N.plain", ("skip",), "unsolved goals"),
        ("N.plain", ("simp at",), "unexpected"),
        ("N.wrong", ("decide",), "false"),
        ("N.wrong", ("native_decide",), "compiled"),
        ("N.plain", ("sorry",), "`sorry`"),
        ("N.on_axiom", ("exact trusted n",), "axiom `N.trusted`"),
        ("N.plain", ("rfl\ntheorem more : True := trivial",), "command"),
    ],
)
def test_what_proves_nothing_is_refused_with_the_reason(checker, theorems, name, blocks, reason):
    verdict = check(checker, theorems[name], *blocks)
    assert not verdict.accepted
    assert reason in verdict.reason
    assert not verdict.axioms


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("N.wrong", "sorry"),
        ("N.wrong", "exact sorryAx _ false"),
        ("N.wrong", "first | exact absurd rfl (by decide) | admit"),
        ("N.wrong", "have : (1 : Nat) = 2 := by sorry\nexact this"),
        ("N.wrong", "exact N.wrong"),
        ("N.plain", "rfl\naxiom bad : (1 : Nat) = 2"),
        ("N.plain", "rfl\ntheorem more : True := trivial"),
        ("N.plain", "rfl\nend N\nnamespace N"),
        ("N.plain", "rfl\nset_option debug.skipKernelTC true"),
        ("N.plain", "rfl\ninstance : Inhabited Nat := ⟨3⟩"),
        ("N.wrong", "exact Lean.ofReduceBool (1 == 2) true rfl |> fun _ => sorryAx _"),
    ],
)
def test_the_second_line_holds_without_the_screen(checker, theorems, name, block, monkeypatch):
    monkeypatch.setattr(screening, "refusal", lambda _block: None)
    verdict = check(checker, theorems[name], block)
    assert not verdict.accepted
    assert verdict.reason


def test_a_proof_on_an_unproved_theorem_waits_for_it(checker, environment):
    text = (
        "theorem base (n : Nat) : n + 0 = n := sorry\n"
        "theorem after (n : Nat) : n + 0 = n := by sorry\n"
    )
    base, after = load_lean_text(text, pool=environment).theorems
    verdict = check(checker, after, "exact base n")
    assert not verdict.accepted
    assert "rests on `sorry`, perhaps that of `base`" in verdict.reason
    assert check(checker, base, "rfl").accepted
    assert check(checker, after, "exact base n").accepted


def test_a_macro_of_the_file_cannot_hide_a_sorry(checker, environment):
    text = (
        'macro "magic" : tactic => `(tactic| exact sorry)\n'
        "theorem t : (1 : Nat) = 2 := by sorry\n"
        "theorem u : (1 : Nat) = 1 := by sorry\n"
    )
    first, second = load_lean_text(text, pool=environment).theorems
    assert "sorry" in check(checker, first, "magic").reason
    assert check(checker, second, "rfl").accepted


# --- Whole files ------------------------------------------------------------------------------

ORIGINAL = """\
def double (n : Nat) : Nat := n + n
theorem one (n : Nat) : double n = 2 * n := by
  sorry
theorem two : ∃ n : Nat, double n = 4 := sorry
"""
GOOD = """\
def double (n : Nat) : Nat := n + n
theorem helper (a : Nat) : a + a = 2 * a := by omega
theorem one (n : Nat) : double n = 2 * n := by
  unfold double
  exact helper n
theorem two : ∃ n : Nat, double n = 4 := ⟨2, rfl⟩
"""


def verdicts(checker, text, original=None):
    against = None if original is None else LeanSource(Path("O.lean"), original)
    found = checker.check_file(LeanSource(Path("S.lean"), text), against)
    return {v.theorem: v.verdict for v in found}


def test_a_sound_file(checker):
    found = verdicts(checker, GOOD, ORIGINAL)
    assert list(found) == ["one", "two"]
    assert all(verdict.accepted for verdict in found.values()), found
    assert list(verdicts(checker, GOOD)) == ["helper", "one", "two"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("⟨2, rfl⟩", "sorry", "sorry"),
        ("double n = 4 := ⟨2, rfl⟩", "double n = 6 := ⟨3, rfl⟩", "changed"),
        ("def double (n : Nat) : Nat := n + n", "def double (n : Nat) : Nat := 2 * n", "changed"),
        ("theorem two", "theorem three", "missing"),
        ("theorem helper (a : Nat) : a + a = 2 * a := by omega",
         "axiom helper (a : Nat) : a + a = 2 * a", "only lemmas"),
        ("theorem helper", "local instance : Add Nat := ⟨fun _ _ => 0⟩\ntheorem helper", "only"),
        ("theorem two", "#exit\ntheorem two", "line"),
        ("theorem two", "/- \ntheorem two", ""),
    ],
)  # fmt: skip
def test_a_file_that_cheats(checker, old, new, reason):
    assert old in GOOD
    found = verdicts(checker, GOOD.replace(old, new), ORIGINAL)
    assert set(found) == {"one", "two"}
    refused = [verdict.reason for verdict in found.values() if not verdict.accepted]
    assert refused
    assert any(reason in why for why in refused), refused


def test_a_file_with_an_unknown_import(checker):
    with pytest.raises(InputError, match=r"S.lean:1: unknown import `Mathlib`"):
        verdicts(checker, "import Mathlib\n")
