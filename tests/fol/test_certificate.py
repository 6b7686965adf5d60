"""Certificates can be read by others, checked without search, and do not survive tampering."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.contracts import InputError, ProofScript
from prover.environments.fol.certificate import (
    Certificate,
    certificate_of,
    check_certificate,
    read_certificate,
)
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.environment import load_problem
from prover.environments.fol.provers.eprover import EProver
from prover.environments.fol.provers.portfolio import single
from tests.fol.test_checker import GROUP, TEXT

PROOF = "exists a\nconstructor\n· auto\n· have h := unused a\n  exact h"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return write(tmp_path, TEXT, PROOF, FolChecker(seconds=5))


def write(folder: Path, text: str, proof: str, checker: FolChecker) -> Path:
    problem = folder / "problems" / "t.p"
    problem.parent.mkdir(exist_ok=True)
    problem.write_text(text)
    theorem = load_problem(problem)[0]
    found = checker.verify(theorem, ProofScript((proof,)))
    assert found.verdict.accepted, found.verdict.reason
    out = folder / "proofs"
    out.mkdir(exist_ok=True)
    path = out / "t.proof"
    path.write_text(str(certificate_of(theorem, found, out)))
    return path


def test_it_says_what_is_proved_and_how(written: Path) -> None:
    certificate = read_certificate(written)
    assert certificate.problem == "../problems/t.p"
    assert certificate.theorem == "c"
    assert certificate.statement == "? [X] : (q(X) & r(X,X))"
    assert certificate.script.splitlines() == [
        "exists a", "constructor", "· auto [rule, fact]", "· have h := unused a", "  exact h",
    ]
    assert certificate.axioms == "rule, fact, unused"
    assert "lemma-fol" in certificate.verified


def test_it_is_checked(written: Path) -> None:
    theorem, verdict = check_certificate(written)
    assert theorem.name == "c"
    assert verdict.accepted, verdict.reason
    assert verdict.axioms == ("rule", "fact", "unused")


def test_the_problem_may_lie_beside_it(written: Path) -> None:
    problem = written.parent.parent / "problems" / "t.p"
    problem.rename(written.parent / "t.p")
    assert check_certificate(written)[1].accepted


@pytest.mark.eprover
def test_a_derivation_is_verified_again(tmp_path: Path) -> None:
    e = EProver("auto", ("--auto",))
    if not e.available().available:
        pytest.skip("E is not installed")
    path = write(tmp_path, GROUP, "intro x y\nauto", FolChecker(prover=single(e), seconds=3))
    certificate = read_certificate(path)
    if certificate.derivations:  # else z3 or cvc5 was lucky
        assert "inference(" in certificate.derivations[1]
    assert check_certificate(path, FolChecker(seconds=3))[1].accepted


@pytest.mark.parametrize(("old", "new", "reason"), [
    ("auto [rule, fact]", "auto [rule]", "countersatisfiable"),
    ("exists a", "exists f", "unknown identifier"),
    ("sha256: ", "sha256: 0", "has changed since the certificate was written"),
])  # fmt: skip
def test_a_changed_certificate_is_refused(written: Path, old: str, new: str, reason: str) -> None:
    text = written.read_text()
    assert old in text
    written.write_text(text.replace(old, new))
    verdict = check_certificate(written)[1]
    assert not verdict.accepted
    assert reason in (verdict.reason or "")


def test_a_changed_problem_is_refused(written: Path) -> None:
    problem = written.parent.parent / "problems" / "t.p"
    problem.write_text(TEXT.replace("p(a)", "p(b)"))
    verdict = check_certificate(written)[1]
    assert not verdict.accepted
    assert "has changed" in (verdict.reason or "")


def test_comments_in_the_problem_do_not_matter(written: Path) -> None:
    problem = written.parent.parent / "problems" / "t.p"
    problem.write_text("% a comment\n" + TEXT)
    assert check_certificate(written)[1].accepted


@pytest.mark.parametrize(("content", "message"), [
    (b"", "t.proof:1: expected 'lemma certificate 1'"),
    (b"\xff\xfe", "not UTF-8"),
    (b"lemma certificate 1\nnonsense\n", "t.proof:2: expected a field"),
    (b"lemma certificate 1\nproblem: t.p\n", "the field 'sha256' is missing"),
    (b"lemma certificate 1\nproblem: t.p\nsha256: 0\ntheorem: c\nstatement: p\n",
     "the section 'proof' is missing"),
    (b"lemma certificate 1\nproblem: t.p\nsha256: 0\ntheorem: c\nstatement: p\n\nproof\n  auto\n",
     "the problem t.p is not there"),
])  # fmt: skip
def test_what_is_no_certificate_says_why(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "t.proof"
    path.write_bytes(content)
    with pytest.raises(InputError) as raised:
        check_certificate(path)
    assert message in str(raised.value)


def test_writing_and_reading_are_inverse(tmp_path: Path) -> None:
    certificate = Certificate("t.p", "0", "c", "p", "constructor\n· rfl\n\n· auto [h]", "h", "me",
                              {2: "fof(a, axiom, p).\nfof(b, plain, q)."})
    path = tmp_path / "t.proof"
    path.write_text(str(certificate))
    assert read_certificate(path) == certificate
