"""What language models write becomes one tactic, or nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from prover.environments.fol.tactic_parser import read_script
from prover.environments.lean.lexer import tokens
from prover.environments.lean.screening import refusal
from prover.generators.cleaning import Answer, World, clean, normal_form, proposals

_PIECES = st.sampled_from([
    "simp", "exact", "intro", "h", "x", "(", ")", "[", "]", "⟨", "⟩", "·", "by", ":=", "=>", ";",
    "<;>", "|", ",", "\n", "\n  ", " ", "  ", "-- note", "/- note -/", "sorry", "admit", "```",
    "```lean\n", "`", "The proof.", "Tactic:", ":::", '"', '"a  b"', "with", "cases", "1", "#eval",
    "have h : p", "native_decide", "rw", "?", "\t", "\r\n", "∀", "theorem", ".", "</think>",
])  # fmt: skip
TEXTS = st.lists(_PIECES, max_size=14).map("".join) | st.text(max_size=60)


@given(TEXTS, st.sampled_from(World))
def test_what_is_kept_may_be_tried(text: str, world: World) -> None:
    tactic = clean(text, world)
    if tactic is None:
        return
    assert tactic == tactic.strip()
    assert clean(tactic, world) == tactic
    assert normal_form(tactic) == tactic
    for token in tokens(tactic):
        assert token.text not in ("sorry", "admit", "native_decide")
    if world is World.LEAN:
        assert refusal(tactic) is None
    else:
        assert len(read_script(tactic)) == 1


@given(TEXTS)
def test_the_normal_form_has_the_same_tokens(text: str) -> None:
    text = text.replace("\r", "").replace("\t", " ")
    assume(all(token.closed for token in tokens(text, comments=True)))
    normal = normal_form(text)
    assert [t.text for t in tokens(normal)] == [t.text for t in tokens(text)]
    assert normal_form(normal) == normal


@pytest.mark.parametrize(("text", "tactic"), [
    ("simp [foo,bar]  -- hi", "simp [foo, bar]"),
    ("```lean\nby\n  intro x\n  simp\n```", "intro x"),
    ("Sure! Here is the next tactic:\n```lean4\nrw [h]\n```\nIt rewrites.", "rw [h]"),
    ("Here is the tactic: `simp?`", "simp"),
    ("<think>cases? no</think>\nexact h", "exact h"),
    ("h : p\n⊢ p:::exact  h", "exact h"),
    ("intro x; simp", "intro x"),
    ("have h : p := by intro x; simp", "have h : p := by intro x; simp"),
    ("induction n with\n| zero => simp\n| succ n ih =>\n  simp\nring",
     "induction n with\n| zero => simp\n| succ n ih =>\n  simp"),
    ("rw [a,\nb]", "rw [a,\nb]"),
    ("constructor <;>\nsimp", "constructor <;>\nsimp"),
    ("· rfl", "rfl"),
    ("Tactic: omega", "omega"),
    ("refine f ..", "refine f .."),
    ('exact f "a  (b"', 'exact f "a  (b"'),
    ("  simp\n  ring", "simp"),
])
def test_one_tactic_is_found_in_an_answer(text: str, tactic: str) -> None:
    assert clean(text) == tactic


@pytest.mark.parametrize("text", [
    "", "   ", "exact sorry", "exact (foo", "exact foo)", "apply?", "exact?", "admit",
    "decide\ufffd", "native_decide", "#eval 1", "theorem t : p := h", "stop",
    "The goal follows by symmetry.",
    "set_option maxHeartbeats2 1 in simp", "-- only a comment", "run_tac foo",
])  # fmt: skip
def test_what_must_not_be_tried_is_dropped(text: str) -> None:
    assert clean(text) is None


@pytest.mark.parametrize(("text", "tactic"), [
    ("intro  x", "intro x"), ("auto [a,b] ", "auto [a, b]"), ("apply h ; auto", "apply h"),
    ("foo bar", None), ("∃ x", None), ("exact sorry", None),
    ("cases h with\n| inl a => auto\n| inr b => auto",
     "cases h with\n| inl a => auto\n| inr b => auto"),
])  # fmt: skip
def test_first_order_tactics_are_those_that_the_environment_reads(
    text: str, tactic: str | None
) -> None:
    assert clean(text, World.FIRST_ORDER) == tactic


def test_equal_tactics_are_merged_and_their_probabilities_added() -> None:
    half = math.log(0.5)
    found = proposals(
        [Answer("simp [a,b]", half, 3), Answer("simp  [a, b]", math.log(0.25), 4),
         Answer("rfl", math.log(0.2), 2), Answer("sorry", -0.1, 7), Answer("omega", -9.0, 5)],
        World.LEAN, 2, "test")
    assert [p.tactic for p in found] == ["simp [a, b]", "rfl"]
    assert math.exp(found[0].log_prob) == pytest.approx(0.75)
    # Every token is counted, also those of what was dropped.
    assert sum(p.tokens for p in found) == 3 + 4 + 2 + 7 + 5
    assert found.wasted == 0


def test_tokens_of_answers_that_are_all_dropped_are_wasted() -> None:
    found = proposals([Answer("sorry", -1.0, 7), Answer("(", -1.0, 2)], World.LEAN, 8, "test")
    assert list(found) == []
    assert found.wasted == 9


@given(st.lists(st.tuples(TEXTS, st.floats(-30, 0), st.integers(0, 9)), max_size=8),
       st.integers(1, 5))
def test_proposals_are_ordered_distinct_and_account_for_every_token(
    drawn: list[tuple[str, float, int]], count: int
) -> None:
    found = proposals([Answer(*answer) for answer in drawn], World.LEAN, count, "test")
    scores = [p.log_prob for p in found]
    assert scores == sorted(scores, reverse=True)
    assert all(score <= 0 for score in scores)
    assert len({p.tactic for p in found}) == len(found) <= count
    assert found.wasted + sum(p.tokens for p in found) == sum(tokens for _, _, tokens in drawn)
