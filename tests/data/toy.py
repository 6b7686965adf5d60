"""A kind of data for testing the pipeline: fast, with batches, rejections and duplicates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from data.contracts import Batch, Column, Item, Score, item_random
from data.registry import option


@dataclass(frozen=True)
class ToyKind:
    """Words; some indices give nothing, some two items, some what an earlier one gave."""

    vocabulary: int = option(400, "number of words")
    last: int | None = option(None, "number of indices")
    rejecting: bool = option(True, "whether some indices give nothing")

    name: ClassVar[str] = "toy"
    summary: ClassVar[str] = "words"
    licence: ClassVar[str] = "Apache-2.0"
    revision: ClassVar[int] = 1
    columns: ClassVar[Mapping[str, Column]] = {
        "words": Column.STRINGS, "length": Column.INTEGER, "squares": Column.INTEGERS,
        "even": Column.BOOLEAN,
    }  # fmt: skip

    @property
    def size(self) -> int | None:
        return self.last

    def versions(self) -> dict[str, str]:
        return {"toy": "1"}

    def open(self, seed: int) -> ToyProducer:
        return ToyProducer(self, seed)

    def score(self, record: Mapping[str, Any], answer: str) -> Score:
        right = answer == record["answer"]
        return Score.right("equal") if right else Score.wrong("different")


@dataclass(frozen=True)
class ToyProducer:
    kind: ToyKind
    seed: int

    def produce(self, index: int) -> Batch:
        rng = item_random("toy", self.seed, index)
        if self.kind.rejecting and rng.random() < 0.2:
            return Batch(rejected={"unlucky": 1})
        return Batch(tuple(self._item(rng.randrange(self.kind.vocabulary), rng.random() < 0.2)
                           for _ in range(rng.choice((1, 1, 2)))))

    def _item(self, number: int, altered: bool) -> Item:
        """Text ``number``, or one that differs in its last word and is of another family."""
        rng = item_random("text", 0, number)
        words = [f"w{rng.randrange(10_000)}" for _ in range(40)]
        if altered:
            words[-1] = "é"
        return Item(
            topic=f"topic {number % 3}", family=f"{number}/{altered}", difficulty=number / 400,
            prompt=" ".join(words), answer=words[0], identity=" ".join(words),
            content=" ".join(words), tactics=("look",),
            fields={"words": words, "length": len(words), "squares": [1, 4], "even": True},
        )  # fmt: skip

    def close(self) -> None:
        """Nothing is open."""
