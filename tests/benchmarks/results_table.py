"""The results table of README.md, made from the files in ``tests/benchmarks/results``.

``rows.toml`` has an entry for each row: what was measured, the file with the figures, the command
that made this file, and how the figures are shown, a format string over the file's JSON (such as
``{proved} of {problems}`` or ``{runs[workers_2][wall_s]} s``).

    python -m tests.benchmarks.results_table [--check]

rewrites the table between its marks in README.md; ``--check`` only says whether it is in step.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = Path("tests", "benchmarks", "results")
BEGIN, END = "<!-- results: made by `make results` -->", "<!-- end of results -->"


class ResultsError(Exception):
    """One line that says what is missing or wrong, and what to do."""


@dataclass(frozen=True)
class Row:
    """One row of the table; see the module's docstring."""

    what: str
    file: str
    command: str
    figure: str

    def shown(self, root: Path) -> str:
        """The row as Markdown."""
        path = root / RESULTS / self.file
        try:
            figures = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise ResultsError(f"{RESULTS / self.file} is missing: run `{self.command}`") from None
        except ValueError as problem:
            raise ResultsError(f"{RESULTS / self.file}: not JSON: {problem}; run "
                               f"`{self.command}` again") from None
        try:
            figure = self.figure.format(**figures)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as problem:
            raise ResultsError(f"{RESULTS / self.file} does not have what {self.figure!r} needs "
                               f"({problem!r}): run `{self.command}` again") from None
        link = f"[{self.file}]({(RESULTS / self.file).as_posix()})"
        cells = (self.what, figure, f"`{self.command}` → {link}")
        return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def read_rows(root: Path = ROOT) -> list[Row]:
    """The rows of ``rows.toml``, in order."""
    path = root / RESULTS / "rows.toml"
    try:
        return [Row(**row) for row in tomllib.loads(path.read_text("utf-8"))["row"]]
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as problem:
        raise ResultsError(f"{RESULTS / 'rows.toml'} cannot be used: {problem}") from None


def table(root: Path = ROOT) -> str:
    """The table as Markdown. Raises `ResultsError`."""
    rows = [row.shown(root) for row in read_rows(root)]
    return "\n".join(["| what | result | how |", "|---|---|---|", *rows])


def updated(readme: str, table: str) -> str:
    """``readme`` with ``table`` between the marks. Raises `ResultsError` without marks."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ResultsError(f"README.md has no place for the table: {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Rewrite or check the table; 0 when README.md is in step."""
    parser = argparse.ArgumentParser(description="The results table of README.md.")
    parser.add_argument("--check", action="store_true", help="change nothing, only compare")
    given = parser.parse_args(arguments)
    readme = root / "README.md"
    try:
        text = readme.read_text("utf-8")
        new = updated(text, table(root))
        if given.check and new != text:
            raise ResultsError("README.md is not in step with its figures: run `make results`")
    except ResultsError as problem:
        print(f"results: {problem}", file=sys.stderr)
        return 1
    if new != text:
        readme.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
