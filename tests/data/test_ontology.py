"""The kind ontology: English and logic agree, labels and proofs hold for another prover."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.ontology.closed import closed_world
from data.ontology.derivations import DEDUCTION_RULES, Deduction, Proof, Step
from data.ontology.english import sentence
from data.ontology.judging import Judge
from data.ontology.kind import OntologyKind, Task
from data.ontology.proofs import judge_proof, proof_lines
from data.ontology.statements import (
    Claim,
    Fact,
    Literal,
    Neighbour,
    Rule,
    Statement,
    Trait,
    TraitKind,
    fact,
)
from data.ontology.understanding import parse_sentence, understood
from data.ontology.vocabulary import Lexicon
from data.ontology.worlds import Label, Shape, World, open_world, refusal
from data.registry import make_kind
from prover.contracts import InputError
from prover.environments.fol.provers.smt import z3_strategies
from prover.environments.fol.syntax import Formula, Not
from prover.environments.fol.tptp import parse_formula, parse_problem

LEXICON = Lexicon(("Alma", "Max", "Rex"), ("bampus", "impus", "tolin"), ("kind", "red", "tall"),
                  ("admire", "chase"))  # fmt: skip


def traits() -> st.SearchStrategy[Trait]:
    return st.one_of(
        st.sampled_from(LEXICON.nouns).map(lambda w: Trait(TraitKind.NOUN, w)),
        st.sampled_from(LEXICON.adjectives).map(lambda w: Trait(TraitKind.ADJECTIVE, w)),
        st.builds(Trait, st.just(TraitKind.RELATION), st.sampled_from(LEXICON.verbs),
                  st.sampled_from(LEXICON.names)),
    )  # fmt: skip


def claims() -> st.SearchStrategy[Claim]:
    literals = st.builds(Literal, traits(), st.booleans())
    one = literals.map(lambda literal: Claim((literal,)))
    several = st.lists(literals, min_size=2, max_size=4).map(tuple)
    return st.one_of(one, st.builds(Claim, several, st.booleans()))


def statements() -> st.SearchStrategy[Statement]:
    neighbours = st.builds(Neighbour, st.sampled_from(LEXICON.verbs), claims())
    return st.one_of(
        st.builds(Fact, st.sampled_from(LEXICON.names), claims()),
        st.builds(Rule, st.one_of(claims(), neighbours), claims()),
    )


@given(statements(), st.randoms(use_true_random=False))
def test_every_sentence_is_understood_as_it_was_meant(
    statement: Statement, rng: random.Random
) -> None:
    assert parse_sentence(sentence(statement, rng), LEXICON) == statement
    assert understood(f"So {sentence(statement, rng)}", LEXICON) == statement.formula()
    assert understood(str(statement.formula()), LEXICON) == statement.formula()


@settings(max_examples=300)
@given(st.lists(st.sampled_from(
    ["if", "something", "it", "is", "not", "a", "every", "bampus", "red", "rex", "max", "chases",
     "does", "that", ",", "and", "or", "then", "everything", "unheard"]), max_size=12))
def test_no_sequence_of_words_breaks_the_parser(words: list[str]) -> None:
    parse_sentence(" ".join(words), LEXICON)


@pytest.mark.parametrize(("text", "meaning"), [
    ("Rex is red and kind.", "red(rex) & kind(rex)"),
    ("Rex isn't a bampus", "~bampus(rex)"),
    ("Therefore, Rex doesn't chase Max.", "~chases(rex,max)"),
    ("All bampuses are tall.", "![X]: (bampus(X) => tall(X))"),
    ("Impuses are not red", "![X]: (impus(X) => ~red(X))"),
    ("Each bampus is red, kind or tall.", "![X]: (bampus(X) => (red(X) | kind(X) | tall(X)))"),
    ("If someone is red then they are kind", "![X]: (red(X) => kind(X))"),
    ("Everyone who chases Rex is an impus", "![X]: (chases(X,rex) => impus(X))"),
    ("If something chases something red, it is kind",
     "![X]: (?[Y]: (chases(X,Y) & red(Y)) => kind(X))"),
    ("It follows that red(rex)", "red(rex)"),
])  # fmt: skip
def test_other_wordings_are_understood(text: str, meaning: str) -> None:
    assert understood(text, LEXICON) == parse_formula(meaning)


@pytest.mark.parametrize("text", [
    "", "Rex", "Rex is", "Rex is blue.", "Bob is red.", "Rex is red and kind or tall.",
    "Rex chases.", "If Rex is red.", "Everything is", "red(", "Rex is red, kind.", "Is Rex red?",
])  # fmt: skip
def test_what_is_not_of_the_language_is_not_understood(text: str) -> None:
    assert understood(text, LEXICON) is None


def z3_judge() -> Judge:
    return Judge([z3_strategies()[0]])


def label_by(judge: Judge, world: World) -> Label:
    query = world.query.formula()
    if judge.entails(world.logic, query):
        return Label.TRUE
    return Label.FALSE if judge.entails(world.logic, Not(query)) else Label.UNKNOWN


@pytest.mark.parametrize("label", Label)
@pytest.mark.parametrize("seed", range(4))
def test_open_worlds_have_their_labels_for_another_prover(label: Label, seed: int) -> None:
    shape = Shape(seed + 1, 1 + seed % 3, 5, DEDUCTION_RULES)
    world = open_world(random.Random(seed), shape, label, compound=False)
    assert refusal(world, Judge()) is None
    assert label_by(z3_judge(), world) is label
    assert z3_judge().consistent(world.logic)


@pytest.mark.parametrize("label", [Label.TRUE, Label.FALSE])
@pytest.mark.parametrize("holds", [True, False])
def test_closed_worlds_have_their_labels_for_another_prover(label: Label, holds: bool) -> None:
    rng = random.Random(f"{label}{holds}")
    for depth in (1, 2, 4):
        shape = Shape(depth, 3, 4, DEDUCTION_RULES)
        worlds = (closed_world(rng, shape, label, holds=holds) for _ in range(99))
        world = next(w for w in worlds if w is not None)
        assert refusal(world, Judge()) is None
        assert label_by(z3_judge(), world) is label
        assert world.depth >= 1


def test_a_wrong_label_or_proof_is_refused() -> None:
    shape = Shape(3, 2, 2, DEDUCTION_RULES)
    world = open_world(random.Random(1), shape, Label.TRUE, compound=False)
    for wrong in (Label.FALSE, Label.UNKNOWN):
        assert refusal(World(**{**vars(world), "label": wrong}), Judge()) is not None
    last = world.proof.steps[-1]
    broken = Proof((*world.proof.steps[:-1], Step(last.statement, last.deduction, (0,))))
    assert refusal(World(**{**vars(world), "proof": broken}), Judge()) is not None
    goal = world.query.formula()
    assert refusal(World(**{**vars(world), "logic": (*world.logic, Not(goal))}), Judge()) == (
        "inconsistent"
    )


@pytest.mark.parametrize("rule", DEDUCTION_RULES)
def test_every_deduction_rule_is_used_and_can_be_left_out(rule: Deduction) -> None:
    used = set()
    for seed in range(60):
        shape = Shape(4, 3, 0, DEDUCTION_RULES)
        rng = random.Random(seed)
        used.update(open_world(rng, shape, Label.TRUE, compound=True).proof.rules)
        if rule is not Deduction.IMPLICATION:
            others = tuple(other for other in DEDUCTION_RULES if other is not rule)
            restricted = Shape(4, 3, 0, others)
            proof = open_world(rng, restricted, Label.TRUE, compound=True).proof
            assert rule not in proof.rules
    assert rule in used


def test_proofs_are_as_deep_as_asked_or_nearly() -> None:
    for depth in (1, 3, 6):
        shape = Shape(depth, 2, 0, DEDUCTION_RULES)
        depths = [open_world(random.Random(n), shape, Label.TRUE, compound=False).proof.depth
                  for n in range(30)]  # fmt: skip
        assert max(depths) <= depth + 2
        assert sum(depths) / len(depths) > 0.6 * depth


@pytest.mark.parametrize("task", Task)
def test_reference_answers_are_correct(task: Task) -> None:
    kind = make_kind("ontology", {"tasks": task})
    producer = kind.open(4)
    answers = set()
    for index in range(12):
        for item in producer.produce(index).items:
            assert producer.produce(index).items == (item,)
            score = kind.score(item.fields, item.answer)
            assert score.correct, (item.prompt, item.answer, score)
            problem = parse_problem(item.fields["problem"])
            assert len(problem.conjectures) == 1
            if task is not Task.CLOSED:
                assert len(problem.premises) == len(item.fields["statements"])
            answers.add(item.answer)
    assert len(answers) > 1


WORLD = [
    "Rex is a bampus.", "Every bampus is red.", "Everything that is red is kind.",
    "If something is kind, then it is tall or is a tolin.", "Everything that is tall chases Max.",
    "Every tolin chases Max.", "If something admires Alma, then it does not chase Max.",
]  # fmt: skip
GOAL = "Rex does not admire Alma."


def formulas(texts: list[str]) -> list[Formula]:
    found = [understood(text, LEXICON) for text in texts]
    assert None not in found
    return [formula for formula in found if formula is not None]


def judged(text: str, goal: str = GOAL):  # type: ignore[no-untyped-def]
    (wanted,) = formulas([goal])
    return judge_proof(text, formulas(WORLD), wanted, LEXICON, 2, 12, Judge())


PROOF = """Let us see what follows.
1. Rex is a bampus. (given)
2. Rex is red, since bampuses are. [1]
3. So Rex is red.
4. Hence Rex is kind. (implication elimination, 3)
5. Rex is tall or is a tolin.
6. Suppose Rex is tall. Then Rex chases Max.
7. Assume that Rex is a tolin.
8. Rex chases Max.
9. In both cases, Rex chases Max.
10. Suppose, for contradiction, that Rex admires Alma.
11. Then Rex does not chase Max.
12. This is a contradiction.
13. Therefore Rex doesn't admire Alma.
"""


def test_a_proof_in_ones_own_words_is_accepted() -> None:
    score = judged(PROOF)
    assert score.correct, score


def test_a_proof_in_logic_is_accepted() -> None:
    assert judged("red(rex)\nkind(rex)\n(tall(rex) | tolin(rex))\nchases(rex,max)\n"
                  "~admires(rex,alma)").correct


def test_leaps_are_refused_however_true() -> None:
    score = judged(GOAL)
    assert not score.correct
    assert score.reward == 0
    assert "does not follow" in score.reason


def test_wrong_lines_and_unfinished_proofs_get_a_part_of_the_reward() -> None:
    lines = PROOF.splitlines()
    unfinished = judged("\n".join(lines[:6]))
    wrong = judged("\n".join([*lines[:6], "Rex is not kind.", *lines[6:]]))
    for score in (unfinished, wrong):
        assert not score.correct
        assert 0 < score.reward < 0.5
    assert "Rex is not kind" in wrong.reason
    assert judged("I do not know.").reward == 0


def test_what_rests_on_an_assumption_is_not_proved() -> None:
    assert not judged("Suppose Rex does not admire Alma.\nRex does not admire Alma.").correct
    assert not judged("Suppose Rex is not red.\nRex is not a bampus.\nRex is kind.\n"
                      "Rex does not chase Max.", "Rex does not chase Max.").correct


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10_000))
def test_reference_proofs_are_accepted_and_broken_ones_are_not(seed: int) -> None:
    rng = random.Random(seed)
    shape = Shape(rng.randint(2, 6), rng.randint(1, 3), rng.randint(0, 5), DEDUCTION_RULES)
    world = open_world(rng, shape, Label.TRUE, compound=True)
    lines = proof_lines(world.proof)
    goal = world.query.formula()

    def score(text: list[str]) -> bool:
        return judge_proof("\n".join(text), world.logic, goal, world.lexicon, shape.width,
                           len(lines), Judge()).correct

    assert score(lines)
    assert not score([line for line in lines if sentence(world.query) not in line])
    opposite = fact(world.query.subject, world.query.claim.literals[0].complement)
    assert not score([*lines, sentence(opposite)])


@pytest.mark.parametrize(("label", "text", "correct"), [
    ("true", "True.", True), ("true", "The statement is true", True), ("true", "false", False),
    ("true", "Rex is red.", True), ("true", "Rex is not red.", False), ("false", "No", True),
    ("false", "It is not true.", True), ("false", "Rex isn't red.", True),
    ("unknown", "It cannot be determined: unknown", True), ("unknown", "Answer: **Unknown**", True),
    ("unknown", "neither true nor false", True), ("unknown", "true", False),
    ("true", "bananas", False), ("true", "", False),
    ("true", "It might seem false.\nAnswer: true", True),
])  # fmt: skip
def test_labels_are_judged_by_meaning(label: str, text: str, correct: bool) -> None:
    record = {"task": "open", "label": label, "query": "Rex is red.", **vars(LEXICON)}
    assert OntologyKind().score(record, text).correct is correct


@pytest.mark.parametrize("options", [
    {"depth": "0"}, {"depth": "13"}, {"depth": "two"}, {"width": "9"}, {"distractors": "-1"},
    {"tasks": "riddle"}, {"rules": "magic"}, {"tasks": ""}, {"deepness": "3"},
])  # fmt: skip
def test_bad_options_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(InputError):
        make_kind("ontology", options)
