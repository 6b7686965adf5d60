"""Nearest neighbours by inner product, with FAISS.

Up to 50,000 vectors a flat index, which is exact; above, a graph (HNSW: Malkov, Yashunin,
"Efficient and robust approximate nearest neighbor search using Hierarchical Navigable Small World
graphs", 2018), to which vectors can be added one by one as well. A search can be restricted to
some rows.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.contracts import Mask, RetrievalError, Vectors

FLAT_UP_TO = 50_000
_NEIGHBOURS = 32
_EF_CONSTRUCTION = 80
_EF_SEARCH = 128
_FEW = 4_000  # rows; so few are compared one by one rather than by walking the graph


@lru_cache(maxsize=1)
def _faiss() -> Any:
    try:
        import faiss
    except ImportError as problem:
        raise RetrievalError("the package faiss-cpu is not installed",
                             remedy="pip install 'lemma-prover[neural]'") from problem
    # Threads that wait in turns for a core which others use too make a search many times slower.
    faiss.omp_set_num_threads(1)
    return faiss


class VectorIndex:
    """Unit vectors by row number. Searches may run in several threads; `add` may not."""

    def __init__(self, index: Any, *, writable: bool = True) -> None:
        self._index, self._writable = index, writable

    @classmethod
    def build(cls, vectors: Vectors, *, flat_up_to: int = FLAT_UP_TO) -> VectorIndex:
        """An index of ``vectors`` [n, d], flat if there are at most ``flat_up_to``."""
        faiss, (count, dimension) = _faiss(), vectors.shape
        if count <= flat_up_to:
            index = faiss.IndexFlatIP(dimension)
        else:
            index = faiss.IndexHNSWFlat(dimension, _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efConstruction = _EF_CONSTRUCTION
        made = cls(index)
        made.add(vectors)
        return made

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def flat(self) -> bool:
        """Whether searches are exact."""
        return not hasattr(self._index, "hnsw")

    def add(self, vectors: Vectors) -> None:
        """Append rows [n, d]. Raises `ValueError` if the index is memory-mapped."""
        if not self._writable:
            raise ValueError("a memory-mapped index does not grow; load it with writable=True")
        if len(vectors):
            self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def search(
        self, queries: Vectors, k: int, mask: Mask | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows [q, m] and scores [q, m] of the best ``k`` inside ``mask``, best first; -1 where
        there are no more."""
        allowed = len(self) if mask is None else int(mask.sum())
        wanted = min(k, allowed)
        if wanted == 0:
            return (np.empty((len(queries), 0), dtype=np.int64),
                    np.empty((len(queries), 0), dtype=np.float32))
        if not self.flat and mask is not None and allowed <= max(_FEW, 4 * wanted):
            return self._exact(queries, wanted, np.flatnonzero(mask))
        scores, rows = self._index.search(
            np.ascontiguousarray(queries, dtype=np.float32), wanted,
            params=self._parameters(wanted, mask))
        if not self.flat and (rows < 0).any():  # the walk met too few of the allowed rows
            return self._exact(queries, wanted,
                               np.arange(len(self)) if mask is None else np.flatnonzero(mask))
        return rows, scores

    def _parameters(self, k: int, mask: Mask | None) -> Any:
        faiss = _faiss()
        selector = None
        if mask is not None:
            selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        if self.flat:
            return None if selector is None else faiss.SearchParameters(sel=selector)
        return faiss.SearchParametersHNSW(sel=selector, efSearch=max(_EF_SEARCH, 2 * k))

    def _exact(
        self, queries: Vectors, k: int, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        scores = np.asarray(queries) @ self.vectors(rows).T
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return rows[order], np.take_along_axis(scores, order, axis=1)

    def vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """The vectors [m, d] of some rows."""
        found: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, dtype=np.int64))
        return found

    def save(self, path: Path) -> None:
        """Write it."""
        _faiss().write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path, *, writable: bool = False) -> VectorIndex:
        """What `save` wrote; memory-mapped, unless rows are to be added.

        Raises:
            RetrievalError: it is no index.
        """
        faiss = _faiss()
        flags = 0 if writable else faiss.IO_FLAG_MMAP_IFC
        try:
            return cls(faiss.read_index(str(path), flags), writable=writable)
        except RuntimeError as problem:
            raise RetrievalError("not an index", file=path) from problem
