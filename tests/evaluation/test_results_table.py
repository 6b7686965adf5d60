"""The results table of README.md is what the files in the repository say."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks.results_table import BEGIN, END, RESULTS, main, updated

ROW = '[[row]]\nwhat = "a thing"\nfile = "thing.json"\ncommand = "make thing | tail"\n' \
    'figure = "{proved} of {runs[two][problems]}"\n'


def test_the_readme_is_in_step():
    assert main(["--check"]) == 0


@pytest.fixture
def root(tmp_path):
    """A repository with one row, its file and a table that is out of date."""
    (tmp_path / RESULTS).mkdir(parents=True)
    (tmp_path / RESULTS / "rows.toml").write_text(ROW)
    (tmp_path / RESULTS / "thing.json").write_text(
        json.dumps({"proved": 3, "runs": {"two": {"problems": 5}}}))
    (tmp_path / "README.md").write_text(f"# Title\n\n{BEGIN}\nold\n{END}\n\nrest\n")
    return tmp_path


def test_it_is_rewritten_between_its_marks(root, capsys):
    assert main(["--check"], root) == 1
    assert "run `make results`" in capsys.readouterr().err
    assert main([], root) == 0
    text = (root / "README.md").read_text()
    assert "| a thing | 3 of 5 | `make thing \\| tail` → [thing.json](" in text
    assert text.startswith("# Title\n")
    assert text.endswith("\nrest\n")
    assert "old" not in text
    assert main(["--check"], root) == 0


@pytest.mark.parametrize(("content", "said"), [
    (None, "thing.json is missing: run `make thing | tail`"), ("{", "not JSON"),
    ('{"proved": 3}', "does not have what"), ("[1]", "does not have what")])
def test_a_file_that_is_missing_or_wrong_is_named(root, capsys, content, said):
    path = root / RESULTS / "thing.json"
    path.unlink() if content is None else path.write_text(content)
    before = (root / "README.md").read_bytes()
    assert main([], root) == 1
    assert said in capsys.readouterr().err
    assert (root / "README.md").read_bytes() == before


def test_a_readme_without_a_place_is_an_error():
    with pytest.raises(Exception, match="no place"):
        updated("# Title\n", "| table |")
