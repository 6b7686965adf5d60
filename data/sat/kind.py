"""The kind ``sat``: formulas at the border of satisfiability, as questions."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from data.contracts import Batch, Column, Item, Score, item_random
from data.registry import option
from data.sat import solving
from data.sat.answers import Naming, judge
from data.sat.families import FAMILIES, Instance, draw
from data.sat.formulas import Cnf
from data.sat.questions import Answer, Question, reference, verified
from data.sat.renderings import MAX_VARIABLES, Rendered, Rendering, answer_text, render
from prover.contracts import InputError

_DRAWS = 20


@dataclass(frozen=True)
class SatKind:
    """Questions on satisfiability, models, minimal unsatisfiable cores, maximal satisfiable
    subsets and maximum satisfiability; see `data.sat`."""

    families: tuple[str, ...] = option(tuple(FAMILIES), "families of formulas")
    questions: tuple[str, ...] = option(tuple(Question), "what is asked")
    renderings: tuple[str, ...] = option(tuple(Rendering), "how it is told")
    difficulty: float | None = option(None, "0 to 1, the size of the formulas; any if not given")

    name: ClassVar[str] = "sat"
    summary: ClassVar[str] = "satisfiability, models, cores and maximal subsets in five renderings"
    licence: ClassVar[str] = "Apache-2.0"
    revision: ClassVar[int] = 1
    columns: ClassVar[Mapping[str, Column]] = {
        "question": Column.STRING, "rendering": Column.STRING, "dimacs": Column.STRING,
        "satisfiable": Column.BOOLEAN, "variables": Column.INTEGER, "clauses": Column.INTEGER,
        "names": Column.STRINGS, "true_word": Column.STRING, "false_word": Column.STRING,
    }  # fmt: skip

    def __post_init__(self) -> None:
        for wanted, known, what in (
            (self.families, FAMILIES, "family"), (self.questions, list(Question), "question"),
            (self.renderings, list(Rendering), "rendering"),
        ):  # fmt: skip
            if unknown := [name for name in wanted if name not in known]:
                raise InputError(f"there is no {what} {unknown[0]!r}",
                                 remedy=f"there are {', '.join(known)}")
            if not wanted:
                raise InputError(f"at least one {what} is needed")
        if self.difficulty is not None and not 0 <= self.difficulty <= 1:
            raise InputError(f"a difficulty of {self.difficulty:g} is not between 0 and 1")

    @property
    def size(self) -> int | None:
        return None

    def versions(self) -> dict[str, str]:
        return {"python-sat": solving.version()}

    def open(self, seed: int) -> _Producer:
        return _Producer(self, seed)

    def score(self, record: Mapping[str, Any], answer: str) -> Score:
        naming = Naming(tuple(record["names"]), record["true_word"], record["false_word"],
                        record["rendering"] == Rendering.DUAL)
        cnf = Cnf.parse(record["dimacs"])
        return judge(Question(record["question"]), cnf, record["satisfiable"], naming, answer)


@dataclass(frozen=True)
class _Producer:
    kind: SatKind
    seed: int

    def produce(self, index: int) -> Batch:
        rng = item_random(self.kind.name, self.seed, index)
        question = Question(rng.choice(self.kind.questions))
        rendering = Rendering(rng.choice(self.kind.renderings))
        difficulty = self.kind.difficulty if self.kind.difficulty is not None else rng.random()
        instance = self._instance(rng, question, difficulty)
        if instance is None:
            return Batch(rejected={"no formula at the transition": 1})
        answer = reference(question, instance.cnf, instance.satisfiable, rng)
        if not verified(question, instance.cnf, answer):
            return Batch(rejected={"refused by the verifier": 1})
        rendered = render(instance.cnf, rendering, question, rng)
        return Batch((_item(instance, question, rendering, difficulty, answer, rendered),))

    def _instance(
        self, rng: random.Random, question: Question, difficulty: float
    ) -> Instance | None:
        satisfiable = question.polarity(rng)
        for _ in range(_DRAWS):
            family = FAMILIES[rng.choice(self.kind.families)]
            instance = draw(family, rng, difficulty, satisfiable)
            if instance is not None and instance.cnf.variables <= MAX_VARIABLES:
                return instance
        return None

    def close(self) -> None:
        """Nothing is open."""


def _item(
    instance: Instance, question: Question, rendering: Rendering, difficulty: float,
    answer: Answer, rendered: Rendered,
) -> Item:
    cnf = instance.cnf
    clauses = "\n".join(" ".join(map(str, sorted(clause, key=abs))) for clause in cnf.clauses)
    return Item(
        topic=f"{question}/{rendering}", family=instance.family, difficulty=difficulty,
        prompt=rendered.prompt, answer=answer_text(answer, rendering),
        identity=f"{question}\n" + "\n".join(sorted(clauses.splitlines())), content=clauses,
        tactics=(instance.family.partition("/")[0],),
        fields={
            "question": str(question), "rendering": str(rendering), "dimacs": cnf.dimacs(),
            "satisfiable": instance.satisfiable, "variables": cnf.variables,
            "clauses": len(cnf.clauses), "names": list(rendered.names),
            "true_word": rendered.true, "false_word": rendered.false,
        },
    )  # fmt: skip
