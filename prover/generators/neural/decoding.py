"""Candidates from a language model: many continuations of one prompt, its prefix read once.

Sampling is systematic, as in particle filters (G. Kitagawa, 1996): the candidates that have the
same prefix draw their next tokens with evenly spaced points of one random offset. A candidate by
itself is an exact sample; together they repeat each other less than independent ones. As long as
candidates have the same prefix they are one row of the batch, so that the prompt is read once
(shared prefill) and the work grows with the number of different prefixes, not of candidates.

Works for decoder-only and encoder–decoder models of transformers with a key–value cache.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from prover.generators.cache_argument import cache_argument, cache_of

if TYPE_CHECKING:
    import torch

Halt = Callable[[], bool]
"""Asked before every token; true ends decoding at once with what is there."""


@dataclass(frozen=True)
class Decoding:
    """How candidates are made: ``candidates`` a prompt, each of at most ``max_new_tokens``.

    ``temperature`` and ``top_p`` (keep the likeliest tokens that together have this probability)
    shape what is drawn, not the log-probabilities that are reported.
    """

    candidates: int = 16
    max_new_tokens: int = 64
    temperature: float = 1.0
    top_p: float = 1.0


@dataclass(frozen=True)
class Candidate:
    """A continuation: its tokens without the end token, and its natural log-probability, the sum
    over its tokens (the end token among them). ``complete`` is false where length or time cut it
    off."""

    tokens: tuple[int, ...]
    log_prob: float
    complete: bool

    @property
    def generated(self) -> int:
        """How many tokens the model generated for it."""
        return len(self.tokens) + self.complete


def sample(
    model: Any, prompts: Sequence[Sequence[int]], options: Decoding, *, end: Collection[int],
    pad: int, seeds: Sequence[int], halt: Halt | None = None,
) -> list[list[Candidate]]:
    """Draw ``options.candidates`` continuations of each prompt; equal ones are given once.

    Args:
        model: a transformers model with a language-modelling head, in evaluation mode.
        prompts: token ids of each prompt, none empty.
        end: tokens that end a continuation.
        pad: a token to pad with (it is never attended to).
        seeds: one for each prompt; the same prompt and seed give the same candidates.

    Returns:
        For each prompt its different candidates, likeliest first.
    """
    import torch

    if not prompts:
        return []
    with torch.inference_mode():
        rows = _rows(model, prompts, pad)
        drawing = _Drawing(seeds, options)
        ends = frozenset(end)
        for step in range(options.max_new_tokens):
            if halt is not None and halt():
                break
            following = drawing.draw(rows.logits, step, ends)
            if not following:
                break
            if step + 1 < options.max_new_tokens:
                rows.advance([row for row, _ in following], [token for _, token in following])
        return drawing.candidates()


def beam_search(
    model: Any, prompts: Sequence[Sequence[int]], options: Decoding, *, end: Collection[int],
    pad: int, halt: Halt | None = None,
) -> list[list[Candidate]]:
    """The likeliest continuations found with as many beams as candidates are wanted.

    Arguments and result are those of `sample`; nothing is drawn.
    """
    import torch

    if not prompts:
        return []
    ids, mask = _padded(prompts, pad, model.device)
    with torch.inference_mode():
        found = model.generate(
            input_ids=ids, attention_mask=mask, do_sample=False, num_beams=options.candidates,
            num_return_sequences=options.candidates, max_new_tokens=options.max_new_tokens,
            eos_token_id=sorted(end) or None, pad_token_id=pad, return_dict_in_generate=True,
            output_scores=True, stopping_criteria=_criteria(halt),
            **({"length_penalty": 0.0} if options.candidates > 1 else {}),
        )
    start = 1 if model.config.is_encoder_decoder else ids.shape[1]
    if options.candidates > 1:
        scores = found.sequences_scores.tolist()
    else:  # greedy search: transformers reports no score of the whole
        scores = model.compute_transition_scores(
            found.sequences, found.scores, normalize_logits=True
        ).nan_to_num(0.0, 0.0, 0.0).sum(-1).tolist()
    every = [_cut(sequence[start:], score, frozenset(end), options)
             for sequence, score in zip(found.sequences.tolist(), scores, strict=True)]
    groups = [every[i : i + options.candidates] for i in range(0, len(every), options.candidates)]
    return [_distinct(group) for group in groups]


# --------------------------------------------------------------------------------- the candidates


class _Drawing:
    """The candidates of all prompts, and in which row each of them is."""

    def __init__(self, seeds: Sequence[int], options: Decoding) -> None:
        import torch

        self._options, self._offsets = options, []
        for seed in seeds:
            source = torch.Generator().manual_seed(seed % 2**63)
            self._offsets += torch.rand(options.candidates, options.max_new_tokens,
                                        generator=source, dtype=torch.float64).tolist()
        count = len(self._offsets)
        self._row = [candidate // options.candidates for candidate in range(count)]
        self._tokens: list[list[int]] = [[] for _ in range(count)]
        self._scores = [0.0] * count
        self._alive = list(range(count))
        self._complete: set[int] = set()

    def draw(
        self, logits: torch.Tensor, step: int, ends: Collection[int]
    ) -> list[tuple[int, int]]:
        """The next token of every candidate, from the logits [rows, vocabulary].

        Returns what the rows of the next step are: the row that each continues, and its token.
        """
        import torch

        if torch.isnan(logits).any():
            raise FloatingPointError("the model's output is not a number")
        stretches = _shaped(logits.float(), self._options).double().cumsum(-1)
        rows = torch.tensor([self._row[c] for c in self._alive], device=logits.device)
        points = torch.tensor(self._points(step), dtype=torch.float64, device=logits.device)
        tokens = _locate(stretches[rows], points)
        gained = logits.float().log_softmax(-1)[rows, tokens].tolist()
        return self._advance(tokens.tolist(), gained, ends)

    def _points(self, step: int) -> list[float]:
        """A point of [0, 1) for each living candidate, evenly spaced among those of a row."""
        together: dict[int, list[int]] = {}
        for candidate in self._alive:
            together.setdefault(self._row[candidate], []).append(candidate)
        points = {
            candidate: (place + self._offsets[group[0]][step]) / len(group)
            for group in together.values() for place, candidate in enumerate(group)
        }
        return [points[candidate] for candidate in self._alive]

    def _advance(
        self, tokens: Sequence[int], gained: Sequence[float], ends: Collection[int]
    ) -> list[tuple[int, int]]:
        following: dict[tuple[int, int], int] = {}
        alive = []
        for candidate, token, gain in zip(self._alive, tokens, gained, strict=True):
            self._scores[candidate] += gain
            if token in ends:
                self._complete.add(candidate)
                continue
            self._tokens[candidate].append(token)
            place = (self._row[candidate], token)
            self._row[candidate] = following.setdefault(place, len(following))
            alive.append(candidate)
        self._alive = alive
        return list(following)

    def candidates(self) -> list[list[Candidate]]:
        """What was drawn for each prompt."""
        n = self._options.candidates
        every = [Candidate(tuple(self._tokens[c]), min(0.0, self._scores[c]), c in self._complete)
                 for c in range(len(self._tokens))]
        return [_distinct(every[i : i + n]) for i in range(0, len(every), n)]


def _shaped(logits: torch.Tensor, options: Decoding) -> torch.Tensor:
    """The probabilities [rows, vocabulary] that are drawn from; they need not add up to 1."""
    probs = (logits / options.temperature).softmax(-1)
    if options.top_p >= 1.0:
        return probs
    ordered, places = probs.sort(-1, descending=True)
    ordered = ordered.masked_fill(ordered.cumsum(-1) - ordered >= options.top_p, 0.0)
    return ordered.new_zeros(ordered.shape).scatter(-1, places, ordered)


def _locate(stretches: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """For points [n] of the unit interval the tokens [n] in whose stretches they lie.

    ``stretches`` [n, vocabulary] are the ends of the tokens' stretches, not scaled.
    """
    import torch

    scaled = (points * stretches[:, -1]).unsqueeze(-1)
    tokens = torch.searchsorted(stretches, scaled, right=True)
    last = stretches.argmax(-1, keepdim=True)  # rounding may put a point on the very end
    return torch.minimum(tokens, last).squeeze(-1)


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    kept = {candidate.tokens: candidate for candidate in reversed(candidates)}
    return sorted(kept.values(), key=lambda c: (-c.log_prob, c.tokens))


def _cut(
    tokens: Sequence[int], score: float, ends: Collection[int], options: Decoding
) -> Candidate:
    for place, token in enumerate(tokens):
        if token in ends:
            return Candidate(tuple(tokens[:place]), min(0.0, score), True)
    return Candidate(tuple(tokens[: options.max_new_tokens]), min(0.0, score), False)


def _criteria(halt: Halt | None) -> Any:
    from transformers import StoppingCriteriaList

    if halt is None:
        return StoppingCriteriaList()

    def stop(ids: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        return ids.new_full((len(ids),), halt(), dtype=_bool())

    return StoppingCriteriaList([stop])


def _bool() -> torch.dtype:
    import torch

    return torch.bool


# --------------------------------------------------------------------------------------- the rows


class _Rows(Protocol):
    """Different prefixes, one a row, and the logits [rows, vocabulary] of what follows each."""

    logits: torch.Tensor
    device: torch.device

    def advance(self, parents: Sequence[int], tokens: Sequence[int]) -> None:
        """Make new rows: each continues an old one with a token."""


def _rows(model: Any, prompts: Sequence[Sequence[int]], pad: int) -> _Rows:
    if model.config.is_encoder_decoder:
        return _EncoderDecoderRows(model, prompts, pad)
    return _DecoderRows(model, prompts, pad)


class _DecoderRows:
    """Rows of a decoder-only model; prompts are padded on the left."""

    def __init__(self, model: Any, prompts: Sequence[Sequence[int]], pad: int) -> None:
        self._model, self.device = model, model.device
        takes = inspect.signature(model.forward).parameters
        self._places, self._last_only = "position_ids" in takes, "logits_to_keep" in takes
        ids, self._mask = _padded(prompts, pad, self.device)
        self._forward(ids, self._mask.cumsum(-1).sub(1).clamp(min=0), None)

    def advance(self, parents: Sequence[int], tokens: Sequence[int]) -> None:
        """Continue ``parents`` with ``tokens``."""
        import torch

        if list(parents) != list(range(len(self._mask))):
            chosen = torch.tensor(parents, device=self.device)
            self._cache.batch_select_indices(chosen)
            self._mask = self._mask[chosen]
        ids = torch.tensor(tokens, device=self.device).unsqueeze(-1)
        self._mask = torch.cat([self._mask, torch.ones_like(ids)], -1)
        self._forward(ids, self._mask.sum(-1, keepdim=True) - 1, self._cache)

    def _forward(self, ids: torch.Tensor, places: torch.Tensor, cache: Any) -> None:
        extra: dict[str, Any] = {"position_ids": places} if self._places else {}
        if self._last_only:
            extra["logits_to_keep"] = 1
        out = self._model(input_ids=ids, attention_mask=self._mask, use_cache=True,
                          **cache_argument(self._model, cache), **extra)
        self._cache, self.logits = cache_of(out), out.logits[:, -1]


class _EncoderDecoderRows:
    """Rows of an encoder–decoder model: the prompt is encoded once for all of them."""

    def __init__(self, model: Any, prompts: Sequence[Sequence[int]], pad: int) -> None:
        import torch

        self._model, self.device = model, model.device
        ids, self._mask = _padded(prompts, pad, self.device, left=False)
        self._encoded = model.get_encoder()(input_ids=ids, attention_mask=self._mask)
        start = model.config.decoder_start_token_id
        start = pad if start is None else start
        self._forward(torch.full((len(prompts), 1), start, device=self.device), None)

    def advance(self, parents: Sequence[int], tokens: Sequence[int]) -> None:
        """Continue ``parents`` with ``tokens``."""
        import torch

        if list(parents) != list(range(len(self._mask))):
            chosen = torch.tensor(parents, device=self.device)
            self._cache.batch_select_indices(chosen)
            self._mask = self._mask[chosen]
            self._encoded.last_hidden_state = self._encoded.last_hidden_state[chosen]
        self._forward(torch.tensor(tokens, device=self.device).unsqueeze(-1), self._cache)

    def _forward(self, ids: torch.Tensor, cache: Any) -> None:
        out = self._model(encoder_outputs=self._encoded, attention_mask=self._mask,
                          decoder_input_ids=ids, use_cache=True,
                          **cache_argument(self._model, cache))
        self._cache, self.logits = cache_of(out), out.logits[:, -1]


def _padded(
    prompts: Sequence[Sequence[int]], pad: int, device: Any, *, left: bool = True
) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and attention mask, both [prompts, longest]."""
    import torch

    longest = max(map(len, prompts))
    ids, mask = [], []
    for prompt in prompts:
        filling = [pad] * (longest - len(prompt))
        own, room = [1] * len(prompt), [0] * len(filling)
        ids.append([*filling, *prompt] if left else [*prompt, *filling])
        mask.append(room + own if left else own + room)
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)
