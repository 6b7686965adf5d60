"""A run of exploration over many theorems: resumable, one line a state.

The folder has ``records.jsonl`` (see `prover.training.records`) and ``done.txt``, the theorems that
are finished, each added after its records. What a killed run leaves of a theorem that is not in
``done.txt`` is dropped by the next. For the library, the pool is there, too: ``problems.jsonl``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from prover.contracts import InputError, LemmaError
from prover.environments.lean.environment import LeanEnvironment
from prover.evaluation.core_library import Split
from prover.files import alone_in, make_folder, replace_text
from prover.training.exploration import Explorer, Plan
from prover.training.library_pool import Offers, library_pool, theorems_of
from prover.training.records import StateRecord, write_record

RECORDS, DONE, PROBLEMS = "records.jsonl", "done.txt", "problems.jsonl"


@dataclass
class Tally:
    """What a collection has so far."""

    theorems: int = 0
    proved: int = 0
    states: int = 0
    tries: int = 0


@dataclass(frozen=True)
class Item:
    """A theorem that is ready to be explored."""

    name: str
    explore: Callable[[], list[StateRecord]]


class Source(Protocol):
    """Where theorems come from."""

    def items(self, done: Container[str]) -> Generator[Item, None, None]:
        """Those whose names are not in ``done``; closing the generator ends its prover."""


class LibrarySource:
    """Theorems of Lean's library, module by module, in one Lean process.

    Args:
        problems: a file for the pool, see `library_pool`.
        shard: part ``(i, n)`` of the modules.
    """

    def __init__(
        self, problems: Path, *, split: Split = "train", seed: int = 0, plan: Plan | None = None,
        shard: tuple[int, int] = (1, 1),
    ) -> None:
        self._problems, self._split, self._seed = problems, split, seed
        self._plan, self._shard = plan or Plan(), shard

    def items(self, done: Container[str]) -> Generator[Item, None, None]:
        """See `Source`."""
        chunks = library_pool(self._problems, self._split, seed=self._seed)
        with LeanEnvironment(tactic_seconds=self._plan.seconds) as environment:
            explorer = Explorer(environment, Offers(), self._plan, seed=self._seed)
            for chunk in chunks[self._shard[0] - 1 :: self._shard[1]]:
                todo = [entry for entry in chunk if entry.record.name not in done]
                for entry, theorem in theorems_of(todo, environment):
                    yield Item(entry.record.name, partial(
                        explorer.explore, theorem, entry.split, entry.module))


class Collection:
    """A collection in a folder.

    Args:
        folder: made if it does not exist; what is there is gone on with.
        source: what is explored.
        shard: part ``(i, n)`` of it, counted from 1, for several processes: a file of its own.
    """

    def __init__(self, folder: Path, source: Source, *, shard: tuple[int, int] = (1, 1)) -> None:
        make_folder(folder)
        self._source, self._folder = source, folder
        self._part = part = "" if shard == (1, 1) else f"-{shard[0]}of{shard[1]}"
        self._records = folder / RECORDS.replace(".", f"{part}.")
        self._done = folder / DONE.replace(".", f"{part}.")
        self.tally = Tally()

    def run(self, most: int, told: Callable[[str, Tally], None]) -> Tally:
        """Explore until ``most`` theorems are done in all; ``told`` hears of each.

        Raises:
            LemmaError: there is no Lean; a problem cannot be read; another run works here.
        """
        with alone_in(self._folder, self._part):
            done = self._resumed()
            with closing(self._source.items(done)) as items:
                for item in items:
                    if self.tally.theorems >= most:
                        break
                    self._explore(item)
                    told(item.name, self.tally)
        return self.tally

    def _explore(self, item: Item) -> None:
        try:
            records = item.explore()
        except InputError:
            records = []
        except LemmaError:
            records = []  # the prover died on it: another process goes on with the next
        with self._records.open("a", encoding="utf-8") as stream:
            for record in records:
                write_record(stream, record)
        with self._done.open("a", encoding="utf-8") as stream:
            stream.write(item.name + "\n")
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
