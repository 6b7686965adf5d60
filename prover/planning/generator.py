"""A tactic generator with a planner beside it."""

from __future__ import annotations

from collections.abc import Sequence

from prover.contracts import Proposal, Request, TacticGenerator
from prover.planning.contracts import PLANNER, Planner, Sketch


class PlanningGenerator:
    """Adds a planner's sketches to what ``base`` proposes.

    A planner speaks up only where a goal's shape calls for it; its sketches carry modest
    log-probabilities, so that they come after the tactics that are likely to end a goal, and
    deeper than ``max_depth`` it is not asked. The request's ``count`` is kept: at most
    ``share`` of it are sketches.
    """

    def __init__(
        self, base: TacticGenerator, planner: Planner, *, max_depth: int = 12, share: float = 0.4,
    ) -> None:
        self.name = base.name
        self._base, self._planner = base, planner
        self._max_depth, self._share = max_depth, share

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        """At most ``count`` proposals for each request, best first, without duplicates."""
        found = self._base.propose(requests)
        return [_merged(own, self._sketches(request), request.count, self._share)
                for own, request in zip(found, requests, strict=True)]

    def _sketches(self, request: Request) -> list[Sketch]:
        if not request.goals or request.depth > self._max_depth:
            return []
        return self._planner.propose(request.goals[0], [p.premise for p in request.premises])


def _merged(
    own: Sequence[Proposal], sketches: Sequence[Sketch], count: int, share: float
) -> list[Proposal]:
    """Both by log-probability; of the same text the likelier one; the base first among equals."""
    room = int(count * share)
    planned = [Proposal(s.text, s.log_prob, PLANNER) for s in sketches[:room]]
    best: dict[str, Proposal] = {}
    for proposal in sorted([*own, *planned], key=lambda p: -p.log_prob):
        best.setdefault(proposal.tactic, proposal)
    return list(best.values())[:count]
