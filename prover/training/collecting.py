"""A run of exploration over the library: resumable, one line a state, one Lean process.

The folder has ``problems.jsonl`` (the pool), ``records.jsonl`` (see `prover.training.records`) and
``done.txt``, the theorems that are finished, each added after its records. What a killed run
leaves of a theorem that is not in ``done.txt`` is dropped by the next.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prover.contracts import InputError, LemmaError
from prover.environments.lean.environment import LeanEnvironment
from prover.evaluation.core_library import Split
from prover.files import replace_text
from prover.training.exploration import Explorer, Plan
from prover.training.library_pool import Offers, PoolEntry, library_pool, theorems_of
from prover.training.records import write_record
from prover.training.templates import Templates

RECORDS, DONE, PROBLEMS = "records.jsonl", "done.txt", "problems.jsonl"


@dataclass
class Tally:
    """What a collection has so far."""

    theorems: int = 0
    proved: int = 0
    states: int = 0
    tries: int = 0


class Collection:
    """A collection in a folder.

    Args:
        folder: made if it does not exist; what is there is gone on with.
        shard: part ``(i, n)`` of the modules, counted from 1, for several processes.
    """

    def __init__(
        self, folder: Path, *, split: Split = "train", seed: int = 0, plan: Plan | None = None,
        shard: tuple[int, int] = (1, 1),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._split, self._seed = folder, split, seed
        self._plan, self._shard = plan or Plan(), shard
        part = "" if shard == (1, 1) else f"-{shard[0]}of{shard[1]}"
        self._records = folder / RECORDS.replace(".", f"{part}.")
        self._done = folder / DONE.replace(".", f"{part}.")
        self.tally = Tally()

    def run(self, most: int, told: Callable[[str, Tally], None]) -> Tally:
        """Explore until ``most`` theorems are done in all; ``told`` hears of each.

        Raises:
            LemmaError: there is no Lean.
        """
        done = self._resumed()
        chunks = library_pool(self._folder / PROBLEMS, self._split, seed=self._seed)
        mine = chunks[self._shard[0] - 1 :: self._shard[1]]
        templates, offers = Templates(self._seed), Offers()
        with LeanEnvironment(tactic_seconds=self._plan.seconds) as environment:
            explorer = Explorer(environment, offers, self._plan, seed=self._seed,
                                templates=templates)
            for chunk in mine:
                todo = [e for e in chunk if e.record.name not in done]
                for entry, theorem in theorems_of(todo, environment):
                    if self.tally.theorems >= most:
                        return self.tally
                    self._explore(explorer, entry, theorem)
                    told(entry.record.name, self.tally)
        return self.tally

    def _explore(self, explorer: Explorer, entry: PoolEntry, theorem: Any) -> None:
        try:
            records = explorer.explore(theorem, entry.split, entry.module)
        except InputError:
            records = []
        except LemmaError:
            records = []  # the prover died on it: another process goes on with the next
        with self._records.open("a", encoding="utf-8") as stream:
            for record in records:
                write_record(stream, record)
        with self._done.open("a", encoding="utf-8") as stream:
            stream.write(entry.record.name + "\n")
        self.tally.theorems += 1
        self.tally.states += len(records)
        self.tally.tries += sum(len(r.tries) for r in records)
        self.tally.proved += any(r.depth == 0 and r.remaining is not None for r in records)

    def _resumed(self) -> set[str]:
        """The theorems that are finished; records of others, and torn lines, are dropped."""
        if not self._done.exists():
            self._records.unlink(missing_ok=True)
            return set()
        done = set(self._done.read_text(encoding="utf-8").split("\n")[:-1])
        kept = []
        for line in self._records.read_text(encoding="utf-8").split("\n")[:-1]:
            record = json.loads(line)
            if record["theorem"] in done:
                kept.append(line)
                self.tally.states += 1
                self.tally.tries += len(record["tries"])
                self.tally.proved += record["depth"] == 0 and any(
                    "remaining" in tried for tried in record["tries"])
        replace_text(self._records, "".join(line + "\n" for line in kept))
        self.tally.theorems = len(done)
        return done
