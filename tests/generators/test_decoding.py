"""Sampling and beams of small random models of each architecture, against plain forward passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from prover.generators.neural.decoding import Candidate, Decoding, beam_search, sample
from tests.generators.models import ARCHITECTURES, make

END, PAD = 1, 0
PROMPTS = [[5, 6, 7, 8, 9], [3, 4], [10, 11, 12, 13, 14, 15, 16]]


@pytest.fixture(scope="module", params=list(ARCHITECTURES))
def model(request: pytest.FixtureRequest) -> Any:
    made, _ = make(request.param)
    with torch.no_grad():
        for weight in made.parameters():
            weight.mul_(2.5)  # or all tokens are about as likely
    return made


def scored(model: Any, prompt: Sequence[int], candidate: Candidate) -> float:
    """The log-probability by one forward pass over the whole continuation."""
    tokens = [*candidate.tokens, *([END] if candidate.complete else [])]
    with torch.inference_mode():
        if model.config.is_encoder_decoder:
            logits = model(input_ids=torch.tensor([prompt]),
                           decoder_input_ids=torch.tensor([[PAD, *tokens[:-1]]])).logits[0]
        else:
            logits = model(torch.tensor([[*prompt, *tokens]])).logits[0, len(prompt) - 1 : -1]
        table = logits.log_softmax(-1)
        return float(sum(table[place, token] for place, token in enumerate(tokens)))


def test_log_probabilities_are_those_of_the_model(model: Any) -> None:
    options = Decoding(8, 10, temperature=1.3, top_p=0.95)
    for prompt, found in zip(PROMPTS, sample(model, PROMPTS, options, end=[END], pad=PAD,
                                             seeds=[1, 2, 3]), strict=True):
        assert 1 <= len(found) <= 8
        for candidate in found:
            assert candidate.log_prob == pytest.approx(scored(model, prompt, candidate), abs=1e-3)
            assert END not in candidate.tokens
            assert candidate.complete or len(candidate.tokens) == 10


def test_a_batch_gives_what_its_prompts_give_alone(model: Any) -> None:
    options = Decoding(6, 8)
    together = sample(model, PROMPTS, options, end=[END], pad=PAD, seeds=[1, 2, 3])
    alone = [sample(model, [p], options, end=[END], pad=PAD, seeds=[s])[0]
             for p, s in zip(PROMPTS, [1, 2, 3], strict=True)]
    for one, other in zip(together, alone, strict=True):
        assert [c.tokens for c in one] == [c.tokens for c in other]


def test_the_seed_decides(model: Any) -> None:
    def tokens(seed: int) -> list[tuple[int, ...]]:
        found = sample(model, PROMPTS[:1], Decoding(4, 8), end=[END], pad=PAD, seeds=[seed])
        return [c.tokens for c in found[0]]

    assert tokens(7) == tokens(7)
    assert len({tuple(tokens(seed)) for seed in range(6)}) > 1


def test_every_candidate_by_itself_is_an_exact_sample(model: Any) -> None:
    """First tokens of many single draws, and of one draw of many, against the distribution."""
    whole = sample(model, PROMPTS[:1], Decoding(2000, 1), end=[END], pad=PAD, seeds=[0])[0]
    expected = {c.tokens: torch.tensor(c.log_prob).exp().item() for c in whole}
    assert sum(expected.values()) > 0.97
    singles = sample(model, PROMPTS[:1] * 1500, Decoding(1, 1), end=[END], pad=PAD,
                     seeds=range(1500))
    counts = Counter(c.tokens for found in singles for c in found)
    for tokens, probability in expected.items():
        share = counts[tokens] / 1500
        # five standard deviations: seeds are fixed, so this cannot fail by chance later
        assert abs(share - probability) < 5 * (probability / 1500) ** 0.5 + 1e-3


def test_the_prompt_is_read_once_and_equal_prefixes_are_one_row(model: Any) -> None:
    rows: list[int] = []

    def watch(_: Any, __: Any, kwargs: dict[str, Any]) -> None:
        ids = kwargs.get("decoder_input_ids", kwargs.get("input_ids"))
        rows.append(len(ids))

    handle = model.register_forward_pre_hook(watch, with_kwargs=True)
    try:
        found = sample(model, PROMPTS[:2], Decoding(16, 5), end=[END], pad=PAD, seeds=[1, 2])
    finally:
        handle.remove()
    assert rows[0] == 2
    for step in range(1, len(rows)):
        prefixes = {(i, c.tokens[:step]) for i, group in enumerate(found) for c in group
                    if len(c.tokens) >= step}
        assert rows[step] == len(prefixes)


def test_beams_are_sorted_and_as_likely_as_greedy_decoding(model: Any) -> None:
    greedy = beam_search(model, PROMPTS, Decoding(1, 6), end=[END], pad=PAD)
    beams = beam_search(model, PROMPTS, Decoding(4, 6), end=[END], pad=PAD)
    for prompt, one, several in zip(PROMPTS, greedy, beams, strict=True):
        scores = [c.log_prob for c in several]
        assert scores == sorted(scores, reverse=True)
        for candidate in (*one, *several):
            assert candidate.log_prob == pytest.approx(scored(model, prompt, candidate), abs=1e-3)


@pytest.mark.parametrize("decode", [sample, beam_search])
def test_decoding_can_be_halted(model: Any, decode: Any) -> None:
    asked = []

    def halt() -> bool:
        asked.append(1)
        return len(asked) > 3

    seeds = {"seeds": [1]} if decode is sample else {}
    found = decode(model, PROMPTS[:1], Decoding(4, 50), end=[END], pad=PAD, halt=halt, **seeds)
    assert all(len(c.tokens) <= 5 for c in found[0])


def test_a_model_that_computes_no_numbers_is_found_out(model: Any) -> None:
    def spoil(_: Any, __: Any, output: Any) -> Any:
        output.logits = output.logits * float("nan")
        return output

    handle = model.register_forward_hook(spoil)
    try:
        with pytest.raises(FloatingPointError):
            sample(model, PROMPTS[:1], Decoding(4, 5), end=[END], pad=PAD, seeds=[1])
    finally:
        handle.remove()


def test_no_prompts_no_candidates(model: Any) -> None:
    assert sample(model, [], Decoding(), end=[END], pad=PAD, seeds=[]) == []
    assert beam_search(model, [], Decoding(), end=[END], pad=PAD) == []
