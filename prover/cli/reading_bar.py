"""The progress bar of reading Lean's library, which takes about a minute the first time."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class ReadingBar:
    """A progress bar on standard error that appears when there is something to read."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("reading the library"), BarColumn(), MofNCompleteColumn(),
            TextColumn("modules"), TimeRemainingColumn(),
            console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._task = self._progress.add_task("reading")

    def __call__(self, done: int, total: int) -> None:
        self._progress.start()
        self._progress.update(self._task, completed=done, total=total)

    def __enter__(self) -> ReadingBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress.live.is_started:
            self._progress.stop()
