"""The library view: what the theorems and definitions of the loaded modules say.

`load_library` asks Lean once for every statement of some imports and keeps the answers in the
cache as a Parquet file, which is read back in under a second. The view tells what a premise
selector needs: the name, the statement as people read it, the module, the constants in the
statement, the simp and grind attributes, and the import graph, which says what may be used where.

Private and generated constants (recursors, matchers, equation lemmas), instances and syntax are
left out: nobody names them in a proof.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from prover.environments.lean.backend import Launcher, choose_launcher
from prover.environments.lean.library_file import (
    LibraryKey,
    StaleLibrary,
    read_library,
    views_of,
    write_library,
)
from prover.environments.lean.library_reading import ModuleView, Progress, read_modules
from prover.environments.lean.library_view import Library, LibraryTheorem, imported_first
from prover.environments.lean.server import LeanServer

__all__ = ["Library", "LibraryTheorem", "Progress", "library_key", "load_library"]


def library_key(imports: Sequence[str] = ("Init",), launcher: Launcher | None = None) -> LibraryKey:
    """Which view `load_library` would load; ``library_key(…).path()`` is its file."""
    launcher = launcher or choose_launcher()
    return LibraryKey(launcher.fingerprint, tuple(sorted(set(imports))))


def load_library(
    imports: Sequence[str] = ("Init",), *, progress: Progress | None = None,
    launcher: Launcher | None = None, rebuild: bool = False,
) -> Library:  # fmt: skip
    """The view of ``imports`` and all that they import, from the cache if it is there.

    Otherwise Lean is asked (`Init` takes about a minute), ``progress`` hearing how many modules of
    how many are read. What was read before an interruption, or for other imports, is not read
    again; several processes may load at once. A file that is corrupt or of another Lean is written
    anew; so it is with ``rebuild``, and then Lean is asked for everything.

    Raises `LemmaError` where there is no Lean or no pyarrow, and `UnknownImport`.
    """
    launcher = launcher or choose_launcher()
    key = library_key(imports, launcher)
    path = key.path()
    if not rebuild:
        with suppress(StaleLibrary):
            return read_library(path, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if not rebuild:  # another process may have written it while this one waited
            with suppress(StaleLibrary):
                return read_library(path, key)
        journal = path.with_suffix(".partial")
        known = {} if rebuild else _known(key)
        library = _ask(launcher, key.imports, journal, known, progress or _unheard)
        write_library(path, key, library)
        journal.unlink(missing_ok=True)
    return library


def _unheard(done: int, total: int) -> None:
    del done, total


def _known(key: LibraryKey) -> dict[str, ModuleView]:
    """The modules that were read for other imports: what one says does not depend on these."""
    found: dict[str, ModuleView] = {}
    for library in views_of(key.lean):
        by_module: defaultdict[str, list[LibraryTheorem]] = defaultdict(list)
        for theorem in library.theorems:
            by_module[theorem.module].append(theorem)
        found |= {
            module: ModuleView(module, imports, tuple(by_module[module]), library.ordered)
            for module, imports in library.imports.items()
        }
    return found


def _ask(
    launcher: Launcher, imports: Sequence[str], journal: Path,
    known: Mapping[str, ModuleView], progress: Progress,
) -> Library:  # fmt: skip
    with LeanServer(launcher, imports) as server:
        return _library(read_modules(server, journal, progress, known), server.version)


def _library(views: Iterable[ModuleView], lean: str) -> Library:
    by_module = {view.module: view for view in views}
    imports = {
        module: tuple(name for name in view.imports if name in by_module)  # private ones are not
        for module, view in sorted(by_module.items())
    }
    order = imported_first(imports, imports)
    theorems = [theorem for module in order for theorem in by_module[module].theorems]
    return Library(theorems, imports, lean, all(view.ordered for view in by_module.values()))
