"""Formulas as values: equality, variables, substitution, renaming, depth."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.environments.fol.syntax import (
    Connective,
    Equality,
    Function,
    Not,
    Predicate,
    Problem,
    Quantified,
    Quantifier,
    Role,
    Symbol,
    Truth,
    Variable,
    all_variables,
    alpha_equivalent,
    alpha_normal,
    close,
    conjunction,
    conjuncts,
    disjunction,
    free_variable_list,
    free_variables,
    fresh_name,
    is_distinct,
    negate,
    plain_name,
    strip_quantifiers,
    substitute,
    symbols,
    tptp_name,
)
from prover.environments.fol.tptp import parse_formula, parse_problem, parse_term
from tests.fol.strategies import formulas, terms, variables

DEPTH = 10_000


def deep(depth: int = DEPTH) -> Not:
    formula = Predicate("p", (Variable("X"),))
    for index in range(depth):
        formula = (
            Quantified(Quantifier.FORALL, "X", formula) if index % 2 else Not(formula)
        )
    return Not(formula)


@given(formulas())
def test_a_pickled_formula_is_the_same_formula(formula):
    copy = pickle.loads(pickle.dumps(formula))
    assert copy == formula
    assert hash(copy) == hash(formula)
    assert type(copy) is type(formula)


@given(formulas(), formulas())
def test_equality_is_that_of_the_text(left, right):
    assert (left == right) == (str(left) == str(right))


def test_deep_formulas_are_ordinary():
    formula, other = deep(), deep()
    assert formula == other
    assert formula != deep(DEPTH - 2)
    assert len({formula, other}) == 1
    assert pickle.loads(pickle.dumps(formula)) == formula
    assert free_variables(formula) == frozenset()
    assert alpha_equivalent(formula, other)
    assert substitute(formula, {"X": Function("c")}) is formula
    assert len(str(formula)) > DEPTH


def test_formulas_are_not_equal_to_other_things():
    assert Predicate("p") != "p"
    assert Predicate("p") != Function("p")
    assert Equality(Variable("X"), Variable("Y")) != Equality(Variable("Y"), Variable("X"))


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("p(X,Y,X)", ["X", "Y"]),
        ("! [X] : p(X,Y) & q(X)", ["Y", "X"]),
        ("! [X] : (p(X) & ? [X] : q(X) & r(X))", []),
        ("? [Y] : f(X) = Y", ["X"]),
        ("$true", []),
    ],
)
def test_free_variables_come_in_order(text, free):
    assert free_variable_list(parse_formula(text)) == free


@given(formulas())
def test_closing_leaves_no_free_variable(formula):
    assert not free_variables(close(formula))


@pytest.mark.parametrize(
    ("text", "mapping", "expected"),
    [
        ("p(X) & ! [X] : q(X)", {"X": "a"}, "p(a) & ! [X] : q(X)"),
        ("! [Y] : p(X,Y)", {"X": "f(Y)"}, "! [Y1] : p(f(Y),Y1)"),
        ("! [Y] : p(Y)", {"X": "Y"}, "! [Y] : p(Y)"),
        ("! [Y] : ? [Y1] : p(X,Y,Y1)", {"X": "Y"}, "! [Y2] : ? [Y1] : p(Y,Y2,Y1)"),
        ("! [Y,Y1] : p(X,Y,Y1)", {"X": "g(Y,Y1)"}, "! [Y2,Y3] : p(g(Y,Y1),Y2,Y3)"),
        ("X = Y", {"X": "Y", "Y": "X"}, "Y = X"),
    ],
)
def test_substitution_avoids_capture(text, mapping, expected):
    replaced = substitute(
        parse_formula(text), {name: parse_term(term) for name, term in mapping.items()}
    )
    assert alpha_equivalent(replaced, parse_formula(expected))


@given(formulas(), st.dictionaries(variables, terms(), max_size=3))
def test_substitution_has_the_free_variables_it_should(formula, mapping):
    free = free_variables(formula)
    expected = set(free - mapping.keys())
    for name in free & mapping.keys():
        expected |= free_variables(mapping[name])
    assert free_variables(substitute(formula, mapping)) == expected


@given(formulas(), variables)
def test_substituting_a_variable_for_itself_changes_nothing(formula, name):
    assert alpha_equivalent(substitute(formula, {name: Variable(name)}), formula)


@given(formulas(), terms())
def test_substitution_respects_renaming(formula, term):
    renamed = rename_bound(formula)
    assert alpha_equivalent(formula, renamed)
    mapping = {"X": term, "Y": Variable("Z")}
    assert alpha_equivalent(substitute(formula, mapping), substitute(renamed, mapping))


def rename_bound(formula):
    """An alphabetic variant, made without `alpha_normal`."""
    match formula:
        case Quantified(quantifier, variable, body):
            new = fresh_name("New", all_variables(body))
            body = substitute(rename_bound(body), {variable: Variable(new)})
            return Quantified(quantifier, new, body)
        case Not(body):
            return Not(rename_bound(body))
        case _ if formula.parts and not isinstance(formula, Predicate | Equality):
            return type(formula)(*formula.label, *map(rename_bound, formula.parts))
        case _:
            return formula


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("! [X] : p(X)", "! [Y] : p(Y)", True),
        ("! [X,Y] : p(X,Y)", "! [Y,X] : p(Y,X)", True),
        ("! [X,Y] : p(X,Y)", "! [X,Y] : p(Y,X)", False),
        ("! [X] : p(X,Z)", "! [X] : p(X,Y)", False),
        ("! [X] : p(X)", "? [X] : p(X)", False),
        ("! [X] : ? [X] : p(X)", "! [X] : ? [Y] : p(Y)", True),
        ("! [X] : ? [X] : p(X)", "! [X] : ? [Y] : p(X)", False),
    ],
)
def test_alpha_equivalence(left, right, same):
    assert alpha_equivalent(parse_formula(left), parse_formula(right)) is same


def test_the_normal_form_keeps_free_variables_apart():
    assert alpha_normal(parse_formula("p(X)")) != alpha_normal(parse_formula("p(Y)"))


def test_symbols_have_arity_and_kind():
    found = symbols(parse_formula("p(f(c),X) & p & f(X) = 'C c'"))
    assert found == {
        Symbol("p", 2, True),
        Symbol("p", 0, True),
        Symbol("f", 1, False),
        Symbol("c", 0, False),
        Symbol("'C c'", 0, False),
    }
    assert {symbol.name for symbol in found if symbol.is_constant} == {"c", "'C c'"}


def test_building_and_taking_apart():
    p, q, r = (Predicate(name) for name in "pqr")
    assert conjuncts(conjunction([p, q, r])) == [p, q, r]
    assert conjunction([]) == Truth(True)
    assert disjunction([]) == Truth(False)
    assert conjunction([p]) == p
    assert negate(Not(p)) == p
    assert negate(Truth(True)) == Truth(False)
    names, body = strip_quantifiers(parse_formula("! [X,Y] : ? [Z] : p(Z)"), Quantifier.FORALL)
    assert names == ["X", "Y"]
    assert isinstance(body, Quantified)
    assert Connective("<=>") is Connective.IFF


@given(st.text(min_size=1).filter(lambda text: "\n" not in text))
def test_any_text_is_a_name(text):
    name = tptp_name(text)
    assert plain_name(name) == text


def test_distinct_objects_and_numbers():
    assert is_distinct('"a"')
    assert is_distinct("-12")
    assert is_distinct("1/3")
    assert not is_distinct("a1")


def test_a_problem_knows_its_parts():
    problem = parse_problem(
        "fof(a,axiom,p). fof(h,hypothesis,q). fof(c,conjecture,r). fof(d,conjecture,s)."
        "cnf(n,negated_conjecture,~ r). fof(u,unknown,t)."
    )
    assert [f.name for f in problem.premises] == ["a", "h", "n"]
    assert [f.name for f in problem.conjectures] == ["c", "d"]
    assert [f.name for f in problem.negated_conjectures] == ["n"]
    assert problem.goal == parse_formula("r & s")
    assert [f.name for f in problem.restricted(lambda f: f.name == "a").formulas] == [
        "a", "c", "d", "u"
    ]  # fmt: skip


def test_a_problem_made_of_formulas():
    problem = Problem.of({"goal": Predicate("p")}, Predicate("q"))
    assert [(f.name, f.role) for f in problem.formulas] == [
        ("goal", Role.AXIOM),
        ("goal1", Role.CONJECTURE),
    ]
    assert Problem.of([], None).goal is None


def test_clauses_are_closed():
    problem = parse_problem("cnf(a,axiom, p(X) | ~ q(Y,X)).")
    assert problem.formulas[0].closed == parse_formula("! [X,Y] : (p(X) | ~ q(Y,X))")
