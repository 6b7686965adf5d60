"""The best tactics of the small model for some goals, and what becomes of given ones.

All candidates of a goal are one sequence: the prompt, read once, and behind it the tokens of every
beam, each of which sees the prompt and its own ancestors (tree attention; Miao et al.,
"SpecInfer", 2024). So nothing is copied when beams are reordered, and a prompt costs the same for
one candidate as for forty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from prover.generators.small.model import SmallModel
from prover.generators.small.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch

MOST_TOKENS = 28
"""Of a tactic."""


@dataclass(frozen=True)
class Candidate:
    """A tactic in tokens, its log-probability, and the head's `BINS` after it (probabilities)."""

    tokens: tuple[int, ...]
    log_prob: float
    outcome: tuple[float, ...]


@dataclass
class _Beams:
    """The live beams of all goals: [b, k] each; ``sees`` is [b, k, m] over the cache."""

    tokens: torch.Tensor
    scores: torch.Tensor
    sees: torch.Tensor
    texts: list[list[tuple[int, ...]]]


@dataclass
class _Finished:
    """Finished tactics of one goal: tokens, score, and what they see."""

    found: list[tuple[float, tuple[int, ...], torch.Tensor]] = field(default_factory=list)

    def worst(self, width: int) -> float:
        """The score that a further one must beat."""
        scores = sorted((score for score, _, _ in self.found), reverse=True)
        return scores[width - 1] if len(scores) >= width else float("-inf")


class Decoder:
    """Finds the ``width`` most probable tactics of each goal by beam search."""

    def __init__(self, model: SmallModel, *, width: int = 32, most_tokens: int = MOST_TOKENS):
        self._model, self._width, self._most = model, width, most_tokens

    @property
    def model(self) -> SmallModel:
        """What is decoded."""
        return self._model

    @property
    def vocabulary(self) -> Vocabulary:
        """The model's."""
        return self._model.vocabulary

    def read(self, prompts: Sequence[Sequence[int]]) -> tuple[torch.Tensor, _Read]:
        """Run the prompts: the hidden state [b, d] at the end of each, and what goes on there."""
        import torch
        from transformers import DynamicCache

        longest = max(map(len, prompts))
        pad = self._model.vocabulary.pad
        tokens = torch.tensor([[pad] * (longest - len(p)) + list(p) for p in prompts])
        real = torch.tensor([[False] * (longest - len(p)) + [True] * len(p) for p in prompts])
        causal = torch.ones(longest, longest, dtype=torch.bool).tril()
        itself = torch.eye(longest, dtype=torch.bool)  # padding sees itself: no empty softmax
        mask = ((causal & real[:, None, :]) | itself)[:, None]
        positions = (real.long().cumsum(1) - 1).clamp(min=0)
        cache = DynamicCache()
        hidden = self._model.hidden(tokens, positions, mask, cache)
        return hidden[:, -1], _Read(cache, real, real.sum(1))

    def propose(self, prompts: Sequence[Sequence[int]]) -> list[list[Candidate]]:
        """For each prompt its candidates, most probable first."""
        import torch

        with torch.inference_mode():
            hidden, read = self.read(prompts)
            finished = self._search(hidden, read)
            outcomes = self._outcomes(finished, read)
        return [
            [Candidate(tokens, score, tuple(outcome))
             for (score, tokens, _), outcome in zip(done.found, of_goal, strict=True)]
            for done, of_goal in zip(finished, outcomes, strict=True)
        ]

    def _search(self, hidden: torch.Tensor, read: _Read) -> list[_Finished]:
        import torch

        batch = hidden.shape[0]
        finished = [_Finished() for _ in range(batch)]
        first = torch.log_softmax(self._model.logits(hidden).float(), -1)
        sees = read.real[:, None].expand(batch, 1, -1)
        beams = _Beams(torch.zeros(batch, 1, dtype=torch.long), torch.zeros(batch, 1), sees,
                       [[()] for _ in range(batch)])
        beams = self._extended(beams, first[:, None], finished)
        for step in range(self._most - 1):
            if all(done.worst(self._width) >= scores.max() for done, scores
                   in zip(finished, beams.scores, strict=True)):
                break
            states = read.step(self._model, beams.tokens, beams.sees, step)
            beams.sees = read.with_itself(beams.sees)
            following = torch.log_softmax(self._model.logits(states).float(), -1)
            beams = self._extended(beams, following, finished)
        for done in finished:
            done.found = sorted(done.found, key=lambda f: -f[0])[: self._width]
        return finished

    def _extended(
        self, beams: _Beams, following: torch.Tensor, finished: list[_Finished]
    ) -> _Beams:
        """The best beams that are one token longer; those that end are put aside."""
        import torch

        end, vocabulary = self._model.vocabulary.end, following.shape[-1]
        total = beams.scores[..., None] + following
        for row, done in enumerate(finished):
            bound = done.worst(self._width)
            for k, text in enumerate(beams.texts[row]):
                score = float(total[row, k, end])
                if text and score > bound:
                    done.found.append((score, text, beams.sees[row, k]))
        total[..., end] = float("-inf")
        scores, places = total.flatten(1).topk(min(self._width, total[0].numel() - 1))
        parents, tokens = places // vocabulary, places % vocabulary
        sees = torch.gather(beams.sees, 1, parents[..., None].expand(
            -1, -1, beams.sees.shape[-1]))
        texts = [[(*beams.texts[row][parent], token) for parent, token
                  in zip(of_parents, of_tokens, strict=True)]
                 for row, (of_parents, of_tokens)
                 in enumerate(zip(parents.tolist(), tokens.tolist(), strict=True))]
        return _Beams(tokens, scores, sees, texts)

    def _outcomes(self, finished: list[_Finished], read: _Read) -> list[list[list[float]]]:
        """What the head says at the end of every finished tactic: one more step for all."""
        import torch

        width = max((len(done.found) for done in finished), default=0)
        if not width:
            return [[] for _ in finished]
        end, total = self._model.vocabulary.end, read.length
        sees = torch.zeros(len(finished), width, total, dtype=torch.bool)
        sees[..., -1] = True
        steps = torch.zeros(len(finished), width, dtype=torch.long)
        for row, done in enumerate(finished):
            for k, (_, text, seen) in enumerate(done.found):
                sees[row, k] = False
                sees[row, k, : len(seen)] = seen
                steps[row, k] = len(text)
        tokens = torch.full((len(finished), width), end)
        states = read.step(self._model, tokens, sees, steps)
        shares = torch.softmax(self._model.head(states).float(), -1).tolist()
        return [of_goal[: len(done.found)]
                for of_goal, done in zip(shares, finished, strict=True)]

    def score(
        self, prompt: Sequence[int], tactics: Sequence[Sequence[int]]
    ) -> list[Candidate]:
        """Given tactics of one goal, in one pass."""
        import torch

        model, end = self._model, self._model.vocabulary.end
        if not tactics:
            return []
        with torch.inference_mode():
            hidden, read = self.read([prompt])
            flat = [t for tactic in tactics for t in (*tactic, end)]
            owners = torch.tensor([i for i, tactic in enumerate(tactics)
                                   for _ in range(len(tactic) + 1)])
            places = torch.tensor([i for tactic in tactics for i in range(len(tactic) + 1)])
            own = (owners[:, None] == owners[None]) & (places[:, None] >= places[None])
            mask = torch.cat([torch.ones(len(flat), len(prompt), dtype=torch.bool), own], 1)
            states = model.hidden(torch.tensor([flat]), (places + len(prompt))[None],
                                  mask[None, None], read.cache)[0]
            before = torch.where((places == 0)[:, None], hidden[0], states.roll(1, 0))
            chances = torch.log_softmax(model.logits(before).float(), -1)
            each = chances[torch.arange(len(flat)), torch.tensor(flat)]
            totals = torch.zeros(len(tactics)).index_add(0, owners, each).tolist()
            ends = [i for i, token in enumerate(flat) if token == end]
            shares = torch.softmax(model.head(states[ends]).float(), -1).tolist()
        return [Candidate(tuple(tactic), total, tuple(share))
                for tactic, total, share in zip(tactics, totals, shares, strict=True)]

    def values(self, prompts: Sequence[Sequence[int]]) -> list[tuple[float, ...]]:
        """The head's `BINS` at the end of each prompt: how many tactics the goal needs."""
        import torch

        with torch.inference_mode():
            hidden, _ = self.read(prompts)
            shares = torch.softmax(self._model.head(hidden).float(), -1).tolist()
        return [tuple(share) for share in shares]


@dataclass
class _Read:
    """Prompts that were read: ``cache`` has their keys and values, ``real`` [b, n] says where
    they are not padding, ``lengths`` [b] how long they are. Steps add to the cache."""

    cache: Any
    real: torch.Tensor
    lengths: torch.Tensor
    added: int = 0

    @property
    def length(self) -> int:
        """Of the cache."""
        return self.real.shape[1] + self.added

    def step(
        self, model: SmallModel, tokens: torch.Tensor, sees: torch.Tensor,
        place: int | torch.Tensor,
    ) -> torch.Tensor:
        """Hidden states [b, k, d] of one more token for each of k beams, the ``place``-th of
        their tactics; ``sees`` [b, k, m] says what of the cache each one sees besides itself."""
        import torch

        batch, width = tokens.shape
        itself = torch.eye(width, dtype=torch.bool).expand(batch, -1, -1)
        mask = torch.cat([sees, itself], 2)[:, None]
        positions = self.lengths[:, None] + place
        states = model.hidden(tokens, positions.expand(batch, width), mask, self.cache)
        self.added += width
        return states

    @staticmethod
    def with_itself(sees: torch.Tensor) -> torch.Tensor:
        """``sees`` after a step: each beam sees the token that it has just read, too."""
        import torch

        batch, width = sees.shape[:2]
        return torch.cat([sees, torch.eye(width, dtype=torch.bool).expand(batch, -1, -1)], 2)
