"""Lean theorems proved with models: in this process, behind a server, and mixed with the rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from prover.backends import make_backends
from prover.contracts import Goal, Hypothesis, Result, Status
from prover.generators.prompts import state_text
from prover.session import Backend, Session, SessionOptions
from tests.generators.models import make, save, teach
from tests.generators.openai_server import ModelServer

pytestmark = pytest.mark.lean
STATEMENT = "theorem swap : ∀ (p q : Prop), p ∧ q → q ∧ p := by sorry\n"
PROOF = "exact ⟨h.2, h.1⟩"
LESSONS = (
    (Goal((), "∀ (p q : Prop), p ∧ q → q ∧ p"), "intro p q h"),
    (Goal((Hypothesis("p", "Prop"), Hypothesis("q", "Prop"), Hypothesis("h", "p ∧ q")), "q ∧ p"),
     PROOF),
)


@pytest.fixture(scope="module")
def backends() -> Iterator[tuple[Backend, ...]]:
    """One Lean for all; a generator that fails is an error."""
    made = make_backends(1, premises="off", strict_generator=True, notify=lambda _: None)
    yield made
    for backend in made:
        backend.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model, words = make("llama")
    teach(model, words, [(state_text([goal]) + ":::", tactic) for goal, tactic in LESSONS])
    return save(tmp_path_factory.mktemp("llama") / "model", model, words)


def prove(backends: tuple[Backend, ...], folder: Path, spec: str) -> Result:
    file = folder / "Swap.lean"
    file.write_text(STATEMENT)
    session = Session(backends, SessionOptions(generator=spec, minimise=False))
    (result,) = [result for _, result in session.run(session.load(file)[0])]
    return result


def test_a_model_in_this_process(
    backends: tuple[Backend, ...], folder: Path, tmp_path: Path
) -> None:
    result = prove(backends, tmp_path, f"hf:{folder}?n=4")
    assert result.status is Status.PROVED
    assert result.proof == f"intro p q h\n{PROOF}"
    assert result.tokens > 0


def test_a_model_behind_a_server_and_the_rules(
    backends: tuple[Backend, ...], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    with ModelServer(model, AutoTokenizer.from_pretrained(folder)) as server:
        served = f"openai:tiny@{server.url}?api=completions&n=4"
        result = prove(backends, tmp_path, served)
        assert result.proof == f"intro p q h\n{PROOF}"
        assert result.tokens > 0
        mixed = prove(backends, tmp_path, f"mixture:symbolic+{served}")
        assert mixed.status is Status.PROVED
        assert mixed.tokens > 0
