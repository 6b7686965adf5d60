"""Statistics against brute force and published values."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.evaluation.statistics import (
    Attempts,
    compare,
    coverage,
    curve,
    pass_at_k,
    power_law,
    proportion,
)


@given(st.integers(1, 8), st.data())
def test_pass_at_k_is_the_share_of_samples_with_a_success(tried, data):
    proved = data.draw(st.integers(0, tried))
    k = data.draw(st.integers(1, tried))
    outcomes = [i < proved for i in range(tried)]
    samples = list(itertools.combinations(outcomes, k))
    assert pass_at_k(tried, proved, k) == pytest.approx(
        sum(any(sample) for sample in samples) / len(samples))


def test_pass_at_k_needs_enough_attempts():
    with pytest.raises(ValueError, match="at least 4 attempts"):
        pass_at_k(3, 1, 4)


def test_wilson_interval_has_its_published_values():
    found = proportion(8, 10)  # Wilson 1927, as tabulated by Newcombe 1998
    assert found.low == pytest.approx(0.4902, abs=1e-4)
    assert found.high == pytest.approx(0.9433, abs=1e-4)
    assert proportion(0, 0).high == 1.0


@given(st.integers(1, 400), st.data())
def test_an_interval_holds_its_estimate(total, data):
    found = proportion(data.draw(st.integers(0, total)), total)
    assert 0.0 <= found.low <= found.estimate + 1e-12
    assert found.estimate <= found.high + 1e-12
    assert found.high <= 1.0


def test_the_bootstrap_repeats_and_holds_the_mean():
    attempts = [Attempts(8, i % 9) for i in range(40)]
    found = coverage(attempts, 2)
    assert found == coverage(attempts, 2)
    assert found.low < found.estimate < found.high
    assert coverage([Attempts(1, 1), Attempts(1, 0)], 1) == proportion(1, 2)


@given(st.lists(st.integers(0, 20), max_size=30), st.integers(0, 10))
def test_a_curve_counts_what_is_proved_by_then(costs, unproved):
    total = len(costs) + unproved
    for cost, share in curve(costs, max(1, total))[1:]:
        assert share == sum(c <= cost for c in costs) / total


def test_a_power_law_is_found_again():
    # Problems whose chance is beta distributed have a coverage close to an exponentiated law.
    tried = 256
    attempts = [Attempts(tried, round(tried * (i / 60) ** 4)) for i in range(60)]
    law = power_law(attempts)
    assert law is not None
    assert law.a < 0
    assert law.b < 0
    assert law.error < 0.03
    assert power_law([Attempts(1, 1)]) is None


def test_compare_names_gains_and_losses():
    before = {"a": True, "b": False, "c": False, "d": True, "only here": True}
    after = {"a": True, "b": True, "c": True, "d": False}
    found = compare(before, after)
    assert (found.both, found.gained, found.lost, found.neither) == (
        ("a",), ("b", "c"), ("d",), ())
    assert found.p_value == 1.0


@given(st.integers(0, 30), st.integers(0, 30))
def test_the_test_is_the_binomial_one(wins, losses):
    before = {f"w{i}": False for i in range(wins)} | {f"l{i}": True for i in range(losses)}
    after = {name: not proved for name, proved in before.items()}
    n = wins + losses
    extreme = [i for i in range(n + 1) if abs(i - n / 2) >= abs(wins - n / 2) - 1e-9]
    expected = sum(math.comb(n, i) for i in extreme) / 2**n if n else 1.0
    assert compare(before, after).p_value == pytest.approx(expected)
