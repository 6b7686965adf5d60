"""What the commands of retrieval share: which corpus is meant, progress bars, errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from prover.cli.errors import clear_errors
from prover.contracts import InputError, LemmaError
from retrieval.contracts import RetrievalError

if TYPE_CHECKING:
    from prover.corpora import Recipe

DEFAULT_IMPORTS = "Init"

Imports = Annotated[str, typer.Option(
    help="Modules of the Lean library, separated by commas; what they import is included.")]
CorpusFile = Annotated[Path | None, typer.Option(
    "--corpus", show_default=False,
    help="Instead of the library: a .jsonl corpus (LeanDojo Benchmark's too), a TPTP file, a .lean "
         "file or a folder of them.")]
Threads = Annotated[int, typer.Option(
    min=1, help="Threads that encode; more than one only helps where cores are idle.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def recipe_of(imports: str, corpus: Path | None, reading: Bar | None = None) -> Recipe:
    """The recipe of the corpus that is meant."""
    from prover.corpora import file_recipe, library_recipe

    if corpus is not None:
        return file_recipe(corpus)
    modules = [name.strip() for name in imports.split(",") if name.strip()]
    if not modules:
        raise InputError("--imports names no module", remedy="for example --imports Init,Std")
    return library_recipe(modules, progress=reading)


@contextmanager
def clear_retrieval_errors() -> Iterator[None]:
    """As `clear_errors`, for what retrieval notices too."""
    with clear_errors():
        try:
            yield
        except RetrievalError as problem:
            raise LemmaError(problem.message, file=problem.file, line=problem.line,
                             remedy=problem.remedy) from problem
        except OSError as problem:
            raise LemmaError(f"cannot be written: {problem.strerror or problem}",
                             file=problem.filename, remedy="make room in the cache folder, or set "
                             "LEMMA_HOME to another one") from problem


def use_threads(count: int) -> None:
    """Have torch use ``count`` threads, if there is a torch."""
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(count)


def show_json(value: Any) -> None:
    """One line on standard output."""
    print(json.dumps(value, ensure_ascii=False))
    sys.stdout.flush()


class Bar:
    """A progress bar on standard error; it appears when it is first told of anything, and only
    on a terminal. A `retrieval.embeddings.Progress`."""

    def __init__(self, text: str, unit: str) -> None:
        self._progress = Progress(
            TextColumn(text), BarColumn(), MofNCompleteColumn(), TextColumn(unit),
            TimeRemainingColumn(), console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task(text)

    def __call__(self, done: int, total: int) -> None:
        self._progress.start()
        self._progress.update(self._task, completed=done, total=total)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress.live.is_started:
            self._progress.stop()


def reading_bar() -> Bar:
    """For the library."""
    return Bar("reading the library", "modules")


def embedding_bar() -> Bar:
    """For an encoder at work."""
    return Bar("encoding", "statements")
