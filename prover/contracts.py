"""What passes between the rooms of the agent.

A theorem is opened by an *environment* as a *proof state*; a *tactic generator*
proposes tactics for its goals; the environment applies them; a *strategy*
(`search.contracts`) decides where to go on; a *checker* alone decides whether the
final script proves the theorem. Everything here is an immutable value or a protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from retrieval.contracts import ScoredPremise


@dataclass(frozen=True)
class Hypothesis:
    """A named assumption of a goal. ``value`` is set for ``let``-bound ones."""

    name: str
    type: str
    value: str | None = None

    def __str__(self) -> str:
        middle = f" := {self.value}" if self.value is not None else ""
        return f"{self.name} : {self.type}{middle}"


@dataclass(frozen=True)
class Goal:
    """What is left to prove: a target under named hypotheses, as the environment prints them.

    ``name`` is the environment's own handle of the goal (in Lean, the metavariable); it takes
    no part in equality, so that two goals are equal exactly when they read the same.
    """

    hypotheses: tuple[Hypothesis, ...]
    target: str
    case: str | None = None
    name: str = ""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Goal):
            return NotImplemented
        return self.target == other.target and self.hypotheses == other.hypotheses

    def __hash__(self) -> int:
        return hash((self.target, self.hypotheses))

    def __str__(self) -> str:
        head = [f"case {self.case}"] if self.case else []
        return "\n".join([*head, *map(str, self.hypotheses), f"⊢ {self.target}"])


@dataclass(frozen=True)
class Theorem:
    """A statement to be proved and where it stands. Environments subclass it with their source.

    ``line`` counts from 1 and is the line on which the statement begins in ``file``.
    """

    name: str
    statement: str
    file: Path
    line: int


@dataclass(frozen=True)
class ProofState:
    """An immutable handle on open goals; any earlier state can be applied to again.

    ``handle`` belongs to the environment that made it. No goals means: nothing is left to do.
    """

    goals: tuple[Goal, ...]
    handle: object

    @property
    def solved(self) -> bool:
        return not self.goals


class FailureKind(StrEnum):
    """Why a tactic was refused."""

    PARSE = "parse"
    ELABORATION = "elaboration"
    TIMEOUT = "timeout"
    CRASH = "crash"


@dataclass(frozen=True)
class TacticFailure:
    """A tactic that did not apply, with the prover's own message."""

    kind: FailureKind
    message: str


@dataclass(frozen=True)
class ProofScript:
    """A proof as text: one block of tactics (lines separated by ``\\n``) for each hole.

    A theorem whose whole proof is missing has one hole; one with several ``sorry``s has as many
    holes as ``sorry``s, in source order.
    """

    blocks: tuple[str, ...]

    def __str__(self) -> str:
        return "\n\n".join(self.blocks)


@dataclass(frozen=True)
class Verdict:
    """What the checker found, and who it is. Only ``accepted`` makes a theorem *proved*."""

    accepted: bool
    checker: str
    version: str
    axioms: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Request:
    """A demand for tactics. The first goal is the one that the tactics act on.

    ``count`` is the greatest number of proposals wanted, ``theorem`` the statement that is to be
    proved in the end. ``seconds`` is the time that is left: who cannot answer by then should give
    what there is.
    """

    goals: tuple[Goal, ...]
    premises: tuple[ScoredPremise, ...] = ()
    count: int = 32
    depth: int = 0
    theorem: str = ""
    seconds: float | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Proposal:
    """A tactic with its log-probability (natural logarithm, ≤ 0) and who proposed it.

    ``tokens`` is how many tokens a language model generated for it (0 where none did); tokens of
    candidates that were dropped count with one that was not.
    """

    tactic: str
    log_prob: float
    origin: str
    tokens: int = 0


class Proposals(list[Proposal]):
    """What is proposed for one request; ``wasted`` are tokens that no proposal accounts for,
    because nothing of what was generated could be kept."""

    def __init__(self, proposals: Iterable[Proposal] = (), wasted: int = 0) -> None:
        super().__init__(proposals)
        self.wasted = wasted


@dataclass(frozen=True)
class Feedback:
    """What became of a proposal that was tried: ``applied`` where it led on, ``proved`` where the
    state that it was tried on has a proof that begins with it (told later, by itself).
    ``theorem`` is the statement that was worked on, as in the request."""

    proposal: Proposal
    applied: bool
    proved: bool = False
    theorem: str = ""


class LemmaError(Exception):
    """A mistake of the user's or of the machine's, told in one line with its remedy."""

    def __init__(
        self, message: str, *, file: Path | str | None = None, line: int | None = None,
        remedy: str | None = None,
    ) -> None:
        self.message, self.file, self.line, self.remedy = message, file, line, remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        where = "" if self.file is None else f"{self.file}:"
        if self.file is not None and self.line is not None:
            where += f"{self.line}:"
        text = f"{where} {self.message}" if where else self.message
        return f"{text} ({self.remedy})" if self.remedy else text


class InputError(LemmaError):
    """The input cannot be read as what it should be (exit code 2).

    ``theorem`` names the theorem that is concerned, where one is.
    """

    def __init__(
        self, message: str, *, file: Path | str | None = None, line: int | None = None,
        remedy: str | None = None, theorem: str | None = None,
    ) -> None:
        self.theorem = theorem
        super().__init__(message, file=file, line=line, remedy=remedy)


class EnvironmentCrash(LemmaError):
    """The prover behind an environment died and could not be restarted."""


T = TypeVar("T", bound=Theorem, contravariant=True)


@runtime_checkable
class Environment(Protocol[T]):
    """A world in which tactics act on proof states."""

    def open(self, theorem: T) -> ProofState:
        """The state before any tactic; one goal (or several coupled ones) for each hole.

        Raises `InputError` when the statement is not accepted.
        """

    def apply(
        self, state: ProofState, tactic: str, limit: float | None = None
    ) -> ProofState | TacticFailure:
        """Apply ``tactic`` to the first goal of ``state``. ``state`` stays usable.

        ``limit`` (seconds) shortens the environment's own limit for one tactic.
        """

    def split(self, state: ProofState) -> tuple[ProofState, ...]:
        """States for the independent groups of goals, in order; goals that share
        metavariables stay together. A state with one group is returned as it is."""

    def release(self, states: Sequence[ProofState]) -> None:
        """Forget ``states``: they will not be applied to again."""

    def close(self) -> None:
        """Stop the prover behind this environment. Idempotent."""


class TacticGenerator(Protocol):
    """A policy: proposes tactics for goals, batched."""

    name: str

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        """For each request, at most ``count`` proposals, best first, without duplicates."""


@runtime_checkable
class LearningGenerator(TacticGenerator, Protocol):
    """A generator that wants to know what became of its proposals."""

    def learn(self, feedback: Sequence[Feedback]) -> None:
        """Called from several threads, after every expansion."""


class Value(Protocol):
    """A critic: estimates how far goals are from being proved."""

    def score(self, goals: Sequence[tuple[Goal, ...]]) -> list[float]:
        """For each group of goals the estimated log-probability (≤ 0) that it will be proved."""


class Checker(Protocol[T]):
    """The only place where the word *proved* is decided."""

    def check(self, theorem: T, script: ProofScript) -> Verdict:
        """Verify ``script`` from the source text of ``theorem`` in a fresh prover."""

    def close(self) -> None:
        """Stop the prover behind this checker. Idempotent."""


class Status(StrEnum):
    """How the work on a theorem ended."""

    PROVED = "proved"
    FAILED = "failed"
    TIMEOUT = "timeout"
    INVALID = "invalid"


@dataclass(frozen=True)
class Result:
    """The outcome for one theorem, with the fields of ``lemma prove --json``."""

    theorem: str
    file: str
    status: Status
    proof: str | None = None
    seconds: float = 0.0
    tactic_calls: int = 0
    expansions: int = 0
    verdict: Verdict | None = None
    error: str | None = None
    line: int | None = None
    script: ProofScript | None = None
    crashed: bool = False  # the prover died on it; another attempt may end otherwise
    tokens: int = 0
    found: ProofScript | None = None  # the script before it was minimised, if it was
