"""What the work on a theorem may cost, and what it has cost so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from prover.contracts import InputError

EXAMPLE = "seconds=60,tactics=2000,expansions=500,tokens=100000"


@dataclass(frozen=True)
class Budget:
    """What one theorem may cost; whichever limit is met first ends its search.

    ``seconds`` is wall-clock time including the check; ``tactic_calls`` counts the tactics that
    an environment tried, ``tokens`` what a language model generated; ``tactic_seconds`` limits
    one tactic.
    """

    seconds: float = 60.0
    tactic_calls: int | None = None
    expansions: int | None = None
    tactic_seconds: float = 5.0
    tokens: int | None = None


@dataclass
class Progress:
    """Counts that the loop keeps while it works; a live view may read them at any time.

    ``nodes`` are the different states that were reached, ``proved`` those of them with a proof.
    """

    tactic_calls: int = 0
    expansions: int = 0
    depth: int = 0
    tokens: int = 0
    nodes: int = 0
    proved: int = 0

    def spent(self, budget: Budget) -> str | None:
        """Which limit of ``budget`` but time is used up, in words."""
        for used, limit, what in (
            (self.tactic_calls, budget.tactic_calls, "tactic calls"),
            (self.expansions, budget.expansions, "expansions"),
            (self.tokens, budget.tokens, "generator tokens"),
        ):
            if limit is not None and used >= limit:
                return f"no proof within {limit} {what}"
        return None


_COUNTS = {"tactics": "tactic_calls", "expansions": "expansions", "tokens": "tokens"}


def parse_budget(text: str, seconds: float) -> Budget:
    """The budget that ``seconds=60,tactics=2000`` stands for; any of the limits may be left out.

    Args:
        text: limits separated by commas, as in `EXAMPLE`.
        seconds: what is meant where the text has no ``seconds``.

    Raises:
        InputError: that is not understood.
    """
    budget, seen = Budget(seconds=seconds), set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name in seen:
            raise _mistake(f"{name!r} is given twice")
        seen.add(name)
        if name == "seconds":
            budget = replace(budget, seconds=_seconds(value))
        elif name in _COUNTS:
            budget = replace(budget, **{_COUNTS[name]: _count(name, value)})
        else:
            raise _mistake(f"{part!r} is no limit")
    if not seen:
        raise _mistake("it is empty")
    return budget


def _seconds(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise _mistake(f"seconds={value} is not a positive number")
    return number


def _count(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        raise _mistake(f"{name}={value} is not a positive whole number")
    return int(value)


def _mistake(what: str) -> InputError:
    return InputError(f"--budget: {what}", remedy=f"write it like {EXAMPLE}")
