"""The proof cache: what searches have learnt, kept for later ones.

A goal that was proved before is answered with its script, which is replayed and checked like any
other tactic: the cache is never trusted, so a wrong entry costs one tactic call (and is then
forgotten). A tactic that failed on a goal before is not tried on it again.

Goals are known by their canonical text (`prover.goal_keys`) together with their *theory*: the
library and its version, and what stands before the theorem in its file. The cache is one SQLite
file in the cache folder, used by any number of processes at once. It does not grow beyond a
bound, and a damaged file is noticed and begun anew.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

from prover import goal_keys
from prover.cache import cache_root
from prover.contracts import Goal

MAX_BYTES = 256 << 20
_SCHEMA = 1
_DIGEST = 8  # bytes for a failed tactic; of a million, two agree once in 30 million caches
_MOST_FAILURES = 4096  # tactics remembered for one goal
_DAY = 86400
_PATIENCE = 10  # seconds to wait for another process
_KEPT = 0.7  # of the entries, when the cache has grown too large
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

A = TypeVar("A")


@dataclass(frozen=True)
class Theory:
    """What the text of a goal is about.

    ``library`` changes with the library, its version, and the definitions before the theorem:
    where it is the same, proofs are worth trying. ``place`` changes with anything that comes
    before the theorem: where it is the same, failures repeat.
    """

    library: str
    place: str


@dataclass(frozen=True)
class CacheInfo:
    """What a cache holds: its file, entries, and size in bytes."""

    path: Path
    proofs: int
    goals_with_failures: int
    bytes: int


def default_path() -> Path:
    """Where the cache of this user is."""
    return cache_root() / "proofs" / "cache.sqlite3"


class ProofCache:
    """The cache file. Safe for several threads and processes.

    Whatever is wrong with the file never stops a search: it answers nothing then, and ``trouble``
    says why.
    """

    def __init__(self, path: Path | None = None, *, max_bytes: int = MAX_BYTES) -> None:
        self.path, self._max_bytes = path or default_path(), max_bytes
        self.trouble = ""
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def of(self, theory: Theory) -> Knowledge:
        """What is known about the goals of a theory."""
        return Knowledge(self, theory)

    def info(self) -> CacheInfo:
        """Counts and size; an empty cache where there is no file yet."""
        proofs, failures = self._guarded(_counts, (0, 0))
        files = self.path.parent.glob(f"{self.path.name}*")
        return CacheInfo(self.path, proofs, failures, sum(f.stat().st_size for f in files))

    def clear(self) -> None:
        """Forget everything."""
        self._guarded(_clear, None)

    def close(self) -> None:
        """Close the file. Idempotent."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def __enter__(self) -> ProofCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def proof(self, key: bytes) -> tuple[str, tuple[str, ...]] | None:
        """A script, and what the hypotheses are called in it."""
        def read(db: sqlite3.Connection) -> tuple[str, tuple[str, ...]] | None:
            row = db.execute("SELECT script, names FROM proofs WHERE key = ?", (key,)).fetchone()
            return None if row is None else (row[0], tuple(json.loads(row[1])))

        return self._guarded(read, None)

    def failures(self, key: bytes) -> frozenset[bytes]:
        """The digests of tactics that have failed."""
        return self._guarded(lambda db: _failures(db, key), frozenset())

    def write(
        self, proofs: Mapping[bytes, tuple[str, Sequence[str]]],
        failures: Mapping[bytes, Iterable[bytes]], wrong: Iterable[bytes], used: Iterable[bytes],
    ) -> None:
        """Add what was learnt, and forget proofs that were wrong, all at once."""
        def change(db: sqlite3.Connection) -> None:
            today = int(time.time() // _DAY)
            with db:
                db.execute("BEGIN IMMEDIATE")
                db.executemany("DELETE FROM proofs WHERE key = ?", [(key,) for key in wrong])
                db.executemany(_PUT_PROOF, [(key, script, json.dumps(list(names)), today)
                                            for key, (script, names) in proofs.items()])
                for key, tactics in failures.items():
                    known = sorted(_failures(db, key).union(tactics))[:_MOST_FAILURES]
                    db.execute("REPLACE INTO failures VALUES (?, ?, ?)",
                               (key, b"".join(known), today))
                for table in ("proofs", "failures"):
                    db.executemany(f"UPDATE {table} SET used = ? WHERE key = ? AND used < ?",
                                   [(today, key, today) for key in used])
            self._shrink(db)

        self._guarded(change, None)

    # -- the file ----------------------------------------------------------------------------

    def _shrink(self, db: sqlite3.Connection) -> None:
        """Forget what was not used for longest, if the file has grown too large."""
        size = _pragma(db, "page_size")
        if (_pragma(db, "page_count") - _pragma(db, "freelist_count")) * size <= self._max_bytes:
            return
        with db:
            for table in ("proofs", "failures"):
                (count,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
                db.execute(f"DELETE FROM {table} WHERE key IN "
                           f"(SELECT key FROM {table} ORDER BY used LIMIT ?)",
                           (count - int(_KEPT * count),))
        db.execute("PRAGMA incremental_vacuum").fetchall()

    def _guarded(self, act: Callable[[sqlite3.Connection], A], otherwise: A) -> A:
        """Do something with the file; once more with a new file if this one is damaged."""
        with self._lock:
            for attempt in range(2):
                if self.trouble:
                    break
                try:
                    return act(self._open())
                except (sqlite3.Error, OSError, ValueError) as problem:
                    self._recover(problem, first=attempt == 0)
            return otherwise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._alone():
                self._connection = sqlite3.connect(self.path, timeout=_PATIENCE,
                                                   isolation_level=None, check_same_thread=False)
                _prepare(self._connection)
        return self._connection

    def _alone(self) -> FileLock:
        """Held while the file is made or removed.

        SQLite's own locks are not enough: a process that looks at the file while another one makes
        it would see tables without a version, and take it for one of another release.
        """
        return FileLock(self.path.with_suffix(".lock"), timeout=_PATIENCE)

    def _recover(self, problem: Exception, *, first: bool) -> None:
        """Remove a damaged file; give up on anything else."""
        self.close()
        damaged = (isinstance(problem, ValueError)
                   or getattr(problem, "sqlite_errorcode", None) in _DAMAGED)
        if not (damaged and first):
            self.trouble = f"the proof cache {self.path} is not used: {problem}"
            return
        try:
            with self._alone():
                for file in self.path.parent.glob(f"{self.path.name}*"):
                    file.unlink(missing_ok=True)
        except OSError as refusal:
            self.trouble = f"the damaged proof cache {self.path} cannot be removed: {refusal}"


@dataclass
class Knowledge:
    """What is known about the goals of one theory, and what one search learns about them.

    A `prover.proposing.Memory`. What is learnt is kept until `save`.
    """

    cache: ProofCache
    theory: Theory
    _proofs: dict[bytes, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    _failures: dict[bytes, set[bytes]] = field(default_factory=dict)
    _wrong: set[bytes] = field(default_factory=set)
    _used: set[bytes] = field(default_factory=set)

    def proofs(self, goals: tuple[Goal, ...]) -> Sequence[str]:
        """Scripts that have proved the only goal before, in the words of this one."""
        if len(goals) != 1:
            return ()
        key = self._key(self.theory.library, goals)
        found = self.cache.proof(key)
        if found is None or key in self._wrong:
            return ()
        self._used.add(key)
        script, names = found
        try:
            return (goal_keys.rename(script, goal_keys.renaming(names, goal_keys.names(goals))),)
        except goal_keys.CannotRenameError:
            return ()

    def failing(self, goals: tuple[Goal, ...], tactics: Sequence[str]) -> frozenset[str]:
        """Those of ``tactics`` that have failed on the only goal before."""
        if len(goals) != 1:
            return frozenset()
        key = self._key(self.theory.place, goals)
        known = self.cache.failures(key)
        if not known:
            return frozenset()
        self._used.add(key)
        return frozenset(t for t in tactics if _digest(goal_keys.canonical_tactic(t, goals[0]))
                         in known)

    def learn_proof(self, goals: tuple[Goal, ...], script: str) -> None:
        """``script`` has proved the only goal."""
        if len(goals) == 1:
            key = self._key(self.theory.library, goals)
            self._proofs[key] = (script, goal_keys.names(goals))

    def learn_failures(self, goals: tuple[Goal, ...], tactics: Iterable[str]) -> None:
        """``tactics`` have failed on the only goal, and not for lack of time."""
        if len(goals) == 1:
            digests = [_digest(goal_keys.canonical_tactic(t, goals[0])) for t in tactics]
            if digests:
                key = self._key(self.theory.place, goals)
                self._failures.setdefault(key, set()).update(digests)

    def unlearn_proof(self, goals: tuple[Goal, ...]) -> None:
        """The script that is known for the only goal does not prove it (any more)."""
        key = self._key(self.theory.library, goals)
        self._wrong.add(key)
        self._proofs.pop(key, None)

    def save(self) -> None:
        """Put what was learnt into the cache."""
        self.cache.write(self._proofs, self._failures, self._wrong, self._used)
        self._proofs, self._failures = {}, {}
        self._used = set()

    @staticmethod
    def _key(theory: str, goals: tuple[Goal, ...]) -> bytes:
        text = "\0".join((_RELEASE, theory, goal_keys.canonical(goals[0])))
        return blake2b(text.encode(), digest_size=16).digest()


_RELEASE = version("lemma-prover")
_PUT_PROOF = """
    INSERT INTO proofs VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
    script = excluded.script, names = excluded.names, used = excluded.used
    WHERE length(excluded.script) < length(script)
"""


def _prepare(db: sqlite3.Connection) -> None:
    """Make a new file what it has to be. Raises `ValueError` for one of another version."""
    if _pragma(db, "user_version") == _SCHEMA:
        db.execute("PRAGMA synchronous = NORMAL")
        return
    if db.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
        raise ValueError("it is of another version")
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    db.execute("PRAGMA journal_mode = WAL").fetchall()
    db.execute("PRAGMA synchronous = NORMAL")
    with db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("CREATE TABLE IF NOT EXISTS proofs (key BLOB PRIMARY KEY, script TEXT NOT NULL,"
                   " names TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID")
        db.execute("CREATE TABLE IF NOT EXISTS failures (key BLOB PRIMARY KEY,"
                   " tactics BLOB NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID")
        db.execute(f"PRAGMA user_version = {_SCHEMA}")


def _pragma(db: sqlite3.Connection, name: str) -> int:
    (value,) = db.execute(f"PRAGMA {name}").fetchone()
    return int(value)


def _counts(db: sqlite3.Connection) -> tuple[int, int]:
    with closing(db.execute("SELECT (SELECT count(*) FROM proofs),"
                            " (SELECT count(*) FROM failures)")) as cursor:
        proofs, failures = cursor.fetchone()
    return proofs, failures


def _clear(db: sqlite3.Connection) -> None:
    with db:
        db.execute("DELETE FROM proofs")
        db.execute("DELETE FROM failures")
    db.execute("VACUUM")


def _failures(db: sqlite3.Connection, key: bytes) -> frozenset[bytes]:
    row = db.execute("SELECT tactics FROM failures WHERE key = ?", (key,)).fetchone()
    if row is None:
        return frozenset()
    return frozenset(row[0][i : i + _DIGEST] for i in range(0, len(row[0]), _DIGEST))


def _digest(tactic: str) -> bytes:
    return blake2b(tactic.encode(), digest_size=_DIGEST).digest()
