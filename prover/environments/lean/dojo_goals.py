"""Goals read back from the text in which Lean shows a tactic state.

    case inl
    a b : Nat
    h : a = b ∨
        b = a
    n : Nat := a + b
    ⊢ a = b
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prover.contracts import Goal, Hypothesis

_TURNSTILE = "⊢"
_OPENING, _CLOSING = "([{⟨⟪", ")]}⟩⟫"
_METAVARIABLE = re.compile(r"(?<![\w.!)\]}⟩'])\?[\w.]+")


def read_goals(text: str) -> tuple[Goal, ...]:
    """The goals of a tactic state as Lean prints it. ``no goals`` and the empty text have none.

    Raises `ValueError` for a text that is no tactic state.
    """
    if text.strip() in ("", "no goals"):
        return ()
    return tuple(_goal(block) for block in re.split(r"\n\s*\n", text.strip("\n")))


def mentions_metavariables(goal: Goal) -> bool:
    """Whether something in ``goal`` is still to be determined, so that other goals may depend on
    it."""
    types = (hypothesis.type for hypothesis in goal.hypotheses)
    values = (hypothesis.value or "" for hypothesis in goal.hypotheses)
    return any(map(_METAVARIABLE.search, (goal.target, *types, *values)))


def _goal(block: str) -> Goal:
    head, turnstile, target = _divide(block)
    if not turnstile:
        raise ValueError(f"no goal in what Lean shows: {block[:80]!r}")
    case = None
    if head and (named := re.fullmatch(r"case (\S+)", head[0])):
        case, head = named.group(1), head[1:]
    hypotheses = tuple(h for entry in head for h in _hypotheses(entry))
    return Goal(hypotheses, target, case)


def _divide(block: str) -> tuple[list[str], bool, str]:
    """The entries of the local context, whether there is a target, and the target."""
    entries: list[str] = []
    lines = block.split("\n")
    for index, line in enumerate(lines):
        if line.startswith(_TURNSTILE):
            rest = "\n".join((line.removeprefix(_TURNSTILE), *lines[index + 1 :]))
            return entries, True, rest.strip()
        if line[:1].isspace() and entries:
            entries[-1] += "\n" + line
        elif not re.fullmatch(r"\d+ goals", line):
            entries.append(line)
    return entries, False, ""


def _hypotheses(entry: str) -> Iterator[Hypothesis]:
    names, colon, rest = entry.partition(" :")
    if not colon:
        raise ValueError(f"no hypothesis in what Lean shows: {entry[:80]!r}")
    type_, value = _type_and_value(rest.strip())
    for name in names.split():
        yield Hypothesis(name, type_, value)


def _type_and_value(text: str) -> tuple[str, str | None]:
    """Both sides of the ``:=`` that stands in no brackets and belongs to no ``let`` or ``have``."""
    depth = binders = 0
    for token in re.finditer(r"\b(?:let|have)\b|:=|[()\[\]{}⟨⟩⟪⟫]", text):
        if token.group() in _OPENING:
            depth += 1
        elif token.group() in _CLOSING:
            depth -= 1
        elif token.group() != ":=":
            binders += depth == 0
        elif depth == 0 and binders == 0:
            return text[: token.start()].strip(), text[token.end() :].strip()
        elif depth == 0:
            binders -= 1
    return text, None
