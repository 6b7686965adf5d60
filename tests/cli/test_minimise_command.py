"""``lemma minimise`` on certificates and Lean files, as users run it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prover.cli.app import app
from prover.contracts import ProofScript
from prover.environments.fol.certificate import certificate_of, check_certificate
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.environment import load_problem

PROBLEM = "fof(swap, conjecture, (p & q) => (q & p)).\n"
DETOURS = """intro h
have k : p := by
  have e := h
  exact e.1
obtain ⟨a, b⟩ := h
have c := a
constructor
· exact b
· exact c"""
LEAN = """namespace Pairs

theorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := by
  -- taken apart
  have unused : p ∧ p := by
    exact ⟨h.1, h.1⟩
  constructor
  · exact h.2
  · exact h.1

theorem open_one (n : Nat) : n = n := by sorry

end Pairs
"""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    problem = tmp_path / "swap.p"
    problem.write_text(PROBLEM)
    checker = FolChecker()
    (theorem,) = load_problem(problem)
    verification = checker.verify(theorem, ProofScript((DETOURS,)))
    checker.close()
    path = tmp_path / "swap.proof"
    path.write_text(str(certificate_of(theorem, verification, tmp_path)))
    return path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["minimise", *map(str, arguments)])
    return result.exit_code, result.output


def test_a_certificate_becomes_shorter_and_stays_valid(certificate: Path) -> None:
    before = certificate.read_text()
    code, output = run(certificate, "--json")
    assert code == 0, output
    record = json.loads(output)
    assert record["lengths"][1] < 0.7 * record["lengths"][0]
    assert record["verdict"]["accepted"]
    assert certificate.read_text() == before
    assert run(certificate, "--in-place")[0] == 0
    assert len(certificate.read_text()) < len(before)
    assert check_certificate(certificate)[1].accepted


def test_what_is_no_proof_is_told(certificate: Path, tmp_path: Path) -> None:
    (tmp_path / "swap.p").write_text(PROBLEM.replace("q & p)", "q & q)"))
    code, output = run(certificate, "--in-place")
    assert code == 1
    assert "changed" in output
    other = tmp_path / "notes.txt"
    other.write_text("nothing")
    assert run(other)[0] == 2
    assert run(tmp_path / "missing.lean")[0] == 2
    assert run(certificate, "--in-place", "--out", other)[0] == 2


@pytest.mark.lean
def test_a_lean_file_keeps_all_but_its_longer_proofs(tmp_path: Path) -> None:
    file, out = tmp_path / "pairs.lean", tmp_path / "short.lean"
    file.write_text(LEAN)
    code, output = run(file, "--out", out)
    assert code == 1  # one proof is a `sorry`
    assert "✓ Pairs.swap" in output
    assert file.read_text() == LEAN
    text = out.read_text()
    assert text.startswith("namespace Pairs\n\ntheorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := by")
    assert text.endswith(LEAN[LEAN.index("theorem open_one"):])
    assert "unused" not in text
    checked = CliRunner().invoke(app, ["check", str(out), "--against", str(file)])
    assert "✓ Pairs.swap" in checked.output
