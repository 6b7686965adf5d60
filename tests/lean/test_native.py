"""The environment over a server that speaks the documented protocol and nothing more.

No native Lean is at hand where these tests run: the answers are those that Pantograph documents
for these requests (`fake_repl`), so what is tested is the client.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from prover.contracts import FailureKind, ProofState
from prover.environments.lean import LeanEnvironment, LeanTheorem, load_lean_text
from prover.environments.lean.backend import Launch

TEXT = "theorem t (p : Prop) (h : p) : p ∧ p := sorry\n"


@dataclass(frozen=True)
class ReplLauncher:
    log: Path
    name: str = "native"
    extended: bool = False

    def launch(self, imports: Any) -> Launch:  # noqa: ARG002
        script = Path(__file__).with_name("fake_repl.py")
        return Launch((sys.executable, str(script), str(self.log)))

    def missing(self, imports: Any) -> tuple[str, ...]:  # noqa: ARG002
        return ()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "requests.jsonl"


@pytest.fixture
def environment(log: Path) -> Iterator[LeanEnvironment]:
    with LeanEnvironment(ReplLauncher(log), tactic_seconds=3, warm_up=False) as environment:
        yield environment


@pytest.fixture
def theorem(environment: LeanEnvironment) -> LeanTheorem:
    [theorem] = load_lean_text(TEXT, pool=environment).theorems
    return theorem


def test_a_proof(environment, theorem):
    state = environment.open(theorem)
    assert [goal.target for goal in state.goals] == ["p ∧ p"]
    both = environment.apply(state, "constructor")
    assert [goal.case for goal in both.goals] == ["left", "right"]
    for part in environment.split(both):
        assert environment.apply(part, "exact h").solved
    after = environment.apply(both, "exact h")
    assert isinstance(after, ProofState)
    assert [goal.case for goal in after.goals] == ["right"]


@pytest.mark.parametrize(
    ("tactic", "kind", "text"),
    [
        ("exact (", FailureKind.PARSE, "unexpected end of input"),
        ("exact foo", FailureKind.ELABORATION, "Unknown identifier"),
        ("sleep 1000", FailureKind.TIMEOUT, "interrupt"),
    ],
)
def test_failures(environment, theorem, tactic, kind, text):
    failure = environment.apply(environment.open(theorem), tactic)
    assert failure.kind is kind
    assert text in failure.message


def test_the_limit_is_set_for_the_session_once(environment, theorem, log):
    state = environment.open(theorem)
    for _ in range(3):
        environment.apply(state, "constructor")
    requests = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    limits = [r["payload"] for r in requests if r["cmd"] == "options.set"]
    assert limits[1:] == [{"timeout": 3000}]
    assert "env.replay" not in {r["cmd"] for r in requests}
