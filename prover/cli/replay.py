"""``lemma replay``: a past search, step by step."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from prover.cli.errors import clear_errors
from prover.contracts import InputError
from prover.reporting.replay import Story, Teller, stories
from prover.trace import read_trace, record_object


def replay(
    trace: Annotated[Path, typer.Argument(
        help="A trace that `lemma prove --trace` has written.", show_default=False)],
    theorem: Annotated[list[str] | None, typer.Option(
        help="Only the theorem of this name (may be given several times).")] = None,
    step: Annotated[bool, typer.Option(
        "--step", help="Wait for Enter after each step (q and Enter: stop).")] = False,
    as_json: Annotated[bool, typer.Option(
        "--json", help="The events as JSON lines on standard output.")] = False,
) -> None:
    """Show what a search has tried, and what came of it."""
    with clear_errors():
        chosen = _chosen(trace, stories(read_trace(trace)), theorem or [])
        if as_json:
            for record in (record for story in chosen for record in story.records):
                print(json.dumps(record_object(record), ensure_ascii=False))
            return
        if step and not sys.stdin.isatty():
            raise InputError("--step waits for your keyboard, and there is none",
                             remedy="leave --step out")
        for story in chosen:
            if not Teller(Console(highlight=False), _enter if step else _go_on).tell(story):
                return
            print()


def _chosen(trace: Path, found: Sequence[Story], names: Sequence[str]) -> Sequence[Story]:
    """The stories that are asked for, by full name or last component."""
    if not found:
        raise InputError("no theorem in this trace", file=trace,
                         remedy="was the run stopped before its first theorem?")
    chosen: list[Story] = []
    for name in names:
        fitting = [s for s in found if name in (s.theorem, s.theorem.rsplit(".", 1)[-1])]
        if not fitting:
            known = [story.theorem for story in found]
            near = difflib.get_close_matches(name, known, n=3) or known[:3]
            raise InputError(f"no theorem {name!r} in this trace", file=trace,
                             remedy=f"it has, among others: {', '.join(near)}")
        chosen += fitting
    return chosen or found


def _go_on() -> bool:
    return True


def _enter() -> bool:
    try:
        return input().strip().lower() != "q"
    except EOFError:
        return False
