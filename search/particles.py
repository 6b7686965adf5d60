"""Particle-based sampling: sequential Monte Carlo over partial proof scripts.

A population of scripts grows in step, each by one sampled tactic (the proposal); a script's
weight is multiplied by the change of its *potential*, the estimated probability that all it has
left open will be proved, and the population is resampled when few scripts carry all the weight
(Del Moral, Doucet and Jasra, *Sequential Monte Carlo samplers*, 2006; Lew et al., *Sequential
Monte Carlo steering of large language models*, 2023). When all scripts have come to an end, a new
generation starts from the roots, on the ground that the earlier ones have explored.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from search.contracts import State
from search.estimates import all_likely
from search.frontier import Frontier
from search.graph import ProofGraph
from search.nodes import Change
from search.scripts import Sampler, Script, Step
from search.strategy import GraphStrategy


@dataclass(slots=True, eq=False)
class _Particle:
    """A script with the logarithms of its weight and of its potential; ``moved`` in this step."""

    script: Script
    log_weight: float = 0.0
    log_potential: float = 0.0
    moved: bool = False


class Particles(GraphStrategy):
    """Sequential Monte Carlo by ask and tell.

    Args:
        roots: states that must all be proved, or a shared graph.
        population: number of particles.
        length: greatest length of a script.
        temperature: flattens (above 1) or sharpens (below 1) the tactics' probabilities.
        widening: see `search.scripts.Sampler`.
        seed: makes the samples repeat.
    """

    # So many steps over known ground may be sampled before an expandable node is just taken.
    _PATIENCE = 256

    def __init__(
        self, roots: Sequence[State] | ProofGraph, *, population: int = 16, length: int = 64,
        temperature: float = 1.0, widening: float = 1.0, seed: int = 0,
    ) -> None:
        super().__init__(roots, seed=seed)
        self._size = population
        self._sampler = Sampler(self.graph, self._random, temperature, widening, length)
        self._particles: list[_Particle] = []
        self._fallback = Frontier(
            self.graph, lambda n: self.graph.nodes[n].log_prob, self._random)
        self._fallback.push(self.graph.frontier())

    def _select(self) -> int | None:
        steps = 0
        while steps < self._PATIENCE:
            if not self._particles:
                self._particles = [self._fresh() for _ in range(self._size)]
            waits = False
            for particle in self._particles:
                if particle.moved:
                    continue
                steps += 1
                if not self._move(particle):
                    waits = True
                    node = particle.script.waiting
                    if node is not None and self.graph.expandable(node):
                        return node
            if waits:
                return None
            self._resample()
        return self._fallback.pop()

    def _fresh(self) -> _Particle:
        script = self._sampler.start()
        return _Particle(script, log_potential=self._log_potential(script))

    def _move(self, particle: _Particle) -> bool:
        """Take the particle's next step; false if it has to wait for an answer first."""
        step = self._sampler.step(particle.script)
        if step is Step.WAITING:
            return False
        particle.moved = True
        if step is Step.ENDED:
            particle.log_weight = -math.inf
            return True
        potential = self._log_potential(particle.script)
        particle.log_weight += potential - particle.log_potential
        particle.log_potential = potential
        return True

    def _log_potential(self, script: Script) -> float:
        likely = all_likely(self.graph.nodes, script.open)
        return math.log(likely) if likely > 0 else -math.inf

    def _resample(self) -> None:
        """Begin the next step; with a new population if the weights have become too uneven."""
        greatest = max(particle.log_weight for particle in self._particles)
        if greatest == -math.inf:
            self._particles = []
            return
        weights = [math.exp(p.log_weight - greatest) for p in self._particles]
        total = sum(weights)
        effective = total * total / sum(weight * weight for weight in weights)
        if effective < self._size / 2:
            self._particles = [
                _Particle(p.script.copy(), 0.0, p.log_potential)
                for p in self._systematic(weights, total)]
        for particle in self._particles:
            # Dead particles of a population that is still even enough rest until resampling.
            particle.moved = particle.log_weight == -math.inf

    def _systematic(self, weights: list[float], total: float) -> list[_Particle]:
        """Systematic resampling: each particle as often as its weight, give or take one."""
        gap = total / self._size
        point = self._random.random() * gap
        chosen: list[_Particle] = []
        index, cumulative = 0, weights[0]
        for _ in range(self._size):
            while cumulative < point and index + 1 < len(weights):
                index += 1
                cumulative += weights[index]
            chosen.append(self._particles[index])
            point += gap
        return chosen

    def observe(self, change: Change) -> None:
        self._fallback.push(change.ready)

    def _save(self) -> dict[str, Any]:
        def save(number: float) -> float | None:
            return None if number == -math.inf else number

        return {
            "particles": [
                [list(p.script.open), p.script.length, p.script.waiting, save(p.log_weight),
                 save(p.log_potential), p.moved] for p in self._particles],
            "fallback": self._fallback.save(),
        }

    def _load(self, saved: dict[str, Any]) -> None:
        def load(number: float | None) -> float:
            return -math.inf if number is None else number

        self._particles = [
            _Particle(Script(list(opened), length, waiting), load(weight), load(potential), moved)
            for opened, length, waiting, weight, potential, moved in saved["particles"]]
        self._fallback.load(saved["fallback"])
