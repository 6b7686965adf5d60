"""Learning from proofs: examples, evidence, the learned ranker, and what it must never use."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.contracts import Premise, RetrievalError
from retrieval.corpus import Corpus
from retrieval.evaluation import evaluate
from retrieval.lexical import SYMBOLS, LexicalRanker
from retrieval.questions import read_questions
from retrieval.rankers import make_ranker
from retrieval.store import IndexStore
from retrieval.training.evidence import NAMES, Evidence
from retrieval.training.examples import Example, examples_from, read_examples, write_examples
from retrieval.training.incidence import Incidence, Vocabulary
from retrieval.training.learned import LearnedModel, logistic_regression, train
from retrieval.training.options import TrainingOptions
from retrieval.training.retriever import Parts, Plan, train_retriever
from retrieval.training.trained import load_trained


def library(topics: int = 6, theorems: int = 12) -> Corpus:
    """Each topic has a function ``f`` and a hidden fact about ``g`` that every proof about ``f``
    uses, though they share no symbol."""
    premises = []
    for topic in range(topics):
        f, g = f"f{topic}", f"g{topic}"
        premises.append(Premise(f"hidden_{topic}", f"! [X] : {g}(X) = X", "lib",
                                frozenset({g}), "axiom", len(premises)))
    for number in range(theorems):
        for topic in range(topics):
            f = f"f{topic}"
            premises.append(Premise(f"t{number}_{topic}", f"! [X] : {f}(c{number}, X) = X", "lib",
                                    frozenset({f, f"c{number}"}), "axiom", len(premises)))
    return Corpus(premises)


def examples_of(corpus: Corpus) -> list[Example]:
    return [Example(p.name, p.statement, (f"hidden_{p.name.partition('_')[2]}",), True)
            for p in corpus.premises if p.name.startswith("t")]


LIBRARY = library()
EXAMPLES = examples_of(LIBRARY)


def ranked(model: LearnedModel, corpus: Corpus, example: Example, k: int = 5) -> list[str]:
    [found] = model.ranker(corpus).rank([example.goal], k, [example.mask(corpus)])
    return [corpus.premises[i].name for i in found.ids]


def test_a_premise_that_shares_no_symbol_is_learnt_from_similar_proofs():
    late = [example for example in EXAMPLES if example.name.startswith("t11")]
    model = train(LIBRARY, [example for example in EXAMPLES if example not in late])
    lexical = LexicalRanker.build(SYMBOLS, LIBRARY.premises)
    for example in late:
        assert ranked(model, LIBRARY, example, 1) == list(example.premises)
        [found] = lexical.rank([example.goal], 1, [example.mask(LIBRARY)])
        assert LIBRARY.premises[found.ids[0]].name not in example.premises


def test_nothing_is_learnt_from_later_proofs():
    first = next(e for e in EXAMPLES if e.name == "t0_3")
    with_later = Evidence(LIBRARY, EXAMPLES)
    alone = Evidence(LIBRARY, [e for e in EXAMPLES if e.name < "t0_3" and e.name.startswith("t0")])
    mask = first.mask(LIBRARY)
    told = [evidence.of(evidence.query(first.goal, mask), mask)[mask]
            for evidence in (with_later, alone)]
    columns = [i for i, name in enumerate(NAMES) if name.startswith("proofs") or name == "prior"]
    assert np.allclose(told[0][:, columns], told[1][:, columns])


def test_a_theorem_is_never_offered_to_itself_or_to_earlier_ones():
    model = train(LIBRARY, EXAMPLES)
    for example in EXAMPLES[::7]:
        own = LIBRARY.ids(example.name)[0]
        [found] = model.ranker(LIBRARY).rank([example.goal], 1000, [example.mask(LIBRARY)])
        assert sorted(found.ids.tolist()) == list(range(own))


def test_a_proof_from_elsewhere_teaches_only_what_comes_after_its_place():
    corpus = Corpus([Premise("a", "p(x)", "one", frozenset({"p"}), "axiom", 0),
                     Premise("b", "q(x)", "one", frozenset({"q"}), "axiom", 10)], {"one": ()})
    placed = Example("new#0", "p(x)", ("a",), module="one", position=5)
    absent = Example("gone", "p(x)", ("a",), in_library=True)
    evidence = Evidence(corpus, [placed, absent])
    assert evidence.examples == [placed]
    before, after = np.array([True, False]), np.array([True, True])
    assert not evidence.query("p(x)", before).usable.any()
    assert evidence.query("p(x)", after).usable.all()


def test_another_corpus_with_the_same_names_can_be_ranked(tmp_path):
    model = train(LIBRARY, EXAMPLES)
    model.save(tmp_path)
    part = Corpus([p for p in LIBRARY.premises if not p.name.endswith("_2")])
    goal = Example("new", "! [Y] : f1(c7, Y) = Y", ("hidden_1",))
    loaded = LearnedModel.load(tmp_path)
    assert loaded == model
    assert ranked(loaded, part, goal, 1) == ["hidden_1"]


def test_seeded_training_repeats():
    assert train(LIBRARY, EXAMPLES, seed=4) == train(LIBRARY, EXAMPLES, seed=4)


def test_training_and_measuring_part_by_part(tmp_path):
    proofs = tmp_path / "proofs.jsonl"
    proofs.write_text("".join(
        json.dumps({"name": e.name, "premises": e.premises}) + "\n" for e in EXAMPLES))
    questions = read_questions(proofs, LIBRARY).asked
    told: list[str] = []
    plan = Plan(tmp_path / "out", Parts.LEARNED, validation=0.3, final=True)
    report = train_retriever(LIBRARY, questions, plan, lambda what, *_: told.append(what))
    metrics = {found.ranker: found.metrics for found in report.rankers}
    assert metrics["learned"].recall[1] > 0.6 > 0.1 > metrics["symbols"].recall[1]
    assert report.train + report.validation == len(EXAMPLES)
    assert json.loads((tmp_path / "out" / "report.json").read_text())["train"] == report.train
    # --final: what is kept has learnt from all.
    assert len(LearnedModel.load(tmp_path / "out").examples) == len(EXAMPLES)
    again = evaluate(load_trained(tmp_path / "out", LIBRARY), LIBRARY, questions)
    assert again.ranker == "learned"
    assert "learning from proofs" in told


def test_a_trained_folder_is_a_ranker_by_name(tmp_path):
    train(LIBRARY, EXAMPLES).save(tmp_path / "model")
    index = IndexStore(tmp_path / "store").index("library")
    index.open("1", lambda: LIBRARY)
    ranker = make_ranker(f"trained:{tmp_path / 'model'}", index)
    late = EXAMPLES[-1]
    [found] = ranker.rank([late.goal], 1, [late.mask(LIBRARY)])
    assert LIBRARY.premises[found.ids[0]].name == late.premises[0]
    with pytest.raises(RetrievalError, match="nothing trained"):
        make_ranker(f"trained:{tmp_path}", index)


def test_examples_survive_saving(tmp_path):
    saved = [*EXAMPLES, Example("x", "p ∧ q", ("a",), module="m", position=3),
             Example("y", "p\nq", ("a", "b"), accessible=("a", "b", "c"))]
    write_examples(tmp_path / "e.jsonl", saved)
    assert read_examples(tmp_path / "e.jsonl") == saved


def test_examples_come_from_questions(tmp_path):
    file = tmp_path / "proofs.jsonl"
    file.write_text('{"name": "t3_1", "premises": ["hidden_1", "t5_1"]}\n'
                    '{"name": "mine", "goal": "f1(X) = X", "premises": ["t5_1"]}\n')
    first, second = examples_from([file], LIBRARY)
    assert first.in_library
    assert first.premises == ("hidden_1",)  # t5_1 comes later
    assert not second.in_library
    assert second.mask(LIBRARY).all()


@pytest.mark.parametrize(("text", "line"), [
    ('{"name": "a"}', 1),
    ('{"name": "a", "goal": "p", "premises": ["b"]}\nnot json', 2),
    ("[1]", 1),
])  # fmt: skip
def test_damaged_examples_are_told_by_their_line(tmp_path, text, line):
    (tmp_path / "e.jsonl").write_text(text)
    with pytest.raises(RetrievalError) as told:
        read_examples(tmp_path / "e.jsonl")
    assert (told.value.file, told.value.line) == (tmp_path / "e.jsonl", line)
    assert told.value.remedy


@pytest.mark.parametrize("text", ["", "{", '{"format": 7, "weights": {}}', '{"format": 1}', "[]"])
def test_damaged_weights_are_told(tmp_path, text):
    train(LIBRARY, EXAMPLES[:20]).save(tmp_path)
    (tmp_path / "learned.json").write_text(text)
    with pytest.raises(RetrievalError, match="not a trained ranker"):
        LearnedModel.load(tmp_path)


def test_an_empty_folder_is_no_model(tmp_path):
    with pytest.raises(RetrievalError, match="nothing trained") as told:
        load_trained(tmp_path, LIBRARY)
    assert "lemma train" in (told.value.remedy or "")


def test_proofs_over_another_library_teach_nothing():
    with pytest.raises(RetrievalError, match="no example uses"):
        train(LIBRARY, [Example("x", "p(a)", ("unknown",))])


# ------------------------------------------------------------------------------- the small parts

FEATURES = st.lists(st.lists(st.integers(0, 7), unique=True).map(
    lambda found: np.array(found, dtype=np.int64)), max_size=8)


@given(FEATURES, st.lists(st.integers(0, 7), unique=True), st.data())
def test_weighted_incidence_is_a_matrix_product(features, asked, data):
    weights = np.array([data.draw(st.floats(0, 2, width=32)) for _ in asked], dtype=np.float32)
    expected = [sum(w for f, w in zip(asked, weights, strict=True) if f in found)
                for found in features]
    incidence = Incidence.of(features, 8)
    got = incidence.weighted(np.array(asked, dtype=np.int64), weights)
    assert np.allclose(got, expected, atol=1e-5)
    assert incidence.counts.sum() == sum(map(len, features))


def test_features_are_symbols_and_their_neighbours_or_words():
    tptp = [Premise("dt_k", "! [X] : f(g(X)) = h", symbols=frozenset({"f", "g", "h"}))]
    vocabulary = Vocabulary.of(tptp)
    vocabulary.learn(tptp[0].statement, "dt_h")
    assert list(vocabulary.ids) == ["f", "g", "h", "f g", "g h"]
    assert len(vocabulary.known("Y = f(Y)")) == 1
    lean = [Premise("Nat.add_comm", "(a b : Nat) : a + b = b + a",
                    symbols=frozenset({"HAdd.hAdd", "Eq"}))]
    words = Vocabulary.of(lean)
    words.learn(lean[0].statement, lean[0].name)
    assert {"add", "comm", "nat"} <= set(words.ids)


def test_logistic_regression_finds_the_weights_that_made_the_labels():
    random = np.random.default_rng(0)
    rows = random.standard_normal((20_000, 3)) * [1.0, 5.0, 0.2]
    chances = 1 / (1 + np.exp(-(rows @ [2.0, -0.5, 0.0] + 1)))
    labels = (random.random(len(rows)) < chances).astype(float)
    found = logistic_regression(rows, labels, np.ones(len(rows)))
    assert np.allclose(found[:2], [2.0, -0.5], atol=0.15)
    assert abs(found[2]) < 0.3
    # A row that counts twice is as good as two rows.
    some, marks, twice = rows[:500], labels[:500], np.where(np.arange(500) < 100, 2.0, 1.0)
    doubled = logistic_regression(
        np.vstack([some, some[:100]]), np.append(marks, marks[:100]), np.ones(600))
    weighted = logistic_regression(some, marks, twice)
    assert np.allclose(doubled, weighted, rtol=0.05, atol=0.02)


@pytest.mark.parametrize(("text", "message"), [
    ("steps = 0", "steps must be"),
    ("batch_size = 'x'", "not of type int"),
    ("no_such = 1", "unknown option"),
    ("steps = ", "not TOML"),
])  # fmt: skip
def test_wrong_options_are_told(tmp_path, text, message):
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(RetrievalError, match=message) as told:
        TrainingOptions.load(tmp_path / "c.toml")
    assert told.value.file == tmp_path / "c.toml"


def test_options_of_a_file(tmp_path):
    (tmp_path / "c.toml").write_text("steps = 7\nlearning_rate = 1\n")
    options = TrainingOptions.load(tmp_path / "c.toml")
    assert (options.steps, options.learning_rate, options.batch_size) == (7, 1, 24)
