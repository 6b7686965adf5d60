"""Planners by their names on the command line, and a tiny language model that writes sketches."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.contracts import Goal, Hypothesis, InputError, Request
from prover.generators.symbolic import SymbolicGenerator
from prover.planning import LanguageModelPlanner
from prover.planning.factory import model_planner, with_model, with_rules
from prover.planning.language_model import prompt_for

GOAL = Goal((Hypothesis("h", "p ∧ q"),), "q ∧ p")
SKETCH = "have a : q := by sorry"


def test_a_model_in_a_folder_writes_sketches(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from tests.generators.models import gpt2, save, teach, tokenizer

    words = tokenizer()
    model = teach(gpt2(len(words), context=512), words, [(prompt_for(GOAL), SKETCH)])
    folder = save(tmp_path / "model", model, words)
    planner = model_planner(f"hf:{folder}?tokens=40&temperature=0.01&device=cpu")
    assert planner is not None
    (sketch,) = planner.propose(GOAL)
    assert sketch.text == "refine have a : q := ?_;\n  ?_"
    generator = with_model(planner, with_rules("none", SymbolicGenerator()))
    (proposals,) = generator.propose([Request((GOAL,))])
    assert sketch.text in [proposal.tactic for proposal in proposals]
    (deep,) = generator.propose([Request((GOAL,), depth=5)])
    assert sketch.text not in [proposal.tactic for proposal in deep]


@pytest.mark.parametrize("name", ["openai:m@http://127.0.0.1:9/v1?seconds=1", "hf:./missing"])
def test_a_model_that_fails_is_told_once_and_left_out(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("transformers")
    monkeypatch.setattr("prover.generators.openai.client._FIRST_PAUSE", 0.0)
    told: list[str] = []
    planner = model_planner(name, told.append)
    assert isinstance(planner, LanguageModelPlanner)
    assert planner.propose(GOAL) == planner.propose(GOAL) == []
    assert len(told) == 1
    assert "left out" in told[0]


def test_names_of_planners() -> None:
    assert model_planner("symbolic") is None
    assert model_planner("none") is None
    with pytest.raises(InputError, match="unknown planner"):
        model_planner("magic")
    with pytest.raises(InputError, match="token"):
        model_planner("hf:folder?tokns=3")
    base = SymbolicGenerator()
    assert with_rules("none", base) is base
    assert with_rules("symbolic", base) is not base
