"""``lemma train generator`` and ``value``: from a TOML file to a folder with a model."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prover.contracts import InputError, LemmaError
from prover.files import replace_text
from prover.training.curation import curated
from prover.training.loop import Loop, Objective, Pace, Watch
from prover.training.options import Run
from prover.training.records import StateRecord, read_records

REPORT = "report.json"
GENERATOR, VALUE = "generator", "value"


@dataclass
class Report:
    """What a run has come to; ``stages`` has for each stage its steps and best measurement."""

    out: Path
    kind: str
    states: int
    set_aside: int
    seconds: float = 0.0
    parameters: int = 0
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As it stands in ``report.json``."""
        return {"out": str(self.out), "kind": self.kind, "states": self.states,
                "set_aside": self.set_aside, "seconds": round(self.seconds, 1),
                "parameters": self.parameters, "stages": self.stages}


class Stages:
    """Runs the stages of a training one after the other, each with a folder of its own for its
    checkpoint, and notes which are finished."""

    def __init__(self, run: Run, report: Report, watch: Watch, *, resume: bool) -> None:
        self._run, self._report, self._watch, self._resume = run, report, watch, resume
        self._log = _summary_writer(run)
        self._notes = run.out / "stages.json"
        self._done: dict[str, Any] = {}
        if resume and self._notes.exists():
            self._done = json.loads(self._notes.read_text(encoding="utf-8"))

    def finished(self, name: str) -> bool:
        """Whether a stage was finished before; its model is in ``folder(name)``."""
        return name in self._done

    def folder(self, name: str) -> Path:
        """Of a stage."""
        return self._run.out / name

    def train(self, objective: Objective, pace: Pace, data: str) -> None:
        """Run a stage."""
        identity = json.dumps([self._run.as_json(), objective.name, objective.size, data])
        loop = Loop(objective, self._run.training, pace, self.folder(objective.name), identity,
                    self._watch, log=self._log)
        progress = loop.run(resume=self._resume)
        best = progress.best
        self._done[objective.name] = {
            "steps": progress.step, "best_step": best,
            **(progress.measured[best] if best is not None else {})}
        replace_text(self._notes, json.dumps(self._done, indent=1) + "\n")

    def close(self) -> dict[str, Any]:
        """What all stages have come to."""
        if self._log is not None:
            self._log.close()
        self._report.stages = self._done
        return self._done


def train_run(run: Run, kind: str, watch: Watch, *, resume: bool = False) -> Report:
    """Train what ``run`` says.

    Raises:
        InputError: the data or the model cannot be used, or ``out`` is in use.
        LemmaError: a package is missing, or memory.
    """
    started = time.monotonic()
    _ready(run, resume)
    records = [r for r in read_records(run.records) if r.tries]
    if run.curation is not None:
        records = curated(records, run.curation)
    try:
        if run.small:
            from prover.training.small_runs import train_small

            report = train_small(run, kind, records, watch, resume=resume)
        else:
            from prover.training.text_runs import train_text

            report = train_text(run, kind, records, watch, resume=resume)
    except ImportError as problem:
        raise LemmaError(f"training needs the package {problem.name or problem}",
                         remedy="pip install 'lemma-prover[neural]'") from problem
    report.seconds = time.monotonic() - started
    replace_text(run.out / REPORT, json.dumps(report.as_json(), indent=1) + "\n")
    return report


def _ready(run: Run, resume: bool) -> None:
    if (run.out / REPORT).exists() and not resume:
        raise InputError("there is a finished model already", file=run.out,
                         remedy="give another folder with --out, or remove this one")
    try:
        run.out.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise InputError(f"cannot be made: {problem.strerror}", file=run.out,
                         remedy="give another folder with --out") from problem


def digest(records: list[StateRecord]) -> str:
    """Changes with the data."""
    found = hashlib.sha256()
    for record in records:
        found.update(f"{record.theorem}\n{record.goal}\n{record.tries}\n".encode())
    return found.hexdigest()[:16]


def _summary_writer(run: Run) -> Any:
    if not run.training.tensorboard:
        return None
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as problem:
        raise LemmaError("the package tensorboard is not installed",
                         remedy="pip install tensorboard, or training.tensorboard = false"
                         ) from problem
    return SummaryWriter(str(run.out / "tensorboard"))
