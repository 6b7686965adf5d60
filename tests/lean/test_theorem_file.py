"""From files to theorems, with a real Lean: what is found, what is reported, what is filled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prover.contracts import InputError, ProofScript, ProofState
from prover.environments.lean import (
    LeanEnvironment,
    LoadedFile,
    assemble,
    fill,
    fill_file,
    load_lean_file,
    load_lean_text,
    load_records,
)

pytestmark = pytest.mark.lean

FORMS = """\
import Init
/-! The forms in which a proof can be missing: `sorry` in a comment is none. -/
open Nat
namespace Outer
variable {α : Type u} (p q r : Prop)
/-- doc sorry -/
@[simp] protected theorem plain (n : Nat) : n + 0 = n := by
  sorry
theorem term_mode (h : p) : p ∨ q := sorry
private lemma hidden : 1 + 1 = 2 := by sorry
theorem done : 2 + 2 = 4 := rfl
theorem «two words» (h : p ∧ q) : q ∧ p := by
  have h1 : q := by
    sorry
  have h2 : p := sorry
  exact ⟨h1, h2⟩
theorem equations : ∀ n : Nat, n * 0 = 0
  | 0 => rfl
  | n + 1 => sorry
theorem fields (h : p) (k : q) : p ∧ q where
  left := sorry
  right := sorry
open Classical in
set_option maxRecDepth 600 in
theorem excluded : p ∨ ¬ p := by
  by_cases h : p
  · exact Or.inl h
  · sorry
example (x : Nat) (h : x > 0) : x ≠ 0 := by
  sorry
mutual
theorem left_one : 1 = 1 := sorry
theorem right_one : 2 = 2 := by
  sorry
end
theorem alternatives (xs : List α) : xs ++ [] = xs := by
  cases xs with
  | nil => sorry
  | cons y ys => sorry
theorem together (h : p) (k : q) : p ∧ q := by
  constructor <;> sorry
theorem 𝔸strange₁ («x y» : Nat) : "😀ü".length = 2 ∧ «x y» = «x y» := ⟨by sorry, sorry⟩
theorem with_local : p → p := helper
where
  helper : p → p := fun h => sorry
end Outer
theorem unreached (n : Nat) : n + 0 = n := by
  first | exact Outer.plain n | sorry
theorem reached (n : Nat) : n + 0 = n := by
  first | exact unknown n | sorry
"""


@pytest.fixture(scope="module")
def forms(environment: LeanEnvironment) -> LoadedFile:
    return load_lean_text(FORMS, pool=environment, file=Path("Forms.lean"))


def test_every_form_is_found_with_its_name_and_line(forms):
    assert forms.problems == ()
    found = {theorem.name: theorem for theorem in forms.theorems}
    lines = FORMS.split("\n")
    assert {name: len(theorem.holes) for name, theorem in found.items()} == {
        "Outer.plain": 1, "Outer.term_mode": 1, "Outer.hidden": 1, "Outer.«two words»": 2,
        "Outer.equations": 1, "Outer.fields": 2, "Outer.excluded": 1, "example@29": 1,
        "Outer.left_one": 1, "Outer.right_one": 1, "Outer.alternatives": 2, "Outer.together": 2,
        "Outer.𝔸strange₁": 2, "Outer.with_local": 1, "reached": 1,
    }  # fmt: skip
    for theorem in found.values():
        first = theorem.statement.split("\n")[0]
        assert lines[theorem.line - 1].find(first) >= 0
    assert found["Outer.plain"].statement == "theorem plain (n : Nat) : n + 0 = n"
    assert found["Outer.hidden"].keyword == "lemma"


GOALS = {
    "Outer.plain": ["n + 0 = n"],
    "Outer.term_mode": ["p ∨ q"],
    "Outer.«two words»": ["q", "p"],
    "Outer.equations": ["(n + 1) * 0 = 0"],
    "Outer.fields": ["p", "q"],
    "Outer.excluded": ["p ∨ ¬p"],
    "example@29": ["x ≠ 0"],
    "Outer.right_one": ["2 = 2"],
    "Outer.alternatives": ["[] ++ [] = []", "y :: ys ++ [] = y :: ys"],
    "Outer.together": ["p", "q"],
    "Outer.with_local": ["p"],
}


@pytest.mark.parametrize("name", list(GOALS))
def test_the_holes_are_opened_in_source_order(environment, forms, name):
    [theorem] = [t for t in forms.theorems if t.name == name]
    assert [goal.target for goal in environment.open(theorem).goals] == GOALS[name]


SCRIPTS = {
    "Outer.plain": ("simp",),
    "Outer.term_mode": ("exact Or.inl h",),
    "Outer.hidden": ("rfl",),
    "Outer.«two words»": ("obtain ⟨a, b⟩ := h\nexact b", "have k := h.1\nexact k"),
    "Outer.equations": ("skip\nsimp",),
    "Outer.fields": ("exact h", "skip\nexact k"),
    "Outer.excluded": ("apply Or.inr\nexact h",),
    "example@29": ("omega",),
    "Outer.left_one": ("rfl",),
    "Outer.right_one": ("skip\nrfl",),
    "Outer.alternatives": ("skip\nrfl", "simp"),
    "Outer.together": ("exact h", "skip\nexact k"),
    "Outer.𝔸strange₁": ("rfl", "skip\nrfl"),
    "Outer.with_local": ("exact h",),
    "reached": ("skip\nsimp",),
}


def test_filled_with_proofs_lean_accepts_the_file_and_nothing_is_left_to_prove(environment, forms):
    proofs = [(theorem, ProofScript(SCRIPTS[theorem.name])) for theorem in forms.theorems]
    text = fill(FORMS, proofs)
    loaded = load_lean_text(text, pool=environment)
    assert loaded.problems == ()
    assert loaded.theorems == ()
    assert "lemma hidden : 1 + 1 = 2 := by rfl\n" in text


def test_each_proof_alone_leaves_the_others_open(environment, forms):
    for theorem in forms.theorems[3:6]:
        text = assemble(theorem, ProofScript(SCRIPTS[theorem.name]))
        loaded = load_lean_text(text, pool=environment)
        assert not loaded.problems
        assert len(loaded.theorems) == len(forms.theorems) - 1


LAYOUTS = {
    "section var": """\
section
variable {α : Type} [DecidableEq α] (x : α)
include x in
theorem t : x = x := by
  sorry
end
""",
    "calc": """\
theorem t (a b c : Nat) (h : a = b) (k : b = c) : a = c := by
  calc a = b := sorry
    _ = c := by sorry
""",
    "calc2": """\
theorem t (a b c : Nat) (h : a = b) (k : b = c) : a = c := by
  have q : a = c := calc a
    _ = b := sorry
    _ = c := by sorry
  exact calc
    a = b := sorry
    _ = c := sorry
""",
    "nested by": """\
theorem t : (∃ n : Nat, n = 3) ∧ True := by
  refine ⟨⟨3, by sorry⟩, ?_⟩
  sorry
""",
    "let": """\
theorem t : let x := 2; x = 2 := by
  intro x
  sorry
""",
    "show from": """\
theorem t : 1 = 1 := by
  exact show 1 = 1 from sorry
""",
    "ite": """\
theorem t (p : Prop) [Decidable p] : p ∨ ¬ p := if h : p then sorry else sorry
""",
    "tac ite": """\
theorem t (p : Prop) [Decidable p] : p ∨ ¬ p := by
  if h : p then sorry else
    sorry
""",
    "match term": """\
theorem t (o : Option Nat) : o = o :=
  match o with
  | none => sorry
  | some _ => by sorry
""",
    "match tac": """\
theorem t (o : Option Nat) : o = o := by
  match o with
  | none => sorry
  | some _ => sorry
""",
    "fun": """\
theorem t : ∀ n : Nat, n = n := fun n => sorry
""",
    "by fun": """\
theorem t : ∀ n : Nat, n = n := by
  exact fun n => sorry
""",
    "braces": """\
theorem t : 1 = 1 := by { sorry }
""",
    "paren tac": """\
theorem t : 1 = 1 := by
  (sorry)
""",
    "all_goals": """\
theorem t : 1 = 1 ∧ 2 = 2 := by
  constructor
  all_goals sorry
""",
    "case": """\
theorem t (n : Nat) : n = n := by
  cases n
  case zero => sorry
  case succ m => sorry
""",
    "next": """\
theorem t (h : 1 = 1 ∨ 2 = 2) : 3 = 3 := by
  cases h
  next => sorry
  · sorry
""",
    "anonymous have": """\
theorem t : 3 = 3 := by
  have := Nat.le_refl 3
  have h : 1 = 1 :=
    sorry
  obtain ⟨x, hx⟩ : ∃ n : Nat, n = 2 := sorry
  suffices 4 = 4 by
    sorry
  sorry
""",
    "conv": """\
theorem t (a b : Nat) : a + b = b + a := by
  conv => lhs; rw [show a + b = b + a from sorry]
""",
    "app": """\
theorem t (f : 1 = 1 → 2 = 2 → 3 = 3) : 3 = 3 := f sorry
  sorry
""",
    "pipe": """\
theorem t (f : 1 = 1 → 2 = 2) : 2 = 2 := f <| sorry
""",
    "subst": """\
theorem t (a b : Nat) (h : a = b) : b = a := (sorry : a = b) ▸ rfl
""",
    "iff": """\
theorem t (p q : Prop) : p ∧ q ↔ q ∧ p :=
  ⟨fun ⟨a, b⟩ => sorry, fun h => sorry⟩
""",
    "thm type by": """\
theorem t : (by exact 1 = 1) := by sorry
""",
    "univ": """\
universe u
theorem t.{v} {α : Sort v} {β : Type u} (a : α) (b : β) : a = a := sorry
""",
    "oneline": """\
theorem t (p : Prop) (h : p) : p ∧ p := by constructor; exact sorry; exact sorry
""",
    "onematch": """\
theorem t (o : Option Nat) : o = o := match o with | none => sorry | some x => sorry
""",
    "two per line": """\
example : 1 = 1 := sorry  example : 2 = 2 := sorry
""",
}
_ANY = "first | assumption | rfl | trivial | omega | simp_all | skip"


@pytest.mark.parametrize("form", list(LAYOUTS))
def test_a_block_of_several_lines_fits_every_place(environment, form):
    loaded = load_lean_text(LAYOUTS[form], pool=environment)
    assert not loaded.problems
    for theorem in loaded.theorems:
        script = ProofScript((f"skip\n{_ANY}",) * len(theorem.holes))
        units = environment.try_out(theorem.source, theorem.edits(script))
        assert not [error for unit in units for error in unit.errors]


def test_all_proofs_can_be_taken_away(environment, forms):
    text = fill(FORMS, [(t, ProofScript(SCRIPTS[t.name])) for t in forms.theorems])
    again = load_lean_text(text, pool=environment, reprove=True)
    assert not again.problems
    names = {t.name for t in forms.theorems if t.keyword != "example"}
    assert {t.name for t in again.theorems if t.keyword != "example"} == names | {
        "Outer.done", "unreached",
    }  # fmt: skip
    whole = {t.name: t for t in again.theorems}
    state = environment.open(whole["Outer.«two words»"])
    assert [goal.target for goal in state.goals] == ["q ∧ p"]
    solved = environment.apply(state, "exact ⟨h.2, h.1⟩")
    assert isinstance(solved, ProofState)
    assert solved.solved
    filled = assemble(whole["Outer.equations"], ProofScript(("intro n\nsimp",)))
    assert "theorem equations : ∀ n : Nat, n * 0 = 0\n  := by\n  intro n\n  simp\n" in filled
    assert not load_lean_text(filled, pool=environment).problems


def test_earlier_theorems_are_in_scope_and_later_ones_are_not(environment):
    text = (
        "theorem first (n : Nat) : n + 0 = n := sorry\n"
        "theorem second (n : Nat) : n + 0 = n := sorry\n"
        "theorem third (n : Nat) : n + 0 = n := sorry\n"
    )
    theorems = load_lean_text(text, pool=environment).theorems
    state = environment.open(theorems[1])
    assert isinstance(environment.apply(state, "exact first n"), ProofState)
    for later in ("second", "third"):
        assert not isinstance(environment.apply(state, f"exact {later} n"), ProofState)


def test_what_is_wrong_is_reported_and_the_rest_still_goes(environment):
    text = (
        "theorem ok : 1 = 1 := by sorry\n"
        "theorem syntax_error : 1 = := by sorry\n"
        "theorem unknown_name : Fo.oo = 1 := by sorry\n"
        "theorem in_statement : (sorry : Prop) := by sorry\n"
        "theorem wrong_proof : 1 = 2 := by rfl\n"
        "def broken : Nat := \"text\"\n"
        "lemma fine : 2 = 2 := by\r\n  sorry\n"
        "theorem unterminated : 3 = 3 := by sorry /- "
    )
    loaded = load_lean_text(text, pool=environment, file=Path("Bad.lean"))
    assert [theorem.name for theorem in loaded.theorems][:2] == ["ok", "fine"]
    lines = {problem.line for problem in loaded.problems}
    assert lines == {2, 3, 4, 5, 6, 9}
    named = {p.theorem: p for p in loaded.problems}
    assert "Fo.oo" in named["unknown_name"].message
    assert str(named["unknown_name"]).startswith("Bad.lean:3:24: ")
    assert "statement contains `sorry`" in named["in_statement"].message


def test_what_lean_does_not_read_is_reported(environment):
    text = "theorem a : 1 = 1 := sorry\n#exit\ntheorem b : 2 = 2 := sorry\n"
    loaded = load_lean_text(text, pool=environment)
    assert [theorem.name for theorem in loaded.theorems] == ["a"]
    assert [(p.line, "#exit" in p.message) for p in loaded.problems] == [(3, True)]


@pytest.mark.parametrize("text", ["", "-- nothing\n", "import Init\n", "def x := 1\n"])
def test_a_file_without_theorems_is_no_error(environment, text):
    loaded = load_lean_text(text, pool=environment)
    assert loaded.theorems == loaded.problems == ()


def test_files(environment, tmp_path):
    with pytest.raises(InputError, match=r"none.lean: cannot be read"):
        load_lean_file(tmp_path / "none.lean", pool=environment)
    binary = tmp_path / "binary.lean"
    binary.write_bytes(b"theorem\n\x00\xff")
    with pytest.raises(InputError, match=r"binary.lean:2: "):
        load_lean_file(binary, pool=environment)
    path = tmp_path / "ok.lean"
    path.write_bytes(b"theorem t : 1 = 1 :=\r\n  sorry")
    [theorem] = load_lean_file(path, pool=environment).theorems
    fill_file(path, [(theorem, ProofScript(("skip\nrfl",)))])
    assert path.read_bytes() == b"theorem t : 1 = 1 :=\r\n  by\r\n    skip\r\n    rfl"


def test_records(environment, tmp_path):
    header = "import Mathlib\nimport Aesop\nset_option maxHeartbeats 400000\n" \
        "open BigOperators Real Nat Topology Rat\n"
    records = [
        {"name": "add", "header": header, "split": "test",
         "formal_statement": "theorem add_one (n : ℕ) (h : n = 3) : n + 1 = 4 := sorry"},
        {"name": "real", "header": header,
         "formal_statement": "theorem real (x : ℝ) (h : x = 1) : x + 1 = 2 := by"},
        {"name": "open", "formal_statement": "theorem bare (z : Int) : z = z :="},
        {"name": "plain", "formal_statement": "theorem plain (x : ℤ) : x = x", "header": header},
        {"formal_statement": "theorem nameless : True"},
        {"name": "odd", "formal_statement": 3},
        {"name": "empty", "formal_statement": "def x := 1 -- sorry\n"},
    ]  # fmt: skip
    path = tmp_path / "records.jsonl"
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("\n".join([*lines[:2], "{broken", "", *lines[2:]]))
    loaded = load_records(path, pool=environment)
    assert [(t.name, t.line) for t in loaded.theorems] == [("add", 1), ("open", 5), ("plain", 6)]
    assert [(p.line, p.theorem) for p in loaded.problems] == [
        (2, "real"), (3, None), (7, None), (8, "odd"), (9, "empty"),
    ]  # fmt: skip
    assert "ℝ" in loaded.problems[0].message
    assert "`name`" in loaded.problems[2].message
    assert any("import Mathlib" in note for note in loaded.notes)
    assert any("open Topology" in note for note in loaded.notes)
    state = environment.open(loaded.theorems[0])
    assert [goal.target for goal in state.goals] == ["n + 1 = 4"]
    assert isinstance(environment.apply(state, "omega"), ProofState)


def test_imports_of_the_core_library(environment):
    text = "import Std.Data.HashMap\ntheorem t (m : Std.HashMap Nat Nat) : m = m := sorry\n"
    loaded = load_lean_text(text, pool=environment)
    assert not loaded.problems
    [theorem] = loaded.theorems
    assert isinstance(environment.apply(environment.open(theorem), "rfl"), ProofState)
