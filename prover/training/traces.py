"""Training records from searches: what ``lemma prove --trace`` and ``lemma eval`` have seen.

Every expanded node of a search is a state with its tries. ``remaining`` is known where a search
found a proof: for a tactic whose children were all proved, the tactics of their smallest proofs
added up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from prover.contracts import InputError
from prover.events import Attempt, Checked, Expanded, Opened, Reached
from prover.trace import read_trace
from prover.training.records import CLOSED, FAILED, GOALS, StateRecord, Try
from retrieval.contracts import Premise

ModuleOf = Callable[[str], tuple[str, str]]
"""For a theorem's name, its module and split."""

StatementOf = Callable[[str], str]
"""What a premise states; "" where that is not known."""

_FIRST_ORDER = (".p", ".tptp")


@dataclass
class _Search:
    """One theorem of a trace; nodes are numbered anew with each attempt at it."""

    attempt: int = 0
    refused: bool = False
    goals: dict[tuple[int, int], str] = field(default_factory=dict)
    depths: dict[tuple[int, int], int] = field(default_factory=dict)
    attempts: dict[tuple[int, int], list[Attempt]] = field(default_factory=dict)
    premises: dict[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)

    def hear(self, event: object) -> None:
        match event:
            case Opened(attempt=attempt):
                self.attempt = attempt
            case Reached(node=node, goals=goals, depth=depth) if goals:
                self.goals[self.attempt, node] = goals[0]
                self.depths[self.attempt, node] = depth
            case Expanded():
                key = self.attempt, event.node
                self.attempts.setdefault(key, []).extend(event.attempts)
                self.premises[key] = event.premises
            case Checked(accepted=accepted):
                self.refused = self.refused or not accepted
            case _:
                pass

    def remaining(self) -> dict[tuple[int, int], int]:
        """For each proved node the size of its smallest proof, as a least fixed point."""
        best: dict[tuple[int, int], int] = {}
        changed = True
        while changed:
            changed = False
            for key, attempts in self.attempts.items():
                sizes = [s for a in attempts if (s := self.after(key, a, best)) is not None]
                if sizes and min(sizes) + 1 < best.get(key, 10**9):
                    best[key] = min(sizes) + 1
                    changed = True
        return best

    @staticmethod
    def after(
        key: tuple[int, int], attempt: Attempt, best: dict[tuple[int, int], int]
    ) -> int | None:
        """How many tactics are needed after one, if its children are proved."""
        if attempt.children is None:
            return None
        sizes = [best.get((key[0], child)) for child in attempt.children]
        return None if None in sizes else sum(s for s in sizes if s is not None)


def records_of_trace(
    path: Path, module_of: ModuleOf, statement_of: StatementOf
) -> Iterator[StateRecord]:
    """The records of a trace. Theorems whose proof the checker refused are left out.

    Raises:
        InputError: the file is no trace.
    """
    searches: dict[tuple[str, str, int | None], _Search] = {}
    for record in read_trace(path):
        key = record.file, record.theorem, record.line
        searches.setdefault(key, _Search()).hear(record.event)
    for (file, theorem, _), search in searches.items():
        if search.refused:
            continue
        world = "fol" if file.endswith(_FIRST_ORDER) else "lean"
        module, split = module_of(theorem)
        best = search.remaining()
        for place, attempts in search.attempts.items():
            if place not in search.goals:
                continue
            tries = [_try(place, attempt, best) for attempt in attempts]
            named = (Premise(name, statement_of(name), module_of(name)[0])
                     for name in search.premises[place])
            yield StateRecord(
                theorem, search.goals[place], tuple(tries), tuple(named), module, split,
                f"{world} search", search.depths[place])


def _try(key: tuple[int, int], attempt: Attempt, best: dict[tuple[int, int], int]) -> Try:
    if attempt.children is None:
        return Try(attempt.tactic, FAILED)
    outcome = GOALS if attempt.children else CLOSED
    return Try(attempt.tactic, outcome, _Search.after(key, attempt, best))


def trace_files(path: Path) -> list[Path]:
    """The traces of a file or of the folder of a run. Raises `InputError` if there are none."""
    found = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
    if path.is_dir():
        traces = path / "traces"
        found = sorted(traces.glob("*.jsonl")) if traces.is_dir() else found
    if not found:
        raise InputError("no traces here", file=path,
                         remedy="lemma prove --trace FILE, or lemma eval --html FILE, write them")
    return found
