"""Attacks on the checker: files that try to have a theorem accepted that they do not prove, or
that does not say what it seems to say. None may be accepted; honest files must be.

Each file in ``attacks`` says on its first line what it tries, and against which of the texts in
``attacks/originals``, if any. All theorems in it are attacked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from prover.environments.lean import LeanChecker
from prover.environments.lean.source import LeanSource, read_source

pytestmark = pytest.mark.lean

ATTACKS = Path(__file__).parent / "attacks"
FILES = sorted(ATTACKS.glob("*.lean"))
HEADER = re.compile(r"-- attack: (?P<what>.+); against: (?P<original>\w+)\n")


@cache
def original(name: str) -> LeanSource | None:
    return None if name == "none" else read_source(ATTACKS / "originals" / f"{name}.lean")


def header(path: Path) -> re.Match[str]:
    found = HEADER.match(path.read_text(encoding="utf-8"))
    assert found, f"{path.name} does not say what it attacks"
    return found


# Files against the same original next to each other, so that it is judged only once.
ORDERED = sorted(FILES, key=lambda path: (header(path)["original"], path.name))


def test_there_are_enough_attacks():
    assert len(FILES) >= 64
    assert len({header(path)["what"] for path in FILES}) >= 60


@pytest.mark.parametrize("path", ORDERED, ids=lambda path: path.stem)
def test_an_attack_is_refused(checker: LeanChecker, path: Path):
    against = original(header(path)["original"])
    verdicts = checker.check_file(read_source(path), against)
    assert verdicts
    assert [v.theorem for v in verdicts if v.verdict.accepted] == []
    assert all(v.verdict.reason for v in verdicts)


# --- Honest files -----------------------------------------------------------------------------

PLAIN = [
    ("add_{k}", "(n : Nat) : n + {k} = {k} + n", "Nat.add_comm n {k}"),
    ("le_{k}", "(a b : Nat) (h : a ≤ b) : a + {k} ≤ b + {k}", "by\n  omega"),
    ("square_{k}", ": ({k} : Nat) * {k} = {k} ^ 2", "by decide"),
    (
        "chain_{k}", "(a b c : Nat) (h₁ : a = b + {k}) (h₂ : b = c) : a = c + {k}",
        "by\n  calc a = b + {k} := h₁\n    _ = c + {k} := by rw [h₂]",
    ),
    (
        "and_{k}", "(p q : Prop) (h : p ∧ q) (n : Nat) (_ : n = {k}) : q ∧ p",
        "by\n  obtain ⟨hp, hq⟩ := h\n  constructor\n  · exact hq\n  · exact hp",
    ),
    (
        "or_{k}", "{{p q : Prop}} (h : p ∨ q) : q ∨ p ∨ {k} = 0",
        "by\n  cases h with\n  | inl hp => exact Or.inr (Or.inl hp)\n  | inr hq => exact .inl hq",
    ),
    (
        "length_{k}", "{{α : Type u}} (xs : List α) : (xs ++ []).length + {k} = xs.length + {k}",
        "by simp",
    ),
    ("exists_{k}", ": ∃ n : Nat, n > {k} ∧ n < {k} + 2", "⟨{k} + 1, by omega, by omega⟩"),
    (
        "induction_{k}", "(n : Nat) : 0 + n + {k} = n + {k}",
        "by\n  induction n with\n  | zero => rfl\n  | succ m ih =>\n    -- `sorry` is not needed\n"
        "    have : 0 + (m + 1) = m + 1 := Nat.zero_add _\n    rw [this]",
    ),
    (
        "equations_{k}", ": ∀ n : Nat, n < n + {k} + 1",
        "fun n => helper n\nwhere\n  helper (m : Nat) : m < m + {k} + 1 := by omega",
    ),
    (
        "classical_{k}", "(p : Prop) : (¬ ¬ p ∧ {k} = {k}) → p",
        "fun h => Classical.byContradiction fun hn => h.1 hn",
    ),
    ("function_{k}", "(f : Nat → Nat) (h : ∀ x, f x = x) : f {k} = {k}", "by simp [h]"),
]  # fmt: skip

WITH_DEFINITIONS = '''\
/-! Definitions, instances and notations that the statements are about. -/
namespace Geometry
universe u

/-- A point; `axiom` and `sorry` are only words in a comment. -/
structure Point where
  x : Int
  y : Int
  deriving DecidableEq, Repr

instance : Add Point := ⟨fun p q => ⟨p.x + q.x, p.y + q.y⟩⟩
instance : Inhabited Point := ⟨⟨0, 0⟩⟩
instance : Coe Int Point := ⟨fun k => ⟨k, 0⟩⟩

@[simp] theorem add_x (p q : Point) : (p + q).x = p.x + q.x := {proof:rfl}
@[simp] theorem add_y (p q : Point) : (p + q).y = p.y + q.y := {proof:rfl}
@[ext] theorem Point.same {p q : Point} (hx : p.x = q.x) (hy : p.y = q.y) : p = q := \
{proof:by cases p; cases q; simp_all}

theorem add_comm' (p q : Point) : p + q = q + p := \
{proof:Point.same (by simp; omega) (by simp; omega)}

inductive Expr' where
  | lit (n : Nat)
  | and (a b : Expr')
  | not (a : Expr')

def Expr'.eval : Expr' → Bool
  | .lit n => n != 0
  | .and a b => a.eval && b.eval
  | .not a => !a.eval

theorem eval_not (a : Expr') : (Expr'.not (.not a)).eval = a.eval := {proof:by simp [Expr'.eval]}

notation:max "⟪" a ", " b "⟫" => Point.mk a b
infixl:65 " ⊞ " => fun (p q : Point) => p + q

theorem boxed (a b c d : Int) : ⟪a, b⟫ ⊞ ⟪c, d⟫ = ⟪a + c, b + d⟫ := {proof:rfl}

class Shape (α : Type u) where
  corners : α → Nat
  some_corner : ∀ a, corners a > 0

theorem corner {α : Type u} [Shape α] (a : α) : 1 ≤ Shape.corners a := {proof:Shape.some_corner a}

section
variable (n : Nat) {m : Nat}

mutual
def even : Nat → Bool
  | 0 => true
  | k + 1 => odd k
def odd : Nat → Bool
  | 0 => false
  | k + 1 => even k
end

mutual
theorem even_double : (k : Nat) → even (2 * k) = true \
{equations:  | 0 => rfl\\n  | k + 1 => by rw [Nat.mul_succ]; simp [even, odd, even_double k]}
theorem odd_double : (k : Nat) → odd (2 * k + 1) = true \
{equations:  | 0 => by simp [odd, even]\\n  | k + 1 => by simp [odd, even_double (k + 1)]}
end

open Classical in
theorem picked (p : Nat → Prop) (h : ∃ k, p k) : p (choose h) ∧ n = n := \
{proof:⟨choose_spec h, rfl⟩}

theorem from_variables (h : m = n) : n = m := {proof:h.symm}
private theorem hidden : n + 0 = n := {proof:rfl}
example : even 10 = true := {proof:by decide}
end

def gcd' (a b : Nat) : Nat := if h : b = 0 then a else gcd' b (a % b)
termination_by b
decreasing_by exact Nat.mod_lt _ (Nat.pos_of_ne_zero h)

theorem gcd'_zero (a : Nat) : gcd' a 0 = a := {proof:by rw [gcd']; simp}
end Geometry
'''
_PROOF = re.compile(r"\{proof:(.*)\}$", re.MULTILINE)
_EQUATIONS = re.compile(r"\{equations:(.*)\}$", re.MULTILINE)


def with_definitions(*, proved: bool) -> str:
    text = _PROOF.sub(lambda found: found[1] if proved else "by sorry", WITH_DEFINITIONS)
    return _EQUATIONS.sub(
        lambda found: "\n" + found[1].replace("\\n", "\n") if proved else ":= sorry", text
    )


def plain(numbers: range, *, proved: bool) -> str:
    def theorem(name: str, statement: str, proof: str, number: int) -> str:
        text = f"theorem {name} {statement} := {proof if proved else 'sorry'}\n"
        return text.replace("{{", "\0").replace("}}", "\1").replace("{k}", str(number)).replace(
            "\0", "{"
        ).replace("\1", "}")  # fmt: skip

    found = [theorem(*template, number) for number in numbers for template in PLAIN]
    return "universe u\n\n" + "\n".join(found)


def lemmas_added(text: str) -> str:
    """What an honest prover does besides filling in proofs."""
    return text.replace("theorem le_", "set_option maxHeartbeats 400000 in\ntheorem le_").replace(
        "universe u\n", "universe u\n\n@[simp] theorem extra_fact (n : Nat) : n - n = 0 := "
        "Nat.sub_self n\n\nprivate def extra_value : Nat := 3\n\n"
        "/-- Not asked for. -/\nlemma extra_lemma : extra_value = 3 := rfl\n", 1,
    )  # fmt: skip


def honest() -> Iterator[tuple[str, str, str | None]]:
    given = {k: plain(range(k, k + 3), proved=False) for k in (1, 4)}
    solved = {k: plain(range(k, k + 3), proved=True) for k in (1, 4)}
    yield "alone", solved[1], None
    yield "against", solved[1], given[1]
    yield "against, with lemmas", lemmas_added(solved[4]), given[4]
    yield "alone, with lemmas", lemmas_added(plain(range(7, 15), proved=True)), None
    yield "definitions, alone", with_definitions(proved=True), None
    yield "definitions, against", with_definitions(proved=True), with_definitions(proved=False)


def test_honest_proofs_are_accepted(checker: LeanChecker):
    accepted, refused = 0, []
    for what, text, given in honest():
        against = None if given is None else LeanSource(Path("Original.lean"), given)
        for found in checker.check_file(LeanSource(Path("Honest.lean"), text), against):
            accepted += found.verdict.accepted
            if not found.verdict.accepted:
                refused.append((what, found.theorem, found.verdict.reason))
    assert refused == []
    assert accepted >= 200


def test_a_bad_theorem_does_not_spoil_the_others(checker: LeanChecker):
    text = (
        "theorem good : 1 + 1 = 2 := rfl\n"
        "theorem trusting : 12 * 12 = 144 := by native_decide\n"
        "theorem resting : 12 * 12 + 1 = 145 := by rw [trusting]\n"
        "theorem missing : 1 = 2 := sorry\n"
        "theorem wrong : 1 = 2 := rfl\n"
        "theorem better (n : Nat) : n = n := by rfl\n"
    )
    found = checker.check_file(LeanSource(Path("Mixed.lean"), text))
    assert [v.theorem for v in found if v.verdict.accepted] == ["good", "better"]
    reasons = {v.theorem: v.verdict.reason or "" for v in found}
    assert "compiled code" in reasons["trusting"]
    assert "compiled code" in reasons["resting"]
    assert "sorry" in reasons["missing"]
    assert reasons["wrong"]
