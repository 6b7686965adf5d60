"""The proof graph against brute force, on random AND/OR graphs with sharing and cycles."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from search.best_first import BestFirst
from search.contracts import Outcome, ProofTree, State
from search.graph import ProofGraph, Status

Rules = dict[int, list[tuple[int, ...]]]


@st.composite
def and_or_graphs(draw: st.DrawFn) -> Rules:
    """For each of a few states the child tuples of its tactics."""
    size = draw(st.integers(1, 9))
    child = st.integers(0, size - 1)
    tactics = st.lists(st.lists(child, max_size=3).map(tuple), max_size=3)
    return {number: draw(tactics) for number in range(size)}


def provable(rules: Rules) -> set[int]:
    """The least fixpoint: what has a well-founded proof."""
    known: set[int] = set()
    while True:
        more = {n for n, edges in rules.items() if any(set(e) <= known for e in edges)}
        if more == known:
            return known
        known = more


def outcomes(rules: Rules, number: int) -> list[Outcome]:
    return [Outcome(f"t{i}", -1.0, tuple(State(c) for c in children))
            for i, children in enumerate(rules[number])]


def run(rules: Rules, strategy: BestFirst, width: int) -> list[int]:
    """Drive a strategy until it stops; the states in the order of their expansion."""
    order: list[int] = []
    while strategy.solution is None:
        asked = strategy.ask(width)
        if not asked:
            break
        for expansion in asked:
            number = expansion.state.key
            assert isinstance(number, int)
            order.append(number)
            strategy.tell(expansion, outcomes(rules, number), more=False)
    return order


def is_proof(tree: ProofTree, number: int, rules: Rules) -> bool:
    children = rules[number][int(tree.tactic[1:])]
    return len(children) == len(tree.children) and all(
        is_proof(sub, child, rules) for sub, child in zip(tree.children, children, strict=True))


@given(and_or_graphs(), st.integers(1, 3), st.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_search_finds_a_proof_exactly_when_one_exists(rules: Rules, width: int, seed: int) -> None:
    strategy = BestFirst([State(0)], seed=seed)
    run(rules, strategy, width)
    if 0 in provable(rules):
        assert strategy.solution is not None
        assert is_proof(strategy.solution[0], 0, rules)
    else:
        assert strategy.solution is None
        assert strategy.exhausted


@given(and_or_graphs(), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_the_same_seed_gives_the_same_search(rules: Rules, seed: int) -> None:
    first, second = (run(rules, BestFirst([State(0)], seed=seed), 2) for _ in range(2))
    assert first == second


@given(and_or_graphs())
@settings(max_examples=200, deadline=None)
def test_statuses_agree_with_brute_force(rules: Rules) -> None:
    """PROVED is exactly the least fixpoint; FAILED never contradicts it."""
    graph = ProofGraph([State(0)])
    done: set[int] = set()
    while len(done) < len(graph):
        node = next(n for n in graph.nodes if n.number not in done)
        done.add(node.number)
        assert isinstance(node.state.key, int)
        graph.add(node.number, outcomes(rules, node.state.key))
        graph.mark_complete(node.number)
    truth = provable(rules)
    for node in graph.nodes:
        assert (node.status is Status.PROVED) == (node.state.key in truth)


def test_a_failed_tactic_is_remembered_with_its_message() -> None:
    graph = ProofGraph([State("goal")])
    graph.add(0, [Outcome("omega", -1.0, None, "no arithmetic here")])
    assert graph.nodes[0].failed == {"omega": "no arithmetic here"}


def test_two_roots_are_both_needed() -> None:
    strategy = BestFirst([State("a"), State("b")])
    first, second = sorted(strategy.ask(2), key=lambda e: str(e.state.key))
    strategy.tell(first, [Outcome("rfl", -0.1, ())], more=False)
    assert strategy.solution is None
    strategy.tell(second, [Outcome("simp", -0.1, ())], more=False)
    assert strategy.solution == (ProofTree("rfl"), ProofTree("simp"))


def test_length_normalisation_lets_a_deep_path_compete() -> None:
    """With equal log-probability a step, the plain sum prefers the shallow alternative."""
    def first_choice(alpha: float) -> object:
        strategy = BestFirst([State("root")], alpha=alpha, size_weight=0.0)
        (root,) = strategy.ask(1)
        strategy.tell(root, [Outcome("deep", -1.0, (State("d1"),)),
                             Outcome("wide", -1.5, (State("w1"),))], more=False)
        (deep,) = strategy.ask(1)
        strategy.tell(deep, [Outcome("deeper", -1.0, (State("d2"),))], more=False)
        return strategy.ask(1)[0].state.key
    assert first_choice(0.0) == "w1"
    assert first_choice(1.0) == "d2"


def test_later_rounds_come_after_better_states() -> None:
    strategy = BestFirst([State("root")])
    (root,) = strategy.ask(1)
    strategy.tell(root, [Outcome("intro", -0.1, (State("child"),))], more=True)
    assert [e.state.key for e in strategy.ask(2)] == ["child", "root"]
