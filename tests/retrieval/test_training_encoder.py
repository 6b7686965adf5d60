"""Training an encoder: what is learnt, what counts as a negative, stopping and going on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.contracts import RetrievalError
from retrieval.encoders import EncoderFormat, TransformerEncoder, load_encoder
from retrieval.questions import Question
from retrieval.training.batches import Batches, mined
from retrieval.training.contrastive import CHECKPOINT, ContrastiveTrainer, add_words
from retrieval.training.options import TrainingOptions
from retrieval.training.retriever import Parts, Plan, train_retriever
from retrieval.training.trained import load_fusion, load_trained
from tests.retrieval.test_training import EXAMPLES, LIBRARY

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

OPTIONS = TrainingOptions(
    steps=6, batch_size=8, hard_pool=5, evaluate_every=2, patience=10, learning_rate=3e-3,
    symbol_learning_rate=3e-2, recall_at=5, max_length=32, new_words=1, dtype="float32")
VALIDATION = [e for e in EXAMPLES if e.name.startswith(("t10", "t11"))]
TRAIN = [e for e in EXAMPLES if e not in VALIDATION]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A BERT with one small layer and a vocabulary of letters."""
    folder = tmp_path_factory.mktemp("tiny")
    pieces = [chr(c) for c in range(33, 127)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces, *(f"##{c}" for c in pieces)]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    tokenizer = transformers.BertTokenizerFast(str(folder / "vocab.txt"), do_lower_case=True)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    transformers.BertModel(transformers.BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64)).save_pretrained(folder)
    EncoderFormat().save(folder)
    return folder


def trainer(tiny, out, options=OPTIONS, watch=lambda *_: None):
    encoder = load_encoder(f"hf:{tiny}", dtype="float32", device="cpu")
    return ContrastiveTrainer(encoder, LIBRARY, TRAIN, VALIDATION, out, options, watch)


def weights(folder):
    return transformers.AutoModel.from_pretrained(str(folder)).state_dict()


def test_training_improves_recall_and_is_loaded_by_everyone(tiny, tmp_path):
    options = OPTIONS.changed({"steps": 30, "evaluate_every": 10})
    report = trainer(tiny, tmp_path, options).run()
    assert report.steps == 30
    assert report.recalls[report.best] > report.recalls[0] + 0.1
    losses = list(report.losses.values())
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    assert not (tmp_path / CHECKPOINT).exists()
    encoder = load_encoder(f"hf:{tmp_path / 'encoder'}", dtype="float32", device="cpu")
    assert encoder.encode_queries(["f1(c1, X)"]).shape == (1, 32)
    assert weights(tmp_path / "encoder")


def test_an_interrupted_run_ends_with_the_same_weights(tiny, tmp_path):
    def interrupt(step, _steps, what):
        if step == 5 and not what.startswith("measuring"):
            raise KeyboardInterrupt

    trainer(tiny, tmp_path / "whole").run()
    with pytest.raises(KeyboardInterrupt):
        trainer(tiny, tmp_path / "cut", watch=interrupt).run()
    assert (tmp_path / "cut" / CHECKPOINT).exists()
    resumed: list[int] = []
    report = trainer(tiny, tmp_path / "cut",
                     watch=lambda step, *_: resumed.append(step)).run(resume=True)
    assert min(filter(None, resumed)) == 5  # steps 1 to 4 were not done again
    assert report.steps == OPTIONS.steps
    whole, cut = (weights(tmp_path / name / "encoder") for name in ("whole", "cut"))
    assert all(torch.equal(whole[name], cut[name]) for name in whole)


KILLED = """
import sys
from pathlib import Path
from tests.retrieval.test_training_encoder import OPTIONS, trainer
long = OPTIONS.changed({"steps": 100_000, "patience": 100_000})
trainer(Path(sys.argv[1]), Path(sys.argv[2]), long).run()
"""


def test_a_killed_run_leaves_a_whole_checkpoint(tiny, tmp_path):
    run = subprocess.Popen([sys.executable, "-c", KILLED, str(tiny), str(tmp_path)])
    try:
        deadline = time.monotonic() + 200
        while not (tmp_path / CHECKPOINT).exists() and time.monotonic() < deadline:
            assert run.poll() is None
            time.sleep(0.05)
        time.sleep(0.3)  # somewhere between or within two savings
    finally:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    saved = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert saved["step"] >= 2
    assert weights(tmp_path / "encoder")


def test_a_checkpoint_of_another_run_is_refused(tiny, tmp_path):
    def interrupt(step, _steps, _what):
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trainer(tiny, tmp_path, watch=interrupt).run()
    with pytest.raises(RetrievalError, match="other data or options"):
        trainer(tiny, tmp_path, OPTIONS.changed({"seed": 1})).run(resume=True)
    (tmp_path / CHECKPOINT).write_bytes(b"nonsense")
    with pytest.raises(RetrievalError, match="not a checkpoint"):
        trainer(tiny, tmp_path).run(resume=True)


def test_training_stops_when_recall_no_longer_rises(tiny, tmp_path):
    patient = OPTIONS.changed({"steps": 50, "learning_rate": 1e-12, "patience": 1,
                               "symbol_learning_rate": 1e-12})
    report = trainer(tiny, tmp_path, patient).run()
    assert (report.steps, report.best) == (2, 0)


def test_symbols_become_words(tiny):
    encoder = TransformerEncoder(tiny, EncoderFormat(max_length=64), name="tiny", dtype="float32",
                                 device="cpu")
    [before] = encoder.tokenize(["f3(c11, X) = f3(X)"])
    vectors = encoder.model.get_input_embeddings().weight
    pieces = encoder.tokenizer("c11", add_special_tokens=False)["input_ids"]
    mean = vectors[pieces].mean(0).detach().clone()
    assert add_words(encoder, LIBRARY, 1) > 0
    [after] = encoder.tokenize(["f3(c11, X) = f3(X)"])
    assert len(after) < len(before)
    added = encoder.tokenizer.convert_tokens_to_ids("c11")
    assert torch.allclose(encoder.model.get_input_embeddings().weight[added], mean)
    [inside] = encoder.tokenize(["xc11y"])
    assert added not in inside


# ------------------------------------------------------------------------------------- batches


@given(st.integers(1, 9), st.integers(0, 3), st.integers(0, 99))
def test_batches_hold_used_premises_and_no_false_negatives(size, negatives, number):
    used = [np.array(e.used(LIBRARY), dtype=np.int64) for e in TRAIN]
    hard = np.tile(np.arange(20, dtype=np.int64), (len(TRAIN), 1))
    batches = Batches(used, hard, size, negatives, seed=3)
    batch = batches.batch(number)
    again = Batches(used, hard, size, negatives, seed=3).batch(number)
    assert all(np.array_equal(getattr(batch, name), getattr(again, name))
               for name in ("goals", "premises", "blocked"))
    for place, goal in enumerate(batch.goals):
        assert batch.premises[place] in used[goal]
        counted = np.delete(np.arange(len(batch.premises)), place)
        negative = batch.premises[counted][~batch.blocked[place][counted]]
        assert not np.isin(negative, used[goal]).any()
        assert not batch.blocked[place, place]


def test_an_epoch_goes_through_every_example_once():
    used = [np.array([0], dtype=np.int64)] * 12
    batches = Batches(used, np.full((12, 1), -1), 4, 1, seed=0)
    seen = [goal for number in range(3) for goal in batches.batch(number).goals]
    assert sorted(seen) == list(range(12))


def test_hard_negatives_are_accessible_and_not_used():
    from retrieval.lexical import SYMBOLS, LexicalRanker

    used = [np.array(e.used(LIBRARY), dtype=np.int64) for e in TRAIN]
    found = mined(LexicalRanker.build(SYMBOLS, LIBRARY.premises), LIBRARY, TRAIN, used, 6)
    for example, ids, own in zip(TRAIN, found, used, strict=True):
        ids = ids[ids >= 0]
        assert example.mask(LIBRARY)[ids].all()
        assert not np.isin(ids, own).any()


def test_both_parts_are_trained_and_fused(tiny, tmp_path):
    questions = [Question(e.name, e.goal, tuple(e.used(LIBRARY)), ("lib", LIBRARY.premises[
        LIBRARY.ids(e.name)[0]].position)) for e in EXAMPLES]
    plan = Plan(tmp_path, Parts.BOTH, encoder=f"hf:{tiny}", validation=0.3,
                options=OPTIONS.changed({"steps": 2}))
    report = train_retriever(LIBRARY, questions, plan, lambda *_: None)
    names = [found.ranker for found in report.rankers]
    assert names[:3] == ["bm25", "symbols", "learned"]
    assert names[3].startswith("hf:")
    assert names[4] == f"fused {report.fusion:g}:1"
    best = max(found.metrics.recall[5] for found in report.rankers[2:4])
    assert report.rankers[4].metrics.recall[5] > best - 0.2
    both = load_trained(tmp_path, LIBRARY)
    assert both.name == "trained"
    [found] = both.rank([EXAMPLES[-1].goal], 3, [EXAMPLES[-1].mask(LIBRARY)])
    assert len(found.ids) == 3
    assert load_fusion(tmp_path) == {"learned": report.fusion, "encoder": 1.0}
