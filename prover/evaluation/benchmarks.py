"""Benchmarks in the forms in which they are published.

* miniF2F: a folder of Lean files, a Lean file, or ``.jsonl`` records with ``name``,
  ``formal_statement``, ``header`` and ``split``;
* ProofNet: records whose statement stands in ``lean4_formalization`` or ``formal_statement``;
* PutnamBench: a folder of Lean files, some of which ask for an answer (an ``abbrev`` that is
  ``sorry``) and not only for a proof;
* LeanDojo Benchmark: ``.json`` lists that point into the files of a repository;
* TPTP: a folder of problems, or a text file that lists them, one path a line;
* ``examples`` and ``core-library``, which come with Lemma.

What the Lean at hand cannot state is kept apart as unsupported, with Lean's reason.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

from prover.contracts import InputError
from prover.environments.lean.declarations import undefined
from prover.environments.lean.source import read_source
from prover.files import SUFFIXES, collect, read_text
from prover.generators.shape import words
from prover.session import Loaded, Session, Task

BUILT_IN = ("examples", "core-library")
_LIST_SUFFIXES = frozenset({".txt", ".list", ""})


@dataclass(frozen=True)
class Problem:
    """One problem of a benchmark; without a ``task`` it is ``unsupported``, for that reason.

    ``key`` is unique in the benchmark: the name, made distinct where two have the same.
    """

    key: str
    name: str
    file: Path
    line: int | None = None
    split: str | None = None
    task: Task | None = None
    unsupported: str | None = None


@dataclass
class Benchmark:
    """The problems of a benchmark, what is wrong in its files, and what is worth saying."""

    name: str
    problems: list[Problem] = field(default_factory=list)
    mistakes: list[InputError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """Changes when a problem is added, goes away, or is stated in another way."""
        stated = [(p.key, p.task.theorem.statement if p.task else None) for p in self.problems]
        return blake2b(json.dumps(stated).encode(), digest_size=16).hexdigest()


def read_benchmark(
    what: str, session: Session, *, folder: Path, split: str | None = None,
    only: Sequence[str] = (), source: Path | None = None, count: int | None = None, seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Benchmark:
    """Read the benchmark ``what`` (a path, or the name of a built-in one).

    ``split`` keeps only the problems of that split, ``only`` those of these names (full ones, or
    their last components); ``source`` is the checkout of the repository
    that a LeanDojo Benchmark was traced from; ``count`` and ``seed`` draw problems of
    ``core-library``, which is written into ``folder``; ``progress`` is told each file.

    Raises:
        InputError: nothing of it can be used.
    """
    if count is not None and what != "core-library":
        raise InputError("--count is for core-library",
                         remedy="a part of any benchmark is run with --shard")
    reader = _Reader(session, source, progress, folder, count, seed)
    benchmark = reader.read(what, split)
    if split is not None:
        known = sorted({p.split for p in benchmark.problems if p.split})
        benchmark.problems = [p for p in benchmark.problems if p.split == split]
        if not benchmark.problems:
            raise InputError(f"no problem of the split {split!r}", file=what,
                             remedy="its splits: " + (", ".join(known) or "none"))
    benchmark.problems = _distinct(benchmark.problems, benchmark.notes)
    if only:
        benchmark.problems = _named(benchmark.problems, only, what)
    if not benchmark.problems and not benchmark.mistakes:
        raise InputError("no problem in this benchmark", file=what,
                         remedy="Lean theorems need a `sorry`, TPTP files a conjecture")
    return benchmark


class _Reader:
    """Reads one benchmark with the backends of a session."""

    def __init__(
        self, session: Session, source: Path | None, progress: Callable[[str], None],
        folder: Path, count: int | None, seed: int,
    ) -> None:
        self._session, self._source, self._progress = session, source, progress
        self._folder, self._count, self._seed = folder, count, seed

    def read(self, what: str, split: str | None) -> Benchmark:
        if what == "examples":
            return self._files("examples", [_examples()])
        if what == "core-library":
            return self._core_library(split)
        path = Path(what)
        if path.is_file() and path.suffix == ".json":
            return self._leandojo(path)
        if path.is_file() and path.suffix == ".jsonl":
            return self._records(path)
        if path.is_file() and path.suffix in _LIST_SUFFIXES:
            return self._files(path.stem, _listed(path))
        if path.is_file() and path.suffix not in SUFFIXES:
            raise InputError("unknown form of benchmark", file=path, remedy=(
                "give a folder, a .lean, .jsonl, .json (LeanDojo), .p or .tptp file, a .txt "
                f"list of such files, or one of {', '.join(BUILT_IN)}"))
        if not path.exists():
            raise InputError("no such benchmark", file=what,
                             remedy=f"give a path or one of {', '.join(BUILT_IN)}")
        return self._files(path.stem, [path])

    def _files(self, name: str, paths: Sequence[Path]) -> Benchmark:
        benchmark = Benchmark(name)
        files, mistakes = collect(paths)
        benchmark.mistakes += mistakes
        for file in files:
            self._progress(file.name)
            if file.suffix == ".jsonl":
                _join(benchmark, self._records(file))
            else:
                self._load(benchmark, file, file.parent.name.lower())
        return benchmark

    def _load(
        self, benchmark: Benchmark, file: Path, folder: str, *, reprove: bool = False
    ) -> None:
        split = folder if folder in ("valid", "test", "train", "validation") else None
        try:
            read_text(file)
            tasks, loaded = self._session.load(file, reprove=reprove)
        except InputError as problem:
            self._refused(benchmark, file, problem, split)
            return
        answers = _answers(file)
        for task in tasks:
            names = {word.rpartition(".")[2] for word in words(task.theorem.statement)}
            asked = next((f"asks for an answer: `{name}` is left open"
                          for name in answers if name.rpartition(".")[2] in names), None)
            benchmark.problems.append(Problem(
                task.theorem.name, task.theorem.name, file, task.theorem.line, split,
                None if asked else task, asked))
        _problems_of(benchmark, loaded, file, split)

    def _refused(
        self, benchmark: Benchmark, file: Path, problem: InputError, split: str | None
    ) -> None:
        """The theorems of a file whose imports this Lean does not have are unsupported; what else
        keeps a file from being read is a mistake."""
        if file.suffix == ".lean" and re.search(r"\b(import|module)", problem.message):
            benchmark.problems += [
                Problem(name, name, file, line, split, unsupported=problem.message)
                for name, line in _stated(file) or [(file.stem, problem.line)]]
        else:
            benchmark.mistakes.append(problem)

    def _records(self, path: Path) -> Benchmark:
        benchmark = Benchmark(path.stem)
        splits = _splits(read_text(path))
        tasks, loaded = self._session.load(path)
        benchmark.problems += [
            Problem(t.theorem.name, t.theorem.name, path, t.theorem.line,
                    splits.get(t.theorem.line), t) for t in tasks]
        _problems_of(benchmark, loaded, path, None)
        benchmark.problems = sorted(
            (replace(p, split=splits.get(p.line or 0)) for p in benchmark.problems),
            key=lambda p: p.line or 0)
        return benchmark

    def _leandojo(self, path: Path) -> Benchmark:
        """Theorems of a repository by file and full name; needs its checkout."""
        try:
            rows = json.loads(read_text(path))
        except ValueError as problem:
            raise InputError(f"not JSON: {problem}", file=path,
                             line=getattr(problem, "lineno", None)) from problem
        if not isinstance(rows, list) or not all(_is_leandojo(row) for row in rows):
            raise InputError("not a LeanDojo Benchmark list", file=path, remedy=(
                "its entries need `file_path` and `full_name`"))
        benchmark = Benchmark(path.stem)
        by_file: dict[str, list[str]] = {}
        for row in rows:
            by_file.setdefault(row["file_path"], []).append(row["full_name"])
        for name, wanted in by_file.items():
            self._progress(name)
            self._from_repository(benchmark, path, name, wanted)
        return benchmark

    def _from_repository(
        self, benchmark: Benchmark, path: Path, name: str, wanted: Sequence[str]
    ) -> None:
        file = None if self._source is None else self._source / name
        found = Benchmark(name)
        reason = f"{name} is not at hand: give the checkout of its repository with --source"
        if file is not None and file.exists():
            self._load(found, file, path.stem, reprove=True)
            reason = "no theorem of this name, or its proof cannot be taken away"
            if found.problems and found.problems[0].unsupported and len(found.problems) == 1:
                reason = found.problems[0].unsupported
        here = {p.name: p for p in found.problems if p.task is not None}
        for full_name in wanted:
            known = here.get(full_name)
            benchmark.problems.append(
                replace(known, split=path.stem) if known is not None else
                Problem(full_name, full_name, file or Path(name), split=path.stem,
                        unsupported=reason))

    def _core_library(self, split: str | None) -> Benchmark:
        from prover.evaluation.core_library import SPLITS, core_library_problems, write_problems

        part = next((known for known in SPLITS if known == split), None)
        if split is not None and part is None:
            raise InputError(f"core-library has no split {split!r}",
                             remedy="its splits: " + ", ".join(SPLITS))
        problems = core_library_problems(
            part, count=self._count, seed=self._seed,
            progress=lambda done, total: self._progress(f"module {done} of {total}"))
        path = self._folder / "core-library.jsonl"
        write_problems(path, problems)
        return self._records(path)


def _join(benchmark: Benchmark, other: Benchmark) -> None:
    benchmark.problems += other.problems
    benchmark.mistakes += other.mistakes
    benchmark.notes += other.notes


def _problems_of(benchmark: Benchmark, loaded: Loaded, file: Path, split: str | None) -> None:
    for problem in loaded.problems:
        if problem.theorem is None:
            benchmark.mistakes.append(problem)
        else:
            benchmark.problems.append(Problem(
                problem.theorem, problem.theorem, file, problem.line, split,
                unsupported=problem.message))
    benchmark.notes += loaded.notes


def _splits(text: str) -> dict[int, str]:
    """The ``split`` of the records of a ``.jsonl`` text, by line."""
    found: dict[int, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        with contextlib.suppress(ValueError):  # the reader of records says what is wrong with it
            data = json.loads(line)
            if isinstance(data, dict) and isinstance(data.get("split"), str):
                found[number] = data["split"]
    return found


def _is_leandojo(row: object) -> bool:
    return (isinstance(row, dict) and isinstance(row.get("file_path"), str)
            and isinstance(row.get("full_name"), str))


def _answers(file: Path) -> list[str]:
    """Definitions of a Lean file that are ``sorry``: answers that are asked for."""
    return undefined(read_source(file).tokens) if file.suffix == ".lean" else []


_STATED = re.compile(r"^\s*(?:theorem|lemma)\s+(\S+)", re.MULTILINE)


def _stated(file: Path) -> list[tuple[str, int | None]]:
    """Names and lines of the theorems of a Lean file that Lean cannot read."""
    text = read_text(file)
    return [(found[1], text.count("\n", 0, found.start(1)) + 1)
            for found in _STATED.finditer(text)]


def _listed(path: Path) -> list[Path]:
    """The problems that a list names, relative to its folder; ``#`` and ``%`` begin comments."""
    found: list[Path] = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        entry = re.split(r"[#%]", line, maxsplit=1)[0].strip()
        if not entry:
            continue
        target = next((t for t in _targets(path.parent / entry) if t.exists()), None)
        if target is None:
            raise InputError(f"no such problem: {entry}", file=path, line=number,
                             remedy="paths are relative to the folder of the list")
        found.append(target)
    return found


def _targets(path: Path) -> Iterator[Path]:
    yield path
    yield from (path.with_name(path.name + suffix) for suffix in SUFFIXES)


def _examples() -> Path:
    folder = Path(__file__).parents[2] / "lean_project" / "Examples"
    if not folder.is_dir():
        raise InputError("the examples are part of the repository, not of the package",
                         remedy="give the path of a checkout's lean_project/Examples")
    return folder


def _named(problems: Sequence[Problem], names: Sequence[str], what: str) -> list[Problem]:
    """The problems that are called so, in the order of the benchmark."""
    called = [{p.key, p.name, p.name.rsplit(".", 1)[-1]} for p in problems]
    for name in names:
        if not any(name in own for own in called):
            near = difflib.get_close_matches(name, {n for own in called for n in own}, n=3)
            raise InputError(f"no problem is called {name!r}", file=what,
                             remedy=f"did you mean {', '.join(near)}?" if near else
                             "--only takes the names that results.jsonl has")
    return [p for p, own in zip(problems, called, strict=True) if own & set(names)]


def _distinct(problems: Sequence[Problem], notes: list[str]) -> list[Problem]:
    """Give every problem a key of its own: files, then lines, tell equal names apart."""
    found = list(problems)
    for form in ("{stem}:{name}", "{file}:{line}:{name}"):
        count = Counter(p.key for p in found)
        found = [
            replace(p, key=form.format(stem=p.file.stem, name=p.name, file=p.file, line=p.line))
            if count[p.key] > 1 else p
            for p in found]
    seen: Counter[str] = Counter()
    for i, problem in enumerate(found):
        seen[problem.key] += 1
        if seen[problem.key] > 1:
            found[i] = replace(problem, key=f"{problem.key}#{seen[problem.key]}")
    twice = [name for name, n in Counter(p.name for p in problems).items() if n > 1]
    if twice:
        shown = ", ".join(twice[:3]) + (", …" if len(twice) > 3 else "")
        notes.append(f"several problems have the same name ({shown}): "
                     "they are told apart by file and line")
    return found
