"""One word for a long tactic that ends a goal, so that the small model may write it in one step.

`simp_all [p]`, `grind [p]` and the like do nearly the same, and which of them does it is a matter
of luck that no look at the goal foretells. So the model writes ``finish [p]``, and Lean is given
the alternatives in one call.
"""

from __future__ import annotations

import re

WORD = "finish"
# `omega` after `<;>` gets what is left, which is nothing where `simp_all` ends the goal.
ALTERNATIVES = "first | rfl | omega | (simp_all <;> omega) | grind"
"""What `WORD` stands for; with facts in brackets they are given to the automatic tactics."""
_WITH = "first | (simp [{0}] <;> omega) | (simp_all [{0}] <;> omega) | grind [{0}]"

_ENDS = re.compile(
    r"first \| \(simp \[(?P<facts>[^\[\]]*)\] <;> omega\) "
    r"\| \(simp_all \[(?P=facts)\] <;> omega\) \| grind \[(?P=facts)\]")
_SHORT = re.compile(rf"(?<![\w.]){WORD}(?: \[([^\[\]]*)\])?(?![\w'])")


def finish(facts: str | None = None) -> str:
    """The alternatives, with ``facts`` (comma-separated) or without."""
    return ALTERNATIVES if facts is None else _WITH.format(facts)


def shortened(tactic: str) -> str:
    """A tactic with `WORD` in the place of the alternatives; `expanded` undoes it."""
    short = _ENDS.sub(lambda match: f"{WORD} [{match['facts']}]", tactic)
    return short.replace(ALTERNATIVES, WORD)


def expanded(text: str) -> str:
    """A tactic with the alternatives in the place of `WORD`."""
    return _SHORT.sub(lambda match: finish(match[1]), text)
