"""One Lean process for the states and one for the verdicts of the whole test session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from prover.environments.lean import LeanChecker, LeanEnvironment
from prover.environments.lean.backend import EmbeddedLauncher


@pytest.fixture(scope="session")
def environment() -> Iterator[LeanEnvironment]:
    with LeanEnvironment(EmbeddedLauncher(), tactic_seconds=10) as environment:
        yield environment


@pytest.fixture(scope="session")
def checker() -> Iterator[LeanChecker]:
    with LeanChecker(EmbeddedLauncher()) as checker:
        yield checker
