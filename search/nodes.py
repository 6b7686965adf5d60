"""The parts of the proof graph: nodes (states), edges (tactics), and what an answer changes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from search.contracts import State

NO_FAILURES: dict[str, str] = {}  # shared by the many nodes on which nothing has failed


class Status(StrEnum):
    """What is known of a node."""

    OPEN = "open"
    PROVED = "proved"
    FAILED = "failed"


@dataclass(slots=True, eq=False)
class Edge:
    """A tactic applied to ``source``; ``children`` are node numbers, in the order of the goals.

    ``dead`` says that some child has failed.
    """

    number: int
    source: int
    tactic: str
    log_prob: float
    children: tuple[int, ...]
    pmi: float = 0.0
    dead: bool = False


@dataclass(slots=True, eq=False)
class Node:
    """A state with everything that was tried on it.

    ``log_prob`` (natural), ``depth`` and ``pmi`` belong to the most probable path to the node,
    whose last edge is ``via``. ``failed`` maps tactics that did not apply to the first line of
    the prover's message. ``rounds`` counts the expansions that were answered, ``pending`` says
    that one is not answered yet, ``complete`` that no further tactic is to be had. ``distance``
    is the number of tactics of the smallest known proof (infinite: none), which begins with
    ``proof``. ``bound`` is the least log-probability of the tactics tried, which those still to be
    tried do not exceed (they come best first; 0 before the first). ``support`` and ``anchor``
    belong to `search.hope` and `search.relevance`.
    """

    number: int
    state: State
    log_prob: float = -math.inf
    depth: int = 0
    pmi: float = 0.0
    via: Edge | None = None
    status: Status = Status.OPEN
    edges: list[Edge] = field(default_factory=list)
    parents: list[Edge] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=lambda: NO_FAILURES)
    rounds: int = 0
    bound: float = 0.0
    pending: bool = False
    complete: bool = False
    distance: float = math.inf
    proof: Edge | None = None
    support: Edge | None = None
    anchor: Edge | None = None
    relevant: bool = False


@dataclass(slots=True)
class Change:
    """What one answer changed.

    ``ready`` are the nodes that became expandable or whose path became more probable; whoever
    queues every one of them never loses an expandable node. ``shortened`` are proved nodes for
    which a smaller proof was found. Nodes are given by number.
    """

    source: int
    edges: list[Edge] = field(default_factory=list)
    ready: list[int] = field(default_factory=list)
    proved: list[int] = field(default_factory=list)
    shortened: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
