"""Saturation: the axiom sets are sound, the graph is one of entailments, the tasks are verified."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data.pipeline.generation import Plan, generate
from data.pipeline.reading import read_records
from data.registry import make_kind
from data.saturate import entailment, reconstruction, selection
from data.saturate.graph import members, statement_graph
from data.saturate.interest import interesting, rate
from data.saturate.judging import Proved, Refuted, judge
from data.saturate.kind import SaturateKind
from data.saturate.mathematics import to_mathematics
from data.saturate.perturbation import perturbed
from data.saturate.reading import numbers_in
from data.saturate.reconstruction import read_steps
from data.saturate.saturation import STRATEGIES, Work, saturate
from data.saturate.statements import is_tautology, statement_of
from data.saturate.theories import own_theories, own_theory, read_theory
from prover.contracts import InputError
from prover.environments.fol.derivation import Derivation
from prover.environments.fol.provers.contracts import Limits
from prover.environments.fol.provers.eprover import EProver
from prover.environments.fol.provers.smt import cvc5_strategies, z3_strategies
from prover.environments.fol.syntax import Problem, alpha_equivalent
from prover.environments.fol.tptp import parse_formula
from tests.data.recheck_saturate import recheck_saturate

pytestmark = pytest.mark.skipif(not EProver().available().available, reason="needs the E prover")

WITHOUT_FINITE_MODELS = {"peano"}


# -------------------------------------------------------------------------------------- the axioms


@pytest.mark.parametrize("name", own_theories())
def test_no_set_of_axioms_contradicts_itself(name: str) -> None:
    theory = own_theory(name)
    everything = theory.problem(frozenset(f.name for f in theory.hypotheses))
    satisfiable = Problem(everything.formulas)
    for prover in (EProver(derivation=False), z3_strategies()[0]):
        answer = prover.prove(satisfiable, Limits(1.0))
        assert not answer.status.proved, f"{prover.name}: {name} is contradictory"


@pytest.mark.parametrize("name", sorted(set(own_theories()) - WITHOUT_FINITE_MODELS))
def test_a_finite_model_of_all_axioms_and_hypotheses_is_verified(name: str) -> None:
    theory = own_theory(name)
    problem = theory.problem(frozenset(f.name for f in theory.hypotheses))
    answer = cvc5_strategies()[1].prove(problem, Limits(30.0))
    assert answer.model is not None
    assert answer.model.satisfies(f.closed for f in problem.formulas)


MODELS_THAT_SAY_SOMETHING = {
    "groups": "? [X] : mult(X,X) != one", "lattices": "? [X] : ~ below(join(X,X),bottom)",
    "orders": "? [X,Y] : ~ comparable(X,Y)", "sets": "? [A,X] : member(X,A)",
    "rings": "? [X,Y] : mult(X,Y) != zero",
}


@pytest.mark.parametrize("name", sorted(MODELS_THAT_SAY_SOMETHING))
def test_the_axioms_do_not_force_everything_to_be_trivial(name: str) -> None:
    axioms = [f.closed for f in own_theory(name).axioms]
    formula = parse_formula(MODELS_THAT_SAY_SOMETHING[name])
    problem = Problem.of([(f"a{n}", f) for n, f in enumerate([*axioms, formula])], None)
    answer = cvc5_strategies()[1].prove(problem, Limits(30.0))
    assert answer.model is not None


@pytest.mark.parametrize("name", own_theories())
def test_every_symbol_of_our_sets_has_a_picture(name: str) -> None:
    theory = own_theory(name)
    assert {(s.name, s.arity) for s in theory.signature} == set(theory.pictures)


# -------------------------------------------------------------------------------- statements, graph


@pytest.mark.parametrize(("text", "shown"), [
    ("q(X2) | ~p(X7,X2)", "! [X,Y] : (p(X,Y) => q(Y))"),
    ("a = f(X3)", "! [X] : f(X) = a"),
    ("~p(X) | ~q(X)", "! [X] : ~ (p(X) & q(X))"),
    ("! [A] : (p(A) <=> ? [B] : r(B,A))", "! [X] : (p(X) <=> ? [Y] : r(Y,X))"),
])  # fmt: skip
def test_statements_have_one_form(text: str, shown: str) -> None:
    from prover.environments.fol.syntax import close

    assert str(statement_of(close(parse_formula(text)))) == shown


def test_tautologies_are_seen() -> None:
    assert is_tautology(statement_of(parse_formula("! [X] : X = X")))
    assert is_tautology(statement_of(parse_formula("! [X] : (p(X) => p(X))")))
    assert not is_tautology(statement_of(parse_formula("! [X,Y] : (p(X) => p(Y))")))


def test_formulas_are_written_as_by_hand() -> None:
    def written(theory: str, text: str) -> str:
        return to_mathematics(parse_formula(text), own_theory(theory).pictures)

    assert written("groups", "! [X,Y] : inv(mult(X,Y)) = mult(inv(Y),inv(X))") == (
        "∀x y. (x · y)⁻¹ = y⁻¹ · x⁻¹")
    assert written("groups", "inv(inv(X)) != X") == "(x⁻¹)⁻¹ ≠ x"
    assert written("groups", "! [X] : (~ central(X) => X != one)") == (
        "∀x. ¬(x is central) → x ≠ 1")
    assert written("peano", "add(succ(succ(X)),Y) = zero") == "(S (S x)) + y = 0"
    assert written("groups", "unknown(X,mult(X,Y))") == "unknown(x, x · y)"


TSTP = """
fof(a, axiom, ! [X] : (p(X) => q(X)), file('x.p', a)).
fof(b, axiom, p(c), file('x.p', b)).
cnf(c_0_2, plain, (q(X1)|~p(X1)), inference(split_conjunct,[status(thm)],[a])).
cnf(c_0_3, plain, (q(c)), inference(pm,[status(thm)],[c_0_2, b])).
"""
SAME_IN_ANOTHER_ORDER = """
fof(b, axiom, p(c), file('x.p', b)).
fof(a, axiom, ! [X] : (p(X) => q(X)), file('x.p', a)).
cnf(c_0_9, plain, (q(X1)|~p(X1)), inference(split_conjunct,[status(thm)],[a])).
cnf(c_0_1, plain, (q(c)), inference(pm,[status(thm)],[c_0_9, b])).
"""


def test_the_order_in_which_e_prints_does_not_matter() -> None:
    one, two = (statement_graph(Derivation.parse(t)) for t in (TSTP, SAME_IN_ANOTHER_ORDER))
    assert (one.statements, one.parents, one.names) == (two.statements, two.parents, two.names)
    assert str(one.statements[-1]) == "q(c)"


@pytest.mark.parametrize("name", ["sets", "peano"])
def test_statements_follow_from_their_parents(name: str) -> None:
    derivation = saturate(own_theory(name).problem(frozenset()), STRATEGIES[0], Work(120, 500))
    graph = statement_graph(derivation)
    derived = [n for n in range(len(graph.statements)) if not graph.is_axiom(n)]
    assert len(derived) > 50
    assert all(parent < n for n in derived for parent in graph.parents[n])
    for n in random.Random(1).sample(derived, 8):
        above = [graph.statements[p].formula for p in graph.parents[n]]
        judged = judge(above, graph.statements[n].formula, refute=False)
        assert not isinstance(judged, Refuted), graph.statements[n]


def test_interest_is_a_mean_of_marks_and_sorts() -> None:
    derivation = saturate(own_theory("groups").problem(frozenset()), STRATEGIES[0], Work(120, 500))
    graph = statement_graph(derivation)
    ratings = rate(graph)
    assert all(0 <= mark <= 1 for r in ratings.values() for mark in vars(r).values())
    best = interesting(ratings, 0.2)
    least = min(ratings[n].interest for n in best)
    assert all(r.interest <= least for n, r in ratings.items() if n not in best)
    assert not set(best) & set(graph.axioms)
    number = best[0]
    assert set(members(graph.ancestors[number])) == set(graph.proof(number)) - {number}


def test_contradictory_axioms_are_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.p"
    path.write_text("fof(a, axiom, p).\nfof(b, axiom, ~p).\n")
    with pytest.raises(InputError, match="contradict each other"):
        saturate(read_theory(path).problem(frozenset()), STRATEGIES[0], Work(50, 100))


@pytest.mark.parametrize(("text", "message"), [
    ("", "there are no axioms"), ("fof(a, conjecture, p).", "there are no axioms"),
    ("tff(t, type, a: $i).\ntff(a, axiom, a = a).", "typed"),
    ("fof(a, axiom, p).\nfof(a, axiom, q).", "two formulas are called a"),
    ("fof(a, axiom, p", "bad.p:1"),
])  # fmt: skip
def test_files_that_cannot_be_saturated_are_told(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.p"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_theory(path)


def test_perturbations_change_one_place() -> None:
    statement = statement_of(parse_formula("! [X,Y] : (p(X,Y) => f(X) = g(Y))"))
    vocabulary = sorted(statement.symbols)
    rng = random.Random(3)
    changed = {str(perturbed(rng, statement, vocabulary)) for _ in range(60)}
    assert len(changed) > 10
    assert str(statement) not in changed


# --------------------------------------------------------------------------------------- the tasks


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    out = tmp_path_factory.mktemp("saturate") / "data.jsonl"
    generate(SaturateKind(theories=("groups", "sets"), clauses=150), Plan(out, 45, seed=5))
    return list(read_records(out))


def test_answers_hold_before_other_provers(records: list[dict[str, object]]) -> None:
    assert {r["task"] for r in records} == {"entailment", "selection", "reconstruction"}
    assert [r["id"] for r in records if not recheck_saturate(r)] == []


def test_the_recheck_finds_wrong_answers(records: list[dict[str, object]]) -> None:
    by_label = {(r["task"], str(r["label"])[:2]): r for r in records}
    limits = Limits(1.0)
    negative = by_label["entailment", "no"]
    positive = by_label["entailment", "ye"]
    # What follows does not follow from nothing; a model in which the goal holds refutes nothing.
    problem = str(positive["problem"])
    alone = problem[problem.rindex("fof(goal") :]
    assert not recheck_saturate({**positive, "problem": alone}, limits)
    goal = str(negative["problem"]).rindex("conjecture, ") + len("conjecture, ")
    opposite = f"{str(negative['problem'])[:goal]}~ ({str(negative['problem'])[goal:-3]})).\n"
    assert not recheck_saturate({**negative, "problem": opposite}, limits)
    selection_ = next(r for r in records if r["task"] == "selection")
    fewer = str(selection_["answer"]).rpartition(",")[0]
    assert not recheck_saturate({**selection_, "answer": fewer}, limits)
    proof = next(r for r in records if r["task"] == "reconstruction")
    last = str(proof["answer"]).rpartition("\n")[2]
    assert not recheck_saturate({**proof, "answer": last}, limits)


def test_reference_answers_score_in_full(records: list[dict[str, object]]) -> None:
    kind = SaturateKind()
    for record in records:
        score = kind.score(record, f"<think>hm</think> Answer: {record['answer']}")
        assert score.correct, (record["id"], score)


def test_the_prompt_shows_what_the_record_holds(records: list[dict[str, object]]) -> None:
    for record in records:
        if record["rendering"] == "mathematics":
            shown = str(record["prompt"])
            assert all(line in shown for line in record["readable"])  # type: ignore[attr-defined]
        assert 0 <= float(str(record["difficulty"])) <= 1
        assert record["evidence"]


# ------------------------------------------------------------------------------------- the scoring


@pytest.mark.parametrize(("answer", "right"), [
    ("yes", True), ("Yes, it follows.", True), ("**Answer:** Yes", True), ("it follows", True),
    ("\\boxed{yes}", True), ("no", False), ("It does not follow.", False), ("", False),
    ("perhaps", False), ("entailed", True), ("not entailed", False),
])  # fmt: skip
def test_yes_however_it_is_put(answer: str, right: bool) -> None:
    assert entailment.score({"label": "yes"}, answer).correct is right


SELECTION = {
    "problem": "fof(s1, axiom, ! [X] : (p(X) => q(X))).\nfof(s2, axiom, p(a)).\n"
    "fof(s3, axiom, r(a)).\nfof(g, conjecture, q(a)).\n",
    "readable": ["∀x. p(x) → q(x)", "p(a)", "r(a)"], "answer": "1, 2",
}


@pytest.mark.parametrize(("answer", "right", "reward"), [
    ("1, 2", True, 1), ("Premises 2 and 1.", True, 1), ("[1,2]", True, 1), ("1-2", True, 1),
    ("p(a)\n! [Z] : (q(Z) | ~ p(Z))", True, 1), ("- p(a)\n- ∀x. p(x) → q(x)", True, 1),
    ("1, 2, 3", False, 0.6), ("1", False, 0.25), ("7", False, 0), ("none", False, 0),
    ("", False, 0),
])  # fmt: skip
def test_premises_however_they_are_named(answer: str, right: bool, reward: float) -> None:
    score = selection.score(SELECTION, answer)
    assert score.correct is right
    assert score.reward == pytest.approx(reward)


PROOF = {
    "problem": "fof(s1, axiom, ! [X] : (p(X) => q(X))).\nfof(s2, axiom, r(a)).\n"
    "fof(s3, axiom, ! [X] : (q(X) => r(X))).\nfof(s4, axiom, p(a)).\nfof(s5, axiom, q(a)).\n"
    "fof(g, conjecture, r(a)).\n",
    "given": [1, 3, 4], "answer": "5: 1, 4\n2: 3, 5",
}


@pytest.mark.parametrize(("answer", "right"), [
    ("5: 1, 4\n2: 3, 5", True), ("2 from 3 and 5\n5 from 4 and 1", True),
    ("1, 4 ⊢ 5\n3, 5 ⊢ 2", True), ('{"5": [1, 4], "2": ["S3", "S5"]}', True),
    ("1. S5 follows from S1 and S4\n2. S2 follows from S3 and S5", True),
    ("(1, 4) → 5\n(3, 5) → 2", True), ("5: 1, 4\n2: 1, 3, 4", True),  # another way, no circle
    ("5: 1, 4", False), ("5: 2, 4\n2: 3, 5", False), ("5: 1, 3\n2: 3, 5", False),
    ("5: 1, 4\n2: 9", False), ("5: 1, 4\n2: 1, 3, 4, 5", False), ("", False), ("hm", False),
    ("5: 5\n2: 2", False),
])  # fmt: skip
def test_steps_are_judged_by_their_validity(answer: str, right: bool) -> None:
    score = reconstruction.score(PROOF, answer)
    assert score.correct is right, score
    assert right or score.reward < 1


def test_valid_steps_have_their_share() -> None:
    assert reconstruction.score(PROOF, "5: 1, 4").reward == pytest.approx(0.5)
    assert "rests on itself" in reconstruction.score(PROOF, "5: 2, 4\n2: 3, 5").reason


def test_numbers_are_found_in_words() -> None:
    assert numbers_in("S2, p5 and 7–9 (not 1.5)") == [2, 5, 7, 8, 9]
    assert read_steps("nothing") == {}


# --------------------------------------------------------------------------------------- the runs


def test_own_axioms_and_dials(tmp_path: Path) -> None:
    axioms = tmp_path / "mine.p"
    axioms.write_text(
        "% Notation\n%   op(X,Y)  X * Y\n\nfof(a, axiom, ! [X,Y] : op(X,Y) = op(Y,X)).\n"
        "fof(b, axiom, ! [X,Y,Z] : op(op(X,Y),Z) = op(X,op(Y,Z))).\n"
        "fof(c, axiom, ! [X] : op(X,X) = X).\n"
    )
    kind = make_kind("saturate", {"axioms": str(axioms), "tasks": "entailment", "depth": "2",
                                  "renderings": "mathematics", "distractors": "0"})
    out = tmp_path / "data.jsonl"
    generate(kind, Plan(out, 8, patience=300))
    made = list(read_records(out))
    assert made
    assert {r["theory"] for r in made} == {"mine"}
    assert all("*" in r["prompt"] and r["depth"] == 2 for r in made)
    axioms.write_text(axioms.read_text() + "% changed\n")
    with pytest.raises(InputError, match="other options"):
        generate(kind, Plan(out, 8, patience=300), resume=True)


@pytest.mark.parametrize("options", [
    {"theories": "alchemy"}, {"tasks": "guess"}, {"depth": "0"}, {"share": "2"}, {"tasks": ""},
])  # fmt: skip
def test_senseless_options_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(InputError):
        make_kind("saturate", options)


_RUN = """
import sys
from pathlib import Path
from data.pipeline.generation import Plan, generate
from data.saturate.kind import SaturateKind
kind = SaturateKind(theories=("sets",), clauses=100)
generate(kind, Plan(Path(sys.argv[1]), 30, 9, workers=int(sys.argv[2])), resume=True)
"""


def test_a_killed_run_resumes_to_the_same_bytes(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    subprocess.run([sys.executable, "-c", _RUN, str(whole), "1"], check=True)
    journal = Plan(killed, 30).journal
    with subprocess.Popen([sys.executable, "-c", _RUN, str(killed), "2"],
                          start_new_session=True) as process:
        while process.poll() is None:
            if journal.exists() and len(journal.read_bytes().splitlines()) > 8:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.005)
    assert not killed.exists(), "it was done before it could be killed"
    subprocess.run([sys.executable, "-c", _RUN, str(killed), "1"], check=True)
    assert killed.read_bytes() == whole.read_bytes()
    manifest = json.loads(Plan(killed, 30).manifest.read_text())
    assert manifest["versions"]["eprover"]
    assert len(manifest["versions"]["axioms sets"]) == 16
    assert not os.path.lexists(journal)


def test_perturbed_conclusions_are_judged_by_provers_alone() -> None:
    axioms = [f.closed for f in own_theory("groups").axioms]
    right = parse_formula("! [X] : mult(X,inv(X)) = one")
    wrong = parse_formula("! [X] : mult(X,X) = one")
    assert isinstance(judge(axioms, right, refute=False), Proved)
    refuted = judge(axioms, wrong, refute=True)
    assert isinstance(refuted, Refuted)
    assert refuted.model.satisfies(axioms)
    assert not refuted.model.satisfies([wrong])
    assert alpha_equivalent(statement_of(right).formula, right)
