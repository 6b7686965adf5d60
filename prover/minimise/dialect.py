"""What minimising has to know of a tactic language: which tactics end goals, which are black
boxes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """A tactic language.

    ``closers`` are tactics worth trying in place of a whole subtree, cheap ones first.
    ``black_boxes`` are tactics (by their first word) that are not moved to an earlier goal: a
    shorter script that hides more of the proof is no gain.
    """

    closers: tuple[str, ...]
    black_boxes: frozenset[str] = frozenset()


LEAN = Dialect(
    closers=("rfl", "assumption", "omega", "simp", "decide", "simp_all", "grind"),
    black_boxes=frozenset({"bv_decide"}),
)
FIRST_ORDER = Dialect(
    closers=("assumption", "rfl", "contradiction"),
    black_boxes=frozenset({"auto", "smt"}),
)
