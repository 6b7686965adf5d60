"""Folders that are written once and whole, and checked when they are read.

A folder is filled under a temporary name, gets a list of its files with their checksums, and only
then its own name. So a process that dies leaves nothing half-written behind, a reader never sees
a folder change, and a damaged file is noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LIST = "contents.json"


@contextmanager
def sealing(folder: Path) -> Iterator[Path]:
    """A new folder to fill, which becomes ``folder`` at the end of the ``with`` block. What was
    there before goes. Callers hold a lock against others that write the same folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield partial
        listed = {file.name: _checksum(file) for file in sorted(partial.iterdir())}
        (partial / _LIST).write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
        remove(folder)
        partial.replace(folder)
    finally:
        remove(partial)


def intact(folder: Path) -> bool:
    """Whether the folder is there with exactly the content that was sealed."""
    try:
        listed = json.loads((folder / _LIST).read_text(encoding="utf-8"))
        return all(_checksum(folder / name) == checksum for name, checksum in listed.items())
    except (OSError, ValueError, AttributeError):
        return False


def remove(folder: Path) -> None:
    """Remove a folder if it is there; who has its files open or mapped keeps them."""
    doomed = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    try:
        folder.replace(doomed)  # at once, so that nobody sees half of it
    except FileNotFoundError:
        return
    shutil.rmtree(doomed, ignore_errors=True)


def _checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
