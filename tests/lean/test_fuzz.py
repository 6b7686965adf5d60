"""Random and malformed tactics: every one is answered, none proves what is false."""

from __future__ import annotations

import itertools

import pytest

from prover.environments.lean import LeanChecker, LeanEnvironment
from tests.lean.fuzz import Fuzzer, tactics

pytestmark = pytest.mark.lean

SECONDS = 1.0
PATIENCE = 60.0  # beyond the limit, for a busy machine; the benchmark reports the true figure


@pytest.mark.parametrize("seed", [20])
def test_random_tactics_are_answered_and_prove_nothing(
    environment: LeanEnvironment, checker: LeanChecker, seed: int
) -> None:
    fuzzer = Fuzzer(environment, checker, seed=seed, limit=SECONDS)
    outcome = fuzzer.run(tactics(seed, bombs=0.01), 150)
    assert outcome.calls == 150
    assert outcome.lost == []
    assert outcome.wrongly_proved == []
    assert outcome.stopped_working == []
    assert outcome.overtime < PATIENCE, outcome.slowest
    assert outcome.outcomes["progress"] > 0
    assert outcome.outcomes["parse"] > 0
    assert outcome.outcomes["elaboration"] > 0


def test_the_same_seed_gives_the_same_tactics() -> None:
    first, second = (list(itertools.islice(tactics(7), 200)) for _ in range(2))
    assert first == second
    assert first != list(itertools.islice(tactics(8), 200))
