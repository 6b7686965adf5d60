"""Lemma from Python: prove and check files or texts, in scripts and notebooks.

>>> from prover import prove
>>> prove("theorem t (a b : Nat) : a + b = b + a := by sorry")   # doctest: +SKIP
t  proved  0.4 s
"""

from __future__ import annotations

import html
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar, overload

from prover.backends import make_backends
from prover.budget import Budget
from prover.contracts import InputError, Result, Status
from prover.files import collect, read_text
from prover.judging import Judged, judge
from prover.session import Session as _Session
from prover.session import SessionOptions, Task

_TPTP = re.compile(r"^\s*(fof|cnf|tff|include)\s*\(", re.MULTILINE)
_LEAN = re.compile(r"\b(theorem|lemma|example)\b")
T = TypeVar("T")


class _Shown(Sequence[T], Generic[T]):
    """A sequence that a notebook shows as a table."""

    def __init__(self, items: Sequence[T]) -> None:
        self._items = tuple(items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def _rows(self) -> Iterator[tuple[str, bool, str, str]]:
        """For each item its name, whether it is good, a remark, and a text to unfold."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return "\n".join(f"{name}  {remark}" for name, _, remark, _ in self._rows()) or "nothing"

    def _repr_html_(self) -> str:
        cells = "".join(_row(*row) for row in self._rows())
        return f"<table><tbody>{cells}</tbody></table>"


def _row(name: str, good: bool, remark: str, text: str) -> str:
    colour = "#1a7f4b" if good else "#b3261e"
    inside = html.escape(name)
    if text:
        inside = (f"<details><summary>{inside}</summary>"
                  f"<pre style='text-align:left'>{html.escape(text)}</pre></details>")
    return (f"<tr><td style='text-align:left;vertical-align:top'>{inside}</td>"
            f"<td style='text-align:left;vertical-align:top;color:{colour}'>"
            f"{html.escape(remark)}</td></tr>")


class Results(_Shown[Result]):
    """The results of a call, in the order in which they came."""

    @property
    def proved(self) -> bool:
        """Whether every theorem was proved (and there was one)."""
        return bool(self._items) and all(r.status is Status.PROVED for r in self._items)

    def _rows(self) -> Iterator[tuple[str, bool, str, str]]:
        for r in self._items:
            good = r.status is Status.PROVED
            yield r.theorem, good, f"{r.status}  {r.seconds:.1f} s", r.proof or r.error or ""


class Verdicts(_Shown[Judged]):
    """The verdicts on the proofs of a file, in its order."""

    @property
    def accepted(self) -> bool:
        """Whether every proof was accepted (and there was one)."""
        return bool(self._items) and all(j.verdict.accepted for j in self._items)

    def _rows(self) -> Iterator[tuple[str, bool, str, str]]:
        for j in self._items:
            v = j.verdict
            remark = "accepted" if v.accepted else "refused"
            axioms = ", ".join(v.axioms) or "none"
            yield (j.theorem, v.accepted, f"{remark} by {v.checker}",
                   f"axioms: {axioms}" if v.accepted else v.reason or "")


class Session(_Session):
    """Keeps the provers warm between calls; use it in a ``with`` statement.

    Args:
        timeout: seconds for each theorem.
        tactics: tactic calls for each theorem, if they are limited.
        generator, search, workers, seed: as for ``lemma prove``.

    Raises:
        InputError: there is no such generator or strategy.
    """

    def __init__(
        self, *, timeout: float = 60.0, tactics: int | None = None, generator: str = "symbolic",
        search: str = "best-first", workers: int = 1, seed: int = 0,
    ) -> None:
        super().__init__(make_backends(workers, read_library=True), SessionOptions(
            generator=generator, search=search, workers=workers, seed=seed,
            budget=Budget(seconds=timeout, tactic_calls=tactics)))

    def __enter__(self) -> Session:
        return self

    def prove(
        self, what: str | Path | Sequence[Path], *, only: Sequence[str] = (), reprove: bool = False
    ) -> Results:
        """Prove theorems and return their results, each checked.

        Args:
            what: a file or folder (a `Path`, or a text that is the path of one), several of
                them, or a Lean or TPTP text.
            only: prove only the theorems of these names.
            reprove: prove those anew that have a proof already.

        Raises:
            InputError: nothing of it can be used.
        """
        with _files(what) as files:
            tasks = [task for file in files for task in self._tasks(file, reprove)]
            chosen = [t for t in tasks if not only or t.theorem.name in only
                      or t.theorem.name.rsplit(".", 1)[-1] in only]
            if not chosen:
                raise InputError("no theorem to prove", remedy="is there a `sorry`, or a "
                                 "conjecture? reprove=True proves finished theorems anew")
            return Results([result for _, result in self.run(chosen)])

    def _tasks(self, file: Path, reprove: bool) -> list[Task]:
        read_text(file)
        tasks, loaded = self.load(file, reprove=reprove)
        if loaded.problems:
            raise loaded.problems[0]
        return tasks


def prove(
    what: str | Path | Sequence[Path], *, timeout: float = 60.0, tactics: int | None = None,
    generator: str = "symbolic", search: str = "best-first", workers: int = 1, seed: int = 0,
    only: Sequence[str] = (), reprove: bool = False,
) -> Results:
    """Prove the theorems of a file, a folder or a text; see `Session` and `Session.prove`."""
    with Session(timeout=timeout, tactics=tactics, generator=generator, search=search,
                 workers=workers, seed=seed) as session:
        return session.prove(what, only=only, reprove=reprove)


def check(what: str | Path, against: str | Path | None = None) -> Verdicts:
    """Judge the proofs of a Lean file, a Lean text or a first-order certificate.

    Args:
        what: a file (a `Path`, or a text that is the path of one), or a Lean text.
        against: the original statements, in the same forms; without it the file judges itself.

    Raises:
        InputError: it cannot be read or judged.
    """
    with _files(what, proofs=True) as (file,):
        if against is None:
            return Verdicts(judge(file))
        with _files(against, proofs=True) as (original,):
            return Verdicts(judge(file, original))


@dataclass(frozen=True)
class _Text:
    """A text that stands in no file, and the kind of file that it would stand in."""

    text: str
    suffix: str


@contextmanager
def _files(
    what: str | Path | Sequence[Path], *, proofs: bool = False
) -> Iterator[Sequence[Path]]:
    """The files of ``what``; a text is put into one for the time being."""
    if isinstance(what, str):
        text = _as_text(what)
        if text is not None:
            with tempfile.TemporaryDirectory(prefix="lemma-") as folder:
                file = Path(folder, "text" + text.suffix)
                file.write_text(text.text, encoding="utf-8")
                yield [file]
            return
        what = Path(what)
    paths = [what] if isinstance(what, Path) else list(what)
    if proofs:
        yield paths
        return
    files, problems = collect(paths)
    if problems:
        raise problems[0]
    yield files


def _as_text(what: str) -> _Text | None:
    """``what`` as Lean or TPTP text, or None if it is the path of something."""
    if "\n" not in what and len(what) < 1000 and Path(what).exists():
        return None
    if _TPTP.search(what):
        return _Text(what, ".p")
    if _LEAN.search(what):
        return _Text(what, ".lean")
    if "\n" not in what:
        return None
    raise InputError("neither a path nor a Lean or TPTP text",
                     remedy="a Lean text has a theorem, a TPTP text a formula like fof(…)")
