"""The kind ``trace``: goals, tactics and what became of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from data.contracts import Batch, Column, Item, Score
from data.registry import option
from data.trace.lean_files import source_files, trace_file
from data.trace.questions import answer, prompt, question_of
from data.trace.searches import traced_searches
from data.trace.servers import Servers
from data.trace.steps import Outcome, TracedStep, TracedTheorem
from prover.contracts import InputError
from prover.environments.lean.backend import choose_launcher
from prover.environments.lean.source import read_source

_LONG = 40  # tokens of a tactic, about


@dataclass(frozen=True)
class TraceKind:
    """Steps of proofs and searches; see `data.trace`."""

    sources: tuple[str, ...] = option((), "Lean files, traces of lemma prove, or folders of them")
    failures: bool = option(True, "whether to keep tactics that failed")

    name: ClassVar[str] = "trace"
    summary: ClassVar[str] = "goals, tactics and what became of them, from Lean files and searches"
    licence: ClassVar[str] = "that of the sources"
    revision: ClassVar[int] = 1
    columns: ClassVar[Mapping[str, Column]] = {
        "theorem": Column.STRING, "statement": Column.STRING, "file": Column.STRING,
        "line": Column.INTEGER, "step": Column.INTEGER, "question": Column.STRING,
        "goals": Column.STRINGS, "tactic": Column.STRING,
        "outcome": Column.STRING, "next_goals": Column.STRINGS, "premises": Column.STRINGS,
        "log_prob": Column.NUMBER, "origin": Column.STRING, "error": Column.STRING,
        "failure": Column.STRING, "proof": Column.BOOLEAN, "imports": Column.STRINGS,
    }  # fmt: skip

    def files(self) -> list[Path]:
        """The Lean files and traces, in a fixed order. Raises `InputError`."""
        if not self.sources:
            raise InputError("nothing to trace", remedy="name files or folders with --from")
        paths = list(map(Path, self.sources))
        found = sorted({*source_files(paths, ".lean"), *source_files(paths, ".jsonl")})
        if not found:
            raise InputError("no .lean or .jsonl file", file=paths[0],
                             remedy="name Lean files, or traces that lemma prove --trace wrote")
        return found

    @property
    def size(self) -> int | None:
        return len(self.files())

    def versions(self) -> dict[str, str]:
        hashes = {f"source {path}": hashlib.sha256(path.read_bytes()).hexdigest()[:16]
                  for path in self.files()}  # fmt: skip
        lean = any(path.suffix == ".lean" for path in self.files())
        return {**({"lean": choose_launcher().fingerprint} if lean else {}), **hashes}

    def open(self, seed: int) -> _Producer:
        del seed  # nothing is drawn
        return _Producer(self, self.files())

    def score(self, record: Mapping[str, Any], answer: str) -> Score:
        from data.trace.scoring import judge

        return judge(record, answer)


@dataclass
class _Producer:
    """Each index is a file."""

    kind: TraceKind
    files: Sequence[Path]
    servers: Servers = field(default_factory=Servers)

    def produce(self, index: int) -> Batch:
        path = self.files[index]
        rejected: Counter[str] = Counter()
        items = [
            _item(theorem, number, step, imports)
            for theorem, imports in self._theorems(path, rejected)
            for number, step in enumerate(theorem.steps)
            if self.kind.failures or step.outcome is not Outcome.FAILED
        ]
        return Batch(tuple(items), rejected)

    def close(self) -> None:
        self.servers.close()

    def _theorems(
        self, path: Path, rejected: Counter[str]
    ) -> Iterator[tuple[TracedTheorem, tuple[str, ...]]]:
        if path.suffix == ".jsonl":
            yield from ((theorem, ()) for theorem in traced_searches(path))
            return
        source = read_source(path)
        traced = trace_file(self.servers.of(source), source)
        rejected.update(traced.left_out)
        yield from ((theorem, traced.modules) for theorem in traced.theorems)


def _item(
    theorem: TracedTheorem, number: int, step: TracedStep, imports: tuple[str, ...]
) -> Item:
    goals = "\n\n".join(step.goals)
    return Item(
        topic=f"{step.outcome}/{step.tactic.split(maxsplit=1)[0] if step.tactic else ''}",
        family=f"{Path(theorem.file).name}: {theorem.name}",
        difficulty=min(len(step.tactic.split()) / _LONG, 1.0),
        prompt=prompt(theorem, step), answer=answer(step),
        identity=f"{theorem.file} {theorem.name} {number}",
        content=f"{theorem.name}\n{theorem.statement}\n{goals}\n{step.tactic}",
        tactics=tuple(step.tactic.split(maxsplit=1)[:1]),
        fields={
            "theorem": theorem.name, "statement": theorem.statement, "file": theorem.file,
            "line": theorem.line, "step": number, "question": str(question_of(step)),
            "goals": list(step.goals), "tactic": step.tactic,
            "outcome": str(step.outcome), "next_goals": list(step.after),
            "premises": list(step.premises), "log_prob": step.log_prob, "origin": step.origin,
            "error": step.error, "failure": step.failure, "proof": step.proof,
            "imports": list(imports),
        },
    )  # fmt: skip
