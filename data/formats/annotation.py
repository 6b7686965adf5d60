"""Marking the premises in the text of a tactic, as LeanDojo does: ``rw [<a>Nat.add_comm</a>]``."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from prover.environments.lean.lexer import Kind, tokens


@dataclass(frozen=True)
class Provenance:
    """Where a constant is defined; places are lines and columns from 1."""

    full_name: str
    path: str
    start: tuple[int, int]
    end: tuple[int, int]

    def as_json(self) -> dict[str, Any]:
        """As LeanDojo Benchmark has it."""
        return {"full_name": self.full_name, "def_path": self.path, "def_pos": list(self.start),
                "def_end_pos": list(self.end)}


_HYPOTHESES = re.compile(r"^(\S[^:⊢]*?) :", re.MULTILINE)


def annotated(
    tactic: str, goals: Collection[str], used: Collection[str],
    provenance: Mapping[str, Provenance],
) -> tuple[str, list[Provenance]]:
    """``tactic`` with ``<a>…</a>`` around the names of constants, and where each is defined, in
    their order. A name stands for a constant that the tactic ``used`` and whose name ends with it,
    else for the constant of exactly this name; hypotheses of the goals are none."""
    groups = [names for goal in goals for names in _HYPOTHESES.findall(goal)]
    local = {name for names in groups for name in names.split()}
    pieces: list[str] = []
    found: list[Provenance] = []
    at = 0
    for token in tokens(tactic):
        if token.kind is not Kind.WORD or token.text.partition(".")[0] in local:
            continue
        place = _place(token.text, used, provenance)
        if place is not None:
            pieces += (tactic[at : token.start], f"<a>{token.text}</a>")
            found.append(place)
            at = token.end
    return "".join([*pieces, tactic[at:]]), found


def _place(
    name: str, used: Collection[str], provenance: Mapping[str, Provenance]
) -> Provenance | None:
    for constant in used:
        if (constant == name or constant.endswith(f".{name}")) and constant in provenance:
            return provenance[constant]
    return provenance.get(name) if "." in name else None
