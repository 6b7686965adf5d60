"""What the small model learns: to propose what worked, and to foresee what becomes of tactics.

A state and all tactics tried on it are one sequence: every tactic sees the prompt and itself, as
when they are proposed (`prover.generators.small.decoding`), so the prompt costs its tokens once
for all of them. Four losses are added: the negative log-likelihood of the tactics that worked
(each state counts the same), that of what worked among all that was tried there (a softmax over
the list, as in ListNet; Cao et al., 2007), the cross-entropy of the head at the end of every
tactic and of the prompt, and, with a small weight, that of the prompt itself, which teaches what
goals look like.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prover.generators.small.model import BINS, SmallModel
from prover.training.loop import mean
from prover.training.small_data import Example, Shuffler

if TYPE_CHECKING:
    import torch

    from prover.training.options import DpoOptions, TrainingOptions


@dataclass(frozen=True)
class Packed:
    """A batch of b states, n tokens each (padded).

    ``predicts`` [t, 3] are (row, place that predicts, target token) of all tactic tokens,
    ``owner`` [t] the tactic that each belongs to, ``ends`` [k, 2] (row, place) of the end of each
    tactic, ``outcomes`` [k], ``worked`` [k], ``rows`` [k]; ``prompt_ends`` [b], ``values`` [b].
    """

    tokens: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    predicts: torch.Tensor
    owner: torch.Tensor
    ends: torch.Tensor
    outcomes: torch.Tensor
    worked: torch.Tensor
    rows: torch.Tensor
    prompt_ends: torch.Tensor
    values: torch.Tensor


def pack(examples: Sequence[Example], separator: int, pad: int) -> Packed:
    """A batch of examples."""
    import torch

    longest = max(example.length for example in examples)
    shape = (len(examples), longest)
    tokens, positions = torch.full(shape, pad), torch.zeros(shape, dtype=torch.long)
    mask = torch.eye(longest, dtype=torch.bool).repeat(len(examples), 1, 1)
    predicts: list[tuple[int, int, int]] = []
    ends: list[tuple[int, int]] = []
    owner, prompt_ends, outcomes, worked, rows = [], [], [], [], []
    for row, example in enumerate(examples):
        prompt = [*example.goal, *(t for p in example.premises for t in p), separator]
        size = len(prompt)
        tokens[row, :size] = torch.tensor(prompt)
        positions[row, :size] = torch.arange(size)
        mask[row, :size, :size] |= torch.ones(size, size, dtype=torch.bool).tril()
        prompt_ends.append(size - 1)
        start = size
        for tried in example.tries:
            length = len(tried.tokens)
            stop = start + length
            tokens[row, start:stop] = torch.tensor(tried.tokens)
            positions[row, start:stop] = torch.arange(size, size + length)
            mask[row, start:stop, :size] = True
            mask[row, start:stop, start:stop] |= torch.ones(
                length, length, dtype=torch.bool).tril()
            before = [size - 1, *range(start, stop - 1)]
            predicts += [(row, place, target)
                         for place, target in zip(before, tried.tokens, strict=True)]
            owner += [len(ends)] * length
            ends.append((row, stop - 1))
            outcomes.append(tried.outcome)
            worked.append(tried.worked)
            rows.append(row)
            start = stop
    return Packed(
        tokens, positions, mask[:, None], torch.tensor(predicts), torch.tensor(owner),
        torch.tensor(ends), torch.tensor(outcomes), torch.tensor(worked), torch.tensor(rows),
        torch.tensor(prompt_ends), torch.tensor([example.value for example in examples]))


class SmallObjective:
    """Fine-tuning and value estimation together.

    Args:
        aside: what is measured on.
    """

    name = "small"

    def __init__(
        self, model: SmallModel, learnt: Sequence[Example], aside: Sequence[Example],
        options: TrainingOptions,
    ) -> None:
        import torch

        self._model, self._learnt, self._aside = model, learnt, aside
        self._options, self._random = options, random.Random(options.seed)
        self._shuffler = Shuffler(model.vocabulary)
        self._both = torch.nn.ModuleList([model.network, model.head])

    @property
    def size(self) -> int:
        return len(self._learnt)

    @property
    def module(self) -> torch.nn.Module:
        return self._both

    def cost(self, example: int) -> int:
        return self._learnt[example].length

    def save(self, folder: Path) -> None:
        self._model.save(folder)

    # ------------------------------------------------------------------------------------- losses

    def loss(self, examples: Sequence[int]) -> torch.Tensor:
        packed = self._packed([self._varied(self._learnt[i]) for i in examples])
        return self._losses(packed)[0]

    def _varied(self, example: Example) -> Example:
        if self._random.random() < self._options.shuffle_premises:
            return self._shuffler.shuffled(example, self._random)
        return example

    def _packed(self, examples: Sequence[Example]) -> Packed:
        vocabulary = self._model.vocabulary
        return pack(examples, vocabulary.separator, vocabulary.pad)

    def _losses(self, packed: Packed) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        import torch

        hidden = self._model.hidden(packed.tokens, packed.positions, packed.mask)
        log_probs = self.log_probs(packed, hidden)
        policy, ranking = self._policy_loss(log_probs, packed), ranking_loss(log_probs, packed)
        at_ends = self._model.head(hidden[packed.ends[:, 0], packed.ends[:, 1]])
        at_prompts = self._model.head(hidden[torch.arange(len(hidden)), packed.prompt_ends])
        entropy = torch.nn.functional.cross_entropy
        after, value = entropy(at_ends, packed.outcomes), entropy(at_prompts, packed.values)
        options = self._options
        total = policy + options.ranking_weight * ranking
        total = total + options.value_weight * (after + 0.3 * value)
        if options.prompt_weight:
            total = total + options.prompt_weight * self._prompt_loss(packed, hidden)
        return total, {"policy": policy, "ranking": ranking, "after": after, "value": value,
                       "_after": at_ends}

    def log_probs(self, packed: Packed, hidden: torch.Tensor) -> torch.Tensor:
        """The log-probability [k] of each tactic."""
        import torch

        rows, places, targets = packed.predicts.unbind(1)
        scores = torch.log_softmax(self._model.logits(hidden[rows, places]).float(), -1)
        each = scores[torch.arange(len(targets)), targets]
        return torch.zeros(len(packed.ends)).index_add(0, packed.owner, each)

    @staticmethod
    def _policy_loss(log_probs: torch.Tensor, packed: Packed) -> torch.Tensor:
        """Of what worked; a state's tactics share its weight, short proofs have more of it."""
        import torch

        weight = packed.worked.float() / (1.0 + packed.outcomes.float())
        of_row = torch.zeros(len(packed.values)).index_add(0, packed.rows, weight)
        share = weight / of_row[packed.rows].clamp(min=1e-6)
        provable = (of_row > 0).sum().clamp(min=1)
        return -(share * log_probs).sum() / provable

    def _prompt_loss(self, packed: Packed, hidden: torch.Tensor) -> torch.Tensor:
        import torch

        longest = int(packed.prompt_ends.max())
        inside = torch.arange(longest)[None] < packed.prompt_ends[:, None]
        targets = packed.tokens[:, 1 : longest + 1][inside]
        return torch.nn.functional.cross_entropy(
            self._model.logits(hidden[:, :longest][inside]), targets)

    # -------------------------------------------------------------------------------- measurements

    def metrics(self) -> dict[str, float]:
        """Losses, and how the head ranks: the mean reciprocal rank of the first tactic that
        worked among those that were tried, by head, by probability, and by chance."""
        found: list[dict[str, float]] = []
        ranks: dict[str, list[float]] = {"head": [], "policy": [], "chance": []}
        size = self._options.batch_size
        for start in range(0, len(self._aside), size):
            packed = self._packed(self._aside[start : start + size])
            total, parts = self._losses(packed)
            hidden = self._model.hidden(packed.tokens, packed.positions, packed.mask)
            found.append({"loss": float(total), **{
                name: float(value) for name, value in parts.items() if name[0] != "_"}})
            scores = {"head": _expected(parts["_after"]),
                      "policy": self.log_probs(packed, hidden)}
            for row in range(len(packed.values)):
                _rank(packed, row, scores, ranks)
        result = {name: mean(f[name] for f in found) for name in (found[0] if found else ())}
        result |= {f"mrr_{name}": mean(values) for name, values in ranks.items()}
        return result or {"loss": 0.0}


def ranking_loss(log_probs: torch.Tensor, packed: Packed) -> torch.Tensor:
    """The negative logarithm of the share that what worked has of the probability of all that was
    tried on a state; the mean over the states where there is something of both."""
    import torch

    losses = []
    for row in range(len(packed.values)):
        here = packed.rows == row
        worked = packed.worked[here]
        if worked.any() and not worked.all():
            of_row = log_probs[here]
            losses.append(of_row.logsumexp(0) - of_row[worked].logsumexp(0))
    return torch.stack(losses).mean() if losses else log_probs.sum() * 0.0


_WORTH = (1.0, 0.55, 0.4, 0.3, 0.15, 0.0)


def _expected(scores: torch.Tensor) -> torch.Tensor:
    import torch

    assert scores.shape[-1] == len(BINS)
    return torch.softmax(scores.float(), -1) @ torch.tensor(_WORTH)


def _rank(
    packed: Packed, row: int, scores: dict[str, torch.Tensor], ranks: dict[str, list[float]]
) -> None:
    of_row = packed.rows == row
    worked = packed.worked[of_row]
    hits, count = int(worked.sum()), len(worked)
    if not hits or hits == count:
        return
    for name, values in scores.items():
        order = values[of_row].argsort(descending=True)
        first = int(worked[order].nonzero()[0, 0])
        ranks[name].append(1 / (first + 1))
    # The expectation over random orders: P(first hit at r) by drawing without replacement.
    expected, miss = 0.0, 1.0
    for rank in range(1, count - hits + 2):
        hit = hits / (count - rank + 1)
        expected += miss * hit / rank
        miss *= 1 - hit
    ranks["chance"].append(expected)


class SmallPreference(SmallObjective):
    """Direct preference optimisation of the small model on (worked, failed) pairs of one state.

    The head goes on learning; the reference is the model as it was at the beginning.
    """

    name = "dpo"

    def __init__(
        self, model: SmallModel, learnt: Sequence[Example], aside: Sequence[Example],
        options: TrainingOptions, dpo: DpoOptions,
    ) -> None:
        pairs = [e for e in learnt if _has_pair(e)]
        super().__init__(model, pairs, [e for e in aside if _has_pair(e)], options)
        self._dpo = dpo
        network: Any = copy.deepcopy(model.network)
        self._reference = SmallModel(model.vocabulary, network.requires_grad_(False).eval(),
                                     model.head)

    def _losses(self, packed: Packed) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        import torch

        total, parts = super()._losses(packed)
        with torch.no_grad():
            before = SmallObjective.log_probs(
                _with(self, self._reference), packed,
                self._reference.hidden(packed.tokens, packed.positions, packed.mask))
        hidden = self._model.hidden(packed.tokens, packed.positions, packed.mask)
        gained = self.log_probs(packed, hidden) - before
        preference = self._preference(gained, packed)
        anchored = preference + self._dpo.anchor * total
        return anchored, {**parts, "preference": preference}

    def _preference(self, gained: torch.Tensor, packed: Packed) -> torch.Tensor:
        import torch

        losses = []
        for row in range(len(packed.values)):
            here = packed.rows == row
            won, lost = gained[here & packed.worked], gained[here & ~packed.worked]
            if len(won) and len(lost):
                margins = (won[:, None] - lost[None]).flatten()[: self._dpo.pairs**2]
                losses.append(-torch.nn.functional.logsigmoid(self._dpo.beta * margins).mean())
        return torch.stack(losses).mean() if losses else gained.sum() * 0.0


def _has_pair(example: Example) -> bool:
    return len({t.worked for t in example.tries}) == 2


def _with(objective: SmallObjective, model: SmallModel) -> SmallObjective:
    """The objective with another model."""
    other = copy.copy(objective)
    other._model = model
    return other
