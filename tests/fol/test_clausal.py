"""Clausal form: the same question in other words."""

from __future__ import annotations

import random

import pytest

from prover.environments.fol.provers.clausal import Clausal
from prover.environments.fol.provers.contracts import Limits, SzsStatus
from prover.environments.fol.provers.portfolio import Attempt, Portfolio, single
from prover.environments.fol.provers.smt import cvc5_strategies, z3_strategies
from prover.environments.fol.selection import Sine
from prover.environments.fol.syntax import Binary, Connective, Quantified, postorder
from prover.environments.fol.tptp import parse_problem
from tests.fol.test_provers import INVALID, TYPED, VALID
from tests.fol.worlds import RandomWorld

LIMITS = Limits(20.0)
CVC5, Z3 = cvc5_strategies()[0], z3_strategies()[0]


@pytest.mark.parametrize("name", VALID)
def test_theorems_stay_theorems(name):
    problem = parse_problem(VALID[name])
    clausal = Clausal()(problem)
    assert [p.name for p in clausal.premises] == [p.name for p in problem.premises]
    assert single(CVC5, Clausal()).prove(problem, LIMITS).status is SzsStatus.THEOREM


@pytest.mark.parametrize("name", INVALID)
def test_what_is_none_does_not_become_one(name):
    assert (
        not single(CVC5, Clausal()).prove(parse_problem(INVALID[name]), Limits(1.0)).status.proved
    )


def test_what_is_false_in_a_model_is_never_proved():
    rng = random.Random(5)
    for _ in range(12):
        answer = single(Z3, Clausal()).prove(RandomWorld(rng).invalid(rng.randint(0, 4)), LIMITS)
        assert not answer.status.proved


def test_premises_are_clauses_under_skolem_functions():
    problem = parse_problem("fof(a,axiom,![X]:((?[Y]:r(X,Y)) <=> p(X))). fof(g,conjecture,p(sk)).")
    [premise] = Clausal()(problem).premises
    nodes = list(postorder(premise.formula))
    assert not any(isinstance(n, Binary) and n.connective is Connective.IFF for n in nodes)
    assert all(n.quantifier.name == "FORALL" for n in nodes if isinstance(n, Quantified))
    assert "sk(" not in str(premise.formula)  # the problem has a constant of that name


def test_used_premises_and_contradictory_axioms_are_told():
    problem = parse_problem(
        "fof(a,axiom,![X]:?[Y]:r(X,Y)). fof(no,axiom,![X]:s(X)). fof(b,axiom,![X,Y]:~r(X,Y))."
        "fof(g,conjecture,q)."
    )
    answer = single(CVC5, Clausal()).prove(problem, LIMITS)
    assert answer.status is SzsStatus.CONTRADICTORY_AXIOMS
    assert answer.used_premises == ("a", "b")


def test_several_conjectures_are_all_to_be_proved():
    text = "fof(a,axiom,p). fof(g,conjecture,p). fof(h,conjecture,{})."
    wrong, right = (parse_problem(text.format(last)) for last in ("q", "p|q"))
    assert not single(CVC5, Clausal()).prove(wrong, LIMITS).status.proved
    assert single(CVC5, Clausal()).prove(right, LIMITS).status is SzsStatus.THEOREM


def test_what_would_grow_too_much_stays_as_it_is():
    chain = "p0"
    for number in range(1, 40):
        chain = f"(p{number} <=> {chain})"
    for text in (TYPED, f"fof(a,axiom,{chain}). fof(g,conjecture,p0)."):
        problem = parse_problem(text)
        assert Clausal()(problem) is problem
    deep = parse_problem(f"fof(a,axiom,p({'f(' * 5000}a{')' * 5000})). fof(g,conjecture,q).")
    assert Clausal()(deep) is deep


def test_the_form_goes_with_a_selection_and_is_an_attempt_of_its_own():
    assert Clausal(Sine(2.0, 2)).name == "sine-2-2 clausal"
    problem = parse_problem("fof(a,axiom,r&s). fof(b,axiom,p). fof(g,conjecture,p).")
    assert [p.name for p in Clausal(Sine(depth=1))(problem).premises] == ["b"]
    hopeless = parse_problem("fof(a,axiom,![X]:?[Y]:r(X,Y)). fof(g,conjecture,![Y]:?[X]:r(X,Y)).")
    attempts = (Attempt(CVC5, 0.5), Attempt(CVC5, 0.5, Clausal()))
    message = Portfolio("p", attempts, cores=1).prove(hopeless, Limits(0.4)).message
    assert "cvc5:enum-inst clausal:" in message
