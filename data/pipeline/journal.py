"""The journal of an unfinished run: what it is, and what each index came to, a line each.

A line is written whole and handed to the system before the next index begins. A run that is
killed leaves at worst one torn line at the end, which is cut off when the run is resumed: the
journal then holds a prefix of what an uninterrupted run would have written.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from data.pipeline.sieve import Entry, Kept
from prover.contracts import InputError

_SYNC_EVERY_S = 5.0


class Journal:
    """An open journal. Made by `create` or `resume`."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self.path, self._stream = path, stream
        self._synced = time.monotonic()

    @classmethod
    def create(cls, path: Path, header: Mapping[str, Any]) -> Journal:
        """A journal for a new run; one that is there is replaced."""
        journal = cls(path, path.open("w+b"))
        journal._write(header)
        return journal

    @classmethod
    def resume(cls, path: Path, header: Mapping[str, Any]) -> Journal:
        """The journal of a run that was stopped, without its torn end.

        Raises:
            InputError: it is the journal of another run: other options, seed or versions.
        """
        stream = path.open("r+b")
        first = stream.readline()
        if not first.endswith(b"\n"):  # killed while the header was written
            stream.close()
            return cls.create(path, header)
        try:
            _check_header(path, json.loads(first), json.loads(json.dumps(header)))
            stream.truncate(_intact(stream))
        except BaseException:
            stream.close()
            raise
        return cls(path, stream)

    def entries(self) -> Iterator[Entry]:
        """What is written so far, in order; afterwards writing goes on at the end."""
        self._stream.seek(0)
        self._stream.readline()
        for line in self._stream:
            yield _entry(json.loads(line))
        self._stream.seek(0, os.SEEK_END)

    def append(self, entry: Entry) -> None:
        """Write what an index came to."""
        self._write({
            "index": entry.index,
            "kept": [[k.record, k.identity, k.signature] for k in entry.kept],
            "dropped": dict(entry.dropped),
        })
        if time.monotonic() - self._synced > _SYNC_EVERY_S:
            os.fsync(self._stream.fileno())
            self._synced = time.monotonic()

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._stream.close()

    def _write(self, value: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")
        self._stream.flush()


def _entry(value: Mapping[str, Any]) -> Entry:
    kept = tuple(Kept(record, identity, text) for record, identity, text in value["kept"])
    return Entry(value["index"], kept, value["dropped"])


def _intact(stream: IO[bytes]) -> int:
    """Where the intact lines with consecutive indices end."""
    end, expected = stream.tell(), 0
    for line in stream:
        try:
            value = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            value = None
        if not isinstance(value, dict) or value.get("index") != expected:
            break
        end, expected = end + len(line), expected + 1
    return end


def _check_header(path: Path, found: Any, wanted: Mapping[str, Any]) -> None:
    if found == wanted:
        return
    if not isinstance(found, dict):
        raise InputError("not the journal of a run", file=path, remedy="delete it")
    keys = [key for key in {**wanted, **found} if found.get(key) != wanted.get(key)]
    differences = "; ".join(
        f"{key}: {json.dumps(found.get(key))} then, {json.dumps(wanted.get(key))} now"
        for key in keys
    )
    raise InputError(f"cannot be resumed, it was begun differently ({differences})", file=path,
                     remedy="give the same options, or --overwrite to begin anew")
