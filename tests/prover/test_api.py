"""Lemma from Python, with the real provers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from prover import Session, check, prove
from prover.contracts import InputError, Status

TPTP = "fof(a, axiom, p(c)).\nfof(goal, conjecture, ? [X] : p(X)).\n"


def test_a_first_order_text_is_proved():
    found = prove(TPTP, timeout=20)
    assert found.proved
    assert len(found) == 1
    assert "goal  proved" in repr(found)
    assert "<details>" in found._repr_html_()


def test_several_calls_share_a_session(tmp_path):
    path = tmp_path / "x.p"
    path.write_text(TPTP)
    with Session(timeout=20) as session:
        assert session.prove(path).proved
        assert session.prove(str(path), only=["goal"]).proved
        wrong = session.prove("fof(<b>, axiom, p).\nfof(w, conjecture, q).".replace("<b>", "a"))
    assert wrong[0].status is Status.FAILED
    assert not wrong.proved


@pytest.mark.parametrize(("what", "said"), [
    ("nowhere.lean", "no such file"), ("one\ntwo", "neither a path"),
    ("fof(a, axiom, p).", "no theorem|no conjecture"), ("fof(a, axiom", "expected|unexpected")])
def test_what_cannot_be_used_is_named(what, said):
    with pytest.raises(InputError, match=said):
        prove(what, timeout=5)


@pytest.mark.lean
def test_a_lean_text_is_proved_and_checked():
    text = "theorem t (a b : Nat) : a + b = b + a := by\n  sorry\n"
    found = prove(text, timeout=30)
    assert found.proved
    proof = text.replace("sorry", (found[0].proof or "").replace("\n", "\n  "))
    verdicts = check(proof, against=text)
    assert verdicts.accepted
    refused = check(text)
    assert not refused.accepted
    assert "refused" in repr(refused)


def test_the_package_itself_is_light():
    done = subprocess.run(
        [sys.executable, "-c", "import prover, sys; print('z3' in sys.modules)"],
        capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
