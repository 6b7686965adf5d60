"""Theorems of Lean's own library as problems: the benchmark ``core-library``.

A theorem is to be proved with what its module imports and nothing else, as its author had to: the
problem is a text with those imports and the bare statement, so that neither the theorem itself
nor anything of its module, let alone of a later one, exists where the proof is sought. Only
statements that these imports can express qualify, and only from modules with Lean's everyday
syntax below them.

The statement is written in full, with every argument and level, so that Lean reads back the
very term; who works on the problem sees the goal as usual.

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

from prover.environments.lean.backend import choose_launcher
from prover.environments.lean.library import Library, LibraryTheorem, Progress, load_library
from prover.environments.lean.manifest import write_atomically
from prover.environments.lean.protocol import FrontendProcess
from prover.environments.lean.server import LeanServer

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


# Every level, argument and proof, and numerals told from literals, at any depth.
_IN_FULL = "".join(f"set_option pp.{option}\n" for option in (
    "all true", "natLit true", "deepTerms true", "maxSteps 1000000"))  # fmt: skip
_CHECKED = re.compile(
    r"\A@?(?:«[^»]*»|[^\s«»])+?(?P<levels>\.\{[^}]*\})? : (?P<type>.*)\Z", re.DOTALL)
_BATCH = 100
_BATCH_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class LibraryProblem:
    """A theorem of the library, to be proved from ``imports``.

    ``formal_statement`` is Lean text, under a name that says nothing, with a ``sorry``.
    """

    theorem: LibraryTheorem
    imports: tuple[str, ...]
    split: Split
    formal_statement: str

    @property
    def header(self) -> str:
        """The imports, one a line; ``prelude``, for without it Lean would import ``Init``."""
        return "\n".join(("prelude", *(f"import {module}" for module in self.imports)))

    def record(self) -> dict[str, str]:
        """As a miniF2F-style record, which `load_records` reads."""
        return {
            "name": self.theorem.name, "split": self.split, "module": self.theorem.module,
            "statement": self.theorem.statement, "header": self.header,
            "formal_statement": self.formal_statement,
        }  # fmt: skip


def split_of(module: str) -> Split:
    """The split of all theorems of ``module``: seven tenths of the modules are for training."""
    tenth = int.from_bytes(hashlib.sha256(module.encode()).digest()[:8]) % 10
    return _TENTHS.get(tenth, "train")


def library_theorems(
    library: Library, split: Split | None = None, *, per_module: int | None = None
) -> list[LibraryTheorem]:
    """The theorems of ``library`` that make problems, in a fixed order; ``per_module`` bounds
    those of one module. Which ones are taken depends on their names alone."""
    by_module: defaultdict[str, list[LibraryTheorem]] = defaultdict(list)
    for theorem in library.theorems:
        if (split is None or split_of(theorem.module) == split) and _qualifies(theorem, library):
            by_module[theorem.module].append(theorem)
    chosen = (sorted(of_one, key=_draw)[:per_module] for of_one in by_module.values())
    return [theorem for of_one in chosen for theorem in of_one]


def sample(theorems: Sequence[LibraryTheorem], count: int, seed: int = 0) -> list[LibraryTheorem]:
    """``count`` of the theorems, or all if there are fewer, those of one module side by side
    (each module needs a Lean process of its own)."""
    drawn = random.Random(seed).sample(theorems, min(count, len(theorems)))
    return sorted(drawn, key=lambda theorem: (theorem.module, theorem.name))


def core_library_problems(
    split: Split | None = None, *, count: int | None = None, seed: int = 0,
    progress: Progress | None = None,
) -> list[LibraryProblem]:  # fmt: skip
    """The problems of the benchmark, at most `PER_MODULE` of one module, or ``count`` of them.

    The library is read from Lean the first time, of which ``progress`` hears; the statements are
    asked for every time (some 10 ms each). Raises what `load_library` raises.
    """
    library = load_library(CORE, progress=progress)
    theorems = library_theorems(library, split, per_module=PER_MODULE)
    theorems = sample(theorems, len(theorems) if count is None else count, seed)
    with LeanServer(choose_launcher(), CORE) as server:
        return problems_of(theorems, library, server)


def problems_of(
    theorems: Sequence[LibraryTheorem], library: Library, server: LeanServer
) -> list[LibraryProblem]:
    """The problems that ``theorems`` of ``library`` make; ``server`` has the library loaded and
    writes the statements."""
    stated: dict[str, str] = {}
    for start in range(0, len(theorems), _BATCH):
        stated |= _stated([t.name for t in theorems[start : start + _BATCH]], server)
    return [
        LibraryProblem(
            theorem, tuple(dict.fromkeys(library.imports[theorem.module])),
            split_of(theorem.module), stated[theorem.name],
        )
        for theorem in theorems
        if theorem.name in stated
    ]  # fmt: skip


def _stated(names: Sequence[str], server: LeanServer) -> dict[str, str]:
    """The statements of library theorems, as the theorem ``problem``."""
    questions = "".join(f"#check @{name}\n" for name in names)
    command = FrontendProcess(file=_IN_FULL + questions, timeout=int(_BATCH_SECONDS * 1000))
    units = server.request(command, _BATCH_SECONDS + 5).units[-len(names) :]
    stated = {}
    for name, unit in zip(names, units, strict=True):
        said = [message.data for message in unit.messages if not message.is_error]
        if (found := _CHECKED.match("\n".join(said))) is not None:
            lines = found.group("type").replace("\n", "\n  ")
            head = f"theorem problem{found.group('levels') or ''}"
            stated[name] = f"{head} :\n  {lines} := by\n  sorry"
    return stated


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


def _draw(theorem: LibraryTheorem) -> bytes:
    return hashlib.sha256(theorem.name.encode()).digest()
