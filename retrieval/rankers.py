"""Rankers by name, over an index.

| name | ranker |
|---|---|
| ``bm25``, ``symbols`` | lexical |
| ``lexical`` | both, fused |
| ``minilm``, ``hf:WHERE``, ``reprover:WHERE`` | by the vectors of that encoder |
| ``fused`` | lexical and MiniLM |
| ``trained:FOLDER`` | what ``lemma train retriever`` made |
| ``A+B+…`` | these, fused |

A second stage is named ``late:ENCODER`` or ``cross:FOLDER``.
"""

from __future__ import annotations

from pathlib import Path

from retrieval.contracts import Ranker, RetrievalError
from retrieval.embeddings import Progress
from retrieval.encoders import DEFAULT, load_encoder
from retrieval.fusion import FusedRanker, RerankedRanker
from retrieval.lexical import KINDS
from retrieval.store import CorpusIndex

_ALIASES = {"lexical": "symbols+bm25", "fused": f"symbols+bm25+{DEFAULT}"}


def components(name: str) -> list[str]:
    """The single rankers of which a named one consists."""
    return [part for part in _ALIASES.get(name, name).split("+") if part]


def make_ranker(
    name: str, index: CorpusIndex, *, rerank: str | None = None, cache: Path | None = None,
    progress: Progress | None = None,
) -> Ranker:
    """The ranker called ``name`` over the corpus of ``index``; parts that are missing are built,
    of which ``progress`` hears.

    Raises:
        RetrievalError: there is no such ranker, or it cannot be had.
    """
    parts = components(name)
    if not parts:
        raise RetrievalError("the name of a ranker is missing")
    rankers = [_single(part, index, cache, progress) for part in parts]
    ranker = rankers[0] if len(rankers) == 1 else FusedRanker(rankers, name=name)
    return ranker if rerank is None else _reranked(ranker, rerank, index, cache)


def _single(
    name: str, index: CorpusIndex, cache: Path | None, progress: Progress | None
) -> Ranker:
    if name in KINDS:
        return index.lexical[name]
    if name.startswith("trained:"):
        from retrieval.training.trained import load_trained

        return load_trained(Path(name.removeprefix("trained:")).expanduser(), index.corpus,
                            dense=lambda encoder: index.dense(encoder, progress), cache=cache)
    try:
        encoder = load_encoder(name, cache=cache)
    except RetrievalError as problem:
        if problem.message.startswith("unknown encoder"):
            raise RetrievalError(
                f"unknown ranker {name!r}",
                remedy="use bm25, symbols, lexical, minilm, fused, hf:FOLDER_OR_ID, "
                       "reprover:FOLDER_OR_ID, trained:FOLDER, or several of them joined by +"
            ) from problem
        raise
    return index.dense(encoder, progress)


def _reranked(ranker: Ranker, name: str, index: CorpusIndex, cache: Path | None) -> Ranker:
    from retrieval.reranking import CrossEncoder, LateInteraction

    kind, _, where = name.partition(":")
    premises = index.corpus.premises
    if kind == "late":
        encoder = load_encoder(where or DEFAULT, cache=cache)
        return RerankedRanker(ranker, LateInteraction(encoder, premises))
    if kind == "cross" and where:
        return RerankedRanker(ranker, CrossEncoder(Path(where).expanduser(), premises))
    raise RetrievalError(f"unknown second stage {name!r}",
                         remedy="use late, late:ENCODER or cross:FOLDER")
