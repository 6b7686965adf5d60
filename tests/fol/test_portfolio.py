"""The portfolio: schedule, first answer wins, losers stopped, selections not mistaken."""

from __future__ import annotations

import pickle
import threading
import time
from dataclasses import dataclass, field

import pytest

from prover.environments.fol.provers import processes
from prover.environments.fol.provers.contracts import (
    Availability,
    Limits,
    ProverAnswer,
    Settled,
    SzsStatus,
)
from prover.environments.fol.provers.portfolio import (
    Attempt,
    Portfolio,
    default_cores,
    quick,
    single,
    strong,
)
from prover.environments.fol.provers.smt import SmtProver, cvc5_strategies
from prover.environments.fol.selection import Sine
from prover.environments.fol.syntax import Problem
from prover.environments.fol.tptp import parse_problem
from tests.fol.test_provers import HARD, INVALID, VALID, children, wait_for

LIMITS = Limits(20.0)
CVC5 = cvc5_strategies()[0]
FINDER = SmtProver("cvc5", "finite-model-find", (("finite-model-find", "true"),))


@dataclass
class Scripted:
    """A prover that answers at once what it is told to, and counts how often it is asked."""

    name: str
    status: SzsStatus
    present: bool = True
    asked: list[tuple[Problem, Limits]] = field(default_factory=list)

    def available(self) -> Availability:
        return Availability(self.present, "1", "not there")

    def start(self, problem: Problem, limits: Limits) -> Settled:
        self.asked.append((problem, limits))
        return Settled(ProverAnswer(self.status, self.name, "1"))


@pytest.mark.parametrize("portfolio", [quick(), quick(1), strong(), strong(1)], ids=str)
@pytest.mark.parametrize("name", VALID)
def test_valid_conjectures_are_proved(portfolio, name):
    answer = portfolio.prove(parse_problem(VALID[name]), LIMITS)
    assert answer.status is SzsStatus.THEOREM, answer


@pytest.mark.parametrize("portfolio", [quick(), strong()], ids=["quick", "strong"])
@pytest.mark.parametrize("name", INVALID)
def test_invalid_conjectures_are_refuted(portfolio, name):
    answer = portfolio.prove(parse_problem(INVALID[name]), LIMITS)
    assert answer.status is SzsStatus.COUNTER_SATISFIABLE, answer


def test_the_first_conclusive_answer_wins():
    gives_up = Scripted("a:1", SzsStatus.GAVE_UP)
    proves = Scripted("b:1", SzsStatus.THEOREM)
    never = Scripted("c:1", SzsStatus.THEOREM)
    portfolio = Portfolio("p", tuple(Attempt(p, 0.5) for p in (gives_up, proves, never)), cores=1)
    answer = portfolio.prove(HARD, LIMITS)
    assert (answer.prover, answer.status) == ("b:1", SzsStatus.THEOREM)
    assert (len(gives_up.asked), len(proves.asked), len(never.asked)) == (1, 1, 0)


def test_missing_provers_are_left_out():
    missing = Scripted("a:1", SzsStatus.ERROR, present=False)
    proves = Scripted("b:1", SzsStatus.THEOREM)
    portfolio = Portfolio("p", (Attempt(missing, 0.5), Attempt(proves, 0.5)))
    assert portfolio.prove(HARD, LIMITS).prover == "b:1"
    assert not missing.asked
    assert portfolio.available() == Availability(True, "b 1")
    nobody = Portfolio("p", (Attempt(missing, 0.5),))
    assert not nobody.available().available
    answer = nobody.prove(HARD, LIMITS)
    assert not answer.status.conclusive
    assert answer.message == "not there"


def test_shares_divide_the_time_and_the_last_gets_the_rest():
    first, last = Scripted("a:1", SzsStatus.GAVE_UP), Scripted("b:1", SzsStatus.TIMEOUT)
    Portfolio("p", (Attempt(first, 0.25), Attempt(last, 0.25)), cores=1).prove(HARD, Limits(8.0))
    assert first.asked[0][1].seconds == pytest.approx(2.0, abs=0.1)
    assert last.asked[0][1].seconds == pytest.approx(8.0, abs=0.5)


def test_a_refutation_of_selected_premises_is_none():
    problem = parse_problem("fof(a,axiom,r&s). fof(b,axiom,r=>p). fof(g,conjecture,p).")
    attempts = (
        Attempt(FINDER, 0.5, Sine(depth=1)),
        Attempt(CVC5, 0.5),
    )
    answer = Portfolio("p", attempts, cores=1).prove(problem, LIMITS)
    assert (answer.status, answer.prover) == (SzsStatus.THEOREM, "cvc5:enum-inst")
    alone = single(FINDER, Sine(depth=1)).prove(problem, LIMITS)
    assert not alone.status.conclusive
    assert alone.message == "cvc5:finite-model-find sine-1-1: CounterSatisfiable"


def test_the_same_attempt_is_not_made_twice():
    prover = Scripted("a:1", SzsStatus.GAVE_UP)
    problem = parse_problem(VALID["modus ponens"])
    selections = [Attempt(prover, 0.2), Attempt(prover, 0.2, Sine(9.0))]
    Portfolio("p", tuple(selections), cores=1).prove(problem, LIMITS)
    assert len(prover.asked) == 1


def test_errors_are_named():
    wrong = SmtProver("cvc5", "odd", (("no-such-option", "true"),))
    answer = single(wrong).prove(HARD, LIMITS)
    assert answer.status is SzsStatus.ERROR
    assert "cvc5:odd: Error" in answer.message
    assert "no-such-option" in answer.message


def test_losers_are_stopped():
    slow = SmtProver("cvc5", "slow", (("finite-model-find", "true"),))
    proves = Scripted("b:1", SzsStatus.THEOREM)
    answer = Portfolio("p", (Attempt(slow, 1.0), Attempt(proves, 1.0))).prove(HARD, Limits(100.0))
    assert answer.prover == "b:1"
    wait_for(lambda: not children(processes.supervisor().pid))


def test_an_easy_question_is_asked_one_prover_only():
    easy = Scripted("a:1", SzsStatus.THEOREM)
    other = Scripted("b:1", SzsStatus.THEOREM)
    problem = parse_problem(next(iter(VALID.values())))
    assert Portfolio("p", (Attempt(easy, 0.1), Attempt(other, 1.0))).prove(
        problem, LIMITS).prover == "a:1"
    assert not other.asked


def test_a_hard_question_is_soon_asked_two():
    proves = Scripted("b:1", SzsStatus.THEOREM)
    begun = time.monotonic()
    answer = Portfolio("p", (Attempt(FINDER, 1.0), Attempt(proves, 1.0))).prove(HARD, LIMITS)
    assert answer.prover == "b:1"
    assert time.monotonic() - begun < LIMITS.seconds / 2


def test_on_one_core_every_prover_gets_its_share():
    asked = [Scripted(f"{name}:1", SzsStatus.GAVE_UP) for name in "abcd"]
    attempts = tuple(Attempt(prover, 0.5) for prover in asked)
    Portfolio("p", attempts, 1).prove(HARD, Limits(8.0))
    seconds = [limits.seconds for prover in asked for _, limits in prover.asked]
    assert seconds[:3] == pytest.approx([2.0, 2.0, 2.0])
    assert len(seconds) == 4


def test_workers_share_the_cores(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert [default_cores(workers) for workers in (1, 2, 8)] == [2, 1, 1]


def test_a_portfolio_can_be_stopped():
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    answer = strong().prove(HARD, Limits(300.0), stop)
    assert answer.status is SzsStatus.STOPPED
    assert "stopped" in answer.message
    wait_for(lambda: not children(processes.supervisor().pid))


def test_the_time_is_kept():
    begun = time.monotonic()
    answer = quick().prove(HARD, Limits(0.3))
    assert answer.status in (SzsStatus.TIMEOUT, SzsStatus.GAVE_UP)
    assert time.monotonic() - begun < 20


def test_threads_may_share_a_portfolio():
    portfolio = quick()
    answers: list[ProverAnswer] = []

    def ask(text: str) -> None:
        answers.append(portfolio.prove(parse_problem(text), LIMITS))

    threads = [threading.Thread(target=ask, args=(text,)) for text in VALID.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [SzsStatus.THEOREM] * len(VALID)


def test_a_portfolio_is_a_value():
    assert pickle.loads(pickle.dumps(strong(2))) == strong(2)


def test_contradictory_axioms_win_too():
    problem = parse_problem("fof(a,axiom,p). fof(b,axiom,~p). fof(g,conjecture,q).")
    assert quick().prove(problem, LIMITS).status is SzsStatus.CONTRADICTORY_AXIOMS
