"""The search strategies by the names that the command line knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prover.contracts import InputError
from search.a_star import AStar
from search.ab_mcts import AdaptiveBranching, MissingTreequestError, require_treequest
from search.beam import Beam
from search.best_first import BestFirst
from search.contracts import State, Strategy
from search.depth_first import DepthFirst
from search.mcts import MonteCarloTreeSearch
from search.multi_perspective import MultiPerspective
from search.particles import Particles
from search.portfolio import Portfolio
from search.rollouts import Rollouts

STRATEGIES: dict[str, Callable[[Sequence[State], int], Strategy]] = {
    "best-first": lambda roots, seed: BestFirst(roots, seed=seed),
    "best-first-plain": lambda roots, seed: BestFirst(
        roots, seed=seed, alpha=0.0, foresight=0.0, widening=2.0, size_weight=0.0),
    "beam": lambda roots, seed: Beam(roots, seed=seed),
    "a-star": lambda roots, seed: AStar(roots, seed=seed),
    "mcts": lambda roots, seed: MonteCarloTreeSearch(roots, seed=seed),
    "ab-mcts": lambda roots, seed: AdaptiveBranching(roots, seed=seed),
    "particles": lambda roots, seed: Particles(roots, seed=seed),
    "rollouts": lambda roots, seed: Rollouts(roots, seed=seed),
    "depth-first": lambda roots, seed: DepthFirst(roots, seed=seed),
    "multi-perspective": lambda roots, seed: MultiPerspective(roots, seed=seed),
    "portfolio": lambda roots, seed: Portfolio(roots, seed=seed),
}


def strategy_factory(name: str, *, seed: int = 0) -> Callable[[Sequence[State]], Strategy]:
    """Makes fresh strategies of the kind called ``name``.

    Raises:
        InputError: there is no such strategy, or a package that it needs is not installed.
    """
    make = STRATEGIES.get(name)
    if make is None:
        raise InputError(f"unknown search strategy {name!r}",
                         remedy="choose one of " + ", ".join(STRATEGIES))
    if name == "ab-mcts":
        try:
            require_treequest()
        except MissingTreequestError as problem:
            raise InputError(str(problem), remedy=problem.remedy) from problem
    return lambda roots: make(roots, seed)
