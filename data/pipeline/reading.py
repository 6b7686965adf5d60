"""Reading datasets back: JSONL and Parquet, a record at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.contracts import Record
from prover.contracts import InputError, LemmaError

FORMATS = (".jsonl", ".parquet")


def read_records(path: Path) -> Iterator[Record]:
    """The records of a ``.jsonl`` or ``.parquet`` file. Raises as `numbered_records`."""
    return (record for _, record in numbered_records(path))


def numbered_records(path: Path) -> Iterator[tuple[int, Record]]:
    """The records of a ``.jsonl`` or ``.parquet`` file with their lines or rows, from 1.

    Raises:
        InputError: there is no such file, it is of another format, or a line of it is broken.
        LemmaError: Parquet cannot be read because pyarrow is not installed.
    """
    if not path.is_file():
        raise InputError("no such file", file=path, remedy="check the path")
    if path.suffix == ".parquet":
        return _parquet(path)
    if path.suffix == ".jsonl":
        return _jsonl(path)
    raise InputError(f"unknown format {path.suffix or path.name!r}", file=path,
                     remedy=f"datasets end in {' or '.join(FORMATS)}")


def _jsonl(path: Path) -> Iterator[tuple[int, Record]]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError as problem:  # not JSON or not UTF-8
                raise InputError(f"not JSON: {problem}", file=path, line=number) from None
            if not isinstance(record, dict):
                raise InputError("not a JSON object", file=path, line=number)
            yield number, record


def _parquet(path: Path) -> Iterator[tuple[int, Record]]:
    pyarrow, parquet = import_parquet()
    try:
        with parquet.ParquetFile(path) as file:
            batches = file.iter_batches(batch_size=1000)
            rows = (row for batch in batches for row in batch.to_pylist())
            yield from enumerate(rows, start=1)
    except (pyarrow.ArrowException, OSError) as problem:
        raise InputError(f"not a readable Parquet file: {problem}", file=path) from None


def import_parquet() -> tuple[Any, Any]:
    """pyarrow and pyarrow.parquet. Raises `LemmaError` if they are not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise LemmaError("Parquet needs pyarrow", remedy="pip install pyarrow, or use .jsonl"
                         ) from None
    return pyarrow, pyarrow.parquet
