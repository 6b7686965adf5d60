"""Conjectures proved in parts: the parts, and the answer made of theirs."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from prover.environments.fol.provers.clausal import Clausal
from prover.environments.fol.provers.contracts import (
    Availability,
    Limits,
    ProverAnswer,
    Settled,
    SzsStatus,
)
from prover.environments.fol.provers.parts import parts
from prover.environments.fol.provers.portfolio import Attempt, Portfolio
from prover.environments.fol.provers.smt import cvc5_strategies, z3_strategies
from prover.environments.fol.syntax import Problem
from prover.environments.fol.tptp import parse_problem

LIMITS = Limits(20.0)
CVC5, Z3 = cvc5_strategies()[0], z3_strategies()[0]
EQUIVALENCE = (
    "fof(a,axiom,![X]:(p(X)=>q(X))). fof(no,axiom,s). fof(b,axiom,![X]:(q(X)=>p(X)))."
    "fof(g,conjecture,![X]:(r(X) => (p(X) <=> q(X))))."
)


def by_parts(prover, *selection) -> Portfolio:
    return Portfolio("p", (Attempt(prover, 1.0, *selection, parts=True),), 1)


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
    goals = [str(part.goal) for part in parts(problem)]
    assert goals == [
        "! [X] : (r(X) => s)",
        "! [X] : (r(X) => (q => ? [Y] : t(Y)))",
        "! [X] : (r(X) => (? [Y] : t(Y) => q))",
    ]
    assert all(part.premises == problem.premises for part in parts(problem))


@pytest.mark.parametrize("goal", ["p | (q & r)", "?[X]:(p(X)&q(X))", "&".join(["p"] * 30)])
def test_other_conjectures_are_left_alone(goal):
    problem = parse_problem(f"fof(g,conjecture,{goal}).")
    assert parts(problem) == (problem,)
    hopeless = Answering([])
    assert not by_parts(hopeless).prove(problem, LIMITS).status.conclusive
    assert not hopeless.asked


def test_without_a_conjecture_there_are_no_parts():
    problem = parse_problem("fof(a,axiom,p&q).")
    assert parts(problem) == (problem,)


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
    prover = Answering([SzsStatus.THEOREM, SzsStatus.GAVE_UP])
    assert by_parts(prover).prove(problem, Limits(9.0)).status is SzsStatus.GAVE_UP
    seconds = [limits.seconds for _, limits in prover.asked]
    assert seconds == pytest.approx([3.0, 4.5], abs=0.2)


def test_a_derivation_of_the_last_part_is_not_passed_off_as_one_of_all():
    problem = parse_problem("fof(g,conjecture,p&q).")
    answer = by_parts(Answering([SzsStatus.THEOREM] * 2)).prove(problem, LIMITS)
    assert (answer.status, answer.derivation, answer.used_premises) == (
        SzsStatus.THEOREM, None, None,
    )  # fmt: skip


def test_contradictory_axioms_settle_all_parts():
    problem = parse_problem("fof(a,axiom,p). fof(b,axiom,~p). fof(g,conjecture,q&r).")
    assert by_parts(CVC5).prove(problem, LIMITS).status is SzsStatus.CONTRADICTORY_AXIOMS
