"""Budgets as users write them."""

from __future__ import annotations

import pytest

from prover.budget import EXAMPLE, Budget, Progress, parse_budget
from prover.contracts import InputError


def test_every_limit_can_be_given_alone_and_together() -> None:
    assert parse_budget(EXAMPLE, 5.0) == Budget(60.0, 2000, 500, tokens=100_000)
    assert parse_budget("tactics=3", 5.0) == Budget(5.0, tactic_calls=3)
    assert parse_budget(" seconds = 0.5 , tokens=7,", 5.0) == Budget(0.5, tokens=7)


@pytest.mark.parametrize(("text", "said"), [
    ("", "empty"), (",", "empty"), ("tactics", "whole number"), ("tactics=0", "whole number"),
    ("tactics=2.5", "whole number"), ("tactics=-1", "whole number"), ("tokens=²", "whole number"),
    ("seconds=x", "positive number"), ("seconds=0", "positive number"),
    ("seconds=inf", "positive number"), ("seconds=nan", "positive number"),
    ("minutes=3", "no limit"), ("tactics=1,tactics=2", "twice"),
])
def test_what_is_not_understood_is_told_with_an_example(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_budget(text, 5.0)
    assert said in str(caught.value)
    assert EXAMPLE in str(caught.value)


@pytest.mark.parametrize(("progress", "reason"), [
    (Progress(tactic_calls=9), "10 tactic calls"), (Progress(expansions=9), "10 expansions"),
    (Progress(tokens=9), "10 generator tokens"),
])
def test_the_limit_that_is_reached_is_named(progress: Progress, reason: str) -> None:
    budget = Budget(tactic_calls=10, expansions=10, tokens=10)
    assert progress.spent(budget) is None
    for name in ("tactic_calls", "expansions", "tokens"):
        setattr(progress, name, getattr(progress, name) and 10)
    assert progress.spent(budget) == f"no proof within {reason}"
