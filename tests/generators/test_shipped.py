"""The weights that ship: they load, know tactics, and prove a theorem in real Lean."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.backends import make_backends
from prover.contracts import Goal, Hypothesis, Request, Status
from prover.generators.cleaning import World, clean
from prover.session import Session, SessionOptions

pytest.importorskip("torch")
pytest.importorskip("transformers")

from prover.generators.small.generator import SHIPPED, SmallValue, small_source

MOST_BYTES = 20_000_000
GOAL = Goal((Hypothesis("xs", "List Nat"),), "xs ++ [] = xs")
EASY = Goal((Hypothesis("α", "Type u"), Hypothesis("a", "α"), Hypothesis("b", "α")),
            "some a = some b ↔ a = b")
HARD = Goal((Hypothesis("α", "Type u"), Hypothesis("le", "α → α → Bool"),
             Hypothesis("xs", "List α")),
            "List.Pairwise (fun a b => a ≤ b) (List.mergeSort xs le)")


def test_the_folder_is_small_and_has_a_card():
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) <= MOST_BYTES
    assert "## Measured" in (SHIPPED / "README.md").read_text(encoding="utf-8")


def test_it_proposes_tactics_and_always_the_same():
    generator = small_source({}).generator(World.LEAN, 0)
    request = Request((GOAL,), (), 16)
    (found,) = generator.propose([request])
    assert len(found) >= 8
    assert all(clean(p.tactic) == p.tactic for p in found)
    assert [p.log_prob for p in found] == sorted((p.log_prob for p in found), reverse=True)
    assert any("simp" in p.tactic for p in found[:5])
    assert generator.propose([request])[0] == found


def test_its_value_tells_easy_from_hard():
    easy, hard = SmallValue(small_source({})).score([(EASY,), (HARD,)])
    assert 0 >= easy > hard


@pytest.mark.lean
def test_it_proves_with_lean(tmp_path: Path):
    file = tmp_path / "Append.lean"
    file.write_text("theorem append_nothing (xs : List Nat) : xs ++ [] = xs := by sorry\n")
    backends = make_backends(1, strict_generator=True, notify=lambda _: None)
    try:
        session = Session(backends, SessionOptions(generator="small", minimise=False))
        (result,) = [result for _, result in session.run(session.load(file)[0])]
    finally:
        for backend in backends:
            backend.close()
    assert result.status is Status.PROVED
    assert result.tokens > 0
