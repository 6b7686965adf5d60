"""Metrics on rankings whose values are known, and the promises of the splits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.contracts import RetrievalError
from retrieval.metrics import measure
from retrieval.splits import SPLITS, make_split, novel_premise_split, random_split

used_sets = st.lists(st.frozensets(st.integers(0, 40), min_size=1, max_size=5), max_size=60)


def test_values_by_hand():
    found = measure([[7, 1, 2, 3], [5, 6]], [{1, 3}, {9}], cuts=(1, 2, 4))
    assert found.queries == 2
    assert found.recall == {1: 0.0, 2: 0.25, 4: 0.5}
    assert found.coverage == {1: 0.0, 2: 0.0, 4: 0.5}
    assert found.mrr == pytest.approx((1 / 2 + 0) / 2)
    ideal = 1 + 1 / math.log2(3)
    assert found.ndcg == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal / 2)


def test_a_perfect_ranking_is_perfect():
    found = measure([[3, 1, 2]], [{1, 3}], cuts=(1, 2, 3))
    assert found.recall == {1: 0.5, 2: 1.0, 3: 1.0}
    assert found.mrr == 1.0
    assert found.ndcg == pytest.approx(1.0)


@given(st.lists(st.tuples(st.permutations(range(12)), st.frozensets(st.integers(0, 14)))))
def test_metrics_are_shares_and_grow_with_the_cut(pairs):
    found = measure([r for r, _ in pairs], [u for _, u in pairs], cuts=(1, 4, 12))
    assert found.queries == sum(bool(u) for _, u in pairs)
    for values in (found.recall, found.coverage):
        assert list(values.values()) == sorted(values.values())
        assert all(0 <= v <= 1 for v in values.values())
    assert 0 <= found.mrr <= 1
    assert 0 <= found.ndcg <= 1 + 1e-9


def test_nothing_used_is_nothing_asked():
    assert measure([[1]], [set()]).queries == 0
    with pytest.raises(ValueError, match="shorter"):
        measure([[1]], [])


@given(used_sets, st.sampled_from(SPLITS), st.integers(0, 3))
def test_splits_are_partitions_and_repeat(used, kind, seed):
    split = make_split(kind, used, validation=0.2, test=0.2, seed=seed)
    parts = [*split.train, *split.validation, *split.test]
    assert sorted(parts) == list(range(len(used)))
    assert split == make_split(kind, used, validation=0.2, test=0.2, seed=seed)


@given(used_sets, st.integers(0, 3))
def test_held_out_theorems_use_a_premise_that_is_not_trained_on(used, seed):
    split = novel_premise_split(used, validation=0.2, test=0.2, seed=seed)
    trained = frozenset().union(*(used[i] for i in split.train))
    for index in (*split.validation, *split.test):
        assert used[index] - trained


def test_random_splits_have_the_sizes_asked_for():
    split = random_split(100, validation=0.1, test=0.25, seed=1)
    assert (len(split.validation), len(split.test)) == (10, 25)
    assert split != random_split(100, validation=0.1, test=0.25, seed=2)


def test_impossible_splits_are_refused():
    for arguments in ({"validation": 0.7, "test": 0.7}, {"test": -0.1}):
        with pytest.raises(RetrievalError, match="shares"):
            random_split(10, **arguments)
    with pytest.raises(RetrievalError, match="unknown split"):
        make_split("odd", [])
