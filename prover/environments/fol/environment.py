"""The first-order environment: TPTP problems as theorems, sequents as proof states.

A state is a plain value (its goals), so any state can be applied to again and nothing needs to
be released; tactics leave no metavariables, so goals are always independent.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prover.contracts import FailureKind, InputError, ProofState, TacticFailure
from prover.environments.fol.consultation import (
    FEW_PREMISES,
    Answers,
    DefaultOracle,
    Oracle,
    smt_oracle,
)
from prover.environments.fol.models import FiniteModel
from prover.environments.fol.provers.contracts import Limits, ProverAnswer, SzsStatus
from prover.environments.fol.script import ProofNode, ScriptError, run_script
from prover.environments.fol.sequent import Sequent
from prover.environments.fol.syntax import AnnotatedFormula, Problem, Role, plain_name
from prover.environments.fol.tactic_context import Ask, TacticContext
from prover.environments.fol.tactic_syntax import Auto
from prover.environments.fol.tactics_prover import as_problem, chosen
from prover.environments.fol.theorem import FolTheorem
from prover.environments.fol.tptp import read_problem

MAX_GOALS = 1000
_ELABORATION = FailureKind.ELABORATION


@dataclass(frozen=True)
class FolState:
    """The goals of a proof state, and the trees of the tactics that the last step applied.

    ``steps`` says for each of them whether it is sound by construction or verified by a prover.
    """

    theorem: FolTheorem
    goals: tuple[Sequent, ...]
    last: ProofNode | None = None

    @property
    def steps(self) -> tuple[ProofNode, ...]:
        """The single tactics of the last step, with their justifications."""
        if self.last is None:
            return ()
        return tuple(node for node in self.last.walk() if not node.is_open)


@dataclass(frozen=True)
class CounterModel:
    """A conjecture does not follow: who says so, and a finite counter-model where there is one.

    ``status`` is CounterSatisfiable, or Satisfiable where there is no conjecture.
    """

    status: SzsStatus
    prover: str
    version: str
    model: FiniteModel | None

    def __str__(self) -> str:
        what = {
            SzsStatus.SATISFIABLE: "satisfiable: the formulas do not contradict each other",
        }.get(self.status, "countersatisfiable: the conjecture does not follow from the axioms")
        shown = f"; counter-model:\n{self.model}" if self.model else ""
        if self.status is SzsStatus.SATISFIABLE:
            shown = shown.replace("counter-model", "model")
        return f"{what}, says {self.prover} {self.version}{shown}"


def load_problem(path: Path | str, *, errors: list[InputError] | None = None) -> list[FolTheorem]:
    """The theorems of a TPTP file: one for each conjecture.

    A file without a conjecture is one theorem, that its formulas are contradictory (the question
    of a ``cnf`` refutation problem). Raises `InputError` with file and line for what cannot be
    read; with ``errors`` given, mistakes are collected there and the rest is used.
    """
    path = Path(path)
    problem = read_problem(path, errors=errors)
    if not problem.formulas:
        if errors:
            return []
        raise InputError("there is no formula in this file", file=path, line=1,
                         remedy="a problem has axioms and a conjecture")
    theorems = [_theorem(path, problem, conjecture) for conjecture in problem.conjectures]
    return theorems or [_theorem(path, problem, None)]


def _theorem(path: Path, problem: Problem, conjecture: AnnotatedFormula | None) -> FolTheorem:
    formulas = tuple(
        f for f in problem.formulas if f.role is not Role.CONJECTURE or f is conjecture
    )
    own = Problem(formulas, problem.types, problem.file)
    if conjecture is None:
        first = (problem.negated_conjectures or problem.formulas)[0]
        return FolTheorem(path.stem, "$false", path, first.line or 1, own)
    name = plain_name(conjecture.name)
    return FolTheorem(name, str(conjecture.closed), path, conjecture.line or 1, own)


class FolEnvironment:
    """Opens theorems and applies tactics; `auto` asks ``prover``, `smt` asks ``smt``.

    ``seconds`` limits one call of `auto` or `smt`; ``answers`` keeps what they said. Usable from
    several threads.
    """

    def __init__(
        self, prover: Oracle | None = None, *, smt: Oracle | None = None, seconds: float = 5.0,
        memory_mb: int = 2000, answers: Answers | None = None,
    ) -> None:
        self._answers = answers or Answers()
        self._prover = prover or DefaultOracle()
        self._smt = smt or smt_oracle()
        self._limits = Limits(seconds, memory_mb)
        self._stop = threading.Event()

    def load(self, path: Path | str) -> list[FolTheorem]:
        """`load_problem`."""
        return load_problem(path)

    def open(self, theorem: FolTheorem) -> ProofState:
        """The sequent of the theorem as the only goal."""
        try:
            return self._state(theorem, (theorem.sequent,), None)
        except RecursionError:
            raise InputError("a formula is nested too deeply to be worked on", file=theorem.file,
                             line=theorem.line, remedy="flatten it") from None

    def apply(
        self, state: ProofState, tactic: str, limit: float | None = None
    ) -> ProofState | TacticFailure:
        """Apply ``tactic`` (or several, as in a script) to the first goal; ``limit`` (seconds)
        shortens the limit of a prover's call."""
        handle = state.handle
        if not isinstance(handle, FolState):
            raise TypeError("this state belongs to another environment")
        if not handle.goals:
            return ScriptError("no goals are left", 1, _ELABORATION, None).failure()
        try:
            tree = self.run_script(handle.theorem, handle.goals[0], tactic, limit)
        except ScriptError as error:
            return error.failure()
        left = tuple(leaf.sequent for leaf in tree.open_leaves())
        if len(left) > MAX_GOALS:
            return ScriptError("too many goals", 1, _ELABORATION, None).failure()
        try:
            return self._state(handle.theorem, (*left, *handle.goals[1:]), tree)
        except RecursionError:
            return ScriptError("a goal is nested too deeply", 1, _ELABORATION, None).failure()

    def run_script(
        self, theorem: FolTheorem, goal: Sequent, text: str, limit: float | None = None
    ) -> ProofNode:
        """The proof tree of a whole script on one goal; raises `ScriptError`."""
        return run_script(goal, text, self._context(theorem, limit))

    def split(self, state: ProofState) -> tuple[ProofState, ...]:
        """One state for each goal: they share nothing."""
        handle = state.handle
        if not isinstance(handle, FolState) or len(handle.goals) < 2:
            return (state,)
        return tuple(self._state(handle.theorem, (goal,), None) for goal in handle.goals)

    def release(self, states: Sequence[ProofState]) -> None:
        """Nothing to do: states are plain values."""

    def refute(self, theorem: FolTheorem, seconds: float | None = None) -> CounterModel | None:
        """A counter-model of an invalid conjecture, if one is found within the limit."""
        question = self._first_question(theorem)
        answer = self._ask(theorem, self._prover)(question, seconds or self._limits.seconds)
        if not answer.status.refuted:
            return None
        open_ended = theorem.conjecture is None
        status = SzsStatus.SATISFIABLE if open_ended else SzsStatus.COUNTER_SATISFIABLE
        return CounterModel(status, answer.prover, answer.version, answer.model)

    def close(self) -> None:
        """Stop every prover at work for this environment. Idempotent."""
        self._stop.set()

    def _first_question(self, theorem: FolTheorem) -> Problem:
        """What `auto` asks about the theorem, so that an oracle which remembers is asked once;
        about a large problem the provers are asked as it stands."""
        if len(theorem.problem.formulas) > FEW_PREMISES:
            return theorem.problem
        context = self._context(theorem)
        try:
            found = chosen(theorem.sequent, Auto("auto"), context)
            return as_problem(theorem.sequent, found, context)[0]
        except RecursionError:  # `open` says that it is nested too deeply
            return theorem.problem

    def _context(self, theorem: FolTheorem, limit: float | None = None) -> TacticContext:
        seconds = min(self._limits.seconds, limit or self._limits.seconds)
        return TacticContext(theorem, self._ask(theorem, self._prover),
                             self._ask(theorem, self._smt), seconds)

    def _ask(self, theorem: FolTheorem, prover: Oracle) -> Ask:
        oracle = self._answers.about(theorem, prover)

        def ask(problem: Problem, seconds: float) -> ProverAnswer:
            limits = Limits(seconds, self._limits.memory_mb)
            return oracle.prove(problem, limits, self._stop)

        return ask

    @staticmethod
    def _state(
        theorem: FolTheorem, goals: tuple[Sequent, ...], last: ProofNode | None
    ) -> ProofState:
        shown = tuple(goal.goal(f"g{index}") for index, goal in enumerate(goals))
        return ProofState(shown, FolState(theorem, goals, last))

