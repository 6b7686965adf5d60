"""Sequents and the notation in which goals are shown and read back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from prover.environments.fol.notation import (
    NotationError,
    display_name,
    lean_variables,
    name_from_display,
    read_formula,
    show,
    tptp_variables,
)
from prover.environments.fol.sequent import Assumption, Local, Sequent
from prover.environments.fol.syntax import (
    Equality,
    Formula,
    Function,
    Predicate,
    Quantified,
    alpha_equivalent,
    close,
    postorder,
)
from prover.environments.fol.terms import instances, metavariable, resolve, same_formula, unify
from prover.environments.fol.tptp import parse_formula
from tests.fol.sequents import formulas
from tests.fol.strategies import formulas as any_formulas

A, B = Function("a"), Function("b")


@given(formula=formulas(depth=4))
@settings(deadline=None)
def test_what_is_shown_reads_back(formula: Formula) -> None:
    assert read_formula(show(formula)) == formula


@given(formula=any_formulas())
@settings(deadline=None)
def test_any_tptp_formula_reads_back_up_to_bound_names(formula: Formula) -> None:
    formula = close(formula)
    functions = frozenset(n.name for n in postorder(formula) if isinstance(n, Function))
    readable = lean_variables(formula, functions)
    assert alpha_equivalent(read_formula(show(readable)), formula)


@given(formula=formulas(depth=4))
@settings(deadline=None)
def test_provers_get_tptp_variables(formula: Formula) -> None:
    translated = tptp_variables(formula)
    assert alpha_equivalent(translated, formula)
    assert all(n.variable[0].isupper() for n in postorder(translated) if isinstance(n, Quantified))


@pytest.mark.parametrize(("lean", "tptp"), [
    ("∀ x, p x → q x ∧ ∃ y, r x y", "! [X] : (p(X) => (q(X) & ? [Y] : r(X,Y)))"),
    ("¬p a ∨ s ↔ f a = b", "((~ p(a) | s) <=> f(a) = b)"),
    ("p a → q a → s", "(p(a) => (q(a) => s))"),
    ("f a ≠ b", "f(a) != b"),
    ("(f a) = b ∧ True", "(f(a) = b & $true)"),
    ("forall x, p x -> exists y : _, r x y \\/ Not s", "! [X] : (p(X) => ? [Y] : (r(X,Y) | ~ s))"),
    ("![X]: p(X) & s", "(! [X] : p(X) & s)"),
    ("∀ x, p x ∧ s", "! [X] : (p(X) & s)"),
    ("p(a) <~> ~ q(b)", "~ (p(a) <=> ~ q(b))"),
    ("«'A b'» «in»", "'A b'(in)"),
    ("'A b' in", None),
])  # fmt: skip
def test_reads_lean_and_tptp(lean: str, tptp: str | None) -> None:
    if tptp is None:
        with pytest.raises(NotationError):
            read_formula(lean)
    else:
        assert alpha_equivalent(read_formula(lean), parse_formula(tptp))


@pytest.mark.parametrize(("name", "shown"), [
    ("f", "f"), ("in", "«in»"), ("'Abc'", "Abc"), ("'A b'", "«'A b'»"), ("12", "12"),
    ("'12'", "«'12'»"), ('"a"', '«"a"»'), ("$less", "«$less»"), ("-3", "«-3»"), ("'x₁'", "x₁"),
])  # fmt: skip
def test_names_are_shown_and_read(name: str, shown: str) -> None:
    assert display_name(name) == shown
    assert name_from_display(shown) == name


def test_bound_variables_never_hide_constants() -> None:
    formula = Quantified(read_formula("∀ a, p a").quantifier, "a", Predicate("r", (A, A)))
    assert show(formula) == "∀ a1, r a a"


def test_a_reintroduced_name_hides_the_older_one() -> None:
    sequent = Sequent(Predicate("p", (Function("x"),)), (), (Local("x"),))
    again = sequent.with_local("x").with_hypothesis("h", Equality(A, B))
    twice = again.with_hypothesis("h", Equality(B, A))
    goal = twice.goal()
    assert str(goal) == "x✝ : ι\nx : ι\nh✝ : a = b\nh : b = a\n⊢ p x✝"
    assert [h.accessible for h in twice.hypotheses] == [False, True]


def test_a_changed_axiom_is_no_axiom_any_more() -> None:
    sequent = Sequent(
        Predicate("s"), (Assumption("h", Predicate("p", (A,)), axiom="h"),
                         Assumption("k", Predicate("s"), axiom="k")),
    )  # fmt: skip
    changed = sequent.map_formulas(
        lambda f: Predicate("p", (B,)) if f == Predicate("p", (A,)) else f
    )
    assert [h.axiom for h in changed.hypotheses] == [None, "k"]


def test_unification() -> None:
    x, y = metavariable(), metavariable()
    left, right = Predicate("r", (x, Function("f", (y,)))), Predicate("r", (A, Function("f", (x,))))
    bindings = unify(left, right)
    assert bindings is not None
    assert resolve(left, bindings) == resolve(right, bindings) == read_formula("r a (f a)")
    assert unify(x, Function("f", (x,))) is None
    assert unify(Predicate("r", (x, x)), read_formula("r a b")) is None
    # A metavariable must not take in a bound variable.
    under = Quantified(read_formula("∀ z, s").quantifier, "z", Predicate("p", (x,)))
    assert unify(under, read_formula("∀ z, p z")) is None
    assert same_formula(read_formula("¬p a"), read_formula("p a → False"))
    assert same_formula(read_formula("∀ x, ∃ y, r x y"), read_formula("∀ y, ∃ x, r y x"))


def test_rewriting_meets_instances_outside_in_and_left_to_right() -> None:
    x = metavariable()
    found = [show(part) for part, _ in
             instances(read_formula("f (f a) = b ∧ ∀ y, p (f y) → q (f b)"), Function("f", (x,)))]
    assert found == ["f (f a)", "f a", "f b"]
