"""The kind ``ontology``: worlds in English with labels and proofs, and the same in logic."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from data.answers import choice, final_answer, shortened
from data.contracts import Batch, Column, Item, Score, item_random
from data.ontology.closed import closed_world
from data.ontology.derivations import DEDUCTION_RULES, Deduction
from data.ontology.english import sentence
from data.ontology.judging import Judge, UndecidedError
from data.ontology.proofs import judge_proof, proof_lines
from data.ontology.understanding import understood
from data.ontology.vocabulary import Lexicon
from data.ontology.worlds import Label, Shape, World, open_world, refusal
from data.registry import option
from prover.contracts import InputError
from prover.environments.fol.syntax import Problem, negate
from prover.environments.fol.tptp import format_problem, parse_problem

MAX_DEPTH, MAX_WIDTH, MAX_DISTRACTORS = 12, 4, 40
_USUAL_DEPTH, _USUAL_WIDTH, _USUAL_DISTRACTORS = 6, 3, 10
_DRAWS = 50


class Task(StrEnum):
    """What is asked: a label under the open or the closed world, or a proof."""

    OPEN = "open"
    CLOSED = "closed"
    PROOF = "proof"


_TASK_TEXT = {
    Task.OPEN: "Is this statement true, false or unknown, going by what is stated above? What is "
    "neither stated nor follows may be true or false.\n\n{query}\n\nAnswer true, false or unknown.",
    Task.CLOSED: "Is this statement true or false? What is neither stated above nor follows from "
    "it is false.\n\n{query}\n\nAnswer true or false.",
    Task.PROOF: "Prove this statement from what is stated above.\n\n{query}\n\nWrite the proof as "
    "numbered sentences like those above, each of which follows from a few statements or earlier "
    "sentences. Begin a sentence with “Suppose” to assume something.",
}
_LABELS = {
    "true": "true", "yes": "true", "entailed": "true", "proved": "true", "correct": "true",
    "false": "false", "no": "false", "not true": "false", "contradicted": "false",
    "disproved": "false", "refuted": "false", "incorrect": "false", "untrue": "false",
    "unknown": "unknown", "uncertain": "unknown", "undetermined": "unknown",
    "not known": "unknown", "neither true": "unknown", "undecided": "unknown",
    "cannot be": "unknown", "can't be": "unknown", "neither": "unknown", "not entailed": "unknown",
}  # fmt: skip


@dataclass(frozen=True)
class OntologyKind:
    """Worlds of facts and rules; see `data.ontology`."""

    tasks: tuple[str, ...] = option(tuple(Task), "what is asked: " + ", ".join(Task))
    depth: int | None = option(None, f"deductions in sequence, 1 to {MAX_DEPTH}; "
                                     f"1 to {_USUAL_DEPTH} if not given")
    width: int | None = option(None, f"literals of a conjunction or disjunction, 1 to {MAX_WIDTH};"
                                     f" 1 to {_USUAL_WIDTH} if not given")
    distractors: int | None = option(None, f"statements that lead nowhere, 0 to {MAX_DISTRACTORS};"
                                           f" up to {_USUAL_DISTRACTORS} if not given")
    rules: tuple[str, ...] = option(
        tuple(rule.replace(" ", "-") for rule in DEDUCTION_RULES),
        "deduction rules beside implication elimination")

    name: ClassVar[str] = "ontology"
    summary: ClassVar[str] = "rule worlds in English and logic: labels, open or closed, and proofs"
    licence: ClassVar[str] = "Apache-2.0"
    revision: ClassVar[int] = 1
    columns: ClassVar[Mapping[str, Column]] = {
        "task": Column.STRING, "statements": Column.STRINGS, "query": Column.STRING,
        "label": Column.STRING, "proof": Column.STRINGS, "depth": Column.INTEGER,
        "width": Column.INTEGER, "distractors": Column.INTEGER, "problem": Column.STRING,
        "names": Column.STRINGS, "nouns": Column.STRINGS, "adjectives": Column.STRINGS,
        "verbs": Column.STRINGS,
    }  # fmt: skip

    def __post_init__(self) -> None:
        if not self.tasks:
            raise InputError("at least one task is needed")
        for given, known, what in (
            (self.tasks, [*Task], "task"),
            (self.rules, [rule.replace(" ", "-") for rule in DEDUCTION_RULES], "deduction rule"),
        ):  # fmt: skip
            if unknown := [name for name in given if name not in known]:
                raise InputError(f"there is no {what} {unknown[0]!r}",
                                 remedy=f"there are {', '.join(known)}")
        for what, value, least, most in (
            ("depth", self.depth, 1, MAX_DEPTH), ("width", self.width, 1, MAX_WIDTH),
            ("distractors", self.distractors, 0, MAX_DISTRACTORS),
        ):  # fmt: skip
            if value is not None and not least <= value <= most:
                raise InputError(f"{what} {value} is not between {least} and {most}")

    @property
    def size(self) -> int | None:
        return None

    def versions(self) -> dict[str, str]:
        return Judge().versions()

    def open(self, seed: int) -> _Producer:
        return _Producer(self, seed)

    def score(self, record: Mapping[str, Any], answer: str) -> Score:
        lexicon = Lexicon(*(tuple(record[k]) for k in ("names", "nouns", "adjectives", "verbs")))
        if record["task"] == Task.PROOF:
            problem = parse_problem(record["problem"])
            world = [premise.closed for premise in problem.premises]
            assert problem.goal is not None
            length = max(len(record["proof"]), 1)
            return judge_proof(answer, world, problem.goal, lexicon, record["width"], length,
                               Judge())
        return _judge_label(record["label"], record["query"], lexicon, answer)


def _judge_label(label: str, query: str, lexicon: Lexicon, answer: str) -> Score:
    text = final_answer(answer)
    if not text:
        return Score.wrong("no answer")
    said = choice(text, _LABELS)
    if said is None and (formula := understood(text, lexicon)) is not None:
        asked = understood(query, lexicon)  # the statement itself, or its opposite, is asserted
        if formula == asked:
            said = "true"
        elif asked is not None and formula == negate(asked):
            said = "false"
    if said is None:
        return Score.wrong(f"not understood as a label: {shortened(text)}")
    if said == label:
        return Score.right(f"the statement is {label}")
    return Score.wrong(f"the statement is {label}, not {said}")


@dataclass(frozen=True)
class _Producer:
    kind: OntologyKind
    seed: int
    judge: Judge = field(default_factory=Judge)

    def produce(self, index: int) -> Batch:
        rng = item_random(self.kind.name, self.seed, index)
        task = Task(rng.choice(self.kind.tasks))
        shape = self._shape(rng)
        world = _drawn(rng, task, shape)
        if world is None:
            return Batch(rejected={"no query of this depth": 1})
        try:
            refused = refusal(world, self.judge)
        except UndecidedError:
            refused = "undecided"
        if refused is not None:
            return Batch(rejected={refused: 1})
        return Batch((_item(rng, task, shape, world),))

    def close(self) -> None:
        """The provers end with the process."""

    def _shape(self, rng: random.Random) -> Shape:
        kind = self.kind
        depth = kind.depth if kind.depth is not None else rng.randint(1, _USUAL_DEPTH)
        width = kind.width if kind.width is not None else rng.randint(1, _USUAL_WIDTH)
        usual = rng.randint(0, _USUAL_DISTRACTORS)
        distractors = kind.distractors if kind.distractors is not None else usual
        rules = tuple(Deduction(name.replace("-", " ")) for name in kind.rules)
        return Shape(depth, width, distractors, rules)


def _drawn(rng: random.Random, task: Task, shape: Shape) -> World | None:
    match task:
        case Task.OPEN:
            return open_world(rng, shape, rng.choice(tuple(Label)), compound=False)
        case Task.PROOF:
            return open_world(rng, shape, Label.TRUE, compound=True)
        case Task.CLOSED:
            label = rng.choice((Label.TRUE, Label.FALSE))
            holds = rng.random() < 0.5
            return next(
                (world for _ in range(_DRAWS)
                 if (world := closed_world(rng, shape, label, holds=holds)) is not None), None
            )  # fmt: skip


def _item(rng: random.Random, task: Task, shape: Shape, world: World) -> Item:
    order = list(world.statements)
    rng.shuffle(order)
    statements = [sentence(statement, rng) for statement in order]
    query = sentence(world.query)
    proof = proof_lines(world.proof) if world.label is not Label.UNKNOWN else []
    named = [(f"s{n}", formula) for n, formula in enumerate(_logic(world, order, task), start=1)]
    problem = format_problem(Problem.of(named, world.query.formula()))
    return Item(
        topic=f"{task}/{world.label}" if task is not Task.PROOF else str(task),
        family=world.family,
        difficulty=min((world.depth + shape.distractors / 4) / (MAX_DEPTH + 2), 1.0),
        prompt="\n".join(statements) + "\n\n" + _TASK_TEXT[task].format(query=query),
        answer="\n".join(proof) if task is Task.PROOF else str(world.label),
        identity=_anonymous(task, world),
        content="\n".join([*statements, query]),
        tactics=tuple(map(str, world.proof.rules)),
        fields={
            "task": str(task), "statements": statements, "query": query,
            "label": str(world.label), "proof": proof, "depth": world.depth, "width": shape.width,
            "distractors": shape.distractors, "problem": problem,
            "names": list(world.lexicon.names), "nouns": list(world.lexicon.nouns),
            "adjectives": list(world.lexicon.adjectives), "verbs": list(world.lexicon.verbs),
        },
    )  # fmt: skip


def _logic(world: World, order: Iterable[Any], task: Task) -> list[Any]:
    """The formulas in the order of the sentences; a closed world has its completion instead."""
    return list(world.logic) if task is Task.CLOSED else [s.formula() for s in order]


def _anonymous(task: Task, world: World) -> str:
    """The world with its words replaced by numbers, in the order of its making."""
    numbers: dict[str, str] = {}
    text = " ; ".join(str(formula) for formula in (*world.logic, world.query.formula()))
    renamed = re.sub(r"\b[a-z]\w*", lambda m: numbers.setdefault(m[0], f"w{len(numbers)}"), text)
    return f"{task} {world.label} {renamed}"
