"""The symbolic tactic generators: rules instead of a model, ready without any download."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prover.contracts import Proposal, Request
from prover.generators.first_order import propose_first_order
from prover.generators.goal_view import GoalView
from prover.generators.lean_rules import RULES, Rule


class SymbolicGenerator:
    """Ranks the tactics that rules derive from a goal's shape.

    Deterministic: the same goal always gets the same proposals.
    """

    name = "symbolic"

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self._rules = tuple(rules)

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        """At most ``count`` tactics for the first goal of each request, best first."""
        return [self._propose(request) for request in requests]

    def _propose(self, request: Request) -> list[Proposal]:
        if not request.goals:
            return []
        view = GoalView(request.goals[0], (p.premise for p in request.premises))
        weighted = (pair for rule in self._rules for pair in rule(view))
        return rank(weighted, request.count, self.name)


class FirstOrderGenerator:
    """Ranks tactics for first-order goals. Deterministic."""

    name = "symbolic"

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        """At most ``count`` tactics for the first goal of each request, best first."""
        return [
            propose_first_order(r.goals[0], r.count, r.depth) if r.goals else [] for r in requests
        ]


def rank(weighted: Iterable[tuple[str, float]], count: int, origin: str) -> list[Proposal]:
    """The ``count`` most probable tactics, each once, with its greatest log-probability.

    Ties keep the order of the rules.
    """
    best: dict[str, float] = {}
    for tactic, log_prob in weighted:
        best[tactic] = max(log_prob, best.get(tactic, float("-inf")))
    ordered = sorted(best.items(), key=lambda item: -item[1])
    return [Proposal(tactic, log_prob, origin) for tactic, log_prob in ordered[:count]]
