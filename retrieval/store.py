"""Indexes on disk: a corpus, its lexical index, and a vector index for each encoder.

An index has a name and a *source*, a text that changes when the corpus would (such as the version
of a library). As long as it is the same, the saved corpus is read and the source is not asked.
Every part is checked when it is read, and made again if it is damaged or no longer fits. A lock
lets several processes build at once: one does it, the others wait and find it done.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from filelock import FileLock

from retrieval.contracts import Encoder, Ranker, RetrievalError
from retrieval.corpus import Corpus, read_corpus
from retrieval.dense import (
    DenseRanker,
    encoder_of,
    grown,
    keys_of,
    load_index,
    load_keys,
    save_index,
)
from retrieval.embeddings import EmbeddingStore, Progress
from retrieval.lexical import KINDS, LexicalRanker
from retrieval.sealed import intact, remove, sealing

_FORMAT = 1
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Part:
    """A part of an index on disk, for people to look at."""

    name: str
    size: int


class IndexStore:
    """All indexes under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def index(self, name: str) -> CorpusIndex:
        """The index called ``name``, there or not."""
        readable = re.sub(r"[^\w.-]+", "-", name)[:60]
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        return CorpusIndex(name, self.root / "indexes" / f"{readable}-{digest}",
                           self.root / "embeddings")

    def all(self) -> list[CorpusIndex]:
        """The indexes that are there."""
        found = []
        for path in sorted((self.root / "indexes").glob(f"*/{_MANIFEST}")):
            manifest = _read(path)
            if manifest is not None:
                found.append(CorpusIndex(manifest["name"], path.parent,
                                         self.root / "embeddings"))
        return found


class CorpusIndex:
    """One index. Its parts are loaded, and built if need be, when they are asked for, by one
    thread at a time; the rankers may then be used by several."""

    def __init__(self, name: str, folder: Path, embeddings: Path) -> None:
        self.name, self.folder, self._embeddings = name, folder, embeddings
        self._corpus: Corpus | None = None

    # -------------------------------------------------------------------------------- the corpus

    @property
    def source(self) -> str | None:
        """The source that the saved corpus was made from; None if there is none."""
        manifest = _read(self.folder / _MANIFEST)
        return None if manifest is None else manifest["source"]

    def open(self, source: str, make: Callable[[], Corpus]) -> Corpus:
        """The corpus of ``source``: as saved, or else made and saved."""
        corpus = self._saved(source)
        if corpus is None:
            with self._lock():
                corpus = self._saved(source) or self._made(source, make)
        self._corpus = corpus
        return corpus

    def _saved(self, source: str | None) -> Corpus | None:
        manifest = _read(self.folder / _MANIFEST)
        if manifest is None or source not in (None, manifest["source"]):
            return None
        folder = self._corpus_folder(manifest["corpus"])
        if not intact(folder):
            return None
        corpus = read_corpus(folder / "corpus.jsonl")
        corpus.__dict__["version"] = manifest["corpus"]  # spares hashing what is sealed anyway
        return corpus

    def _made(self, source: str, make: Callable[[], Corpus]) -> Corpus:
        corpus = make()
        with sealing(self._corpus_folder(corpus.version)) as partial:
            corpus.save(partial / "corpus.jsonl")
        manifest = {"format": _FORMAT, "name": self.name, "source": source,
                    "corpus": corpus.version, "premises": len(corpus),
                    "modules": len(corpus.imports)}
        partial_file = self.folder / f".{_MANIFEST}.{os.getpid()}"
        partial_file.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        partial_file.replace(self.folder / _MANIFEST)
        self._tidy("corpus-", self._corpus_folder(corpus.version))
        return corpus

    def _corpus_folder(self, version: str) -> Path:
        return self.folder / f"corpus-{version}"

    @property
    def corpus(self) -> Corpus:
        """The corpus that was opened, or else the one that is saved.

        Raises:
            RetrievalError: there is neither.
        """
        if self._corpus is None:
            self._corpus = self._saved(None)
        if self._corpus is None:
            raise RetrievalError(f"there is no index {self.name}",
                                 remedy="make it with: lemma index build")
        return self._corpus

    # ------------------------------------------------------------------------------- the rankers

    @cached_property
    def lexical(self) -> dict[str, LexicalRanker]:
        """The lexical rankers by name, built if need be."""
        folder = self._lexical_folder
        found = self._loaded_lexical(folder)
        if found is None:
            with self._lock():
                found = self._loaded_lexical(folder) or self._built_lexical(folder)
        return found

    @property
    def has_lexical(self) -> bool:
        """Whether the lexical index of the corpus is there."""
        return self._lexical_folder.is_dir()

    @property
    def _lexical_folder(self) -> Path:
        revisions = ".".join(str(kind.revision) for kind in KINDS.values())
        return self.folder / f"lexical-{self.corpus.version}-{revisions}"

    def _loaded_lexical(self, folder: Path) -> dict[str, LexicalRanker] | None:
        if not intact(folder):
            return None
        return {name: LexicalRanker.load(kind, folder) for name, kind in KINDS.items()}

    def _built_lexical(self, folder: Path) -> dict[str, LexicalRanker]:
        with sealing(folder) as partial:
            for kind in KINDS.values():
                LexicalRanker.build(kind, self.corpus.premises).save(partial)
        self._tidy("lexical-", folder)
        return {name: LexicalRanker.load(kind, folder) for name, kind in KINDS.items()}

    def has_dense(self, encoder: Encoder) -> bool:
        """Whether the vectors of the corpus by ``encoder`` are there."""
        return self._dense_folder(encoder).is_dir()

    def dense(self, encoder: Encoder, progress: Progress | None = None) -> Ranker:
        """The ranker by ``encoder``'s vectors, built if need be."""
        folder = self._dense_folder(encoder)
        if not intact(folder):
            with self._lock():
                if not intact(folder):
                    self._build_dense(folder, encoder, progress)
        index, rows = load_index(folder)
        return DenseRanker(encoder, index, rows, load_keys(folder))

    @property
    def encoders(self) -> list[str]:
        """The names of the encoders of whose vectors there is an index, of whatever state."""
        found = set()
        for folder in self.folder.glob("dense-*"):
            with suppress(OSError):
                found.add(encoder_of(folder))
        return sorted(found)

    def _build_dense(self, folder: Path, encoder: Encoder, progress: Progress | None) -> None:
        remove(folder)  # damaged, if there at all
        prefix = f"dense-{encoder.version}-"
        earlier = sorted(self.folder.glob(f"{prefix}*"))
        old = next((load_index(f, writable=True) for f in earlier if intact(f)), None)
        store = EmbeddingStore(self._embeddings, encoder)
        keys = keys_of(encoder, self.corpus.premises)
        index, rows = grown(old, keys, encoder, self.corpus.premises, store, progress)
        save_index(folder, index, rows, encoder, keys)
        self._tidy(prefix, folder)

    def _dense_folder(self, encoder: Encoder) -> Path:
        return self.folder / f"dense-{encoder.version}-{self.corpus.version}"

    # ------------------------------------------------------------------------------- the folders

    @property
    def premises(self) -> int:
        """How many premises the saved corpus has."""
        manifest = _read(self.folder / _MANIFEST)
        return 0 if manifest is None else int(manifest.get("premises", 0))

    def parts(self) -> Sequence[Part]:
        """What is on disk, with sizes in bytes."""
        return [Part(folder.name, sum(f.stat().st_size for f in folder.iterdir()))
                for folder in sorted(self.folder.glob("[a-z]*-*")) if folder.is_dir()]

    def _tidy(self, prefix: str, kept: Path) -> None:
        """Remove earlier states of a part."""
        for folder in self.folder.glob(f"{prefix}*"):
            if folder != kept:
                remove(folder)

    def _lock(self) -> FileLock:
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / "lock")


def _read(path: Path) -> dict[str, Any] | None:
    """A manifest; None if it is not there, not whole, or of another format."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != _FORMAT or not all(
                isinstance(found[key], str) for key in ("name", "source", "corpus")):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return dict(found)
