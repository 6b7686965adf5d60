"""miniF2F-style records: one theorem a line of a ``.jsonl`` file.

A record has a ``name``, a ``formal_statement`` and perhaps a ``header`` (imports, ``open``), as
in miniF2F and the benchmarks made after it (K. Zheng et al., *MiniF2F: a cross-system benchmark
for formal Olympiad-level mathematics*, ICLR 2022). Most headers import Mathlib. Where there is
none, the core library states what it can: imports and namespaces that do not exist are left out,
ℕ and ℤ are read as ``Nat`` and ``Int``, names that nothing binds are errors as in Mathlib
(``autoImplicit false``), and a statement that does not elaborate is a problem with its reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from prover.contracts import InputError
from prover.environments.lean.environment import LeanEnvironment
from prover.environments.lean.lexer import Kind, Token
from prover.environments.lean.source import Edit, LeanSource, decode
from prover.environments.lean.theorem import FileProblem, LeanTheorem
from prover.environments.lean.theorem_file import load_source

# The field names of miniF2F, and those of ProofNet's and others' publications.
_NAMES = ("name", "id", "problem_name", "theorem_name", "full_name")
_STATEMENTS = ("formal_statement", "lean4_formalization", "lean4_statement")
_HEADERS = ("header", "lean4_src_header", "lean4_header")
_CORE_NAMES = {"ℕ": "Nat", "ℤ": "Int"}
_UNKNOWN_NAMESPACE = re.compile(r"unknown namespace [`'‘]([^`'’]+)[`'’]", re.IGNORECASE)


@dataclass(frozen=True)
class Record:
    """A line of a benchmark; ``line`` counts from 1."""

    name: str
    formal_statement: str
    header: str
    file: Path
    line: int

    @property
    def text(self) -> str:
        """The Lean text of the record, its proof a ``sorry``."""
        header = f"{self.header.rstrip()}\n\n" if self.header.strip() else ""
        statement = self.formal_statement.strip()
        if re.search(r"\bsorry$", statement):
            ending = ""
        elif re.search(r":=\s*by$", statement):
            ending = "\n  sorry"
        elif statement.endswith(":="):
            ending = " by\n  sorry"
        else:
            ending = " := by\n  sorry"
        return f"{header}{statement}{ending}\n"


def read_records(path: Path) -> tuple[list[Record], list[FileProblem]]:
    """The records of a ``.jsonl`` file, and a problem for every line that is none.

    Raises `InputError` if the file cannot be read at all.
    """
    try:
        text = decode(path.read_bytes(), path)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    records: list[Record] = []
    problems: list[FileProblem] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            record = _record(line, path, number)
            (records if isinstance(record, Record) else problems).append(record)  # type: ignore[arg-type]
    return records, problems


def _record(line: str, file: Path, number: int) -> Record | FileProblem:
    try:
        data = json.loads(line)
    except ValueError as error:
        column = getattr(error, "colno", 1)
        return FileProblem(file, number, column, f"not a line of JSON: {error}")
    if not isinstance(data, dict):
        return FileProblem(file, number, 1, "not a JSON object")
    name, statement = _field(data, _NAMES), _field(data, _STATEMENTS)
    header = _field(data, _HEADERS) or ""
    if not isinstance(name, str) or not name:
        return FileProblem(file, number, 1, "the field `name` is missing or not a text")
    if not isinstance(statement, str) or not statement.strip() or not isinstance(header, str):
        field = "formal_statement" if isinstance(header, str) else "header"
        return FileProblem(file, number, 1, f"the field `{field}` is missing or not a text", name)
    return Record(name, statement, header, file, number)


def _field(data: Mapping[str, object], names: Sequence[str]) -> object:
    """What stands in the first of the fields ``names`` that there is."""
    return next((data[name] for name in names if data.get(name) is not None), None)


def theorems_from_records(
    records: Sequence[Record], environment: LeanEnvironment
) -> tuple[list[LeanTheorem], list[FileProblem], list[str]]:
    """The theorems of some records, problems with the others, and notes on what was left out."""
    loader = _RecordLoader(environment)
    theorems: list[LeanTheorem] = []
    problems: list[FileProblem] = []
    for record in records:
        loaded = loader.load(record)
        if isinstance(loaded, LeanTheorem):
            theorems.append(loaded)
        else:
            problems.append(loaded)
    return theorems, problems, list(loader.notes)


class _RecordLoader:
    """Adapts records to the Lean at hand. What it learns from one serves the next."""

    def __init__(self, environment: LeanEnvironment) -> None:
        self.environment = environment
        self.unknown_namespaces: set[str] = set()
        self.notes: dict[str, None] = {}

    def load(self, record: Record) -> LeanTheorem | FileProblem:
        try:
            source = self._adapted(record)
            loaded = load_source(source, self.environment)
        except InputError as error:
            return FileProblem(
                record.file, error.line or record.line, 1, error.message, record.name
            )
        if len(loaded.theorems) == 1:
            return replace(loaded.theorems[0], name=record.name)
        reason = "no theorem in `formal_statement`"
        if loaded.theorems:
            reason = "more than one theorem in `formal_statement`"
        elif loaded.problems:
            reason = loaded.problems[0].message
        return FileProblem(record.file, record.line, 1, reason, record.name)

    def _adapted(self, record: Record) -> LeanSource:
        """The source of a record without what this Lean does not have."""
        source = LeanSource(record.file, record.text, first_line=record.line, one_line=True)
        modules = [item.module for item in source.imports]
        missing = self.environment.launcher.missing(modules)
        if not missing:
            return source
        self._note("without", (f"`import {module}`" for module in missing))
        edits = [
            Edit(source.header_end, source.header_end, "\nset_option autoImplicit false\n"),
            *_core_names(source.tokens),
        ]
        bare = replace(source, dropped=frozenset(missing))
        while True:
            dropped = _without_namespaces(bare.tokens, self.unknown_namespaces)
            adapted = bare.with_edits([*edits, *dropped])
            found = self._unknown_namespaces(adapted) - self.unknown_namespaces
            if not found:
                return adapted
            self._note("without", (f"`open {name}`" for name in sorted(found)))
            self.unknown_namespaces |= found

    def _unknown_namespaces(self, source: LeanSource) -> set[str]:
        errors = (error for unit in self.environment.elaborate(source) for error in unit.errors)
        return {name for error in errors for name in _UNKNOWN_NAMESPACE.findall(error.text)}

    def _note(self, word: str, what: Iterator[str]) -> None:
        for item in what:
            self.notes[f"{word} {item}, which this Lean does not have"] = None


def _core_names(tokens: Sequence[Token]) -> Iterator[Edit]:
    for token in tokens:
        head, dot, rest = token.text.partition(".")
        if token.kind is Kind.WORD and head in _CORE_NAMES:
            yield Edit(token.start, token.end, _CORE_NAMES[head] + dot + rest)


def _without_namespaces(tokens: Sequence[Token], unknown: set[str]) -> Iterator[Edit]:
    """Take the ``unknown`` names out of every ``open``, and the ``open`` if none is left."""
    for index, token in enumerate(tokens):
        if not token.is_("open"):
            continue
        names = _opened(tokens, index + 1)
        dropped = [name for name in names if name.text in unknown]
        if dropped and len(dropped) == len(names):
            end = index + 1
            while end < len(tokens) and (tokens[end].is_("scoped") or tokens[end] in dropped):
                end += 1
            if end < len(tokens) and tokens[end].is_("in"):
                end += 1
            yield Edit(token.start, tokens[end - 1].end, "")
        else:
            yield from (Edit(name.start, name.end, "") for name in dropped)


def _opened(tokens: Sequence[Token], start: int) -> list[Token]:
    """The namespaces that the ``open`` before ``tokens[start]`` names."""
    names: list[Token] = []
    for token in tokens[start:]:
        if token.is_("scoped"):
            continue
        if token.kind is not Kind.WORD or token.text in _AFTER_OPEN:
            break
        names.append(token)
    return names


_AFTER_OPEN = frozenset(
    (
        "in", "hiding", "renaming", "open", "theorem", "lemma", "example", "def", "abbrev",
        "instance", "noncomputable", "private", "protected", "set_option", "variable", "universe",
        "section", "namespace", "local", "attribute", "structure", "class", "inductive", "axiom",
        "opaque", "notation", "macro", "syntax", "end", "mutual", "unsafe", "partial",
    )
)  # fmt: skip
