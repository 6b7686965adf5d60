"""Near-duplicates by MinHash and locality-sensitive hashing.

Two texts are near-duplicates when the Jaccard similarity of their shingles is at least
`THRESHOLD`, as estimated from MinHash signatures (Broder, "On the resemblance and containment of
documents", 1997). Candidates come from banding (Leskovec, Rajaraman, Ullman, "Mining of Massive
Datasets", chapter 3): with twenty bands of five rows a pair of similarity 0.8 is found with
probability 0.9996, one of similarity 0.3 compared with probability 0.05.

Written here in numpy because the usual library brings scipy, a hundred megabytes for these lines.
"""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

THRESHOLD = 0.8
BANDS, ROWS = 20, 5
SHINGLE_WORDS = 3

Signature = npt.NDArray[np.uint32]

_PRIME = 4294967311  # the least prime above 2**32: products of 32-bit numbers stay below 2**64
_draw = random.Random("minhash permutations")
_FACTORS = np.array([_draw.randrange(1, 2**32) for _ in range(BANDS * ROWS)], np.uint64)[:, None]
_SHIFTS = np.array([_draw.randrange(2**32) for _ in range(BANDS * ROWS)], np.uint64)[:, None]


def shingles(content: str) -> set[str]:
    """Runs of three words within each line; lines stand in no order."""
    found: set[str] = set()
    for line in content.splitlines():
        words = line.split()
        last = max(len(words) - SHINGLE_WORDS, 0)
        found.update(" ".join(words[i : i + SHINGLE_WORDS]) for i in range(last + 1))
    return found


def signature(features: Iterable[str]) -> Signature:
    """The MinHash signature, ``BANDS * ROWS`` numbers; that of no features is all ones."""
    hashes = np.array(
        [int.from_bytes(hashlib.blake2b(f.encode(), digest_size=4).digest()) for f in features],
        np.uint64,
    )
    if not len(hashes):
        return np.full(BANDS * ROWS, 2**32 - 1, np.uint32)
    permuted: npt.NDArray[np.uint64] = (_FACTORS * hashes + _SHIFTS) % np.uint64(_PRIME)
    least: npt.NDArray[np.uint64] = permuted.min(axis=1) & np.uint64(0xFFFFFFFF)
    return least.astype(np.uint32)


def similarity(left: Signature, right: Signature) -> float:
    """The estimated Jaccard similarity; its standard error is at most 0.05."""
    return float((left == right).mean())


def encode(value: Signature) -> str:
    """A signature as text."""
    return base64.b64encode(value.astype("<u4").tobytes()).decode("ascii")


def decode(text: str) -> Signature:
    """The signature that `encode` wrote."""
    return np.frombuffer(base64.b64decode(text), "<u4").astype(np.uint32)


class SimilarityIndex:
    """Signatures in order of arrival, searched for near-duplicates."""

    def __init__(self) -> None:
        self._signatures: list[Signature] = []
        self._buckets: list[dict[bytes, list[int]]] = [{} for _ in range(BANDS)]

    def add(self, value: Signature) -> int:
        """Add a signature; its number counts from 0."""
        number = len(self._signatures)
        self._signatures.append(value)
        for bucket, key in self._keys(value):
            bucket.setdefault(key, []).append(number)
        return number

    def near(self, value: Signature) -> list[int]:
        """The numbers of the near-duplicates of ``value`` among those added, ascending."""
        candidates: set[int] = set()
        for bucket, key in self._keys(value):
            candidates.update(bucket.get(key, ()))
        signatures = self._signatures
        return sorted(n for n in candidates if similarity(signatures[n], value) >= THRESHOLD)

    def _keys(self, value: Signature) -> Iterator[tuple[dict[bytes, list[int]], bytes]]:
        raw, width = value.tobytes(), ROWS * 4
        for band, bucket in enumerate(self._buckets):
            yield bucket, raw[band * width : (band + 1) * width]
