"""The examples that ``make prove`` runs on: enough of them, readable, and without their proofs."""

import re
from pathlib import Path

import pytest

from prover.environments.fol.syntax import Role
from prover.environments.fol.tptp import read_problem

PROJECT = Path(__file__).parents[1] / "lean_project"
FOLDER = PROJECT / "Examples"
LEAN_FILES = sorted(FOLDER.rglob("*.lean"))
PROBLEMS = sorted(FOLDER.rglob("*.p"))

_COMMENT = re.compile(r"/-.*?-/|--[^\n]*", re.DOTALL)
_HEADER = re.compile(r"^(?:@\[[^\]]*\] )?(?:theorem (\S+)|example\b)", re.MULTILINE)


def theorems(file: Path) -> list[tuple[str, str]]:
    """Name ("" for an example) and text of each theorem, up to the next blank line."""
    code = _COMMENT.sub("", file.read_text(encoding="utf-8"))
    return [(m[1] or "", code[m.start() :].split("\n\n")[0]) for m in _HEADER.finditer(code)]


def test_there_are_at_least_forty_theorems_and_fifteen_problems() -> None:
    assert sum(len(theorems(file)) for file in LEAN_FILES) >= 40
    assert len(PROBLEMS) >= 15


@pytest.mark.parametrize("file", LEAN_FILES, ids=lambda file: file.stem)
def test_every_theorem_of_the_examples_is_left_to_be_proved(file: Path) -> None:
    found = theorems(file)
    assert found
    assert [name for name, text in found if not re.search(r"\bsorry\b", text)] == []
    names = [name for name, _ in found if name]
    assert len(names) == len(set(names))


def test_the_lake_project_builds_every_example_file() -> None:
    root = (PROJECT / "Examples.lean").read_text(encoding="utf-8")
    imported = re.findall(r"^import Examples\.(\w+)$", root, re.MULTILINE)
    assert imported == [file.stem for file in LEAN_FILES]


@pytest.mark.parametrize("file", PROBLEMS, ids=lambda file: file.stem)
def test_every_problem_is_read_and_asks_something(file: Path) -> None:
    asked = {Role.CONJECTURE, Role.NEGATED_CONJECTURE}
    assert any(formula.role in asked for formula in read_problem(file).formulas)


@pytest.mark.parametrize("file", PROBLEMS, ids=lambda file: file.stem)
def test_the_header_of_every_problem_names_the_file_and_the_status(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert re.search(rf"^% File +: {re.escape(file.name)}$", text, re.MULTILINE)
    negated = "negated_conjecture" in text
    status = "Unsatisfiable" if negated else "Theorem"
    assert re.search(rf"^% Status +: {status}$", text, re.MULTILINE)
