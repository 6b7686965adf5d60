"""The library view as a Parquet file in the cache: one row a statement, the rest as metadata.

Pages carry checksums, and the metadata say what the file should be, so that one which is
truncated, altered, or of another Lean is noticed. Written whole under another name and renamed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from prover.cache import cache_root
from prover.contracts import LemmaError
from prover.environments.lean.library_view import Library, LibraryTheorem

FORMAT = 2
"""Counts the changes of the file's format and of what is left out of the view."""

# The pages have checksums of their own, the metadata have not.
_ABOUT, _DIGEST = b"lemma", b"lemma.sha256"


class StaleLibrary(Exception):
    """There is no file, or not the right one."""


@dataclass(frozen=True)
class LibraryKey:
    """What a view is of: the fingerprint of a Lean and the modules that it imports."""

    lean: str
    imports: tuple[str, ...]
    format: int = FORMAT

    def path(self) -> Path:
        """The file of this view in the cache."""
        digest = hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:16]
        first = "-".join(self.imports[:3]).replace(".", "_")
        return cache_root() / "library" / f"{first}-{digest}.parquet"


def write_library(path: Path, key: LibraryKey, library: Library) -> None:
    """Write ``library`` to ``path``, which holds the old file or the new one at any moment."""
    arrow, parquet = _pyarrow()
    about = json.dumps({
        **asdict(key), "version": library.lean, "ordered": library.ordered,
        "graph": dict(library.imports), "statements": len(library.theorems),
    }).encode()  # fmt: skip
    schema = _schema(arrow).with_metadata({_ABOUT: about, _DIGEST: _digest(about)})
    columns = {
        name: [getattr(theorem, name) for theorem in library.theorems] for name in schema.names
    }
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        parquet.write_table(
            arrow.table(columns, schema=schema), partial, compression="zstd",
            write_page_checksum=True,
        )  # fmt: skip
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise LemmaError(
            f"cannot write the library view: {error.strerror or error}", file=path,
            remedy="make room in the cache folder, or set LEMMA_HOME to another one",
        ) from error


def read_library(path: Path, key: LibraryKey) -> Library:
    """The view in ``path``; raises `StaleLibrary` if it is not what ``key`` says, or broken."""
    if not path.is_file():
        raise StaleLibrary(f"{path} does not exist")
    arrow, parquet = _pyarrow()
    try:
        # One thread: starting more takes longer than reading a few megabytes.
        table = parquet.read_table(path, page_checksum_verification=True, use_threads=False)
        metadata = table.schema.metadata or {}
        if metadata[_DIGEST] != _digest(metadata[_ABOUT]) or table.schema != _schema(arrow):
            raise StaleLibrary(f"{path} is corrupt: its metadata were altered")
        about = json.loads(metadata[_ABOUT])
        if LibraryKey(about["lean"], tuple(about["imports"]), about["format"]) != key:
            raise StaleLibrary(f"{path} is of another library")
        columns = [_values(table.column(name)) for name in LibraryTheorem.__slots__]
    except (arrow.ArrowException, OSError, ValueError, LookupError, TypeError) as error:
        raise StaleLibrary(f"{path} is corrupt: {error}") from error
    theorems = list(map(LibraryTheorem, *columns))
    if len(theorems) != about["statements"]:
        raise StaleLibrary(f"{path} is corrupt: statements are missing")
    graph = {module: tuple(imported) for module, imported in about["graph"].items()}
    return Library(theorems, graph, about["version"], about["ordered"])


def views_of(lean: str) -> Iterator[Library]:
    """All whole views of the Lean with this fingerprint that are in the cache."""
    for path in sorted((cache_root() / "library").glob("*.parquet")):
        with suppress(StaleLibrary):
            key = _key(path)
            if (key.lean, key.format) == (lean, FORMAT):
                yield read_library(path, key)


def _key(path: Path) -> LibraryKey:
    """Of what the file says to be a view; raises `StaleLibrary` if it does not say it."""
    arrow, parquet = _pyarrow()
    try:
        about = json.loads((parquet.read_schema(path).metadata or {})[_ABOUT])
        return LibraryKey(about["lean"], tuple(about["imports"]), about["format"])
    except (arrow.ArrowException, OSError, ValueError, LookupError, TypeError) as error:
        raise StaleLibrary(f"{path} is corrupt: {error}") from error


def _values(column: Any) -> list[Any]:
    """The values of a column, lists as tuples, equal tuples as one."""
    values: list[Any] = column.to_pylist()
    if not str(column.type).startswith("list"):
        return values
    known: dict[tuple[str, ...], tuple[str, ...]] = {}
    tuples = (None if value is None else tuple(value) for value in values)
    return [None if value is None else known.setdefault(value, value) for value in tuples]


def _schema(arrow: Any) -> Any:
    """The columns: the fields of `LibraryTheorem`, in their order."""
    text, texts, flag = arrow.string(), arrow.list_(arrow.string()), arrow.bool_()
    types = (text, text, text, arrow.int32(), texts, text, flag, flag, flag, texts, flag)
    return arrow.schema(list(zip(LibraryTheorem.__slots__, types, strict=True)))


def _digest(about: bytes) -> bytes:
    return hashlib.sha256(about).hexdigest().encode()


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise LemmaError(
            "the library view needs pyarrow", remedy="run `pip install 'lemma-prover[data]'`"
        ) from error
    return pyarrow, pyarrow.parquet
