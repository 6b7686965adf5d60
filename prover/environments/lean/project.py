"""A user's own Lake project, and what has to be there so that Lemma can prove in it.

A project is a folder with a lakefile and a ``lean-toolchain``, compiled by ``lake build``. Lemma
talks to it through Pantograph's ``repl``, which must be built for the very same Lean, since
compiled modules are good for one version only. Whatever is missing is told with the commands that
provide it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from prover.contracts import InputError

PROJECT_VARIABLE = "LEMMA_PROJECT"
"""Names the project for this process and those that it starts; see `use_project`."""

_LAKEFILES = ("lakefile.lean", "lakefile.toml")
_TOOLCHAIN = "lean-toolchain"
_PANTOGRAPH = "https://github.com/leanprover/Pantograph.git"
_ELAN = "curl -sSf https://elan.lean-lang.org/elan-init.sh | sh"


@dataclass(frozen=True)
class LakeProject:
    """A Lake project; ``toolchain`` is what its ``lean-toolchain`` says."""

    folder: Path
    toolchain: str

    def library_folders(self) -> list[Path]:
        """Where Lake puts the compiled modules of the project and of what it requires."""
        return library_folders(self.folder)


def read_project(folder: Path) -> LakeProject:
    """The Lake project in ``folder``. Raises `InputError`, with the remedy, if it is none."""
    if not folder.is_dir():
        raise InputError("there is no such folder", file=folder, remedy="check --project")
    folder = folder.resolve()
    if not _has_lakefile(folder):
        above = next(filter(_has_lakefile, folder.parents), None)
        raise InputError(
            f"this is no Lake project: it has neither {' nor '.join(_LAKEFILES)}", file=folder,
            remedy=f"try --project {above}" if above else "`lake init` makes one",
        )
    return LakeProject(folder, _toolchain(folder))


def use_project(folder: Path | None) -> None:
    """Let every Lean that is started from now on be that of the Lake project in ``folder``, here
    and in the processes that this one starts. ``None`` leaves things as they are.

    Raises `InputError` if there is no such project, or if it is not ready to be worked in.
    """
    if folder is not None:
        project = read_project(folder)
        _check_compiled(project)
        os.environ[PROJECT_VARIABLE] = str(project.folder)


def project_in_use() -> Path | None:
    """The folder of the project that `use_project`, or the user, has named."""
    named = os.environ.get(PROJECT_VARIABLE)
    return Path(named) if named else None


def library_folders(folder: Path) -> list[Path]:
    """Where Lake puts the compiled modules of the project in ``folder`` and of its packages."""
    lake = folder / ".lake"
    roots = [lake, *sorted((lake / "packages").glob("*/.lake"))]
    candidates = [root / "build" / "lib" / sub for root in roots for sub in ("lean", "")]
    return [folder for folder in candidates if folder.is_dir()]


def lake_command() -> Path | None:
    """Lake: on the path, or where elan puts it."""
    found = shutil.which("lake") or shutil.which("lake", path=str(Path.home() / ".elan" / "bin"))
    return Path(found) if found else None


def repl_of(project: LakeProject, others: Iterable[Path] = ()) -> Path:
    """The ``repl`` to use for ``project``: its own, or one of ``others`` (built in a project of
    their own) that belongs to the same toolchain.

    Raises `InputError` if there is none.
    """
    packages = project.folder / ".lake" / "packages"
    own = [
        lake / "build" / "bin" / "repl"
        for lake in (*sorted(packages.glob("[Pp]antograph/.lake")), project.folder / ".lake")
    ]
    found = next((repl for repl in own if repl.is_file()), None)
    if found is not None:
        return found
    reason = "there is no Pantograph repl for it"
    for other in others:
        if other.is_file():
            toolchain = _toolchain_of(other)
            if toolchain in (None, project.toolchain):
                return other
            reason = (f"it uses {project.toolchain}, and the repl at {other} is for {toolchain}; "
                      "compiled modules are good for one version only")
    raise InputError(reason, file=project.folder, remedy=_build_repl(project))


def _has_lakefile(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _LAKEFILES)


def _toolchain(folder: Path) -> str:
    """What the ``lean-toolchain`` that counts in ``folder`` says; elan looks upwards for it."""
    for above in (folder, *folder.parents):
        try:
            text = (above / _TOOLCHAIN).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if text:
            return text
    raise InputError(
        f"the project does not say which Lean it uses: there is no {_TOOLCHAIN}", file=folder,
        remedy=f"for example `echo leanprover/lean4:v4.28.0 > {folder / _TOOLCHAIN}`",
    )


def _toolchain_of(repl: Path) -> str | None:
    """The toolchain of the project in which ``repl`` was built, if it was built in one."""
    above = next((f for f in repl.resolve().parents if _has_lakefile(f)), None)
    if above is None:
        return None
    try:
        return _toolchain(above)
    except InputError:
        return None


def _check_compiled(project: LakeProject) -> None:
    if lake_command() is None:
        raise InputError(
            "Lake, which the project needs, is not installed", file=project.folder,
            remedy=f"`{_ELAN}` installs it with elan",
        )
    if not project.library_folders():
        raise InputError(
            "the project is not compiled", file=project.folder,
            remedy=f"run `cd {project.folder} && lake build`",
        )


def _build_repl(project: LakeProject) -> str:
    version = project.toolchain.rpartition(":")[2]
    return (
        f"build one: `git clone {_PANTOGRAPH} && cd Pantograph && git checkout RELEASE && "
        f"cp {project.folder / _TOOLCHAIN} . && lake build repl`, with the RELEASE of Pantograph "
        f"for Lean {version}, and set LEMMA_REPL to its .lake/build/bin/repl"
    )
