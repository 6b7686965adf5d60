"""Scoring a file of answers to a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.contracts import Kind, Record, Score
from data.pipeline.reading import numbered_records
from data.registry import KINDS, make_kind
from prover.contracts import InputError

_ANSWER_KEYS = ("answer", "response", "completion", "output", "prediction")
# What every record needs for its answers to be scored, besides the columns of its kind.
_NEEDED = ("id", "kind")


@dataclass(frozen=True)
class Scored:
    """An answer with its judgement. ``line`` is that of the file of answers, from 1."""

    id: str
    kind: str
    topic: str
    line: int
    score: Score


def score_file(dataset: Path, answers: Path) -> Iterator[Scored]:
    """Judge the answers in a JSONL file of objects with ``id`` and ``answer`` (or ``response``,
    ``completion``, ``output``, ``prediction``; a text or a list of texts), in their order. An
    item may have many answers.

    Raises:
        InputError: a file that is not what it should be, or an answer to an item that is not in
            the dataset.
    """
    records = _by_id(dataset)
    kinds: dict[str, Kind] = {}
    for line, value in numbered_records(answers):
        name, texts = _answers(answers, line, value)
        record = records.get(name)
        if record is None:
            raise InputError(f"there is no item {name!r} in {dataset}", file=answers, line=line)
        kind = kinds.get(record["kind"])
        if kind is None:
            kind = kinds.setdefault(record["kind"], make_kind(record["kind"]))
        for text in texts:
            score = _scored(kind, record, text, dataset)
            yield Scored(name, record["kind"], str(record.get("topic", "")), line, score)


def _scored(kind: Kind, record: Record, text: str, dataset: Path) -> Score:
    try:
        return kind.score(record, text)
    except (KeyError, ValueError, TypeError) as problem:
        missing = [name for name in kind.columns if name not in record]
        detail = f"column {missing[0]!r} is missing" if missing else f"it is damaged: {problem}"
        raise InputError(f"item {record['id']!r} cannot be scored: {detail}", file=dataset,
                         remedy="give the file that lemma generate wrote") from problem


def _by_id(dataset: Path) -> dict[str, Record]:
    records: dict[str, Record] = {}
    for number, record in numbered_records(dataset):
        if any(not isinstance(record.get(key), str) for key in _NEEDED):
            raise InputError("not an item of a dataset: it has no id or kind", file=dataset,
                             line=number, remedy="give a file that lemma generate wrote")
        if record["kind"] not in KINDS:
            raise InputError(f"no kind of data is called {record['kind']!r}", file=dataset,
                             line=number)
        records[record["id"]] = record
    if not records:
        raise InputError("there are no items", file=dataset)
    return records


def _answers(path: Path, line: int, value: Mapping[str, Any]) -> tuple[str, list[str]]:
    key = next((key for key in _ANSWER_KEYS if key in value), None)
    if not isinstance(value.get("id"), str) or key is None:
        raise InputError("an answer needs an id and an answer", file=path, line=line,
                         remedy='write lines like {"id": "sat-0-7", "answer": "yes"}')
    given = value[key]
    texts = given if isinstance(given, list) else [given]
    if any(not isinstance(text, str) for text in texts):
        raise InputError(f"the {key} is not a text", file=path, line=line)
    return value["id"], texts
