"""Proofs on disk: beside the run (``--out``) or in the theorem file itself (``--write``).

Everything is written as soon as a theorem is proved, atomically, so that an interruption or an
error later loses nothing.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

from prover.contracts import InputError, LemmaError, Result, Status
from prover.files import replace_text
from prover.reporting.records import append_record, read_result, result_record
from prover.session import Task

RECORDS = "results.jsonl"


class ProofWriter:
    """Writes the proofs of a run.

    Args:
        out: folder for proof files and ``results.jsonl``; None writes none.
        write: also fill the holes of the theorem files themselves.
        resume: keep what an earlier run has proved; see `earlier`.
    """

    def __init__(self, out: Path | None, *, write: bool = False, resume: bool = False) -> None:
        self._out, self._write = out, write
        self._originals: dict[Path, str] = {}
        self._written: dict[Path, str] = {}
        self._proved: defaultdict[Path, list[tuple[Any, Result]]] = defaultdict(list)
        self._earlier = _proved_earlier(out / RECORDS) if out is not None and resume else {}
        if out is not None:  # the records of this run grow behind what is kept of an earlier one
            kept = (result_record(result) for result in self._earlier.values())
            replace_text(out / RECORDS, "".join(
                json.dumps(record, ensure_ascii=False) + "\n" for record in kept))

    def remember(self, path: Path, text: str) -> None:
        """The text of a theorem file before anything is filled in."""
        self._originals[path] = text

    def earlier(self, task: Task) -> Result | None:
        """The result of an earlier run that has proved this theorem already, if one has."""
        theorem = task.theorem
        result = self._earlier.get((str(theorem.file), theorem.name))
        if result is not None:
            self._proved[theorem.file].append((theorem, result))
        return result

    def add(self, result: Result, task: Task | None) -> None:
        """Put one result on disk. Raises `OSError` when that fails."""
        if self._out is not None:
            append_record(result, self._out / RECORDS)
        if task is None or result.status is not Status.PROVED:
            return
        path = task.theorem.file
        self._proved[path].append((task.theorem, result))
        if self._out is not None:
            folder = self._out / _below(path).parent
            files = task.backend.proof_files(path, folder, self._proved[path])
            for name, text in files.items():
                replace_text(folder / name, text)
        if self._write:
            filled = task.backend.fill(path, self._originals[path], self._proved[path])
            if filled is not None:
                self._replace(path, filled)

    def _replace(self, path: Path, filled: str) -> None:
        """Put ``filled`` into a theorem file that nobody else has changed meanwhile."""
        if path.read_bytes() != self._written.get(path, self._originals[path]).encode():
            raise LemmaError("changed since its theorems were read: not written to", file=path,
                             remedy="run the command again")
        replace_text(path, filled)
        self._written[path] = filled


def _proved_earlier(path: Path) -> dict[tuple[str, str], Result]:
    """What the records of an earlier run say is proved, by file and theorem.

    A last line that was cut off is left out. Raises `InputError` for another kind of file.
    """
    found: dict[tuple[str, str], Result] = {}
    lines = path.read_text("utf-8").splitlines(keepends=True) if path.exists() else []
    for number, line in enumerate(lines, 1):
        try:
            result = read_result(json.loads(line))
        except (KeyError, TypeError, ValueError) as problem:
            if not line.endswith("\n"):
                break
            raise InputError("not a result that can be gone on from", file=path, line=number,
                             remedy="leave --resume out to begin anew") from problem
        if result.status is Status.PROVED:
            found[result.file, result.theorem] = result
    return found


def _below(path: Path) -> Path:
    """``path`` as a relative path that stays inside the output folder."""
    relative = Path(os.path.relpath(path)) if path.is_absolute() else path
    return Path(*(part for part in relative.parts if part not in ("..", "/", ".")))
