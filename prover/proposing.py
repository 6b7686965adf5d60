"""Which tactics to try on goals: the generator's, with premises, what is known to fail left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

from prover.contracts import (
    Feedback,
    Goal,
    LearningGenerator,
    Proposal,
    Proposals,
    Request,
    TacticGenerator,
    Theorem,
)
from retrieval.contracts import ScoredPremise

PremiseSource = Callable[[Any, Sequence[tuple[Goal, ...]]], Sequence[Sequence[ScoredPremise]]]
"""For a theorem and several groups of goals, what is offered to the generator for each group."""


_MODEL_BATCH = 4  # a model answers for four states in little more time than for one

FROM_MEMORY = "cache"
"""The origin of proposals that have proved the same goal before."""


class Memory(Protocol):
    """What earlier searches have learnt about goals of the same theory."""

    def proofs(self, goals: tuple[Goal, ...]) -> Sequence[str]:
        """Scripts that have proved the first of ``goals`` before, to be tried again."""

    def failing(self, goals: tuple[Goal, ...], tactics: Sequence[str]) -> frozenset[str]:
        """Those of ``tactics`` that are known to fail on ``goals``."""

    def learn_proof(self, goals: tuple[Goal, ...], script: str) -> None:
        """``script`` has proved ``goals``."""

    def learn_failures(self, goals: tuple[Goal, ...], tactics: Iterable[str]) -> None:
        """``tactics`` have failed on ``goals``, and not for lack of time."""

    def unlearn_proof(self, goals: tuple[Goal, ...]) -> None:
        """The script that `proofs` gave does not prove ``goals``."""

    def save(self) -> None:
        """Keep what was learnt for later searches."""


@dataclass(frozen=True)
class Offer:
    """The tactics for one state that are still to be tried, best first.

    ``total`` is how many there were at first. ``skipped`` counts proposals left out because they
    are known to fail; ``tokens`` is what a language model generated for all of them.
    """

    proposals: tuple[Proposal, ...]
    premises: tuple[str, ...] = ()
    skipped: int = 0
    tokens: int = 0
    total: int = 0

    def after(self, tried: int) -> Offer:
        """What is left when the first ``tried`` have been tried."""
        return replace(self, proposals=self.proposals[tried:])


@dataclass(frozen=True)
class Proposer:
    """Asks the generator, in one batch, about several states of a theorem.

    ``count`` is the greatest number of proposals wanted for a state.
    """

    generator: TacticGenerator
    count: int
    premises: PremiseSource | None = None
    memory: Memory | None = None

    def offers(
        self, theorem: Theorem, groups: Sequence[tuple[Goal, ...]], depths: Sequence[int],
        seconds: float | None = None,
    ) -> list[Offer]:
        """For each group of goals what to try on it; ``seconds`` are left for the theorem."""
        if not groups:
            return []
        offered = self.premises(theorem, groups) if self.premises else [()] * len(groups)
        requests = [
            Request(goals, tuple(premises), self.count, depth, theorem.statement, seconds)
            for goals, premises, depth in zip(groups, offered, depths, strict=True)
        ]
        found = self.generator.propose(requests)
        return [self._offer(r, proposals) for r, proposals in zip(requests, found, strict=True)]

    @property
    def batch(self) -> int:
        """For how many states the generator is best asked at once: rules gain nothing by more, and
        each state in a batch is chosen without knowing what became of the others."""
        return 1 if self.generator.name == "symbolic" else _MODEL_BATCH

    def learn(self, feedback: Sequence[Feedback]) -> None:
        """Tell the generator what became of its proposals, if it wants to know."""
        if feedback and self.learns:
            assert isinstance(self.generator, LearningGenerator)
            self.generator.learn(feedback)

    @cached_property
    def learns(self) -> bool:
        """Whether the generator wants to know what became of its proposals."""
        return isinstance(self.generator, LearningGenerator)

    def _offer(self, request: Request, proposals: Sequence[Proposal]) -> Offer:
        tokens = sum(proposal.tokens for proposal in proposals)
        tokens += proposals.wasted if isinstance(proposals, Proposals) else 0
        names = tuple(scored.premise.name for scored in request.premises)
        if self.memory is None:
            return Offer(tuple(proposals), names, 0, tokens, len(proposals))
        failing = self.memory.failing(request.goals, [p.tactic for p in proposals])
        scripts = self.memory.proofs(request.goals)
        known = [Proposal(script, 0.0, FROM_MEMORY) for script in scripts]
        kept = [p for p in proposals if p.tactic not in failing and p.tactic not in scripts]
        skipped = sum(p.tactic in failing for p in proposals)
        return Offer((*known, *kept), names, skipped, tokens, len(known) + len(kept))
