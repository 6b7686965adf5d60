"""From proof trees to the text of a proof script."""

from __future__ import annotations

from collections.abc import Sequence

from prover.contracts import ProofScript
from search.contracts import ProofTree

_BULLET, _INDENT = "· ", "  "


def render(trees: Sequence[ProofTree]) -> ProofScript:
    """One block of tactics for each tree.

    Several goals left by a tactic become focused blocks (``·``), in order, so that the whole
    replays as one text.
    """
    return ProofScript(tuple("\n".join(_lines(tree)) for tree in trees))


def _lines(tree: ProofTree) -> list[str]:
    lines: list[str] = []
    # A chain of single goals is walked in a loop: scripts may be longer than the call stack.
    while True:
        lines += tree.tactic.split("\n")
        if len(tree.children) != 1:
            break
        tree = tree.children[0]
    for child in tree.children:
        first, *rest = _lines(child)
        lines.append(_BULLET + first)
        lines += [_INDENT + line for line in rest]
    return lines
