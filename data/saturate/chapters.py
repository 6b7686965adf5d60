"""Chapters: a theory under some of its hypotheses, saturated, with its interesting theorems."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from data.saturate.graph import StatementGraph, statement_graph
from data.saturate.interest import Rating, interesting, rate
from data.saturate.judging import Proved, judge
from data.saturate.saturation import STRATEGIES, Work, saturate
from data.saturate.statements import Statement
from data.saturate.theories import Theory

MAX_HYPOTHESES = 2


@dataclass(frozen=True)
class Chapter:
    """``theorems`` are the numbers of the interesting statements of ``graph``, best first."""

    theory: Theory
    graph: StatementGraph
    ratings: dict[int, Rating]
    theorems: tuple[int, ...]
    _confirmed: dict[int, str | None] = field(default_factory=dict, repr=False)

    def statements(self, numbers: Sequence[int]) -> list[Statement]:
        """The statements with these numbers."""
        return [self.graph.statements[n] for n in numbers]

    def premises(self, number: int, depth: int) -> list[int]:
        """Statements from which ``number`` is ``depth`` inferences away (fewer where there are no
        more): its parents, with the last derived of them replaced by its own parents, and so on."""
        front = set(self.graph.parents[number])
        for _ in range(depth - 1):
            derived = [n for n in front if not self.graph.is_axiom(n)]
            if not derived:
                break
            last = max(derived)
            front = front - {last} | set(self.graph.parents[last])
        return sorted(front)

    def confirmation(self, number: int) -> str | None:
        """Who, other than E, proved the statement from its parents; None if nobody."""
        if number not in self._confirmed:
            above = [s.formula for s in self.statements(self.graph.parents[number])]
            judged = judge(above, self.graph.statements[number].formula, refute=False)
            self._confirmed[number] = judged.prover if isinstance(judged, Proved) else None
        return self._confirmed[number]


def draw_chapter(rng: random.Random, theory: Theory, work: Work, share: float) -> Chapter:
    """A chapter of ``theory`` under hypotheses drawn from its own, with the most interesting
    ``share`` of its statements."""
    names = [f.name for f in theory.hypotheses]
    drawn = rng.sample(names, rng.randint(0, min(MAX_HYPOTHESES, len(names))))
    problem = theory.problem(frozenset(drawn))
    graph = statement_graph(saturate(problem, rng.choice(STRATEGIES), work))
    ratings = rate(graph)
    return Chapter(theory, graph, ratings, tuple(interesting(ratings, share)))
