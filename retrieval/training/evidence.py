"""What speaks for a premise: symbols shared with the goal, and the proofs of similar goals.

The evidence is a row of numbers for each premise, which `lexical` weighs. That the proofs of the
nearest theorems tell most is known from Kaliszyk and Urban, "Learning-assisted automated
reasoning with Flyspeck", 2014; that symbols of the premises already found call for further ones,
from Meng and Paulson, "Lightweight relevance filtering for machine-generated resolution
problems", 2009.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.contracts import Mask
from retrieval.corpus import Corpus
from retrieval.training.examples import Example
from retrieval.training.incidence import Floats, Ids, Incidence, Vocabulary

NEIGHBOURS = (1, 5, 20, 80)
REACHES = (8, 32)
NAMES = ("cosine", "share", *(f"proofs of {k}" for k in NEIGHBOURS), "prior",
         *(f"reached by {k}" for k in REACHES), "distance", "theorem")
_ANYWHERE, _ABSENT = -1, -2  # in the place of a premise's id
_LEAST = 0.003  # what stands for "never" where a logarithm of a rate is taken


@dataclass(frozen=True)
class Query:
    """A goal by its features, and which examples may be learnt from for it, [examples]."""

    features: Ids
    usable: Mask


class Evidence:
    """The symbols of a corpus and of examples, ready for queries.

    Examples with a place are used only for goals that come after it; those whose theorem is to be
    in the library, in a corpus without that theorem never.
    """

    def __init__(self, corpus: Corpus, examples: Sequence[Example]) -> None:
        self._vocabulary = Vocabulary.of(corpus.premises)
        learn = self._vocabulary.learn
        self._features = [learn(p.statement, p.name) for p in corpus.premises]
        anchors = _anchors(corpus, examples)
        kept = [i for i, anchor in enumerate(anchors) if anchor != _ABSENT]
        self.examples = [examples[i] for i in kept]
        self._anchor = np.array([anchors[i] for i in kept], dtype=np.int64)
        goals = [learn(example.goal) for example in self.examples]
        self._weigh(goals)
        self.used = [np.array(e.used(corpus), dtype=np.int64) for e in self.examples]
        own = [[anchor] if e.in_library else []
               for e, anchor in zip(self.examples, self._anchor, strict=True)]
        # To have a similar statement speaks for the theorem itself, too.
        credited = [np.union1d(used, np.array(ids, dtype=np.int64))
                    for used, ids in zip(self.used, own, strict=True)]
        self._proofs = _transposed(credited, len(corpus))
        self._theorem = np.zeros(len(corpus), dtype=np.float32)
        self._theorem[[i for ids in own for i in ids]] = 1.0

    def _weigh(self, goals: Sequence[Ids]) -> None:
        """Inverse document frequencies, and the lengths of everything under them."""
        size = len(self._vocabulary)
        self._premises = Incidence.of(self._features, size)
        self._goals = Incidence.of(goals, size)
        count = np.maximum(self._premises.counts, 1)
        self._idf: Floats = np.log((len(self._features) + 1) / count).astype(np.float32)
        self._symbol = np.array([" " not in f for f in self._vocabulary.ids], dtype=np.bool_)
        everything = np.arange(size)
        square = self._idf**2
        self._lengths = np.sqrt(self._premises.weighted(everything, square)) + 1e-6
        self._goal_lengths = np.sqrt(self._goals.weighted(everything, square)) + 1e-6
        names = np.flatnonzero(self._symbol)
        self._totals = self._premises.weighted(names, self._idf[names]) + 1e-6

    def query(self, goal: str, mask: Mask | None, without: int | None = None) -> Query:
        """The query for ``goal``; it learns nothing from the example number ``without``."""
        usable = np.ones(len(self.examples), dtype=np.bool_)
        if mask is not None:
            usable = (self._anchor == _ANYWHERE) | mask[self._anchor]
        if without is not None:
            usable[without] = False
        return Query(self._vocabulary.known(goal), usable)

    def of(self, query: Query, mask: Mask | None) -> Floats:
        """The evidence for each premise, shape [premises, `NAMES`]; that of inaccessible ones
        means nothing."""
        features, usable = query.features, query.usable
        length = float(np.sqrt((self._idf[features] ** 2).sum())) + 1e-6
        cosine = self._premises.weighted(features, self._idf[features] ** 2)
        cosine /= self._lengths * length
        share = self._share(features)
        similar = self._goals.weighted(features, self._idf[features] ** 2)
        similar /= self._goal_lengths * length
        similar[~usable] = 0.0
        nearest = [self._credited(similar, k) for k in NEIGHBOURS]
        count = max(int(usable.sum()), 1)
        prior = self._proofs.weighted(np.flatnonzero(usable),
                                      np.full(count, 1 / count, dtype=np.float32)[: usable.sum()])
        first = sum(nearest, start=0.05 * cosine)
        if mask is not None:
            first = np.where(mask, first, -np.inf)
        reached = [self._reached(features, first, k) for k in REACHES]
        columns = [cosine, share, *map(_log, nearest), _log(prior), *reached,
                   self._distance(mask), self._theorem]
        return np.stack(columns, axis=1).astype(np.float32)

    def _share(self, features: Ids) -> Floats:
        names = features[self._symbol[features]]
        shares: Floats = self._premises.weighted(names, self._idf[names]) / self._totals
        return shares

    def _credited(self, similar: Floats, k: int) -> Floats:
        """How much of the proofs of the ``k`` nearest examples uses each premise, 0 to 1."""
        k = min(k, len(similar))
        near = np.argpartition(-similar, k - 1)[:k] if k else np.empty(0, dtype=np.int64)
        near = near[similar[near] > 0]
        weights = similar[near] ** 2
        return self._proofs.weighted(near, weights / max(float(weights.sum()), 1e-9))

    def _reached(self, features: Ids, score: Floats, k: int) -> Floats:
        """The share of each premise's symbols that the goal or the ``k`` best premises have."""
        k = min(k, len(score))
        best = np.argpartition(-score, k - 1)[:k] if k else np.empty(0, dtype=np.int64)
        found = np.unique(np.concatenate([features, *(self._features[i] for i in best)]))
        return self._share(found)

    def _distance(self, mask: Mask | None) -> Floats:
        """How many accessible premises stand between each premise and the goal, as logarithm."""
        if mask is None:
            mask = np.ones(len(self._features), dtype=np.bool_)
        behind = np.cumsum(mask)
        found: Floats = np.log1p(behind[-1:] - behind).astype(np.float32)
        return found


def _anchors(corpus: Corpus, examples: Sequence[Example]) -> list[int]:
    """For each example the id of a premise to which every later goal has access: the theorem
    itself, or what stands next in its module."""
    modules: dict[str, list[int]] = defaultdict(list)
    for index, premise in enumerate(corpus.premises):
        modules[premise.module].append(index)

    def anchor(example: Example) -> int:
        if example.in_library:
            return next(iter(corpus.ids(example.name)), _ABSENT)
        if example.module is None:
            return _ANYWHERE
        ids = modules.get(example.module)
        if not ids:
            return _ABSENT
        place = bisect_left(ids, example.position, key=lambda i: corpus.premises[i].position)
        return ids[min(place, len(ids) - 1)]

    return [anchor(example) for example in examples]


def _transposed(used: Sequence[Ids], premises: int) -> Incidence:
    """Which of the premises are used by which example."""
    starts = np.concatenate([[0], np.cumsum([len(found) for found in used])]).astype(np.int64)
    return Incidence(premises, starts, np.concatenate([*used, np.empty(0, dtype=np.int64)]))


def _log(rate: Floats) -> Floats:
    found: Floats = np.log(rate + _LEAST).astype(np.float32)
    return found
