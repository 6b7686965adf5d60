"""Lexical rankers: by weighted features that a goal and a premise share. No model, no training.

* `bm25`: words, weighted by BM25 (Robertson, Zaragoza, "The Probabilistic Relevance Framework:
  BM25 and Beyond", 2009).
* `symbols`: the sets of words and shapes, weighted by inverse document frequency, compared by
  cosine (as the feature-based premise selectors of Isabelle's MaSh and of Mizar do).

Both are sums over shared features, so one inverted index serves both. Only numpy is needed; an
index of 45,000 premises is some 50 MB on disk and memory-mapped.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.contracts import Mask, Premise, Ranking
from retrieval.features import shapes, words

_K1, _B = 1.5, 0.75
_ARRAYS = ("features", "starts", "ids", "weights")
Counts = Mapping[str, int]


@dataclass(frozen=True)
class Features:
    """What a kind of lexical ranker counts, and how it weights it.

    ``revision`` counts up when the same text would get other features or weights.
    """

    name: str
    of_premise: Callable[[Premise], Counts]
    of_query: Callable[[str], Counts]
    saturating: bool
    revision: int = 1


def _word_counts(premise: Premise) -> Counts:
    return Counter(words(premise.statement, premise.name))


def _symbol_set(text: str, name: str = "") -> Counts:
    return dict.fromkeys([*words(text, name), *shapes(text)], 1)


BM25 = Features("bm25", _word_counts, lambda goal: Counter(words(goal)), saturating=True)
SYMBOLS = Features(
    "symbols", lambda premise: _symbol_set(premise.statement, premise.name), _symbol_set,
    saturating=False)
KINDS = {features.name: features for features in (BM25, SYMBOLS)}


class LexicalRanker:
    """A `retrieval.contracts.Ranker` over an inverted index.

    ``features`` are sorted 64-bit hashes; the postings of feature ``i`` are
    ``ids[starts[i]:starts[i+1]]`` with their ``weights``.
    """

    def __init__(
        self, kind: Features, count: int, features: NDArray[np.uint64],
        starts: NDArray[np.int64], ids: NDArray[np.int32], weights: NDArray[np.float32],
    ) -> None:
        self.kind, self._count = kind, count
        self._features, self._starts, self._ids, self._weights = features, starts, ids, weights

    @property
    def name(self) -> str:
        """``bm25`` or ``symbols``."""
        return self.kind.name

    @classmethod
    def build(cls, kind: Features, premises: Iterable[Premise]) -> LexicalRanker:
        """An index of ``premises``, whose places are their ids."""
        hashes: dict[str, int] = {}
        keys: list[int] = []
        ids: list[int] = []
        counts: list[int] = []
        lengths: list[int] = []
        for index, premise in enumerate(premises):
            found = kind.of_premise(premise)
            keys += [_hashed(hashes, feature) for feature in found]
            ids += [index] * len(found)
            counts += found.values()
            lengths.append(sum(found.values()))
        order = np.lexsort((np.array(ids, dtype=np.int64), np.array(keys, dtype=np.uint64)))
        key_array = np.array(keys, dtype=np.uint64)[order]
        id_array = np.array(ids, dtype=np.int32)[order]
        count_array = np.array(counts, dtype=np.float32)[order]
        features, starts = np.unique(key_array, return_index=True)
        starts = np.append(starts, len(key_array)).astype(np.int64)
        weights = _weights(kind, np.diff(starts), id_array, count_array,
                           np.array(lengths, dtype=np.float32))
        return cls(kind, len(lengths), features, starts, id_array, weights)

    def rank(
        self, queries: Sequence[str], k: int, masks: Sequence[Mask | None] | None = None
    ) -> list[Ranking]:
        """See `Ranker.rank`. Premises that share nothing with a query are left out."""
        return [top(self._scores(query), k, mask)
                for query, mask in zip(queries, masks or [None] * len(queries), strict=True)]

    def _scores(self, query: str) -> NDArray[np.float32]:
        counts = self.kind.of_query(query)
        keys = np.array([_hash(feature) for feature in counts], dtype=np.uint64)
        scores = np.zeros(self._count, dtype=np.float32)
        if not len(self._features):
            return scores
        places = np.searchsorted(self._features, keys)
        places[places == len(self._features)] = 0
        for place, key, count in zip(places, keys, counts.values(), strict=True):
            if self._features[place] == key:
                start, end = self._starts[place], self._starts[place + 1]
                # No premise stands twice in a posting list, so plain indexing adds them all.
                scores[self._ids[start:end]] += self._query_weight(end - start, count) * (
                    self._weights[start:end])
        return scores

    def _query_weight(self, holders: int, count: int) -> np.float32:
        return np.float32(count if self.kind.saturating else _idf(holders, self._count))

    def save(self, folder: Path) -> None:
        """Write the arrays into an existing folder."""
        for name in _ARRAYS:
            np.save(folder / f"{self.name}-{name}.npy", getattr(self, f"_{name}"))
        np.save(folder / f"{self.name}-count.npy", np.array([self._count]))

    @classmethod
    def load(cls, kind: Features, folder: Path) -> LexicalRanker:
        """What `save` wrote, memory-mapped. Raises `OSError` or `ValueError` if it is not there
        or not whole."""
        arrays = [np.load(folder / f"{kind.name}-{name}.npy", mmap_mode="r") for name in _ARRAYS]
        [count] = np.load(folder / f"{kind.name}-count.npy")
        features, starts, ids, weights = arrays
        if not len(features) + 1 == len(starts) or not len(ids) == len(weights) == starts[-1]:
            raise ValueError("the arrays do not fit each other")
        return cls(kind, int(count), features, starts, ids, weights)


def top(scores: NDArray[np.float32], k: int, mask: Mask | None) -> Ranking:
    """The ``k`` ids with the best positive scores inside ``mask``; equal ones by id."""
    found = np.flatnonzero(scores > 0 if mask is None else (scores > 0) & mask)
    if len(found) > 4 * k:
        # Everything as good as the k-th best, so that ties are cut by id and not by chance.
        least = np.partition(scores[found], -k)[-k]
        found = found[scores[found] >= least]
    order = np.lexsort((found, -scores[found]))[:k]
    ids = found[order].astype(np.int64)
    return Ranking(ids, scores[ids].astype(np.float32))


def _weights(
    kind: Features, holders: NDArray[np.int64], ids: NDArray[np.int32],
    counts: NDArray[np.float32], lengths: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The weight of each posting."""
    idf = np.repeat(_idf(holders, len(lengths)), holders).astype(np.float32)
    if kind.saturating:
        relative = lengths / max(float(lengths.mean()), 1e-9) if len(lengths) else lengths
        damping = _K1 * (1 - _B + _B * relative[ids])
        return (idf * counts * (_K1 + 1) / (counts + damping)).astype(np.float32)
    norms = np.sqrt(np.bincount(ids, idf**2, minlength=len(lengths)))
    return (idf / norms[ids]).astype(np.float32)


def _idf(holders: NDArray[np.int64] | int, count: int) -> NDArray[np.float32]:
    values = np.log1p((count - np.asarray(holders) + 0.5) / (np.asarray(holders) + 0.5))
    return values.astype(np.float32)


def _hashed(known: dict[str, int], feature: str) -> int:
    value = known.get(feature)
    if value is None:
        value = known[feature] = _hash(feature)
    return value


def _hash(feature: str) -> int:
    return int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest())
