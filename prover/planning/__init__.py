"""Planning: steps that split a goal into easier ones, see `prover.planning.contracts`."""

from prover.planning.contracts import Planner, Sketch, SketchModel
from prover.planning.generator import PlanningGenerator
from prover.planning.language_model import LanguageModelPlanner
from prover.planning.symbolic import SymbolicPlanner

__all__ = ["LanguageModelPlanner", "Planner", "PlanningGenerator", "Sketch", "SketchModel",
           "SymbolicPlanner"]
