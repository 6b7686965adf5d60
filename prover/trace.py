"""Traces: a search as JSON lines, written as it goes on and read back by tools.

The first line is a header, ``{"event": "trace", "version": 1, "lemma": "0.1.0", …}``. Every other
line is one event of `prover.events`: the event's name under ``event``, the theorem's name, file
and line under ``theorem``, ``file`` and ``line``, the seconds since the work on it began under
``time``, and the fields of the event's class. With several workers the lines of several theorems
alternate; those of one theorem are in order. Readers ignore fields that they do not know;
``version`` rises when a field changes its meaning or goes away.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from prover.contracts import FailureKind, InputError, Status, Theorem
from prover.events import EVENTS, Attempt, Event, Expanded, Listener

TRACE_VERSION = 1
_HEADER = "trace"
_REMEDY = "`lemma prove --trace FILE` writes one"
_KINDS = {event.kind: event for event in EVENTS}


@dataclass(frozen=True)
class Record:
    """An event with the theorem that it belongs to; ``time`` in seconds since its start."""

    theorem: str
    file: str
    line: int | None
    time: float
    event: Event


class TraceWriter:
    """Writes the events of a session to one file. Safe for several threads.

    A trace that can no longer be written (the disk is full) ends, and ``trouble`` says why; the
    search goes on.

    Args:
        path: the file; an older one is replaced.
        header: what else the first line says, such as generator, strategy and seed.
    """

    def __init__(self, path: Path, header: Mapping[str, Any] | None = None) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream: TextIO = path.open("w", encoding="utf-8")
        except OSError as problem:
            raise InputError(f"the trace cannot be written: {problem.strerror}",
                             file=path) from problem
        self._lock = threading.Lock()
        self._path, self.trouble = path, ""
        self._write({"event": _HEADER, "version": TRACE_VERSION,
                     "lemma": version("lemma-prover"), **(header or {})})

    def listener(self, theorem: Theorem) -> Listener:
        """Writes the events of one theorem, beginning now."""
        started = time.monotonic()
        name, file, line = theorem.name, str(theorem.file), theorem.line

        def listen(event: Event) -> None:
            seconds = time.monotonic() - started
            self._write(record_object(Record(name, file, line, seconds, event)))

        return listen

    def close(self) -> None:
        """End the file. Idempotent; what is told afterwards is dropped."""
        with self._lock, self._guard():
            self._stream.close()

    def __enter__(self) -> TraceWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, record: Mapping[str, Any]) -> None:
        text = json.dumps(record, ensure_ascii=False) + "\n"
        with self._lock, self._guard():
            if not (self._stream.closed or self.trouble):
                self._stream.write(text)
                if record["event"] not in _FREQUENT:  # a reader of the file may follow it
                    self._stream.flush()

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            self.trouble = f"the trace {self._path} is not complete: {problem.strerror or problem}"


_FREQUENT = frozenset({"reached", "proved", "failed"})


def record_object(record: Record) -> dict[str, Any]:
    """What stands in a trace's line."""
    return {"event": record.event.kind, "theorem": record.theorem, "file": record.file,
            "line": record.line, "time": round(record.time, 6), **_fields(record.event)}


def _fields(event: Event | Attempt) -> dict[str, Any]:
    found = {field.name: getattr(event, field.name) for field in fields(event)}
    if isinstance(event, Expanded):
        found["attempts"] = [_fields(attempt) for attempt in event.attempts]
    if "seconds" in found:
        found["seconds"] = round(found["seconds"], 6)
    return found


def read_header(path: Path) -> dict[str, Any]:
    """The first line of a trace. Raises `InputError` if it is not one of a known version."""
    return _header(path, next(_lines(path), (1, {}))[1])


def read_trace(path: Path) -> Iterator[Record]:
    """The events of a trace, in the order of the file.

    A last line that was cut off (the run was killed) is left out. Raises `InputError` with the
    line for anything else that is no trace.
    """
    lines = _lines(path)
    _header(path, next(lines, (1, {}))[1])
    for number, record in lines:
        try:
            yield _record(record)
        except (KeyError, TypeError, ValueError) as problem:
            raise InputError(f"not an event of a trace: {problem}", file=path, line=number,
                             remedy=_REMEDY) from problem


def _header(path: Path, record: Mapping[str, Any]) -> dict[str, Any]:
    if record.get("event") != _HEADER:
        raise InputError("not a trace", file=path, line=1, remedy=_REMEDY)
    if record.get("version") != TRACE_VERSION:
        raise InputError(f"a trace of version {record.get('version')}; version {TRACE_VERSION} "
                         "is read", file=path, line=1, remedy="write it anew with `lemma prove`")
    return dict(record)


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as stream:
            yield from _objects(path, stream)
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", file=path) from problem
    except UnicodeDecodeError as problem:
        raise InputError("not UTF-8 text", file=path, remedy=_REMEDY) from problem


def _objects(path: Path, stream: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(stream, 1):
        try:
            record = json.loads(line)
        except ValueError as problem:
            if not line.endswith("\n"):
                return
            raise InputError("not a trace" if number == 1 else "not JSON", file=path, line=number,
                             remedy=_REMEDY) from problem
        if not isinstance(record, dict):
            raise InputError("not a JSON object", file=path, line=number, remedy=_REMEDY)
        yield number, record


def _record(record: Mapping[str, Any]) -> Record:
    kind = _KINDS.get(record["event"])
    if kind is None:
        raise ValueError(f"unknown event {record['event']!r}")
    return Record(record["theorem"], record["file"], record["line"], record["time"],
                  _build(kind, record))


def _build(kind: type[Any], record: Mapping[str, Any]) -> Any:
    known = {field.name: record[field.name] for field in fields(kind) if field.name in record}
    if "attempts" in known:
        known["attempts"] = [_build(Attempt, attempt) for attempt in known["attempts"]]
    if known.get("failure") is not None:
        known["failure"] = FailureKind(known["failure"])
    if "status" in known:
        known["status"] = Status(known["status"])
    return kind(**{name: tuple(value) if isinstance(value, list) else value
                   for name, value in known.items()})
