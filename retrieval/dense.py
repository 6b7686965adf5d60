"""Ranking by vectors: an encoder, an index of its vectors, and which row is which premise.

Rows are known by the hashes of their texts, so the index of an earlier state of a corpus serves
the present one: what is new is added, what is gone stays as a row that no search returns, until
there are too many of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.contracts import Encoder, Mask, Premise, Ranking
from retrieval.embeddings import EmbeddingStore, Progress, text_key
from retrieval.sealed import sealing
from retrieval.vector_index import FLAT_UP_TO, VectorIndex

_VECTORS, _ROWS, _KEYS, _ENCODER = "vectors.faiss", "rows.npy", "keys.npy", "encoder.txt"
_DEAD_SHARE = 0.2  # of the rows, at which an index is built anew

Keys = NDArray[np.void]
"""Shape [rows]: the key of each row's text (16 bytes)."""


def keys_of(encoder: Encoder, premises: Sequence[Premise]) -> Keys:
    """The keys of the texts of ``premises`` in the format of ``encoder``."""
    joined = b"".join(text_key(encoder.premise_text(premise)) for premise in premises)
    return np.frombuffer(joined, dtype="V16")


class DenseRanker:
    """A `retrieval.contracts.Ranker` by inner products of an encoder's vectors.

    Args:
        encoder: for the queries.
        index: with a row for every premise text, and perhaps others.
        rows: the keys of the rows of ``index``.
        keys: the keys of the premises, by id.
    """

    def __init__(self, encoder: Encoder, index: VectorIndex, rows: Keys, keys: Keys) -> None:
        self._encoder, self._index = encoder, index
        place = {key: row for row, key in enumerate(rows.tolist())}
        self._row = np.array([place[key] for key in keys.tolist()], dtype=np.int64)
        order = np.argsort(self._row, kind="stable")
        # The ids of row r are order[starts[r]:starts[r+1]]: several premises may share a text.
        self._starts = np.searchsorted(self._row[order], np.arange(len(rows) + 1))
        self._ids = order
        self._straight = len(rows) == len(keys) and bool((order == self._row).all()) and bool(
            (np.diff(self._starts) == 1).all()) and bool((order == np.arange(len(order))).all())

    @property
    def name(self) -> str:
        """The encoder's."""
        return self._encoder.name

    def rank(
        self, queries: Sequence[str], k: int, masks: Sequence[Mask | None] | None = None
    ) -> list[Ranking]:
        """See `Ranker.rank`; queries with the same mask are searched for at once."""
        if not len(queries):
            return []
        vectors = self._encoder.encode_queries(queries)
        masks = masks or [None] * len(queries)
        groups: dict[int, list[int]] = {}
        for index, mask in enumerate(masks):
            groups.setdefault(id(mask), []).append(index)
        found: list[Ranking | None] = [None] * len(queries)
        for members in groups.values():
            mask = masks[members[0]]
            for index, ranking in zip(members, self._search(vectors[members], k, mask),
                                      strict=True):
                found[index] = ranking
        return [ranking for ranking in found if ranking is not None]

    def _search(self, vectors: NDArray[np.float32], k: int, mask: Mask | None) -> list[Ranking]:
        rows, scores = self._index.search(vectors, k, self._row_mask(mask))
        if self._straight:
            return [_ordered(r, s) for r, s in zip(rows, scores, strict=True)]
        return [self._premises(r, s, k, mask) for r, s in zip(rows, scores, strict=True)]

    def _row_mask(self, mask: Mask | None) -> Mask | None:
        if self._straight:
            return mask
        allowed = np.zeros(len(self._starts) - 1, dtype=np.bool_)
        allowed[self._row if mask is None else self._row[mask]] = True
        return allowed

    def _premises(
        self, rows: NDArray[np.int64], scores: NDArray[np.float32], k: int, mask: Mask | None
    ) -> Ranking:
        """Rows as the premises that they stand for."""
        ids = [self._ids[self._starts[row] : self._starts[row + 1]] for row in rows]
        every = np.concatenate([np.empty(0, dtype=np.int64), *ids])
        repeated = np.repeat(scores, [len(found) for found in ids]).astype(np.float32)
        if mask is not None:
            kept = mask[every]
            every, repeated = every[kept], repeated[kept]
        ranking = _ordered(every, repeated)
        return Ranking(ranking.ids[:k], ranking.scores[:k])


def _ordered(ids: NDArray[np.int64], scores: NDArray[np.float32]) -> Ranking:
    order = np.lexsort((ids, -scores))
    return Ranking(ids[order], scores[order])


def dense_ranker(
    encoder: Encoder, premises: Sequence[Premise], store: EmbeddingStore | None = None,
    progress: Progress | None = None,
) -> DenseRanker:
    """A ranker in memory, for a corpus that is not worth an index on disk."""
    texts = [encoder.premise_text(premise) for premise in premises]
    vectors = encoder.encode_premises(texts) if store is None else store.vectors(texts, progress)
    keys = keys_of(encoder, premises)
    return DenseRanker(encoder, VectorIndex.build(vectors), keys, keys)


def save_index(
    folder: Path, index: VectorIndex, rows: Keys, encoder: Encoder, keys: Keys | None = None
) -> None:
    """Write an index with its rows' keys and the name of its encoder, as a sealed folder; also
    the ``keys`` of the premises by id, if these are not those of the rows."""
    with sealing(folder) as partial:
        index.save(partial / _VECTORS)
        for name, saved in ((_ROWS, rows), (_KEYS, rows if keys is None else keys)):
            np.save(partial / name, saved.view("u1").reshape(-1, 16))
        (partial / _ENCODER).write_text(encoder.name + "\n", encoding="utf-8")


def encoder_of(folder: Path) -> str:
    """The name of the encoder of what `save_index` wrote. Raises `OSError`."""
    return (folder / _ENCODER).read_text(encoding="utf-8").strip()


def load_index(folder: Path, *, writable: bool = False) -> tuple[VectorIndex, Keys]:
    """What `save_index` wrote, memory-mapped unless ``writable``.

    Raises `OSError`, `ValueError` or `RetrievalError` if it is not there or not whole.
    """
    rows = _loaded(folder / _ROWS)
    index = VectorIndex.load(folder / _VECTORS, writable=writable)
    if len(index) != len(rows):
        raise ValueError("the rows do not fit the index")
    return index, rows


def load_keys(folder: Path) -> Keys:
    """The keys of the premises for which `save_index` was called. Raises as `load_index`."""
    return _loaded(folder / _KEYS)


def _loaded(file: Path) -> Keys:
    keys: Keys = np.ascontiguousarray(np.load(file)).view("V16").reshape(-1)
    return keys


def grown(
    old: tuple[VectorIndex, Keys] | None, keys: Keys, encoder: Encoder,
    premises: Sequence[Premise], store: EmbeddingStore, progress: Progress | None = None,
) -> tuple[VectorIndex, Keys]:
    """An index with a row for each of ``premises``, from ``old`` where that is worth it."""
    texts = [encoder.premise_text(premise) for premise in premises]
    wanted = keys.tolist()
    if old is not None:
        index, rows = old
        have = set(rows.tolist())
        new = [i for i, key in enumerate(wanted) if key not in have]
        dead = len(have) - len(have.intersection(wanted))
        total = len(rows) + len(new)
        if dead <= _DEAD_SHARE * total and index.flat == (total <= FLAT_UP_TO):
            index.add(store.vectors([texts[i] for i in new], progress))
            return index, np.concatenate([rows, keys[new]])
    return VectorIndex.build(store.vectors(texts, progress)), keys
