"""A retriever: a ranker over a corpus, answering with premises."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from retrieval.contracts import Mask, Premise, Ranker, ScoredPremise
from retrieval.corpus import Corpus


class CorpusRetriever:
    """A `retrieval.contracts.Retriever` over one corpus."""

    def __init__(self, corpus: Corpus, ranker: Ranker) -> None:
        self.corpus, self.ranker = corpus, ranker

    def retrieve(
        self, goals: Sequence[str], k: int, accessible: Callable[[Premise], bool] | None = None
    ) -> list[list[ScoredPremise]]:
        """For each goal (as printed) at most ``k`` accessible premises, best first."""
        return self.retrieve_masked(goals, k, None if accessible is None else self.mask(accessible))

    def retrieve_masked(
        self, goals: Sequence[str], k: int, mask: Mask | None
    ) -> list[list[ScoredPremise]]:
        """The same with a mask, which is cheaper: see `DependencyGraph` for those of modules."""
        premises = self.corpus.premises
        rankings = self.ranker.rank(goals, k, [mask] * len(goals))
        return [[ScoredPremise(premises[i], float(score))
                 for i, score in zip(ranking.ids.tolist(), ranking.scores, strict=True)]
                for ranking in rankings]

    def mask(self, accessible: Callable[[Premise], bool]) -> Mask:
        """The mask of what ``accessible`` allows."""
        import numpy as np

        return np.fromiter(map(accessible, self.corpus.premises), dtype=np.bool_,
                           count=len(self.corpus))
