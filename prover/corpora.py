"""Corpora of premises out of what the environments read: the Lean library, Lean and TPTP files.

A *recipe* knows without much work which corpus it would make (its ``source``), so that an index
that is up to date needs nothing else of it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from prover.cache import cache_root
from prover.contracts import InputError
from prover.environments.fol.syntax import Role, symbols
from prover.environments.fol.tptp import read_problem
from prover.environments.lean.backend import Launcher
from prover.environments.lean.context import source_premises
from prover.environments.lean.library import Library, Progress, library_key, load_library
from prover.environments.lean.source import read_source
from retrieval.contracts import Premise
from retrieval.corpus import Corpus, read_corpus
from retrieval.store import IndexStore

_FORMAT = 1  # counts up when the same source would give another corpus
_LIBRARY, _FILE = "lean:", "file:"  # how the names of indexes begin
_TPTP = (".p", ".tptp", ".ax")
_NO_STATEMENTS = frozenset({Role.LOGIC, Role.UNKNOWN})
_PROVED = frozenset({Role.THEOREM, Role.LEMMA, Role.COROLLARY, Role.CONJECTURE})
_SKIPPED = frozenset({".lake", ".git", ".venv", "build", "node_modules"})


@dataclass(frozen=True)
class Recipe:
    """How a corpus is had: the name of its index, the source, and the work of making it."""

    name: str
    source: str
    make: Callable[[], Corpus]


def index_store() -> IndexStore:
    """The indexes in the cache folder."""
    return IndexStore(cache_root() / "retrieval")


def library_recipe(
    imports: Sequence[str] = ("Init",), *, launcher: Launcher | None = None,
    progress: Progress | None = None,
) -> Recipe:
    """The corpus of what a Lean file with these imports sees."""
    modules = tuple(sorted({"Init", *imports}))  # every file imports Init
    key = library_key(modules, launcher)

    def make() -> Corpus:
        return library_corpus(load_library(modules, launcher=launcher, progress=progress))

    return Recipe(_LIBRARY + ",".join(modules), f"{_FORMAT} {key!r}", make)


def recipe_named(name: str, *, progress: Progress | None = None) -> Recipe:
    """The recipe of the index called ``name``. Raises `InputError` if its file is gone."""
    if name.startswith(_LIBRARY):
        return library_recipe(name.removeprefix(_LIBRARY).split(","), progress=progress)
    return file_recipe(Path(name.removeprefix(_FILE)))


def library_corpus(library: Library) -> Corpus:
    """The statements of a library that are not deprecated. Where the order of declaration is not
    known, all of a module stand at one place, and none is offered to another."""
    return Corpus(
        (Premise(t.name, t.statement, t.module, frozenset(t.constants), t.kind,
                 t.position if library.ordered else 0)
         for t in library.theorems if not t.deprecated),
        library.imports)


def file_recipe(path: Path) -> Recipe:
    """The corpus of a file or folder: JSON lines (this project's or LeanDojo Benchmark's), TPTP
    axioms, a Lean file, or a folder of Lean files.

    Raises:
        InputError: there is no such file, or it is of another kind.
    """
    if path.is_dir():
        files = _lean_files(path)
        return _recipe(path, files, lambda: project_corpus(path))
    if not path.is_file():
        raise InputError("no such file or folder", file=path)
    if path.suffix == ".jsonl":
        return _recipe(path, [path], lambda: read_corpus(path))
    if path.suffix in _TPTP:
        return _recipe(path, [path], lambda: tptp_corpus(path))
    if path.suffix == ".lean":
        return _recipe(path, [path], lambda: project_corpus(path))
    raise InputError(f"no corpus can be made of a {path.suffix or 'nameless'} file", file=path,
                     remedy="give .jsonl, .p, .tptp, .ax, .lean or a folder of .lean files")


def _recipe(path: Path, files: Sequence[Path], make: Callable[[], Corpus]) -> Recipe:
    digest = hashlib.sha256(str(_FORMAT).encode())
    for file in files:
        digest.update(str(file).encode())
        digest.update(hashlib.sha256(_read(file)).digest())
    return Recipe(f"{_FILE}{path.absolute()}", digest.hexdigest(), make)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", file=path) from problem


def tptp_corpus(path: Path) -> Corpus:
    """The formulas of a TPTP file (includes resolved), in their order, as one module; those
    before another are accessible to it. Raises `InputError`."""
    formulas = [f for f in read_problem(path).formulas if f.role not in _NO_STATEMENTS]
    return Corpus(
        (Premise(f.name, str(f.formula), path.name,
                 frozenset(symbol.name for symbol in symbols(f.formula)),
                 "theorem" if f.role in _PROVED else "axiom", place)
         for place, f in enumerate(formulas)),
        {path.name: ()})


def project_corpus(path: Path) -> Corpus:
    """The definitions and theorems of Lean files, read from their text; ``path`` is one file or
    the root folder of a project. Raises `InputError`."""
    files = [path] if path.is_file() else _lean_files(path)
    root = path.parent if path.is_file() else path
    premises: list[Premise] = []
    imports: dict[str, tuple[str, ...]] = {}
    for file in files:
        source = read_source(file)
        module = ".".join(file.relative_to(root).with_suffix("").parts)
        imports[module] = tuple(item.module for item in source.imports)
        premises += source_premises(source, module)
    if not premises:
        raise InputError("no definitions or theorems here", file=path)
    return Corpus(premises, imports)


def _lean_files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED)
        found += [Path(root, name) for name in sorted(names) if name.endswith(".lean")]
    if not found:
        raise InputError("no Lean files in this folder", file=folder)
    return found
