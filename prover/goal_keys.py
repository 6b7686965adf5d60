"""Goals up to the names of their hypotheses.

Two goals that differ only in what their hypotheses are called are one thing to prove. The
*canonical text* of a goal has each accessible hypothesis's name replaced by its position, so that
two such goals have the same text, and only two such goals do: what is no name of a hypothesis
(bound variables, constants) stays as it is, and a name that is bound anew inside is replaced
everywhere alike.

A tactic that names hypotheses is carried over from one goal to the other by `rename`, which
works on identifiers. It is exact where the text is alpha-convertible and guesses elsewhere
(antiquotations, macros that make up names), so whoever uses the result tries it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from prover.contracts import Goal, Hypothesis
from prover.environments.lean.lexer import LETTER, REST

INACCESSIBLE = "✝"
"""The mark of a name that no tactic can write."""

# A string, or an identifier that is no later component of a dotted one (`h` in `h.symm`). Both
# environments print and read Lean's notation. What follows a dagger numbers shadowed names.
_NAME = rf"(?:«[^»\n]*»|[{LETTER}][{REST}]*)(?:{INACCESSIBLE}[⁰¹²³⁴-⁹]*)?"
_WORD = re.compile(rf'"(?:[^"\\]|\\.)*"|(?<![{REST}.{INACCESSIBLE}]){_NAME}|(?<=!){_NAME}')
_NAMED_ARGUMENT = re.compile(r"\s*:=")


class CannotRenameError(Exception):
    """Two goals are not the same up to the names of their hypotheses."""


def key(goals: Sequence[Goal]) -> tuple[str, ...]:
    """The canonical texts of a state's goals; equal keys mean the same thing is to be proved."""
    return tuple(map(canonical, goals))


def canonical(goal: Goal) -> str:
    """The text of a goal with positions in place of the names of hypotheses.

    The order of hypotheses counts, whether they are accessible does too, the goal's case tag
    does not.
    """
    places = _places(goal)
    lines = [
        f"{_head(h.name)} : {_replace(h.type, places)}"
        + ("" if h.value is None else f" := {_replace(h.value, places)}")
        for h in goal.hypotheses
    ]
    return "\n".join([*lines, f"⊢ {_replace(goal.target, places)}"])


def canonical_tactic(tactic: str, goal: Goal) -> str:
    """A tactic with positions in place of the names of the goal's hypotheses."""
    return _replace(tactic, _places(goal))


def names(goals: Sequence[Goal]) -> tuple[str, ...]:
    """What the hypotheses of the goal that tactics act on are called."""
    return tuple(h.name for h in goals[0].hypotheses) if goals else ()


def renaming(old: Sequence[str], new: Sequence[str]) -> dict[str, str]:
    """What to call accessible hypotheses that were called otherwise, by position.

    Raises:
        CannotRenameError: the goals do not correspond.
    """
    if len(old) != len(new):
        raise CannotRenameError(f"{len(old)} and {len(new)} hypotheses")
    found: dict[str, str] = {}
    for before, after in zip(old, new, strict=True):
        if _accessible(before) != _accessible(after):
            raise CannotRenameError(f"{before} and {after} are not both accessible")
        if _accessible(before):
            found[before] = after
    return found


def rename(text: str, mapping: Mapping[str, str]) -> str:
    """A tactic with hypotheses called otherwise.

    Other identifiers of the text that would come to mean a hypothesis (a variable that the
    tactic binds, say) get a fresh name.
    """
    if all(old == new for old, new in mapping.items()):
        return text
    whole = dict(mapping)
    present = set(identifiers(text))
    taken = present | set(mapping) | set(mapping.values())
    for word in sorted(present & set(mapping.values()) - mapping.keys()):
        whole[word] = fresh(word, taken)
        taken.add(whole[word])
    return _replace(text, whole)


def renamed_goal(goal: Goal, mapping: Mapping[str, str]) -> Goal:
    """A goal with hypotheses called otherwise."""
    hypotheses = tuple(
        Hypothesis(mapping.get(h.name, h.name), rename(h.type, mapping),
                   None if h.value is None else rename(h.value, mapping))
        for h in goal.hypotheses)
    return replace(goal, hypotheses=hypotheses, target=rename(goal.target, mapping))


def identifiers(text: str) -> Iterable[str]:
    """The identifiers of a text that `rename` would replace, in order."""
    found: list[str] = []

    def note(word: str) -> str:
        found.append(word)
        return word

    _substitute(text, note)
    return found


def fresh(word: str, taken: Collection[str]) -> str:
    """``word`` with a number at its end, unlike everything in ``taken``."""
    quoted = word.startswith("«")
    stem, number = word.strip("«»"), 1
    while True:
        candidate = f"«{stem}_{number}»" if quoted else f"{stem}_{number}"
        if candidate not in taken:
            return candidate
        number += 1


def _places(goal: Goal) -> dict[str, str]:
    return {h.name: f"#{place}" for place, h in enumerate(goal.hypotheses)}


def _head(name: str) -> str:
    """What stands before the colon: nothing that tells hypotheses of one kind apart, unless the
    name is none that would be found in a text."""
    if not _accessible(name):
        return f"#{INACCESSIBLE}"
    return "#" if _WORD.fullmatch(name) else name


def _accessible(name: str) -> bool:
    return bool(name) and name != "_" and INACCESSIBLE not in name


def _replace(text: str, mapping: Mapping[str, str]) -> str:
    return _substitute(text, lambda word: mapping.get(word, word))


def _substitute(text: str, change: Callable[[str], str]) -> str:
    """``text`` with every identifier changed, but for those that name an argument."""

    def replacement(match: re.Match[str]) -> str:
        word = match.group()
        if word.startswith('"'):
            return word
        start, end = match.span()
        if start and text[start - 1] == "(" and _NAMED_ARGUMENT.match(text, end):
            return word  # `(n := 3)`
        return change(word)

    return _WORD.sub(replacement, text)
