"""What is done with the text alone: tokens, places, declarations, holes, and filling them."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.contracts import InputError, LemmaError, ProofScript
from prover.environments.lean.assembly import assemble, fill, fill_file, layouts, whole_proof
from prover.environments.lean.declarations import declarations
from prover.environments.lean.lexer import Kind, has_sorry, tokens
from prover.environments.lean.screening import refusal, runs_foreign_code
from prover.environments.lean.source import Edit, LeanSource, Rewritten, read_source
from prover.environments.lean.theorem import Hole, LeanTheorem

# --- Tokens -----------------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["sorry", "by", "theorem", "'", '"', "/-", "-/", "--", "\n", " ", "«", "»", "\\", "(", ")",
     "{", "}", "⟨", "⟩", ":=", "=>", "x'", "α₁", "😀", "r#\"", "\"#", "1.5", ".", "s!\"{", "\r\n"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=25).map("".join))


@given(TEXTS)
def test_tokens_cover_everything_but_white_space(text):
    position = 0
    for token in tokens(text, comments=True):
        assert token.start >= position
        assert not text[position : token.start].strip()
        assert token.text == text[token.start : token.end] != ""
        position = token.end
    assert not text[position:].strip()


@given(TEXTS)
def test_a_comment_around_a_text_hides_it(text):
    comment = "/- " + text.replace("/-", "").replace("-/", "").rstrip("-/") + " -/"
    assert not list(tokens(comment))
    assert not has_sorry("-- " + text.replace("\n", " "))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sorry", True),
        ("exact ⟨sorry, rfl⟩", True),
        ("-- sorry\nrfl", False),
        ("/- /- -/ sorry -/ rfl", False),
        ("/-- sorry -/ theorem", False),
        ('"a \\" sorry" ++ "sorry"', False),
        ('r#"a " sorry"# ++ x', False),
        ("'\"' ++ sorry ++ '\"'", True),
        ("h' sorry 'a'", True),
        ("«sorry»", False),
        ("sorry' + Foo.sorry + sorryAx", False),
        ("'\\'' = sorry", True),
    ],
)
def test_sorry_as_code(text, expected):
    assert has_sorry(text) is expected


def test_identifiers_numbers_and_depth():
    found = list(tokens("(α₁.foo'.1 ∣ «a b».c) := λ x ↦ x|||1.5"))
    assert [t.text for t in found] == [
        "(", "α₁.foo'", ".", "1", "∣", "«a b».c", ")", ":=", "λ", "x", "↦", "x", "|||", "1.5",
    ]  # fmt: skip
    assert [t.depth for t in found][:7] == [0, 1, 1, 1, 1, 1, 0]
    assert found[1].kind is Kind.WORD


# --- Places -----------------------------------------------------------------------------------

WIDE = st.text(alphabet="aé∀😀\n\r ", max_size=30)


@st.composite
def edited(draw) -> tuple[str, list[Edit]]:
    text = draw(WIDE)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pairs = [(cuts[i], cuts[i + 1]) for i in range(0, len(cuts) - 1, 2)]
    distinct = dict.fromkeys(pairs)
    return text, [Edit(a, b, draw(WIDE)) for a, b in distinct]


@given(edited())
def test_every_untouched_character_is_found_again(case):
    text, edits = case
    edits = [e for i, e in enumerate(edits) if i == 0 or edits[i - 1].end < e.start]
    view = Rewritten(text, edits)
    position, expected = 0, ""
    for edit in edits:
        expected += text[position : edit.start] + edit.text
        position = edit.end
    assert view.text == expected + text[position:]
    shift, done = 0, 0
    for edit in [*edits, Edit(len(text), len(text), "")]:
        for original in range(done, edit.start):
            offset = original + shift
            assert view.text[offset] == text[original]
            assert view.original(offset) == original
            before = view.text[:offset]
            assert view.from_bytes(len(before.encode())) == offset
            line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1)
            assert view.from_position(line, column) == offset
        shift += len(edit.text) - (edit.end - edit.start)
        done = edit.end


def test_overlapping_edits_are_a_mistake():
    with pytest.raises(ValueError, match="overlaps"):
        Rewritten("abcdef", [Edit(0, 3, "x"), Edit(2, 4, "y")])


def test_what_lean_is_sent():
    source = LeanSource(
        Path("x.lean"),
        "\ufeffimport Init\r\npublic import Std.Data\r\n-- lemma\r\n@[simp] lemma α : p := by\r\n"
        "  simp; exact lemma\r\nexample : q := sorry\r\n",
    )
    assert source.modules == ("Init", "Std.Data")
    assert [item.line for item in source.imports] == [1, 2]
    lines = source.view.text.split("\n")
    assert lines[:3] == [" " * 11, " " * 22, "-- lemma"]
    assert lines[3] == "@[simp] theorem"
    assert lines[4] == " " * len("@[simp] lemma") + " α : p := by"
    assert lines[5] == "  simp; exact lemma"
    assert lines[6] == "noncomputable def «example@6»"
    offset = source.view.text.index("α")
    assert source.place(source.view.original(offset)) == source.place(source.text.index("α"))
    assert source.place(source.text.index("α")).line == 4


def test_the_header_ends_where_the_imports_end():
    source = LeanSource(Path("x"), "/- c -/ import A.B -- c\nimport C\nopen A\nimport D")
    assert source.modules == ("Init", "A.B", "C")
    with pytest.raises(InputError, match=r"x:2: .*prelude"):
        _ = LeanSource(Path("x"), "\nprelude\n").imports
    with pytest.raises(InputError, match=r"x:1: `import` without"):
        _ = LeanSource(Path("x"), "import").imports


@pytest.mark.parametrize(
    ("data", "complaint"),
    [(b"a\n\xff\n", r":2: not UTF-8"), (b"a\n\nb\0", r":3: not a text file")],
)
def test_what_is_no_text(tmp_path, data, complaint):
    path = tmp_path / "x.lean"
    path.write_bytes(data)
    with pytest.raises(InputError, match=complaint):
        read_source(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_source(tmp_path / "missing.lean")


# --- Declarations -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "statement", "proof"),
    [
        ("theorem foo : a = b := rfl", "foo", "theorem foo : a = b", ":= rfl"),
        ("theorem f (x := 1) : x = x := rfl -- c", "f", "theorem f (x := 1) : x = x", ":= rfl"),
        ("lemma f : let y := 2; y = 2 := rfl", "f", "lemma f : let y := 2; y = 2", ":= rfl"),
        (
            "theorem m : ∀ n, match n with | 0 => p | _ => q := fun n => h",
            "m", "theorem m : ∀ n, match n with | 0 => p | _ => q", ":= fun n => h",
        ),
        (
            "theorem e : ∀ n : Nat, n = n\n  | 0 => rfl\n  | n + 1 => rfl\ntermination_by n => n",
            "e", "theorem e : ∀ n : Nat, n = n",
            "| 0 => rfl\n  | n + 1 => rfl\ntermination_by n => n",
        ),
        ("example : |x| = 3 := h", None, "example : |x| = 3", ":= h"),
        ("theorem w : a ∧ b where\n  left := h\n  right := k", "w", "theorem w : a ∧ b",
         "where\n  left := h\n  right := k"),
        ("@[simp, grind =] protected theorem A.b : p := by\n  simp", "A.b", "theorem A.b : p",
         ":= by\n  simp"),
        ("open Nat in set_option x true in\n/-- d -/ theorem t : p := h", "t", "theorem t : p",
         ":= h"),
        ("theorem f : (fun | 0 => 1 | _ => 2) = g := h", "f",
         "theorem f : (fun | 0 => 1 | _ => 2) = g", ":= h"),
    ],
)  # fmt: skip
def test_where_a_statement_ends(text, name, statement, proof):
    [found] = declarations(tuple(tokens(text)))
    assert found.written == name
    assert text[found.start : found.proof].strip() == statement
    assert text[found.proof : found.end] == proof


def test_a_mutual_block_has_several():
    text = "mutual\ntheorem a : p := sorry\n@[simp] private theorem b : q := by\n  sorry\nend"
    first, second = declarations(tuple(tokens(text)))
    assert text[first.proof : first.end] == ":= sorry"
    assert text[second.proof : second.end] == ":= by\n  sorry"


@pytest.mark.parametrize(
    "text", ["def f := sorry", "instance : Foo := sorry", "theorem x : p", "#eval 1", "end", ""]
)
def test_what_is_no_target(text):
    assert not declarations(tuple(tokens(text)))


def test_a_sorry_in_the_statement_is_told_apart():
    [found] = declarations(tuple(tokens("theorem x : sorry = 1 := by rfl")))
    assert found.sorry_in_statement
    assert not found.sorries


# --- Filling ----------------------------------------------------------------------------------


def theorem_of(text: str, *, which: int = 0) -> LeanTheorem:
    """The theorem whose holes are the ``sorry``s of ``text``, each filled in its likely way."""
    source = LeanSource(Path("x.lean"), text)
    found = source.tokens
    holes = [layouts(found, i, text)[0] for i, t in enumerate(found) if t.is_("sorry")]
    return LeanTheorem(
        "t", "", source.file, 1, source, "theorem", "t", tuple(holes[which:] or holes), len(text)
    )


def filled(text: str, *blocks: str) -> str:
    return assemble(theorem_of(text), ProofScript(blocks))


ONE, TWO = "simp", "intro x\n· simp\n  omega"


@pytest.mark.parametrize(
    ("text", "one", "two"),
    [
        ("theorem t : p := by sorry", "theorem t : p := by simp",
         "theorem t : p := by\n  intro x\n  · simp\n    omega"),
        ("theorem t : p := by\n  sorry\n", "theorem t : p := by\n  simp\n",
         "theorem t : p := by\n  intro x\n  · simp\n    omega\n"),
        ("  theorem t : p := sorry", "  theorem t : p := by simp",
         "  theorem t : p := by\n    intro x\n    · simp\n      omega"),
        ("  := by\n    · sorry", "  := by\n    · simp",
         "  := by\n    · intro x\n      · simp\n        omega"),
        ("  · have h : p := by sorry\n    k", "  · have h : p := by simp\n    k",
         "  · have h : p := by\n                     intro x\n                     · simp\n"
         "                       omega\n    k"),
        ("  by simp <;> sorry", "  by simp <;> (simp)",
         "  by simp <;> (intro x\n               · simp\n                 omega)"),
        ("  by sorry; rfl", "  by (simp); rfl",
         "  by (intro x\n      · simp\n        omega); rfl"),
        ("  exact ⟨sorry, h⟩", "  exact ⟨by simp, h⟩",
         "  exact ⟨by\n    intro x\n    · simp\n      omega, h⟩"),
        ("  exact f sorry h", "  exact f (by simp) h",
         "  exact f (by\n    intro x\n    · simp\n      omega) h"),
        ("  exact (sorry : p)", "  exact (by simp : p)",
         "  exact (by\n    intro x\n    · simp\n      omega : p)"),
        ("t :=\n  sorry", "t :=\n  by simp", "t :=\n  by\n    intro x\n    · simp\n      omega"),
        ("fun n => sorry", "fun n => by simp",
         "fun n => by\n  intro x\n  · simp\n    omega"),
        ("  calc a = b := sorry", "  calc a = b := by simp",
         "  calc a = b := by\n                  intro x\n                  · simp\n"
         "                    omega"),
        ("  by skip; exact sorry", "  by skip; exact by simp",
         "  by skip; exact by\n                   intro x\n                   · simp\n"
         "                     omega"),
        ("by\n  cases n with\n  | zero => sorry", "by\n  cases n with\n  | zero => simp",
         "by\n  cases n with\n  | zero => intro x\n            · simp\n              omega"),
    ],
)  # fmt: skip
def test_the_place_of_a_block(text, one, two):
    assert filled(text, ONE) == one
    assert filled(text, TWO) == two


def test_a_comment_at_the_end_of_a_block_ends_there():
    assert filled("exact ⟨sorry, h⟩", "simp -- easy") == "exact ⟨by simp -- easy\n  , h⟩"


def test_goals_of_one_sorry_become_alternatives():
    theorem = theorem_of("by constructor <;> sorry")
    several = LeanTheorem(**{**theorem.__dict__, "holes": theorem.holes * 2})
    text = assemble(several, ProofScript(("exact a", "exact b\nskip")))
    assert text == (
        "by constructor <;> (first\n"
        "                      | exact a\n                        done\n"
        "                      | exact b\n                        skip\n"
        "                        done)"
    )
    assert assemble(several, ProofScript(("simp", "simp"))) == "by constructor <;> (simp)"


def test_a_script_must_have_a_block_for_each_hole():
    with pytest.raises(ValueError, match="1 blocks, 2 holes"):
        filled("exact ⟨sorry, sorry⟩", "simp")


def test_a_proof_taken_away():
    text = "  theorem t : p\n    := by\n  old\n"
    [found] = declarations(tuple(tokens(text)))
    assert Rewritten(text, [whole_proof(found, text).fill("a\nb")]).text == (
        "  theorem t : p\n    := by\n    a\n    b\n"
    )


CONTEXTS = [
    "theorem a : p := by sorry", "theorem b : p := sorry", "lemma c : p := by\n  sorry",
    "example : p := by\n  constructor\n  · sorry\n  · exact ⟨sorry, f sorry⟩",
    "-- sorry", "/- sorry\n /- sorry -/ -/", 'def s := "sorry"', "theorem d : p := rfl", "",
    "theorem e : ∀ 😀, p\n  | 0 => sorry\n  | _ => sorry", "#check sorry'",
]  # fmt: skip
BLOCKS = st.sampled_from(
    ["simp", "intro x\nexact x", "cases h with\n| inl h =>\n  simp\n| inr h => rfl"]
)


@given(
    st.lists(st.sampled_from(CONTEXTS), max_size=6), st.sampled_from(["\n", "\r\n"]),
    st.booleans(), BLOCKS, st.data(),
)  # fmt: skip
def test_filling_touches_the_filled_holes_and_nothing_else(parts, newline, final, block, data):
    text = "\n\n".join(parts).replace("\n", newline) + (newline if final else "")
    source = LeanSource(Path("x.lean"), text)
    found = source.tokens
    holes = [layouts(found, i, text)[0] for i, t in enumerate(found) if t.is_("sorry")]
    chosen = [hole for hole in holes if data.draw(st.booleans())]
    theorem = LeanTheorem("t", "", source.file, 1, source, "theorem", "t", tuple(chosen), 0)
    result = fill(text, [(theorem, ProofScript((block,) * len(chosen)))])
    assert sum(t.is_("sorry") for t in tokens(result)) == len(holes) - len(chosen)
    edges = zip([0, *(h.end for h in chosen)], [*(h.start for h in chosen), len(text)], strict=True)
    pieces = [text[start:end] for start, end in edges]
    assert re.fullmatch(".*?".join(map(re.escape, pieces)), result, re.DOTALL)
    assert ("\r" in result) == ("\r" in text)
    assert "\r" not in text or not re.search(r"(?<!\r)\n", result)


def test_filling_a_file_is_atomic_and_keeps_its_mode(tmp_path):
    path = tmp_path / "x.lean"
    text = "\ufefftheorem t : p := sorry\r\n-- ü"
    path.write_bytes(text.encode())
    path.chmod(0o640)
    theorem = theorem_of(text)
    fill_file(path, [(theorem, ProofScript(("intro x\nsimp",)))])
    assert path.read_bytes().decode() == (
        "\ufefftheorem t : p := by\r\n  intro x\r\n  simp\r\n-- ü"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["x.lean"]
    with pytest.raises(LemmaError, match="changed since"):
        fill_file(path, [(theorem, ProofScript(("simp",)))])
    with pytest.raises(LemmaError, match="cannot be written"):
        fill_file(tmp_path / "missing.lean", [])


# --- Screening --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "block",
    [
        "simp", "omega\nsimp [foo] at h ⊢", "-- end sorry\nrfl", "/- sorry -/ rfl",
        "obtain ⟨x, hx⟩ := h\nexact ⟨x, hx.end⟩", "open Nat in simp", 'exact "sorry"',
        "set_option maxRecDepth 1000 in decide", "induction n with\n| zero => rfl\n| succ n h => h",
        "conv => lhs; rw [h]", "exact h.1.symm ▸ rfl", "rw [show (2 : Nat) = 1 + 1 from rfl]",
    ],
)  # fmt: skip
def test_honest_scripts_pass(block):
    assert refusal(block) is None


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("", "empty"), ("sorry", "`sorry`"), ("exact ⟨1, sorry⟩", "`sorry`"), ("admit", "`admit`"),
        ("exact sorryAx _ false", "sorryAx"), ("exact Lean.sorryAx _", "sorryAx"),
        (".sorry", "`sorry`"), ("· sorry", "`sorry`"), ("exact «sorryAx» _ false", "sorryAx"),
        ("native_decide", "compiled"), ("decide +native", "compiled"),
        ("exact Lean.ofReduceBool a b rfl", "compiled"),
        ("rfl\ntheorem x : p := h", "command"), ("rfl\nend Foo", "command"),
        ("rfl\n#exit", "command"), ("rfl\n#eval 1", "command"), ("rfl\naxiom b : p", "command"),
        ("run_tac foo", "metaprogram"), ("rfl\nmacro \"x\" : term => `(1)", "metaprogram"),
        ("rfl\n@[simp] theorem x : p := h", "attribute"), ("rfl\nattribute [simp] x", "command"),
        ("simp)", "unbalanced"), ("(simp", "lacks a `)`"), ("(simp]", "unbalanced"),
        ("simp /- ", "unterminated"), ('exact "abc', "unterminated"),
        ("set_option debug.skipKernelTC true in rfl", "debug.skipKernelTC"),
        ("rfl\0", "control"), ("rfl\r\nsorry", "control"), ("\tsimp", "control"),
        ("x" * 70_000, "longer"), ("instance : Foo := ⟨⟩", "command"),
        ("exact unsafe 1", "compiled"), ("local notation \"x\" => 1", "command"),
    ],
)  # fmt: skip
def test_dishonest_scripts_do_not(block, reason):
    assert reason in refusal(block)


def test_texts_that_run_code_are_told_apart():
    def foreign(text: str) -> bool:
        return runs_foreign_code(tuple(tokens(text)))

    assert not foreign("import Init\ntheorem t : p := by\n  simp -- #eval\n")
    assert not foreign("def f := #[1, 2]")
    assert foreign("#eval 1")
    assert foreign("macro \"m\" : tactic => `(tactic| sorry)")
    assert foreign("initialize foo : IO Unit ← pure ()")


def test_a_hole_of_one_line_stays_on_its_line():
    assert Hole(0, 5, 0, 2, "by", fresh=True).fill("simp\n") == Edit(0, 5, "by simp")
