"""What a training run can be told, in a TOML file or on the command line."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.contracts import RetrievalError


@dataclass(frozen=True)
class TrainingOptions:
    """Options of contrastive training.

    Attributes:
        steps: at most so many batches.
        batch_size: goals in a batch; each brings one used premise and its hard negatives.
        hard_negatives: for each goal, drawn from the ``hard_pool`` best ranked accessible
            premises that it did not use.
        temperature: by which inner products are divided before the softmax.
        learning_rate: of AdamW, after a linear rise over the share ``warmup`` of the steps and
            before a linear fall to zero.
        symbol_learning_rate: the same for the vectors of words.
        new_words: symbols in at least so many premises become words of their own (0: none).
        evaluate_every: steps between two measurements of the validation recall, after which the
            state is saved and hard negatives are drawn anew by the model itself.
        patience: measurements without a better recall after which training stops.
        recall_at: the cut of that recall.
        max_length: in tokens; longer texts are cut.
        threads: of the processor.
    """

    steps: int = 200
    batch_size: int = 24
    hard_negatives: int = 1
    hard_pool: int = 100
    temperature: float = 0.05
    learning_rate: float = 1e-4
    symbol_learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.1
    new_words: int = 3
    evaluate_every: int = 50
    patience: int = 3
    recall_at: int = 64
    max_length: int = 96
    threads: int = 1
    seed: int = 0
    dtype: str = "auto"

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "hard_pool", "evaluate_every", "patience",
                     "recall_at", "max_length", "threads"):
            if getattr(self, name) < 1:
                raise RetrievalError(f"{name} must be at least 1")
        for name in ("temperature", "learning_rate", "symbol_learning_rate"):
            if not getattr(self, name) > 0:
                raise RetrievalError(f"{name} must be greater than 0")
        if not 0 <= self.warmup <= 1:
            raise RetrievalError("warmup is a share between 0 and 1")

    def changed(self, given: Mapping[str, Any]) -> TrainingOptions:
        """These options with others in place of some.

        Raises:
            RetrievalError: there is no such option, or it is of another type.
        """
        fields = {field.name: field for field in dataclasses.fields(self)}
        for name, value in given.items():
            if name not in fields:
                raise RetrievalError(f"unknown option {name!r}",
                                     remedy="choose from " + ", ".join(fields))
            kind = type(getattr(self, name))
            if not isinstance(value, (int, float) if kind is float else kind):
                raise RetrievalError(f"{name} = {value!r} is not of type {kind.__name__}")
        return dataclasses.replace(self, **given)

    @classmethod
    def load(cls, path: Path) -> TrainingOptions:
        """The options of a TOML file, the others as usual.

        Raises:
            RetrievalError: with the file, if it cannot be read or says what cannot be.
        """
        try:
            return cls().changed(tomllib.loads(path.read_text(encoding="utf-8")))
        except OSError as problem:
            raise RetrievalError(f"cannot be read: {problem.strerror}", file=path) from problem
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise RetrievalError(f"not TOML: {problem}", file=path) from problem
        except RetrievalError as problem:
            raise RetrievalError(problem.message, file=path, remedy=problem.remedy) from problem
