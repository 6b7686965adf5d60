"""Proof graphs for other tools."""

from __future__ import annotations

import json
from pathlib import Path

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from search.best_first import BestFirst
from search.contracts import Outcome, State
from search.export import to_networkx, write_graphml
from search.nodes import Status
from search.saved import save_graph
from tests.search.worlds import Driver, World, roots, worlds


@given(worlds(), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_all_states_and_tactics_are_exported(world: World, seed: int) -> None:
    strategy = BestFirst(roots(1), seed=seed)
    Driver(world, width=2, seed=seed).run(strategy)
    graph, exported = strategy.graph, to_networkx(strategy.graph)
    assert len(exported) == len(graph) + len(graph.edges)
    for node in graph.nodes:
        attributes = exported.nodes[f"s{node.number}"]
        assert attributes["status"] == node.status.value
        assert ("distance" in attributes) == (node.status is Status.PROVED)
        assert set(exported.successors(f"s{node.number}")) == {f"t{e.number}" for e in node.edges}
    for edge in graph.edges:
        assert set(exported.successors(f"t{edge.number}")) == {f"s{n}" for n in edge.children}


def test_graphml_can_be_read_back(tmp_path: Path) -> None:
    strategy = BestFirst([State(("⊢ p ∧ <q>\x00", 1))])
    (root,) = strategy.ask(1)
    strategy.tell(root, [Outcome("omega", -0.5, None, "no"), Outcome("trivial", -1.0, ())],
                  more=False)
    path = tmp_path / "proof.graphml"
    write_graphml(strategy.graph, path)
    read = networkx.read_graphml(path)
    assert read.nodes["s0"]["text"] == str(("⊢ p ∧ <q>\x00", 1))
    assert read.nodes["s0"]["status"] == "proved"
    assert read.nodes["s0"]["distance"] == "1"
    assert read.nodes["s0"]["failed_tactics"] == 1
    assert read.nodes["t0"] == {"kind": "tactic", "text": "trivial", "log_prob": -1.0,
                                "in_proof": True}
    assert list(read.edges) == [("s0", "t0")]


def test_control_characters_do_not_spoil_graphml(tmp_path: Path) -> None:
    strategy = BestFirst([State("a\x00b\x1fc")])
    write_graphml(strategy.graph, tmp_path / "g.graphml")
    assert networkx.read_graphml(tmp_path / "g.graphml").nodes["s0"]["text"] == "a\ufffdb\ufffdc"


def test_a_saved_graph_is_plain_json() -> None:
    strategy = BestFirst([State("root")])
    (root,) = strategy.ask(1)
    strategy.tell(root, [Outcome("split", -1.0, (State("a"), State("b")))], more=True)
    saved = save_graph(strategy.graph)
    assert json.loads(json.dumps(saved, allow_nan=False)) == saved
