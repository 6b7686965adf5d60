"""What the commands that search have in common: their options, each said once, and the budget."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from prover.budget import EXAMPLE, Budget, parse_budget
from prover.contracts import InputError
from prover.generators.spec import HELP as GENERATORS
from prover.planning.factory import HELP as PLANNERS
from prover.strategies import STRATEGIES

Timeout = Annotated[float, typer.Option(min=0.1, help="Seconds for each attempt at a theorem.")]
BudgetText = Annotated[str, typer.Option(
    help=f"Limits for each theorem, as in {EXAMPLE}; whichever is met first ends its search.",
    show_default=False)]
Generator = Annotated[str, typer.Option(metavar="SPEC", help=GENERATORS)]
PlannerSpec = Annotated[str, typer.Option(metavar="SPEC", help=PLANNERS)]
Search = Annotated[str, typer.Option(help="Search strategy: " + ", ".join(STRATEGIES) + ".")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same search.")]
PremisesText = Annotated[str, typer.Option(
    metavar="HOW|FOLDER",
    help="Library premises in Lean: auto, off, file (the theorem's file only), lexical or fused "
    "(see lemma index). Or a folder of lemma train retriever: it selects the premises of "
    "first-order problems that have many.")]
LeanProofs = Annotated[bool, typer.Option(
    "--lean", help="Also write first-order proofs as Lean files, judged by Lean's kernel "
    "(into the folder of --out).")]
NoMinimise = Annotated[bool, typer.Option(
    "--no-minimise", help="Leave proofs as the search found them.")]
Project = Annotated[Path | None, typer.Option(
    help="A Lake project whose modules may be imported; needs a native Lean.",
    show_default=False)]
Only = Annotated[list[str] | None, typer.Option(
    help="Prove only the theorem of this name (may be given several times).")]
Reprove = Annotated[bool, typer.Option(
    "--reprove", help="Prove theorems anew that have a proof already.")]


def limits(budget: str, timeout: float, tactics: int | None = None) -> Budget:
    """The limits that ``--budget``, ``--timeout`` and ``--tactics`` set together.

    Raises:
        InputError: ``budget`` is not understood, or the tactics are said twice.
    """
    found = parse_budget(budget, timeout) if budget else Budget(seconds=timeout)
    if tactics is None:
        return found
    if found.tactic_calls is not None:
        raise InputError("--tactics and --budget tactics= are the same limit",
                         remedy="give one of them")
    return replace(found, tactic_calls=tactics)
