"""What the page shows, as JSON values: the rows of the table and the details of each problem.

The details of a problem are made of the events of its search: the proof as steps with the goals
before each, and the graph of states and tactics. A large search is cut: the nodes of the proof
come first, then the others as they were met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prover import events
from prover.environments.fol.derivation import Derivation, Step
from prover.environments.fol.printing import to_unicode
from prover.reporting.replay import Story

MOST_NODES = 250
MOST_ATTEMPTS = 40
_LONGEST_ERROR = 240
_LONGEST_GOAL = 2000
Json = dict[str, Any]


@dataclass
class ReportData:
    """A page's content: a title, facts about the run, its summary, and the problems.

    ``problems`` are records with the fields of ``lemma prove --json`` (and ``problem``, the key);
    ``details`` holds for some of them, by key, what `problem_details` returns.
    """

    title: str
    facts: Mapping[str, str] = field(default_factory=dict)
    summary: Mapping[str, Any] | None = None
    problems: Sequence[Json] = ()
    details: Mapping[str, Json] = field(default_factory=dict)


def problem_details(story: Story | None, derivations: Iterable[Derivation] = ()) -> Json:
    """The details of one problem from the events of its search and its derivations."""
    search = _Search(story) if story is not None else None
    return {
        "statement": search.statement if search else None,
        "steps": search.steps() if search else [],
        "graph": search.graph() if search else None,
        "derivations": [_derivation(derivation) for derivation in derivations],
    }


class _Search:
    """The last attempt of a search as a graph."""

    def __init__(self, story: Story) -> None:
        self.statement: str | None = None
        self.roots: tuple[int, ...] = ()
        self.reached: dict[int, events.Reached] = {}
        self.tried: dict[int, list[events.Attempt]] = {}
        self.offered: dict[int, tuple[str, ...]] = {}
        self.order: dict[int, int] = {}
        self.failed: set[int] = set()
        for record in story.records:
            self._hear(record.event)
        self.rank = _ranks(self.tried)

    def _hear(self, event: events.Event) -> None:
        match event:
            case events.Started(statement=statement):
                self.statement = statement
            case events.Opened(roots=roots, resumed=resumed):
                if not resumed:
                    self.reached.clear()
                    self.tried.clear()
                    self.order.clear()
                    self.failed.clear()
                self.roots = tuple(roots)
            case events.Reached(node=node):
                self.reached[node] = event
            case events.Expanded(node=node):
                self.order.setdefault(node, len(self.order) + 1)
                self.tried.setdefault(node, []).extend(event.attempts)
                self.offered[node] = event.premises
            case events.Failed(node=node):
                self.failed.add(node)
            case _:
                pass

    def proof_of(self, node: int) -> events.Attempt | None:
        """The tactic of the shortest proof of ``node`` that the search has found."""
        good = [a for a in self.tried.get(node, ()) if _proves(a, self.rank)]
        return min(good, key=lambda a: _cost(a, self.rank), default=None)

    def steps(self) -> list[Json]:
        """The proof in order, each step with the node whose goals it is applied to."""
        if not self.roots or not all(root in self.rank for root in self.roots):
            return []
        found: list[Json] = []
        stack = [(root, 0) for root in reversed(self.roots)]
        while stack and len(found) < 10_000:
            node, depth = stack.pop()
            attempt = self.proof_of(node)
            if attempt is None:
                return []
            children = attempt.children or ()
            found.append({"node": node, "depth": depth, "tactic": attempt.tactic,
                          "leaves": len(children), "goals": self._goals(node)})
            deeper = depth + (len(children) > 1)
            stack += [(child, deeper) for child in reversed(children)]
        return found

    def graph(self) -> Json:
        """Nodes with their goals, and the tactics tried on each."""
        kept = self._kept()
        return {
            "roots": [root for root in self.roots if root in kept],
            "left_out": len(self.reached) - len(kept),
            "nodes": {str(node): self._node(node, kept) for node in sorted(kept)},
        }

    def _kept(self) -> set[int]:
        proof = [step["node"] for step in self.steps()]
        expanded = sorted(self.order, key=lambda node: self.order[node])
        wanted = dict.fromkeys([*self.roots, *proof, *expanded, *self.reached])
        kept: set[int] = set()
        for node in wanted:
            path = self._path(node)
            if len(kept) + len(path) > MOST_NODES and node not in proof:
                break
            kept |= set(path)
        return kept & self.reached.keys()

    def _path(self, node: int) -> list[int]:
        path: list[int] = []
        here: int | None = node
        while here is not None and here in self.reached and here not in path:
            path.append(here)
            here = self.reached[here].parent
        return path

    def _node(self, node: int, kept: set[int]) -> Json:
        event, attempts = self.reached[node], self.tried.get(node, [])
        proof = self.proof_of(node)
        status = "proved" if node in self.rank else "failed" if node in self.failed else "open"
        shown = sorted(attempts, key=lambda a: (a is not proof, a.children is None))
        return {
            "goals": self._goals(node), "status": status, "depth": event.depth,
            "value": round(event.value, 3), "order": self.order.get(node),
            "premises": list(self.offered.get(node, ()))[:12],
            "attempts": [_attempt(a, a is proof, kept) for a in shown[:MOST_ATTEMPTS]],
            "more": max(0, len(attempts) - MOST_ATTEMPTS),
        }

    def _goals(self, node: int) -> list[str]:
        event = self.reached.get(node)
        return [] if event is None else [_cut(goal, _LONGEST_GOAL) for goal in event.goals]


def _proves(attempt: events.Attempt, rank: Mapping[int, int]) -> bool:
    return attempt.children is not None and all(child in rank for child in attempt.children)


def _cost(attempt: events.Attempt, rank: Mapping[int, int]) -> int:
    return 1 + max((rank[child] for child in attempt.children or ()), default=0)


def _ranks(tried: Mapping[int, Sequence[events.Attempt]]) -> dict[int, int]:
    """For each proved node the height of its lowest proof; a least fixed point, so that a proof
    never rests on itself."""
    rank: dict[int, int] = {}
    changed = True
    while changed:
        changed = False
        for node, attempts in tried.items():
            costs = [_cost(a, rank) for a in attempts if _proves(a, rank)]
            if costs and min(costs) < rank.get(node, 1 << 30):
                rank[node], changed = min(costs), True
    return rank


def _attempt(attempt: events.Attempt, in_proof: bool, kept: set[int]) -> Json:
    return {
        "tactic": attempt.tactic, "origin": attempt.origin,
        "log_prob": round(attempt.log_prob, 2), "ms": round(1000 * attempt.seconds, 1),
        "children": None if attempt.children is None else list(attempt.children),
        "hidden": sum(c not in kept for c in attempt.children or ()),
        "error": None if attempt.error is None else _cut(_reason(attempt.error), _LONGEST_ERROR),
        "kind": attempt.failure, "proof": in_proof,
    }


def _derivation(derivation: Derivation) -> list[Json]:
    """The steps of a first-order derivation, parents before children."""
    return [_derived(step) for step in derivation.steps]


def _derived(step: Step) -> Json:
    return {"name": step.name, "rule": step.rule, "parents": list(step.parents),
            "formula": _cut(to_unicode(step.formula), _LONGEST_GOAL)}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _reason(error: str) -> str:
    """An error without the goal that Lean repeats below it, which stands on the page already."""
    said, _, goal = error.partition("\n\n")
    return said if "⊢" in goal else error
