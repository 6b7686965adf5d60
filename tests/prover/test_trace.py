"""Traces: what a search did, as it is written, read back and shown."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from prover import events
from prover.agent import Agent, Budget
from prover.contracts import FailureKind, InputError, Proposal, Result, Status
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.environment import FolEnvironment, load_problem
from prover.reporting.replay import Teller, stories
from prover.strategies import strategy_factory
from prover.trace import Record, TraceWriter, read_trace
from tests.prover.test_agent import STEPS, Fixed

World = tuple[FolEnvironment, FolChecker]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    environment, checker = FolEnvironment(), FolChecker()
    yield environment, checker
    environment.close()
    checker.close()


def traced(
    folder: Path, world: World, formula: str = "(p & q) => (q & p)",
    budget: Budget | None = None,
) -> tuple[Path, Result, list[Record]]:
    problem, path = folder / "problem.p", folder / "trace.jsonl"
    problem.write_text(f"fof(goal, conjecture, {formula}).\n")
    with TraceWriter(path, {"seed": 0}) as trace:
        agent: Agent[Any] = Agent(*world, Fixed(*STEPS), strategy_factory("best-first"),
                                  budget=budget, listen=trace.listener)
        result = agent.prove(load_problem(problem)[0])
    return path, result, list(read_trace(path))


def test_a_trace_says_all_that_happened(tmp_path: Path, world: World) -> None:
    _, result, records = traced(tmp_path, world)
    found = [record.event for record in records]
    assert [e.kind for e in found][:3] == ["started", "opened", "reached"]
    assert [e.kind for e in found][-3:] == ["script", "checked", "finished"]
    expanded = [e for e in found if isinstance(e, events.Expanded)]
    assert sum(len(e.attempts) for e in expanded) == result.tactic_calls
    assert len(expanded) == result.expansions
    reached = {e.node: e for e in found if isinstance(e, events.Reached)}
    children = {child for e in expanded for a in e.attempts for child in a.children or ()}
    assert children | {0} == set(reached)
    for node in reached.values():
        if node.parent is not None:
            (attempt,) = [a for e in expanded if e.node == node.parent for a in e.attempts
                          if a.tactic == node.tactic and a.children is not None]
            assert node.node in (attempt.children or ())
    (proof,) = [e for e in found if isinstance(e, events.ScriptFound)]
    assert "\n\n".join(proof.blocks) == result.proof
    assert events.Proved(0) in found
    failures = [a for e in expanded for a in e.attempts if a.failure is not None]
    assert failures
    assert all(a.error and a.failure in tuple(FailureKind) for a in failures)
    finished = found[-1]
    assert isinstance(finished, events.Finished)
    assert (finished.status, finished.tactic_calls) == (Status.PROVED, result.tactic_calls)
    assert all(r.theorem == "goal" and r.line == 1 for r in records)
    assert [r.time for r in records] == sorted(r.time for r in records)


def test_nodes_that_fail_are_told(tmp_path: Path, world: World) -> None:
    _, result, records = traced(tmp_path, world, "p => q")
    assert result.status is Status.FAILED
    assert events.Failed(0) in [record.event for record in records]


def test_tokens_are_counted_and_limited(tmp_path: Path, world: World) -> None:
    class Costly(Fixed):
        def propose(self, requests: Any) -> list[list[Proposal]]:
            return [[Proposal(p.tactic, p.log_prob, p.origin, tokens=5) for p in found]
                    for found in super().propose(requests)]

    problem = tmp_path / "problem.p"
    problem.write_text("fof(goal, conjecture, (p & q) => (q & p)).\n")
    agent: Agent[Any] = Agent(*world, Costly(*STEPS), strategy_factory("best-first"),
                              budget=Budget(tokens=20))
    result = agent.prove(load_problem(problem)[0])
    assert result.status is Status.TIMEOUT
    assert result.error == "no proof within 20 generator tokens"
    assert result.tokens == 5 * len(STEPS)


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path: Path, world: World) -> None:
    path, _, records = traced(tmp_path, world)
    path.write_text(path.read_text()[:-9])
    assert list(read_trace(path)) == records[:-1]
    assert stories(records[:-1])[0].finished is None


@pytest.mark.parametrize(("lines", "line", "said"), [
    ("{}\n", 1, "not a trace"), ("theorem x\n", 1, "not a trace"), ("[]\n", 1, "not a JSON object"),
    ('{"event": "trace", "version": 99}\n', 1, "version 99"),
    ('{"event": "trace", "version": 1}\n{"event": "proved"}\n', 2, "not an event"),
    ('{"event": "trace", "version": 1}\n{"event": "dreamt", "theorem": "t"}\n', 2, "dreamt"),
])
def test_what_is_no_trace_is_told_with_its_line(
    tmp_path: Path, lines: str, line: int, said: str
) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(lines)
    with pytest.raises(InputError) as caught:
        list(read_trace(path))
    assert (caught.value.line, caught.value.file) == (line, path)
    assert said in str(caught.value)


def test_fields_of_later_versions_are_ignored(tmp_path: Path, world: World) -> None:
    path, _, records = traced(tmp_path, world)
    lines = [json.dumps({**json.loads(line), "later": 1}) for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines) + "\n")
    assert list(read_trace(path)) == records


def test_a_search_is_told_step_by_step(tmp_path: Path, world: World) -> None:
    _, result, records = traced(tmp_path, world)
    (story,) = stories(records)
    screen = io.StringIO()
    assert Teller(Console(file=screen, width=40)).tell(story)
    shown = screen.getvalue()
    assert shown.count("\nstep ") == result.expansions
    assert "│ ⊢ p ∧ q → q ∧ p" in shown
    assert "→ intro h" in shown
    assert "closes the goal" in shown
    for line in (result.proof or "").splitlines():
        assert line in shown
    answers = iter([True, False])
    short = io.StringIO()
    assert not Teller(Console(file=short, width=40), lambda: next(answers)).tell(story)
    assert short.getvalue().count("\nstep ") == 2


def test_theorems_that_alternate_are_told_apart(tmp_path: Path, world: World) -> None:
    _, _, records = traced(tmp_path, world)
    others = [Record("other", r.file, 9, r.time, r.event) for r in records]
    mixed = [record for pair in zip(records, others, strict=True) for record in pair]
    first, second = stories(mixed)
    assert (first.records, second.records) == (records, others)
