"""Which files a run works on, and how files are replaced without ever being half-written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from prover.contracts import InputError

SUFFIXES = (".lean", ".p", ".tptp", ".jsonl")
_SKIPPED_FILES = frozenset({"results.jsonl"})  # what an earlier run wrote with --out
_SKIPPED_FOLDERS = frozenset({".lake", ".git", ".venv", "build", "node_modules", "__pycache__"})


def collect(paths: Sequence[Path]) -> tuple[list[Path], list[InputError]]:
    """The theorem files among ``paths``, folders searched recursively, in a stable order.

    What cannot be used is returned beside them, so that the rest can still be worked on.
    """
    files: dict[Path, None] = {}
    problems: list[InputError] = []
    for path in paths:
        try:
            found = _collect_one(path)
        except InputError as problem:
            problems.append(problem)
            continue
        files.update(dict.fromkeys(found))
    return list(files), problems


def _collect_one(path: Path) -> list[Path]:
    kinds = ", ".join(SUFFIXES)
    if path.is_dir():
        found = sorted(_walk(path))
        if not found:
            raise InputError("no theorem file in this folder", file=path,
                             remedy=f"theorem files end in {kinds}")
        return found
    if not path.exists():
        raise InputError("no such file or folder", file=path, remedy="check the path")
    if not path.is_file():
        raise InputError("not a regular file", file=path, remedy="give a file or a folder")
    if path.suffix not in SUFFIXES:
        raise InputError(f"unknown kind of file {path.suffix or path.name!r}", file=path,
                         remedy=f"theorem files end in {kinds}")
    return [path]


def _walk(folder: Path) -> Iterable[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED_FOLDERS)
        yield from (Path(root, name) for name in names
                    if Path(name).suffix in SUFFIXES and name not in _SKIPPED_FILES)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, line ends kept as they are.

    Raises:
        InputError: the file cannot be read, is not UTF-8 text, or is empty.
    """
    try:
        raw = path.read_bytes()
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise InputError(f"cannot be read: {reason}", file=path) from problem
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise InputError(f"not UTF-8 text (byte 0x{raw[problem.start]:02x})", file=path, line=line,
                         remedy="theorem files are text in UTF-8") from problem
    if "\0" in text:
        raise InputError("a binary file, not text", file=path,
                         line=text.count("\n", 0, text.index("\0")) + 1,
                         remedy="theorem files are text in UTF-8")
    if not text.strip():
        raise InputError("the file is empty: there is nothing to prove", file=path, line=1)
    return text


def replace_text(path: Path, text: str) -> None:
    """Replace a file atomically: readers see the old text or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            Path(temporary).chmod(path.stat().st_mode & 0o7777)
        else:
            Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> None:
    """Make the folder of a run, if it is not there. Raises `InputError` if it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        why = "a file is in its place" if folder.is_file() else problem.strerror
        raise InputError(f"cannot be made: {why}", file=folder,
                         remedy="give another folder with --out") from problem


@contextmanager
def alone_in(folder: Path, part: str = "") -> Iterator[None]:
    """Keep other runs out of a folder, or of a ``part`` of the work in it.

    Raises:
        InputError: another run is at work there.
    """
    lock = FileLock(folder / f"{part}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as problem:
        raise InputError("another run works in this folder", file=folder,
                         remedy="wait for it, or give another folder with --out") from problem
    try:
        yield
    finally:
        lock.release()
