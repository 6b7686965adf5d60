"""Lean through LeanDojo: an environment over `lean_dojo.Dojo` (extra ``lean-dojo``).

LeanDojo (K. Yang et al., *LeanDojo: Theorem Proving with Retrieval-Augmented Language Models*,
NeurIPS 2023) traces a repository and lets a program try tactics at any of its theorems, in the
place where they stand. A `DojoEnvironment` meets the same contract as Lemma's own environment,
so that every strategy and generator can work on what LeanDojo has traced::

    from lean_dojo import LeanGitRepo, Theorem
    repo = LeanGitRepo("https://github.com/…", "<commit>")
    theorem = dojo_theorem(Theorem(repo, "Mathlib/Order/Basic.lean", "le_antisymm'"))
    with DojoEnvironment() as environment:
        state = environment.open(theorem)
        state = environment.apply(state, "intro h")

Scripts that are found this way are judged by `lean_dojo.check_proof` or by `lemma check` on the
file, never by the environment itself.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from prover.contracts import (
    EnvironmentCrash,
    FailureKind,
    InputError,
    LemmaError,
    ProofState,
    TacticFailure,
    Theorem,
)
from prover.environments.lean.dojo_goals import mentions_metavariables, read_goals

TACTIC_SECONDS = 10.0
OPEN_SECONDS = 600.0

MakeDojo = Callable[[Any, float], AbstractContextManager[Any]]
"""Makes the `lean_dojo.Dojo` of an entry, with a limit in seconds."""

_PARSE_ERROR = re.compile(r"^<\w+>:\d+:\d+:|unexpected token|unexpected end of input")
_TIMEOUT = re.compile(r"deterministic\) timeout|maximum number of heartbeats", re.IGNORECASE)


@dataclass(frozen=True)
class DojoTheorem(Theorem):
    """A theorem of a repository that LeanDojo has traced; ``entry`` is a `lean_dojo.Theorem`."""

    entry: Any = field(default=None, compare=False)


def dojo_theorem(entry: Any) -> DojoTheorem:
    """The theorem that a `lean_dojo.Theorem` names."""
    return DojoTheorem(entry.full_name, "", Path(entry.file_path), 1, entry)


@dataclass(frozen=True)
class _Handle:
    """Where a state is: the tactics that lead to it.

    ``others`` goals behind those of the state belong to its siblings.
    """

    theorem: DojoTheorem
    path: tuple[str, ...] = ()
    others: int = 0


class DojoEnvironment:
    """An ``Environment[DojoTheorem]``: one Lean process, that of the theorem opened last.

    A process that crashes or passes a limit is replaced when the next tactic is tried, and the
    state is made again by its tactics. Not thread-safe. ``make_dojo`` is for tests.
    """

    def __init__(
        self, *, tactic_seconds: float = TACTIC_SECONDS, make_dojo: MakeDojo | None = None
    ) -> None:
        self.tactic_seconds = tactic_seconds
        self._make_dojo = make_dojo or _dojo
        self._entered: AbstractContextManager[Any] | None = None
        self._dojo: Any = None
        self._theorem: DojoTheorem | None = None
        self._reached: dict[tuple[str, ...], Any] = {}  # LeanDojo's states in this process

    # --- The contract -----------------------------------------------------------------------

    def open(self, theorem: DojoTheorem) -> ProofState:
        """The state before any tactic.

        Raises `InputError` if LeanDojo cannot interact with the theorem, `LemmaError` if it is
        not installed or the repository cannot be traced.
        """
        self._start(theorem)
        return self._state(_Handle(theorem))

    def apply(
        self, state: ProofState, tactic: str, limit: float | None = None
    ) -> ProofState | TacticFailure:
        """Apply ``tactic`` to the first goal of ``state``. ``state`` stays usable."""
        handle = _handle(state)
        seconds = min(limit or self.tactic_seconds, self.tactic_seconds)
        text = _focused(tactic) if handle.others else tactic
        return self._step(handle, text, handle.others, seconds)

    def split(self, state: ProofState) -> tuple[ProofState, ...]:
        """One state a goal, if none of the goals has metavariables; LeanDojo does not tell which
        goals share them, so otherwise all stay together. In a part every tactic sees the first
        goal only."""
        count = len(state.goals)
        if count < 2 or any(map(mentions_metavariables, state.goals)):
            return (state,)
        try:
            self._live(_handle(state))
        except _Ended:
            return (state,)
        parts = [self._part(state, index) for index in range(count)]
        whole = tuple(part for part in parts if isinstance(part, ProofState))
        return whole if len(whole) == count else (state,)

    def release(self, states: Sequence[ProofState]) -> None:
        """LeanDojo keeps all states of a process until it ends."""

    def close(self) -> None:
        """End the process. Idempotent."""
        entered, self._entered, self._dojo = self._entered, None, None
        if entered is not None:
            with contextlib.suppress(Exception):  # a process that is gone already
                entered.__exit__(None, None, None)

    def __enter__(self) -> DojoEnvironment:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- Processes --------------------------------------------------------------------------

    def _start(self, theorem: DojoTheorem) -> None:
        """A process at ``theorem``, in place of any other."""
        self.close()
        try:
            entered = self._make_dojo(theorem.entry, OPEN_SECONDS)
            self._dojo, state = entered.__enter__()
        except LemmaError:
            raise
        except Exception as error:  # LeanDojo raises whatever its parts raise, asserts included
            raise _cannot_open(theorem, error) from error
        self._entered, self._theorem, self._reached = entered, theorem, {(): state}

    def _step(
        self, handle: _Handle, tactic: str, others: int, seconds: float
    ) -> ProofState | TacticFailure:
        """The state after ``tactic``, with ``others`` goals in it that belong to siblings."""
        try:
            before = self._live(handle)
            answer = self._run(before, tactic, seconds)
        except _Ended as ended:
            return ended.failure
        if (failure := _failure(answer)) is not None:
            return failure
        path = (*handle.path, tactic)
        self._reached[path] = answer
        return self._state(_Handle(handle.theorem, path, others))

    def _live(self, handle: _Handle) -> Any:
        """LeanDojo's state for ``handle``, made again if this process has not reached it.

        Raises `_Ended`.
        """
        if self._dojo is None or handle.theorem.entry is not self._theorem_entry():
            self._start(handle.theorem)
        for length in range(1, len(handle.path) + 1):
            path = handle.path[:length]
            if path not in self._reached:
                before = self._reached[path[:-1]]
                answer = self._run(before, path[-1], self.tactic_seconds)
                if (failure := _failure(answer)) is not None:
                    raise EnvironmentCrash(
                        f"a state could not be made again: {failure.message}",
                        file=handle.theorem.file,
                    )
                self._reached[path] = answer
        return self._reached[handle.path]

    def _theorem_entry(self) -> Any:
        return None if self._theorem is None else self._theorem.entry

    def _run(self, state: Any, tactic: str, seconds: float) -> Any:
        """LeanDojo's answer. Raises `_Ended` if the process ended over it."""
        self._dojo.proc.timeout = seconds
        try:
            return self._dojo.run_tac(state, tactic)
        except Exception as error:
            kind = _KIND_OF_END.get(type(error).__name__)
            if kind is None:
                raise
            self.close()
            said = str(error) or f"no answer within {seconds:.3g} s"
            raise _Ended(TacticFailure(kind, said)) from error

    def _part(self, state: ProofState, index: int) -> ProofState | TacticFailure:
        """One of the goals of ``state``: rotated to the front, the others wait behind."""
        handle = _handle(state)
        others = handle.others + len(state.goals) - 1
        if index == 0:
            return self._state(_Handle(handle.theorem, handle.path, others))
        return self._step(handle, f"rotate_left {index}", others, self.tactic_seconds)

    def _state(self, handle: _Handle) -> ProofState:
        shown = getattr(self._reached[handle.path], "pp", "")  # a finished proof shows nothing
        goals = read_goals(shown)
        return ProofState(goals[: len(goals) - handle.others], handle)


class _Ended(Exception):
    """The process ended while it owed an answer."""

    def __init__(self, failure: TacticFailure) -> None:
        self.failure = failure
        super().__init__(failure.message)


# By name, for the classes are LeanDojo's.
_KIND_OF_END = {
    "DojoCrashError": FailureKind.CRASH,
    "DojoTacticTimeoutError": FailureKind.TIMEOUT,
}


def _failure(answer: Any) -> TacticFailure | None:
    """What LeanDojo's ``LeanError`` and ``ProofGivenUp`` say."""
    match type(answer).__name__:
        case "LeanError":
            return TacticFailure(_kind(answer.error), answer.error)
        case "ProofGivenUp":
            return TacticFailure(FailureKind.ELABORATION, "the tactic leaves a `sorry`")
        case _:
            return None


def _kind(message: str) -> FailureKind:
    if _PARSE_ERROR.search(message):
        return FailureKind.PARSE
    return FailureKind.TIMEOUT if _TIMEOUT.search(message) else FailureKind.ELABORATION


def _focused(tactic: str) -> str:
    """``tactic`` with the goals behind the first one out of its sight."""
    return "focus\n  " + tactic.replace("\n", "\n  ")


def _handle(state: ProofState) -> _Handle:
    return cast(_Handle, state.handle)


def _dojo(entry: Any, seconds: float) -> AbstractContextManager[Any]:
    try:
        from lean_dojo import Dojo
    except ImportError as error:
        raise LemmaError(
            "LeanDojo is not installed", remedy="run `pip install 'lemma-prover[lean-dojo]'`"
        ) from error
    return cast("AbstractContextManager[Any]", Dojo(entry, timeout=round(seconds)))


def _cannot_open(theorem: DojoTheorem, error: Exception) -> LemmaError:
    said = str(error) or type(error).__name__
    if type(error).__name__ == "DojoInitError":
        return InputError(f"LeanDojo cannot interact with it: {said}", file=theorem.file,
                          theorem=theorem.name)
    return EnvironmentCrash(
        f"LeanDojo cannot open `{theorem.name}`: {said}", file=theorem.file,
        remedy="see that its repository can be traced: `lean_dojo.trace(entry.repo)`",
    )  # fmt: skip
