"""How texts are laid out for an encoder: what a Hugging Face folder does not say itself.

A folder may hold ``lemma_encoder.json`` with these fields; trained encoders always do.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from retrieval.contracts import Premise, RetrievalError

FILE_NAME = "lemma_encoder.json"


class Pooling(StrEnum):
    """How token vectors become one vector."""

    MEAN = "mean"
    CLS = "cls"


@dataclass(frozen=True)
class EncoderFormat:
    """The layout of texts, the pooling and the greatest length in tokens.

    ``premise`` may use ``{name}``, ``{statement}`` and ``{module}``; ``query`` uses ``{goal}``.
    """

    premise: str = "{name} : {statement}"
    query: str = "{goal}"
    pooling: Pooling = Pooling.MEAN
    max_length: int = 256

    def premise_text(self, premise: Premise) -> str:
        """The text that stands for ``premise``."""
        return self.premise.format(
            name=premise.name, statement=premise.statement, module=premise.module)

    def query_text(self, goal: str) -> str:
        """The text that stands for a goal."""
        return self.query.format(goal=goal)

    def save(self, folder: Path) -> None:
        """Write ``lemma_encoder.json`` into a model folder."""
        text = json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False)
        (folder / FILE_NAME).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> EncoderFormat | None:
        """The format of a model folder, None if it does not say.

        Raises:
            RetrievalError: the file is there and is not such a format.
        """
        path = folder / FILE_NAME
        if not path.is_file():
            return None
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            made = cls(**{**fields, "pooling": Pooling(fields.get("pooling", Pooling.MEAN))})
            made.premise_text(Premise("a", "b"))
            made.query_text("c")
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as problem:
            raise RetrievalError(f"not an encoder format: {problem}", file=path) from problem
        return made


# Yang et al., "LeanDojo: Theorem Proving with Retrieval-Augmented Language Models", 2023: the
# premise's full name stands in <a>…</a>, a state is given as printed, both at most 1,024 bytes.
REPROVER = EncoderFormat(premise="<a>{name}</a> {statement}", max_length=1024)
