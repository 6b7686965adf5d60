"""Proof graphs and random generators as values that JSON can hold, and back.

Edges and nodes keep their order, so that a search goes on from a saved graph exactly as it would
have gone on without the interruption.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from search.contracts import State
from search.nodes import NO_FAILURES, Edge, Node, Status

if TYPE_CHECKING:
    from search.graph import ProofGraph

FORMAT = 1


def save_graph(graph: ProofGraph) -> dict[str, Any]:
    """The graph without payloads.

    Raises:
        TypeError: a key is not made of JSON values and tuples.
    """
    return {
        "format": FORMAT,
        "roots": list(graph.roots),
        "nodes": [_save_node(node) for node in graph.nodes],
        "edges": [[e.source, e.tactic, e.log_prob, list(e.children), e.pmi, e.dead]
                  for e in graph.edges],
    }


def load_graph(
    graph: ProofGraph, saved: dict[str, Any], payloads: Callable[[int], object] | None = None
) -> None:
    """Replace the content of ``graph``, which must have the same roots; known payloads stay, and
    ``payloads`` gives those of other nodes.

    Raises:
        ValueError: another format, or other roots.
    """
    if saved["format"] != FORMAT:
        raise ValueError(f"saved graph has format {saved['format']}, expected {FORMAT}")
    known = {node.state.key: node.state.payload for node in graph.nodes}
    keys = [_load_key(node["key"]) for node in saved["nodes"]]
    if [keys[n] for n in saved["roots"]] != [graph.nodes[n].state.key for n in graph.roots]:
        raise ValueError("the saved graph belongs to other roots")
    graph.clear()
    for number, (key, record) in enumerate(zip(keys, saved["nodes"], strict=True)):
        payload = known.get(key)
        if payload is None and payloads is not None:
            payload = payloads(number)
        graph.restore_node(State(key, payload, record["size"], record["value"]))
    for source, tactic, log_prob, children, pmi, dead in saved["edges"]:
        graph.restore_edge(source, tactic, log_prob, tuple(children), pmi, dead)
    for node, record in zip(graph.nodes, saved["nodes"], strict=True):
        _load_node(node, record, graph.edges)


def save_random(generator: random.Random) -> list[Any]:
    """The state of a random generator."""
    version, internal, gauss = generator.getstate()
    return [version, list(internal), gauss]


def load_random(generator: random.Random, saved: list[Any]) -> None:
    """Restore what `save_random` returned."""
    version, internal, gauss = saved
    generator.setstate((version, tuple(internal), gauss))


def _save_node(node: Node) -> dict[str, Any]:
    def number(edge: Edge | None) -> int | None:
        return None if edge is None else edge.number

    return {
        "key": _save_key(node.state.key), "size": node.state.size, "value": node.state.value,
        "log_prob": _save_float(node.log_prob), "depth": node.depth, "pmi": node.pmi,
        "via": number(node.via), "status": node.status.value, "failed": dict(node.failed),
        "rounds": node.rounds, "bound": node.bound,
        "pending": node.pending, "complete": node.complete,
        "distance": _save_float(node.distance), "proof": number(node.proof),
        "support": number(node.support), "anchor": number(node.anchor),
        "relevant": node.relevant,
    }


def _load_node(node: Node, record: dict[str, Any], edges: list[Edge]) -> None:
    def edge(name: str) -> Edge | None:
        return None if record[name] is None else edges[record[name]]

    node.log_prob = _load_float(record["log_prob"], -math.inf)
    node.distance = _load_float(record["distance"], math.inf)
    node.depth, node.pmi, node.status = record["depth"], record["pmi"], Status(record["status"])
    node.failed = dict(record["failed"]) or NO_FAILURES
    node.rounds, node.bound, node.pending = record["rounds"], record["bound"], record["pending"]
    node.complete, node.relevant = record["complete"], record["relevant"]
    node.via, node.proof = edge("via"), edge("proof")
    node.support, node.anchor = edge("support"), edge("anchor")


def _save_float(value: float) -> float | None:
    return None if math.isinf(value) else value  # JSON has no infinity


def _load_float(value: float | None, infinite: float) -> float:
    return infinite if value is None else value


def _save_key(key: Hashable) -> Any:
    if isinstance(key, tuple):
        return [_save_key(part) for part in key]
    if key is None or isinstance(key, str | int | float | bool):
        return key
    raise TypeError(f"a state's key cannot be saved: {key!r} is no JSON value and no tuple")


def _load_key(saved: Any) -> Hashable:
    return tuple(_load_key(part) for part in saved) if isinstance(saved, list) else saved
