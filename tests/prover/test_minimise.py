"""Minimising proofs: pure functions on trees, and whole scripts in the first-order environment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.contracts import ProofScript
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.environment import FolEnvironment, load_problem
from prover.environments.fol.theorem import FolTheorem
from prover.minimise import FIRST_ORDER, LEAN, Minimiser
from prover.minimise.formatting import WIDTH, pretty
from prover.minimise.layout import Compound, Everywhere, Focus, Tactic, read_block
from prover.minimise.merging import merge
from prover.minimise.reductions import REDUCTIONS, close_at_once, cost
from prover.minimise.text import cut, listings, without
from prover.script import length, render
from search.contracts import ProofTree

World = tuple[FolEnvironment, FolChecker]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    environment, checker = FolEnvironment(), FolChecker()
    yield environment, checker
    environment.close()
    checker.close()


def theorem(folder: Path, formula: str) -> FolTheorem:
    path = folder / "problem.p"
    path.write_text(f"fof(goal, conjecture, {formula}).\n")
    return load_problem(path)[0]


def leaf(tactic: str) -> ProofTree:
    return ProofTree(tactic)


def chain(*tactics: str) -> ProofTree:
    *firsts, last = tactics
    tree = leaf(last)
    for tactic in reversed(firsts):
        tree = ProofTree(tactic, (tree,))
    return tree


# --- Whole scripts --------------------------------------------------------------------------

SWAP = "(p & q) => (q & p)"
LONG = {
    "detours": (SWAP, "intro h\nhave k := h\nobtain ⟨a, b⟩ := h\nhave c := a\nconstructor\n"
                      "· exact b\n· have d := c\n  exact d", 2),
    "steps that can be one": ("p => (q => p)", "intro h\nintro k\nassumption", 2),
    "branches": ("(p | q) => (q | p)", "intro h\nrcases h with a | b\n· right\n  exact a\n"
                                       "· left\n  exact b", 3),
    "premises that are not used": (
        "(! [X] : (p(X) => q(X)) & p(a)) => q(a)",
        "intro h\nobtain ⟨f, g⟩ := h\nhave e := f a\napply f\nexact g", 3),
}


@pytest.mark.parametrize("name", LONG)
def test_a_found_proof_is_made_shorter_and_is_accepted(
    tmp_path: Path, world: World, name: str
) -> None:
    formula, script, tactics = LONG[name]
    goal, found = theorem(tmp_path, formula), ProofScript((script,))
    assert world[1].check(goal, found).accepted
    result = Minimiser(*world, FIRST_ORDER).minimise(goal, found)
    assert result is not None
    assert result.verdict.accepted
    assert world[1].check(goal, result.script).accepted
    assert length(result.script).tactics <= tactics
    assert length(result.script).characters < length(found).characters


@pytest.mark.parametrize("script", [
    "intro h\nexact h",  # no proof
    "intro h\n· exact h.2",  # a block that leaves something
    "nonsense",
    "",
])
def test_what_cannot_be_replayed_is_left_alone(
    tmp_path: Path, world: World, script: str
) -> None:
    goal = theorem(tmp_path, SWAP)
    assert Minimiser(*world, FIRST_ORDER).minimise(goal, ProofScript((script,))) is None
    two = ProofScript((script, script))
    assert Minimiser(*world, FIRST_ORDER).minimise(goal, two) is None


def test_without_time_or_calls_the_proof_stays(tmp_path: Path, world: World) -> None:
    goal, found = theorem(tmp_path, SWAP), ProofScript((LONG["detours"][1],))
    assert Minimiser(*world, FIRST_ORDER).minimise(goal, found, seconds=0) is None
    assert Minimiser(*world, FIRST_ORDER, tactic_calls=5).minimise(goal, found) is None
    stop = threading.Event()
    stop.set()
    assert Minimiser(*world, FIRST_ORDER, stop=stop).minimise(goal, found) is None


@pytest.mark.parametrize("calls", [9, 12, 20, 40])
def test_a_budget_that_ends_midway_leaves_a_valid_proof(
    tmp_path: Path, world: World, calls: int
) -> None:
    goal, found = theorem(tmp_path, SWAP), ProofScript((LONG["detours"][1],))
    result = Minimiser(*world, FIRST_ORDER, tactic_calls=calls).minimise(goal, found)
    if result is not None:
        assert result.tactic_calls <= calls
        assert world[1].check(goal, result.script).accepted


# --- Layout ---------------------------------------------------------------------------------

TREES = st.recursive(
    st.sampled_from(["rfl", "simp [a, b]", "intro h", "exact foo\n  bar"]).map(ProofTree),
    lambda inner: st.builds(
        ProofTree, st.sampled_from(["constructor", "cases h", "simp at h"]),
        st.lists(inner, min_size=1, max_size=3).map(tuple)),
    max_leaves=8,
)


def block_of(tree: ProofTree) -> tuple[Tactic | Focus, ...]:
    """What a rendered tree is read as."""
    first = (Tactic(tree.tactic),)
    if len(tree.children) == 1:
        return (*first, *block_of(tree.children[0]))
    return (*first, *(Focus(block_of(child)) for child in tree.children))


@given(TREES)
def test_a_rendered_proof_is_read_as_it_was(tree: ProofTree) -> None:
    assert read_block(render([tree]).blocks[0]) == block_of(tree)


def test_lines_that_go_on_belong_to_the_tactic_above() -> None:
    text = "induction n with\n| zero => rfl\n| succ n ih =>\n  simp\n  omega\n· rfl\n  <;> simp"
    first, second = read_block(text)
    assert isinstance(first, Compound)
    assert first.text.endswith("  omega")
    assert isinstance(second, Focus)


@pytest.mark.parametrize(("text", "block"), [
    ("intro k; simp", (Tactic("intro k"), Tactic("simp"))),
    ("refine have h : p := ?_; ?_", (Tactic("refine have h : p := ?_; ?_"),)),
    ("first\n| rfl\n| simp", (Tactic("first | rfl | simp"),)),
    ("all_goals first | rfl | simp", (Everywhere("first | rfl | simp"),)),
    ("case succ n ih =>\n  simp\n  rfl",
     (Focus((Tactic("rename_i n ih"), Tactic("simp"), Tactic("rfl"))),)),
    ("have h : p := by\n  intro k\n  simp\nexact h",
     (Compound("have h : p := by\n  intro k\n  simp", "refine have h : p := ?_; ?_",
               ((Tactic("intro k"), Tactic("simp")),), goes_on=True), Tactic("exact h"))),
    ("have : p := by intro k; simp",
     (Compound("have : p := by intro k; simp", "refine have : p := ?_; ?_",
               ((Tactic("intro k"), Tactic("simp")),), goes_on=True),)),
    ("have h := f (by simp)", (Tactic("have h := f (by simp)"),)),
    ("have h : p := f x", (Tactic("have h : p := f x"),)),
    ("cases h with\n| inl a => exact a\n| inr b =>\n  rcases b with c | d\n  · exact c\n  · rfl",
     (Compound("cases h with\n| inl a => exact a\n| inr b =>\n  rcases b with c | d\n"
               "  · exact c\n  · rfl", "cases h with | inl a => ?_ | inr b => ?_",
               ((Tactic("exact a"),),
                (Tactic("rcases b with c | d"), Focus((Tactic("exact c"),)),
                 Focus((Tactic("rfl"),))))),)),
    ("cases h with | inl a => ?_ | inr b => ?_",
     (Tactic("cases h with | inl a => ?_ | inr b => ?_"),)),
])
def test_blocks_inside_of_tactics_are_read(text: str, block: object) -> None:
    assert read_block(text) == block


# --- Reductions and merges ------------------------------------------------------------------


@given(TREES)
def test_every_candidate_is_another_proof(tree: ProofTree) -> None:
    for reduction in (*REDUCTIONS, merge):
        for candidate in reduction(tree, LEAN):
            assert candidate != tree
            assert candidate.tactic.strip()


def candidates(tree: ProofTree) -> list[str]:
    """Scripts of all candidates that are cheaper."""
    return [str(render([candidate])) for reduction in (*REDUCTIONS, merge)
            for candidate in reduction(tree, LEAN) if cost(candidate) < cost(tree)]


@pytest.mark.parametrize(("tree", "shorter"), [
    (leaf("simp [a, b]"), "simp [a]"),
    (leaf("simp [a, b]"), "simp"),
    (leaf("rw [a, b] at h"), "rw [b] at h"),
    (leaf("induction n generalizing a b <;> simp"), "induction n generalizing a <;> simp"),
    (leaf("refine ⟨3, ?_⟩ <;> first | omega | grind"), "refine ⟨3, ?_⟩ <;> grind"),
    (leaf("first | apply f <;> assumption | apply g <;> omega"), "apply g <;> omega"),
    (leaf("apply f; intro h; simp"), "apply f; simp"),
    (chain("skip", "intro h", "exact h"), "intro h\nexact h"),
    (chain("intro a", "intro b", "simp"), "intro a b\nsimp"),
    (chain("intro x h", "obtain ⟨a, b⟩ := h", "simp"), "rintro x ⟨a, b⟩\nsimp"),
    (chain("obtain ⟨x, h⟩ := e", "obtain ⟨a, b⟩ := h", "simp"), "obtain ⟨x, a, b⟩ := e\nsimp"),
    (chain("obtain ⟨x, h⟩ := e", "subst h", "simp"), "obtain ⟨x, rfl⟩ := e\nsimp"),
    (chain("rw [a]", "rw [b]", "rfl"), "rw [a, b]\nrfl"),
    (chain("rw [a] at h", "assumption"), "rwa [a] at h"),
    (chain("simp [a] at h", "exact h"), "simpa [a] using h"),
    (chain("have h := f x", "exact h"), "exact f x"),
    (chain("intro x", "exact f x"), "exact fun x => f x"),
    (chain("refine ⟨2, ?_⟩", "omega"), "exact ⟨2, by omega⟩"),
    (ProofTree("constructor", (leaf("exact a"), leaf("exact f b"))), "exact ⟨a, f b⟩"),
    (ProofTree("apply f", (leaf("assumption"), leaf("exact g b"))), "exact f ‹_› (g b)"),
    (ProofTree("cases h", (leaf("omega"), leaf("omega"))), "cases h <;> omega"),
])
def test_a_shorter_form_is_proposed(tree: ProofTree, shorter: str) -> None:
    assert shorter in candidates(tree)


def test_a_black_box_is_not_brought_into_a_proof() -> None:
    def proposed(tree: ProofTree) -> list[str]:
        return [str(render([c])) for reduction in (*REDUCTIONS, merge)
                for c in reduction(tree, FIRST_ORDER)]

    black = replace(FIRST_ORDER, closers=("auto", "rfl"))
    plain = chain("intro h", "constructor", "exact h")
    assert "auto" not in [str(render([c])) for c in close_at_once(plain, black)]
    assert "rfl" in [str(render([c])) for c in close_at_once(plain, black)]
    assert "auto" in proposed(chain("intro h", "constructor", "auto"))


@given(st.lists(st.text("abx ([⟨⟩])<;>,|", max_size=8), max_size=4))
def test_texts_are_cut_without_loss(pieces: list[str]) -> None:
    text = ", ".join(pieces)
    assert "".join(",".join(cut(text, ",")).split()) == "".join(text.split())
    for listing in listings(text):
        assert without(text, listing, listing.items[:1]).count("]") <= text.count("]")


# --- Formatting -----------------------------------------------------------------------------


def test_inductions_are_written_with_their_cases() -> None:
    tree = ProofTree("induction n with | zero => ?_ | succ n ih => ?_",
                     (leaf("simp"), chain("rw [f]", "omega")))
    assert str(render([pretty(tree)])) == (
        "induction n with\n| zero => simp\n| succ n ih =>\n  rw [f]\n  omega")


def test_a_case_too_many_is_not_written_so() -> None:
    tree = ProofTree("cases n with | zero => ?_ | succ n => ?_", (leaf("simp"),))
    assert pretty(tree) == tree


def test_long_lines_are_broken() -> None:
    names = ", ".join(f"lemma_number_{i}" for i in range(20))
    text = str(render([pretty(ProofTree("constructor", (leaf(f"simp [{names}]"), leaf("rfl"))))]))
    assert max(map(len, text.split("\n"))) <= WIDTH
    assert "".join(text.split()) == "".join(f"constructor·simp[{names}]·rfl".split())
    (_, focus, _) = read_block(text)
    assert isinstance(focus, Focus)
    assert len(focus.block) == 1
