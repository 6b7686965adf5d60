"""What retrievers learn from: goals, and the premises that their proofs used.

They come from files that `retrieval.questions` reads: library proofs, proofs that the agent found
itself, mutations and derivations, one JSON object a line, or LeanDojo Benchmark. A trained ranker
keeps its examples by name, so that it can be used with another corpus.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.contracts import Mask, RetrievalError
from retrieval.corpus import Corpus
from retrieval.questions import Question, read_questions


@dataclass(frozen=True)
class Example:
    """A goal (as printed) and the names of the premises that its proof used.

    ``in_library`` says that the theorem itself is a premise, under ``name``; else ``module`` and
    ``position`` may say where it stands. ``accessible`` is None where the place decides.
    """

    name: str
    goal: str
    premises: tuple[str, ...]
    in_library: bool = False
    module: str | None = None
    position: int = 0
    accessible: tuple[str, ...] | None = None

    @classmethod
    def of(cls, question: Question, corpus: Corpus) -> Example:
        """A question about ``corpus`` whose answer is known."""
        def names(ids: Iterable[int]) -> tuple[str, ...]:
            return tuple(corpus.premises[i].name for i in ids)

        own = corpus.ids(question.name)
        module, position = question.place or (None, 0)
        accessible = question.accessible
        if own and accessible is not None and len(accessible) == len(corpus) - len(own):
            accessible = None  # everything but itself, as for every theorem of a library
        return cls(question.name, question.goal, names(question.used), bool(own), module, position,
                   None if accessible is None else names(sorted(accessible)))

    def mask(self, corpus: Corpus) -> Mask:
        """What the goal may use, shape [premises of ``corpus``]; never the theorem itself."""
        import numpy as np

        own = list(corpus.ids(self.name)) if self.in_library else []
        mask = np.zeros(len(corpus), dtype=np.bool_)
        if self.accessible is not None:
            mask[[i for name in self.accessible for i in corpus.ids(name)]] = True
        elif own:
            place = corpus.premises[own[0]]
            return corpus.graph.before(place.module, place.position)
        elif self.module in corpus.imports:
            return corpus.graph.before(self.module, self.position)
        else:
            mask[:] = True
        mask[own] = False
        return mask

    def used(self, corpus: Corpus) -> list[int]:
        """The ids of its premises, ascending."""
        return sorted({i for name in self.premises for i in corpus.ids(name)})


def examples_from(paths: Sequence[Path], corpus: Corpus) -> list[Example]:
    """The examples of files about ``corpus`` (see `retrieval.questions`); goals whose proofs used
    no premise that was accessible to them are left out.

    Raises:
        RetrievalError: a file cannot be read, or there is no example in any of them.
    """
    asked = [question for path in paths for question in read_questions(path, corpus).asked]
    found = [Example.of(question, corpus) for question in asked if question.used]
    if not found:
        raise RetrievalError(
            "no goal uses a premise of the corpus that is accessible to it",
            file=paths[0] if paths else None, remedy="give the corpus that the proofs are from")
    return found


# ------------------------------------------------------------------------ as saved with a ranker


def write_examples(path: Path, examples: Iterable[Example]) -> None:
    """Write examples so that `read_examples` gives them back."""
    with path.open("w", encoding="utf-8") as stream:
        for example in examples:
            record: dict[str, Any] = {"name": example.name, "goal": example.goal,
                                      "premises": example.premises}
            if example.in_library:
                record["in_library"] = True
            if example.module is not None:
                record |= {"module": example.module, "position": example.position}
            if example.accessible is not None:
                record["accessible"] = example.accessible
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")


def read_examples(path: Path) -> list[Example]:
    """What `write_examples` wrote.

    Raises:
        RetrievalError: with file and line, if it is not there or not that.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise RetrievalError(f"cannot be read: {problem}", file=path) from problem
    return [_saved(path, number, line) for number, line in enumerate(lines, 1)]


def _saved(path: Path, number: int, line: str) -> Example:
    try:
        record = json.loads(line)
        accessible = record.get("accessible")
        return Example(
            str(record["name"]), str(record["goal"]), tuple(map(str, record["premises"])),
            in_library=bool(record.get("in_library")), module=record.get("module"),
            position=int(record.get("position", 0)),
            accessible=None if accessible is None else tuple(map(str, accessible)),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise RetrievalError(f"not an example: {problem!r}", file=path, line=number,
                             remedy="train the ranker again") from problem
