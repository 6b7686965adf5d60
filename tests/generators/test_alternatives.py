"""What a failed ``first`` has tried."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prover.generators.alternatives import alternatives, spent_last
from prover.generators.small.shorthand import finish


def test_alternatives_are_split_at_the_outermost_bars() -> None:
    assert alternatives(finish()) == ["rfl", "omega", "(simp_all <;> omega)", "grind"]
    assert alternatives(finish("p, q"))[-1] == "grind [p, q]"
    assert alternatives("first | (first | a | b) | exact ⟨x | y⟩ | c") == [
        "(first | a | b)", "exact ⟨x | y⟩", "c"]
    assert alternatives("cases h <;> first | a | b") == alternatives("grind") == []


def test_what_an_earlier_one_has_tried_comes_last() -> None:
    found = ["omega", "first | rfl | grind [p]", "grind", "grind [p]", "rfl", "simp"]
    assert list(spent_last((t, t) for t in found)) == [
        "omega", "first | rfl | grind [p]", "grind", "simp", "grind [p]", "rfl"]


@given(st.lists(st.sampled_from(["a", "b", "c", "first | a | b", "first | c", "first | a"])))
def test_nothing_is_lost(found: list[str]) -> None:
    assert sorted(spent_last((t, t) for t in found)) == sorted(found)
