"""The folder of a run: what it was asked to do, and every result as soon as it is known.

``run.json`` says which problems were tried with which options and versions; ``results.jsonl``
gets one line an attempt, forced to the disk before the next one starts. A run that was killed
leaves at most a torn last line, which is dropped when the run goes on. A lock keeps a second run
out of the folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prover.contracts import InputError
from prover.files import alone_in, make_folder, replace_text

FORMAT = 1
RESULTS, MANIFEST = "results.jsonl", "run.json"
Record = dict[str, Any]
Attempt = tuple[str, int]
# Where the work is done does not change what is done.
_FREE = frozenset({"workers", "cluster", "versions"})
_PROBLEMS = "fingerprint"


class ResultStore:
    """Results on disk, by problem and attempt.

    Args:
        folder: made if it does not exist.
        manifest: what the run is asked to do, as JSON values.
        resume: go on with the run that is in the folder.
        unsaid: what a run was asked to do that was begun before manifests said so.

    Raises:
        InputError: another run holds the folder, it holds results and ``resume`` is not set, or
            they were made with other options or by another version of Lemma.
    """

    def __init__(
        self, folder: Path, manifest: Mapping[str, Any], *, resume: bool,
        unsaid: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder, self._unsaid = folder, dict(unsaid or {})
        self._manifest = {"format": FORMAT, **manifest}
        self.known: dict[Attempt, Record] = {}
        make_folder(folder)
        self._resume = resume

    @contextmanager
    def opened(self) -> Iterator[ResultStore]:
        """Hold the folder, read what is there, and write what comes."""
        with alone_in(self.folder):
            self._begin()
            yield self

    def _begin(self) -> None:
        results = self.folder / RESULTS
        found = results.exists() and results.stat().st_size > 0
        if found and not self._resume:
            raise InputError("there are results already", file=results,
                             remedy="go on with --resume, or give another folder with --out")
        if found:
            self._same_run()
            drop_torn_line(results)
            self.known = {(r["problem"], r["attempt"]): r for r in read_results(self.folder)}
        self._write_manifest()

    def _write_manifest(self) -> None:
        replace_text(self.folder / MANIFEST,
                     json.dumps(self._manifest, indent=2, ensure_ascii=False) + "\n")

    def settle(self, fingerprint: str) -> None:
        """Write down which problems the run is about, when they have been read. Raises
        `InputError` if they are not those with which the run that is gone on with began."""
        before = self._manifest.setdefault(_PROBLEMS, fingerprint)
        if before != fingerprint:
            raise InputError("the problems are not those that this run began with",
                             file=self._manifest.get("benchmark"),
                             remedy="give another folder with --out, or the benchmark as it was")
        self._write_manifest()

    def _same_run(self) -> None:
        before = {**self._unsaid, **read_manifest(self.folder)}
        if _PROBLEMS in before:  # it is compared when they have been read
            self._manifest[_PROBLEMS] = before[_PROBLEMS]
        for name in sorted({*before, *self._manifest} - _FREE):
            if before.get(name) != self._manifest.get(name):
                raise InputError(
                    f"the run in this folder had {name} = {before.get(name)!r}, "
                    f"not {self._manifest.get(name)!r}", file=self.folder / MANIFEST,
                    remedy="repeat its options, or give another folder with --out")

    def add(self, record: Record) -> None:
        """Put one result on disk, for good. Raises `OSError` when that fails."""
        line = json.dumps({"format": FORMAT, **record}, ensure_ascii=False) + "\n"
        with (self.folder / RESULTS).open("a", encoding="utf-8") as stream:
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        self.known[record["problem"], record["attempt"]] = record

    def text(self, name: str, text: str) -> None:
        """Put a file (a proof, the summary) into the folder, atomically."""
        replace_text(self.folder / name, text)


def drop_torn_line(path: Path) -> None:
    """Cut off what follows the last newline: a line that was being written when the run died."""
    raw = path.read_bytes()
    end = raw.rfind(b"\n") + 1
    if end < len(raw):
        with path.open("r+b") as stream:
            stream.truncate(end)


def read_manifest(folder: Path) -> Record:
    """What the run in ``folder`` was asked to do. Raises `InputError`."""
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as problem:
        raise InputError("no run in this folder", file=folder,
                         remedy="give the --out folder of `lemma eval`") from problem
    except ValueError as problem:
        raise InputError(f"not JSON: {problem}", file=path,
                         remedy="restore the file, or run again into a new folder") from problem
    if not isinstance(found, dict):
        raise InputError("not a JSON object", file=path)
    _right_format(found, path, None)
    return found


def read_results(folder: Path) -> list[Record]:
    """All whole results of a run, in the order they came. Raises `InputError`."""
    path = folder / RESULTS
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as problem:
        raise InputError("no results in this folder", file=folder,
                         remedy="give the --out folder of `lemma eval`") from problem
    records: list[Record] = []
    for number, line in enumerate(lines[:-1], 1):  # after the last newline: torn or empty
        try:
            record = json.loads(line)
        except ValueError as problem:
            raise InputError(f"not a line of JSON: {problem}", file=path, line=number,
                             remedy="delete this line; its problem is run again") from problem
        if not isinstance(record, dict):
            raise InputError("not a JSON object", file=path, line=number)
        _right_format(record, path, number)
        missing = {"problem", "attempt", "status", "seconds", "tactic_calls"} - record.keys()
        if missing:
            raise InputError(f"the field {min(missing)!r} is missing", file=path, line=number,
                             remedy="delete this line; its problem is run again")
        records.append(record)
    return records


def _right_format(found: Record, path: Path, line: int | None) -> None:
    if found.get("format") != FORMAT:
        raise InputError(
            f"written in format {found.get('format')!r}; this version of Lemma reads {FORMAT}",
            file=path, line=line, remedy="give a new folder with --out; this one is left as it is")
