"""A run of the pipeline: indices in, one file and its manifest out.

The run keeps a journal beside its output (``FILE.partial``) until the output stands. The file and
the manifest are functions of the journal, and the journal of the kind, its options, the seed and
the count: a run that was killed and resumed, with whatever number of workers, gives the same
bytes as one that was not.
"""

from __future__ import annotations

import importlib.metadata
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from data.contracts import COMMON_COLUMNS, Column, Kind, Record
from data.pipeline.contamination import Benchmark, Contamination
from data.pipeline.journal import Journal
from data.pipeline.sieve import Entry, NearDuplicates, Sieve
from data.pipeline.splits import DEFAULT, Splits
from data.pipeline.workers import outcomes
from data.pipeline.writing import check_format, write_records
from data.registry import options_of
from prover.contracts import InputError
from prover.files import replace_text

MANIFEST_FORMAT = 1
# So many indices in a row without an item that is kept: the kind has no more to give.
PATIENCE = 5000


@dataclass(frozen=True)
class Plan:
    """What is asked of a run, besides the kind. Paths of benchmarks are of files."""

    out: Path
    count: int
    seed: int = 0
    workers: int = 1
    splits: Splits = field(default_factory=lambda: Splits.parse(DEFAULT))
    near_duplicates: NearDuplicates = NearDuplicates.MARK
    benchmarks: tuple[Benchmark, ...] = ()
    patience: int = PATIENCE

    @property
    def manifest(self) -> Path:
        """Where the manifest goes."""
        return self.out.with_name(f"{self.out.name}.manifest.json")

    @property
    def journal(self) -> Path:
        """Where the journal is while the run is unfinished."""
        return self.out.with_name(f"{self.out.name}.partial")


@dataclass
class Tally:
    """What a run has come to so far."""

    indices: int = 0
    kept: int = 0
    sterile: int = 0
    near_duplicates: int = 0
    splits: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    families: set[str] = field(default_factory=set)

    def add(self, entry: Entry) -> None:
        """Count what an index came to."""
        self.indices = entry.index + 1
        self.kept += len(entry.kept)
        self.sterile = 0 if entry.kept else self.sterile + 1
        self.dropped.update(entry.dropped)
        for kept in entry.kept:
            self.splits[kept.record["split"]] += 1
            self.families.add(kept.record["family"])
            self.near_duplicates += bool(kept.record["near_duplicate_of"])

    def counts(self) -> dict[str, Any]:
        """As a manifest has them."""
        return {
            "records": self.kept, "indices": self.indices, "families": len(self.families),
            "near_duplicates": self.near_duplicates, "splits": dict(sorted(self.splits.items())),
            "dropped": dict(sorted(self.dropped.items())),
        }  # fmt: skip


def generate(
    kind: Kind, plan: Plan, *, resume: bool = False, overwrite: bool = False,
    watch: Callable[[Tally], None] = lambda _: None,
) -> dict[str, Any]:
    """Run ``kind`` as ``plan`` says; the manifest, which is also written.

    ``watch`` is called after each index. After `KeyboardInterrupt`, as after any death, the run
    can be resumed. There may be fewer records than asked for when the kind has no more to give.

    Raises:
        InputError: the plan makes no sense, or the output or an unfinished run is in the way.
        LemmaError: a package that the kind needs is not installed, or workers were killed.
    """
    _check(plan)
    header = _header(kind, plan)
    plan.out.parent.mkdir(parents=True, exist_ok=True)
    with _alone(plan):
        if not resume and not overwrite:
            _check_nothing_lost(plan)
        if resume and plan.out.exists() and not plan.journal.exists():
            return _finished(plan, header)
        go_on = resume and plan.journal.exists()
        begin = Journal.resume if go_on else Journal.create
        with closing(begin(plan.journal, header)) as journal:
            tally = _produce(kind, plan, journal, watch)
            manifest = _finish(kind, plan, journal, tally, header)
        plan.journal.unlink()
    return manifest


def _produce(
    kind: Kind, plan: Plan, journal: Journal, watch: Callable[[Tally], None]
) -> Tally:
    sieve = Sieve(kind.name, plan.seed, plan.splits, plan.near_duplicates,
                  Contamination(plan.benchmarks))
    tally = Tally()
    for entry in journal.entries():
        sieve.restore(entry)
        tally.add(entry)
    watch(tally)
    if _enough(tally, plan):
        return tally
    with closing(outcomes(kind, plan.seed, plan.workers, tally.indices)) as stream:
        for index, batch, signatures in stream:
            entry = sieve.sift(index, batch, signatures, plan.count - tally.kept)
            journal.append(entry)
            tally.add(entry)
            watch(tally)
            if _enough(tally, plan):
                break
    return tally


def _enough(tally: Tally, plan: Plan) -> bool:
    return tally.kept >= plan.count or tally.sterile >= plan.patience


def _finish(
    kind: Kind, plan: Plan, journal: Journal, tally: Tally, header: dict[str, Any]
) -> dict[str, Any]:
    columns: dict[str, Column] = {**COMMON_COLUMNS, **kind.columns}
    digest, length = write_records(plan.out, _records(journal), columns)
    manifest = {
        **header, "licence": kind.licence, "file": plan.out.name, "sha256": digest,
        "bytes": length, "counts": tally.counts(),
        "columns": {name: str(column) for name, column in columns.items()},
    }  # fmt: skip
    replace_text(plan.manifest, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    return manifest


def _records(journal: Journal) -> Iterator[Record]:
    for entry in journal.entries():
        for kept in entry.kept:
            yield kept.record


def _header(kind: Kind, plan: Plan) -> dict[str, Any]:
    """What the bytes of the file depend on."""
    versions = {"lemma": importlib.metadata.version("lemma-prover"), **kind.versions()}
    if plan.out.suffix == ".parquet":
        versions["pyarrow"] = importlib.metadata.version("pyarrow")
    return {
        "manifest": MANIFEST_FORMAT, "kind": kind.name, "revision": kind.revision,
        "seed": plan.seed, "count": plan.count, "options": options_of(kind),
        "splits": str(plan.splits), "near_duplicates_policy": str(plan.near_duplicates),
        "patience": plan.patience,
        "decontaminated_against": [
            {"file": b.path.name, "sha256": b.sha256} for b in plan.benchmarks
        ],
        "versions": versions,
    }  # fmt: skip


def _check(plan: Plan) -> None:
    check_format(plan.out)
    if plan.count < 1:
        raise InputError(f"cannot make {plan.count} items", remedy="--count is at least 1")
    if plan.workers < 1:
        raise InputError(f"cannot work with {plan.workers} workers", remedy="at least 1")


def _check_nothing_lost(plan: Plan) -> None:
    if plan.journal.exists():
        raise InputError("an unfinished run is there", file=plan.journal,
                         remedy="--resume to go on with it, --overwrite to begin anew")
    if plan.out.exists():
        raise InputError("the file exists", file=plan.out, remedy="--overwrite to replace it")


def _finished(plan: Plan, header: dict[str, Any]) -> dict[str, Any]:
    """The manifest of a run that is complete, if it is this one."""
    try:
        manifest: dict[str, Any] = json.loads(plan.manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError("the file exists and has no readable manifest", file=plan.out,
                         remedy="--overwrite to replace it") from None
    if any(manifest.get(key) != value for key, value in json.loads(json.dumps(header)).items()):
        raise InputError("the file is there, from a run with other options", file=plan.out,
                         remedy="--overwrite to replace it, or name another --out")
    return manifest


@contextmanager
def _alone(plan: Plan) -> Iterator[None]:
    """Hold a lock that two runs into one file cannot both hold."""
    path = plan.out.with_name(f".{plan.out.name}.lock")
    try:
        with FileLock(path, timeout=0):
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
    except Timeout:
        raise InputError("another run is writing this file", file=plan.out,
                         remedy="wait for it, or name another --out") from None
