"""The symbolic planner: general mathematics that splits goals, as rules without a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prover.contracts import Goal, Theorem
from prover.generators.goal_view import GoalView
from prover.planning.contracts import Sketch
from prover.planning.divisibility import DIVISIBILITY
from prover.planning.enumeration import ENUMERATION
from prover.planning.equations import EQUATIONS
from prover.planning.inequalities import INEQUALITIES
from prover.planning.modular import MODULAR
from prover.planning.monotone import MONOTONE
from prover.planning.structure import STRUCTURE
from retrieval.contracts import Premise

PlanRule = Callable[[GoalView], Iterator[tuple[str, float]]]

RULES: tuple[PlanRule, ...] = (
    *MODULAR, *DIVISIBILITY, *EQUATIONS, *INEQUALITIES, *MONOTONE, *ENUMERATION, *STRUCTURE)


class SymbolicPlanner:
    """Sketches that rules derive from a goal's shape. Deterministic."""

    name = "plans"

    def __init__(self, rules: Sequence[PlanRule] = RULES) -> None:
        self._rules = tuple(rules)

    def propose(
        self, goal: Goal, premises: Sequence[Premise] = (), theorem: Theorem | None = None
    ) -> list[Sketch]:
        """The sketches of all rules, best first; the theorem plays no part."""
        del theorem
        view = GoalView(goal, premises)
        best: dict[str, Sketch] = {}
        for rule in self._rules:
            for text, log_prob in rule(view):
                known = best.get(text)
                if known is None or known.log_prob < log_prob:
                    best[text] = Sketch(text, rule.__name__, log_prob)
        return sorted(best.values(), key=lambda sketch: -sketch.log_prob)
