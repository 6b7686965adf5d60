"""Goals that the small model that ships knows the like of.

It has learnt from statements about Lean's library, which speak of any number and hardly ever of a
certain one. Of goals about large numerals, as in competitions, it knows nothing: there the rules
go first.
"""

from __future__ import annotations

import re

from prover.contracts import Goal

_LARGE = re.compile(r"(?<![\w.])\d{2,}(?![\w])")


def familiar(goal: Goal) -> bool:
    """Whether no numeral of two digits or more occurs in a goal."""
    return not _LARGE.search(goal.target) and not any(
        _LARGE.search(h.type) for h in goal.hypotheses)
