"""A planner that asks a language model for sketches.

The model is shown the goal and asked to split it with ``have`` steps whose proofs are ``sorry``
(as in Draft, Sketch, and Prove: A. Jiang et al., ICLR 2023). Of what it writes only well-formed
steps are kept; each ``sorry`` becomes a subgoal for the search.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from prover.contracts import Goal, Theorem
from prover.environments.lean.screening import refusal
from prover.planning.contracts import Sketch, SketchModel
from retrieval.contracts import Premise

_FENCE = re.compile(r"```(?:lean4?|tactics?)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_HAVE = re.compile(r"have(?P<name> [^\s:]+)? *:(?!=)(?P<statement>.+?):=(?P<proof>.*)$", re.DOTALL)
_MAX_STEPS, _MAX_CHARACTERS = 8, 2000
_PREMISES = 12

PROMPT = """\
Split the Lean 4 goal into easier steps. Write only tactics. State every step as
`have name : statement := by sorry`, and end with the tactic that finishes the proof from them.
Do not use Mathlib.
{premises}
Goal:
{goal}

Steps:
"""


class LanguageModelPlanner:
    """Sketches by a language model: ``samples`` completions a goal, the useless ones dropped."""

    name = "sketches"

    def __init__(
        self, model: SketchModel, *, samples: int = 4, log_prob: float = -1.8
    ) -> None:
        self._model, self._samples, self._log_prob = model, samples, log_prob

    def propose(
        self, goal: Goal, premises: Sequence[Premise] = (), theorem: Theorem | None = None
    ) -> list[Sketch]:
        """What the model's completions come to, in its order."""
        prompt = prompt_for(goal, premises, theorem)
        found: dict[str, Sketch] = {}
        for completion in self._model.complete(prompt, self._samples):
            text = read_sketch(completion)
            if text is not None:
                rank = len(found)
                found.setdefault(text, Sketch(text, "sketch", self._log_prob - 0.2 * rank))
        return list(found.values())


def prompt_for(
    goal: Goal, premises: Sequence[Premise] = (), theorem: Theorem | None = None
) -> str:
    """The question put to the model."""
    lines = [f"{p.name} : {p.statement}" for p in premises[:_PREMISES]]
    known = "\nKnown:\n" + "\n".join(lines) + "\n" if lines else ""
    whole = f"\nTheorem:\n{theorem.statement}\n" if theorem is not None else ""
    return PROMPT.format(premises=known + whole, goal=goal)


def read_sketch(completion: str) -> str | None:
    """A completion as one tactic that leaves a subgoal for each ``have`` and one for the rest;
    None if it is no such sketch.

    ``have h : A := by sorry`` steps become ``refine have h : A := ?_; …; ?_``, which introduces
    the subgoals in order, each with the steps before it as hypotheses. A step with a proof of its
    own keeps it. What follows the last step is left to the search.
    """
    fenced = _FENCE.search(completion)
    text = fenced.group(1) if fenced else completion
    if len(text) > _MAX_CHARACTERS:
        return None
    steps: list[str] = []
    for part in _parts(text):
        match = _HAVE.match(part)
        if match is None:
            break  # the end of the proof: the search finds its own
        steps.append(_step(match, len(steps)))
    if not 1 <= len(steps) <= _MAX_STEPS or not any("?_" in step for step in steps):
        return None
    sketch = "refine " + "\n  ".join([*steps, "?_"])
    return None if refusal(sketch) is not None else sketch


def _parts(text: str) -> list[str]:
    """The steps of a text: a line in the first column and the lines below it further right."""
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    lines = [line for line in lines if not line.lstrip().startswith("--")]
    if not lines:
        return []
    column = min(len(line) - len(line.lstrip()) for line in lines)
    found: list[str] = []
    for line in (line[column:] for line in lines):
        if line.startswith(" ") and found:
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


def _step(match: re.Match[str], index: int) -> str:
    name = (match["name"] or f"h{index + 1}").strip()
    statement = " ".join(match["statement"].split())
    proof = match["proof"].strip()
    open_ = "sorry" in proof or proof in ("", "by", "?_", "_")
    return f"have {name} : {statement} := {'?_' if open_ else proof};"
