"""Which records are worth learning from.

*Adaptive tactic-level filtering* (X. Ji et al., "Leanabell-Prover", and H. Xin et al.,
"DeepSeek-Prover-V1.5", 2024, filter whole problems; here it is single tactics): a tactic that the
model proposes with near certainty teaches nothing, one that it finds very surprising is more often
an accident of the search than a lesson. *Curation* after MPS-Prover (Z. Liang et al., 2025), which
drops about 40% of what its searches found: equal goals are one record, long detours go, and no
single tactic makes up more than its share.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from prover.training.records import StateRecord, Try


@dataclass(frozen=True)
class Rules:
    """What is kept.

    Attributes:
        too_easy: tactics that the model proposes with a greater probability go, if it is the only
            lesson of their state.
        too_surprising: tactics whose log-probability for each token is less go.
        max_steps: states known to be further from the end go.
        per_theorem: states of one theorem at most, those nearest to the theorem's goal first.
        unsolved: states without a known proof for each one that has one, at most; they teach the
            value head, and which tactics fail.
        most_of_one: the greatest share of the states whose best tactic is one and the same.
    """

    too_easy: float = 0.95
    too_surprising: float = -6.0
    max_steps: int = 8
    per_theorem: int = 12
    unsolved: float = 1.0
    most_of_one: float = 0.08


@dataclass(frozen=True)
class Opinion:
    """What the model thinks of a tactic: its log-probability, and that for each token."""

    log_prob: float
    per_token: float


class Judge(Protocol):
    """A model that is asked what it thinks of tactics."""

    def opinions(self, record: StateRecord) -> dict[str, Opinion]:
        """For tactics of the record; those that it cannot write are left out."""


def merged(records: Iterable[StateRecord]) -> list[StateRecord]:
    """One record for each goal, with the tries of all, the best outcome of each tactic."""
    groups: dict[str, StateRecord] = {}
    for record in records:
        known = groups.get(record.goal)
        groups[record.goal] = record if known is None else replace(
            known, depth=min(known.depth, record.depth),
            premises=known.premises or record.premises,
            tries=_together((*known.tries, *record.tries)))
    return list(groups.values())


def _together(tries: Sequence[Try]) -> tuple[Try, ...]:
    best: dict[str, Try] = {}
    for tried in tries:
        known = best.get(tried.tactic)
        if known is None or _better(tried, known):
            best[tried.tactic] = tried
    return tuple(best.values())


def _better(one: Try, other: Try) -> bool:
    if one.worked and other.worked:
        return (one.remaining or 0) < (other.remaining or 0)
    return one.worked and not other.worked


def filtered(record: StateRecord, opinions: dict[str, Opinion], rules: Rules) -> StateRecord | None:
    """A record without what is too easy or too surprising; None if nothing is left to learn."""
    worked = [t for t in record.tries if t.worked]
    if not worked:
        return record
    certain = [t for t in worked if t.tactic in opinions
               and opinions[t.tactic].log_prob > _log(rules.too_easy)]
    strange = {t.tactic for t in worked if t.tactic in opinions
               and opinions[t.tactic].per_token < rules.too_surprising}
    kept = [t for t in worked if t.tactic not in strange]
    if certain or not kept:
        return None
    return replace(record, tries=tuple(t for t in record.tries if t.tactic not in strange))


def _log(share: float) -> float:
    import math

    return math.log(share) if share < 1 else 0.0


def curated(
    records: Iterable[StateRecord], rules: Rules, judge: Judge | None = None
) -> list[StateRecord]:
    """The records that are worth it. Which ones does not depend on their order."""
    found = sorted(merged(records), key=lambda r: _hash(r.goal))
    found = [r for r in found if r.remaining is None or r.remaining <= rules.max_steps]
    if judge is not None:
        left = (filtered(r, judge.opinions(r), rules) for r in found)
        found = [r for r in left if r is not None]
    found = _few_of_each_theorem(found, rules)
    solved = [r for r in found if r.remaining is not None]
    unsolved = [r for r in found if r.remaining is None]
    solved = _balanced(solved, rules)
    return [*solved, *unsolved[: round(rules.unsolved * len(solved))]]


def _few_of_each_theorem(records: Sequence[StateRecord], rules: Rules) -> list[StateRecord]:
    groups: defaultdict[str, list[StateRecord]] = defaultdict(list)
    for record in sorted(records, key=lambda r: (r.remaining is None, r.depth)):
        if len(groups[record.theorem]) < rules.per_theorem:
            groups[record.theorem].append(record)
    kept = {id(r) for group in groups.values() for r in group}
    return [r for r in records if id(r) in kept]


def _balanced(records: Sequence[StateRecord], rules: Rules) -> list[StateRecord]:
    most = max(1, round(rules.most_of_one * len(records)))
    seen: Counter[str] = Counter()
    found = []
    for record in records:
        best = min((t for t in record.tries if t.worked), key=lambda t: t.remaining or 0).tactic
        seen[best] += 1
        if seen[best] <= most:
            found.append(record)
    return found


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


class SmallJudge:
    """The small model as a judge."""

    def __init__(self, source: object) -> None:
        from prover.generators.small.generator import SmallSource

        assert isinstance(source, SmallSource)
        self._source = source

    def opinions(self, record: StateRecord) -> dict[str, Opinion]:
        from prover.training.small_data import slots_of

        slots = slots_of(record)
        pairs = [(t.tactic, slots.write(t.tactic)) for t in record.tries if t.worked]
        known = [(tactic, text) for tactic, text in pairs if text is not None]
        tokens = self._source.tokens([text for _, text in known])
        judged = self._source.judge(self._source.prompt(slots), tokens)
        return {tactic: Opinion(c.log_prob, c.log_prob / (len(c.tokens) + 1))
                for (tactic, _), c in zip(known, judged, strict=True)}
