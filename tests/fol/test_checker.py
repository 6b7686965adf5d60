"""The checker accepts proofs, refuses everything else, and has provers' steps confirmed."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.contracts import Checker, ProofScript
from prover.environments.fol.checker import FolChecker, prover_steps
from prover.environments.fol.environment import load_problem
from prover.environments.fol.provers.contracts import ProverAnswer, SzsStatus
from prover.environments.fol.provers.eprover import EProver
from prover.environments.fol.provers.portfolio import family, single
from prover.environments.fol.syntax import Problem
from prover.environments.fol.tactic_context import ByProver
from prover.environments.fol.theorem import FolTheorem

TEXT = """
fof(rule, axiom, ![X]: (p(X) => q(X))).
fof(fact, axiom, p(a)).
fof(unused, axiom, ![X]: r(X, X)).
fof(c, conjecture, ?[X]: (q(X) & r(X, X))).
"""
GROUP = """
fof(associativity, axiom, ![X,Y,Z]: t(t(X,Y),Z) = t(X,t(Y,Z))).
fof(left_identity, axiom, ![X]: t(one,X) = X).
fof(left_inverse, axiom, ![X]: t(i(X),X) = one).
fof(c, conjecture, ![X,Y]: i(t(X,Y)) = t(i(Y),i(X))).
"""


@pytest.fixture(scope="module")
def checker() -> FolChecker:
    return FolChecker(seconds=5)


def make(folder: Path, text: str = TEXT) -> FolTheorem:
    path = folder / "t.p"
    path.write_text(text)
    return load_problem(path)[0]


def script(text: str) -> ProofScript:
    return ProofScript((text,))


def test_it_is_a_checker(checker: FolChecker) -> None:
    checked: Checker[FolTheorem] = checker
    assert checked is checker


def test_accepts_a_proof_by_rules(tmp_path: Path, checker: FolChecker) -> None:
    proof = "exists a\nconstructor\n· exact rule a fact\n· apply unused"
    verdict = checker.check(make(tmp_path), script(proof))
    assert verdict.accepted, verdict.reason
    assert verdict.axioms == ("rule", "fact", "unused")
    assert verdict.reason is None


def test_names_only_the_axioms_used(tmp_path: Path, checker: FolChecker) -> None:
    text = TEXT.replace("& r(X, X)", "")
    verdict = checker.check(make(tmp_path, text), script("auto"))
    assert verdict.accepted
    assert verdict.axioms == ("rule", "fact")


def test_another_family_confirms_each_step(tmp_path: Path, checker: FolChecker) -> None:
    found = checker.verify(make(tmp_path), script("exists a; constructor <;> auto"))
    assert found.verdict.accepted, found.verdict.reason
    assert found.tree is not None
    steps = prover_steps(found.tree)
    assert len(steps) == len(found.confirmations) == 2
    for step, confirmation in zip(steps, found.confirmations, strict=True):
        assert isinstance(step.justification, ByProver)
        assert family(confirmation.by) != family(step.justification.answer.prover)


@pytest.mark.eprover
def test_what_only_e_finds_is_verified_along_its_derivation(tmp_path: Path) -> None:
    e = EProver("auto", ("--auto",))
    if not e.available().available:
        pytest.skip("E is not installed")
    checker = FolChecker(prover=single(e), seconds=3)
    found = checker.verify(make(tmp_path, GROUP), script("intro x y; auto"))
    assert found.verdict.accepted, found.verdict.reason
    (confirmation,) = found.confirmations
    if confirmation.derivation is not None:  # else z3 or cvc5 was lucky
        assert "derivation steps verified with" in confirmation.by


def test_a_lying_prover_is_found_out(tmp_path: Path, checker: FolChecker) -> None:
    def lie(problem: Problem, seconds: float) -> ProverAnswer:
        del seconds
        names = tuple(f.name for f in problem.premises)
        return ProverAnswer(SzsStatus.THEOREM, "z3:liar", "0", used_premises=names)

    theorem = make(tmp_path, TEXT.replace("fof(fact, axiom, p(a)).", ""))
    verdict = checker.verify(theorem, script("auto"), lie).verdict
    assert not verdict.accepted
    assert "proved by z3:liar 0 but not confirmed" in (verdict.reason or "")


def test_a_false_derivation_is_found_out(tmp_path: Path, checker: FolChecker) -> None:
    derivation = ("fof(rule, axiom, ![X]: (p(X) => q(X)), file('t', rule)).\n"
                  "fof(1, plain, $false, inference(magic, [status(thm)], [rule])).")

    def lie(problem: Problem, seconds: float) -> ProverAnswer:
        del problem, seconds
        return ProverAnswer(SzsStatus.THEOREM, "E:liar", "0", used_premises=("rule",),
                            derivation=derivation)

    theorem = make(tmp_path, TEXT.replace("fof(fact, axiom, p(a)).", ""))
    verdict = checker.verify(theorem, script("auto"), lie).verdict
    assert not verdict.accepted
    assert "its derivation: 1 (magic)" in (verdict.reason or "")


@pytest.mark.parametrize(("proof", "reason"), [
    ("exists a", "unsolved goals"),
    ("exists a\nfrobnicate", "line 2: 2:1: unknown tactic"),
    ("exists a\nconstructor\n· exact fact", "line 3: type mismatch"),
    ("exists a; constructor\n· exact rule a fact\n· apply unused\nrfl", "line 4: no goals"),
    ("sorry", "unknown tactic 'sorry'"),
    ("", "expected a tactic"),
    ("exists b", "unknown identifier 'b'"),
])  # fmt: skip
def test_refuses_with_a_reason(
    tmp_path: Path, checker: FolChecker, proof: str, reason: str
) -> None:
    verdict = checker.check(make(tmp_path), script(proof))
    assert not verdict.accepted
    assert reason in (verdict.reason or "")


def test_refuses_a_false_conjecture(tmp_path: Path, checker: FolChecker) -> None:
    verdict = checker.check(make(tmp_path, "fof(c, conjecture, p)."), script("auto"))
    assert not verdict.accepted
    assert "countersatisfiable" in (verdict.reason or "")


@pytest.mark.parametrize("changed", [
    TEXT.replace("p(a)", "p(b)"), TEXT.replace("q(X) &", "q(X) |"), TEXT.replace("unused", "u"),
    TEXT.replace("conjecture, ?", "axiom, ?"),
])  # fmt: skip
def test_refuses_a_changed_file(tmp_path: Path, checker: FolChecker, changed: str) -> None:
    theorem = make(tmp_path)
    theorem.file.write_text(changed)
    verdict = checker.check(theorem, script("auto"))
    assert not verdict.accepted
    assert "t.p" in (verdict.reason or "")


def test_a_script_has_one_block(tmp_path: Path, checker: FolChecker) -> None:
    verdict = checker.check(make(tmp_path), ProofScript(("auto", "auto")))
    assert not verdict.accepted


def test_contradictory_axioms_are_told(tmp_path: Path, checker: FolChecker) -> None:
    text = "fof(a, axiom, p). fof(b, axiom, ~ p). fof(c, conjecture, q)."
    verdict = checker.check(make(tmp_path, text), script("auto"))
    assert verdict.accepted
    assert "the axioms contradict each other" in (verdict.reason or "")
