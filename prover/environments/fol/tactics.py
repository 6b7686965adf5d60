"""The tactics by their kind: one function applies any single one to a sequent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prover.environments.fol import tactic_syntax as syntax
from prover.environments.fol import tactics_equality as equality
from prover.environments.fol import tactics_structure as structure
from prover.environments.fol.sequent import Sequent
from prover.environments.fol.tactic_context import Applied, TacticContext, TacticError
from prover.environments.fol.tactics_forward import forward
from prover.environments.fol.tactics_prover import auto

_Rule = Callable[[Sequent, Any, TacticContext], Applied]

_RULES: dict[type, _Rule] = {
    syntax.Intro: structure.intro,
    syntax.Intros: structure.intros,
    syntax.Constructor: structure.constructor,
    syntax.Left: structure.side,
    syntax.Right: structure.side,
    syntax.Exists: structure.exists,
    syntax.Cases: structure.cases,
    syntax.Specialize: structure.specialize,
    syntax.Refine: structure.refine,
    syntax.Have: structure.have,
    syntax.Show: structure.show_target,
    syntax.ByCases: structure.by_cases,
    syntax.ByContra: structure.by_contra,
    syntax.Rewrite: equality.rewrite,
    syntax.Symm: equality.symm,
    syntax.Subst: equality.subst,
    syntax.Clear: structure.clear,
    syntax.Revert: structure.revert,
    syntax.Forward: forward,
    syntax.Auto: auto,
}

_SIMPLE: dict[str, _Rule] = {
    "rfl": equality.rfl,
    "contradiction": structure.contradiction,
    "exfalso": structure.exfalso,
    "assumption": structure.assumption,
    "trivial": structure.trivial,
}


def apply_step(sequent: Sequent, step: syntax.Step, context: TacticContext) -> Applied:
    """Apply one tactic; raises `TacticError` when it does not apply."""
    rule = _SIMPLE[step.keyword] if isinstance(step, syntax.Simple) else _RULES[type(step)]
    try:
        return rule(sequent, step, context)
    except RecursionError:
        raise TacticError("a formula is nested too deeply for this tactic") from None
