"""What happens during a search, as a stream of typed events.

The loop tells a *listener* everything a person or a program may want to know afterwards: which
states were reached, which tactics were tried on them and what became of each. A listener writes a
trace (`prover.trace`), draws a graph or counts; the search never depends on it.

Nodes are states that are to be proved, by the strategy's number; a tactic leads from one node to
those that must all be proved. Numbers are unique within one attempt at a theorem.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from prover.contracts import FailureKind, Status


@dataclass(frozen=True)
class Started:
    """Work on a theorem begins."""

    kind: ClassVar[str] = "started"
    statement: str
    generator: str


@dataclass(frozen=True)
class Opened:
    """A search begins at the nodes of the theorem's holes.

    ``attempt`` counts from 0. ``merging`` says when two states are one node: ``names`` (equal up
    to the names of hypotheses) or ``never``. ``resumed`` is true when an interrupted search goes
    on: its nodes were told in an earlier trace.
    """

    kind: ClassVar[str] = "opened"
    attempt: int
    merging: str
    roots: tuple[int, ...]
    resumed: bool = False


@dataclass(frozen=True)
class Reached:
    """A state was met for the first time.

    ``goals`` are its goals as the environment prints them. ``parent`` and ``tactic`` say how it
    was met; a root has neither. ``value`` is the estimated log-probability that it is proved.
    """

    kind: ClassVar[str] = "reached"
    node: int
    parent: int | None
    tactic: str | None
    depth: int
    goals: tuple[str, ...]
    value: float = 0.0


@dataclass(frozen=True)
class Attempt:
    """One tactic that was tried on a node.

    ``children`` are the nodes that it leaves (none: the goal is closed), or ``None`` if it was
    refused; then ``error`` has the prover's message and ``failure`` its kind (``None`` where the
    tactic applied but is of no use, because it changes nothing).
    """

    tactic: str
    log_prob: float
    origin: str
    seconds: float
    children: tuple[int, ...] | None = None
    error: str | None = None
    failure: FailureKind | None = None


@dataclass(frozen=True)
class Expanded:
    """Tactics were tried on a node, in the order of ``attempts``.

    ``round`` counts the expansions of this node from 0. ``proposals`` is how many tactics the
    generator proposed for it in all, ``skipped`` how many of them are known from earlier searches
    to fail, ``premises`` the names of what was offered to the generator.
    """

    kind: ClassVar[str] = "expanded"
    node: int
    round: int
    depth: int
    proposals: int
    skipped: int
    premises: tuple[str, ...]
    attempts: tuple[Attempt, ...]
    seconds: float


@dataclass(frozen=True)
class Proved:
    """A node has a proof now."""

    kind: ClassVar[str] = "proved"
    node: int


@dataclass(frozen=True)
class Failed:
    """A node can no longer be proved with the tactics that are proposed."""

    kind: ClassVar[str] = "failed"
    node: int


@dataclass(frozen=True)
class ScriptFound:
    """All roots are proved; this is the script, one block for each hole."""

    kind: ClassVar[str] = "script"
    blocks: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """The checker's verdict on a script."""

    kind: ClassVar[str] = "checked"
    accepted: bool
    checker: str
    version: str
    axioms: tuple[str, ...]
    reason: str | None
    seconds: float


@dataclass(frozen=True)
class Finished:
    """Work on the theorem ended."""

    kind: ClassVar[str] = "finished"
    status: Status
    seconds: float
    tactic_calls: int
    expansions: int
    tokens: int
    error: str | None


Event = (
    Started | Opened | Reached | Expanded | Proved | Failed | ScriptFound | Checked | Finished
)
Listener = Callable[[Event], None]
EVENTS: tuple[type[Event], ...] = (
    Started, Opened, Reached, Expanded, Proved, Failed, ScriptFound, Checked, Finished,
)
