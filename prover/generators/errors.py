"""What keeps a generator from proposing."""

from __future__ import annotations

from pathlib import Path

from prover.contracts import LemmaError


class GeneratorError(LemmaError):
    """A generator cannot propose: its model, its server or its account does not let it.

    ``lasting`` is true where trying again is of no use (a damaged model, a wrong key) and false
    for what may pass (a server that does not answer).
    """

    def __init__(
        self, message: str, *, file: Path | str | None = None, remedy: str | None = None,
        lasting: bool = True,
    ) -> None:
        self.lasting = lasting
        super().__init__(message, file=file, remedy=remedy)


class GeneratorClosed(GeneratorError):
    """The generator was closed while it was asked; nobody needs to be told."""
