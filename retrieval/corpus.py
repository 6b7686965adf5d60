"""A corpus: premises in a fixed order, the modules they stand in, and what these import.

Saved as JSON lines, one module a line, which is the shape of LeanDojo Benchmark's
``corpus.jsonl`` with this project's field names; `read_corpus` reads either.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from retrieval.contracts import Premise, RetrievalError
from retrieval.graph import DependencyGraph

_COLUMNS = 1_000_000
_COMMENT = re.compile(r"/-.*?-/", re.DOTALL)
_KINDS = {"theorem": "theorem", "lemma": "theorem", "axiom": "axiom"}


class Corpus:
    """Premises, each with an id: its place in ``premises``.

    ``imports`` has the direct imports of every module; premises of one module stand together, in
    the order of their positions. Equal positions stand for an order that is not known: none of
    these premises is accessible at another.
    """

    def __init__(
        self, premises: Iterable[Premise], imports: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        by_module: dict[str, list[Premise]] = {module: [] for module in imports or {}}
        for premise in premises:
            by_module.setdefault(premise.module, []).append(premise)
        self.premises: tuple[Premise, ...] = tuple(
            premise for found in by_module.values()
            for premise in sorted(found, key=lambda p: p.position))
        self.imports: dict[str, tuple[str, ...]] = {
            module: tuple((imports or {}).get(module, ())) for module in by_module}
        self.graph = DependencyGraph(self.imports, self.premises)

    def __len__(self) -> int:
        return len(self.premises)

    @cached_property
    def _ids(self) -> Mapping[str, list[int]]:
        found = defaultdict(list)
        for index, premise in enumerate(self.premises):
            found[premise.name].append(index)
        return dict(found)

    def ids(self, name: str) -> Sequence[int]:
        """The ids of the premises of this name: none, one, or several in different modules."""
        return self._ids.get(name, ())

    @cached_property
    def version(self) -> str:
        """A hash of everything in it."""
        digest = hashlib.sha256()
        for line in self._lines():
            digest.update(line.encode())
        return digest.hexdigest()[:20]

    def _lines(self) -> Iterator[str]:
        by_module: dict[str, list[Premise]] = {module: [] for module in self.imports}
        for premise in self.premises:
            by_module[premise.module].append(premise)
        for module, found in by_module.items():
            record = {"module": module, "imports": self.imports[module],
                      "premises": [_record(premise) for premise in found]}
            yield json.dumps(record, ensure_ascii=False) + "\n"

    def save(self, path: Path) -> None:
        """Write it, atomically."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with partial.open("w", encoding="utf-8") as stream:
                stream.writelines(self._lines())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def _record(premise: Premise) -> dict[str, Any]:
    return {"name": premise.name, "statement": premise.statement, "kind": premise.kind,
            "position": premise.position, "symbols": sorted(premise.symbols)}


def read_corpus(path: Path) -> Corpus:
    """A corpus from JSON lines: this project's, or LeanDojo Benchmark's ``corpus.jsonl``.

    Raises:
        RetrievalError: with file and line, when it is neither.
    """
    premises: list[Premise] = []
    imports: dict[str, tuple[str, ...]] = {}
    try:
        with _keeping_all(), path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    module, imported, found = _module(path, number, line)
                    if module in imports:
                        raise RetrievalError(f"module {module} stands here twice", file=path,
                                             line=number)
                    imports[module] = imported
                    premises += found
    except (OSError, UnicodeDecodeError) as problem:
        raise RetrievalError(f"cannot be read: {problem}", file=path) from problem
    if not imports:
        raise RetrievalError("no modules in this file", file=path,
                             remedy="one JSON object a line: module, imports, premises")
    return Corpus(premises, imports)


@contextmanager
def _keeping_all() -> Iterator[None]:
    """No garbage collection: it would look again and again at objects that all stay, which takes
    a third of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _module(
    path: Path, number: int, line: str
) -> tuple[str, tuple[str, ...], list[Premise]]:
    try:
        record = json.loads(line)
        if "path" in record:
            return _leandojo(record)
        module = record["module"]
        found = [
            Premise(_text(p["name"]), _text(p["statement"]), module,
                    frozenset(p.get("symbols", ())), p.get("kind", "theorem"),
                    int(p.get("position", place)))
            for place, p in enumerate(record["premises"])]
        return module, tuple(record.get("imports", ())), found
    except KeyError as problem:
        raise RetrievalError(f"the field {problem} is missing", file=path,
                             line=number) from problem
    except (ValueError, TypeError, AttributeError) as problem:
        raise RetrievalError(f"not a module of a corpus: {problem}", file=path,
                             line=number) from problem


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a string: {value!r}")
    return value


def _leandojo(record: Mapping[str, Any]) -> tuple[str, tuple[str, ...], list[Premise]]:
    """A line of LeanDojo Benchmark: ``path``, ``imports`` and ``premises`` with ``full_name``,
    ``code``, ``start``, ``end`` (line and column) and ``kind``."""
    module = record["path"]
    found = [
        Premise(p["full_name"], p["code"], module, frozenset(),
                _leandojo_kind(p), leandojo_position(p["end"]))
        for p in record["premises"]
        # Its tracer leaves nameless and empty ones where it failed, and bundles mutual ones.
        if p["full_name"] and p["code"] and not p["full_name"].startswith("[")]
    return module, tuple(record["imports"]), found


def _leandojo_kind(premise: Mapping[str, Any]) -> str:
    """By the keyword of its source text, before which attributes and modifiers may stand."""
    words = _COMMENT.sub(" ", premise["code"]).split(maxsplit=12)
    return next((_KINDS[word] for word in words if word in _KINDS), "definition")


def leandojo_position(place: Sequence[int]) -> int:
    """A line and a column as one number. Premises stand where they *end*: a theorem may use what
    ended before it starts."""
    line, column = place
    return int(line) * _COLUMNS + int(column)
