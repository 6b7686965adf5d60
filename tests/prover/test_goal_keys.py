"""Goals up to the names of their hypotheses, and tactics carried over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.contracts import Goal, Hypothesis
from prover.goal_keys import (
    CannotRenameError,
    canonical,
    canonical_tactic,
    identifiers,
    key,
    names,
    rename,
    renaming,
)

NAMES = ("h", "h₁", "x", "ih'", "«a b»", "α", "n!", "x_1")
CONSTANTS = ("Nat", "f", "Foo.h", "∀", "→", "(", ")", "0x1", "h✝", "ᵀ", " = ", ".x", '"h"', "?h")

words = st.lists(st.sampled_from(NAMES + CONSTANTS), min_size=1, max_size=6).map(" ".join)


@st.composite
def goals(draw: st.DrawFn) -> Goal:
    called = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    hypotheses = [Hypothesis(name, draw(words), draw(st.none() | words)) for name in called]
    return Goal(tuple(hypotheses), draw(words))


def called_otherwise(goal: Goal, new: tuple[str, ...]) -> Goal:
    """The goal with fresh names for its hypotheses, by plain substitution of identifiers."""
    mapping = dict(zip(names([goal]), new, strict=True))
    return Goal(tuple(Hypothesis(mapping[h.name], rename(h.type, mapping),
                                 None if h.value is None else rename(h.value, mapping))
                      for h in goal.hypotheses), rename(goal.target, mapping), "other", "?m")


@given(goals())
def test_a_goal_keeps_its_key_when_its_hypotheses_are_called_otherwise(goal: Goal) -> None:
    new = tuple(f"fresh{i}" for i in range(len(goal.hypotheses)))
    assert canonical(called_otherwise(goal, new)) == canonical(goal)


@given(goals(), st.permutations(NAMES))
def test_goals_have_one_key_exactly_if_they_differ_in_names_only(
    goal: Goal, new: list[str]
) -> None:
    """Calling the hypotheses otherwise without touching their occurrences is another goal, unless
    none occurs."""
    other = Goal(tuple(Hypothesis(name, h.type, h.value)
                       for name, h in zip(new, goal.hypotheses, strict=False)), goal.target)
    fresh = tuple(f"fresh{i}" for i in range(len(goal.hypotheses)))
    same = called_otherwise(goal, fresh) == called_otherwise(other, fresh)
    assert (canonical(goal) == canonical(other)) == same


def test_what_is_a_name_and_what_is_not() -> None:
    goal = Goal((Hypothesis("x", "Nat"), Hypothesis("h", "P x (x := 3)"),
                 Hypothesis("y✝", "Q x.1 Foo.x Aᵀ !x ?x \"x\"")), "xᵀ x' y✝ 0x1")
    assert canonical(goal) == (
        "# : Nat\n# : P #0 (x := 3)\n#✝ : Q #0.1 Foo.x Aᵀ !#0 ?x \"x\"\n⊢ #0ᵀ x' #2 0x1")


def test_accessibility_and_order_matter_and_the_case_does_not() -> None:
    p, q = Hypothesis("h", "p"), Hypothesis("k", "q")
    assert canonical(Goal((p,), "p", "left")) == canonical(Goal((p,), "p", "right"))
    assert canonical(Goal((p,), "p")) != canonical(Goal((Hypothesis("h✝", "p"),), "p"))
    assert canonical(Goal((p, q), "p")) != canonical(Goal((q, p), "p"))
    assert key([Goal((p,), "p")] * 2) != key([Goal((p,), "p")])


@pytest.mark.parametrize(("tactic", "mapping", "expected"), [
    ("exact h.symm ▸ foo (h := h)", {"h": "k"}, "exact k.symm ▸ foo (h := k)"),
    ("obtain ⟨a, b⟩ := h", {"h": "a"}, "obtain ⟨a_1, b⟩ := a"),  # `a` would be shadowed
    ("intro k; exact h k", {"h": "k", "x": "y"}, "intro k_1; exact k k_1"),
    ("simp [x, y]", {"x": "y", "y": "x"}, "simp [y, x]"),
    ("rw [Nat.h, h]", {"h": "h'"}, "rw [Nat.h, h']"),
    ("exact h", {"h": "h"}, "exact h"),
])
def test_tactics_are_carried_over(tactic: str, mapping: dict[str, str], expected: str) -> None:
    assert rename(tactic, mapping) == expected


@given(words, st.permutations(NAMES))
def test_renaming_can_be_undone(text: str, new: list[str]) -> None:
    mapping = dict(zip(NAMES, new, strict=True))
    back = {after: before for before, after in mapping.items()}
    assert rename(rename(text, mapping), back) == text


@given(words, st.lists(st.sampled_from(NAMES), unique=True, min_size=2, max_size=4))
def test_nothing_is_captured(text: str, called: list[str]) -> None:
    """Two different identifiers never become one."""
    mapping = dict(zip(called, [*called[1:], "fresh"], strict=True))
    before, after = list(identifiers(text)), list(identifiers(rename(text, mapping)))
    pairs = set(zip(before, after, strict=True))
    assert len(pairs) == len(set(before)) == len(set(after))


def test_a_tactic_in_canonical_form_is_the_same_for_both_goals() -> None:
    first = Goal((Hypothesis("h", "p"),), "p")
    second = Goal((Hypothesis("k", "p"),), "p")
    assert canonical_tactic("exact h", first) == canonical_tactic("exact k", second)


def test_goals_that_do_not_correspond() -> None:
    with pytest.raises(CannotRenameError):
        renaming(("h",), ("h", "k"))
    with pytest.raises(CannotRenameError):
        renaming(("h",), ("h✝",))
