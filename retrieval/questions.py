"""What a retriever is measured on: goals with the premises that their proofs really used.

Two forms are read:

* JSON lines with ``name``, ``premises`` (names of those used) and either ``goal`` (or
  ``conjecture``) or, where the theorem is itself a premise of the corpus, nothing: its statement
  is the goal then. ``accessible`` (names), or ``module`` and ``position``, say what may be
  offered; without them it is what stands before the theorem, or everything but itself.
* LeanDojo Benchmark's ``train.json`` and its like: a list of theorems with ``traced_tactics``;
  each tactic that uses premises is a question.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.contracts import Mask, RetrievalError
from retrieval.corpus import Corpus, leandojo_position


@dataclass(frozen=True)
class Question:
    """A goal and the ids of the premises that were used for it.

    ``place`` is the module and the position at which it is asked; where it is None,
    ``accessible`` has the ids that may be offered (None: all).
    """

    name: str
    goal: str
    used: tuple[int, ...]
    place: tuple[str, int] | None = None
    accessible: frozenset[int] | None = None

    def mask(self, corpus: Corpus) -> Mask | None:
        """What may be offered."""
        if self.place is not None:
            return corpus.graph.before(*self.place)
        if self.accessible is None:
            return None
        import numpy as np

        mask = np.zeros(len(corpus), dtype=np.bool_)
        mask[list(self.accessible)] = True
        return mask


@dataclass(frozen=True)
class Questions:
    """What a file asks, and how many used premises are not in the corpus or not accessible where
    they were used (they are left out)."""

    asked: tuple[Question, ...]
    unknown: int = 0
    inaccessible: int = 0


def read_questions(path: Path, corpus: Corpus) -> Questions:
    """The questions of a file about ``corpus``.

    Raises:
        RetrievalError: with file and line, when it has neither of the two forms.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise RetrievalError(f"cannot be read: {problem}", file=path) from problem
    reader = _Reader(corpus)
    if text.lstrip().startswith("["):
        found = list(reader.leandojo(_parsed(text, path, None), path))
    else:
        found = [reader.line(_parsed(line, path, number), path, number)
                 for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not found:
        raise RetrievalError("no questions in this file", file=path)
    return Questions(tuple(found), reader.unknown, reader.inaccessible)


def _parsed(text: str, path: Path, line: int | None) -> Any:
    try:
        return json.loads(text)
    except ValueError as problem:
        raise RetrievalError(f"not JSON: {problem}", file=path, line=line) from problem


class _Reader:
    """Turns records into questions and counts what it has to leave out."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus, self.unknown, self.inaccessible = corpus, 0, 0

    def line(self, record: Any, path: Path, number: int) -> Question:
        """A line of the first form."""
        try:
            name, used = record["name"], list(map(str, record["premises"]))
            goal = record.get("goal") or record.get("conjecture")
            own = self._corpus.ids(name)
            if goal is None:
                if not own:
                    raise RetrievalError(f"{name} has no goal and is no premise of the corpus",
                                         file=path, line=number)
                goal = self._corpus.premises[own[0]].statement
            place = self._place(record, own)
            listed = record.get("accessible")
        except (KeyError, TypeError, AttributeError, ValueError) as problem:
            raise RetrievalError(f"not a question: {problem!r}", file=path, line=number,
                                 remedy="give name, goal and premises") from problem
        accessible = None if listed is None else frozenset(
            i for each in listed for i in self._corpus.ids(each))
        if listed is not None:
            place = None
        elif place is None and own:
            accessible = frozenset(range(len(self._corpus))).difference(own)
        return self._question(name, str(goal), self._named(used), place, accessible)

    def _place(
        self, record: Mapping[str, Any], own: Sequence[int]
    ) -> tuple[str, int] | None:
        module = record.get("module")
        if module in self._corpus.imports:
            return module, int(record.get("position", 0))
        if own:
            premise = self._corpus.premises[own[0]]
            return premise.module, premise.position
        return None

    def _named(self, names: Sequence[str]) -> list[int]:
        found: list[int] = []
        for name in dict.fromkeys(names):
            ids = self._corpus.ids(name)
            self.unknown += not ids
            found += ids[:1]
        return found

    def leandojo(self, theorems: Any, path: Path) -> Iterator[Question]:
        """The tactics of LeanDojo Benchmark's theorems."""
        for index, theorem in enumerate(theorems):
            try:
                place = theorem["file_path"], leandojo_position(theorem["start"])
                for number, tactic in enumerate(theorem["traced_tactics"]):
                    used = self._located(tactic["annotated_tactic"][1])
                    if used and place[0] in self._corpus.imports:
                        yield self._question(f"{theorem['full_name']}#{number}",
                                             tactic["state_before"], used, place, None)
            except (KeyError, TypeError, ValueError, IndexError) as problem:
                raise RetrievalError(
                    f"theorem {index} is not as in LeanDojo Benchmark: {problem!r}",
                    file=path) from problem

    def _located(self, provenances: Sequence[Mapping[str, Any]]) -> list[int]:
        """The ids of used premises: by name, in the file where they are defined."""
        found: dict[int, None] = {}
        for provenance in provenances:
            ids = [i for i in self._corpus.ids(provenance["full_name"])
                   if self._corpus.premises[i].module == provenance["def_path"]]
            self.unknown += not ids
            found.update(dict.fromkeys(ids))
        return list(found)

    def _question(
        self, name: str, goal: str, used: Sequence[int], place: tuple[str, int] | None,
        accessible: frozenset[int] | None,
    ) -> Question:
        question = Question(name, goal, (), place, accessible)
        mask = question.mask(self._corpus)
        allowed = tuple(i for i in used if mask is None or mask[i])
        self.inaccessible += len(used) - len(allowed)
        return Question(name, goal, allowed, place, accessible)
