"""``lemma library``: what the theorems and definitions of Lean's library say."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prover.cli.errors import ALL_PROVED, clear_errors, complain
from prover.cli.reading_bar import ReadingBar
from prover.contracts import InputError

if TYPE_CHECKING:
    from prover.environments.lean.library import Library, LibraryTheorem

_NOTHING_FOUND = 1


def library(
    imports: Annotated[str, typer.Option(
        help="Modules, separated by commas; what they import is included.")] = "Init",
    find: Annotated[list[str] | None, typer.Option(
        help="Show what has TEXT in its name or statement; repeated: all of them.",
        metavar="TEXT")] = None,
    info: Annotated[bool, typer.Option(
        "--info", help="Show how much there is, and where it is kept (the default).")] = False,
    project: Annotated[Path | None, typer.Option(
        help="A Lake project whose modules may be imported; needs a native Lean.")] = None,
    rebuild: Annotated[bool, typer.Option(
        "--rebuild", help="Ask Lean again, whatever the cache holds.")] = False,
    as_json: Annotated[bool, typer.Option(
        "--json", help="One JSON object a statement (or one for --info) on standard output.")
    ] = False,
) -> None:
    """Show the library: statements with their modules and attributes.

    The first time Lean is asked (about a minute for Init); the answer is kept in the cache.
    """
    with clear_errors():
        from prover.environments.lean.backend import choose_launcher
        from prover.environments.lean.library import library_key, load_library
        from prover.environments.lean.project import use_project

        use_project(project)
        modules = tuple(filter(None, (name.strip() for name in imports.split(","))))
        if not modules:
            raise InputError("--imports names no module", remedy="for example --imports Init,Std")
        launcher = choose_launcher()
        with ReadingBar() as progress:
            view = load_library(modules, progress=progress, launcher=launcher, rebuild=rebuild)
        if find:
            _show_found(_matching(view, find), find, as_json)
        if info or not find:
            _show_info(view, library_key(modules, launcher).path(), as_json)
    raise typer.Exit(ALL_PROVED)


def _matching(view: Library, texts: Sequence[str]) -> list[LibraryTheorem]:
    return [
        theorem for theorem in view.theorems
        if all(text in theorem.name or text in theorem.statement for text in texts)
    ]  # fmt: skip


def _show_found(found: Sequence[LibraryTheorem], texts: Sequence[str], as_json: bool) -> None:
    for theorem in found:
        if as_json:
            print(json.dumps(asdict(theorem), ensure_ascii=False))
        else:
            print(f"{theorem.name} : {theorem.statement}\n    {_about(theorem)}")
    sys.stdout.flush()
    if not found:
        complain(InputError(f"nothing has {' and '.join(map(repr, texts))} in it",
                            remedy="names are matched exactly, capitals too"))
        raise typer.Exit(_NOTHING_FOUND)


def _about(theorem: LibraryTheorem) -> str:
    flags = {"simp": theorem.simp, "grind": theorem.grind, "deprecated": theorem.deprecated}
    return ", ".join([theorem.kind, theorem.module, *(name for name, on in flags.items() if on)])


def _show_info(view: Library, path: Path, as_json: bool) -> None:
    count = {kind: sum(t.kind == kind for t in view.theorems)
             for kind in ("theorem", "definition", "axiom")}
    facts = {
        "lean": view.lean, "modules": len(view.imports), "statements": len(view.theorems),
        **{kind + "s": number for kind, number in count.items()},
        "simp": sum(t.simp is True for t in view.theorems),
        "grind": sum(t.grind is True for t in view.theorems),
        "declaration_order_known": view.ordered,
        "file": str(path), "bytes": path.stat().st_size,
    }  # fmt: skip
    if as_json:
        print(json.dumps(facts, ensure_ascii=False), flush=True)
        return
    for name, value in facts.items():
        print(f"{name.replace('_', ' '):24} {value}", flush=True)
