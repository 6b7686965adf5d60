"""Theorems of the library's modules as a pool to learn from.

Every module needs a Lean process with its own imports, which takes seconds; so theorems come in
chunks of one module, in an order in which any beginning has something of all modules.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from prover.contracts import Goal
from prover.environments.lean.environment import LeanEnvironment
from prover.environments.lean.records import Record, read_records, theorems_from_records
from prover.environments.lean.theorem import LeanTheorem
from prover.evaluation.core_library import Split, core_library_problems, write_problems
from prover.premises import LeanPremises
from retrieval.contracts import ScoredPremise

PREMISES = 16
"""How many premises of the library a goal is offered, in training as in proving."""


@dataclass(frozen=True)
class PoolEntry:
    """A theorem to learn from, not elaborated yet."""

    record: Record
    module: str
    split: str


def library_pool(
    path: Path, split: Split = "train", *, chunk: int = 12, seed: int = 0
) -> list[list[PoolEntry]]:
    """The theorems of a split of the benchmark ``core-library``, in chunks of one module; of each
    module the shortest statements first.

    They are written to ``path`` the first time (which takes Lean minutes), and read from it later.
    """
    if not path.exists():
        write_problems(path, core_library_problems(split))
    modules: defaultdict[str, list[PoolEntry]] = defaultdict(list)
    lines = path.read_text(encoding="utf-8").split("\n")
    for record in read_records(path)[0]:
        data = json.loads(lines[record.line - 1])
        modules[data["module"]].append(PoolEntry(record, data["module"], data["split"]))
    rng = random.Random(seed)
    chunks = []
    for entries in modules.values():
        entries.sort(key=lambda entry: (len(entry.record.formal_statement), entry.record.name))
        chunks += [(start, rng.random(), entries[start : start + chunk])
                   for start in range(0, len(entries), chunk)]
    return [entries for _, _, entries in sorted(chunks, key=lambda c: c[:2])]


def theorems_of(
    entries: Sequence[PoolEntry], environment: LeanEnvironment
) -> Iterator[tuple[PoolEntry, LeanTheorem]]:
    """The entries that Lean accepts, each when it is asked for."""
    for entry in entries:
        theorems, _, _ = theorems_from_records([entry.record], environment)
        yield from ((entry, theorem) for theorem in theorems)


class Offers:
    """The premises of the library for goals of its theorems."""

    def __init__(self) -> None:
        self._premises = LeanPremises()

    def __call__(self, theorem: LeanTheorem, goal: Goal) -> Sequence[ScoredPremise]:
        return self._premises.retrieve_for(theorem, [str(goal)], PREMISES)[0]
