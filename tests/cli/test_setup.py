"""`lemma setup`: what it says, as text and as JSON, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from typer.testing import CliRunner

from prover.cli import setup as module
from prover.cli.setup import LibrarySetup
from prover.contracts import LemmaError
from prover.environments.fol.install import EproverSetup
from prover.environments.lean.library import library_key

APP = typer.Typer()
APP.command()(module.setup)
E_IS_THERE = EproverSetup("/usr/bin/eprover", "already installed")
E_IS_NOT = EproverSetup(None, "not installed", "sudo apt-get install eprover")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Callable[[EproverSetup, BaseException | None], None]:
    """Puts the two installers' outcomes in their place."""

    def arrange(eprover: EproverSetup, lean_fails_with: BaseException | None = None) -> None:
        def install(progress: Callable[[str], None]) -> Path:
            progress("unpacking")
            if lean_fails_with is not None:
                raise lean_fails_with
            return Path("/cache/lean")

        monkeypatch.setattr(module, "install", install)
        monkeypatch.setattr(module, "install_eprover", lambda _: eprover)
        monkeypatch.setattr(module, "read_library", lambda _: LibrarySetup("/cache/library"))

    return arrange


World = Callable[..., None]


def test_text_says_the_steps_and_where_everything_is(world: World) -> None:
    world(E_IS_THERE)
    result = CliRunner().invoke(APP, [])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "unpacking",
        "embedded Lean: ready in /cache/lean",
        "eprover: already installed, /usr/bin/eprover",
        "library: /cache/library",
    ]


def test_a_missing_eprover_does_not_fail_and_is_told_with_its_command(world: World) -> None:
    world(E_IS_NOT)
    result = CliRunner().invoke(APP, [])
    assert result.exit_code == 0
    assert "sudo apt-get install eprover" in result.stdout


def test_json_is_one_object_and_progress_goes_to_standard_error(world: World) -> None:
    world(E_IS_NOT)
    result = CliRunner().invoke(APP, ["--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "embedded_lean": "/cache/lean",
        "eprover": {
            "path": None, "detail": "not installed", "remedy": "sudo apt-get install eprover",
        },
        "library": {"path": "/cache/library", "reason": ""},
    }  # fmt: skip
    assert "unpacking" in result.stderr


def test_the_system_is_left_alone_if_asked(world: World) -> None:
    world(E_IS_THERE)
    result = CliRunner().invoke(APP, ["--json", "--no-system", "--no-library"])
    assert json.loads(result.stdout)["eprover"] is None
    assert json.loads(result.stdout)["library"] is None


@pytest.mark.lean
def test_the_library_is_read_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = library_key(module.LIBRARY).path()
    said: list[str] = []
    first = module.read_library(said.append)
    assert (first.path, path.exists()) == (str(path), True)
    said.clear()
    assert module.read_library(said.append) == first
    assert said == []

    def refuse(*_: object, **__: object) -> None:
        raise LemmaError("pyarrow is not installed", remedy="pip install pyarrow")

    monkeypatch.setattr(module, "load_library", refuse)
    monkeypatch.setattr(module, "library_key", lambda _: Unread(tmp_path))
    refused = module.read_library(said.append)
    assert refused.path is None
    assert "pyarrow" in refused.reason


class Unread(NamedTuple):
    """The key of a library that was never read."""

    folder: Path

    def path(self) -> Path:
        return self.folder / "library"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_failure_is_one_line_and_exit_code_one(world: World, options: list[str]) -> None:
    world(E_IS_THERE, LemmaError("the registry cannot be reached", remedy="connect"))
    result = CliRunner().invoke(APP, options)
    assert result.exit_code == 1
    assert "lemma: the registry cannot be reached (connect)" in result.stderr.splitlines()
    if options:
        assert json.loads(result.stdout) == {"error": "the registry cannot be reached (connect)"}


def test_an_interrupt_says_that_it_can_go_on(world: World) -> None:
    world(E_IS_THERE, KeyboardInterrupt())
    result = CliRunner().invoke(APP, [])
    assert result.exit_code == 130
    assert "goes on where it was" in result.stderr
