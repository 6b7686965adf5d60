"""Reading the outermost connective of printed propositions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.generators.shape import Shape, parse, telescope


@pytest.mark.parametrize(("text", "shape", "parts"), [
    ("∀ (n m : Nat), n + m = m + n", Shape.FORALL, ("n + m = m + n",)),
    ("p ∧ q → q ∧ p", Shape.IMPLIES, ("p ∧ q", "q ∧ p")),
    ("p → q → r", Shape.IMPLIES, ("p", "q → r")),
    ("p ∨ q ↔ q ∨ p", Shape.IFF, ("p ∨ q", "q ∨ p")),
    ("p ∧ ∃ x, q x → r", Shape.AND, ("p", "∃ x, q x → r")),
    ("(∃ x, P x) → ∀ x, Q x", Shape.IMPLIES, ("(∃ x, P x)", "∀ x, Q x")),
    ("¬(p ∧ ¬p)", Shape.NOT, ("(p ∧ ¬p)",)),
    ("¬p → q", Shape.IMPLIES, ("¬p", "q")),
    ("(xs ++ ys).length = xs.length", Shape.EQUALITY, ("(xs ++ ys).length", "xs.length")),
    ("a ≤ b", Shape.RELATION, ("a", "b")),
    ("False", Shape.FALSE, ()),
    ("((p ∧ q))", Shape.AND, ("p", "q")),
    ("List.Nodup xs", Shape.ATOM, ()),
    ("", Shape.ATOM, ()),
])
def test_main_connective(text: str, shape: Shape, parts: tuple[str, ...]) -> None:
    proposition = parse(text)
    assert proposition.shape is shape
    assert proposition.parts == parts


def test_telescope_names_what_intro_introduces() -> None:
    binders = telescope("∀ {α : Type u} (x y : α), x = y → ¬(y = x)")
    assert [b.name for b in binders] == ["α", "x", "y", "h", "h"]


def test_bounded_quantifier_introduces_its_assumption() -> None:
    assert [b.name for b in telescope("∀ x ∈ xs, 0 < x")] == ["x", "h"]


propositions = st.recursive(
    st.sampled_from(["p", "q x", "a = b", "f (a + 1) ≤ 2"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("∧∨→↔"), inner).map(
            lambda t: (f"({t[0]}) {t[1]} ({t[2]})")),
        inner.map(lambda t: f"¬({t})"),
        inner.map(lambda t: f"∀ (x : Nat), {t}"),
    ),
    max_leaves=8,
)


@given(propositions, st.sampled_from("∧∨→↔"), propositions)
def test_a_connective_between_brackets_is_found(left: str, symbol: str, right: str) -> None:
    proposition = parse(f"({left}) {symbol} ({right})")
    assert proposition.shape.value == symbol
    assert proposition.parts == (f"({left})", f"({right})")


@given(st.text(max_size=80))
def test_any_text_is_read_without_error(text: str) -> None:
    parse(text)
    telescope(text)
