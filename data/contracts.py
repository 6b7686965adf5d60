"""What passes between the kinds of data, the pipeline that writes them and the scorer.

A kind is a value: picklable, its options in its fields. Item ``i`` of a kind is a function of
the options, the seed and ``i`` alone, which is what makes a run resumable, its work divisible,
and its file the same on every machine.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol


class Column(StrEnum):
    """The types of columns. They are few so that JSONL and Parquet hold the same."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    STRINGS = "list of strings"
    INTEGERS = "list of integers"


# ``near_duplicate_of`` is the id of an earlier record, or empty.
COMMON_COLUMNS: Mapping[str, Column] = {
    "id": Column.STRING,
    "kind": Column.STRING,
    "topic": Column.STRING,
    "family": Column.STRING,
    "split": Column.STRING,
    "difficulty": Column.NUMBER,
    "prompt": Column.STRING,
    "answer": Column.STRING,
    "tactics": Column.STRINGS,
    "near_duplicate_of": Column.STRING,
}

Record = dict[str, Any]


@dataclass(frozen=True)
class Item:
    """One item whose answer has been verified.

    ``family``: items of one family are alike as problems and share a split. ``difficulty`` runs
    from 0 to 1. ``tactics`` are the methods that the answer takes (deduction rules, tactics).
    ``identity`` is equal for items that say the same, however they put it: of these, the first
    is kept. ``content`` is what the item says without its boilerplate, one statement a line: it
    is compared for near-duplicates and with benchmarks. ``fields`` are the kind's own columns.
    """

    topic: str
    family: str
    difficulty: float
    prompt: str
    answer: str
    identity: str
    content: str
    tactics: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """What one index gave: verified items, and how many were rejected for which reason."""

    items: tuple[Item, ...] = ()
    rejected: Mapping[str, int] = field(default_factory=dict)


class Producer(Protocol):
    """A kind at work in one process, with whatever it keeps open (provers, a Lean server)."""

    def produce(self, index: int) -> Batch:
        """The items of ``index``: always the same for the same kind, seed and index."""

    def close(self) -> None:
        """Give back what is open. Idempotent."""


@dataclass(frozen=True)
class Score:
    """The judgement of an answer: ``reward`` is in [0, 1], 1 exactly if it is ``correct``."""

    correct: bool
    reward: float
    reason: str

    @classmethod
    def right(cls, reason: str) -> Score:
        """A correct answer."""
        return cls(True, 1.0, reason)

    @classmethod
    def wrong(cls, reason: str, reward: float = 0.0) -> Score:
        """A wrong one, with a ``reward`` below 1 for what is right about it."""
        return cls(False, min(max(reward, 0.0), 0.99), reason)


class Kind(Protocol):
    """A kind of data, with its options. Implementations are frozen dataclasses whose fields are
    the options; their ``__post_init__`` raises `InputError` for values that make no sense.

    ``revision`` counts up whenever the same seed would give other items than before.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    licence: ClassVar[str]
    revision: ClassVar[int]
    columns: ClassVar[Mapping[str, Column]]

    @property
    def size(self) -> int | None:
        """The number of indices there are; None if there is no end to them."""

    def versions(self) -> dict[str, str]:
        """The versions of the tools on which the items depend. Raises `LemmaError` if one that
        is needed is not installed."""

    def open(self, seed: int) -> Producer:
        """A producer for the calling process."""

    def score(self, record: Mapping[str, Any], answer: str) -> Score:
        """Judge a model's ``answer`` to the item in ``record``, by its meaning."""


def item_random(kind: str, seed: int, index: int) -> random.Random:
    """The random numbers of one item; independent of all other items."""
    digest = hashlib.sha256(f"{kind}/{seed}/{index}".encode()).digest()
    return random.Random(int.from_bytes(digest))
