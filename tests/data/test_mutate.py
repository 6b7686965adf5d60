"""The kind mutate without Lean: terms, α-equivalence, discrimination trees, scripts, options."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.answers import code
from data.mutate.attempts import SOURCE, local_names
from data.mutate.discrimination import DiscriminationTree, matches
from data.mutate.library import Constant, Library
from data.mutate.mutations import mutations, ranked
from data.mutate.rules import Rules, Telescope, Use
from data.mutate.terms import App, Const, Free, Term, canonical, level_names, parse, variables
from data.registry import make_kind
from prover.contracts import InputError

NAT, PROP = "(:c Nat)", "(:sort 0)"


def eq(left: str, right: str) -> str:
    return f"((:c Eq) {NAT} {left} {right})"


def plus(left: str, right: str) -> str:
    return f"((:c add) (:c instAdd) {left} {right})"


def forall(names: str, body: str) -> str:
    for name in reversed(names.split()):
        body = f"(:forall {name} {NAT} {body})"
    return body


def library(*theorems: tuple[str, str]) -> Library:
    """Natural numbers with an addition over an instance, and some theorems."""
    constants = [
        Constant("Nat", "i", "M", "(:sort 1)"), Constant("zero", "d", "M", NAT),
        Constant("Eq", "i", "M", f"(:forall α (:sort u) (:forall a 0 (:forall b 1 {PROP})) :i)"),
        Constant("even", "d", "M", f"(:forall n {NAT} {PROP})"),
        Constant("add", "d", "M",
                 f"(:forall inst (:c Add) (:forall a {NAT} (:forall b {NAT} {NAT})) :ii)"),
    ]
    return Library([*constants, *(Constant(name, "t", "M", type_) for name, type_ in theorems)])


COMM = ("comm", forall("a b", eq(plus("1", "0"), plus("0", "1"))))
ZERO_ADD = ("zero_add", forall("a", eq(plus("(:c zero)", "0"), "0")))
EVEN_ADD = ("even_add", forall("a b", "(:forall h ((:c even) 1) (:forall k ((:c even) 1) "
                                      f"((:c even) {plus('3', '2')})))"))


# ----------------------------------------------------------------------------------------- terms


def test_statements_that_differ_in_names_alone_are_the_same() -> None:
    left = "(:forall α (:sort (+ u_1 1)) (:forall xs ((:c List) 0) ((:c Nodup) 1 0)) :i)"
    right = "(:forall β (:sort (+ w 1)) (:forall l ((:c List) 0) ((:c Nodup) 1 0)))"
    assert canonical(left) == canonical(right)
    assert canonical(left) != canonical(right.replace("((:c Nodup) 1 0)", "((:c Nodup) 0 1)"))
    assert level_names(left) == ("u_1",)


def test_levels_that_are_equal_in_one_statement_only_tell_them_apart() -> None:
    two = "(:forall α (:sort {}) (:forall β (:sort {}) ((:c R) 1 0)))"
    assert canonical(two.format("u", "v")) == canonical(two.format("v", "u"))
    assert canonical(two.format("u", "u")) != canonical(two.format("u", "v"))


def test_texts_in_literals_are_left_alone() -> None:
    hello, other = ('((:c f) (:lit "(:forall x :i) u"))', '((:c f) (:lit "(:forall y :i) u"))')
    assert canonical(hello) == hello
    assert canonical(hello) != canonical(other)
    assert level_names(hello) == ()


@pytest.mark.parametrize("text", ["", "(", "()", "x y", "((:c f) 0", "(:forall x 0)"])
def test_what_is_no_term_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not "):
        parse(text)


@st.composite
def terms(draw: st.DrawFn, free: bool, depth: int = 3) -> Term:
    kinds = ["zero", "free"] if free else ["zero"]
    match draw(st.sampled_from(kinds if depth == 0 else [*kinds, "add", "even"])):
        case "free":
            return Free(draw(st.integers(0, 2)))
        case "add":
            left, right = draw(terms(free, depth - 1)), draw(terms(free, depth - 1))
            instance = Const(draw(st.sampled_from(("instAdd", "otherAdd"))))
            return App(Const("add"), (instance, left, right))
        case "even":
            return App(Const("even"), (draw(terms(free, depth - 1)),))
    return Const("zero")


def instance_of(pattern: Term, values: list[Term]) -> Term:
    match pattern:
        case Free(position):
            return values[position]
        case App(head, args):
            return App(head, tuple(instance_of(arg, values) for arg in args))
    return pattern


@settings(deadline=None, max_examples=200)
@given(patterns=st.lists(terms(free=True), min_size=1, max_size=6), data=st.data())
def test_a_lookup_finds_all_that_matches(patterns: list[Term], data: st.DataObject) -> None:
    tree: DiscriminationTree[int] = DiscriminationTree(library())
    for number, pattern in enumerate(patterns):
        tree.add(pattern, number)
    values = [data.draw(terms(free=False)) for _ in range(3)]
    term = instance_of(data.draw(st.sampled_from(patterns)), values)
    matching = {n for n, p in enumerate(patterns) if matches(library(), p, term, {})}
    assert matching
    assert matching <= set(tree.lookup(term))


@settings(deadline=None)
@given(terms(free=True), st.lists(terms(free=False), min_size=3, max_size=3))
def test_a_match_says_what_the_variables_stand_for(pattern: Term, values: list[Term]) -> None:
    found: dict[int, Term] = {}
    assert matches(library(), pattern, instance_of(pattern, values), found)
    assert found == {n: values[n] for n in set(variables(pattern))}


# ----------------------------------------------------------------------------- rules and places


def uses(rules: Rules, name: str, statement: str) -> set[tuple[str, Use, int | None]]:
    found = mutations(rules, Telescope.of(rules.library, statement), {name})
    return {(m.rule.name, m.rule.use, m.place) for m in found}


def test_theorems_are_used_where_they_match() -> None:
    rules = Rules(library(COMM, ZERO_ADD, EVEN_ADD))
    goal = f"((:c even) {plus('(:c zero)', '1')})"
    statement = forall("n", f"(:forall h ((:c even) {plus('0', '0')}) {goal})")
    assert uses(rules, "new", statement) == {
        ("comm", Use.FORWARD, None), ("comm", Use.BACKWARD, None),
        ("comm", Use.FORWARD, 1), ("comm", Use.BACKWARD, 1),
        ("zero_add", Use.FORWARD, None), ("even_add", Use.ANTECEDENTS, 1),
    }


def test_a_theorem_is_not_used_on_itself_and_a_variable_is_no_pattern() -> None:
    rules = Rules(library(COMM, ZERO_ADD))
    assert uses(rules, "comm", COMM[1]) == set()
    alone = Rules(library(ZERO_ADD))
    assert uses(alone, "new", forall("a b", eq("0", "1"))) == set()


def test_hypotheses_are_told_from_variables() -> None:
    telescope = Telescope.of(library(), EVEN_ADD[1])
    assert [p.is_hypothesis for p in telescope.parameters] == [False, False, True, True]
    assert telescope.free_hypotheses == (2, 3)


def test_an_order_of_mutations_is_a_permutation_and_repeats() -> None:
    rules = Rules(library(COMM, ZERO_ADD, EVEN_ADD))
    found = mutations(rules, Telescope.of(rules.library, EVEN_ADD[1]), set())
    first, second = (ranked(found, random.Random(5)) for _ in range(2))
    assert first == second
    assert len(first) == len(found) > 1
    assert set(first) == set(found)


def test_names_can_be_written_and_differ() -> None:
    body = eq("0", "1")
    names = local_names(Telescope.of(library(), forall("a a at [anonymous] x✝ h₁", body)))
    assert names == ("a", "x", "x_1", "x_2", "x_3", "h₁")
    assert all(re.fullmatch(r"[^\W\d][\w']*", name) for name in names)
    assert SOURCE not in names


# --------------------------------------------------------------------------- options and answers


@pytest.mark.parametrize(("options", "message"), [
    ({"depth": "0"}, "depth 0 is not between 1 and"),
    ({"attempts": "0"}, "attempts 0 is not between 1 and"),
    ({"imports": ""}, "at least one module"),
])  # fmt: skip
def test_options_that_make_no_sense_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_kind("mutate", options)


@pytest.mark.parametrize(("answer", "expected"), [
    ("intro a\n  exact h _", "intro a\n  exact h _"),
    ("<think>hm `rfl`</think>\n```lean4\n  rfl\n```", "  rfl\n"),
    ("First ```x``` then\n```lean\nsimp\n```\nno:\n```\nomega\n```\n", "omega\n"),
    ("so <answer>by simp [*]</answer>", "by simp [*]"),
])  # fmt: skip
def test_code_is_taken_from_answers_as_it_stands(answer: str, expected: str) -> None:
    assert code(answer) == expected
