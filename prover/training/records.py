"""What is learnt from: proof states with the tactics that were tried on them.

One JSON object a line, one state each::

    {"theorem": "List.map_id", "module": "Init.Data.List.Lemmas", "split": "train",
     "source": "explore", "depth": 0, "goal": "α : Type u_1\\nl : List α\\n⊢ List.map id l = l",
     "premises": [{"name": "List.map_nil", "statement": "∀ …", "module": "Init.…"}, …],
     "tries": [{"tactic": "simp", "outcome": "closed", "remaining": 0},
               {"tactic": "induction l", "outcome": "goals", "remaining": 2},
               {"tactic": "omega", "outcome": "failed"}]}

``outcome`` is ``closed`` (nothing is left), ``goals`` (something is left) or ``failed``.
``remaining`` is the least number of tactics known to finish the proof after this one; absent where
none is known. A state with a try of known ``remaining`` is provable, and that try *worked*.
``split`` is the split of the benchmark ``core-library`` that the module belongs to; what is not of
``train`` must not be learnt from, and readers refuse it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from prover.contracts import InputError
from retrieval.contracts import Premise, ScoredPremise

CLOSED, GOALS, FAILED = "closed", "goals", "failed"
_OUTCOMES = frozenset({CLOSED, GOALS, FAILED})
_REMEDY = "`lemma improve` and `lemma train records` write such files"


@dataclass(frozen=True)
class Try:
    """A tactic that was tried on a state; see the module's text."""

    tactic: str
    outcome: str
    remaining: int | None = None

    @property
    def worked(self) -> bool:
        """Whether it is a step of a known proof."""
        return self.remaining is not None


@dataclass(frozen=True)
class StateRecord:
    """A state, what was offered there, and what was tried."""

    theorem: str
    goal: str
    tries: tuple[Try, ...]
    premises: tuple[Premise, ...] = ()
    module: str = ""
    split: str = "train"
    source: str = ""
    depth: int = 0

    @property
    def remaining(self) -> int | None:
        """The least number of tactics known to prove the state."""
        known = [t.remaining + 1 for t in self.tries if t.remaining is not None]
        return min(known, default=None)

    def as_json(self) -> dict[str, Any]:
        """The object that stands in the file."""
        return {
            "theorem": self.theorem, "module": self.module, "split": self.split,
            "source": self.source, "depth": self.depth, "goal": self.goal,
            "premises": [_premise(p) for p in self.premises],
            "tries": [{k: v for k, v in asdict(t).items() if v is not None} for t in self.tries],
        }  # fmt: skip


def offered(premises: Iterable[ScoredPremise]) -> tuple[Premise, ...]:
    """Retrieved premises as a record keeps them: statements on one line. The module tells what is
    the library's, which the rules use otherwise than what stands in the theorem's own file."""
    return tuple(Premise(s.premise.name, " ".join(s.premise.statement.split()),
                         s.premise.module, kind=s.premise.kind) for s in premises)


def _premise(premise: Premise) -> dict[str, str]:
    found = {"name": premise.name, "statement": premise.statement, "module": premise.module,
             "kind": premise.kind}
    return {k: v for k, v in found.items() if v and (k, v) != ("kind", "theorem")}


def write_record(stream: TextIO, record: StateRecord) -> None:
    """Append a record and force it out, so that a run that is killed loses at most a torn line."""
    stream.write(json.dumps(record.as_json(), ensure_ascii=False) + "\n")


def read_records(paths: Sequence[Path], *, split: str | None = "train") -> list[StateRecord]:
    """The records of JSON-lines files; a torn last line is left out.

    Raises:
        InputError: with file and line, for what is no record, or is of another ``split``.
    """
    found = [record for path in paths for record in _read(path, split)]
    if not found:
        raise InputError("no training records", file=paths[0] if paths else None, remedy=_REMEDY)
    return found


def _read(path: Path, split: str | None) -> Iterator[StateRecord]:
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    record = record_of(json.loads(line))
                except (ValueError, KeyError, TypeError) as problem:
                    if not line.endswith("\n"):
                        return
                    raise InputError(f"not a training record: {problem}", file=path, line=number,
                                     remedy=_REMEDY) from problem
                if split is not None and record.split != split:
                    raise InputError(
                        f"a record of the split {record.split!r}: only {split!r} is learnt from",
                        file=path, line=number, remedy="leave such records out")
                yield record
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", file=path) from problem
    except UnicodeDecodeError as problem:
        raise InputError("not UTF-8 text", file=path, remedy=_REMEDY) from problem


def record_of(data: dict[str, Any]) -> StateRecord:
    """The record that a JSON object stands for. Raises `KeyError`, `TypeError`, `ValueError`."""
    tries = tuple(Try(t["tactic"], t["outcome"], t.get("remaining")) for t in data["tries"])
    for tried in tries:
        if tried.outcome not in _OUTCOMES:
            raise ValueError(f"unknown outcome {tried.outcome!r}")
    premises = tuple(Premise(p["name"], p["statement"], p.get("module", ""),
                             kind=p.get("kind", "theorem")) for p in data.get("premises", ()))
    return StateRecord(data["theorem"], data["goal"], tries, premises, data.get("module", ""),
                       data.get("split", "train"), data.get("source", ""),
                       int(data.get("depth", 0)))
