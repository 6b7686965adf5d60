"""Reads the library out of a running Lean, module by module.

A server with Lemma's extensions answers a module at a time (`EnvStatements`). Of a plain
Pantograph each constant is asked for by itself (`EnvInspect`), which is slower and tells neither
universe levels nor attributes, but the place in the source, and with it the order.

Every module that has been read is a line of a journal, so that reading goes on where it stopped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from prover.environments.lean import protocol
from prover.environments.lean.library_view import Kind, LibraryTheorem, theorem_of_row
from prover.environments.lean.protocol import EnvInspectResult, Statement
from prover.environments.lean.server import LeanServer

Progress = Callable[[int, int], None]
"""Hears how many modules of how many have been read."""

_MODULE_SECONDS = 600.0
_MILLISECONDS = 1000
_KINDS: Mapping[str, Kind] = {
    "t": "theorem", "a": "axiom", "d": "definition", "o": "definition",
}  # fmt: skip
# Components of names that Lean makes up: `_private`, `match_1`, `proof_2`, `eq_3`, `injEq`, …
_GENERATED = re.compile(
    r"(^|\.)(_[^.]*|\d+|(match|proof|eq|hcongr)_\d+|eq_def|eq_unfold|congr_simp|inj|injEq"
    r"|sizeOf_spec|noConfusion(Type)?|(cases|rec|brec|binduction)On|i?below|ctorIdx|ctorElim(Type)?"
    r"|toCtorIdx|fun_cases(_unfolding)?|(mutual_)?induct(_unfolding)?|inst[A-Z0-9].*)(\.|$)"
)


@dataclass(frozen=True)
class ModuleView:
    """The statements of one module, by position, and what it imports.

    ``ordered`` tells whether positions are the order of declaration.
    """

    module: str
    imports: tuple[str, ...]
    theorems: tuple[LibraryTheorem, ...]
    ordered: bool


def read_modules(
    server: LeanServer, journal: Path, progress: Progress,
    known: Mapping[str, ModuleView] | None = None,
) -> list[ModuleView]:  # fmt: skip
    """All modules that ``server`` has loaded; what ``journal`` has or is ``known`` is not asked
    for again."""
    modules = server.request(protocol.EnvDescribe()).modules
    known = {**(known or {}), **_read_journal(journal)}
    read = _extended_reader(server) if server.launcher.extended else _standard_reader(server)
    views = []
    with journal.open("a", encoding="utf-8") as file:
        for done, module in enumerate(modules):
            progress(done, len(modules))
            view = known.get(module)
            if view is None:
                view = read(module)
                file.write("\n" + json.dumps(_to_json(view), ensure_ascii=False))
                file.flush()
            views.append(view)
    progress(len(modules), len(modules))
    return views


# --- Asking ---------------------------------------------------------------------------------


def _extended_reader(server: LeanServer) -> Callable[[str], ModuleView]:
    def read(module: str) -> ModuleView:
        command = protocol.EnvStatements(module, timeout=int(_MODULE_SECONDS * _MILLISECONDS))
        answer = server.request(command, _MODULE_SECONDS)
        statements = sorted(answer.statements, key=lambda statement: statement.name)
        theorems = tuple(_theorem(s, module, i) for i, s in enumerate(statements))
        return ModuleView(module, answer.imports, theorems, ordered=False)

    return read


def _theorem(statement: Statement, module: str, position: int) -> LibraryTheorem:
    return LibraryTheorem(
        statement.name, statement.type, module, position, statement.constants,
        cast(Kind, statement.kind), statement.simp, statement.grind, statement.deprecated,
        statement.levels, statement.standalone,
    )  # fmt: skip


def _standard_reader(server: LeanServer) -> Callable[[str], ModuleView]:
    symbols = server.request(protocol.EnvCatalog(), _MODULE_SECONDS).symbols
    kinds = {symbol[1:]: _KINDS[symbol[0]] for symbol in symbols if symbol[0] in _KINDS}

    def read(module: str) -> ModuleView:
        contents = server.request(protocol.EnvModuleRead(module))
        names = [n for n in contents.const_names if n in kinds and not _GENERATED.search(n)]
        constants = [
            (name, server.request(protocol.EnvInspect(name, dependency=True, source=True)))
            for name in sorted(names)
        ]
        ordered = any(constant.source_start for _, constant in constants)
        if ordered:  # what has no place in the source was generated
            constants = sorted((c for c in constants if c[1].source_start), key=_place)
        return ModuleView(module, contents.imports, tuple(_inspected(constants, module, kinds)),
                          ordered=ordered or not constants)

    return read


def _place(constant: tuple[str, EnvInspectResult]) -> tuple[int, int]:
    start = constant[1].source_start
    assert start is not None
    return start.line, start.column


def _inspected(
    constants: Iterable[tuple[str, EnvInspectResult]], module: str, kinds: Mapping[str, Kind]
) -> Iterator[LibraryTheorem]:
    for position, (name, constant) in enumerate(constants):
        yield LibraryTheorem(name, constant.type.pp or "", module, position,
                             constant.type_dependency or (), kinds[name])


# --- The journal ----------------------------------------------------------------------------


def _to_json(view: ModuleView) -> dict[str, Any]:
    theorems = [[getattr(t, name) for name in LibraryTheorem.__slots__] for t in view.theorems]
    return {"module": view.module, "imports": view.imports, "ordered": view.ordered,
            "theorems": theorems}


def _read_journal(journal: Path) -> dict[str, ModuleView]:
    """The modules of a journal; a line that is not whole is one that was being written."""
    views = {}
    if journal.is_file():
        for line in journal.read_text("utf-8", errors="replace").splitlines():
            try:
                data = json.loads(line)
                view = ModuleView(data["module"], tuple(data["imports"]),
                                  tuple(map(theorem_of_row, data["theorems"])), data["ordered"])
            except (ValueError, LookupError, TypeError):
                continue
            views[view.module] = view
    return views
