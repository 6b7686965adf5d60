"""Running scripts: blocks, focus and sequence over the single tactics, recorded as a proof tree.

A run opens a tree whose leaves are the goals that are left. The tree is the record of a proof: for
each goal the tactic that was applied to it, spelled out, and why it is sound. The checker, the
certificate and the Lean export read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from prover.contracts import FailureKind, TacticFailure
from prover.environments.fol.notation import display_name
from prover.environments.fol.sequent import Sequent
from prover.environments.fol.syntax import plain_name
from prover.environments.fol.tactic_context import (
    Applied,
    Justification,
    TacticContext,
    TacticError,
)
from prover.environments.fol.tactic_parser import TacticSyntaxError, read_script
from prover.environments.fol.tactic_syntax import (
    AllGoals,
    Block,
    Branch,
    Case,
    Cases,
    Focus,
    Group,
    Have,
    Line,
    Step,
    Tactic,
    Then,
)
from prover.environments.fol.tactics import apply_step

_LINE_BREAKS = re.compile(r"\s*\n\s*")


@dataclass
class ProofNode:
    """A goal and, once a tactic was applied to it, that tactic and the goals that it left."""

    sequent: Sequent
    text: str = ""
    line: int = 0
    step: Step | None = None
    resolved: Step | None = None
    justification: Justification | None = None
    children: tuple[ProofNode, ...] = field(default=())

    @property
    def is_open(self) -> bool:
        return self.step is None

    def open_leaves(self) -> list[ProofNode]:
        """The goals that are left, in order."""
        return [node for node in self.walk() if node.is_open]

    def walk(self) -> Iterator[ProofNode]:
        """Every goal of the tree, each before those that it came to."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    def close_with(self, step: Step, line: Line, applied: Applied) -> None:
        """Record that ``step`` was applied here."""
        self.step, self.resolved = step, applied.resolved
        self.text, self.line = line.text, line.line
        self.justification = applied.justification
        self.children = tuple(ProofNode(goal) for goal in applied.goals)


class ScriptError(Exception):
    """A script that failed: in which line (from 1) and why."""

    def __init__(self, message: str, line: int, kind: FailureKind, sequent: Sequent | None) -> None:
        super().__init__(message)
        self.message, self.line, self.kind, self.sequent = message, line, kind, sequent

    def failure(self) -> TacticFailure:
        """As what an environment answers."""
        return TacticFailure(self.kind, self.message)


def run_script(sequent: Sequent, text: str, context: TacticContext) -> ProofNode:
    """The proof tree after the tactics of ``text``; raises `ScriptError`."""
    root = ProofNode(sequent)
    try:
        block = read_script(text)
    except TacticSyntaxError as error:
        raise ScriptError(str(error), error.line, FailureKind.PARSE, sequent) from None
    _Runner(context).run(block, [root])
    return root


class _Runner:
    """Runs blocks over lists of goals; the first goal is the current one."""

    def __init__(self, context: TacticContext) -> None:
        self._context = context

    def run(self, block: Block, goals: list[ProofNode]) -> list[ProofNode]:
        """The goals left of ``goals`` after ``block``, in order."""
        for line in block:
            goals = self._run_line(line.tactic, line, goals)
        return goals

    def _run_line(self, tactic: Tactic, line: Line, goals: list[ProofNode]) -> list[ProofNode]:
        if not goals:
            raise ScriptError("no goals are left to be proved", line.line,
                              FailureKind.ELABORATION, None)  # fmt: skip
        match tactic:
            case Focus(block):
                self._close(block, goals[0], line)
                return goals[1:]
            case Case(name, block):
                index = self._find_case(name, goals, line)
                self._close(block, goals[index], line)
                return [*goals[:index], *goals[index + 1:]]
            case Then(first, second):
                left = self._run_line(first, line, goals[:1])
                after = [g for goal in left for g in self._run_line(second, line, [goal])]
                return [*after, *goals[1:]]
            case AllGoals(block):
                return [g for goal in goals for g in self.run(block, [goal])]
            case Group(block):
                return [*self.run(block, goals[:1]), *goals[1:]]
            case _:
                return [*self._step(tactic, line, goals[0]), *goals[1:]]

    def _step(self, step: Step, line: Line, goal: ProofNode) -> list[ProofNode]:
        branches = step.branches if isinstance(step, Cases) else ()
        inner = step.block if isinstance(step, Have) else None
        if isinstance(step, Cases) and branches:
            step = replace(step, branches=(), names=_intro_names(step))
        if isinstance(step, Have) and inner is not None:
            step = replace(step, block=None)
        try:
            applied = apply_step(goal.sequent, step, self._context)
        except TacticError as error:
            raise ScriptError(error.message, line.line, error.kind, goal.sequent) from None
        goal.close_with(step, line, applied)
        children = list(goal.children)
        if branches:
            self._run_branches(branches, line, children)
            return []
        if inner is not None:
            self._close(inner, children[0], line)
            return children[1:]
        return children

    def _run_branches(
        self, branches: tuple[Branch, ...], line: Line, goals: list[ProofNode]
    ) -> None:
        wanted = {goal.sequent.case or "intro": goal for goal in goals}
        if len(goals) == 1:
            wanted = {"intro": goals[0]}
        for branch in branches:
            goal = wanted.pop(branch.constructor, None)
            if goal is None:
                raise ScriptError(f"there is no case '{branch.constructor}' (left)", line.line,
                                  FailureKind.ELABORATION, None)  # fmt: skip
            self._close(branch.block, goal, line)
        if wanted:
            raise ScriptError(f"the case '{next(iter(wanted))}' is missing", line.line,
                              FailureKind.ELABORATION, None)  # fmt: skip

    def _close(self, block: Block, goal: ProofNode, line: Line) -> None:
        """Run ``block`` on ``goal`` alone, which it must prove."""
        left = self.run(block, [goal])
        if left:
            where = block[-1].line if block else line.line
            raise ScriptError(f"unsolved goals\n{left[0].sequent.goal()}", where,
                              FailureKind.ELABORATION, left[0].sequent)  # fmt: skip

    def _find_case(self, name: str, goals: list[ProofNode], line: Line) -> int:
        for index, goal in enumerate(goals):
            if goal.sequent.case == plain_name(name):
                return index
        raise ScriptError(f"there is no case '{display_name(name)}'", line.line,
                          FailureKind.ELABORATION, goals[0].sequent)  # fmt: skip


def _intro_names(step: Cases) -> tuple[str | None, ...]:
    """The names of a structured ``cases``, as ``cases … with`` takes them."""
    if len(step.branches) == 1 and step.branches[0].constructor == "intro":
        return step.branches[0].names
    by_constructor = {branch.constructor: branch.names for branch in step.branches}
    return tuple((by_constructor.get(side) or (None,))[0] for side in ("inl", "inr"))


def one_line(text: str) -> str:
    """A tactic's text without line breaks."""
    return _LINE_BREAKS.sub(" ", text)
