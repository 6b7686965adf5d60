"""What long work shows: a bar on a terminal, else a line on standard error now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from prover.cli.errors import complain

_EVERY_SECONDS = 30.0

Watch = Callable[[str, int, int], None]
"""What is done, how much of it is, and of how much (0: unknown)."""


@contextmanager
def watching() -> Iterator[Watch]:
    """Shows progress for as long as the ``with`` lasts."""
    console = Console(stderr=True)
    if not console.is_terminal:
        last = 0.0

        def note(what: str, done: int, total: int) -> None:
            nonlocal last
            if time.monotonic() - last >= _EVERY_SECONDS:
                last = time.monotonic()
                complain(f"{what} ({done} of {total})" if total else what)

        yield note
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("reading", total=None)

        def show(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total or None)

        yield show
