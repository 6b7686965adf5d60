"""What an installation consists of, and whether it is still what it was.

A `Release` pins an npm package to one content. A `Manifest` is the record of a finished
installation, kept beside it as JSON: where it came from and what every file should be.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from prover.environments.lean.archive import FileRecord


@dataclass(frozen=True)
class Release:
    """An npm package pinned to one content; ``integrity`` is npm's ``sha512-`` form of it."""

    package: str
    version: str
    integrity: str
    archive_bytes: int

    def is_content_of(self, archive: Path) -> bool:
        """Whether the archive is byte for byte the one that was pinned."""
        with archive.open("rb") as file:
            digest = hashlib.file_digest(file, "sha512").digest()
        return self.integrity == "sha512-" + base64.b64encode(digest).decode("ascii")


@dataclass(frozen=True)
class Manifest:
    """What was installed, when, and what every file should be."""

    package: str
    version: str
    integrity: str
    patch_version: int
    installed_at: str
    files: Mapping[str, FileRecord]

    @classmethod
    def read(cls, path: Path) -> Manifest | None:
        """The manifest at ``path``, or ``None`` if there is none that can be read."""
        try:
            fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            files = {name: FileRecord(**record) for name, record in fields.pop("files").items()}
            return cls(files=files, **fields)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def write(self, path: Path) -> None:
        """Write the manifest; whoever reads meanwhile sees the old one or the new one."""
        write_atomically(path, json.dumps(asdict(self), indent=1).encode("utf-8"))

    def problems(self, home: Path, *, deep: bool = False) -> list[str]:
        """What differs below ``home``: by size, or by content if ``deep``; empty if nothing."""
        found = []
        for name, record in self.files.items():
            try:
                size = (home / name).stat().st_size
            except OSError:
                found.append(f"{name} is missing")
                continue
            if size != record.size:
                found.append(f"{name} has {size} bytes instead of {record.size}")
            elif deep and FileRecord.of(home / name) != record:
                found.append(f"{name} has the right size but another content")
        return found


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file in one step: whoever reads meanwhile sees the old content or the new."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
