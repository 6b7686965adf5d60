"""A block of tactics as a tree: which lines are one tactic, which are a focused block.

Lean and the first-order environment share the layout: a tactic begins in the column of its
block and goes on in columns to the right of it; ``·`` focuses the first goal on a block of its
own. No tactic is understood here, only where it begins and ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_BULLET = re.compile(r"[·.] ")
# Lines that go on with the tactic above although they begin in its column.
_CONTINUES = re.compile(r"\||<;>|[)\]}⟩]")


@dataclass(frozen=True)
class Tactic:
    """One tactic; its further lines keep their columns relative to the first one."""

    text: str


@dataclass(frozen=True)
class Focus:
    """``· block``: the block must prove the first goal."""

    block: Block


Block = tuple[Tactic | Focus, ...]


def read_block(text: str) -> Block:
    """The tactics and focused blocks of ``text``, whose first line begins in its column."""
    return tuple(_item(lines) for lines in _items(text.strip("\n").split("\n")))


def _items(lines: Sequence[str]) -> list[list[str]]:
    """The lines of each item."""
    found: list[list[str]] = []
    for line in lines:
        if not line.strip() and not found:
            continue
        inside = not line.strip() or line.startswith(" ") or _CONTINUES.match(line)
        if inside and found:
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _item(lines: list[str]) -> Tactic | Focus:
    while len(lines) > 1 and not lines[-1].strip():
        lines = lines[:-1]
    if not _BULLET.match(lines[0]):
        return Tactic("\n".join(line.rstrip() for line in lines))
    inner = [lines[0][2:], *(line.removeprefix("  ") for line in lines[1:])]
    column = len(inner[0]) - len(inner[0].lstrip())  # `·   simp` is a block in a later column
    return Focus(read_block("\n".join(line.removeprefix(" " * column) for line in inner)))
