"""What the library says about names in traces."""

from __future__ import annotations

from functools import cached_property

from prover.environments.lean.library import Library, load_library
from prover.evaluation.core_library import CORE, split_of


class Lookup:
    """Modules, splits and statements by name; with ``imports`` None everything is unknown."""

    def __init__(self, imports: tuple[str, ...] | None = CORE) -> None:
        self._imports = imports

    @cached_property
    def _library(self) -> Library | None:
        return None if self._imports is None else load_library(self._imports)

    def module(self, theorem: str) -> tuple[str, str]:
        """The module of a theorem and its split; what is not of the library is for training."""
        found = self._library.by_name.get(theorem) if self._library else None
        return ("", "train") if found is None else (found.module, split_of(found.module))

    def statement(self, name: str) -> str:
        """What a premise states; "" if it is unknown."""
        found = self._library.by_name.get(name) if self._library else None
        return "" if found is None else " ".join(found.statement.split())
