"""Writing datasets: JSONL and Parquet, a record at a time, replaced as a whole."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from data.contracts import Column, Record
from data.pipeline.reading import FORMATS, import_parquet
from prover.contracts import InputError

_ROW_GROUP = 2000


def check_format(path: Path) -> None:
    """Raise `InputError` or `LemmaError` if a file of this name cannot be written."""
    if path.suffix not in FORMATS:
        raise InputError(f"unknown format {path.suffix or path.name!r}", file=path,
                         remedy=f"name the output something{' or something'.join(FORMATS)}")
    if path.is_dir():
        raise InputError("is a folder", file=path, remedy="name a file")
    if path.suffix == ".parquet":
        import_parquet()


def write_records(
    path: Path, records: Iterable[Record], columns: Mapping[str, Column]
) -> tuple[str, int]:
    """Replace the file ``path`` by ``records``; readers see the old file or the new one.

    Returns the SHA-256 of the file and its length in bytes.
    """
    temporary = path.with_name(f".{path.name}.writing")
    try:
        if path.suffix == ".parquet":
            _write_parquet(temporary, records, columns)
        else:
            _write_jsonl(temporary, records, columns)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        length = temporary.stat().st_size
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return digest, length


def _write_jsonl(path: Path, records: Iterable[Record], columns: Mapping[str, Column]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for record in records:
            row = {name: record[name] for name in columns}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _write_parquet(path: Path, records: Iterable[Record], columns: Mapping[str, Column]) -> None:
    pyarrow, parquet = import_parquet()
    types = {
        Column.STRING: pyarrow.string(), Column.INTEGER: pyarrow.int64(),
        Column.NUMBER: pyarrow.float64(), Column.BOOLEAN: pyarrow.bool_(),
        Column.STRINGS: pyarrow.list_(pyarrow.string()),
        Column.INTEGERS: pyarrow.list_(pyarrow.int64()),
    }  # fmt: skip
    schema = pyarrow.schema([(name, types[column]) for name, column in columns.items()])
    rows = iter(records)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while group := list(itertools.islice(rows, _ROW_GROUP)):
            writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
