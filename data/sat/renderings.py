"""A formula and a question about it in words: five renderings of the same content.

The last, ``dual``, states the negation: a disjunction of conjunctions. That is valid exactly if
the formula is unsatisfiable, and false under exactly the models of the formula, so every question
has its dual.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from data.sat.formulas import Clause, Cnf
from data.sat.questions import Answer, Question


class Rendering(StrEnum):
    """The five renderings."""

    DIMACS = "dimacs"
    LOGIC = "logic"
    PROSE = "prose"
    STORY = "story"
    DUAL = "dual"


@dataclass(frozen=True)
class Rendered:
    """A prompt; what the variables are called in it, in order; and how true and false are said."""

    prompt: str
    names: tuple[str, ...]
    true: str = "true"
    false: str = "false"


@dataclass(frozen=True)
class _Scene:
    """A story: somebody decides on things, others have wishes."""

    opening: str
    things: tuple[str, ...]
    true: str
    false: str
    wisher: str
    pleased: str


_SCENES = (
    _Scene(
        "A cook plans a feast. Each dish is either served or left out. A guest is content as soon "
        "as at least one of the guest's wishes comes true.",
        ("lentil soup", "plum cake", "roast turnip", "rye bread", "pea salad", "mint tea",
         "fig tart", "baked trout", "onion pie", "barley stew", "quince jam", "goat cheese",
         "walnut loaf", "leek pudding", "apple dumpling", "bean curry", "corn porridge",
         "date biscuit", "egg noodle", "fennel broth", "ginger snap", "herb omelette",
         "kale crisp", "lemon ice"),
        "served", "left out", "Guest", "content",
    ),
    _Scene(
        "A gardener plans a bed. Each plant is either planted or skipped. A neighbour is content "
        "as soon as at least one of the neighbour's wishes comes true.",
        ("aster", "bluebell", "crocus", "dahlia", "edelweiss", "foxglove", "gentian", "hyacinth",
         "iris", "jasmine", "knapweed", "lavender", "marigold", "narcissus", "orchid", "peony",
         "quince", "rose", "sage", "tulip", "valerian", "wisteria", "yarrow", "zinnia"),
        "planted", "skipped", "Neighbour", "content",
    ),
    _Scene(
        "A band plans a concert. Each song is either played or dropped. A listener is content as "
        "soon as at least one of the listener's wishes comes true.",
        ("Amber Road", "Broken Clock", "Cold Harbour", "Desert Rain", "Empty Train", "First Snow",
         "Glass House", "Hollow Moon", "Iron Bridge", "July Wind", "Kite Season", "Long Shadow",
         "Morning Bell", "Night Ferry", "Old Mill", "Paper Boat", "Quiet Street", "Red Lantern",
         "Silver Thread", "Tall Grass", "Under Ice", "Velvet Fog", "White Stone", "Yellow Door"),
        "played", "dropped", "Listener", "content",
    ),
)  # fmt: skip

MAX_VARIABLES = min(len(scene.things) for scene in _SCENES)


def render(cnf: Cnf, rendering: Rendering, question: Question, rng: random.Random) -> Rendered:
    """The prompt for ``question`` about ``cnf`` in ``rendering``."""
    return _RENDERERS[rendering](cnf, question, rng)


def answer_text(answer: Answer, rendering: Rendering) -> str:
    """A reference answer in the form that the prompt asks for."""
    if answer.truth is not None:
        # The dual question is whether the negation is valid.
        return "yes" if answer.truth is not (rendering is Rendering.DUAL) else "no"
    if answer.assignment is not None:
        return "".join("1" if value else "0" for value in answer.assignment)
    return ", ".join(map(str, answer.numbers or ()))


# --------------------------------------------------------------------------------- renderings


def _dimacs(cnf: Cnf, question: Question, _: random.Random) -> Rendered:
    names = tuple(map(str, range(1, cnf.variables + 1)))
    text = (f"A formula in conjunctive normal form, in DIMACS format; its clauses are numbered "
            f"from 1 in the order of the lines after the first:\n\n{cnf.dimacs()}")
    return _asked(text, question, _FORMULA, names)


def _logic(cnf: Cnf, question: Question, _: random.Random) -> Rendered:
    names = _letters(cnf)
    lines = [f"C{n} = {_joined(clause, names, '∨')}" for n, clause in _numbered(cnf)]
    text = "A formula is the conjunction of these clauses:\n\n" + "\n".join(lines)
    return _asked(text, question, _FORMULA, names)


def _dual(cnf: Cnf, question: Question, _: random.Random) -> Rendered:
    names = _letters(cnf)
    lines = [
        f"T{n} = {_joined(tuple(-literal for literal in clause), names, '∧')}"
        for n, clause in _numbered(cnf)
    ]
    text = "A formula D is the disjunction of these terms:\n\n" + "\n".join(lines)
    return _asked(text, question, _NEGATION, names)


def _prose(cnf: Cnf, question: Question, _: random.Random) -> Rendered:
    names = tuple(f"proposition {n}" for n in range(1, cnf.variables + 1))
    lines = []
    for n, clause in _numbered(cnf):
        parts = [f"{names[abs(lit) - 1]} is {'true' if lit > 0 else 'false'}" for lit in clause]
        sentence = " or ".join(parts)
        lines.append(f"{n}. {sentence[0].upper()}{sentence[1:]}.")
    text = (f"There are {cnf.variables} propositions, each of which is either true or false, and "
            f"these statements about them:\n\n" + "\n".join(lines))
    return _asked(text, question, _STATEMENTS, names)


def _story(cnf: Cnf, question: Question, rng: random.Random) -> Rendered:
    scene = rng.choice(_SCENES)
    names = tuple(rng.sample(scene.things, cnf.variables))
    lines = []
    for n, clause in _numbered(cnf):
        wishes = [
            f"{names[abs(lit) - 1]} {scene.true if lit > 0 else scene.false}" for lit in clause
        ]
        lines.append(f"{scene.wisher} {n} wishes: {', or '.join(wishes)}.")
    things = ", ".join(names)
    text = f"{scene.opening} To be decided on, in this order: {things}.\n\n" + "\n".join(lines)
    phrases = {
        key: phrase.format(wisher=scene.wisher.lower(), pleased=scene.pleased)
        for key, phrase in _WISHES.items()
    }
    return _asked(text, question, phrases, names, scene.true, scene.false)


_RENDERERS: Mapping[Rendering, Callable[[Cnf, Question, random.Random], Rendered]] = {
    Rendering.DIMACS: _dimacs, Rendering.LOGIC: _logic, Rendering.PROSE: _prose,
    Rendering.STORY: _story, Rendering.DUAL: _dual,
}  # fmt: skip


# ---------------------------------------------------------------------------------- questions

_FORMULA = {
    Question.SATISFIABILITY: "Is the formula satisfiable?",
    Question.MODEL: "Find an assignment that satisfies the formula.",
    Question.CORE: "The formula is unsatisfiable. Find a minimal unsatisfiable set of clauses: one "
    "that is unsatisfiable, but would be satisfiable without any one of its clauses.",
    Question.SUBSET: "The formula is unsatisfiable. Find a maximal satisfiable set of clauses: one "
    "that is satisfiable, but would be unsatisfiable with any one of the other clauses.",
    Question.MAXIMUM: "The formula is unsatisfiable. Find an assignment that satisfies as many "
    "clauses as possible.",
}
_NEGATION = {
    Question.SATISFIABILITY: "Is D valid, that is, true under every assignment?",
    Question.MODEL: "Find an assignment under which D is false.",
    Question.CORE: "D is valid. Find a minimal valid set of terms: one whose disjunction is true "
    "under every assignment, but would not be without any one of its terms.",
    Question.SUBSET: "D is valid. Find a maximal set of terms that can all be false at once: one "
    "with which no other term can be false as well.",
    Question.MAXIMUM: "D is valid. Find an assignment under which as few terms as possible are "
    "true.",
}
_STATEMENTS = {
    Question.SATISFIABILITY: "Can all of the statements hold at once?",
    Question.MODEL: "Say of each proposition whether it is true, so that all statements hold.",
    Question.CORE: "Not all of the statements can hold. Find a minimal contradictory set of them: "
    "one that cannot hold at once, but could without any one of its members.",
    Question.SUBSET: "Not all of the statements can hold. Find a maximal consistent set of them: "
    "one that can hold at once, but could not with any one of the others.",
    Question.MAXIMUM: "Not all of the statements can hold. Say of each proposition whether it is "
    "true, so that as many statements as possible hold.",
}
_WISHES = {
    Question.SATISFIABILITY: "Can every {wisher} be {pleased} at once?",
    Question.MODEL: "Decide so that every {wisher} is {pleased}.",
    Question.CORE: "Not every {wisher} can be {pleased}. Find a minimal group that cannot all be "
    "{pleased} at once, but could without any one of its members.",
    Question.SUBSET: "Not every {wisher} can be {pleased}. Find a maximal group that can all be "
    "{pleased} at once, but could not together with any other {wisher}.",
    Question.MAXIMUM: "Not every {wisher} can be {pleased}. Decide so that as many as possible "
    "are.",
}


def _asked(
    text: str, question: Question, phrases: Mapping[Question, str], names: tuple[str, ...],
    true: str = "true", false: str = "false",
) -> Rendered:
    match question:
        case Question.SATISFIABILITY:
            form = "Answer yes or no."
        case Question.MODEL | Question.MAXIMUM:
            form = (f"Answer with a string of {len(names)} digits, one for each in the order "
                    f"{names[0]}, …, {names[-1]}: 1 for {true}, 0 for {false}.")
        case _:
            form = "Answer with the numbers, separated by commas."
    return Rendered(f"{text}\n\n{phrases[question]} {form}", names, true, false)


def _letters(cnf: Cnf) -> tuple[str, ...]:
    return tuple(f"x{n}" for n in range(1, cnf.variables + 1))


def _numbered(cnf: Cnf) -> list[tuple[int, Clause]]:
    return list(enumerate(cnf.clauses, start=1))


def _joined(literals: Clause, names: tuple[str, ...], sign: str) -> str:
    written = [("" if lit > 0 else "¬") + names[abs(lit) - 1] for lit in literals]
    return written[0] if len(written) == 1 else f"({f' {sign} '.join(written)})"
