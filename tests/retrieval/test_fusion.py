"""Fused rankings and second stages."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.contracts import Ranking
from retrieval.fusion import FusedRanker, RerankedRanker, fuse

permutations = st.lists(st.integers(0, 30), unique=True, max_size=12)


def ranking(ids):
    return Ranking(np.array(ids, dtype=np.int64),
                   np.arange(len(ids), 0, -1, dtype=np.float32))


class Fixed:
    """Always the same ranking, as far as the mask allows."""

    def __init__(self, ids, name="fixed"):
        self.ids, self.name = ids, name

    def rank(self, queries, k, masks=None):
        return [ranking([i for i in self.ids if mask is None or mask[i]][:k])
                for _, mask in zip(queries, masks or [None] * len(queries), strict=True)]


@given(st.lists(permutations, min_size=1, max_size=4), st.integers(1, 40))
def test_fusion_is_the_sum_of_reciprocal_ranks(rankings, k):
    scores = {}
    for ids in rankings:
        for rank, index in enumerate(ids, 1):
            scores[index] = scores.get(index, 0) + 1 / (60 + rank)
    fused = fuse([ranking(ids) for ids in rankings], k)
    assert len(fused.ids) == min(k, len(scores))
    np.testing.assert_allclose(fused.scores, sorted(scores.values(), reverse=True)[:k], rtol=1e-5)
    np.testing.assert_allclose(fused.scores, [scores[i] for i in fused.ids.tolist()], rtol=1e-5)


def test_weights_count_and_masks_are_passed_on():
    first, second = Fixed([1, 2, 3]), Fixed([3, 2, 1])
    ranker = FusedRanker([first, second], weights=[1.0, 5.0])
    mask = np.array([True, True, False, True])
    free, masked = ranker.rank(["", ""], 3, [None, mask])
    assert free.ids.tolist() == [3, 2, 1]
    assert masked.ids.tolist() == [3, 1]
    with pytest.raises(ValueError, match="weight"):
        FusedRanker([first], weights=[1.0, 2.0])


class ByNumber:
    """Prefers great ids."""

    name = "number"

    def score(self, _query, ids):
        return ids.astype(np.float32)


def test_a_second_stage_reorders_the_first_and_nothing_else():
    ranker = RerankedRanker(Fixed([4, 9, 2, 7, 8]), ByNumber(), depth=3)
    assert ranker.name == "fixed+number"
    [found] = ranker.rank([""], 5)
    assert found.ids.tolist() == [9, 4, 2, 7, 8]
    assert list(found.scores) == sorted(found.scores, reverse=True)
    [found] = ranker.rank([""], 2)
    assert found.ids.tolist() == [9, 4]
    [found] = ranker.rank([""], 5, [np.zeros(10, dtype=bool)])
    assert found.ids.tolist() == []
