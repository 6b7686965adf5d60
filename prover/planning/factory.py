"""From ``--planner SPEC`` to a generator with that planner beside it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable

from prover.contracts import InputError, TacticGenerator
from prover.generators.spec import parse_spec
from prover.planning.contracts import Planner, SketchModel
from prover.planning.generator import PlanningGenerator
from prover.planning.language_model import LanguageModelPlanner
from prover.planning.symbolic import SymbolicPlanner

HELP = ("Who splits goals into easier ones: symbolic (rules), none, hf:PATH_OR_ID or "
        "openai:MODEL@URL (a language model that writes sketches, beside the rules).")
_DEPTH = 2  # deeper than this a language model is not asked: it takes seconds each time

Notify = Callable[[str], None]


def with_rules(planner: str, base: TacticGenerator) -> TacticGenerator:
    """``base`` with the symbolic planner beside it, unless no planner is wanted."""
    return base if planner == "none" else PlanningGenerator(base, SymbolicPlanner())


def with_model(planner: Planner | None, base: TacticGenerator) -> TacticGenerator:
    """``base`` with a language model's sketches beside it, if there is a model."""
    return base if planner is None else PlanningGenerator(base, planner, max_depth=_DEPTH)


def model_planner(
    planner: str, notify: Notify | None = None, *, strict: bool = False,
    open_model: Callable[[str], SketchModel] | None = None,
) -> Planner | None:
    """The language model that ``planner`` names, if it names one; nothing is loaded yet.

    Args:
        strict: an error of the model is an error of the search; it is not gone on without it.
        open_model: makes the model of a name; without it, it is one of this process.

    Raises:
        InputError: there is no such planner, or an option is unknown.
    """
    if planner in ("symbolic", "none"):
        return None
    model = (open_model or sketch_model)(planner)
    if strict:
        return LanguageModelPlanner(model)
    from prover.planning.models import Patient  # late: not needed without a model

    return LanguageModelPlanner(
        Patient(model, notify or (lambda line: warnings.warn(line, stacklevel=2))))


def sketch_model(planner: str) -> SketchModel:
    """The language model that ``planner`` names; nothing is loaded yet.

    Raises:
        InputError: there is no such planner, or an option is unknown.
    """
    if not planner.startswith(("hf:", "openai:")):
        raise InputError(f"unknown planner {planner!r}",
                         remedy="choose one of symbolic, none, hf:PATH_OR_ID, openai:MODEL@URL")
    from prover.planning import models  # late: not needed without a model

    spec = parse_spec(planner)
    options = models.sketch_options(spec.options, planner)
    if spec.kind == "hf":
        return models.HuggingFaceSketches(spec.target, options)
    return models.OpenAISketches(spec.target, spec.url, options, os.environ)
