"""The kind ``saturate``: tasks from what follows from axioms."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from data.contracts import Batch, Column, Item, Score, item_random
from data.registry import option
from data.saturate import entailment, judging, reconstruction, saturation, selection
from data.saturate.chapters import Chapter, draw_chapter
from data.saturate.drafts import Draft, NoTaskError, Task
from data.saturate.saturation import Work
from data.saturate.theories import Theory, own_theories, own_theory, read_theory
from data.saturate.wording import Rendering, prompt, written
from prover.contracts import InputError
from prover.environments.fol.syntax import Problem
from prover.environments.fol.tptp import format_problem

MAX_DEPTH, MAX_DISTRACTORS, MAX_CLAUSES = 12, 30, 5000
_USUAL_DEPTH, _USUAL_DISTRACTORS = 6, 8
# So many indices in a row draw from one chapter: to saturate takes longer than to make an item.
_CHAPTER = 64
_DERIVED = 6  # clauses that E may derive for each that it works through


@dataclass(frozen=True)
class SaturateKind:
    """Entailment, premise selection and proof reconstruction; see `data.saturate`."""

    theories: tuple[str, ...] | None = option(
        None, f"sets of axioms of {', '.join(own_theories())}; all, or none where axioms are given")
    axioms: tuple[str, ...] = option((), "TPTP files of axioms")
    tasks: tuple[str, ...] = option(tuple(Task), "what is asked: " + ", ".join(Task))
    renderings: tuple[str, ...] = option(tuple(Rendering), "how formulas are written")
    depth: int | None = option(None, f"inferences that are missing, 1 to {MAX_DEPTH}; "
                                     f"1 to {_USUAL_DEPTH} if not given")
    distractors: int | None = option(None, f"premises too many, 0 to {MAX_DISTRACTORS}; up to "
                                           f"{_USUAL_DISTRACTORS} if not given")
    share: float = option(0.3, "of the statements derived, the most interesting ones kept, 0 to 1")
    clauses: int = option(400, f"clauses that E works through, 50 to {MAX_CLAUSES}")

    name: ClassVar[str] = "saturate"
    summary: ClassVar[str] = "what follows from axioms: entailment, premises needed, proof steps"
    licence: ClassVar[str] = "Apache-2.0"
    revision: ClassVar[int] = 1
    columns: ClassVar[Mapping[str, Column]] = {
        "task": Column.STRING, "theory": Column.STRING, "rendering": Column.STRING,
        "readable": Column.STRINGS, "readable_goal": Column.STRING, "problem": Column.STRING,
        "label": Column.STRING, "given": Column.INTEGERS, "depth": Column.INTEGER,
        "distractors": Column.INTEGER, "interest": Column.NUMBER, "evidence": Column.STRING,
    }  # fmt: skip

    def __post_init__(self) -> None:
        for what, given, known in (
            ("theory", self.theories or (), own_theories()), ("task", self.tasks, tuple(Task)),
            ("rendering", self.renderings, tuple(Rendering)),
        ):  # fmt: skip
            if unknown := [name for name in given if name not in known]:
                raise InputError(f"there is no {what} {unknown[0]!r}",
                                 remedy=f"there are {', '.join(known)}")
        if not self.tasks or not self.renderings:
            raise InputError("at least one task and one rendering are needed")
        for name, value, least, most in (
            ("depth", self.depth, 1, MAX_DEPTH), ("share", self.share, 0.01, 1),
            ("distractors", self.distractors, 0, MAX_DISTRACTORS),
            ("clauses", self.clauses, 50, MAX_CLAUSES),
        ):  # fmt: skip
            if value is not None and not least <= value <= most:
                raise InputError(f"{name} {value} is not between {least} and {most}")

    @property
    def size(self) -> int | None:
        return None

    def sources(self) -> tuple[Theory, ...]:
        """The sets of axioms. Raises `InputError` for a file of the user's that is not one."""
        own = self.theories if self.theories is not None else () if self.axioms else own_theories()
        return (*map(own_theory, own), *(read_theory(Path(path)) for path in self.axioms))

    def versions(self) -> dict[str, str]:
        files = {f"axioms {theory.name}": theory.sha256[:16] for theory in self.sources()}
        return {"eprover": saturation.version(), **judging.versions(), **files}

    def open(self, seed: int) -> _Producer:
        return _Producer(self, seed, self.sources())

    def score(self, record: Mapping[str, Any], answer: str) -> Score:
        judges = {
            Task.ENTAILMENT: entailment.score, Task.SELECTION: selection.score,
            Task.RECONSTRUCTION: reconstruction.score,
        }  # fmt: skip
        return judges[Task(record["task"])](record, answer)


@dataclass
class _Producer:
    kind: SaturateKind
    seed: int
    theories: Sequence[Theory]
    _open: tuple[int, Chapter] | None = field(default=None, init=False)

    def produce(self, index: int) -> Batch:
        rng = item_random(self.kind.name, self.seed, index)
        chapter = self._chapter(index // _CHAPTER)
        if not chapter.theorems:
            return Batch(rejected={"nothing of interest follows": 1})
        try:
            draft = self._draft(rng, chapter)
        except NoTaskError as reason:
            return Batch(rejected={str(reason): 1})
        rendering = Rendering(rng.choice(self.kind.renderings))
        return Batch((_item(draft, rendering, chapter.theory),))

    def close(self) -> None:
        """The provers end with the process."""

    def _chapter(self, number: int) -> Chapter:
        if self._open is None or self._open[0] != number:
            rng = item_random(f"{self.kind.name} chapter", self.seed, number)
            work = Work(self.kind.clauses, _DERIVED * self.kind.clauses)
            chapter = draw_chapter(rng, rng.choice(self.theories), work, self.kind.share)
            self._open = number, chapter
        return self._open[1]

    def _draft(self, rng: random.Random, chapter: Chapter) -> Draft:
        kind, usual = self.kind, (rng.randint(1, _USUAL_DEPTH), rng.randint(0, _USUAL_DISTRACTORS))
        depth = kind.depth if kind.depth is not None else usual[0]
        distractors = kind.distractors if kind.distractors is not None else usual[1]
        match Task(rng.choice(kind.tasks)):
            case Task.ENTAILMENT:
                return entailment.draw(rng, chapter, depth, distractors, MAX_DEPTH)
            case Task.SELECTION:
                return selection.draw(rng, chapter, depth, distractors, MAX_DEPTH)
            case Task.RECONSTRUCTION:
                return reconstruction.draw(rng, chapter, depth, MAX_DEPTH)


def _item(draft: Draft, rendering: Rendering, theory: Theory) -> Item:
    named = [(f"s{n}", s.formula) for n, s in enumerate(draft.statements, start=1)]
    pictures = theory.pictures
    lines = sorted(map(str, draft.statements))
    return Item(
        topic=f"{draft.task}/{theory.name}", family=f"{theory.name}: {draft.theorem}",
        difficulty=draft.difficulty, prompt=prompt(draft, rendering, pictures),
        answer=draft.answer, identity="\n".join([draft.task, str(draft.goal), *lines]),
        content="\n".join([*lines, f"{draft.task} {draft.goal}"]),
        fields={
            "task": str(draft.task), "theory": theory.name, "rendering": str(rendering),
            "readable": [written(s, Rendering.MATHEMATICS, pictures) for s in draft.statements],
            "readable_goal": written(draft.goal, Rendering.MATHEMATICS, pictures),
            "problem": format_problem(Problem.of(named, draft.goal.formula)),
            "label": draft.label, "given": list(draft.given), "depth": draft.depth,
            "distractors": draft.distractors, "interest": round(draft.interest, 4),
            "evidence": draft.evidence,
        },
    )  # fmt: skip
