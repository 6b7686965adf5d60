"""Unpacks tar archives as a stream, safely, and says what it wrote.

Only plain files are taken, each is written below the target whatever its name says, and no
owner, mode, time or link comes out of the archive. (``tarfile``'s own ``data`` filter is absent
from the Python 3.11 of Debian 12.)
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from prover.contracts import LemmaError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class FileRecord:
    """What a file should be: its size in bytes and the hexadecimal SHA-256 of its content."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> FileRecord:
        """The record of the file as it is now."""
        with path.open("rb") as file:
            return cls(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def unpack(archive: Path, target: Path, *, strip: str = "") -> Mapping[str, FileRecord]:
    """Unpack the gzipped tar ``archive`` into the new folder ``target``.

    ``strip`` is a leading folder that all names lose. macOS's ``._*`` companions are left out.
    Returns the record of every file by its POSIX path below ``target``, taken from the stream
    and not from the disk. Raises `LemmaError` for a name that leads outside ``target`` or a
    member that is neither file nor folder.
    """
    records: dict[str, FileRecord] = {}
    target.mkdir(parents=True)
    with tarfile.open(archive, "r|gz") as members:
        for member in members:
            name = _inside(member.name, strip, archive)
            if name.name.startswith("._") or member.isdir():
                continue
            content = members.extractfile(member) if member.isreg() else None
            if content is None:
                raise LemmaError(f"{member.name} is neither file nor folder", file=archive)
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            records[str(name)] = _write(content, path)
    return records


def _inside(name: str, strip: str, archive: Path) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise LemmaError(f"the archive holds a name that leads outside it: {name}", file=archive)
    return path.relative_to(strip) if strip and path.is_relative_to(strip) else path


def _write(content: IO[bytes], path: Path) -> FileRecord:
    size, digest = 0, hashlib.sha256()
    with path.open("wb") as file:
        while chunk := content.read(_CHUNK):
            size += len(chunk)
            digest.update(chunk)
            file.write(chunk)
    return FileRecord(size, digest.hexdigest())
