"""The proof graph for other tools: networkx and GraphML (Gephi, yEd, Cytoscape).

States become nodes ``s0, s1, …`` and tactic applications nodes ``t0, t1, …``, so that the AND
is visible: a state points to the tactics that were applied to it, a tactic to the states that it
left. JSON is `ProofGraph`'s own form: `search.saved`.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import networkx

from search.graph import ProofGraph

# XML 1.0 has no way to write these, not even escaped.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_networkx(graph: ProofGraph) -> networkx.DiGraph:
    """The graph with attributes.

    States have ``kind`` ("state"), ``text``, ``status``, ``depth``, ``log_prob``, ``rounds``,
    ``failed_tactics`` (a count), ``root``, and ``distance`` if proved; tactics have ``kind``
    ("tactic"), ``text``, ``log_prob``, and ``in_proof``: whether the smallest known proof of their
    state begins with them. Edges from tactics have ``goal``, the position of the state.
    """
    result = networkx.DiGraph()
    for node in graph.nodes:
        attributes = {
            "kind": "state", "text": str(node.state.key), "status": node.status.value,
            "depth": node.depth, "log_prob": node.log_prob, "rounds": node.rounds,
            "failed_tactics": len(node.failed), "root": node.number in graph.roots,
        }
        if not math.isinf(node.distance):
            attributes["distance"] = int(node.distance)
        result.add_node(f"s{node.number}", **attributes)
    for edge in graph.edges:
        proof = graph.nodes[edge.source].proof
        result.add_node(f"t{edge.number}", kind="tactic", text=edge.tactic,
                        log_prob=edge.log_prob, in_proof=proof is edge)
        result.add_edge(f"s{edge.source}", f"t{edge.number}")
        for goal, child in enumerate(edge.children):
            result.add_edge(f"t{edge.number}", f"s{child}", goal=goal)
    return result


def write_graphml(graph: ProofGraph, path: Path) -> None:
    """Write the graph as GraphML. Control characters, which XML lacks, become ``\\ufffd``."""
    result = to_networkx(graph)
    for _, attributes in result.nodes(data=True):
        attributes["text"] = _NOT_IN_XML.sub("\ufffd", attributes["text"])
        if "distance" in attributes:
            attributes["distance"] = str(attributes["distance"])  # may exceed 64 bits
    networkx.write_graphml(result, path)
