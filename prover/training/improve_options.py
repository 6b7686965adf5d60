"""An expert iteration as one TOML file; see `ImproveOptions` and ``lemma improve --help``."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prover.contracts import InputError
from prover.training.curation import Rules
from prover.training.options import known_keys, section


@dataclass(frozen=True)
class PoolOptions:
    """What is searched in each round.

    Attributes:
        library: so many theorems of the train split of core-library, others in every round.
        files: theorem files or folders, and output of ``lemma generate mutate``; all of them in
            every round, at most ``most`` of each.
    """

    library: int = 200
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class SearchOptions:
    """How is searched. ``{model}`` in ``generator`` is the folder of the latest model; the first
    round, if there is no model to start with, takes ``first``."""

    generator: str = "mixture:small?model={model}+symbolic"
    first: str = "symbolic"
    search: str = "best-first"
    tactics: int = 96
    seconds: float = 30.0
    workers: int = 1


@dataclass(frozen=True)
class ValidationOptions:
    """The fixed set on which each round is measured: theorems of the validation split."""

    count: int = 60
    tactics: int = 96
    seed: int = 0


@dataclass(frozen=True)
class LearningOptions:
    """How is learnt.

    Attributes:
        run: the TOML file of a ``lemma train generator``; its ``out``, ``data.records`` and
            ``model.start`` are set by the rounds.
        records: records to learn from in every round besides those of the searches.
        start: a model to begin with.
        scratch_every: every so many rounds the model is trained from scratch on all records,
            in the others the last model is trained further (1: always from scratch).
    """

    run: str = ""
    records: tuple[str, ...] = ()
    start: str = ""
    scratch_every: int = 1


@dataclass(frozen=True)
class ImproveOptions:
    """Everything that an expert iteration is told."""

    file: Path
    out: Path
    rounds: int = 3
    seed: int = 0
    pool: PoolOptions = field(default_factory=PoolOptions)
    search: SearchOptions = field(default_factory=SearchOptions)
    validation: ValidationOptions = field(default_factory=ValidationOptions)
    learning: LearningOptions = field(default_factory=LearningOptions)
    curation: Rules = field(default_factory=Rules)


def read_improve(
    path: Path, out: Path | None = None, records: Sequence[Path] | None = None
) -> ImproveOptions:
    """The options of a TOML file; ``out`` and ``records`` take the place of what it says.

    Raises:
        InputError: with the file and the key of what is wrong.
    """
    try:
        given: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", file=path) from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(f"not TOML: {problem}", file=path) from problem
    sections = {"pool": PoolOptions, "search": SearchOptions, "validation": ValidationOptions,
                "learning": LearningOptions, "curation": Rules}
    plain = {key: given.pop(key) for key in ("out", "rounds", "seed") if key in given}
    known_keys(given, sections, path, "")
    values: dict[str, Any] = {name: section(kind, given.get(name, {}), path, name)
                              for name, kind in sections.items()}
    if records:
        values["learning"] = dataclasses.replace(
            values["learning"], records=tuple(str(file.absolute()) for file in records))
    written = out if out is not None else plain.get("out")
    if written is None:
        raise InputError("out: the folder to write is missing", file=path,
                         remedy='add out = "FOLDER" as the first line, or give --out')
    for key in ("rounds", "seed"):
        if key in plain and not (isinstance(plain[key], int) and plain[key] >= 0):
            raise InputError(f"{key} = {plain[key]!r} is not a whole number", file=path)
    found = ImproveOptions(path, path.parent / written, plain.get("rounds", 3),
                           plain.get("seed", 0), **values)
    if not found.learning.run:
        raise InputError("learning.run: which training is missing", file=path,
                         remedy='write [learning] and run = "run.toml"')
    return found
