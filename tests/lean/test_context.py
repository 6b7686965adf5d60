"""What a file offers its own theorems."""

from __future__ import annotations

from pathlib import Path

from prover.environments.lean.context import file_premises
from prover.environments.lean.source import LeanSource
from prover.environments.lean.theorem import Hole, LeanTheorem
from retrieval.contracts import Premise

TEXT = """\
def double (n : Nat) : Nat := n + n
namespace Pairs
theorem open_one (n : Nat) : double n = 2 * n := by sorry
theorem done_one (n : Nat) : 0 ≤ double n := Nat.zero_le _
namespace Inner
abbrev Two := Nat × Nat
end Inner
-- theorem in_a_comment : True := trivial
theorem this_one (n : Nat) : double n = n + n := by sorry
theorem later_one : True := trivial
end Pairs
"""


def theorem() -> LeanTheorem:
    source = LeanSource(Path("pairs.lean"), TEXT)
    at = TEXT.index("sorry", TEXT.index("this_one"))
    return LeanTheorem(
        "Pairs.this_one", "double n = n + n", Path("pairs.lean"), 9, source, "theorem",
        "Pairs.this_one", (Hole(at, at + 5, at, 0),), at + 5)


def offered(*proved: str) -> dict[str, Premise]:
    return {p.name: p for p in file_premises(theorem(), proved)}


def test_what_stands_before_is_offered_nearest_first() -> None:
    assert list(offered()) == ["Inner.Two", "done_one", "double"]


def test_an_open_theorem_is_offered_once_it_is_proved() -> None:
    assert "open_one" in offered("Pairs.open_one")


def test_kinds_and_symbols() -> None:
    premises = offered()
    assert premises["double"].kind == "definition"
    assert premises["done_one"].kind == "theorem"
    assert "double" in premises["done_one"].symbols
    assert "Nat" not in premises["done_one"].symbols
    assert "0 ≤ double n" in premises["done_one"].statement
