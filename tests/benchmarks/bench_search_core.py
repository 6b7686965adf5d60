"""What the search itself costs: CPU time a tactic call and bytes a node, for each strategy.

A synthetic theorem without a proof is searched until the graph has 100,000 nodes; the driver
answers at once, so all the time is the strategy's. Each expansion tries 16 tactics, of which 12
fail with a message and 4 apply, leaving one or two states; every tenth state was met before.

    python -m tests.benchmarks.bench_search_core [--nodes N] [--strategy NAME …]

Time and memory are measured in runs of their own, each in a fresh process, because tracing
allocations costs time. The last line of the output is JSON.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import random
import time
import tracemalloc
from collections.abc import Iterator

from prover.strategies import STRATEGIES
from search.contracts import Expansion, Outcome, State, Strategy

TACTICS = tuple(f"tactic_{i} [premise_{i % 7}]" for i in range(64))
FAILING, APPLYING, SHARED = 12, 4, 0.1
Figures = dict[str, float]


class Theorem:
    """An endless proof tree with shared goals, the same for every strategy and seed."""

    def __init__(self) -> None:
        self.states = [State(("⊢ goal 0",), size=200, value=-1.0)]

    def answer(self, expansion: Expansion) -> tuple[list[Outcome], bool]:
        """The outcomes of an expansion, and whether there are further rounds."""
        first, round_ = expansion.state.key, expansion.round
        rng = random.Random(f"{first} {round_}")
        tactics = rng.sample(TACTICS, FAILING + APPLYING)
        failed = [Outcome(tactic, -3.0 * rng.random(), None, f"{tactic} failed\non {first}")
                  for tactic in tactics[:FAILING]]
        applied = [Outcome(tactic, -3.0 * rng.random(), self._children(rng))
                   for tactic in tactics[FAILING:]]
        return failed + applied, round_ < 1

    def _children(self, rng: random.Random) -> tuple[State, ...]:
        return tuple(self._child(rng) for _ in range(rng.choice((1, 1, 1, 2))))

    def _child(self, rng: random.Random) -> State:
        if rng.random() < SHARED:
            return rng.choice(self.states)
        key = (f"⊢ goal {len(self.states)}",)
        self.states.append(State(key, size=rng.randint(20, 400), value=-4.0 * rng.random()))
        return self.states[-1]


def search(strategy: Strategy, theorem: Theorem, nodes: int) -> Iterator[tuple[float, int]]:
    """Drive a strategy; for each turn the CPU seconds inside it and the tactic calls."""
    while len(theorem.states) < nodes:
        start = time.thread_time()
        expansions = strategy.ask(4)
        spent, calls = time.thread_time() - start, 0
        if not expansions:
            raise RuntimeError("the strategy has nothing left to try")
        for expansion in expansions:
            outcomes, more = theorem.answer(expansion)
            start = time.thread_time()
            strategy.tell(expansion, outcomes, more=more)
            spent += time.thread_time() - start
            calls += len(outcomes)
        yield spent, calls


def measure_time(name: str, nodes: int) -> Figures:
    """CPU milliseconds a tactic call over the whole search and over its last tenth."""
    theorem = Theorem()
    strategy = STRATEGIES[name](theorem.states[:1], 0)
    gc.collect()
    gc.freeze()
    turns, late = [], []
    for turn in search(strategy, theorem, nodes):
        turns.append(turn)
        if len(theorem.states) > 0.9 * nodes:
            late.append(turn)
    return {
        "ms_per_tactic_call": _milliseconds(turns),
        "ms_per_tactic_call_last_tenth": _milliseconds(late),
        "longest_turn_ms": 1000 * max(spent for spent, _ in turns),
        "tactic_calls": sum(calls for _, calls in turns),
    }


def _milliseconds(turns: list[tuple[float, int]]) -> float:
    return 1000 * sum(spent for spent, _ in turns) / sum(calls for _, calls in turns)


def measure_memory(name: str, nodes: int) -> Figures:
    """Bytes a node: all that is alive because of the strategy, the driver's own states apart."""
    warm = Theorem()  # loads what is imported late
    for _ in search(STRATEGIES[name](warm.states[:1], 0), warm, 50):
        pass
    theorem = Theorem()
    strategy = STRATEGIES[name](theorem.states[:1], 0)
    tracemalloc.start()
    for _ in search(strategy, theorem, nodes):
        pass
    gc.collect()
    whole, _ = tracemalloc.get_traced_memory()
    del strategy
    gc.collect()
    rest, _ = tracemalloc.get_traced_memory()
    return {"bytes_per_node": (whole - rest) / nodes}


def _isolated(name: str, nodes: int) -> Figures:
    context = multiprocessing.get_context("spawn")
    figures: Figures = {}
    for measure in (measure_time, measure_memory):
        with context.Pool(1) as pool:
            figures |= pool.apply(measure, (name, nodes))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--strategy", action="append", choices=list(STRATEGIES))
    arguments = parser.parse_args()
    report: dict[str, Figures] = {}
    for name in arguments.strategy or STRATEGIES:
        report[name] = _isolated(name, arguments.nodes)
        shown = "  ".join(f"{key} {value:.4g}" for key, value in report[name].items())
        print(f"{name:18} {shown}", flush=True)
    print(json.dumps({"benchmark": "search_core", "nodes": arguments.nodes,
                      "strategies": report}))


if __name__ == "__main__":
    main()
