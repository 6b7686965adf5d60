"""A ranker that learns from proofs in seconds, on one core, without a neural network.

A premise is ranked by a weighted sum of its `evidence`: symbols shared with the goal, use in the
proofs of similar theorems, use in general. The weights are those of a logistic regression that
tells the used premises of the training goals from the best ranked of those not used, each goal
seeing only the proofs that were there before it. The model is two readable files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.contracts import Mask, Ranking, RetrievalError
from retrieval.corpus import Corpus
from retrieval.embeddings import Progress
from retrieval.training.evidence import NAMES, NEIGHBOURS, Evidence
from retrieval.training.examples import Example, read_examples, write_examples
from retrieval.training.incidence import Floats

WEIGHTS_FILE, EXAMPLES_FILE = "learned.json", "examples.jsonl"
_FORMAT = 1
_FITTED_EXAMPLES = 2000
_HARD, _RANDOM = 300, 60  # premises not used that are shown of each goal
_RIDGE = 1.0
_STEPS, _PRECISION = 50, 1e-6
_Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class LearnedModel:
    """A weight for each of `evidence.NAMES`, and the examples whose proofs are remembered."""

    weights: tuple[float, ...]
    examples: tuple[Example, ...]

    def ranker(self, corpus: Corpus) -> LearnedRanker:
        """A ranker over ``corpus``, which need not be the one that the model was trained on:
        premises and theorems are recognised by their names."""
        weights = np.array(self.weights, dtype=np.float32)
        return LearnedRanker(Evidence(corpus, self.examples), weights, len(corpus))

    def save(self, folder: Path) -> None:
        """Write ``learned.json`` and ``examples.jsonl``, making the folder if needed."""
        folder.mkdir(parents=True, exist_ok=True)
        write_examples(folder / EXAMPLES_FILE, self.examples)
        named = dict(zip(NAMES, self.weights, strict=True))
        text = json.dumps({"format": _FORMAT, "weights": named}, indent=2)
        (folder / WEIGHTS_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LearnedModel:
        """What `save` wrote.

        Raises:
            RetrievalError: it is not there, or not whole.
        """
        path = folder / WEIGHTS_FILE
        try:
            saved: Any = json.loads(path.read_text(encoding="utf-8"))
            if saved["format"] != _FORMAT:
                raise ValueError(f"its format is {saved['format']}, not {_FORMAT}")
            weights = tuple(float(saved["weights"][name]) for name in NAMES)
        except OSError as problem:
            raise RetrievalError(f"no trained ranker here: {problem.strerror}", file=path,
                                 remedy="make one with lemma train retriever") from problem
        except (ValueError, KeyError, TypeError) as problem:
            raise RetrievalError(f"not a trained ranker: {problem}", file=path,
                                 remedy="train it again") from problem
        return cls(weights, tuple(read_examples(folder / EXAMPLES_FILE)))


class LearnedRanker:
    """A `retrieval.contracts.Ranker` by weighted evidence."""

    name = "learned"

    def __init__(self, evidence: Evidence, weights: Floats, premises: int) -> None:
        self._evidence, self._weights, self._premises = evidence, weights, premises

    def rank(
        self, queries: Sequence[str], k: int, masks: Sequence[Mask | None] | None = None
    ) -> list[Ranking]:
        """See `Ranker.rank`."""
        pairs = zip(queries, masks or [None] * len(queries), strict=True)
        return [self._best(query, k, mask) for query, mask in pairs]

    def _best(self, query: str, k: int, mask: Mask | None) -> Ranking:
        asked = self._evidence.query(query, mask)
        scores = self._evidence.of(asked, mask) @ self._weights
        ids = np.arange(self._premises) if mask is None else np.flatnonzero(mask)
        if len(ids) > k > 0:
            least = np.partition(scores[ids], -k)[-k]
            ids = ids[scores[ids] >= least]
        order = np.lexsort((ids, -scores[ids]))[:k]
        return Ranking(ids[order].astype(np.int64), scores[ids[order]].astype(np.float32))


def train(
    corpus: Corpus, examples: Sequence[Example], *, seed: int = 0,
    progress: Progress | None = None,
) -> LearnedModel:
    """Fit the weights on ``examples`` (on 2,000 of them, if there are more; all are remembered).

    Raises:
        RetrievalError: no example uses a premise of the corpus that is accessible to it.
    """
    evidence = Evidence(corpus, examples)
    chosen = np.random.default_rng(seed).permutation(len(evidence.examples))[:_FITTED_EXAMPLES]
    rows, used = [], []
    for done, (row, label) in enumerate(_shown(evidence, corpus, chosen, seed), 1):
        rows.append(row)
        used.append(label)
        if progress is not None:
            progress(done, len(chosen))
    labels = np.concatenate([*used, np.empty(0)])
    if not labels.any():
        raise RetrievalError("no example uses a premise of the corpus that is accessible to it",
                             remedy="give the corpus from which the proofs come")
    # Each goal counts the same, and so do its used premises and the others, else the goals with
    # long lists of background facts would decide.
    shares = np.concatenate([np.where(label > 0, 1 / label.sum(), 1 / (1 - label).sum().clip(1))
                             for label in used])
    weights = logistic_regression(np.concatenate(rows).astype(np.float64), labels, shares)
    return LearnedModel(tuple(float(w) for w in weights), tuple(examples))


def _shown(
    evidence: Evidence, corpus: Corpus, chosen: NDArray[np.int64], seed: int
) -> Iterator[tuple[Floats, _Doubles]]:
    """For each chosen example the evidence for its used premises, for the best ranked of the
    others and for some more, and a 1 for each used one."""
    random = np.random.default_rng(seed + 1)
    guesses = [NAMES.index(f"proofs of {k}") for k in NEIGHBOURS] + [NAMES.index("cosine")]
    for index in map(int, chosen):
        example = evidence.examples[index]
        mask = example.mask(corpus)
        everything = evidence.of(evidence.query(example.goal, mask, index), mask)
        accessible = np.flatnonzero(mask)
        used = evidence.used[index][mask[evidence.used[index]]]
        if not len(used):
            continue
        guess = everything[accessible][:, guesses].sum(axis=1)
        hard = accessible[np.argsort(-guess, kind="stable")[:_HARD]]
        drawn = random.choice(accessible, min(_RANDOM, len(accessible)), replace=False)
        ids = np.unique(np.concatenate([used, hard, drawn]))
        yield everything[ids], np.isin(ids, used).astype(np.float64)


def logistic_regression(rows: _Doubles, labels: _Doubles, shares: _Doubles) -> _Doubles:
    """Weights [d] for rows [n, d] and labels [n] in {0, 1}, by Newton's method with a ridge.

    ``shares`` [n] is how much each row counts. There is an intercept, which ranking does not need
    and which is not returned. The ridge is on weights of standardised columns; the weights
    returned are for the columns as given.
    """
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    columns = np.hstack([(rows - mean) / scale, np.ones((len(rows), 1))])
    shares = shares / shares.mean()
    weights = np.zeros(columns.shape[1])
    ridge = _RIDGE * np.eye(len(weights))
    for _ in range(_STEPS):
        chances = 1 / (1 + np.exp(-np.clip(columns @ weights, -30, 30)))
        gradient = columns.T @ (shares * (chances - labels)) + _RIDGE * weights
        spread = shares * chances * (1 - chances)
        step = np.linalg.solve((columns * spread[:, None]).T @ columns + ridge, gradient)
        weights -= step
        if np.abs(step).max() < _PRECISION:
            break
    result: _Doubles = weights[:-1] / scale
    return result
