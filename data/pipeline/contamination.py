"""Decontamination: items too close to a benchmark are not for training on.

An item is contaminated when at least 70% of the runs of eight tokens in its content occur in the
benchmark files (the measure of Chowdhery et al., "PaLM", 2022, section 8); one with fewer tokens
when it occurs as a whole as one of their texts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.pipeline.reading import read_records
from prover.contracts import InputError
from prover.files import read_text

RUN, SHARE = 8, 0.7

_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Benchmark:
    """A file to stay away from, with the hash that identifies it in a manifest."""

    path: Path
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Benchmark:
        """Raises `InputError` if the file cannot be read."""
        try:
            return cls(path, hashlib.sha256(path.read_bytes()).hexdigest())
        except OSError as problem:
            raise InputError(f"cannot be read: {problem.strerror}", file=path) from None

    def texts(self) -> Iterator[str]:
        """The texts of the file: all strings of a JSONL or Parquet file, or the file itself."""
        if self.path.suffix in (".jsonl", ".parquet"):
            for record in read_records(self.path):
                yield from _strings(record)
        elif self.path.suffix == ".json":
            try:
                yield from _strings(json.loads(read_text(self.path)))
            except ValueError as problem:
                raise InputError(f"not JSON: {problem}", file=self.path) from None
        else:
            yield read_text(self.path)


class Contamination:
    """What the benchmarks contain."""

    def __init__(self, benchmarks: Sequence[Benchmark]) -> None:
        self._runs: set[int] = set()
        self._texts: set[int] = set()
        for benchmark in benchmarks:
            for text in benchmark.texts():
                tokens = _tokens(text)
                self._texts.add(_hash(tokens))
                self._runs.update(_runs(tokens))

    def __contains__(self, content: str) -> bool:
        """Whether an item of this content is contaminated."""
        if not self._texts:
            return False
        tokens = _tokens(content)
        if len(tokens) < RUN:
            return _hash(tokens) in self._texts
        runs = list(_runs(tokens))
        return sum(run in self._runs for run in runs) >= SHARE * len(runs)


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


def _runs(tokens: list[str]) -> Iterator[int]:
    return (_hash(tokens[i : i + RUN]) for i in range(len(tokens) - RUN + 1))


def _hash(tokens: list[str]) -> int:
    digest = hashlib.blake2b("\0".join(tokens).encode(), digest_size=8).digest()
    return int.from_bytes(digest)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from _strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from _strings(member)
