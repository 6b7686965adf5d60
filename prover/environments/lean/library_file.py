"""The library view as a Parquet file in the cache: one row a statement, the rest as metadata.

Pages carry checksums, and the metadata say what the file should be, so that one which is
truncated, altered, or of another Lean is noticed. Written whole under another name and renamed.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from prover.cache import cache_root
from prover.contracts import LemmaError
from prover.environments.lean.library_view import Library, LibraryTheorem, theorem_of_row

FORMAT = 1
"""Counts the changes of the file's format and of what is left out of the view."""

_METADATA = b"lemma"


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
    strings = arrow.list_(arrow.string())
    flag = arrow.bool_()
    types = {
        "name": arrow.string(), "statement": arrow.string(), "module": arrow.string(),
        "position": arrow.int32(), "constants": strings, "kind": arrow.string(), "simp": flag,
        "grind": flag, "deprecated": flag, "levels": strings,
    }  # fmt: skip
    about = {**asdict(key), "version": library.lean, "ordered": library.ordered,
             "graph": dict(library.imports)}
    schema = arrow.schema(
        [(name, types[name]) for name in LibraryTheorem.__slots__],
        metadata={_METADATA: json.dumps(about).encode()},
    )
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
        table = parquet.read_table(path, page_checksum_verification=True)
        about = json.loads((table.schema.metadata or {})[_METADATA])
        if {name: about[name] for name in asdict(key)} != _plain(asdict(key)):
            raise StaleLibrary(f"{path} is of another library")
        columns = [table.column(name).to_pylist() for name in LibraryTheorem.__slots__]
        graph = {module: tuple(imported) for module, imported in about["graph"].items()}
        theorems = list(map(theorem_of_row, zip(*columns, strict=True)))
        return Library(theorems, graph, about["version"], about["ordered"])
    except (arrow.ArrowException, OSError, ValueError, LookupError, TypeError) as error:
        raise StaleLibrary(f"{path} is corrupt: {error}") from error


def _plain(value: dict[str, Any]) -> Any:
    """As it comes back from JSON."""
    return json.loads(json.dumps(value))


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise LemmaError(
            "the library view needs pyarrow", remedy="run `pip install 'lemma-prover[data]'`"
        ) from error
    return pyarrow, pyarrow.parquet
