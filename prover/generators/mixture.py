"""Several generators as one: their proposals fused, their shares moved to what works.

Log-probabilities of different sources do not compare (a rule's is set by hand, a model's is a
product over tokens), so ranks are fused: weighted reciprocal rank fusion (G. Cormack, C. Clarke,
S. Büttcher, SIGIR 2009), in which a tactic that several sources want comes before others. The
weights are the sources' shares. They begin as told (what was trained on what works gets more than
rules do) and follow what is measured while a theorem is searched, as in a bandit with several plays
(every expansion plays all arms, by the slots that their tactics get): each tried tactic is a trial
of those who proposed it, and earns credit when it leads on and more when it proves its state. Every
theorem begins anew, so that its result does not depend on which theorems were worked on before it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from prover.contracts import (
    Feedback,
    Goal,
    Proposal,
    Proposals,
    Request,
    TacticGenerator,
)
from prover.generators.alternatives import spent_last
from prover.generators.cleaning import normal_form

_JOINT = " + "  # between the sources of a merged proposal
_LEAST_SHARE = 0.15  # of an equal one: who has no luck at first may have it later
_APPLIED, _PROVED = 0.1, 1.0  # credit for a tactic that leads on, and one that proves its state
_TRIALS, _RATE = 8.0, 0.1  # what is believed of every source before it is tried
_REMEMBERED = 256  # theorems
_OUTSIDE = 0.01  # of its share has a source at a goal outside of its field: the others come first


@dataclass
class Shares:
    """How the tactics of one theorem are shared among sources: by ``prior`` weights (1
    unless told) and what they have achieved."""

    sources: tuple[str, ...]
    prior: Mapping[str, float] = field(default_factory=dict)
    trials: dict[str, float] = field(default_factory=dict)
    credit: dict[str, float] = field(default_factory=dict)

    def learn(self, feedback: Feedback) -> None:
        """Count a tried tactic, or the proof that came of it."""
        for source in feedback.proposal.origin.split(_JOINT):
            if source not in self.sources:
                continue
            if feedback.proved:  # it was counted when it was tried
                self._add(self.credit, source, _PROVED)
            else:
                self._add(self.trials, source, 1.0)
                self._add(self.credit, source, _APPLIED * feedback.applied)

    @staticmethod
    def _add(counts: dict[str, float], source: str, amount: float) -> None:
        counts[source] = counts.get(source, 0.0) + amount

    @property
    def weights(self) -> dict[str, float]:
        """The share of each source; they add up to 1."""
        rates = {s: self._rate(s) for s in self.sources}
        least, total = _LEAST_SHARE / len(rates), sum(rates.values())
        return {s: least + (1 - _LEAST_SHARE) * rate / total for s, rate in rates.items()}

    def _rate(self, source: str) -> float:
        """Credit for a trial, as expected after what was seen, times the source's weight."""
        trials, credit = self.trials.get(source, 0.0), self.credit.get(source, 0.0)
        rate = (credit + _RATE * _TRIALS) / (trials + _TRIALS)
        return rate * self.prior.get(source, 1.0)


class MixtureGenerator:
    """Proposals of all ``sources``, each under a name of its own. ``weights`` (1 unless told) are
    how their shares begin; ``fields`` say for some which goals they have learnt about, and of
    others they get less."""

    def __init__(
        self, sources: Sequence[tuple[str, TacticGenerator]],
        weights: Mapping[str, float] | None = None,
        fields: Mapping[str, Callable[[Goal], bool]] | None = None,
    ) -> None:
        self._sources, self._weights = tuple(sources), weights or {}
        self._fields = fields or {}
        self._names = tuple(name for name, _ in sources)
        self.name = "mixture:" + "+".join(self._names)
        self._shares: OrderedDict[str, Shares] = OrderedDict()
        self._lock = threading.Lock()

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        """At most ``count`` proposals for each request, best first, equal ones merged."""
        found = [source.propose(requests) for _, source in self._sources]
        return [
            self._fused(request, dict(zip(self._names, lists, strict=True)))
            for request, *lists in zip(requests, *found, strict=True)
        ]

    def learn(self, feedback: Sequence[Feedback]) -> None:
        """Move shares to what works."""
        with self._lock:
            for item in feedback:
                self._of(item.theorem).learn(item)

    def shares(self, theorem: str) -> dict[str, float]:
        """The shares of the sources in the search for a proof of ``theorem``."""
        with self._lock:
            return self._of(theorem).weights

    def _fused(self, request: Request, lists: dict[str, Sequence[Proposal]]) -> Proposals:
        """One list, which the sources lead that have learnt about such goals."""
        outside = {name for name, knows in self._fields.items()
                   if request.goals and not knows(request.goals[0])}
        shares = {name: share * (_OUTSIDE if name in outside else 1.0)
                  for name, share in self.shares(request.theorem).items()}
        leading = sorted(lists, key=outside.__contains__)
        return fuse({name: lists[name] for name in leading}, shares, request.count)

    def _of(self, theorem: str) -> Shares:
        shares = self._shares.setdefault(theorem, Shares(self._names, self._weights))
        self._shares.move_to_end(theorem)
        while len(self._shares) > _REMEMBERED:
            self._shares.popitem(last=False)
        return shares


@dataclass
class _Entry:
    """A tactic, with the sources that want it and how well they rank it together."""

    proposal: Proposal
    score: float = 0.0
    sources: list[str] = field(default_factory=list)
    tokens: int = 0


def fuse(
    lists: dict[str, Sequence[Proposal]], shares: dict[str, float], count: int
) -> Proposals:
    """One list of the proposals of several sources, at most ``count`` long.

    Log-probabilities are on the scale of the first source that proposes anything: its own tactics
    keep what it gives them, where the order allows, and what others want in between counts as
    much as what stands before it. What an earlier ``first | …`` has tried comes last. Origins
    become the sources' names.
    """
    entries: dict[str, _Entry] = {}
    for source, proposals in lists.items():
        for rank, proposal in enumerate(proposals):
            entry = entries.setdefault(normal_form(proposal.tactic), _Entry(proposal))
            if source not in entry.sources:
                entry.sources.append(source)
                entry.score += shares[source] / (rank + 1)
            entry.tokens += proposal.tokens
    order = sorted(entries.values(), key=lambda e: -e.score)  # stable: earlier sources first
    order = list(spent_last((entry.proposal.tactic, entry) for entry in order))
    kept, wasted = order[:count], sum(entry.tokens for entry in order[count:])
    scale = _expected(next(filter(None, lists.values()), ()), kept)
    wasted += sum(ps.wasted for ps in lists.values() if isinstance(ps, Proposals))
    if kept:
        kept[0].tokens += wasted
    return Proposals(
        (Proposal(e.proposal.tactic, expected, _JOINT.join(e.sources), e.tokens)
         for e, expected in zip(kept, scale, strict=False)),
        wasted=0 if kept else wasted)


def _expected(leading: Sequence[Proposal], kept: Sequence[_Entry]) -> list[float]:
    """The log-probabilities of the places of a list on the scale of the ``leading`` source."""
    own = {normal_form(p.tactic): p.log_prob for p in leading}
    last = max(own.values(), default=0.0)
    found: list[float] = []
    for entry in kept:
        last = min(last, own.get(normal_form(entry.proposal.tactic), last))
        found.append(last)
    return found
