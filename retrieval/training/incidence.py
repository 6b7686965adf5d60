"""Sparse features of texts, with nothing but numpy: symbols, pairs of them, and who has them.

A text's features are its symbols, and each two symbols that follow one another in it (in a term,
mostly a function and the head of its argument). They are read off the text, so that premises,
goals of proof states and goals of training examples are compared alike. Where texts do not show
the symbols of their statements (Lean prints notations), `retrieval.features.words` take their
place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from retrieval.contracts import Premise
from retrieval.features import words

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]

_WORD = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s()\[\]{}⟨⟩,:;]+")


@dataclass(frozen=True)
class Incidence:
    """Which of ``rows`` things have which of some features: a matrix of zeros and ones by column.

    The things that have feature f are ``holders[starts[f]:starts[f + 1]]``.
    """

    rows: int
    starts: Ids
    holders: Ids

    @classmethod
    def of(cls, features: Sequence[Ids], columns: int) -> Incidence:
        """From the feature ids of each thing, every feature once."""
        lengths = [len(found) for found in features]
        flat = np.concatenate([*features, np.empty(0, dtype=np.int64)])
        owner = np.repeat(np.arange(len(features), dtype=np.int64), lengths)
        order = np.argsort(flat, kind="stable")
        starts = np.searchsorted(flat[order], np.arange(columns + 1)).astype(np.int64)
        return cls(len(features), starts, owner[order])

    @property
    def counts(self) -> Ids:
        """How many things have each feature."""
        return np.diff(self.starts)

    def weighted(self, features: Ids, weights: Floats) -> Floats:
        """For each thing the sum of the weights of those of ``features`` that it has, [rows]."""
        found = np.zeros(self.rows, dtype=np.float32)
        if not len(features):
            return found
        lengths = self.starts[features + 1] - self.starts[features]
        begin = np.repeat(self.starts[features] - np.cumsum(lengths) + lengths, lengths)
        holders = self.holders[begin + np.arange(len(begin))]
        found += np.bincount(holders, weights=np.repeat(weights, lengths), minlength=self.rows)
        return found


@dataclass
class Vocabulary:
    """Numbers the features of texts. Only ``symbols`` count, or with None, all words do."""

    symbols: frozenset[str] | None
    ids: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, premises: Sequence[Premise]) -> Vocabulary:
        """The vocabulary for these premises, still without numbers."""
        showing = sum(not p.symbols.isdisjoint(_WORD.findall(p.statement)) for p in premises)
        if 2 * showing < len(premises):
            return cls(None)
        return cls(frozenset().union(*(premise.symbols for premise in premises)))

    def __len__(self) -> int:
        return len(self.ids)

    def learn(self, text: str, name: str = "") -> Ids:
        """The features of a text (a premise's with its name); new ones get the next numbers."""
        found = self._features(text, name)
        for feature in found:
            self.ids.setdefault(feature, len(self.ids))
        return np.array([self.ids[feature] for feature in found], dtype=np.int64)

    def known(self, text: str) -> Ids:
        """Those features of ``text`` that have a number."""
        found = self._features(text)
        return np.array([self.ids[f] for f in found if f in self.ids], dtype=np.int64)

    def _features(self, text: str, name: str = "") -> list[str]:
        if self.symbols is None:
            found, about = words(text), words("", name)
        else:
            found = [word for word in _WORD.findall(text) if word in self.symbols]
            # ``dt_k1_tarski`` is about ``k1_tarski``, whatever it says.
            about = [rest for rest in [name.partition("_")[2]] if rest in self.symbols]
        pairs = (f"{first} {second}" for first, second in pairwise(found))
        return list(dict.fromkeys([*found, *about, *pairs]))
