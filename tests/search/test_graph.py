"""The proof graph against brute force, on random AND/OR graphs with sharing and cycles."""

from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.contracts import Outcome, ProofTree, State
from search.graph import MESSAGE_LIMIT, ProofGraph
from search.nodes import Change, Status
from search.saved import load_graph, save_graph
from tests.search.worlds import (
    Edges,
    World,
    dense_world,
    distances,
    is_proof,
    least_fixpoint,
    record,
    roots,
    worlds,
)


def edges_of(graph: ProofGraph) -> Edges:
    return [(edge.source, edge.children) for edge in graph.edges]


def hopeful(graph: ProofGraph) -> set[int]:
    incomplete = {n.number for n in graph.nodes if not n.complete}
    return least_fixpoint(edges_of(graph), incomplete)


def relevant(graph: ProofGraph) -> set[int]:
    """What live edges reach from the roots."""
    nodes = graph.nodes
    known = {root for root in graph.roots if nodes[root].status is Status.OPEN}
    while True:
        more = known | {
            child for source, children in edges_of(graph) if source in known
            and not any(nodes[c].status is Status.FAILED for c in children)
            for child in children if nodes[child].status is Status.OPEN}
        if more == known:
            return known
        known = more


def best_paths(graph: ProofGraph) -> list[tuple[float, int]]:
    """Greatest log-probability and then least depth of a path to each node."""
    best = [(-math.inf, 0)] * len(graph)
    for root in graph.roots:
        best[root] = (0.0, 0)
    for _ in graph.nodes:
        for edge in graph.edges:
            log_prob, depth = best[edge.source]
            for child in edge.children:
                best[child] = max(best[child], (log_prob + edge.log_prob, depth - 1))
    return [(log_prob, -depth) for log_prob, depth in best]


def check(graph: ProofGraph) -> None:
    """Everything that is kept up to date equals what brute force says."""
    distance = distances(edges_of(graph), len(graph))
    proved, hope, of_use = least_fixpoint(edges_of(graph), ()), hopeful(graph), relevant(graph)
    for node, path in zip(graph.nodes, best_paths(graph), strict=True):
        assert (node.status is Status.PROVED) == (node.number in proved)
        assert (node.status is Status.FAILED) == (node.number not in hope)
        assert node.distance == distance[node.number]
        assert node.relevant == (node.number in of_use)
        assert (node.log_prob, node.depth) == path


def explore(world: World, seed: int, graph: ProofGraph) -> list[Change]:
    """Expand random nodes, whether they matter or not, until all rounds are used up."""
    order, changes = random.Random(seed), []
    while open_ := [n.number for n in graph.nodes if not n.complete]:
        changes.append(record(graph, world, order.choice(open_)))
        check(graph)
    return changes


graphs = st.tuples(worlds(), st.integers(1, 2), st.integers(0, 99))


@given(graphs)
@settings(max_examples=200, deadline=None)
def test_everything_derived_equals_brute_force_after_every_answer(
    case: tuple[World, int, int]
) -> None:
    world, root_count, seed = case
    root_count = min(root_count, len(world))
    graph = ProofGraph(roots(root_count))
    explore(world, seed, graph)
    for node in graph.nodes:
        if node.status is Status.PROVED:
            tree = graph.proof_tree(node.number)
            assert isinstance(node.state.key, int)
            assert is_proof(tree, node.state.key, world)
            assert tree.size() == node.distance


@pytest.mark.parametrize("seed", range(60))
def test_the_same_on_denser_graphs(seed: int) -> None:
    explore(dense_world(seed), seed, ProofGraph(roots(1 + seed % 3)))


@given(graphs)
@settings(max_examples=150, deadline=None)
def test_every_node_that_becomes_expandable_is_reported(case: tuple[World, int, int]) -> None:
    world, root_count, seed = case
    graph = ProofGraph(roots(min(root_count, len(world))))
    order = random.Random(seed)
    known = set(graph.frontier())
    while open_ := [n.number for n in graph.nodes if not n.complete]:
        change = record(graph, world, order.choice(open_))
        frontier = set(graph.frontier())
        # Who queues all that is reported, and forgets what is not expandable, misses nothing.
        assert set(change.ready) <= frontier <= (known - {change.source}) | set(change.ready)
        known = frontier


@given(graphs)
@settings(max_examples=100, deadline=None)
def test_an_unsettled_graph_has_something_to_expand(case: tuple[World, int, int]) -> None:
    world, root_count, seed = case
    graph = ProofGraph(roots(min(root_count, len(world))))
    order = random.Random(seed)
    while not graph.settled:  # raises IndexError if there is nothing
        record(graph, world, order.choice(list(graph.frontier())))


@pytest.mark.parametrize("seed", range(30))
def test_a_saved_graph_is_the_same_graph(seed: int) -> None:
    world, root_count, steps = dense_world(seed), 1 + seed % 3, seed % 12
    graph, order = ProofGraph(roots(root_count)), random.Random(seed)
    for _ in range(steps):
        if open_ := [n.number for n in graph.nodes if not n.complete]:
            record(graph, world, order.choice(open_))
    saved = json.loads(json.dumps(save_graph(graph), allow_nan=False))
    copy = ProofGraph(roots(root_count))
    load_graph(copy, saved)
    assert save_graph(copy) == save_graph(graph)
    first = explore(world, seed, graph)
    second = explore(world, seed, copy)
    assert [c.ready for c in first] == [c.ready for c in second]
    assert save_graph(copy) == save_graph(graph)


def answer(graph: ProofGraph, number: int, *given: Outcome, more: bool = False) -> Change:
    return graph.record(graph.begin(number), given, more=more)


def leaves(tactic: str, *children: str, log_prob: float = -1.0) -> Outcome:
    return Outcome(tactic, log_prob, tuple(State(child) for child in children))


def test_a_failed_tactic_is_remembered_with_the_first_line_of_its_message() -> None:
    graph = ProofGraph([State("goal")])
    long = "x" * (2 * MESSAGE_LIMIT)
    answer(graph, 0, Outcome("omega", -1.0, None, "no arithmetic here\nat all"),
           Outcome("simp", -1.0, None, long), leaves("intro", "new"), more=True)
    assert graph.nodes[0].failed == {"omega": "no arithmetic here", "simp": long[:MESSAGE_LIMIT]}
    assert graph.tried(0) == {"omega", "simp", "intro"}


def test_what_was_tried_before_is_not_taken_in_again() -> None:
    graph = ProofGraph([State("goal")])
    answer(graph, 0, Outcome("omega", -1.0, None), leaves("intro", "new"), more=True)
    answer(graph, 0, Outcome("omega", -1.0, ()), leaves("intro", "other"))
    assert not graph.proved
    assert [edge.tactic for edge in graph.edges] == ["intro"]


def test_a_tactic_that_leads_back_is_a_failure() -> None:
    graph = ProofGraph([State("goal")])
    answer(graph, 0, leaves("rotate", "goal", "other"), more=True)
    assert graph.tried(0) == {"rotate"}
    assert not graph.edges


def test_nodes_whose_only_hope_is_each_other_fail() -> None:
    graph = ProofGraph([State("a")])
    answer(graph, 0, leaves("there", "b"))
    assert graph.nodes[0].status is Status.OPEN
    answer(graph, 1, leaves("back", "a"))
    assert [node.status for node in graph.nodes] == [Status.FAILED, Status.FAILED]
    assert graph.refuted


def test_a_dead_branch_comes_back_to_life_through_a_new_way_in() -> None:
    graph = ProofGraph([State("root")])
    answer(graph, 0, leaves("split", "useful", "hopeless"), leaves("other", "way"))
    useful, hopeless, way = 1, 2, 3
    answer(graph, hopeless)
    assert not graph.expandable(useful)
    change = answer(graph, way, leaves("shortcut", "useful"))
    assert change.ready == [useful]
    assert graph.route(useful) == [(0, "split", 0)]


def test_a_node_on_a_cycle_stays_relevant_by_the_way_that_is_left() -> None:
    graph = ProofGraph([State("root")])
    answer(graph, 0, leaves("split", "m", "bad"), leaves("other", "q"))
    m, bad, q, p = 1, 2, 3, 4
    answer(graph, m, leaves("go", "p"), more=True)
    answer(graph, p, leaves("back", "m"), more=True)
    answer(graph, q, leaves("side", "p"))
    answer(graph, bad)
    assert set(graph.frontier()) == {m, p}  # root, q, p, m: the tactic "split" is dead
    check(graph)


def test_nodes_on_a_cycle_do_not_fail_while_there_is_a_way_out() -> None:
    graph = ProofGraph([State("a")])
    answer(graph, 0, leaves("there", "b"))
    answer(graph, 1, leaves("on", "c"), leaves("back", "a"), leaves("out", "exit"))
    answer(graph, 2, leaves("round", "a"))
    check(graph)
    answer(graph, 3)
    assert graph.refuted


def test_a_path_names_the_goals_on_the_way() -> None:
    graph = ProofGraph([State("root")])
    answer(graph, 0, leaves("split", "left", "right"))
    answer(graph, 2, leaves("intro", "end"))
    assert graph.route(3) == [(0, "split", 1), (2, "intro", 0)]


def test_a_shorter_proof_is_passed_on_upwards() -> None:
    graph = ProofGraph([State("root")])
    answer(graph, 0, leaves("go", "goal"), more=True)
    first = graph.begin(1)
    graph.record(first, [leaves("long", "step")], more=True)
    answer(graph, 2, leaves("done"))
    assert graph.nodes[0].distance == 3
    change = answer(graph, 1, leaves("short"))
    assert change.shortened == [1, 0]
    assert graph.proof_trees() == (ProofTree("go", (ProofTree("short"),)),)


def test_an_answer_nobody_waits_for_is_refused() -> None:
    graph = ProofGraph([State("goal")])
    expansion = graph.begin(0)
    graph.record(expansion, [], more=True)
    with pytest.raises(ValueError, match="round 0 of node 0 is not pending"):
        graph.record(expansion, [], more=True)
    graph.begin(0)
    with pytest.raises(ValueError, match="node 0 is pending"):
        graph.begin(0)


def test_positive_log_probabilities_do_not_run_round_in_circles() -> None:
    graph = ProofGraph([State("a")])
    answer(graph, 0, leaves("there", "b", log_prob=1.0), more=True)
    answer(graph, 1, leaves("back", "a", log_prob=1.0), more=True)
    assert [node.log_prob for node in graph.nodes] == [0.0, 0.0]


def test_very_deep_graphs_need_no_deep_stack() -> None:
    graph = ProofGraph([State(0)])
    for number in range(3000):
        answer(graph, number, Outcome("succ", -0.1, (State(number + 1),)))
    answer(graph, 3000, Outcome("rfl", -0.1, ()))
    (tree,) = graph.proof_trees() or ()
    assert tree.size() == 3001


def test_keys_that_json_cannot_hold_are_refused() -> None:
    with pytest.raises(TypeError, match="cannot be saved"):
        save_graph(ProofGraph([State(frozenset({"goal"}))]))


def test_a_loaded_state_that_is_met_again_gets_its_payload_back() -> None:
    graph = ProofGraph([State("root", payload="r")])
    answer(graph, 0, leaves("go", "a"), leaves("on", "b"))
    copy = ProofGraph([State("root", payload="r")])
    load_graph(copy, save_graph(graph))
    answer(copy, 2, Outcome("turn", -1.0, (State("a", payload="handle"),)))
    assert [node.state.payload for node in copy.nodes] == ["r", "handle", None]


def test_a_graph_is_not_loaded_into_one_of_other_roots() -> None:
    saved = save_graph(ProofGraph([State(("a", 1))]))
    load_graph(ProofGraph([State(("a", 1))]), saved)
    with pytest.raises(ValueError, match="other roots"):
        load_graph(ProofGraph([State(("b", 1))]), saved)
