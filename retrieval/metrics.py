"""How good rankings are: recall, coverage, reciprocal rank, discounted gain.

All take *rankings*, ids with the best first, and the ids that were really *used*; a query that
uses nothing is left out. Every number is a mean over queries, between 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean

CUTS = (1, 10, 32, 64, 100, 128)


@dataclass(frozen=True)
class Metrics:
    """Means over ``queries`` queries.

    Attributes:
        recall: cut → share of the used premises among the first ``cut``.
        coverage: cut → share of the queries with *all* used premises among the first ``cut``.
        mrr: reciprocal rank of the first used premise.
        ndcg: normalised discounted cumulative gain with gain 1 for a used premise (Järvelin,
            Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002), over the first
            ``max(cuts)``.
    """

    queries: int
    recall: dict[int, float] = field(default_factory=dict)
    coverage: dict[int, float] = field(default_factory=dict)
    mrr: float = 0.0
    ndcg: float = 0.0

    def as_json(self) -> dict[str, float]:
        """Flat, with keys like ``recall@10``."""
        return {
            "queries": self.queries,
            **{f"recall@{cut}": value for cut, value in self.recall.items()},
            "mrr": self.mrr,
            "ndcg": self.ndcg,
            **{f"coverage@{cut}": value for cut, value in self.coverage.items()},
        }


def measure(
    rankings: Iterable[Sequence[int]], used: Iterable[Collection[int]],
    cuts: Sequence[int] = CUTS,
) -> Metrics:
    """The metrics of ``rankings``, one for each collection of ``used`` ids.

    A ranking shorter than a cut counts as if nothing useful came after its end, so rankings
    should have ``max(cuts)`` entries where there are as many.
    """
    pairs = [(list(map(int, ranking)), {int(i) for i in wanted})
             for ranking, wanted in zip(rankings, used, strict=True) if wanted]
    if not pairs:
        return Metrics(0)
    places = [sorted(rank for rank, found in enumerate(ranking, 1) if found in wanted)
              for ranking, wanted in pairs]
    totals = [len(wanted) for _, wanted in pairs]
    depth = max(cuts)
    return Metrics(
        queries=len(pairs),
        recall={cut: fmean(sum(p <= cut for p in found) / total
                           for found, total in zip(places, totals, strict=True))
                for cut in cuts},
        coverage={cut: fmean(sum(p <= cut for p in found) == total
                             for found, total in zip(places, totals, strict=True))
                  for cut in cuts},
        mrr=fmean(1 / found[0] if found else 0.0 for found in places),
        ndcg=fmean(_gain(p for p in found if p <= depth) / _gain(range(1, min(total, depth) + 1))
                   for found, total in zip(places, totals, strict=True)),
    )


def _gain(places: Iterable[int]) -> float:
    return sum(1 / math.log2(place + 1) for place in places)
