"""From what a run has written to what its page shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from prover.contracts import InputError, Status
from prover.environments.fol.certificate import read_certificate
from prover.environments.fol.derivation import Derivation
from prover.reporting.html.payload import Json, problem_details
from prover.reporting.replay import Story, stories
from prover.trace import read_trace

Place = tuple[str, str, int | None]


def stories_of(traces: Iterable[Path]) -> dict[Place, Story]:
    """The searches of some traces by file, theorem and line: of several at one theorem the one
    that proved it, else the last. A file that is no trace is left out."""
    found: dict[Place, Story] = {}
    for path in traces:
        try:
            told = stories(read_trace(path))
        except InputError:
            continue  # it was cut off before its first line was whole
        for story in told:
            place = story.file, story.theorem, story.line
            if place not in found or _proved(story) or not _proved(found[place]):
                found[place] = story
    return found


def details_of(
    records: Sequence[Mapping[str, Any]], searches: Mapping[Place, Story],
    certificates: Mapping[str, Path],
) -> dict[str, Json]:
    """Details by problem; ``certificates`` are first-order proof files by problem."""
    found: dict[str, Json] = {}
    for record in records:
        key = record.get("problem") or record["theorem"]
        story = searches.get((record["file"], record["theorem"], record["line"]))
        derivations = _derivations(certificates.get(key))
        if story is not None or derivations:
            found[key] = problem_details(story, derivations)
    return found


def one_a_problem(records: Iterable[Json]) -> list[Json]:
    """The record of each problem's first proof, or of its last attempt if there is none."""
    best: dict[str, Json] = {}
    for record in records:
        key = record.get("problem") or record["theorem"]
        if key not in best or best[key]["status"] != Status.PROVED:
            best[key] = record
    return list(best.values())


def _proved(story: Story) -> bool:
    return story.finished is not None and story.finished.status is Status.PROVED


def _derivations(path: Path | None) -> list[Derivation]:
    """The derivations of a certificate, or none if there is no readable one."""
    if path is None or not path.exists():
        return []
    try:
        texts = read_certificate(path).derivations
        return [Derivation.parse(text, str(path)) for _, text in sorted(texts.items())]
    except InputError:
        return []
