"""Steps from the agent's own searches, as ``lemma prove --trace`` writes them (`prover.trace`).

Every tactic that was tried is a step, with its log-probability; those that failed have the
prover's message. Steps on the accepted proof are marked: the tactics of its script, at nodes that
were proved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from data.trace.steps import Outcome, TracedStep, TracedTheorem
from prover.events import Attempt, Checked, Expanded, Opened, Proved, Reached, ScriptFound, Started
from prover.trace import read_trace

_NAME = re.compile(r"[^\W\d][\w.'!?]*")


def traced_searches(path: Path) -> Iterator[TracedTheorem]:
    """The theorems of a trace, in the order in which the work on them began.

    Raises `InputError` for a file that is not a trace.
    """
    searches: dict[tuple[str, str, int | None], _Search] = {}
    for record in read_trace(path):
        key = record.file, record.theorem, record.line
        search = searches.setdefault(key, _Search())
        search.hear(record.event)
    for (file, name, line), search in searches.items():
        yield TracedTheorem(name, search.statement, file, line or 1, tuple(search.steps()))


@dataclass
class _Search:
    """What is heard of one theorem. Numbers of nodes begin anew with each attempt at it."""

    statement: str = ""
    attempt: int = 0
    accepted: bool = False
    blocks: tuple[str, ...] = ()
    goals: dict[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)
    proved: set[tuple[int, int]] = field(default_factory=set)
    expansions: list[tuple[int, Expanded]] = field(default_factory=list)

    def hear(self, event: object) -> None:
        match event:
            case Started(statement):
                self.statement = statement
            case Opened(attempt):
                self.attempt = attempt
            case Reached(node=node, goals=goals):
                self.goals[self.attempt, node] = goals
            case Expanded():
                self.expansions.append((self.attempt, event))
            case Proved(node):
                self.proved.add((self.attempt, node))
            case ScriptFound(blocks):
                self.blocks = blocks
            case Checked(accepted=accepted):
                self.accepted = accepted
            case _:
                pass

    def steps(self) -> Iterator[TracedStep]:
        """The tactics that were tried, in order, at nodes whose goals are known."""
        script = " ".join("\n".join(self.blocks).split())
        for number, expansion in self.expansions:
            goals = self.goals.get((number, expansion.node))
            for tried in expansion.attempts if goals else ():
                yield self._step(number, expansion, tried, goals or (), script)

    def _step(
        self, number: int, expansion: Expanded, tried: Attempt, goals: tuple[str, ...],
        script: str,
    ) -> TracedStep:
        children = None if tried.error is not None else tried.children
        after = tuple(g for n in children or () for g in self.goals.get((number, n), ()))
        outcome = Outcome.GOALS if after else Outcome.CLOSED
        on_proof = self.accepted and children is not None and all(
            (number, node) in self.proved for node in (expansion.node, *children)
        )
        return TracedStep(
            goals=goals, tactic=tried.tactic, after=after,
            outcome=Outcome.FAILED if children is None else outcome,
            premises=_named(tried.tactic, expansion.premises), log_prob=tried.log_prob,
            origin=tried.origin, error=tried.error or "",
            failure=str(tried.failure) if tried.failure is not None else "",
            proof=on_proof and " ".join(tried.tactic.split()) in script,
        )  # fmt: skip


def _named(tactic: str, offered: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the premises that were offered which the tactic names."""
    words = set(_NAME.findall(tactic))
    return tuple(name for name in offered if name in words)
