"""A trained retriever: a folder with a ranker learned from proofs, a trained encoder, or both.

* ``learned.json`` and ``examples.jsonl``: `learned.LearnedModel`.
* ``encoder/``: an encoder in Hugging Face's format.
* ``fusion.json``: what each of the two counts where they are fused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from retrieval.contracts import Ranker, RetrievalError
from retrieval.corpus import Corpus
from retrieval.dense import dense_ranker
from retrieval.encoders import TransformerEncoder, load_encoder
from retrieval.fusion import FusedRanker
from retrieval.training.learned import WEIGHTS_FILE, LearnedModel

ENCODER_FOLDER, FUSION_FILE = "encoder", "fusion.json"
_LEARNED, _ENCODER = "learned", "encoder"


def load_trained(
    folder: Path, corpus: Corpus, *, dense: Callable[[TransformerEncoder], Ranker] | None = None,
    cache: Path | None = None,
) -> Ranker:
    """The ranker over ``corpus`` by all that the folder holds.

    ``dense`` makes the ranker of an encoder over ``corpus``, by default afresh; ``cache`` is that
    of `load_encoder`.

    Raises:
        RetrievalError: there is nothing trained in the folder, or it is not whole.
    """
    rankers: dict[str, Ranker] = {}
    if (folder / WEIGHTS_FILE).exists():
        rankers[_LEARNED] = LearnedModel.load(folder).ranker(corpus)
    if (folder / ENCODER_FOLDER).is_dir():
        encoder = load_encoder(f"hf:{folder / ENCODER_FOLDER}", cache=cache)
        rankers[_ENCODER] = (
            dense_ranker(encoder, corpus.premises) if dense is None else dense(encoder))
    if not rankers:
        raise RetrievalError("nothing trained in this folder", file=folder,
                             remedy="make it with lemma train retriever")
    if len(rankers) == 1:
        return next(iter(rankers.values()))
    weights = load_fusion(folder)
    return FusedRanker(list(rankers.values()), weights=[weights[name] for name in rankers],
                       name="trained")


def save_fusion(folder: Path, learned: float, encoder: float) -> None:
    """Write what each of the two rankings counts (the weights of reciprocal rank fusion)."""
    text = json.dumps({_LEARNED: learned, _ENCODER: encoder}, indent=2)
    (folder / FUSION_FILE).write_text(text + "\n", encoding="utf-8")


def load_fusion(folder: Path) -> dict[str, float]:
    """What `save_fusion` wrote; equal weights if it did not.

    Raises:
        RetrievalError: the file is not that.
    """
    path = folder / FUSION_FILE
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return {name: float(saved[name]) for name in (_LEARNED, _ENCODER)}
    except FileNotFoundError:
        return {_LEARNED: 1.0, _ENCODER: 1.0}
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise RetrievalError(f"not the weights of a fusion: {problem!r}", file=path,
                             remedy="train the retriever again") from problem
