"""What minimising has to know of a tactic language: which tactics end goals, which are black
boxes, and how a step is stated whose proof comes as a goal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """A tactic language.

    ``closers`` are tactics worth trying in place of a whole subtree. ``black_boxes`` are tactics
    (by their first word) that are not brought into a proof that does without: a shorter script
    that hides more of the proof is no gain. ``with_sets`` are closers that take a list of lemmas.
    ``opening`` is the tactic that states a step (``{}``: its name and statement) and leaves two
    goals, its proof and the rest. ``absurdities`` are proofs of ``x < y`` or ``x ≤ y`` from the
    contradiction of its contrary, as functions.
    """

    closers: tuple[str, ...]
    black_boxes: frozenset[str] = frozenset()
    with_sets: tuple[str, ...] = ()
    opening: str = "have{}"
    absurdities: tuple[str, ...] = ()


LEAN = Dialect(
    closers=("rfl", "simp", "omega", "grind", "decide", "simp_all", "assumption"),
    black_boxes=frozenset({"bv_decide"}),
    with_sets=("simp", "grind", "simp_all"),
    opening="refine have{} := ?_; ?_",
    absurdities=("Nat.not_le.mp", "Nat.not_lt.mp", "Int.not_le.mp", "Int.not_lt.mp"),
)
FIRST_ORDER = Dialect(
    closers=("rfl", "assumption", "contradiction"),
    black_boxes=frozenset({"auto", "smt"}),
)
