"""Random AND/OR worlds for the search to explore, brute force for what is true in them, and a
driver that answers late and in any order."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence

from hypothesis import strategies as st

from search.contracts import Expansion, Outcome, ProofTree, State, Strategy
from search.graph import ProofGraph
from search.nodes import Change

# For each state, for each round, what the tactics leave: children, or None for a failure.
Children = tuple[int, ...] | None
World = dict[int, list[list[Children]]]
Edges = list[tuple[int, tuple[int, ...]]]


@st.composite
def worlds(draw: st.DrawFn, size: int = 9) -> World:
    """A few states that share children and form cycles."""
    count = draw(st.integers(1, size))
    child = st.integers(0, count - 1)
    some = st.lists(child, min_size=1, max_size=3).map(tuple)
    # Few tactics close a goal, so that proofs are not all short and cycles matter.
    tactic = some | some | some | st.just(()) | st.none()
    rounds = st.lists(st.lists(tactic, max_size=3), min_size=1, max_size=2)
    return {number: draw(rounds) for number in range(count)}


def dense_world(seed: int) -> World:
    """A larger world than hypothesis likes to draw; most states lie on several cycles."""
    rng = random.Random(seed)
    size = rng.randint(6, 14)

    def tactic() -> Children:
        if rng.random() < 0.05:
            return rng.choice(((), None))
        return tuple(rng.choices(range(size), k=rng.choice((1, 1, 2, 3))))

    return {number: [[tactic() for _ in range(rng.randint(0, 4))]
                     for _ in range(rng.randint(1, 3))] for number in range(size)}


def outcomes(world: World, number: int, round_: int) -> list[Outcome]:
    """The answer to one expansion; log-probabilities differ from tactic to tactic."""
    tactics = world[number][round_]
    return [
        Outcome(f"t{round_}.{i}", -0.25 * (1 + (number + 2 * i + round_) % 4), None, "no")
        if children is None else
        Outcome(f"t{round_}.{i}", -0.25 * (1 + (number + 2 * i + round_) % 4),
                tuple(state(c) for c in children))
        for i, children in enumerate(tactics)
    ]


def state(number: int) -> State:
    return State(number, size=10 * (number % 3), value=-float(number % 2))


def least_fixpoint(edges: Edges, start: Iterable[int]) -> set[int]:
    """What follows from ``start`` by the edges."""
    known = set(start)
    while True:
        more = known | {source for source, children in edges if set(children) <= known}
        if more == known:
            return known
        known = more


def all_edges(world: World) -> Edges:
    return [(number, children) for number, rounds in world.items() for tactics in rounds
            for children in tactics if children is not None]


def provable(world: World) -> set[int]:
    return least_fixpoint(all_edges(world), ())


def distances(edges: Edges, count: int) -> list[float]:
    """Sizes of smallest proofs, by iteration from infinity (Bellman and Ford)."""
    result = [math.inf] * count
    while True:
        better = list(result)
        for source, children in edges:
            better[source] = min(better[source], 1 + sum(result[c] for c in children))
        if better == result:
            return result
        result = better


def is_proof(tree: ProofTree, number: int, world: World) -> bool:
    round_, index = map(int, tree.tactic[1:].split("."))
    children = world[number][round_][index]
    return children is not None and len(children) == len(tree.children) and all(
        is_proof(sub, child, world) for sub, child in zip(tree.children, children, strict=True))


class Driver:
    """Asks up to ``width`` states at a time and answers some of them, in random order."""

    def __init__(self, world: World, *, width: int, seed: int) -> None:
        self.world, self.width = world, width
        self.random = random.Random(seed)
        self.pending: list[Expansion] = []
        self.trace: list[tuple[int, int]] = []

    def step(self, strategy: Strategy) -> bool:
        """Ask and answer once; false when there is nothing more to do."""
        if strategy.solution is not None:
            return False
        self.pending += strategy.ask(self.width)
        if not self.pending:
            return False
        self.random.shuffle(self.pending)
        for _ in range(self.random.randint(1, len(self.pending))):
            if strategy.solution is None:
                self.answer(strategy, self.pending.pop())
        return True

    def answer(self, strategy: Strategy, expansion: Expansion) -> None:
        number, round_ = expansion.state.key, expansion.round
        assert isinstance(number, int)
        self.trace.append((number, round_))
        answer = outcomes(self.world, number, round_)
        strategy.tell(expansion, answer, more=round_ + 1 < len(self.world[number]))

    def run(self, strategy: Strategy) -> None:
        """Until there is nothing more to do."""
        while self.step(strategy):
            pass


def record(graph: ProofGraph, world: World, number: int) -> Change:
    """Expand one node of a graph."""
    expansion = graph.begin(number)
    key = graph.nodes[number].state.key
    assert isinstance(key, int)
    return graph.record(expansion, outcomes(world, key, expansion.round),
                        more=expansion.round + 1 < len(world[key]))


def roots(count: int) -> Sequence[State]:
    return [state(number) for number in range(count)]
