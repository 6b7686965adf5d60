"""The kind sat: formulas, answers and their verification, against brute force and z3."""

from __future__ import annotations

import itertools
import json
import random

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from data.registry import make_kind
from data.sat import solving
from data.sat.answers import Naming, judge, read_assignment, read_numbers
from data.sat.families import FAMILIES, draw
from data.sat.formulas import Cnf
from data.sat.kind import SatKind
from data.sat.questions import Answer, Question, reference, verified
from data.sat.renderings import Rendering
from prover.contracts import InputError


@st.composite
def formulas(draw: st.DrawFn) -> Cnf:
    variables = draw(st.integers(1, 5))
    literal = st.integers(1, variables).flatmap(lambda v: st.sampled_from((v, -v)))
    clauses = draw(st.lists(st.lists(literal, min_size=1, max_size=3, unique_by=abs), min_size=1,
                            max_size=9))
    return Cnf(variables, tuple(map(tuple, clauses)))


def best(cnf: Cnf) -> int:
    """The most clauses that can be satisfied, by trying all assignments."""
    return max(
        len(cnf.satisfied(dict(enumerate(values, start=1))))
        for values in itertools.product((False, True), repeat=cnf.variables)
    )


def holds(cnf: Cnf) -> bool:
    return best(cnf) == len(cnf.clauses)


@settings(deadline=None, max_examples=150)
@given(formulas(), st.randoms(use_true_random=False))
def test_answers_are_what_brute_force_says(cnf: Cnf, rng: random.Random) -> None:
    satisfiable = holds(cnf)
    assert Cnf.parse(cnf.dimacs()) == cnf
    assert solving.satisfiable(cnf) is satisfiable
    if satisfiable:
        answer = reference(Question.MODEL, cnf, True, rng)
        assert len(cnf.satisfied(dict(enumerate(answer.assignment or (), 1)))) == len(cnf.clauses)
        return
    core = reference(Question.CORE, cnf, False, rng).numbers or ()
    assert not holds(cnf.only(core))
    assert all(holds(cnf.only(set(core) - {n})) for n in core)
    subset = reference(Question.SUBSET, cnf, False, rng).numbers or ()
    assert holds(cnf.only(subset))
    others = set(range(1, len(cnf.clauses) + 1)) - set(subset)
    assert all(not holds(cnf.only({*subset, n})) for n in others)
    assert reference(Question.MAXIMUM, cnf, False, rng).optimum == best(cnf)


@settings(deadline=None, max_examples=150)
@given(formulas(), st.sets(st.integers(1, 9)), st.data())
def test_judging_agrees_with_brute_force(cnf: Cnf, some: set[int], data: st.DataObject) -> None:
    """Any answer is judged as its definition says, right or wrong."""
    numbers = sorted(n for n in some if n <= len(cnf.clauses))
    naming = Naming(tuple(f"x{n}" for n in range(1, cnf.variables + 1)))
    text = ", ".join(map(str, numbers)) or "none"
    chosen = cnf.only(numbers)
    if not holds(cnf):
        minimal = not holds(chosen) and all(holds(cnf.only({*numbers} - {n})) for n in numbers)
        score = judge(Question.CORE, cnf, False, naming, text)
        assert score.correct is minimal
        assert (score.reward == 1) is minimal
        rest = set(range(1, len(cnf.clauses) + 1)) - set(numbers)
        maximal = holds(chosen) and not any(holds(cnf.only({*numbers, n})) for n in rest)
        assert judge(Question.SUBSET, cnf, False, naming, text).correct is maximal
    values = data.draw(st.lists(st.booleans(), min_size=cnf.variables, max_size=cnf.variables))
    digits = "".join("01"[value] for value in values)
    count = len(cnf.satisfied(dict(enumerate(values, start=1))))
    assert judge(Question.MODEL, cnf, True, naming, digits).correct is (count == len(cnf.clauses))
    assert judge(Question.MAXIMUM, cnf, False, naming, digits).correct is (count == best(cnf))


def test_wrong_reference_answers_are_refused() -> None:
    cnf = Cnf(2, ((1,), (-1, 2), (-2,), (2,), (1, 2)))
    assert verified(Question.CORE, cnf, Answer(numbers=(3, 4)))
    for numbers in ((1, 2, 3, 4), (1, 2), ()):
        assert not verified(Question.CORE, cnf, Answer(numbers=numbers))
    assert verified(Question.SUBSET, cnf, Answer(numbers=(1, 2, 4, 5)))
    assert not verified(Question.SUBSET, cnf, Answer(numbers=(1, 2)))
    assert not verified(Question.SUBSET, cnf, Answer(numbers=(1, 2, 3, 4)))
    assert verified(Question.MAXIMUM, cnf, Answer(assignment=(True, True), optimum=4))
    assert not verified(Question.MAXIMUM, cnf, Answer(assignment=(True, False), optimum=3))
    assert not verified(Question.SATISFIABILITY, cnf, Answer(truth=True))


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("satisfiable", [True, False])
def test_families_give_what_is_wanted(name: str, satisfiable: bool) -> None:
    rng = random.Random(name)
    sizes = []
    for difficulty in (0.0, 0.3, 0.6, 1.0):
        instance = next(i for _ in range(9)
                        if (i := draw(FAMILIES[name], rng, difficulty, satisfiable)) is not None)
        assert (z3_result(instance.cnf) == z3.sat) is satisfiable is instance.satisfiable
        assert instance.family.startswith(f"{name}/")
        sizes.append(instance.cnf.variables)
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def z3_result(cnf: Cnf) -> z3.CheckSatResult:
    solver = z3.Solver()
    variables = [z3.Bool(f"v{n}") for n in range(cnf.variables + 1)]
    for clause in cnf.clauses:
        solver.add(z3.Or([variables[v] if v > 0 else z3.Not(variables[-v]) for v in clause]))
    return solver.check()


@pytest.mark.parametrize("rendering", Rendering)
@pytest.mark.parametrize("question", Question)
def test_reference_answers_are_correct_in_every_rendering(
    rendering: Rendering, question: Question
) -> None:
    kind = make_kind("sat", {"renderings": rendering, "questions": question, "difficulty": "0.3"})
    producer = kind.open(11)
    answers = set()
    for index in range(12):
        (item,) = producer.produce(index).items
        assert producer.produce(index).items == (item,)
        score = kind.score(item.fields, item.answer)
        assert score.correct, (item.prompt, item.answer, score)
        assert not kind.score(item.fields, "").correct
        assert any(name in item.prompt for name in item.fields["names"])
        answers.add(item.answer)
    assert len(answers) > 1  # a constant answer would score


def test_the_dual_question_has_the_opposite_answer() -> None:
    kind = SatKind(questions=("satisfiability",), renderings=("dual",))
    item = next(i for n in range(9) for i in kind.open(0).produce(n).items
                if i.fields["satisfiable"])  # fmt: skip
    assert item.answer == "no"
    assert kind.score(item.fields, "It is not valid.").correct
    assert not kind.score(item.fields, "yes").correct


NAMING = Naming(("x1", "x2", "x3"))
STORY = Naming(("plum cake", "rye bread", "mint tea"), "served", "left out")
DIMACS = Naming(("1", "2", "3"))


@pytest.mark.parametrize(("text", "naming"), [
    ("101", NAMING), ("1 0 1", NAMING), ("1, 0, 1", DIMACS), ("T F T", NAMING),
    ("v 1 -2 3 0", DIMACS), ("s SATISFIABLE\nv 1 -2 3 0", DIMACS), ("x1, ¬x2, x3", NAMING),
    ("x1 ∧ ¬x2 ∧ x3", NAMING), ("x1 = true, x2 = false, x3 = true", NAMING),
    ("x_1=1; x_2=0; x_3=1", NAMING), ("$x_{1}=1, x_{2}=0, x_{3}=1$", NAMING),
    ("x1: True\nx2: False\nx3: True", NAMING), ('{"x1": true, "x2": false, "x3": 1}', NAMING),
    ('{"1": 1, "2": 0, "3": 1}', DIMACS), ("The string is 101", NAMING),
    ("- plum cake: served\n- rye bread: left out\n- mint tea: served", STORY),
    ("Plum cake is served, rye bread is left out and mint tea served.", STORY),
    ("**plum cake** = yes, **rye bread** = no, **mint tea** = yes", STORY),
])  # fmt: skip
def test_assignments_are_understood_in_many_forms(text: str, naming: Naming) -> None:
    assert read_assignment(text, naming) == {1: True, 2: False, 3: True}


@pytest.mark.parametrize("text", ["", "perhaps", "10", "1011", "x1 and not", "x1=1, x1=0", "x9",
                                  "4 -5 0", "{}", '{"y": 1}'])
def test_what_is_no_assignment_is_not_understood(text: str) -> None:
    assert read_assignment(text, NAMING) is None


def test_partial_assignments_count_if_they_suffice() -> None:
    cnf = Cnf(3, ((1, 2), (1, -3)))
    assert judge(Question.MODEL, cnf, True, NAMING, "x1 = true").correct
    assert not judge(Question.MODEL, cnf, True, NAMING, "x2 = true").correct


@pytest.mark.parametrize(("text", "numbers"), [
    ("1, 3, 5", [1, 3, 5]), ("{C1, C3, C5}", [1, 3, 5]), ("1 3 5.", [1, 3, 5]),
    ("[3-5]", [3, 4, 5]), ("Guests 1, 3 and 5", [1, 3, 5]), ("The set: 2", [2]), ("∅", []),
    ("C_1, C_{3}", [1, 3]), ("5, 5", [5]), ("nothing here", None),
])  # fmt: skip
def test_sets_of_clauses_are_understood_in_many_forms(
    text: str, numbers: list[int] | None
) -> None:
    assert read_numbers(text) == numbers


@pytest.mark.parametrize(("text", "correct"), [
    ("yes", True), ("No.", False), ("**Yes**, it is.", True), ("The formula is satisfiable.", True),
    ("It is unsatisfiable", False), ("It is not satisfiable", False), ("Answer: yes", True),
    ("<think>no, no, no</think> yes", True), ("\\boxed{\\text{yes}}", True), ("maybe", False),
    ("I first thought no.\nFinal answer: yes", True), ("x1=1", True), ("yes or no", True),
])  # fmt: skip
def test_satisfiability_is_judged_by_meaning(text: str, correct: bool) -> None:
    cnf = Cnf(1, ((1,),))
    naming = Naming(("x1",))
    assert judge(Question.SATISFIABILITY, cnf, True, naming, text).correct is correct


def test_rewards_grow_towards_the_right_answer() -> None:
    kind = SatKind(questions=("core",), families=("random-3-sat",), renderings=("dimacs",))
    item = next(i for n in range(20) for i in kind.open(2).produce(n).items
                if len(i.answer.split(",")) < i.fields["clauses"] - 4)  # fmt: skip
    core = [int(n) for n in item.answer.split(",")]
    rest = [n for n in range(1, item.fields["clauses"] + 1) if n not in core]
    rewards = [
        kind.score(item.fields, json.dumps(core + rest[:extra])).reward
        for extra in (len(rest), 4, 1, 0)
    ]
    assert rewards == sorted(rewards)
    assert rewards[0] < 0.1
    assert rewards[-1] == 1.0


@pytest.mark.parametrize("options", [
    {"families": "none"}, {"questions": "x"}, {"difficulty": "2"}, {"difficulty": "hard"},
    {"size": "3"}, {"families": ""}, {"renderings": "dimacs,braille"},
])  # fmt: skip
def test_bad_options_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(InputError):
        make_kind("sat", options)
