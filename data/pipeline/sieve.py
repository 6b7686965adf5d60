"""The sieve: which items are kept, in which split, and which are marked.

Items pass it in the order of their indices, and what becomes of one depends on those kept before
it alone. So a resumed run, which restores the sieve from its journal, decides as an uninterrupted
one does.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from data.contracts import COMMON_COLUMNS, Batch, Item, Record
from data.pipeline import minhash
from data.pipeline.contamination import Contamination
from data.pipeline.splits import Splits


class NearDuplicates(StrEnum):
    """What becomes of near-duplicates; those that would cross splits are dropped in any case."""

    MARK = "mark"
    DROP = "drop"


@dataclass(frozen=True)
class Kept:
    """A record that goes into the file, and what the sieve must remember of it."""

    record: Record
    identity: str
    signature: str


@dataclass(frozen=True)
class Entry:
    """What an index came to: records kept, and counts of those that were not, by reason."""

    index: int
    kept: tuple[Kept, ...]
    dropped: Mapping[str, int]


class Sieve:
    """Drops duplicates, contaminated items and those that would leak from split to split."""

    def __init__(
        self, kind: str, seed: int, splits: Splits, near_duplicates: NearDuplicates,
        contamination: Contamination,
    ) -> None:
        self._prefix = f"{kind}-{seed}"
        self._splits, self._policy = splits, near_duplicates
        self._contamination = contamination
        self._identities: set[str] = set()
        self._index = minhash.SimilarityIndex()
        self._places: list[tuple[str, str]] = []  # id and split of each signature in the index

    def sift(
        self, index: int, batch: Batch, signatures: tuple[minhash.Signature, ...], room: int
    ) -> Entry:
        """Decide on the items of ``index``, of which at most ``room`` are kept."""
        dropped = Counter(batch.rejected)
        kept: list[Kept] = []
        for number, (item, signature) in enumerate(zip(batch.items, signatures, strict=True)):
            if len(kept) == room:
                break
            name = f"{self._prefix}-{index}" + (f".{number}" if number else "")
            decided = self._decide(name, item, signature)
            if isinstance(decided, str):
                dropped[decided] += 1
            else:
                kept.append(decided)
                self._remember(decided, signature)
        return Entry(index, tuple(kept), dict(sorted(dropped.items())))

    def restore(self, entry: Entry) -> None:
        """Remember what was kept before."""
        for kept in entry.kept:
            self._remember(kept, minhash.decode(kept.signature))

    def _decide(self, name: str, item: Item, signature: minhash.Signature) -> Kept | str:
        """The record to be kept, or the reason why not."""
        identity = hashlib.blake2b(item.identity.encode(), digest_size=12).hexdigest()
        if identity in self._identities:
            return "duplicate"
        if item.content in self._contamination:
            return "contaminated"
        split = self._splits.of(item.family)
        near = self._index.near(signature)
        if any(self._places[number][1] != split for number in near):
            return "near-duplicate in another split"
        if near and self._policy is NearDuplicates.DROP:
            return "near-duplicate"
        original = self._places[near[0]][0] if near else ""
        record = _record(name, item, split, original)
        return Kept(record, identity, minhash.encode(signature))

    def _remember(self, kept: Kept, signature: minhash.Signature) -> None:
        self._identities.add(kept.identity)
        self._index.add(signature)
        self._places.append((kept.record["id"], kept.record["split"]))


def _record(name: str, item: Item, split: str, original: str) -> Record:
    common: dict[str, Any] = {
        "id": name, "kind": name.split("-", 1)[0], "topic": item.topic, "family": item.family,
        "split": split, "difficulty": round(item.difficulty, 4), "prompt": item.prompt,
        "answer": item.answer, "tactics": list(item.tactics), "near_duplicate_of": original,
    }  # fmt: skip
    assert common.keys() == COMMON_COLUMNS.keys()
    return {**common, **item.fields}
