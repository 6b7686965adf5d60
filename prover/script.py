"""Proof scripts as text: from proof trees to blocks of tactics, and how long a script is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prover.contracts import ProofScript
from search.contracts import ProofTree

_BULLET, _INDENT = "· ", "  "


@dataclass(frozen=True)
class Length:
    """How long a script is.

    ``tactics`` counts lines, without the bare ``| case =>`` ones; ``characters`` leaves out
    indentation and line breaks.
    """

    tactics: int
    characters: int


def length(script: ProofScript) -> Length:
    """The length of all blocks together."""
    lines = [line.strip() for block in script.blocks for line in block.split("\n")]
    lines = [line for line in lines if line]
    tactics = sum(not (line.startswith("|") and line.endswith("=>")) for line in lines)
    return Length(tactics, sum(map(len, lines)))


def render(trees: Sequence[ProofTree]) -> ProofScript:
    """One block of tactics for each tree.

    Several goals left by a tactic become focused blocks (``·``), in order, so that the whole
    replays as one text.
    """
    return ProofScript(tuple("\n".join(lines_of(tree)) for tree in trees))


def lines_of(tree: ProofTree) -> list[str]:
    """The lines of a proof, the first one in column 0."""
    lines: list[str] = []
    # A chain of single goals is walked in a loop: scripts may be longer than the call stack.
    while True:
        lines += tree.tactic.split("\n")
        if len(tree.children) != 1:
            break
        tree = tree.children[0]
    for child in tree.children:
        first, *rest = lines_of(child)
        lines.append(_BULLET + first)
        lines += indent(rest)
    return lines


def indent(lines: Sequence[str]) -> list[str]:
    """``lines`` one level further in."""
    return [_INDENT + line if line else line for line in lines]
