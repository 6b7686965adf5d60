"""Repeated sampling of whole scripts, each from the roots to its end.

The baseline of whole-proof generation (as in pass@k evaluations since Chen et al., *Evaluating
large language models trained on code*, 2021): tactics are sampled by their probabilities until a
script proves everything, fails or grows too long; then the next one starts. Unlike there, a
script is never sampled into a tactic that is known not to apply, and what earlier scripts proved
on their way counts for later ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from search.contracts import State
from search.frontier import Frontier
from search.graph import ProofGraph
from search.nodes import Change
from search.scripts import Sampler, Script, Step
from search.strategy import GraphStrategy


class Rollouts(GraphStrategy):
    """Repeated sampling by ask and tell.

    Args:
        roots: states that must all be proved, or a shared graph.
        parallel: greatest number of scripts under way.
        length: greatest length of a script.
        temperature: above 1 flattens the tactics' probabilities, below 1 sharpens them.
        widening: see `search.scripts.Sampler`.
        seed: makes the samples repeat.
    """

    # So many steps over known ground may be sampled before an expandable node is just taken.
    _PATIENCE = 256

    def __init__(
        self, roots: Sequence[State] | ProofGraph, *, parallel: int = 16, length: int = 64,
        temperature: float = 1.0, widening: float = 1.0, seed: int = 0,
    ) -> None:
        super().__init__(roots, seed=seed)
        self._parallel = parallel
        self._sampler = Sampler(self.graph, self._random, temperature, widening, length)
        self._scripts: list[Script] = []
        self._fallback = Frontier(
            self.graph, lambda n: self.graph.nodes[n].log_prob, self._random)
        self._fallback.push(self.graph.frontier())

    def _select(self) -> int | None:
        position = 0
        for _ in range(self._PATIENCE):
            if position == self._parallel:
                return None  # every script waits for an answer
            if position == len(self._scripts):
                self._scripts.append(self._sampler.start())
            script = self._scripts[position]
            step = self._sampler.step(script)
            if step is Step.ENDED:
                del self._scripts[position]
            elif step is Step.WAITING:
                if script.waiting is not None and self.graph.expandable(script.waiting):
                    return script.waiting
                position += 1
        return self._fallback.pop()

    def observe(self, change: Change) -> None:
        self._fallback.push(change.ready)

    def _save(self) -> dict[str, Any]:
        return {"scripts": [[list(s.open), s.length, s.waiting] for s in self._scripts],
                "fallback": self._fallback.save()}

    def _load(self, saved: dict[str, Any]) -> None:
        self._scripts = [Script(list(o), length, w) for o, length, w in saved["scripts"]]
        self._fallback.load(saved["fallback"])
