"""The provers themselves: right answers, hard limits, nothing left behind."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from prover.environments.fol.models import FiniteModel
from prover.environments.fol.provers import processes
from prover.environments.fol.provers.contracts import Limits, ProverAnswer, SzsStatus
from prover.environments.fol.provers.eprover import EProver, e_strategies
from prover.environments.fol.provers.smt import SmtProver, cvc5_strategies, z3_strategies
from prover.environments.fol.provers.smtlib import to_smtlib
from prover.environments.fol.syntax import Not, Problem
from prover.environments.fol.tptp import format_problem, parse_formula, parse_problem
from tests.fol.worlds import RandomWorld

Z3, CVC5 = z3_strategies()[0], cvc5_strategies()[0]
FINDER = SmtProver("cvc5", "finite-model-find", (("finite-model-find", "true"),))
needs_e = pytest.mark.skipif(shutil.which("eprover") is None, reason="eprover is not installed")
ALL = [
    *(pytest.param(prover, id=prover.name) for prover in (*z3_strategies(), *cvc5_strategies())),
    *(
        pytest.param(prover, id=prover.name, marks=[pytest.mark.eprover, needs_e])
        for prover in e_strategies()
    ),
]
LIMITS = Limits(20.0)

VALID = {
    "modus ponens": "fof(a,axiom,![X]:(p(X)=>q(X))). fof(b,axiom,p(c)). fof(g,conjecture,q(c)).",
    "drinker": "fof(g,conjecture,?[X]:(d(X) => ![Y]: d(Y))).",
    "equality": "fof(a,axiom,f(a)=b). fof(b,axiom,f(b)=a). fof(g,conjecture,f(f(a))=a).",
    "Pelletier 24": """
        fof(a,axiom,~ ?[X]:(s(X)&q(X))). fof(b,axiom,![X]:(p(X)=>(q(X)|r(X)))).
        fof(c,axiom,(~ ?[X]:p(X)) => ?[X]:q(X)). fof(d,axiom,![X]:((q(X)|r(X))=>s(X))).
        fof(g,conjecture,?[X]:(p(X)&r(X))).""",
    "numbers": "fof(a,axiom,p(1)&p(x)&q(1,2)&q(x,2)). fof(g,conjecture,p(1) & 1 != 2).",
    "distinct objects": """fof(g,conjecture,"a" != "b").""",
    "quoted names": "fof('A b',axiom,'Is it'('the | one')). fof(g,conjecture,?[X]:'Is it'(X)).",
    "arities": "fof(a,axiom,p(a)&p). fof(c,axiom,p(a,p)). fof(g,conjecture,p(a)&p).",
    "reserved words": "fof(a,axiom,![STRING]:assert(STRING)). fof(g,conjecture,assert(forall)).",
}  # fmt: skip

INVALID = {
    "converse": "fof(a,axiom,![X]:(p(X)=>q(X))). fof(b,axiom,q(c)). fof(g,conjecture,p(c)).",
    "quantifiers": "fof(a,axiom,![X]:?[Y]:r(X,Y)). fof(g,conjecture,?[Y]:![X]:r(X,Y)).",
    "two elements": "fof(g,conjecture,![X,Y]:X=Y).",
    "false": "fof(a,axiom,p). fof(g,conjecture,$false).",
    "functions": "fof(a,axiom,![X]:f(f(X))=X). fof(g,conjecture,![X]:f(X)=X).",
}


@pytest.mark.parametrize("prover", ALL)
@pytest.mark.parametrize("name", VALID)
def test_valid_conjectures_are_never_refuted(prover, name):
    answer = prover.prove(parse_problem(VALID[name]), LIMITS)
    assert answer.status in allowed(prover), answer


def allowed(prover) -> set[SzsStatus]:
    """What may be said of a theorem: E-matching alone cannot prove all of them."""
    gives_up = {SzsStatus.GAVE_UP} if prover.name == "z3:ematching" else set()
    return {SzsStatus.THEOREM} | gives_up


@pytest.mark.parametrize("name", INVALID)
def test_counter_models_are_found_and_verified(name):
    problem = parse_problem(INVALID[name])
    answer = FINDER.prove(problem, LIMITS)
    assert answer.status is SzsStatus.COUNTER_SATISFIABLE, answer
    assert answer.model is not None
    assert answer.model.satisfies([premise.closed for premise in problem.premises])
    assert not answer.model.satisfies([problem.goal])


@pytest.mark.parametrize("prover", ALL)
@pytest.mark.parametrize("name", INVALID)
def test_invalid_conjectures_are_never_proved(prover, name):
    answer = prover.prove(parse_problem(INVALID[name]), Limits(1.0))
    assert not answer.status.proved, answer
    assert answer.status is not SzsStatus.ERROR, answer


@pytest.mark.parametrize("prover", ALL)
def test_what_is_false_in_a_model_is_never_proved(prover):
    rng = random.Random(prover.name)
    for _ in range(12):
        problem = RandomWorld(rng).invalid(rng.randint(0, 4))
        answer = prover.prove(problem, Limits(0.3))
        assert not answer.status.proved, format_problem(problem)
        assert answer.status is not SzsStatus.ERROR, answer


@pytest.mark.parametrize("prover", ALL)
def test_used_premises(prover):
    problem = parse_problem(
        "fof(a,axiom,![X]:(p(X)=>q(X))). fof('No use',axiom,r). fof(b,axiom,p(c))."
        "fof(t,axiom,$true). fof(g,conjecture,q(c))."
    )
    answer = prover.prove(problem, LIMITS)
    assert answer.status is SzsStatus.THEOREM
    assert answer.used_premises == ("a", "b")


@pytest.mark.parametrize("prover", ALL)
def test_contradictory_axioms_are_told(prover):
    problem = parse_problem("fof(a,axiom,p). fof(b,axiom,~p). fof(g,conjecture,q).")
    answer = prover.prove(problem, LIMITS)
    assert answer.status is SzsStatus.CONTRADICTORY_AXIOMS
    assert set(answer.used_premises) == {"a", "b"}


@pytest.mark.parametrize("prover", ALL)
def test_without_a_conjecture_satisfiability_is_judged(prover):
    unsatisfiable = parse_problem("cnf(a,axiom,p(X)). cnf(b,negated_conjecture,~p(c)).")
    assert prover.prove(unsatisfiable, LIMITS).status is SzsStatus.UNSATISFIABLE
    satisfiable = parse_problem("cnf(a,axiom,p(c)|q). cnf(b,axiom,~q).")
    answer = prover.prove(satisfiable, LIMITS)
    assert answer.status in (SzsStatus.SATISFIABLE, SzsStatus.GAVE_UP)


@pytest.mark.parametrize("prover", ALL)
def test_an_empty_problem_is_satisfiable(prover):
    answer = prover.prove(Problem(()), LIMITS)
    assert answer.status in (SzsStatus.SATISFIABLE, SzsStatus.GAVE_UP)


TYPED = """
    tff(n,type,nat: $tType). tff(b,type,box: $tType). tff(z,type,zero: nat).
    tff(s,type,suc: nat > nat). tff(i,type,in: (nat * box) > $o). tff(bb,type,e: box).
    tff(a,axiom,in(zero,e)). tff(c,axiom,![N: nat,B: box]:(in(N,B)=>in(suc(N),B))).
"""


@pytest.mark.parametrize("prover", ALL)
def test_types_are_understood(prover):
    provable = parse_problem(TYPED + "tff(g,conjecture,?[B: box]:in(suc(suc(zero)),B)).")
    assert prover.prove(provable, LIMITS).status in allowed(prover)
    wrong = parse_problem(TYPED + "tff(g,conjecture,in(e,e)).")
    answer = prover.prove(wrong, LIMITS)
    assert answer.status is SzsStatus.INPUT_ERROR
    assert "badly typed formula g" in answer.message


def test_sorts_are_kept_apart_in_models():
    problem = parse_problem(TYPED + "tff(g,conjecture,![B: box]:in(zero,B)).")
    answer = FINDER.prove(problem, LIMITS)
    assert answer.status is SzsStatus.COUNTER_SATISFIABLE
    assert answer.model is not None
    assert answer.model.domains["box"] == 2


@pytest.mark.parametrize("prover", [Z3, CVC5], ids=str)
def test_arithmetic_is_that_of_the_integers(prover):
    problem = parse_problem(
        "tff(a,type,a: $int). tff(h,axiom,$less(a,$sum(a,a)))."
        "tff(g,conjecture,$greater($product(2,a),-1))."
    )
    assert prover.prove(problem, LIMITS).status is SzsStatus.THEOREM


@needs_e
def test_e_declines_arithmetic():
    problem = parse_problem("tff(g,conjecture,$less(1,2)).")
    assert EProver().prove(problem, LIMITS).status is SzsStatus.INAPPROPRIATE


def test_defined_words_have_no_meaning_in_fof():
    problem = parse_problem("fof(g,conjecture,$less(a,b)).")
    answer = Z3.prove(problem, LIMITS)
    assert answer.status is SzsStatus.INAPPROPRIATE
    assert "$less" in answer.message


# ----------------------------------------------------------------------------------------- models


def test_a_model_is_evaluated():
    cycle = FiniteModel(
        {"$i": 3},
        {("f", 1): {(0,): 1, (1,): 2, (2,): 0}, ("c", 0): {(): 0}},
        {("p", 1): frozenset({(0,)}), ("q", 0): frozenset()},
    )
    for text, truth in {
        "f(f(f(c))) = c": True,
        "![X]: f(X) != X": True,
        "?[X]: (p(X) & ~ p(f(X)))": True,
        "![X]: (p(X) => q)": False,
        "q <=> ![X,Y]: X = Y": True,
        "![X]: ?[Y]: f(Y) = X": True,
        "![X]: ((?[X]: p(X)) & X = c)": False,
    }.items():
        assert cycle.satisfies([parse_formula(text)]) is truth, text
        assert cycle.satisfies([Not(parse_formula(text))]) is not truth, text
    assert "f(2) = 0" in str(cycle)


# ----------------------------------------------------------------------------------------- limits

# Associativity and commutativity with a false conclusion that has no small counter-model.
HARD = parse_problem("""
    fof(a,axiom,![X,Y,Z]:f(f(X,Y),Z)=f(X,f(Y,Z))). fof(b,axiom,![X]:?[Y]:f(X,Y)!=X).
    fof(c,axiom,![X,Y]:(f(X,Y)=f(Y,X)=>X=Y)). fof(e,axiom,![X]:?[Y]:(r(X,Y)&~r(Y,X))).
    fof(d,axiom,![X,Y,Z]:(r(X,Y)&r(Y,Z)=>r(X,Z))). fof(g,conjecture,?[X]:r(X,f(X,X))).
""".replace("r(X,Y)&r(Y,Z)=>", "(r(X,Y)&r(Y,Z))=>"))


@pytest.mark.parametrize("prover", ALL)
def test_time_is_limited(prover):
    begun = time.monotonic()
    answer = prover.prove(HARD, Limits(0.5))
    assert answer.status in (SzsStatus.TIMEOUT, SzsStatus.GAVE_UP), answer
    assert time.monotonic() - begun < 20  # not for ever; how soon is the benchmark's business


@pytest.mark.parametrize("prover", [Z3, CVC5], ids=str)
def test_memory_is_limited(prover):
    answer = prover.prove(big_problem(), Limits(60.0, memory_mb=170))
    assert answer.status is SzsStatus.MEMORY_OUT, answer
    assert prover.prove(parse_problem(VALID["equality"]), LIMITS).status is SzsStatus.THEOREM


def big_problem() -> Problem:
    return parse_problem("".join(
        f"fof(a{i},axiom,![X,Y]:(p{i}(X,f{i}(Y))=>?[Z]:p{i + 1}(f{i}(Z),g{i}(X,Y,Z)))).\n"
        for i in range(6_000)
    ))  # fmt: skip


def test_a_run_can_be_stopped():
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    answer = CVC5.prove(HARD, Limits(300.0), stop)
    assert answer.status is SzsStatus.STOPPED


def test_a_crashing_job_is_named_and_harms_nobody():
    killed = SmtProver("cvc5", "killed", (("enum-inst", "true"),))
    wait_for(lambda: not children(processes.supervisor().pid))
    answers: list[ProverAnswer] = []
    thread = threading.Thread(target=lambda: answers.append(killed.prove(HARD, Limits(60.0))))
    thread.start()
    [child] = wait_for(lambda: children(processes.supervisor().pid))
    os.kill(child, signal.SIGSEGV)
    thread.join()
    assert answers[0].status is SzsStatus.ERROR
    assert answers[0].message.startswith("cvc5:killed died: signal 11")
    assert CVC5.prove(parse_problem(VALID["equality"]), LIMITS).status is SzsStatus.THEOREM


def test_a_dead_supervisor_is_replaced():
    old = processes.supervisor().pid
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: processes.supervisor().pid != old)
    assert CVC5.prove(parse_problem(VALID["equality"]), LIMITS).status is SzsStatus.THEOREM


def test_a_wrong_option_is_an_error_with_a_reason():
    answer = SmtProver("cvc5", "odd", (("no-such-option", "true"),)).prove(HARD, LIMITS)
    assert answer.status is SzsStatus.ERROR
    assert "no-such-option" in answer.message


def test_a_missing_prover_is_unavailable(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    missing = EProver()
    assert not missing.available().available
    assert "eprover" in missing.available().remedy
    assert missing.prove(HARD, LIMITS).status is SzsStatus.ERROR


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_behind(how):
    script = textwrap.dedent(f"""
        from prover.environments.fol.provers import processes
        from prover.environments.fol.provers.contracts import Limits
        from prover.environments.fol.provers.smt import cvc5_strategies
        from prover.environments.fol.tptp import parse_problem
        print(processes.supervisor().pid, flush=True)
        problem = parse_problem({str(big_text())!r})
        cvc5_strategies()[0].prove(problem, Limits(100.0))
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as client:
        assert client.stdout is not None
        supervisor = int(client.stdout.readline())
        [job] = wait_for(lambda: children(supervisor))
        client.send_signal(how)
        client.wait(20)
    wait_for(lambda: not alive(supervisor) and not alive(job))


def big_text() -> str:
    return "\n".join(f"{f.language}({f.name},{f.role},{f.formula})." for f in HARD.formulas)


def children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:  # noqa: PTH123
            return [int(word) for word in file.read().split()]
    except FileNotFoundError:
        return []


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen in 20 seconds")


def test_deep_and_odd_formulas_reach_the_provers():
    deep = parse_formula("~ " * 2_000 + "(p | ~ p)")
    assert CVC5.prove(Problem.of([], deep), LIMITS).status is SzsStatus.THEOREM
    script = to_smtlib(Problem.of({"a": parse_formula("'|'('\\\\', 'é')")}, None)).text
    assert script.isascii()
