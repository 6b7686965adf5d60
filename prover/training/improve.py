"""Expert iteration: search, learn from what was found, search better (Polu & Sutskever, 2020).

Each round has a folder ``round-001`` …: ``search-*`` are runs of ``lemma eval`` over the pool,
with traces; ``records.jsonl`` what they teach; ``curated.jsonl`` what of all rounds is worth it;
``model`` the model that was trained on that; ``validation`` a run over a fixed set, which is
never learnt from. A stage that is finished is not repeated, one that was interrupted goes on.
``progress.json``, ``progress.md`` and ``progress.png`` tell what the rounds have come to.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prover.contracts import InputError, LemmaError
from prover.files import replace_text
from prover.training.curation import Judge, SmallJudge, curated
from prover.training.improve_options import ImproveOptions
from prover.training.lookup import Lookup
from prover.training.options import Run, read_run
from prover.training.records import StateRecord, read_records
from prover.training.runs import GENERATOR, train_run
from prover.training.traces import records_of_trace, trace_files

Tell = Callable[[str], None]
_INTERRUPTED = 130


@dataclass(frozen=True)
class Round:
    """What one round has come to."""

    number: int
    searched: int
    proved: int
    records: int
    curated: int
    validation: int
    validation_proved: int

    def as_json(self) -> dict[str, int]:
        """For ``progress.json``."""
        return dataclasses.asdict(self)


class Improvement:
    """An expert iteration.

    Args:
        tell: hears what begins.
    """

    def __init__(self, options: ImproveOptions, tell: Tell) -> None:
        self._options, self._tell = options, tell
        options.out.mkdir(parents=True, exist_ok=True)
        # Of the run's file, records and curation are the rounds' own affair.
        run = read_run(self._beside(options.learning.run), options.out / "model",
                       [options.out / "curated.jsonl"])
        self._run = dataclasses.replace(run, curation=None)
        self._lookup = Lookup()

    def run(self) -> list[Round]:
        """All rounds that are not finished; the first, number 0, measures what there is.

        Raises:
            LemmaError: a stage failed; what was finished before it stays.
        """
        found = []
        for number in range(self._options.rounds + 1):
            found.append(self._round(number))
            self._report(found)
        return found

    def _round(self, number: int) -> Round:
        folder = self._options.out / f"round-{number:03}"
        note = folder / "round.json"
        if note.exists():
            return Round(**json.loads(note.read_text(encoding="utf-8")))
        folder.mkdir(parents=True, exist_ok=True)
        searches, kept, taken = [], 0, 0
        if number:
            searches = self._searches(folder, number)
            records = self._collected(folder, searches)
            chosen = self._curated(folder, number)
            kept, taken = len(records), len(chosen)
            self._train(folder, number)
        checked = self._evaluate(folder / "validation", "core-library", number,
                                 tactics=self._options.validation.tactics, extra=(
            "--split", "validation", "--count", str(self._options.validation.count),
            "--seed", str(self._options.validation.seed)), model=self._model(number))
        summaries = [_summary(path) for path in searches]
        result = Round(
            number, sum(s["problems"] for s in summaries), sum(s["proved"] for s in summaries),
            kept, taken, checked["problems"], checked["proved"])
        replace_text(note, json.dumps(result.as_json()) + "\n")
        return result

    # ------------------------------------------------------------------------------------ search

    def _searches(self, folder: Path, number: int) -> list[Path]:
        options, found = self._options, []
        model = self._model(number - 1)
        pool: list[tuple[str, tuple[str, ...]]] = []
        if options.pool.library:
            pool.append(("core-library", ("--split", "train", "--count",
                                          str(options.pool.library))))
        pool += [(str(self._problems(folder, self._beside(name))), ())
                 for name in options.pool.files]
        for place, (benchmark, extra) in enumerate(pool, 1):
            out = folder / f"search-{place}"
            self._evaluate(out, benchmark, number, tactics=options.search.tactics, model=model,
                           extra=(*extra, "--seed", str(options.seed + number),
                                  "--html", str(out / "report.html")))
            found.append(out)
        return found

    def _evaluate(
        self, out: Path, benchmark: str, number: int, *, tactics: int, extra: Sequence[str],
        model: Path | None,
    ) -> dict[str, Any]:
        """One run of ``lemma eval``, in a process of its own; its summary."""
        if not (out / "summary.json").exists():
            self._tell(f"round {number}: {out.name}")
            search = self._options.search
            generator = search.first if model is None else (
                search.generator.replace("{model}", str(model)))
            resume = ["--resume"] if (out / "run.json").exists() else []
            command = [
                sys.executable, "-m", "prover.cli.app", "eval", benchmark, "--out", str(out),
                "--tactics", str(tactics), "--timeout", str(search.seconds),
                "--workers", str(search.workers), "--search", search.search,
                "--generator", generator, *extra, *resume]
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  text=True, check=False)
            if done.returncode == _INTERRUPTED:
                raise KeyboardInterrupt
            if not (out / "summary.json").exists():
                said = done.stderr.strip().splitlines()[-1:] or ["it ended without a word"]
                raise LemmaError(f"a search of round {number} failed: {said[0]}", file=out,
                                 remedy="the same command goes on")
        return _summary(out)

    @staticmethod
    def _problems(folder: Path, path: Path) -> Path:
        """A benchmark out of a pool file: the output of ``lemma generate mutate`` becomes
        miniF2F-style records, anything else stays."""
        if path.suffix != ".jsonl" or not path.is_file():
            return path
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if not lines or "formal_statement" in lines[0] or "statement" not in lines[0]:
            return path
        out = folder / f"{path.stem}.problems.jsonl"
        replace_text(out, "".join(json.dumps({
            "name": line["name"], "header": line.get("header", ""),
            "formal_statement": f"{line['statement']} := by sorry"}, ensure_ascii=False) + "\n"
            for line in lines))
        return out

    # ------------------------------------------------------------------------------------- learn

    def _collected(self, folder: Path, searches: Iterable[Path]) -> list[StateRecord]:
        path = folder / "records.jsonl"
        if not path.exists():
            found = [r for search in searches for file in trace_files(search)
                     for r in records_of_trace(file, self._lookup.module,
                                               self._lookup.statement)]
            _write(path, [r for r in found if r.split == "train"])
        return _read(path)

    def _curated(self, folder: Path, number: int) -> list[StateRecord]:
        path = folder / "curated.jsonl"
        if not path.exists():
            self._tell(f"round {number}: curation")
            files = [self._beside(name) for name in self._options.learning.records]
            records = read_records(files) if files else []
            for earlier in range(1, number + 1):
                records += _read(self._options.out / f"round-{earlier:03}" / "records.jsonl")
            _write(path, curated(records, self._options.curation, self._judge(number - 1)))
        return _read(path)

    def _judge(self, number: int) -> Judge | None:
        model = self._model(number)
        if model is None or not self._run.small:
            return None
        from prover.generators.small.generator import small_source

        return SmallJudge(small_source({"model": str(model)}))

    def _train(self, folder: Path, number: int) -> None:
        if (folder / "model" / "report.json").exists():
            return
        self._tell(f"round {number}: training")
        before = self._model(number - 1)
        scratch = before is None or number % max(1, self._options.learning.scratch_every) == 0
        data = dataclasses.replace(self._run.data, records=(str(folder / "curated.jsonl"),))
        model = self._run.model
        if not scratch and before is not None:
            model = (dataclasses.replace(model, start=str(before)) if self._run.small
                     else dataclasses.replace(model, base=str(before)))
        run: Run = dataclasses.replace(self._run, out=folder / "model", data=data, model=model)
        train_run(run, GENERATOR, lambda *_: None, resume=True)

    def _model(self, number: int) -> Path | None:
        """The model after a round; before the first, what was given to start with."""
        if number > 0:
            return (self._options.out / f"round-{number:03}" / "model").resolve()
        start = self._options.learning.start
        return self._beside(start).resolve() if start else None

    # ------------------------------------------------------------------------------------ report

    def _report(self, rounds: Sequence[Round]) -> None:
        out = self._options.out
        replace_text(out / "progress.json",
                     json.dumps([r.as_json() for r in rounds], indent=1) + "\n")
        head = "| round | searched | proved | records | curated | validation proved |"
        lines = [head, "|---|---|---|---|---|---|"]
        lines += [f"| {r.number} | {r.searched} | {r.proved} | {r.records} | {r.curated} | "
                  f"{r.validation_proved} of {r.validation} |" for r in rounds]
        replace_text(out / "progress.md", "\n".join(lines) + "\n")
        _plot(rounds, out / "progress.png")

    def _beside(self, name: str) -> Path:
        return self._options.file.parent / name


def _plot(rounds: Sequence[Round], path: Path) -> None:
    """Shares proved, by round; nothing where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    except ImportError:
        return
    figure = Figure(figsize=(6.0, 4.0), layout="constrained")
    axes = figure.subplots()
    axes.plot([r.number for r in rounds],
              [r.validation_proved / max(1, r.validation) for r in rounds], "o-",
              label="validation set")
    searched = [r for r in rounds if r.searched]
    axes.plot([r.number for r in searched], [r.proved / r.searched for r in searched], "s--",
              label="pool of the round")
    axes.set(xlabel="round", ylabel="share proved", ylim=(0, 1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    figure.savefig(path, dpi=120)


def _summary(out: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise InputError("the summary of a search cannot be read", file=out,
                         remedy="remove this folder; the same command makes it anew") from problem
    return found


def _write(path: Path, records: Iterable[StateRecord]) -> None:
    replace_text(path, "".join(json.dumps(r.as_json(), ensure_ascii=False) + "\n"
                               for r in records))


def _read(path: Path) -> list[StateRecord]:
    return read_records([path]) if path.exists() and path.stat().st_size else []
