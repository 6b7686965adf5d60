"""Several rankings made into one.

Reciprocal rank fusion (Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion outperforms Condorcet
and individual Rank Learning Methods", SIGIR 2009): a premise scores ``Σ w / (60 + rank)`` over the
rankings in which it occurs. Scores of different scales need no calibration.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.contracts import Mask, Ranker, Ranking, Reranker

_CONSTANT = 60.0
_LEAST_DEPTH = 128


class FusedRanker:
    """A `retrieval.contracts.Ranker` out of several, over the same corpus.

    ``depth`` is how many each of them gives (at least ``k``); ``weights`` are 1 if not given.
    """

    def __init__(
        self, rankers: Sequence[Ranker], *, weights: Sequence[float] | None = None,
        depth: int = 2 * _LEAST_DEPTH, name: str = "fused",
    ) -> None:
        self._rankers, self._depth, self._name = tuple(rankers), depth, name
        self._weights = tuple(weights or [1.0] * len(self._rankers))
        if len(self._weights) != len(self._rankers):
            raise ValueError("one weight for each ranker")

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    def rank(
        self, queries: Sequence[str], k: int, masks: Sequence[Mask | None] | None = None
    ) -> list[Ranking]:
        """See `Ranker.rank`."""
        depth = max(k, self._depth)
        found = [ranker.rank(queries, depth, masks) for ranker in self._rankers]
        return [fuse(rankings, k, self._weights) for rankings in zip(*found, strict=True)]


def fuse(rankings: Sequence[Ranking], k: int, weights: Sequence[float] | None = None) -> Ranking:
    """The first ``k`` of the fused rankings; equal scores by id."""
    ids = np.concatenate([ranking.ids for ranking in rankings])
    shares = np.concatenate([
        weight / (_CONSTANT + 1 + np.arange(len(ranking.ids)))
        for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True)])
    found, places = np.unique(ids, return_inverse=True)
    scores = np.bincount(places, shares, minlength=len(found))
    order = np.argsort(-scores, kind="stable")[:k]
    return Ranking(found[order].astype(np.int64), scores[order].astype(np.float32))


class RerankedRanker:
    """A ranker whose first ``depth`` are put into a better order by a second stage."""

    def __init__(self, first: Ranker, second: Reranker, *, depth: int = 100) -> None:
        self._first, self._second, self._depth = first, second, depth

    @property
    def name(self) -> str:
        """Both stages."""
        return f"{self._first.name}+{self._second.name}"

    def rank(
        self, queries: Sequence[str], k: int, masks: Sequence[Mask | None] | None = None
    ) -> list[Ranking]:
        """See `Ranker.rank`. What lies beyond ``depth`` keeps its order, after the rest."""
        found = self._first.rank(queries, max(k, self._depth), masks)
        return [self._reordered(query, ranking, k)
                for query, ranking in zip(queries, found, strict=True)]

    def _reordered(self, query: str, ranking: Ranking, k: int) -> Ranking:
        head, tail = ranking.ids[: self._depth], ranking.ids[self._depth :]
        if not len(head):
            return ranking
        scores = self._second.score(query, head)
        order = np.lexsort((head, -scores))
        below = np.float32(scores.min()) - np.arange(1, len(tail) + 1, dtype=np.float32)
        merged: NDArray[np.float32] = np.concatenate([scores[order], below]).astype(np.float32)
        return Ranking(np.concatenate([head[order], tail])[:k], merged[:k])
