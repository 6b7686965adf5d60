"""The names by which the command line knows the strategies."""

from __future__ import annotations

import sys

import pytest

from prover.contracts import InputError
from prover.strategies import STRATEGIES, strategy_factory
from search.contracts import Outcome, State


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_name_makes_a_strategy_that_proves(name: str) -> None:
    if name == "ab-mcts":
        pytest.importorskip("treequest")
    strategy = strategy_factory(name, seed=1)([State("goal")])
    (expansion,) = strategy.ask(4)
    strategy.tell(expansion, [Outcome("rfl", -0.1, ())], more=True)
    assert strategy.solution is not None
    assert strategy.ask(4) == []


def test_an_unknown_name_is_the_users_mistake() -> None:
    with pytest.raises(InputError, match=r"unknown search strategy 'magic'.*best-first"):
        strategy_factory("magic")


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "treequest", None)
    with pytest.raises(InputError, match=r"treequest \(pip install 'lemma-prover\[search\]'\)"):
        strategy_factory("ab-mcts")
