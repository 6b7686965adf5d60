"""What retrievers learn from: goals, and the premises that their proofs used.

The file format is JSONL, one object a line, the same for library proofs, for proofs that the agent
found itself, for mutations and for derivations:

* ``positives`` (or ``premises``): the names of the premises that the proof used.
* ``name``: the theorem's name. If the library has a premise of this name, the theorem *stands* in
  the library: what comes before it is accessible to it, and nobody who stands before it learns
  from its proof.
* ``goal``: the goal as printed. It may be left out for a theorem that stands in the library.
* ``module`` and ``position``: where a theorem that is not in the library stands.
* ``accessible``: the names of the premises that the goal may use. Left out, the place decides:
  what is before it is accessible; a goal without a place may use everything.

Other fields are allowed and ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.contracts import Mask, RetrievalError
from retrieval.corpus import Corpus


@dataclass(frozen=True)
class Example:
    """A goal (as printed) and the names of the premises that its proof used.

    ``in_library`` says that the theorem itself stands in the library under ``name``; ``module``
    and ``position`` say where it stands otherwise. ``accessible`` is None where the place decides.
    """

    goal: str
    positives: tuple[str, ...]
    name: str = ""
    in_library: bool = False
    module: str | None = None
    position: int = 0
    accessible: tuple[str, ...] | None = None

    def mask(self, corpus: Corpus) -> Mask:
        """What the goal may use, shape [premises of ``corpus``].

        Raises:
            RetrievalError: it is to stand in a module that the corpus does not have.
        """
        import numpy as np

        own = corpus.ids(self.name) if self.in_library else ()
        if self.accessible is not None:
            mask = np.zeros(len(corpus), dtype=np.bool_)
            mask[[i for name in self.accessible for i in corpus.ids(name)]] = True
            mask[list(own)] = False
            return mask
        if own:
            place = corpus.premises[own[0]]
            return corpus.graph.before(place.module, place.position)
        if self.module is not None:
            return corpus.graph.before(self.module, self.position)
        return np.ones(len(corpus), dtype=np.bool_)

    def as_json(self) -> dict[str, Any]:
        """The object of a line of the file."""
        fields: dict[str, Any] = {"name": self.name, "goal": self.goal,
                                  "positives": list(self.positives)}
        if self.in_library:
            fields["in_library"] = True
        if self.module is not None:
            fields |= {"module": self.module, "position": self.position}
        if self.accessible is not None:
            fields["accessible"] = list(self.accessible)
        return fields


def read_examples(path: Path, library: Corpus | None = None) -> list[Example]:
    """The examples of a file, those without a single positive left out.

    With ``library`` theorems that stand in it are recognised, and their statement is the goal
    where none is given; without it, what the lines say is believed.

    Raises:
        RetrievalError: the file cannot be read, or a line is not an example.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise RetrievalError(f"cannot be read: {problem}", file=path) from problem
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            example = _example(json.loads(line), library)
        except (ValueError, TypeError) as problem:
            raise RetrievalError(
                f"not an example: {problem}", file=path, line=number,
                remedy='write {"goal": …, "positives": [names]}, or "name" instead of "goal" for '
                "a theorem of the library",
            ) from problem
        if example.positives:
            found.append(example)
    if not found:
        raise RetrievalError("there is no example with a used premise", file=path)
    return found


def write_examples(path: Path, examples: Iterable[Example]) -> None:
    """Write a file that `read_examples` reads."""
    lines = [json.dumps(example.as_json(), ensure_ascii=False) for example in examples]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def _example(record: Any, library: Corpus | None) -> Example:
    if not isinstance(record, dict):
        raise TypeError("not an object")
    name = record.get("name", "")
    if not isinstance(name, str):
        raise TypeError("name is not a text")
    positives = record["positives"] if "positives" in record else record.get("premises")
    if positives is None:
        raise ValueError("it has no positives")
    own = () if library is None or not name else library.ids(name)
    goal = record.get("goal")
    if goal is None and own and library is not None:
        goal = library.premises[own[0]].statement
    if not isinstance(goal, str) or not goal.strip():
        raise ValueError(f"it has no goal, and the library has no premise {name!r}")
    accessible = record.get("accessible")
    return Example(
        goal, _names(positives), name,
        in_library=bool(own if library is not None else record.get("in_library")),
        module=record.get("module"), position=int(record.get("position", 0)),
        accessible=None if accessible is None else _names(accessible),
    )


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or not all(isinstance(name, str) for name in value):
        raise TypeError("names must be a list of texts")
    return tuple(dict.fromkeys(value))
