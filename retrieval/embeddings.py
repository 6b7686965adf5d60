"""Vectors that were computed once are kept, by what they are vectors of.

A store is one SQLite file for one version of one encoder; its keys are hashes of texts. So a
changed file has only its changed statements embedded, and an interrupted run goes on where it
was. Several processes may use one store.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from retrieval.contracts import Encoder, Vectors

Progress = Callable[[int, int], None]
"""Told how many of how many are done."""

_CHUNK = 512  # texts between two commits
_VARIABLES = 500  # of one SQL statement


def text_key(text: str) -> bytes:
    """The 16 bytes by which a text is known."""
    return hashlib.sha256(text.encode()).digest()[:16]


class EmbeddingStore:
    """The vectors of premise texts by one encoder, in a file of ``folder``."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self._encoder = encoder
        self.path = folder / f"{encoder.version}.sqlite"

    def vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """The vectors [n, d] of ``texts``, computed only where they are not known."""
        found = np.empty((len(texts), self._encoder.dimension), dtype=np.float32)
        keys = [text_key(text) for text in texts]
        with closing(self._open()) as database:
            known = self._known(database, keys)
            missing: list[int] = []
            for index, key in enumerate(keys):
                vector = known.get(key)
                if vector is None:
                    missing.append(index)
                else:
                    found[index] = np.frombuffer(vector, dtype=np.float32)
            done = len(texts) - len(missing)
            for start in range(0, len(missing), _CHUNK):
                if progress is not None:
                    progress(done + start, len(texts))
                chunk = missing[start : start + _CHUNK]
                made = self._encoder.encode_premises([texts[i] for i in chunk])
                found[chunk] = made
                with database:
                    database.executemany(
                        "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                        [(keys[i], row.tobytes()) for i, row in zip(chunk, made, strict=True)])
        if progress is not None:
            progress(len(texts), len(texts))
        return found

    def _known(
        self, database: sqlite3.Connection, keys: Sequence[bytes]
    ) -> dict[bytes, bytes]:
        size = 4 * self._encoder.dimension
        known: dict[bytes, bytes] = {}
        for start in range(0, len(keys), _VARIABLES):
            part = keys[start : start + _VARIABLES]
            marks = ",".join("?" * len(part))
            rows = database.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})",
                                    part)
            known.update((key, vector) for key, vector in rows if len(vector) == size)
        return known

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._connected()
        except sqlite3.DatabaseError as problem:
            if isinstance(problem, sqlite3.OperationalError):
                raise
            self.path.unlink()  # not a database any more: everything in it can be made again
            return self._connected()

    def _connected(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, timeout=120)
        try:
            with database:
                database.execute("CREATE TABLE IF NOT EXISTS vectors "
                                 "(key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
            # A damaged file often opens; the first look at a page tells.
            database.execute("PRAGMA quick_check(1)").fetchone()
        except BaseException:
            database.close()
            raise
        return database
