"""Conjectures proved in parts: the parts, and the answer made of theirs."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import pytest

from prover.environments.fol.provers import portfolio
from prover.environments.fol.provers.clausal import Clausal
from prover.environments.fol.provers.contracts import (
    Availability,
    Limits,
    ProverAnswer,
    Settled,
    SzsStatus,
)
from prover.environments.fol.provers.parts import divided
from prover.environments.fol.provers.portfolio import Attempt, Portfolio
from prover.environments.fol.provers.smt import cvc5_strategies, z3_strategies
from prover.environments.fol.syntax import Problem, alpha_equivalent
from prover.environments.fol.tptp import parse_formula, parse_problem
from tests.fol.worlds import RandomWorld

LIMITS = Limits(20.0)
CVC5, Z3 = cvc5_strategies()[0], z3_strategies()[0]
EQUIVALENCE = (
    "fof(a,axiom,![X]:(p(X)=>q(X))). fof(no,axiom,s). fof(b,axiom,![X]:(q(X)=>p(X)))."
    "fof(g,conjecture,![X]:(r(X) => (p(X) <=> q(X))))."
)


def by_parts(prover, *selection, unfold=0) -> Portfolio:
    return Portfolio("p", (Attempt(prover, 1.0, *selection, unfold=unfold),), 1)


def goals(problem, unfold=0) -> list[str]:
    return [str(part.goal) for part in divided(problem, unfold).problems]


@dataclass
class Answering:
    """A prover that answers with the statuses it is given, and notes what it is asked."""

    statuses: list[SzsStatus]
    asked: list[tuple[Problem, Limits]] = field(default_factory=list)
    name: str = "a:1"

    def available(self) -> Availability:
        return Availability(True, "1")

    def start(self, problem: Problem, limits: Limits) -> Settled:
        self.asked.append((problem, limits))
        return Settled(ProverAnswer(self.statuses.pop(0), self.name, "1", derivation="its own"))


def test_conjunctions_and_equivalences_are_taken_apart():
    problem = parse_problem("fof(a,axiom,s). fof(g,conjecture,![X]:(r(X)=>(s&(q<=>?[Y]:t(Y))))).")
    assert goals(problem) == [
        "! [X] : (r(X) => s)",
        "! [X] : (r(X) => (q => ? [Y] : t(Y)))",
        "! [X] : (r(X) => (? [Y] : t(Y) => q))",
    ]
    assert all(part.premises == problem.premises for part in divided(problem).problems)


@pytest.mark.parametrize("goal", ["p | (q & r)", "?[X]:(p(X)&q(X))", "&".join(["p"] * 30)])
def test_other_conjectures_are_left_alone(goal):
    problem = parse_problem(f"fof(g,conjecture,{goal}).")
    assert divided(problem, 2).problems == (problem,)
    hopeless = Answering([])
    assert not by_parts(hopeless).prove(problem, LIMITS).status.conclusive
    assert not hopeless.asked


def test_without_a_conjecture_there_are_no_parts():
    problem = parse_problem("fof(a,axiom,p&q).")
    assert divided(problem, 2).problems == (problem,)


@pytest.mark.parametrize("prover", [CVC5, Z3], ids=["cvc5", "z3"])
@pytest.mark.parametrize("selection", [(), (Clausal(),)], ids=["plain", "clausal"])
def test_theorems_are_proved_with_the_premises_of_all_parts(prover, selection):
    answer = by_parts(prover, *selection).prove(parse_problem(EQUIVALENCE), LIMITS)
    assert answer.status is SzsStatus.THEOREM
    assert answer.used_premises == ("a", "b")
    assert answer.prover.endswith("by parts")


@pytest.mark.parametrize("prover", [CVC5, Z3], ids=["cvc5", "z3"])
def test_one_part_is_not_the_whole(prover):
    whole = parse_problem(EQUIVALENCE)
    half = whole.restricted(lambda premise: premise.name != "b")
    assert not by_parts(prover).prove(half, Limits(2.0)).status.conclusive


def test_the_first_failure_ends_it_and_time_is_shared():
    problem = parse_problem("fof(g,conjecture,p&q&r).")
    prover = Answering([SzsStatus.THEOREM, SzsStatus.THEOREM, SzsStatus.GAVE_UP])
    assert by_parts(prover).prove(problem, Limits(9.0)).status is SzsStatus.GAVE_UP
    seconds = [limits.seconds for _, limits in prover.asked]
    assert seconds == pytest.approx([2.25, 3.0, 4.5], abs=0.2)


def test_that_the_parts_make_up_the_whole_is_asked_first():
    prover = Answering([SzsStatus.GAVE_UP])
    assert not by_parts(prover, unfold=2).prove(SETS, LIMITS).status.conclusive
    ((asked, _),) = prover.asked
    assert [premise.name for premise in asked.premises] == ["e", "d", "part_1", "part_2"]
    assert asked.goal == SETS.goal


@pytest.mark.parametrize("prover", [CVC5, Z3], ids=["cvc5", "z3"])
def test_a_wrong_division_proves_nothing(prover, monkeypatch):
    problem = parse_problem("fof(a,axiom,p). fof(b,axiom,r). fof(g,conjecture,p&q).")
    right = divided(problem)
    wrong = replace(right, problems=right.problems[:1], whole=right.whole.restricted(
        lambda premise: premise.name != "part_2"))
    monkeypatch.setattr(portfolio, "divided", lambda *_: wrong)
    assert not by_parts(prover).prove(problem, Limits(2.0)).status.proved


def test_a_derivation_of_the_last_part_is_not_passed_off_as_one_of_all():
    problem = parse_problem("fof(g,conjecture,p&q).")
    answer = by_parts(Answering([SzsStatus.THEOREM] * 3)).prove(problem, LIMITS)
    assert (answer.status, answer.derivation, answer.used_premises) == (
        SzsStatus.THEOREM, None, None,
    )  # fmt: skip


def test_contradictory_axioms_settle_all_parts():
    problem = parse_problem("fof(a,axiom,p). fof(b,axiom,~p). fof(g,conjecture,q&r).")
    assert by_parts(CVC5).prove(problem, LIMITS).status is SzsStatus.CONTRADICTORY_AXIOMS


SETS = parse_problem(
    "fof(e,axiom,![A,B]:(A=B <=> (sub(A,B) & sub(B,A)))). fof(no,axiom,s(c))."
    "fof(d,axiom,![A,B]:(sub(A,B) <=> ![C]:(in(C,A)=>in(C,B))))."
    "fof(k,axiom,![C]:(in(C,a) <=> in(C,b))). fof(g,conjecture,a=b)."
)


def test_what_is_defined_to_have_parts_has_them():
    assert divided(SETS).problems == (SETS,)
    assert goals(SETS, 1) == ["sub(a,b)", "sub(b,a)"]
    there, back = goals(SETS, 2)
    assert "in(" in there
    assert "in(" in back
    assert divided(SETS, 2).unfolded == {"e", "d"}


def test_the_definitions_are_among_the_premises_used():
    answer = by_parts(CVC5, Clausal(), unfold=2).prove(SETS, LIMITS)
    assert answer.status is SzsStatus.THEOREM
    assert answer.used_premises == ("e", "d", "k")
    assert answer.prover == "cvc5:enum-inst clausal by unfolded parts"


def test_guards_are_to_be_proved_too():
    text = (
        "fof(d,axiom,![A]:(set(A) => ![B]:(sub(B,A) <=> (p(A,B) & q(B)))))."
        "fof(k,axiom,{}p(c,b) & q(b)). fof(g,conjecture,sub(b,c))."
    )
    guarded, unguarded = parse_problem(text.format("set(c) & ")), parse_problem(text.format(""))
    assert goals(guarded, 1) == ["set(c)", "p(c,b)", "q(b)"]
    assert by_parts(Z3, unfold=1).prove(guarded, LIMITS).status is SzsStatus.THEOREM
    assert not by_parts(Z3, unfold=1).prove(unguarded, Limits(1.0)).status.proved


def test_variables_of_definitions_are_not_captured():
    problem = parse_problem(
        "fof(d,axiom,![A,B]:(r(A,B) <=> (?[X]:s(A,X,B) & ?[C]:s(B,C,A))))."
        "fof(g,conjecture,![X,C]:r(C,X))."
    )
    first, second = divided(problem, 1).problems
    expected = ["![X,C]:?[Z]:s(C,Z,X)", "![X,C]:?[Z]:s(X,Z,C)"]
    for part, text in zip((first, second), expected, strict=True):
        assert alpha_equivalent(part.goal, parse_formula(text))


def test_many_parts_are_not_unfolded_further():
    body = "&".join(f"p{i}(A)" for i in range(20))
    problem = parse_problem(
        f"fof(d,axiom,![A]:(q(A) <=> ({body}))). fof(g,conjecture,q(a) & q(b))."
    )
    assert goals(problem, 2) == ["q(a)", "q(b)"]
    assert not divided(problem, 2).unfolded


def test_what_is_false_in_a_model_is_never_proved():
    rng = random.Random(3)
    several = 0
    for _ in range(30):
        problem = RandomWorld(rng).invalid(rng.randint(2, 6))
        several += len(divided(problem, 2).problems) > 1
        assert not by_parts(Z3, unfold=2).prove(problem, Limits(1.0)).status.proved
    assert several > 3
