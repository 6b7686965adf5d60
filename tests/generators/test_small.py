"""The small model: decoding is exact, proposals are tactics, mistakes are told in a line."""

from __future__ import annotations

import json
import math
import shutil

import pytest

from prover.contracts import Goal, Hypothesis, InputError, Request
from prover.generators.cleaning import World
from prover.generators.errors import GeneratorError
from retrieval.contracts import Premise, ScoredPremise

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from prover.generators.small.decoding import Decoder  # noqa: E402
from prover.generators.small.generator import SmallValue, small_source  # noqa: E402
from prover.generators.small.model import BINS, Shape, load_model, new_model  # noqa: E402
from prover.generators.small.vocabulary import Vocabulary  # noqa: E402

TEXTS = ["H0 : Nat | H1 : List H0 ⊢ H1.length = 0 D0 List.length P0 List.length_nil : 0 = 0 ⇒",
         "simp [P0]", "cases H1 <;> simp_all [D0, P0]", "rw [P0]", "exact P0 .. ≤ ∀"] * 20
GOAL = Goal((Hypothesis("l", "List Nat"),), "l.length = l.length + 0")
PREMISES = (ScoredPremise(Premise("List.length_nil", "[].length = 0"), 1.0),)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.set_num_threads(1)
    vocabulary = Vocabulary.learn(TEXTS, 500)
    made = new_model(vocabulary, Shape(32, 2, 2, 64), seed=1)
    path = tmp_path_factory.mktemp("model")
    made.save(path)
    return path


@pytest.fixture(scope="module")
def decoder(folder):
    return Decoder(load_model(folder), width=6, most_tokens=6)


def test_text_comes_back_exactly(folder):
    vocabulary = Vocabulary.load(folder)
    assert [vocabulary.decode(t) for t in vocabulary.encode(TEXTS)] == TEXTS
    [[slot]] = vocabulary.encode(["P0"])
    assert slot == vocabulary.slots["P0"][0]


def test_candidates_have_the_probabilities_that_the_network_gives_them(decoder):
    """Tree attention over a shared, padded prompt is the same as reading prompt and tactic."""
    prompts = decoder.vocabulary.encode([TEXTS[0], "⊢ x = 0 ⇒"])
    for prompt, found in zip(prompts, decoder.propose(prompts), strict=True):
        assert found
        assert len({c.tokens for c in found}) == len(found)
        assert [c.log_prob for c in found] == sorted((c.log_prob for c in found), reverse=True)
        for candidate in found[:3]:
            whole = torch.tensor([[*prompt, *candidate.tokens, decoder.vocabulary.end]])
            with torch.no_grad():
                output = decoder.model.network(input_ids=whole, output_hidden_states=True)
                chances = torch.log_softmax(output.logits[0, len(prompt) - 1 : -1], -1)
                shares = torch.softmax(decoder.model.head(output.hidden_states[-1][0, -1]), -1)
            each = chances[torch.arange(len(chances)), whole[0, len(prompt) :]]
            assert float(each.sum()) == pytest.approx(candidate.log_prob, abs=1e-3)
            assert shares.tolist() == pytest.approx(list(candidate.outcome), abs=1e-4)


def test_given_tactics_are_scored_as_proposed_ones(decoder):
    [prompt] = decoder.vocabulary.encode([TEXTS[0]])
    [found] = decoder.propose([prompt])
    again = decoder.score(prompt, [c.tokens for c in found])
    for one, other in zip(found, again, strict=True):
        assert one.log_prob == pytest.approx(other.log_prob, abs=1e-3)
        assert one.outcome == pytest.approx(other.outcome, abs=1e-4)


def test_beam_search_finds_the_best(decoder):
    """Of all tactics of two tokens, none is more probable than the best candidates."""
    [prompt] = decoder.vocabulary.encode(["⊢ x = 0 ⇒"])
    [found] = decoder.propose([prompt])
    singles = [[t] for t in range(len(decoder.vocabulary)) if t != decoder.vocabulary.end]
    best = max(c.log_prob for c in decoder.score(prompt, singles))
    assert found[0].log_prob >= best - 1e-4


def test_proposals_are_distinct_tactics_with_log_probabilities(folder):
    generator = small_source({"model": str(folder), "n": "12", "rules": "20"}).generator(
        World.LEAN, 0)
    request = Request((GOAL,), PREMISES, 10)
    first, empty, again = generator.propose([request, Request(()), request])
    assert empty == []
    assert [p.tactic for p in first] == [p.tactic for p in again]
    assert 0 < len(first) <= 10
    assert len({p.tactic for p in first}) == len(first)
    scores = [p.log_prob for p in first]
    assert scores == sorted(scores, reverse=True)
    assert all(s <= 0 and math.isfinite(s) for s in scores)
    assert "grind" in {p.tactic for p in generator.propose([Request((GOAL,), PREMISES, 99)])[0]}


def test_values_are_log_probabilities(folder):
    value = SmallValue(small_source({"model": str(folder)}))
    one, both, none = value.score([(GOAL,), (GOAL, GOAL), ()])
    assert one < 0
    assert both == pytest.approx(2 * one, rel=1e-4)
    assert none == 0
    assert len(BINS) == 6


@pytest.mark.parametrize("file", ["model.safetensors", "value_head.safetensors", "tokenizer.json",
                                  "config.json"])
def test_missing_truncated_and_foreign_files_are_told_in_a_line(folder, tmp_path, file):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    whole = (copy / file).read_bytes()
    for content in (whole[: len(whole) // 2], b"{}", None):
        (copy / file).unlink(missing_ok=True)
        if content is not None:
            (copy / file).write_bytes(content)
        with pytest.raises(GeneratorError) as told:
            small_source({"model": str(copy), "n": "7"}).warm_up()
        assert "\n" not in str(told.value)
        assert "copy the whole folder" in str(told.value)


def test_other_mistakes_are_told(tmp_path):
    with pytest.raises(GeneratorError, match="no such folder"):
        small_source({"model": str(tmp_path / "none")}).warm_up()
    with pytest.raises(InputError, match="unknown option"):
        small_source({"widht": "3"})


def test_a_network_of_another_vocabulary_is_refused(folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    config = json.loads((copy / "config.json").read_text())
    config["vocab_size"] += 1
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(GeneratorError):
        small_source({"model": str(copy)}).warm_up()
