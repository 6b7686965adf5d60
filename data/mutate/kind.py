"""The kind ``mutate``: new theorems of Lean's library, with proofs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from data.contracts import Column, Producer, Score
from data.registry import option
from prover.contracts import InputError
from prover.environments.lean.backend import EmbeddedLauncher

MAX_DEPTH, MAX_ATTEMPTS = 8, 1000


@dataclass(frozen=True)
class MutateKind:
    """Mutations of library theorems; see `data.mutate`."""

    imports: tuple[str, ...] = option(("Init",), "modules whose theorems are mutated and used")
    depth: int = option(2, f"mutations one after the other, at most; 1 to {MAX_DEPTH}")
    attempts: int = option(8, "mutations of a theorem that are tried before it is the turn of "
                               f"the next; 1 to {MAX_ATTEMPTS}")
    keep_trivial: bool = option(False, "keep what rfl or one simp closes or the library states, "
                                       "marked in the column trivial")

    name: ClassVar[str] = "mutate"
    summary: ClassVar[str] = "theorems made from those of Lean's library, with checked proofs"
    licence: ClassVar[str] = "Apache-2.0"
    revision: ClassVar[int] = 1
    columns: ClassVar[Mapping[str, Column]] = {
        "name": Column.STRING, "statement": Column.STRING, "header": Column.STRING,
        "source": Column.STRING, "module": Column.STRING, "imports": Column.STRINGS,
        "invoked": Column.STRINGS, "uses": Column.STRINGS, "places": Column.STRINGS,
        "depth": Column.INTEGER, "size": Column.INTEGER, "hypotheses": Column.INTEGER,
        "trivial": Column.STRING, "automatic": Column.STRING,
    }  # fmt: skip

    def __post_init__(self) -> None:
        if not self.imports:
            raise InputError("at least one module is needed", remedy="--imports Init")
        for what, value, most in (
            ("depth", self.depth, MAX_DEPTH), ("attempts", self.attempts, MAX_ATTEMPTS),
        ):  # fmt: skip
            if not 1 <= value <= most:
                raise InputError(f"{what} {value} is not between 1 and {most}")

    @property
    def size(self) -> int | None:
        return None

    def versions(self) -> dict[str, str]:
        launcher = EmbeddedLauncher()  # the second pass through the kernel is its extension
        launcher.launch(self.imports)
        if missing := launcher.missing(self.imports):
            raise InputError(f"the embedded Lean has no module {missing[0]!r}",
                             remedy="it has those of Init, Std and Lean")
        return {"lean": launcher.fingerprint}

    def open(self, seed: int) -> Producer:
        from data.mutate.production import MutationProducer, Settings

        settings = Settings(self.imports, self.depth, self.attempts, self.keep_trivial, seed)
        return MutationProducer(self.name, settings)

    def score(self, record: Mapping[str, Any], answer: str) -> Score:
        from data.mutate.scoring import judge

        return judge(record, answer)
