"""Adaptive branching Monte-Carlo tree search, by the library `treequest`.

AB-MCTS (Inoue et al., *Wider or deeper? Scaling LLM inference-time compute with adaptive
branching tree search*, 2025) decides at every node of its tree by Thompson sampling whether to
generate another child there (wider) or to go on from one of the children (deeper).

A node of that tree stands for a tactic application, the top for the theorem: for a group of
states that must all be proved. Going wider there means to try further tactics on one of them,
and each tactic that applies becomes a child, scored by the estimated probability that what it
leaves will be proved.
"""

from __future__ import annotations

import importlib
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from search.contracts import State
from search.estimates import all_likely
from search.frontier import Frontier
from search.graph import ProofGraph
from search.nodes import Change
from search.strategy import GraphStrategy

_WIDER = "wider"  # the only action: one generator, as far as treequest knows


class MissingTreequestError(ImportError):
    """The optional package treequest is not installed."""

    def __init__(self) -> None:
        super().__init__("AB-MCTS needs the optional package treequest")
        self.remedy = "pip install 'lemma-prover[search]'"


@dataclass(frozen=True)
class _Treequest:
    """What is used of treequest; the package is optional, so nothing of it is typed here."""

    algorithm: Any
    node: Any
    sampler: Any


def require_treequest() -> None:
    """Make sure that AB-MCTS can run, at the price of importing what it needs.

    Raises:
        MissingTreequestError: the package treequest is not installed.
    """
    _treequest()


def _treequest() -> _Treequest:
    try:
        return _Treequest(
            importlib.import_module("treequest").ABMCTSA,
            importlib.import_module("treequest.algos.tree").Node,
            importlib.import_module("treequest.algos.ab_mcts_a.prob_state").NodeProbState)
    except ImportError as problem:
        raise MissingTreequestError from problem


class _Tree:
    """treequest's tree, but found by index: the original sorts all nodes for every look-up."""

    def __init__(self, node: Any) -> None:
        self._make = node
        self.root = node()
        self.nodes = [self.root]

    def get_node(self, index: int) -> Any:
        """The node with treequest's ``expand_idx``, which is -1 for the root."""
        return self.nodes[index + 1]

    def add_node(self, result: tuple[int, float], parent: Any, trial_id: str | None = None) -> Any:
        """A new child of ``parent`` for an edge of the proof graph and its score."""
        node = self._make(state=result[0], score=result[1], parent=parent,
                          expand_idx=len(self.nodes) - 1, trial_id=trial_id)
        parent.children.append(node)
        self.nodes.append(node)
        return node


@dataclass(slots=True)
class _Beta:
    """treequest's beta distribution with Jeffreys' prior, but drawn from a generator of our own:
    the original draws from numpy's global one, which no seed of ours may touch."""

    random: random.Random
    a: float = 0.5
    b: float = 0.5

    def tell_observation(self, score: float) -> None:
        """Update by a score from 0 to 1."""
        self.a += score
        self.b += 1 - score

    def draw_sample(self) -> float:
        """A sample from the posterior."""
        return self.random.betavariate(self.a, self.b)


class _Samplers:
    """The Thompson samplers of the tree nodes, by index; they choose between wider and deeper."""

    def __init__(self, sampler: Any, generator: random.Random) -> None:
        self._make, self._random = sampler, generator
        self.states: dict[int, Any] = {}

    def get(self, node: Any) -> Any:
        """The sampler of a node that has one, else ``None``."""
        return self.states.get(node.expand_idx)

    def get_or_create(self, node: Any, actions: list[str]) -> Any:
        """The sampler of a node, a new one at its first visit."""
        known = self.get(node)
        if known is None:
            known = self._make(actions, model_selection_strategy="multiarm_bandit_thompson")
            known.gen_vs_cont_probas = {
                "shared": {"GEN": _Beta(self._random), "CONT": _Beta(self._random)}}
            known.action_probas = {action: _Beta(self._random) for action in actions}
            known.node_probas = {"shared": defaultdict(partial(_Beta, self._random))}
            self.states[node.expand_idx] = known
        return known


class AdaptiveBranching(GraphStrategy):
    """AB-MCTS by ask and tell.

    Args:
        roots: states that must all be proved, or a shared graph.
        seed: makes Thompson sampling repeat.

    Raises:
        MissingTreequestError: the package treequest is not installed.
    """

    # Thompson sampling may go to places where nothing is left to try; each such choice is
    # scored 0, and after so many in a row the most probable expandable node is taken.
    _ATTEMPTS = 8

    def __init__(self, roots: Sequence[State] | ProofGraph, *, seed: int = 0) -> None:
        super().__init__(roots, seed=seed)
        self._treequest = _treequest()
        self._algorithm = self._treequest.algorithm(dist_type="beta")
        self._plant()
        for edge in self.graph.edges:
            self._home.setdefault(edge.source, -1)
        self._fallback = Frontier(
            self.graph, lambda n: self.graph.nodes[n].log_prob, self._random)
        self._fallback.push(self.graph.frontier())

    def _plant(self) -> None:
        """An empty tree. ``_home`` maps states to the tree node under which theirs will stand."""
        self._state = self._algorithm.init_tree()
        self._state.tree = _Tree(self._treequest.node)
        self._state.thompson_states = _Samplers(self._treequest.sampler, self._random)
        self._home = dict.fromkeys(self.graph.roots, -1)

    # -- selection ---------------------------------------------------------------------------

    def _select(self) -> int | None:
        for _ in range(self._ATTEMPTS):
            place = self._place()
            number = self._open_state(place)
            if number is not None:
                return number
            if not any(self.graph.nodes[n].pending for n in self._group(place)):
                self._reward_nothing(place)
        return self._fallback.pop()

    def _place(self) -> Any:
        """The tree node at which treequest wants another child."""
        self._state, (trial,) = self._algorithm.ask_batch(self._state, 1, [_WIDER])
        # An answer brings any number of children, so trials are made when it comes.
        self._state.trial_store.running_trials.pop(trial.trial_id)
        return self._state.tree.get_node(trial.node_to_expand)

    def _open_state(self, place: Any) -> int | None:
        """The least promising expandable state of the group: it decides about the others."""
        return min((n for n in self._group(place) if self.graph.expandable(n)),
                   key=lambda n: all_likely(self.graph.nodes, (n,)), default=None)

    def _group(self, place: Any) -> tuple[int, ...]:
        """The states for which a tree node stands."""
        return self.graph.roots if place.parent is None else self.graph.edges[place.state].children

    def _reward_nothing(self, place: Any) -> None:
        """Tell the samplers on the way to ``place`` that going wider there brought nothing."""
        samplers = self._state.thompson_states
        samplers.get_or_create(place, [_WIDER]).update_action_reward(action=_WIDER, reward=0.0)
        while place.parent is not None:
            samplers.get(place.parent).update_node_reward(place, 0.0)
            place = place.parent

    # -- answers -----------------------------------------------------------------------------

    def observe(self, change: Change) -> None:
        self._fallback.push(change.ready)
        place = self._state.tree.get_node(self._home.get(change.source, -1))
        if not change.edges:
            self._reward_nothing(place)
        for edge in change.edges:
            self._state.thompson_states.get_or_create(place, [_WIDER])
            trial = self._state.trial_store.create_trial(place, _WIDER)
            score = all_likely(self.graph.nodes, edge.children)
            self._state = self._algorithm.tell(self._state, trial.trial_id, (edge.number, score))
            for child in edge.children:
                self._home.setdefault(child, len(self._state.tree.nodes) - 2)
        self._state.trial_store.finished_trials.clear()  # else they pile up, unused

    # -- saving ------------------------------------------------------------------------------

    def _save(self) -> dict[str, Any]:
        return {
            "tree": [[node.parent.expand_idx, node.state, node.score]
                     for node in self._state.tree.nodes[1:]],
            "samplers": [[index, *_save_sampler(sampler)]
                         for index, sampler in self._state.thompson_states.states.items()],
            "home": list(self._home.items()),
            "fallback": self._fallback.save(),
        }

    def _load(self, saved: dict[str, Any]) -> None:
        self._plant()
        tree = self._state.tree
        for parent, edge, score in saved["tree"]:
            tree.add_node((edge, score), tree.get_node(parent))
        for index, *sampler in saved["samplers"]:
            node = tree.get_node(index)
            _load_sampler(
                self._state.thompson_states.get_or_create(node, [_WIDER]), node, *sampler)
        self._state.all_rewards_store[_WIDER] = [node.score for node in tree.nodes[1:]]
        self._home = dict(saved["home"])
        self._fallback.load(saved["fallback"])


def _save_sampler(sampler: Any) -> list[list[list[float]]]:
    """The distributions of one tree node: wider or deeper, the action, the children."""
    return [[[beta.a, beta.b] for beta in group]
            for group in (_choices(sampler), sampler.node_probas["shared"].values())]


def _load_sampler(
    sampler: Any, node: Any, choices: list[list[float]], children: list[list[float]]
) -> None:
    for beta, (a, b) in zip(_choices(sampler), choices, strict=True):
        beta.a, beta.b = a, b
    for index, (a, b) in enumerate(children):
        beta = sampler.node_probas["shared"][index]
        beta.a, beta.b = a, b
    sampler.child_node_to_action = {child.expand_idx: _WIDER for child in node.children}


def _choices(sampler: Any) -> list[_Beta]:
    wider_or_deeper = sampler.gen_vs_cont_probas["shared"]
    return [wider_or_deeper["GEN"], wider_or_deeper["CONT"], sampler.action_probas[_WIDER]]
