"""Measuring a ranker on questions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.contracts import Mask, Ranker
from retrieval.corpus import Corpus
from retrieval.embeddings import Progress
from retrieval.metrics import CUTS, Metrics, measure
from retrieval.questions import Question

_BATCH = 64  # questions; so many masks are in memory at once


@dataclass(frozen=True)
class Evaluation:
    """How well a ranker answers, and how many milliseconds of processor time a question takes."""

    ranker: str
    metrics: Metrics
    milliseconds: float

    def as_json(self) -> dict[str, float | str]:
        """Flat, for reports."""
        return {"ranker": self.ranker, **self.metrics.as_json(),
                "ms_per_question": round(self.milliseconds, 3)}


def evaluate(
    ranker: Ranker, corpus: Corpus, questions: Sequence[Question],
    progress: Progress | None = None, cuts: Sequence[int] = CUTS,
) -> Evaluation:
    """The metrics of ``ranker`` on ``questions``, each with what is accessible to it."""
    rankings: list[list[int]] = []
    spent = 0.0
    for start in range(0, len(questions), _BATCH):
        batch = questions[start : start + _BATCH]
        masks = _masks(batch, corpus)
        begun = time.process_time()
        found = ranker.rank([question.goal for question in batch], max(cuts), masks)
        spent += time.process_time() - begun
        rankings += [ranking.ids.tolist() for ranking in found]
        if progress is not None:
            progress(len(rankings), len(questions))
    metrics = measure(rankings, [question.used for question in questions], cuts)
    return Evaluation(ranker.name, metrics, 1000 * spent / max(1, len(questions)))


def _masks(questions: Sequence[Question], corpus: Corpus) -> list[Mask | None]:
    """A mask for each question; those asked at one place get the same object."""
    known: dict[object, Mask | None] = {}
    found: list[Mask | None] = []
    for question in questions:
        key = (question.place, question.accessible)
        if key not in known:
            known[key] = question.mask(corpus)
        found.append(known[key])
    return found
