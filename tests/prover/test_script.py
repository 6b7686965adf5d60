"""Proof trees as text."""

from __future__ import annotations

from prover.contracts import ProofScript
from prover.script import Length, length, render
from search.contracts import ProofTree


def test_a_chain_is_written_line_by_line() -> None:
    tree = ProofTree("intro h", (ProofTree("simp at h", (ProofTree("exact h"),)),))
    assert render([tree]).blocks == ("intro h\nsimp at h\nexact h",)


def test_several_goals_become_focused_blocks() -> None:
    right = ProofTree("cases q", (ProofTree("rfl"), ProofTree("simp")))
    tree = ProofTree("constructor", (ProofTree("assumption"), right))
    assert str(render([tree])) == (
        "constructor\n· assumption\n· cases q\n  · rfl\n  · simp")


def test_a_tactic_of_several_lines_stays_aligned_inside_a_block() -> None:
    inner = ProofTree("first\n  | rfl\n  | simp")
    tree = ProofTree("constructor", (inner, ProofTree("rfl")))
    assert str(render([tree])) == "constructor\n· first\n    | rfl\n    | simp\n· rfl"


def test_one_block_for_each_hole() -> None:
    assert render([ProofTree("rfl"), ProofTree("simp")]).blocks == ("rfl", "simp")


def test_a_proof_longer_than_the_call_stack() -> None:
    tree = ProofTree("rfl")
    for _ in range(5000):
        tree = ProofTree("skip", (tree,))
    assert str(render([tree])).count("\n") == 5000


def test_the_length_counts_tactics_and_characters() -> None:
    block = "induction n with\n| zero => rfl\n| succ n ih =>\n  simp\n  omega"
    script = ProofScript((block, "rfl"))
    assert length(script) == Length(tactics=5, characters=16 + 13 + 14 + 4 + 5 + 3)
