"""What a language model is shown of a goal: the formats of the field, and the user's own.

* ``reprover``: ReProver and LeanDojo (K. Yang et al., NeurIPS 2023): retrieved premises, the best
  one last, each with its name between ``<a>`` and ``</a>``, then the state.
* ``bfs-prover``: BFS-Prover (R. Xin et al., 2025): ``{state}:::``.
* ``chat``: a question in plain words, for models that follow instructions.
* a template: a text with ``{state}`` and, as wanted, ``{premises}`` (one a line) and
  ``{theorem}``. A model folder may carry its own in ``prompt_template.txt``.

What does not fit the model's context is cut: premises first, the least relevant ones before the
others, then the state from the left, because the target stands at its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from prover.contracts import Goal, Hypothesis, InputError, Request
from prover.generators.cleaning import World
from prover.generators.errors import GeneratorError
from retrieval.contracts import Premise

TEMPLATE_FILE = "prompt_template.txt"
_FIELD = re.compile(r"\{(state|premises|theorem)\}")
_CHAT = """\
You are proving a theorem step by step in {language}. Give the next tactic for the state below:
one tactic in a code block, nothing else, without `sorry`.

Theorem:
{theorem}

Facts that may help:
{premises}

State:
{state}
"""

LANGUAGES = {
    World.LEAN: "Lean 4",
    World.FIRST_ORDER: "first-order logic, with Lean's tactics (intro, cases, constructor, exists, "
    "specialize, apply, exact, have, contradiction, auto)",
}
"""In what tactics are written, as it is said to an assistant."""


@dataclass(frozen=True)
class View:
    """What may be shown: the state as text, premises (best first), the theorem's statement."""

    state: str
    premises: tuple[Premise, ...] = ()
    theorem: str = ""


Render = Callable[[View], str]


@dataclass(frozen=True)
class PromptFormat:
    """A way to write a prompt. ``chat`` says that it is a message to an assistant."""

    name: str
    render: Render
    chat: bool = False


def _reprover(view: View) -> str:
    return "".join([*(f"{_marked(p)}\n\n" for p in reversed(view.premises)), view.state])


def _marked(premise: Premise) -> str:
    colon = " : " if premise.statement else ""
    return f"{premise.kind} <a>{premise.name}</a>{colon}{premise.statement}"


def _bfs_prover(view: View) -> str:
    return f"{view.state}:::"


def _filled(template: str, view: View) -> str:
    lines = "".join(f"{p.name} : {p.statement}\n" for p in view.premises)
    values = {"state": view.state, "premises": lines, "theorem": view.theorem}
    return _FIELD.sub(lambda match: values[match[1]], template)


FORMATS = {
    "reprover": PromptFormat("reprover", _reprover),
    "bfs-prover": PromptFormat("bfs-prover", _bfs_prover),
}


def chat_format(language: str) -> PromptFormat:
    """A question to an assistant about tactics of ``language``."""
    text = _CHAT.replace("{language}", language)
    return PromptFormat("chat", lambda view: _filled(text, view), chat=True)


def template_format(text: str) -> PromptFormat:
    """The user's own format. Raises `InputError` for a text without ``{state}``."""
    if "{state}" not in text:
        raise InputError("the prompt template has no {state}",
                         remedy="write {state} where the goal belongs; {premises} and {theorem} "
                         "may be given too")
    return PromptFormat("template", lambda view: _filled(text, view))


def read_template(path_or_text: str) -> PromptFormat:
    """A template from a file, or, if there are braces in it, the template itself (``\\n`` in it
    is a line break). Raises `InputError` if it is neither."""
    if "{" in path_or_text:
        return template_format(path_or_text.replace("\\n", "\n"))
    path = Path(path_or_text).expanduser()
    try:
        return template_format(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError("the prompt template cannot be read", file=path,
                         remedy="give a text file or a text with {state}") from problem


# ------------------------------------------------------------------------------------- the state


def view_of(request: Request) -> View:
    """What a request lets a prompt show."""
    premises = tuple(scored.premise for scored in request.premises)
    return View(state_text(request.goals), premises, request.theorem)


def state_text(goals: Sequence[Goal]) -> str:
    """Goals as Lean prints a state: hypotheses of one type on one line, a blank line between
    goals. Models have been trained on this."""
    return "\n\n".join(map(_goal_text, goals))


def _goal_text(goal: Goal) -> str:
    head = [f"case {goal.case}"] if goal.case else []
    runs = groupby(goal.hypotheses, key=lambda h: (h.type, h.value))
    lines = [line for _, run in runs for line in _hypotheses(list(run))]
    return "\n".join([*head, *lines, f"⊢ {goal.target}"])


def _hypotheses(same: Sequence[Hypothesis]) -> list[str]:
    if same[0].value is not None:
        return [str(hypothesis) for hypothesis in same]
    return [f"{' '.join(h.name for h in same)} : {same[0].type}"]


# --------------------------------------------------------------------------------------- fitting


@dataclass(frozen=True)
class Fitted:
    """A prompt that fits: its tokens, how many premises were left out, whether the state was cut.
    """

    tokens: list[int]
    dropped: int = 0
    cut: bool = False


def fit(
    view: View, render: Render, encode: Callable[[str], list[int]], limit: int
) -> Fitted:
    """The prompt for ``view`` in at most ``limit`` tokens.

    Raises `GeneratorError` when not even the prompt's own words fit.
    """
    tokens = encode(render(view))
    if len(tokens) <= limit:
        return Fitted(tokens)

    def first(count: int) -> list[int]:
        return encode(render(replace(view, premises=view.premises[:count])))

    kept = _most(len(view.premises), lambda count: len(first(count)) <= limit)
    if kept is not None:
        return Fitted(first(kept), len(view.premises) - kept)

    def last(count: int) -> list[int]:
        return encode(render(View(view.state[len(view.state) - count :], (), view.theorem)))

    room = _most(len(view.state), lambda count: len(last(count)) <= limit)
    if not room:
        raise GeneratorError(f"the model's context has no room for a goal beside the prompt's own "
                             f"words ({limit} tokens)", remedy="use a shorter template, fewer "
                             "max_new_tokens or, if the model allows it, a greater context")
    return Fitted(last(room), len(view.premises), cut=True)


def _most(upper: int, fits: Callable[[int], bool]) -> int | None:
    """The greatest number up to ``upper`` that fits (bisection), None if not even 0 does."""
    if not fits(0):
        return None
    low, high = 0, upper
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low
