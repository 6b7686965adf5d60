"""A search that was interrupted, kept so that another run can go on with it.

What is kept is what the strategy knows and which tactics are still to be tried. Proof states are
not: they are made again, when they are needed, by the tactics that led to them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prover.contracts import LemmaError, Proposal, Theorem
from prover.files import replace_text
from prover.proposing import Offer
from prover.workplace import CannotResumeError, Lost, names
from search.contracts import State, Strategy

if TYPE_CHECKING:
    from prover.search_loop import Search

VERSION = 1
EVERY_SECONDS = 20.0
"""How often a search at work is kept, so that a process that is killed loses little."""

SEARCHES = "searches"
"""The folder of kept searches inside the folder of a run."""


@dataclass(frozen=True)
class Checkpoint:
    """The file of one theorem's search.

    ``fingerprint`` is what has to be the same for a search to be gone on with: everything that
    its outcome depends on.
    """

    path: Path
    fingerprint: str

    def read(self) -> dict[str, Any] | None:
        """What was kept, if it fits."""
        try:
            saved = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        fits = isinstance(saved, dict) and saved.get("version") == VERSION \
            and saved.get("fingerprint") == self.fingerprint
        return saved if fits else None

    def write(self, search: Mapping[str, Any]) -> None:
        """Keep a search. Raises `LemmaError` if that is not possible."""
        record = {"version": VERSION, "fingerprint": self.fingerprint, **search}
        try:
            replace_text(self.path, json.dumps(record, ensure_ascii=False))
        except OSError as problem:
            raise LemmaError(f"the search cannot be kept: {problem.strerror or problem}",
                             file=self.path) from problem

    def remove(self) -> None:
        """Forget the search, if there is one."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Checkpoints:
    """A folder of interrupted searches.

    ``options`` is what the outcome of a search depends on beside the theorem: generator,
    strategy, seed, widths.
    """

    folder: Path
    options: str

    def of(self, theorem: Theorem, theory: str) -> Checkpoint:
        """The checkpoint of a theorem; ``theory`` says what its goals are about, and who guides
        the search."""
        identity = f"{theorem.file}\0{theorem.name}"
        digest = blake2b(identity.encode(), digest_size=4).hexdigest()
        plain = re.sub(r"[^\w.-]", "_", theorem.name)[:80]
        fingerprint = "\0".join((self.options, theory, theorem.statement))
        return Checkpoint(self.folder / f"{plain}.{digest}.json",
                          blake2b(fingerprint.encode(), digest_size=16).hexdigest())


class Keeper:
    """Writes a search at work from time to time.

    Taking and writing a large one costs seconds: it is done so seldom that it takes a twentieth
    of the time at most. A write that fails is left to the last one, which says why.
    """

    _SHARE = 20.0

    def __init__(
        self, checkpoint: Checkpoint, take: Callable[[], Mapping[str, Any]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._checkpoint, self._take, self._clock = checkpoint, take, clock
        self._next = clock() + EVERY_SECONDS

    def perhaps(self) -> None:
        """Write if it is time to; to be called between two turns of the search."""
        started = self._clock()
        if started < self._next:
            return
        with suppress(LemmaError):
            self._checkpoint.write(self._take())
        ended = self._clock()
        self._next = ended + max(EVERY_SECONDS, self._SHARE * (ended - started))


def forget_all(folder: Path) -> None:
    """Remove every kept search of a folder."""
    for path in folder.glob("*.json"):
        path.unlink(missing_ok=True)


def snapshot(search: Search, strategy: Strategy) -> dict[str, Any]:
    """A search as a value that JSON can hold."""
    return {
        "strategy": strategy.save(),
        "names": [list(names(search.states[node]))
                  for node in range(len(search.states))],
        "proved": search.proved,
        "offers": [[node, [[p.tactic, p.log_prob, p.origin] for p in offer.proposals],
                    list(offer.premises), offer.skipped, offer.total]
                   for node, offer in search.offers.items()],
    }


def restore(search: Search, strategy: Strategy, saved: Mapping[str, Any]) -> None:
    """Put a new search where the kept one was.

    Raises:
        CannotResumeError: the strategy does not accept it.
    """
    try:
        called = [tuple(found) for found in saved["names"]]
        strategy.load(saved["strategy"],
                      lambda node: Lost(called[node], partial(_route, strategy, node)))
        search.proved = list(saved["proved"])
        for node, proposals, premises, skipped, total in saved["offers"]:
            left = tuple(Proposal(*proposal) for proposal in proposals)
            search.offers[node] = Offer(left, tuple(premises), skipped, 0, total)
    except (KeyError, IndexError, TypeError, ValueError) as problem:
        raise CannotResumeError(f"the kept search does not fit: {problem}") from problem
    search.states = {node: strategy.state(node) for node in range(len(called))}
    search.workplace.restore(list(search.states.values()))
    search.progress.nodes, search.progress.proved = len(called), len(search.proved)


def _route(strategy: Strategy, node: int) -> list[tuple[State, str, int]]:
    return [(strategy.state(step.node), step.tactic, step.child) for step in strategy.route(node)]
