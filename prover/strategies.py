"""The search strategies by the names that the command line knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prover.contracts import InputError
from search.best_first import BestFirst
from search.contracts import State, Strategy

STRATEGIES: dict[str, Callable[[Sequence[State], int], Strategy]] = {
    "best-first": lambda roots, seed: BestFirst(roots, seed=seed),
    "best-first-plain": lambda roots, seed: BestFirst(
        roots, seed=seed, alpha=0.0, size_weight=0.0),
}


def strategy_factory(name: str, *, seed: int = 0) -> Callable[[Sequence[State]], Strategy]:
    """Makes fresh strategies of the kind called ``name``.

    Raises:
        InputError: there is no such strategy.
    """
    make = STRATEGIES.get(name)
    if make is None:
        raise InputError(f"unknown search strategy {name!r}",
                         remedy="choose one of " + ", ".join(STRATEGIES))
    return lambda roots: make(roots, seed)
