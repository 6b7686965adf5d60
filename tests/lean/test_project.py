"""A user's own Lake project: what has to be there, and how the native Lean is started in it.

No native Lean is at hand where these tests run: Lake and the ``repl`` are scripts that say how
they were called, or that answer as Pantograph documents it.
"""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prover.cli.app import app
from prover.contracts import InputError
from prover.environments.lean import LeanEnvironment, backend, load_lean_text
from prover.environments.lean.backend import NativeLauncher, choose_launcher
from prover.environments.lean.project import PROJECT_VARIABLE, read_project, repl_of, use_project

TOOLCHAIN = "leanprover/lean4:v4.28.0"
FAKE_REPL = Path(__file__).with_name("fake_repl.py")


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("LEMMA_REPL", "LEMMA_LEAN", PROJECT_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(backend, "default_repl", lambda: tmp_path / "none" / "repl")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A project that has not been compiled."""
    folder = tmp_path / "my project"
    folder.mkdir()
    (folder / "lakefile.toml").write_text('name = "mine"\n')
    (folder / "lean-toolchain").write_text(TOOLCHAIN + "\n")
    return folder


@pytest.fixture
def project(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A compiled one, with a ``lake`` that runs what it is given and a ``repl`` of its own."""
    (bare / ".lake/build/lib/lean").mkdir(parents=True)
    script(tmp_path / "bin/lake", 'test "$1" = env && shift && LAKE_ENV="$PWD" exec "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    script(
        bare / ".lake/packages/pantograph/.lake/build/bin/repl",
        f'echo "$LAKE_ENV $*" > "{tmp_path}/called"\n'
        f'exec "{sys.executable}" "{FAKE_REPL}" "{tmp_path}/log"',
    )
    return bare


# --- Finding it -----------------------------------------------------------------------------


def remove(*names: str) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return work


@pytest.mark.parametrize(
    ("damage", "says", "remedy"),
    [
        (remove("lakefile.toml"), "no Lake project", "lake init"),
        (remove("lean-toolchain"), "no lean-toolchain", "echo leanprover/lean4:v4.28.0 >"),
        (remove("lakefile.toml", "lean-toolchain"), "no Lake project", "lake init"),
    ],
)  # fmt: skip
def test_what_is_no_project(
    bare: Path, damage: Callable[[Path], None], says: str, remedy: str
) -> None:
    damage(bare)
    with pytest.raises(InputError, match=says) as raised:
        read_project(bare)
    assert remedy in (raised.value.remedy or "")


def test_a_missing_folder_and_one_inside_of_a_project(bare: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_project(bare / "nowhere")
    inside = bare / "Mine"
    inside.mkdir()
    with pytest.raises(InputError) as raised:
        read_project(inside)
    assert raised.value.remedy == f"try --project {bare}"
    (inside / "lakefile.lean").touch()
    assert read_project(inside).toolchain == TOOLCHAIN  # elan looks upwards, too


def test_without_lake_and_before_it_is_compiled(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with pytest.raises(InputError, match="Lake, which the project needs") as raised:
        use_project(bare)
    assert "elan" in (raised.value.remedy or "")
    script(tmp_path / ".elan/bin/lake", "exit 1")  # where elan puts it
    with pytest.raises(InputError, match="not compiled") as raised:
        use_project(bare)
    assert raised.value.remedy == f"run `cd {bare} && lake build`"


def test_the_repl_must_be_of_the_same_lean(bare: Path, tmp_path: Path) -> None:
    project = read_project(bare)
    with pytest.raises(InputError, match="no Pantograph repl") as raised:
        repl_of(project)
    assert "lake build repl" in (raised.value.remedy or "")
    other = script(tmp_path / "recipe/.lake/build/bin/repl", "")
    assert repl_of(project, [other]) == other  # nobody knows of which Lean
    (tmp_path / "recipe/lakefile.lean").touch()
    (tmp_path / "recipe/lean-toolchain").write_text("leanprover/lean4:v4.1.0")
    with pytest.raises(InputError, match=r"is for leanprover/lean4:v4\.1\.0"):
        repl_of(project, [other])
    (tmp_path / "recipe/lean-toolchain").write_text(TOOLCHAIN)
    assert repl_of(project, [other]) == other
    own = script(bare / ".lake/packages/pantograph/.lake/build/bin/repl", "")
    assert repl_of(project, [other]) == own


# --- Working in it --------------------------------------------------------------------------


def test_lean_is_started_in_the_project(project: Path, tmp_path: Path) -> None:
    launcher = choose_launcher(project=project)
    assert (launcher.name, launcher.extended) == ("native", False)
    text = "theorem t (p : Prop) (h : p) : p ∧ p := sorry\n"
    with LeanEnvironment(launcher, tactic_seconds=3, warm_up=False) as environment:
        [theorem] = load_lean_text("import Mine\n" + text, pool=environment).theorems
        assert environment.open(theorem).goals[0].target == "p ∧ p"
    assert (tmp_path / "called").read_text() == f"{project} Init Mine\n"


def test_the_project_in_use_counts_everywhere(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_project(None)
    assert choose_launcher().name == "embedded"
    monkeypatch.setenv(PROJECT_VARIABLE, "to be put back")
    use_project(project)
    launcher = choose_launcher()
    assert isinstance(launcher, NativeLauncher)
    assert launcher.project == project
    monkeypatch.setenv("LEMMA_LEAN", "embedded")
    with pytest.raises(InputError, match="needs a native Lean"):
        choose_launcher()


def test_a_named_repl_is_taken_as_it_is(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEMMA_REPL", "/elsewhere/repl")
    launcher = choose_launcher(project=project)
    assert isinstance(launcher, NativeLauncher)
    assert launcher.repl == Path("/elsewhere/repl")


@pytest.mark.parametrize("command", ["prove", "check", "library"])
def test_commands_tell_what_is_missing(bare: Path, command: str, tmp_path: Path) -> None:
    file = tmp_path / "t.lean"
    file.write_text("import Mine\ntheorem t : True := sorry\n")
    files = [] if command == "library" else [str(file)]
    (bare / "lean-toolchain").unlink()
    said = CliRunner().invoke(app, [command, *files, "--project", str(bare)])
    assert said.exit_code == 2
    assert said.stdout == ""
    [line] = said.stderr.splitlines()
    assert line.startswith(f"lemma: {bare}: the project does not say which Lean it uses")
