"""Exit codes and how errors are shown on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from prover.contracts import LemmaError

ALL_PROVED, NOT_ALL_PROVED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def complain(problem: object) -> None:
    """One line on standard error."""
    print(f"lemma: {problem}", file=sys.stderr, flush=True)


def fail(problem: object, code: int = BAD_INPUT) -> NoReturn:
    """Say what is wrong and end with ``code``."""
    complain(problem)
    raise typer.Exit(code)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turns the errors a user can mend into one line each; no traceback for their mistakes."""
    try:
        yield
    except LemmaError as problem:
        fail(problem)
    except KeyboardInterrupt:
        fail("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output went away (`lemma … | head`): nothing is left to tell it.
        sys.stderr.close()
        raise typer.Exit(INTERRUPTED) from None
