"""What is in a dataset: counts and distributions, from its records alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from data.contracts import Record

DIFFICULTY_BINS = 10


@dataclass
class Statistics:
    """Counts over records. ``difficulty`` counts tenths from 0 to 1; ``prompt_words`` and
    ``answer_words`` count by powers of two: key 16 stands for 16 to 31 words."""

    records: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    tactics: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    difficulty: Counter[int] = field(default_factory=Counter)
    prompt_words: Counter[int] = field(default_factory=Counter)
    answer_words: Counter[int] = field(default_factory=Counter)
    near_duplicates: int = 0
    family_splits: dict[str, str] = field(default_factory=dict)
    crossing: int = 0

    def add(self, record: Record) -> None:
        """Count one record; columns that it lacks count as empty."""
        self.records += 1
        for name, column in (("kinds", "kind"), ("splits", "split"), ("topics", "topic")):
            getattr(self, name)[str(record.get(column) or "–")] += 1
        self.tactics.update(map(str, record.get("tactics") or ()))
        answer = str(record.get("answer") or "")
        if len(answer) <= 12:
            self.answers[answer] += 1
        self.difficulty[_bin(record.get("difficulty"))] += 1
        self.prompt_words[_power(len(str(record.get("prompt") or "").split()))] += 1
        self.answer_words[_power(len(answer.split()))] += 1
        self.near_duplicates += bool(record.get("near_duplicate_of"))
        family, split = str(record.get("family") or ""), str(record.get("split") or "")
        self.crossing += self.family_splits.setdefault(family, split) != split

    @classmethod
    def of(cls, records: Iterable[Record]) -> Statistics:
        """The statistics of ``records``."""
        statistics = cls()
        for record in records:
            statistics.add(record)
        return statistics

    def as_json(self) -> dict[str, Any]:
        """As JSON can hold it."""
        value = dict(vars(self))
        value["families"] = len(value.pop("family_splits"))
        counters = {k: dict(sorted(v.items())) for k, v in value.items() if isinstance(v, Counter)}
        return {**value, **counters}


def _bin(difficulty: Any) -> int:
    value = float(difficulty) if isinstance(difficulty, int | float) else 0.0
    return min(max(int(value * DIFFICULTY_BINS), 0), DIFFICULTY_BINS - 1)


def _power(number: int) -> int:
    return 1 << (number.bit_length() - 1) if number else 0
