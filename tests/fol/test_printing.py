"""Printing for people, and that parentheses are neither too few nor too many."""

from __future__ import annotations

import pytest
from hypothesis import given

from prover.environments.fol.printing import to_latex, to_lean, to_tptp, to_unicode
from prover.environments.fol.tptp import parse_formula, parse_term
from tests.fol.strategies import formulas


@pytest.mark.parametrize(
    ("tptp", "unicode", "lean"),
    [
        ("! [X] : (p(X) => q(X,f(X)))", "∀X. p(X) → q(X, f(X))", "∀ X, p X → q X (f X)"),
        ("(p & q) | r", "p ∧ q ∨ r", "p ∧ q ∨ r"),
        ("p & (q | r)", "p ∧ (q ∨ r)", "p ∧ (q ∨ r)"),
        ("(p => q) => r", "(p → q) → r", "(p → q) → r"),
        ("p => (q => r)", "p → q → r", "p → q → r"),
        ("(p & q) & r", "p ∧ q ∧ r", "(p ∧ q) ∧ r"),
        ("p & (q & r)", "p ∧ (q ∧ r)", "p ∧ q ∧ r"),
        ("p <=> (q <=> r)", "p ↔ (q ↔ r)", "p ↔ (q ↔ r)"),
        ("~ (p & q)", "¬(p ∧ q)", "¬(p ∧ q)"),
        ("~ ~ p", "¬¬p", "¬¬p"),
        ("a != b", "a ≠ b", "a ≠ b"),
        ("~ ! [X] : p(X)", "¬∀X. p(X)", "¬∀ X, p X"),
        ("(! [X] : p(X)) & q", "(∀X. p(X)) ∧ q", "(∀ X, p X) ∧ q"),
        ("q & ! [X] : p(X)", "q ∧ ∀X. p(X)", "q ∧ ∀ X, p X"),
        ("(~ ! [X] : p(X)) & q", "¬(∀X. p(X)) ∧ q", "¬(∀ X, p X) ∧ q"),
        ("! [X,Y] : ? [Z] : p(X)", "∀X Y. ∃Z. p(X)", "∀ X Y, ∃ Z, p X"),
        ("$true | $false", "⊤ ∨ ⊥", "True ∨ False"),
        ("'Is it'(a)", "Is it(a)", "«Is it» a"),
        ("f(g(a)) = b", "f(g(a)) = b", "f (g a) = b"),
    ],
)
def test_notations(tptp, unicode, lean):
    formula = parse_formula(tptp)
    assert to_unicode(formula) == unicode
    assert to_lean(formula) == lean


def test_typed_binders():
    formula = parse_formula("! [X: nat,Y: nat,Z] : ? [W: list] : p(X,Y,Z,W)", typed=True)
    assert to_tptp(formula) == "! [X: nat,Y: nat,Z] : ? [W: list] : p(X,Y,Z,W)"
    assert to_unicode(formula) == "∀X Y: nat. ∀Z. ∃W: list. p(X, Y, Z, W)"
    assert to_lean(formula) == "∀ (X Y : nat) (Z : _), ∃ W : list, p X Y Z W"


def test_latex():
    formula = parse_formula("! [X1] : (p_q(X1,a) => (X1 != b | $false))")
    assert to_latex(formula) == (
        r"\forall X_{1}.\; \mathit{p\_q}(X_{1}, a) \rightarrow X_{1} \neq b \lor \bot"
    )


@pytest.mark.parametrize(
    "text",
    [
        "p & q & r",
        "p & (q & r)",
        "p => (q => r)",
        "(p => q) => r",
        "! [X] : (p(X) & q)",
        "~ (p | q)",
        "~ ! [X,Y] : p(X,Y)",
        "~ ~ a != b",
        "! [X] : p(X) & q",
        '"a" != 12',
    ],
)
def test_tptp_has_the_fewest_parentheses(text):
    assert to_tptp(parse_formula(text)) == text


@given(formulas())
def test_tptp_is_read_back(formula):
    assert parse_formula(to_tptp(formula)) == formula


def test_deep_terms_and_formulas():
    text = "f(" * 10_000 + "a" + ")" * 10_000
    assert to_tptp(parse_term(text)) == text
    formula = parse_formula("p => (" * 10_000 + "q" + ")" * 10_000)
    assert to_tptp(formula).count("=>") == 10_000
    assert to_lean(formula).count("→") == 10_000
    assert "(" not in to_unicode(formula)
