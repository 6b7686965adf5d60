"""Planning: what rules see in a goal, and what a model's sketches become."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from prover.contracts import Goal, Hypothesis, Proposal, Request
from prover.environments.lean.screening import refusal
from prover.generators.goal_view import GoalView
from prover.planning import LanguageModelPlanner, PlanningGenerator, SymbolicPlanner
from prover.planning.bounds import Range, ranges
from prover.planning.divisibility import divisors
from prover.planning.equations import coefficients_of, integer_roots
from prover.planning.language_model import read_sketch
from prover.planning.modular import period
from prover.planning.monotone import grows, value_at
from prover.planning.polynomials import Polynomial, read_polynomial
from prover.planning.terms import read_term


def goal(target: str, **hypotheses: str) -> Goal:
    return Goal(tuple(Hypothesis(name, type_) for name, type_ in hypotheses.items()), target)


# --- Polynomials ----------------------------------------------------------------------------

NAMES = ("x", "y")
TERMS = st.recursive(
    st.one_of(st.sampled_from(NAMES), st.integers(0, 9).map(str)),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        inner.map(lambda term: f"(({term}) ^ 2)"),
    ),
    max_leaves=6,
)


def value(polynomial: Polynomial, **values: int) -> int:
    total = 0
    for monomial, coefficient in polynomial.terms.items():
        for name, power in monomial:
            coefficient *= values[name] ** power
        total += coefficient
    return total


@given(TERMS, st.integers(-5, 5), st.integers(-5, 5))
def test_a_polynomial_has_the_value_of_its_term(term: str, x: int, y: int) -> None:
    polynomial = read_polynomial(term)
    assert polynomial is not None
    expected = eval(term.replace("^", "**"), {"x": x, "y": y})
    assert value(polynomial, x=x, y=y) == expected
    again = read_polynomial(str(polynomial))
    assert again == polynomial


@pytest.mark.parametrize(("text", "atoms"), [
    ("x % 7 + 2 ^ n", ("x % 7", "2 ^ n")),
    ("f (n + 1) * y", ("f (n + 1)", "y")),
    ("↑x + a.b", ("x", "a.b")),
    ("x ^ n / 2", ("x ^ n / 2",)),
])
def test_what_is_no_polynomial_is_an_atom(text: str, atoms: tuple[str, ...]) -> None:
    polynomial = read_polynomial(text)
    assert polynomial is not None
    assert set(polynomial.atoms) == set(atoms)


@pytest.mark.parametrize("text", ["", "x +", "(x", "fun x => x", "x = y", "[1, 2]"])
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    assert read_polynomial(text) is None


# --- Bounds, periods, divisors --------------------------------------------------------------


@pytest.mark.parametrize(("hypotheses", "expected"), [
    ({"a": "Nat", "h": "1 ≤ a ∧ a < 10"}, Range(1, 9)),
    ({"a": "Nat", "h": "3 * a ^ 2 + 2 * a + 1 = 57"}, Range(0, 4)),
    ({"a": "Nat", "b": "Nat", "h": "0 < b", "k": "a * b + a + b = 11"}, Range(0, 5)),
    ({"a": "Int", "h": "-3 ≤ a", "k": "2 * a ≤ 7"}, Range(-3, 3)),
    ({"a": "Int", "b": "Int", "h": "0 < b", "k": "b < a", "l": "a + b = 9"}, Range(2, 8)),
    ({"a": "Int", "h": "a * a = 9"}, Range(None, None)),
    ({"a": "Nat", "h": "a % 7 = 3"}, Range(0, None)),
])
def test_bounds_are_read_off_the_facts(hypotheses: dict[str, str], expected: Range) -> None:
    assert ranges(GoalView(goal("False", **hypotheses)))["a"] == expected


@given(st.integers(-3, 3), st.integers(-3, 3), st.integers(1, 4), st.integers(-20, 20))
def test_a_bound_never_excludes_a_solution(low: int, other: int, factor: int, total: int) -> None:
    view = GoalView(goal("False", a="Int", b="Int", h=f"{low} ≤ a", k=f"{other} ≤ b",
                         s=f"{factor} * a + b ≤ {total}"))
    found = ranges(view)
    for a in range(low, 40):
        for b in range(other, 40):
            if factor * a + b <= total:
                for name, number in (("a", a), ("b", b)):
                    assert (found[name].low or -10**6) <= number
                    assert found[name].high is not None
                    assert number <= (found[name].high or 0)


@given(st.integers(2, 50), st.integers(2, 60))
def test_powers_repeat_with_their_period(base: int, modulus: int) -> None:
    found = period(base, modulus)
    if found is not None:
        start, length = found
        assert all(pow(base, start + k, modulus) == pow(base, start + k + length, modulus)
                   for k in range(30))


@given(st.lists(st.integers(-12, 12), min_size=1, max_size=4), st.integers(-3, 3))
def test_the_roots_of_a_product_are_found(roots: list[int], factor: int) -> None:
    assume(factor)
    x = Polynomial.atom("x")
    product = Polynomial.constant(factor)
    for root in roots:
        product = product * (x - Polynomial.constant(root))
    found, rest = integer_roots(coefficients_of(product, "x"))
    assert sorted(found) == sorted(roots)
    assert len(rest) == 1


@given(st.recursive(st.sampled_from(["n", "2", "7"]), lambda inner: st.one_of(
    st.tuples(inner, st.sampled_from("+*"), inner), st.tuples(inner, st.just("-"), st.just("3")),
    st.tuples(inner, st.just("^"), st.just("2")), st.tuples(inner, st.just("/"), st.just("2"))),
    max_leaves=5), st.integers(0, 6))
def test_growing_terms_are_read_and_grow(tree: str | tuple[str, str, str], at: int) -> None:
    def written(tree: str | tuple[str, str, str]) -> str:
        if isinstance(tree, str):
            return tree
        return f"({written(tree[0])} {tree[1]} {written(tree[2])})"

    def value(tree: str | tuple[str, str, str]) -> int:
        if isinstance(tree, str):
            return at if tree == "n" else int(tree)
        left, right = value(tree[0]), value(tree[2])
        return {"+": left + right, "*": left * right, "-": max(0, left - right),
                "/": left // right if tree[1] == "/" else 0,
                "^": left**right if tree[1] == "^" else 0}[tree[1]]

    term = read_term(written(tree))
    assert term is not None
    assert grows(term)
    assert value_at(term, at) <= value_at(term, at + 1)
    if value(tree) <= 10_000:
        assert value_at(term, at) == value(tree)


def test_divisors_are_all_there() -> None:
    assert divisors(12) == [1, 2, 3, 4, 6, 12]


# --- The symbolic planner -------------------------------------------------------------------


@pytest.mark.parametrize(("shape", "ideas"), [
    (goal("3 ∣ n", n="Nat", h="7 ∣ 2 ^ n - 1"), {"power_periods"}),
    (goal("x = 4", x="Nat", h="x * x = 16"), {"evaluate", "cases", "factors"}),
    (goal("a = 25", a="Nat", b="Nat", h="a * b = 450"), {"factors"}),
    (goal("(n + 7).gcd (2 * n + 1) ≤ 13", n="Nat"), {"common_divisors", "contradiction"}),
    (goal("x = 4", x="Nat", y="Nat", h="2 ^ x * 3 ^ y = 1296"), {"exponents"}),
    (goal("u n = 2 ^ n - 1", n="Nat", u="Nat → Nat", h="∀ n, u (n + 1) = 2 * u n + 1"),
     {"untruncate", "strong_induction"}),
    (goal("k % 10 = 6", k="Nat", h="k = 2008 ^ 2 + 2 ^ 2008"), {"closed_remainders"}),
    (goal("m = 43", m="Int", x="Int", h="6 * x % m = 1", k="(x - 36) % m = 0"),
     {"common_multiples"}),
    (goal("x = 2", x="Int", h="x ^ 2 = 5 * x - 6"), {"roots"}),
    (goal("False", x="Int", h="x ^ 3 = x + 5"), {"roots"}),
    (goal("p = 2", p="Int", q="Int", h="p * q = p + q"), {"products"}),
    (goal("x = 0", x="Int", y="Int", h="x ^ 2 + y ^ 2 = 0"), {"squares"}),
    (goal("False", x="Int", y="Int", h="3 * x ^ 2 - y ^ 2 = 1"), {"obstructions"}),
    (goal("x = 4", x="Int", y="Int", h="x ^ 2 - y ^ 2 = 7"), {"differences"}),
    (goal("x * y ≤ 6", x="Int", y="Int", h="x + y = 5"), {"sums_of_squares"}),
    (goal("n = 10", n="Nat", h="n * (n - 1) / 2 = 45"), {"growing"}),
    (goal("q ∧ p", p="Prop", q="Prop", h="p ∧ q"), set()),
])
def test_goals_call_for_ideas(shape: Goal, ideas: set[str]) -> None:
    sketches = SymbolicPlanner().propose(shape)
    found = {sketch.idea for sketch in sketches}
    assert ideas <= found
    assert bool(ideas) == bool(found)
    assert all(refusal(sketch.text) is None and sketch.log_prob <= 0 for sketch in sketches)
    assert [s.log_prob for s in sketches] == sorted((s.log_prob for s in sketches), reverse=True)
    assert len({s.text for s in sketches}) == len(sketches)


@given(st.text("xyn0123456789+-*^%/∣=<≤≥() ∧→∀∃¬,:gcd.", max_size=40),
       st.text("xyn0123456789+-*^%/∣=<≤≥() ∧→∀∃¬,:", max_size=40))
def test_no_text_breaks_the_planner(target: str, fact: str) -> None:
    SymbolicPlanner().propose(goal(target, x="Nat", y="Int", n="Nat", h=fact))


# --- A language model's sketches ------------------------------------------------------------


class Scripted:
    """A model that says what it was told to: the boundary of the planner."""

    def __init__(self, *completions: str) -> None:
        self.completions, self.prompts = completions, list[str]()

    def complete(self, prompt: str, n: int) -> list[str]:
        self.prompts.append(prompt)
        return list(self.completions[:n])


@pytest.mark.parametrize(("completion", "sketch"), [
    ("have h1 : a = b := by sorry\nhave h2 : b = c := by\n  sorry\nexact h1.trans h2",
     "refine have h1 : a = b := ?_;\n  have h2 : b = c := ?_;\n  ?_"),
    ("Sure!\n```lean\n  have h : a ≤\n    b := sorry\n  omega\n```\nDone.",
     "refine have h : a ≤ b := ?_;\n  ?_"),
    ("have h : 0 < a := by omega\n-- now the rest\nhave : a = b := by sorry",
     "refine have h : 0 < a := by omega;\n  have h2 : a = b := ?_;\n  ?_"),
    ("omega", None),
    ("have h : a = b := by omega", None),  # nothing is left open
    ("", None),
    ("have h : a = (b := by sorry", None),  # brackets
    ("#eval 1\nhave h : a = b := by sorry", None),
    ("have h : a = b := by sorry\n" * 20, None),
])
def test_completions_become_sketches(completion: str, sketch: str | None) -> None:
    assert read_sketch(completion) == sketch


def test_a_model_is_shown_the_goal_and_asked_once() -> None:
    model = Scripted("have h : p := by sorry", "nonsense", "have h : p := by sorry")
    sketches = LanguageModelPlanner(model, samples=3).propose(goal("q ∧ p", p="Prop", h="p ∧ q"))
    assert [s.text for s in sketches] == ["refine have h : p := ?_;\n  ?_"]
    assert len(model.prompts) == 1
    assert "h : p ∧ q\n⊢ q ∧ p" in model.prompts[0]


# --- Beside a generator ---------------------------------------------------------------------


class Fixed:
    """A generator that proposes the same tactics for every goal."""

    name = "fixed"

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        return [[Proposal(t, -1.0 - i, self.name) for i, t in enumerate(("omega", "simp"))]
                for _ in requests]


def test_sketches_stand_among_the_proposals() -> None:
    generator = PlanningGenerator(Fixed(), SymbolicPlanner(), max_depth=3)
    shape = goal("x = 4", x="Nat", h="x * x = 16")
    near, far, none = generator.propose([
        Request((shape,), count=8), Request((shape,), count=8, depth=4), Request((), count=8)])
    assert near[0].tactic == "omega"
    assert {p.origin for p in near} == {"fixed", "planner"}
    assert [p.log_prob for p in near] == sorted((p.log_prob for p in near), reverse=True)
    assert len(near) <= 8
    assert [p.tactic for p in far] == [p.tactic for p in none] == ["omega", "simp"]
