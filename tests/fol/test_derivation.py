"""Derivations: read, drawn, printed, verified, and refused where a step is wrong."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.contracts import InputError
from prover.environments.fol.consultation import oracle_of, others
from prover.environments.fol.derivation import Derivation, StepStatus, verify
from prover.environments.fol.provers.contracts import Limits
from prover.environments.fol.provers.eprover import EProver
from prover.environments.fol.skolem import NotSkolemized, deskolemized, is_definition, nnf
from prover.environments.fol.syntax import Symbol, alpha_equivalent, close, symbols
from prover.environments.fol.tptp import parse_formula, parse_problem
from tests.fol.strategies import formulas

VERIFIER = oracle_of(others("E"))
LIMITS = Limits(10.0)

PROBLEM = parse_problem("""
    fof(a,axiom,![X]:(p(X)=>?[Y]:(r(X,Y)&p(Y)))). fof(b,axiom,p(c)).
    fof(t,axiom,![X,Y]:(r(X,Y)=>~s(Y))). fof(u,axiom,f(c)=c).
    fof(g,conjecture,?[X,Y]:(r(X,Y)&~s(Y))).
""")

DERIVATION = """
fof(g, conjecture, ?[X,Y]:(r(X,Y)&~s(Y)), file('x.p', g)).
fof(a, axiom, ![X1]:(p(X1)=>?[X2]:(r(X1,X2)&p(X2))), file('x.p', a)).
fof(b, axiom, p(c), file('x.p', b)).
fof(t, axiom, ![X,Y]:(r(X,Y)=>~s(Y)), file('x.p', t)).
fof(n, negated_conjecture, ![X,Y]:(r(X,Y)=>s(Y)),
  inference(fof_nnf,[status(thm)],[inference(assume_negation,[status(cth)],[g])])).
fof(sk, plain, ![X]:((r(X,esk1_1(X))|~p(X))&(p(esk1_1(X))|~p(X))),
  inference(distribute,[status(thm)],[inference(skolemize,[status(esa)],[a])])).
cnf(c1, plain, r(X,esk1_1(X))|~p(X), inference(split_conjunct,[status(thm)],[sk])).
fof(d, plain, ![X]: (epred1_1(X) <=> s(X)), introduced(definition)).
cnf(c2, plain, r(c,esk1_1(c)), inference(spm,[status(thm)],[c1,b])).
cnf(c3, plain, epred1_1(esk1_1(c)), inference(rw,[status(thm)],[c2,n,d])).
cnf(c4, plain, $false, inference(spm,[status(thm)],[inference(rw,[status(thm)],[c3,d]),t,c2]),
  [proof]).
cnf(unused, plain, p(c), b).
"""


def test_a_derivation_is_a_graph():
    derivation = Derivation.parse(DERIVATION)
    assert derivation.by_name["c3"].parents == ("c2", "n", "d")
    assert derivation.by_name["c4"].parents == ("c3", "d", "t", "c2")
    assert derivation.by_name["sk"].status is StepStatus.EQUISATISFIABLE
    assert derivation.by_name["n"].status is StepStatus.THEOREM
    assert derivation.leaves == ("g", "a", "b", "t")
    graph = derivation.graph()
    assert graph.has_edge("sk", "c1")
    assert graph.nodes["c4"]["step"] is derivation.refutation
    assert "unused" not in derivation.pruned().by_name
    assert len(derivation.pruned().steps) == len(derivation.steps) - 1


def test_a_derivation_is_printed_back():
    derivation = Derivation.parse(DERIVATION)
    assert Derivation.parse(derivation.format()) == derivation


def test_a_right_derivation_is_verified():
    report = verify(Derivation.parse(DERIVATION), PROBLEM, VERIFIER, LIMITS)
    assert [(r.step.name, r.reason) for r in report.failures] == []
    assert report.verified
    how = {r.step.name: r.how for r in report.steps}
    assert how["b"] == "problem"
    assert how["d"] == "definition"
    assert how["sk"].startswith("Skolemization")
    assert not any("E:" in text for text in how.values())


@pytest.mark.parametrize(
    ("old", "new", "step", "reason"),
    [
        ("p(c), file", "p(d), file", "b", "CounterSatisfiable"),
        ("file('x.p', b)", "file('x.p', zz)", "b", "no formula zz"),
        ("cnf(c2, plain, r(c,", "cnf(c2, plain, r(d,", "c2", "CounterSatisfiable"),
        ("[c3,d]),t,c2]", "[c3,d]),c2]", "c4", "CounterSatisfiable"),
        ("inference(assume_negation,[status(cth)],[g])", "g", "n", "as if it were true"),
        ("[status(cth)],[g]", "[status(cth)],[b]", "n", "only a conjecture"),
        ("r(X,esk1_1(X))|~p(X))&", "r(X,esk1_1(X))|~s(X))&", "sk", "CounterSatisfiable"),
        ("esk1_1", "f", "sk", "CounterSatisfiable"),
        ("epred1_1(X) <=> s(X)", "epred1_1(X) <=> ~epred1_1(X)", "d", "not a definition"),
        ("epred1_1(X) <=> s(X)", "p(X) <=> s(X)", "d", "not a definition"),
        ("introduced(definition)", "introduced(assumption)", "d", "unknown status"),
        ("status(thm)],[c1,b]", "status(sat)],[c1,b]", "c2", "unknown status"),
        ("fof(b, axiom", "fof(b, conjecture", "b", "has the role axiom"),
    ],
)
def test_a_wrong_step_is_found(old, new, step, reason):
    report = verify(Derivation.parse(DERIVATION.replace(old, new)), PROBLEM, VERIFIER, LIMITS)
    assert not report.verified
    failures = {r.step.name: r.reason for r in report.failures}
    assert reason in failures[step]


def test_a_derivation_without_contradiction_proves_nothing():
    lines = [line for line in DERIVATION.splitlines() if line.startswith("fof(b,")]
    report = verify(Derivation.parse("\n".join(lines)), PROBLEM, VERIFIER, LIMITS)
    assert not report.failures
    assert not report.verified


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cnf(a,plain,p,b).", "step a has no parent b"),
        ("cnf(a,plain,p,a).", "circle"),
        ("cnf(a,plain,p,b). cnf(b,plain,p,a).", "circle"),
        ("cnf(a,plain,p). cnf(a,plain,q).", "second step"),
        ("cnf(a,plain,p,inference(x)).", "expected inference"),
        ("cnf(a,plain,p,inference(x,[],[[]])).", "not a step"),
        ("cnf(a,plain,(p.", "expected"),
    ],
)
def test_what_is_no_derivation_is_told(text, message):
    with pytest.raises(InputError, match=message):
        Derivation.parse(text)


# ---------------------------------------------------------------------------------- Skolemization


@pytest.mark.parametrize(
    ("skolemized", "original"),
    [
        ("p(s1)", "?[S]: p(S)"),
        ("![X]: r(X,s1(X))", "![X]: ?[S]: r(X,S)"),
        ("![X]: (r(X,s1(X)) & q(s2))", "(![X]: ?[S]: r(X,S)) & ?[T]: q(T)"),
        ("![X]: (r(X,s1(X)) & q(s1(X)))", "![X]: ?[S]: (r(X,S) & q(S))"),
        ("![X,Y]: t(s1,X,s2(X),Y,s3(X,Y))", "?[S]:![X]:?[T]:![Y]:?[U]: t(S,X,T,Y,U)"),
        ("![X,Y]: (r(X,s1(X)) | r(Y,s2(Y)))", "(![X]:?[S]: r(X,S)) | (![Y]:?[T]: r(Y,T))"),
        ("![X,Y]: (p(X) | r(Y,s1(Y)))", "(![X]: p(X)) | (![Y]:?[T]: r(Y,T))"),
        ("![X]: (q(X) => ~ r(X,s1(X)))", "![X]: (~ q(X) | ?[S]: ~ r(X,S))"),
    ],
)
def test_skolemization_is_undone(skolemized, original):
    formula = parse_formula(skolemized)
    new = frozenset(symbol for symbol in symbols(formula) if symbol.name in ("s1", "s2", "s3"))
    assert alpha_equivalent(deskolemized(formula, new), parse_formula(original))


@pytest.mark.parametrize(
    "text",
    [
        "![X]: r(X,s1(c))",
        "![X]: r(X,s1(X,X))",
        "![X,Y]: (r(X,s1(X)) & r(Y,s1(Y)))",
        "![X,Y]: t(X,Y,s1(X),s2(Y))",
        "?[X]: r(X,s1(X))",
        "s1",
    ],
)
def test_what_is_no_skolemization_is_refused(text):
    formula = parse_formula(text)
    new = frozenset(s for s in symbols(formula) if s.name in ("s1", "s2"))
    with pytest.raises(NotSkolemized):
        deskolemized(formula, new)


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("![X]: (d(X) <=> p(X))", True),
        ("![X]: (~ d(X) <=> ![Y]: r(X,Y))", True),
        ("d <=> p(c)", True),
        ("![X]: (d(X) => p(X))", True),
        ("![X]: d(X) = f(X)", True),
        ("![X,Y]: (d(X) <=> r(X,Y))", False),
        ("![X]: (d(X,X) <=> p(X))", False),
        ("d(c) <=> p(c)", False),
        ("![X]: (p(X) <=> r(X,X))", False),
        ("![X]: (d(X) <=> (p(X) & d(X)))", False),
        ("![X]: d(X) = f(d(X))", False),
        ("![X]: d(X)", False),
    ],
)
def test_definitions(text, accepted):
    known = frozenset({
        Symbol("p", 1, True), Symbol("r", 2, True), Symbol("c", 0, False), Symbol("f", 1, False)
    })  # fmt: skip
    assert is_definition(parse_formula(text), known) is accepted


@given(formulas(st.sampled_from(["p", "q"])))
def test_negation_normal_form_is_equivalent(formula):
    normal = nnf(formula)
    again = nnf(normal)
    assert again == normal
    assert nnf(formula, False) == nnf(nnf(formula, True), False) or has_equivalence(formula)


def has_equivalence(formula) -> bool:
    return "<=>" in str(formula)


@pytest.mark.parametrize(
    "text",
    [
        "p <=> q",
        "~ (p <=> (q <=> r))",
        "~ (p => ~ (q & ~ r))",
        "~ ![X]: (p(X) => ?[Y]: (q(Y) <=> p(X)))",
        "~ ~ (p | ~ $false)",
    ],
)
@pytest.mark.parametrize("positive", [True, False])
def test_negation_normal_form_by_a_prover(text, positive):
    formula = parse_formula(text)
    normal = str(nnf(formula, positive))
    sign = "" if positive else "~"
    question = parse_problem(f"fof(g,conjecture,({sign}({text})) <=> ({normal})).")
    assert VERIFIER.prove(question, LIMITS).status.proved


# -------------------------------------------------------------------------------------------- E

PROBLEMS = {
    "subsets": """
        fof(sub,axiom,![A,B]:(sub(A,B) <=> ![X]:(in(X,A)=>in(X,B)))).
        fof(int,axiom,![A,B,X]:(in(X,int(A,B)) <=> (in(X,A)&in(X,B)))).
        fof(ext,axiom,![A,B]:((sub(A,B)&sub(B,A))=>A=B)).
        fof(g,conjecture,![A,B]:(sub(A,B)=>int(A,B)=A)).""",
    "group": """
        fof(assoc,axiom,![X,Y,Z]:m(m(X,Y),Z)=m(X,m(Y,Z))). fof(unit,axiom,![X]:m(e,X)=X).
        fof(inv,axiom,![X]:m(i(X),X)=e). fof(g,conjecture,![X]:m(X,e)=X).""",
    "two conjuncts": """
        fof(a,axiom,![X]:(p(X) <=> (q(X) | ?[Y]:(r(X,Y) & ![Z]:(r(Y,Z) => p(Z)))))).
        fof(b,axiom,![X]:?[Y]:r(X,Y)). fof(c,axiom,![X]:q(X)).
        fof(g,conjecture,(![X]:p(X)) & ?[X,Y]:(r(X,Y)&p(Y))).""",
    "arities": """
        fof(a,axiom,![X]:(p(X)=>p(X,X))). fof(b,axiom,p(p)). fof(g,conjecture,?[X]:p(X,X)).""",
    "clauses": """
        cnf(a,axiom,p(X)|q(X)). cnf(b,axiom,~p(c)). cnf(c,axiom,~p(X)|r(f(X))).
        cnf(n,negated_conjecture,~q(X)).""",
}


@pytest.mark.eprover
@pytest.mark.skipif(shutil.which("eprover") is None, reason="eprover is not installed")
@pytest.mark.parametrize("name", PROBLEMS)
def test_proofs_of_e_are_verified_by_others(name):
    problem = parse_problem(PROBLEMS[name])
    answer = EProver().prove(problem, LIMITS)
    assert answer.derivation is not None, answer
    derivation = Derivation.parse(answer.derivation)
    assert Derivation.parse(derivation.format()) == derivation
    report = verify(derivation, problem, VERIFIER, LIMITS)
    assert [(r.step.name, r.step.rule, r.reason) for r in report.failures] == []
    assert report.verified
    premises = {premise.name for premise in problem.premises}
    assert set(answer.used_premises) == set(derivation.leaves) & premises


def test_closing_keeps_clauses_apart():
    step = Derivation.parse("cnf(a,plain,p(X)|q(Y)).").steps[0]
    assert step.formula == close(parse_formula("p(X)|q(Y)"))
