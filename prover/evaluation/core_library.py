"""Theorems of Lean's own library as problems: the benchmark ``core-library``.

A theorem is to be proved with what its module imports and nothing else, as its author had to: the
problem is a text with those imports and the bare statement, so that neither the theorem itself
nor anything of its module, let alone of a later one, exists where the proof is sought. Only
statements that these imports can express qualify, and only from modules with Lean's everyday
syntax below them.

Modules, not theorems, are split into training, validation and test, as neighbours in a module
are often variations of each other. The split depends on the name of the module alone.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from prover.environments.lean.library import Library, LibraryTheorem, Progress, load_library
from prover.environments.lean.manifest import write_atomically

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")

CORE = ("Init", "Std")
"""The library of the benchmark; ``Lean``, which is the prover itself, is not in it."""

PER_MODULE = 40
"""How many theorems of one module are in it: some have thousands, most of them alike."""

_TENTHS: dict[int, Split] = {0: "test", 1: "test", 2: "validation"}
# Without it there is no focusing dot, no `∃ x, p`, no `rcases`.
_SYNTAX = "Init.NotationExtra"
# Theorems by which Lean's own tactics justify their steps; nobody states them by hand.
_MACHINERY = re.compile(
    r"^(Lean|Init\.(Grind|Omega|Simproc|Internal)|Init\.Data\.(AC|RArray|(Nat|Int)\.(Linear|SOM"
    r"|Simproc|OfNat|Cooper))|Std\.(Tactic|Internal|Sat|Do))(\.|$)"
)
# Not to be read back: generated names, proofs left out, names that cannot be written.
_UNREADABLE = re.compile(r"\._|⋯|✝|\?_")


@dataclass(frozen=True, slots=True)
class LibraryProblem:
    """A theorem of the library, to be proved from ``imports``."""

    theorem: LibraryTheorem
    imports: tuple[str, ...]
    split: Split

    @property
    def header(self) -> str:
        """The imports, one a line."""
        return "\n".join(f"import {module}" for module in self.imports)

    @property
    def formal_statement(self) -> str:
        """The statement under a name that says nothing."""
        levels = f".{{{', '.join(self.theorem.levels)}}}" if self.theorem.levels else ""
        lines = self.theorem.statement.replace("\n", "\n  ")
        return f"theorem problem{levels} :\n  {lines} := by\n  sorry"

    def record(self) -> dict[str, str]:
        """As a miniF2F-style record, which `load_records` reads."""
        return {
            "name": self.theorem.name, "split": self.split, "module": self.theorem.module,
            "header": self.header, "formal_statement": self.formal_statement,
        }  # fmt: skip


def split_of(module: str) -> Split:
    """The split of all theorems of ``module``: seven tenths of the modules are for training."""
    tenth = int.from_bytes(hashlib.sha256(module.encode()).digest()[:8]) % 10
    return _TENTHS.get(tenth, "train")


def library_problems(
    library: Library, split: Split | None = None, *, per_module: int | None = None
) -> list[LibraryProblem]:
    """The problems of ``library``, in a fixed order; ``per_module`` bounds those of one module,
    of which some have thousands. Which ones are taken depends on their names alone."""
    by_module: defaultdict[str, list[LibraryProblem]] = defaultdict(list)
    for theorem in library.theorems:
        if (split is None or split_of(theorem.module) == split) and _qualifies(theorem, library):
            imports = tuple(dict.fromkeys(library.imports[theorem.module]))
            problem = LibraryProblem(theorem, imports, split_of(theorem.module))
            by_module[theorem.module].append(problem)
    chosen = (sorted(of_one, key=_draw)[:per_module] for of_one in by_module.values())
    return [problem for of_one in chosen for problem in of_one]


def sample(problems: Sequence[LibraryProblem], count: int, seed: int = 0) -> list[LibraryProblem]:
    """``count`` of the problems, or all if there are fewer, those of one module side by side
    (each module needs a Lean process of its own)."""
    drawn = random.Random(seed).sample(problems, min(count, len(problems)))
    return sorted(drawn, key=lambda problem: (problem.theorem.module, problem.theorem.name))


def core_library_problems(
    split: Split | None = None, *, count: int | None = None, seed: int = 0,
    progress: Progress | None = None,
) -> list[LibraryProblem]:  # fmt: skip
    """The problems of the benchmark, at most `PER_MODULE` of one module, or ``count`` of them.

    The library is read from Lean the first time, of which ``progress`` hears.
    """
    library = load_library(CORE, progress=progress)
    problems = library_problems(library, split, per_module=PER_MODULE)
    return sample(problems, len(problems) if count is None else count, seed)


def write_problems(path: Path, problems: Sequence[LibraryProblem]) -> None:
    """Write ``problems`` as miniF2F-style records, one a line."""
    lines = (json.dumps(problem.record(), ensure_ascii=False) + "\n" for problem in problems)
    write_atomically(path, "".join(lines).encode())


def _qualifies(theorem: LibraryTheorem, library: Library) -> bool:
    return (
        theorem.kind == "theorem"
        and theorem.standalone is True
        and not theorem.deprecated
        and not any(map(_MACHINERY.match, (theorem.name, theorem.module)))
        and not _UNREADABLE.search(theorem.statement)
        and _SYNTAX in library.accessible_modules(theorem.module)
    )


def _draw(problem: LibraryProblem) -> bytes:
    return hashlib.sha256(problem.theorem.name.encode()).digest()
