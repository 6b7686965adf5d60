"""What all strategies promise, on random AND/OR graphs with late answers and several rounds."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prover.strategies import STRATEGIES
from search.a_star import AStar
from search.ab_mcts import AdaptiveBranching
from search.beam import Beam
from search.best_first import BestFirst
from search.contracts import Outcome, State, Strategy
from search.depth_first import DepthFirst
from search.mcts import MonteCarloTreeSearch
from search.multi_perspective import MultiPerspective
from search.particles import Particles
from search.portfolio import Portfolio
from search.rollouts import Rollouts
from search.strategy import GraphStrategy
from tests.search.worlds import Driver, World, is_proof, provable, roots, worlds

Maker = Callable[[Sequence[State], int], GraphStrategy]

MAKERS: dict[str, Maker] = {
    "best-first": lambda r, seed: BestFirst(r, seed=seed),
    "best-first-plain": lambda r, seed: BestFirst(r, seed=seed, alpha=0.0, size_weight=0.0),
    "a-star": lambda r, seed: AStar(r, seed=seed),
    "beam": lambda r, seed: Beam(r, seed=seed, width=1),
    "depth-first": lambda r, seed: DepthFirst(r, seed=seed, limit=1),
    "mcts": lambda r, seed: MonteCarloTreeSearch(r, seed=seed),
    "ab-mcts": lambda r, seed: AdaptiveBranching(r, seed=seed),
    "particles": lambda r, seed: Particles(r, seed=seed, population=3),
    "rollouts": lambda r, seed: Rollouts(r, seed=seed, parallel=2, length=4),
    "multi-perspective": lambda r, seed: MultiPerspective(r, seed=seed),
    "portfolio": lambda r, seed: Portfolio(r, seed=seed),
}
assert MAKERS.keys() == STRATEGIES.keys(), "every strategy has all of these properties"
every_strategy = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@pytest.fixture(autouse=True)
def _needs_treequest(request: pytest.FixtureRequest) -> None:
    if "ab-mcts" in request.node.name:
        pytest.importorskip("treequest")


cases = st.tuples(worlds(), st.integers(1, 2), st.integers(1, 4), st.integers(0, 99))


@every_strategy
@given(cases)
@settings(max_examples=60, deadline=None)
def test_a_proof_is_found_exactly_when_there_is_one(
    make: Maker, case: tuple[World, int, int, int]
) -> None:
    world, root_count, width, seed = case
    root_count = min(root_count, len(world))
    strategy, driver = make(roots(root_count), seed), Driver(world, width=width, seed=seed)
    driver.run(strategy)
    assert len(set(driver.trace)) == len(driver.trace), "a round was asked for twice"
    if set(range(root_count)) <= provable(world):
        assert strategy.solution is not None
        assert all(is_proof(tree, n, world) for n, tree in enumerate(strategy.solution))
        assert not strategy.exhausted
    else:
        assert strategy.solution is None
        assert strategy.exhausted


@every_strategy
@given(cases, st.integers(0, 8))
@settings(max_examples=25, deadline=None)
def test_saving_and_loading_in_the_middle_changes_nothing(
    make: Maker, case: tuple[World, int, int, int], after: int
) -> None:
    """Nor does it matter what the process did otherwise: seeds make runs repeat."""
    world, root_count, width, seed = case
    starts = roots(min(root_count, len(world)))
    strategy, driver = make(starts, seed), Driver(world, width=width, seed=seed)
    for _ in range(after):
        driver.step(strategy)
    saved = json.loads(json.dumps(strategy.save(), allow_nan=False))
    twin = copy.deepcopy(driver)
    driver.run(strategy)
    resumed = make(starts, seed + 1)
    resumed.load(saved)
    assert {e.node for e in resumed.pending} == {e.node for e in twin.pending}
    twin.run(resumed)
    assert twin.trace == driver.trace
    assert resumed.solution == strategy.solution
    assert json.dumps(resumed.save()) == json.dumps(strategy.save())


@every_strategy
@pytest.mark.parametrize("seed", range(4))
def test_interruptions_leave_a_longer_search_as_it_is(make: Maker, seed: int) -> None:
    """A world without a proof, one expansion at a time, interrupted every few steps."""
    world: World = {
        n: [[(n + 1 + i, n + 2 + 2 * i, (3 * n + 1) % 25) for i in range(3)], [(n + 9,), None]]
        for n in range(25)}
    world.update({n: [[(n - 20,)], [None]] for n in range(25, 40)})
    straight, cut = (Driver(world, width=1 + seed % 2, seed=seed) for _ in range(2))
    straight.run(make(roots(1), seed))
    strategy = make(roots(1), seed)
    while cut.step(strategy):
        if len(cut.trace) % 3 == seed % 3:
            saved = json.loads(json.dumps(strategy.save(), allow_nan=False))
            strategy = make(roots(1), seed + 1)
            strategy.load(saved)
    assert cut.trace == straight.trace
    assert len(cut.trace) > 30


@every_strategy
@given(cases)
@settings(max_examples=15, deadline=None)
def test_the_same_seed_gives_the_same_search(
    make: Maker, case: tuple[World, int, int, int]
) -> None:
    world, root_count, width, seed = case
    traces = []
    for _ in range(2):
        driver = Driver(world, width=width, seed=seed)
        driver.run(make(roots(min(root_count, len(world))), seed))
        traces.append(driver.trace)
    assert traces[0] == traces[1]


def chain(length: int, decoys: int) -> World:
    """A proof of ``length`` tactics; at each of its states ``decoys`` others lead nowhere."""
    world: World = {}
    for number in range(length):
        here = [(number + 1,)] if number + 1 < length else [()]
        wrong = [(length + number * decoys + i,) for i in range(decoys)]
        world[number] = [[*wrong, *here]]
        world.update({decoy: [[None]] for (decoy,) in wrong})
    return world


@every_strategy
def test_an_easy_proof_is_found_within_its_budget(make: Maker) -> None:
    world = chain(6, 2)
    strategy, driver = make(roots(1), 0), Driver(world, width=2, seed=0)
    driver.run(strategy)
    assert strategy.solution is not None
    assert strategy.solution[0].size() == 6
    assert len(driver.trace) <= len(world)


@every_strategy
def test_an_infinite_branch_does_not_hide_a_proof(make: Maker) -> None:
    """A tactic that always applies and never helps, and is likelier than the one that does."""
    strategy = make([State("x", size=1)], 0)
    for _ in range(300):
        asked = strategy.ask(1)
        if not asked:
            break
        key = str(asked[0].state.key)
        apart = Outcome("symm", -0.1, (State(key + "x", size=1 + len(key)),))
        good = Outcome("intro", -0.7, (State(key + "y", size=1),))
        done = Outcome("rfl", -0.1, ())
        strategy.tell(asked[0], [done] if key.endswith("yy") else [apart, good], more=False)
        if strategy.solution:
            break
    assert strategy.solution is not None


@every_strategy
def test_a_loaded_search_belongs_to_its_strategy_and_roots(make: Maker) -> None:
    strategy = make([State("a")], 0)
    saved = strategy.save()
    with pytest.raises(ValueError, match="other roots"):
        make([State("b")], 0).load(saved)
    with pytest.raises(ValueError, match="saved by Other"):
        make([State("a")], 0).load({**saved, "strategy": "Other"})


@every_strategy
def test_payloads_of_known_states_survive_loading(make: Maker) -> None:
    first = make([State("a", payload="lost")], 0)
    first.ask(1)
    second = make([State("a", payload="handle")], 0)
    second.load(first.save())
    assert [expansion.state.payload for expansion in second.pending] == ["handle"]


@every_strategy
def test_two_roots_are_both_needed(make: Maker) -> None:
    strategy: Strategy = make([State("a"), State("b")], 0)
    for _ in range(2):
        assert strategy.solution is None
        (expansion,) = strategy.ask(1)
        strategy.tell(expansion, [Outcome(f"by {expansion.state.key}", -0.1, ())], more=False)
    assert [tree.tactic for tree in strategy.solution or ()] == ["by a", "by b"]
