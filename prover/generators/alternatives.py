"""What ``first | a | b`` has tried where it has failed: ``a`` and ``b``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from prover.environments.lean.lexer import tokens
from prover.generators.cleaning import normal_form

_OPEN, _CLOSE = "([{⟨", ")]}⟩"
_FIRST = "first | "
T = TypeVar("T")


def alternatives(tactic: str) -> list[str]:
    """The alternatives of a tactic of this form, in normal form; none of any other."""
    if not tactic.startswith(_FIRST):
        return []
    depth, bars = 0, [tactic.index("|")]
    for token in tokens(tactic[len(_FIRST):]):
        depth += (token.text in _OPEN) - (token.text in _CLOSE)
        if token.text == "|" and depth == 0:
            bars.append(len(_FIRST) + token.start)
    return [normal_form(tactic[start + 1 : end]) for start, end
            in zip(bars, [*bars[1:], len(tactic)], strict=True)]


def spent_last(candidates: Iterable[tuple[str, T]]) -> Iterator[T]:
    """Candidates in their order, but those last that an earlier one has as an alternative.

    Where it is their turn, the earlier one has failed, and so will they; unless it ran out of
    time, which is why they are kept.
    """
    spent: set[str] = set()
    later: list[T] = []
    for tactic, candidate in candidates:
        if normal_form(tactic) in spent:
            later.append(candidate)
        else:
            spent.update(alternatives(tactic))
            yield candidate
    yield from later
