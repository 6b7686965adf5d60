"""Batches for contrastive training: goals, one used premise each, and hard negatives.

A batch depends on the seed and its number alone, so a resumed run sees what it would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.contracts import Mask, Ranker
from retrieval.corpus import Corpus
from retrieval.training.examples import Example
from retrieval.training.incidence import Ids

_MINED_AT_ONCE = 64


@dataclass(frozen=True)
class Batch:
    """``goals`` [b] are numbers of examples, ``premises`` [c] ids of premises; the first b of
    these are the used ones, in the order of the goals.

    ``blocked`` [b, c] is True for what must not count as a negative: other premises that the goal
    used.
    """

    goals: Ids
    premises: Ids
    blocked: Mask


@dataclass
class Batches:
    """Draws batches out of examples; ``hard`` [examples, pool] has candidates for hard negatives,
    -1 where there are no more."""

    used: list[Ids]
    hard: Ids
    size: int
    negatives: int
    seed: int

    def batch(self, number: int) -> Batch:
        """The batch of this number."""
        random = np.random.default_rng([self.seed, number])
        count = min(self.size, len(self.used))
        goals = self._epoch(number, count)
        positives = np.array([random.choice(self.used[goal]) for goal in goals])
        hard = [random.permutation(self.hard[goal][self.hard[goal] >= 0])[: self.negatives]
                for goal in goals]
        premises = np.concatenate([positives, *hard]).astype(np.int64)
        blocked = np.stack([np.isin(premises, self.used[goal]) for goal in goals])
        blocked[np.arange(count), np.arange(count)] = False
        return Batch(goals, premises, blocked)

    def _epoch(self, number: int, count: int) -> Ids:
        """The goals of a batch: every epoch goes through all examples in another order."""
        batches = len(self.used) // count
        epoch, place = divmod(number, batches)
        order = np.random.default_rng([self.seed, 1, epoch]).permutation(len(self.used))
        return order[place * count : (place + 1) * count]


def mined(
    ranker: Ranker, corpus: Corpus, examples: Sequence[Example], used: Sequence[Ids], pool: int
) -> NDArray[np.int64]:
    """For each example the best ranked accessible premises that it did not use, [examples, pool],
    filled up with -1."""
    found = np.full((len(examples), pool), -1, dtype=np.int64)
    for start in range(0, len(examples), _MINED_AT_ONCE):
        part = examples[start : start + _MINED_AT_ONCE]
        rankings = ranker.rank([example.goal for example in part], 2 * pool,
                               [example.mask(corpus) for example in part])
        for index, ranking in enumerate(rankings, start):
            unused = ranking.ids[~np.isin(ranking.ids, used[index])][:pool]
            found[index, : len(unused)] = unused
    return found
