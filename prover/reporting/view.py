"""What a person sees while theorems are being proved, and afterwards.

On a terminal a live table shows the theorems at work and those done; without one, a line is
printed as each theorem ends. Results never depend on the view.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from prover.agent import Progress as SearchProgress
from prover.contracts import Result, Status, Theorem
from prover.reporting.records import write_record

_STYLES = {
    Status.PROVED: ("✓", "green"),
    Status.FAILED: ("✗", "red"),
    Status.TIMEOUT: ("⏱", "yellow"),
    Status.INVALID: ("!", "magenta"),
}
_ROWS_SHOWN = 12


class View(Protocol):
    """Is told what happens."""

    def begin(self, total: int) -> None:
        """``total`` theorems are going to be tried."""

    def bad_input(self, result: Result) -> None:
        """A file or a part of it cannot be used; standard error has said so."""

    def result(self, result: Result) -> None:
        """A theorem ended."""

    def end(self) -> None:
        """All is done, or was interrupted."""


class JsonView:
    """One JSON object a theorem on standard output, nothing else."""

    def begin(self, total: int) -> None:
        """Nothing: the objects speak for themselves."""

    def bad_input(self, result: Result) -> None:
        """It has a record, too."""
        self.result(result)

    def result(self, result: Result) -> None:
        """Print the record at once."""
        write_record(result, sys.stdout)

    def end(self) -> None:
        """Nothing."""


class Summary:
    """Counts by status, and the closing line."""

    def __init__(self) -> None:
        self.counts: Counter[Status] = Counter()
        self.bad_inputs = 0
        self._started = time.monotonic()

    def line(self) -> str:
        """Like ``proved 41 of 44 in 63.1 s (2 failed, 1 timeout)``."""
        total, proved = sum(self.counts.values()), self.counts[Status.PROVED]
        others = [f"{n} {s.value}" for s, n in sorted(self.counts.items())
                  if s is not Status.PROVED and n]
        if self.bad_inputs:
            others.append(counted(self.bad_inputs, "bad input"))
        tail = f" ({', '.join(others)})" if others else ""
        return f"proved {proved} of {total} in {time.monotonic() - self._started:.1f} s{tail}"


class PlainView:
    """A line for each theorem as it ends, for logs and pipes; then the proofs."""

    def __init__(self, *, show_proofs: bool = True) -> None:
        self._summary, self._show_proofs = Summary(), show_proofs
        self._done = 0
        self._total = 0

    def begin(self, total: int) -> None:
        """Remember how many there are."""
        self._total = total

    def bad_input(self, result: Result) -> None:
        """Count it."""
        del result
        self._summary.bad_inputs += 1

    def result(self, result: Result) -> None:
        """Print one line, and the proof below it."""
        self._done += 1
        self._summary.counts[result.status] += 1
        mark, _ = _STYLES[result.status]
        where = f"{result.file}:{result.line}" if result.line else result.file
        note = f"  {_first_line(result.error)}" if result.error else ""
        print(f"[{self._done}/{self._total}] {mark} {result.status.value:7} {result.theorem}"
              f"  {result.seconds:.1f} s, {counted(result.tactic_calls, 'tactic call')}"
              f"  {where}{note}",
              flush=True)
        if result.proof and self._show_proofs:
            print(_indented(result.proof), flush=True)

    def end(self) -> None:
        """Print the closing line."""
        print(self._summary.line(), flush=True)


class LiveView:
    """A table that changes in place, then all proofs."""

    def __init__(
        self, console: Console, active: Callable[[], Mapping[Theorem, SearchProgress]]
    ) -> None:
        self._console, self._active = console, active
        self._results: list[Result] = []
        self._started: dict[Theorem, float] = {}
        self._summary = Summary()
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), console=console,
        )
        self._task = self._bar.add_task("proving", total=None)
        self._live = Live(get_renderable=self._render, console=console, refresh_per_second=4,
                          transient=True)

    def __enter__(self) -> LiveView:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def begin(self, total: int) -> None:
        """Set the length of the bar."""
        self._bar.update(self._task, total=total)

    def bad_input(self, result: Result) -> None:
        """Count it."""
        del result
        self._summary.bad_inputs += 1

    def result(self, result: Result) -> None:
        """Add a row."""
        self._results.append(result)
        self._summary.counts[result.status] += 1
        self._bar.advance(self._task)

    def end(self) -> None:
        """Replace the live table by the final one and the proofs."""
        self._live.stop()
        for result in self._results:
            if result.proof:
                self._console.print(Text(f"\n{result.theorem}", style="bold green"),
                                    Text(f"{result.file}:{result.line}", style="dim"))
                language = "lean" if result.file.endswith((".lean", ".jsonl")) else "text"
                self._console.print(Syntax(result.proof, language, background_color="default",
                                           word_wrap=True))
        self._console.print()
        self._console.print(_table(self._results))
        self._console.print(Text(self._summary.line(), style="bold"))

    def _render(self) -> RenderableType:
        return Group(_table(self._results[-_ROWS_SHOWN:]), self._running(), self._bar)

    def _running(self) -> Table:
        table, now = Table.grid(padding=(0, 2)), time.monotonic()
        for theorem, progress in list(self._active().items()):
            since = self._started.setdefault(theorem, now)
            table.add_row("…", theorem.name, f"{now - since:.0f} s",
                          counted(progress.tactic_calls, "tactic call"),
                          f"{progress.proved} of {progress.nodes} states proved",
                          f"depth {progress.depth}")
        return table


def _table(results: list[Result]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    table.add_column("theorem", overflow="fold")
    table.add_column("seconds", justify="right")
    table.add_column("calls", justify="right")
    table.add_column("proof or reason", overflow="ellipsis", no_wrap=True)
    for result in results:
        mark, style = _STYLES[result.status]
        table.add_row(
            Text(mark, style=style), result.theorem, f"{result.seconds:.1f}",
            str(result.tactic_calls),
            _first_line(result.proof or result.error or ""),
        )
    return table


def counted(number: int, noun: str) -> str:
    """Like ``1 tactic call`` or ``2 tactic calls``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _first_line(text: str | None) -> str:
    lines = (text or "").strip().splitlines()
    return "" if not lines else lines[0] + (" …" if len(lines) > 1 else "")


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines())
