"""Premises and who finds them.

A *corpus* is an ordered list of premises; a premise's place in it is its *id*. An *encoder* turns
texts into unit vectors, a *ranker* orders the ids of one corpus for queries (by vectors, by
symbols, by words, or by several of these), and a *retriever* answers with premises, of which only
accessible ones are ever offered. All rankers are interchangeable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:  # the command line reads this module; it must not pay for numpy
    import numpy as np
    from numpy.typing import NDArray

Vectors: TypeAlias = "NDArray[np.float32]"
"""Shape [n, d], C-contiguous, one unit row (L2) a text."""

Mask: TypeAlias = "NDArray[np.bool_]"
"""Shape [n]: True for the premises (by id) that may be offered."""


@dataclass(frozen=True)
class Premise:
    """A library statement that a proof may use.

    ``module`` is the module or file that it stands in; ``symbols`` are the constants of the
    statement; ``kind`` is ``theorem``, ``axiom`` or ``definition`` (a definition can be unfolded,
    not applied). ``position`` grows along the module and means nothing across modules.
    """

    name: str
    statement: str
    module: str = ""
    symbols: frozenset[str] = frozenset()
    kind: str = "theorem"
    position: int = 0


@dataclass(frozen=True)
class ScoredPremise:
    """A premise and how relevant it is to a goal (higher is better; scale is the retriever's)."""

    premise: Premise
    score: float


class RetrievalError(Exception):
    """A mistake of the user's or of the machine's, with its place and its remedy if known."""

    def __init__(
        self, message: str, *, file: Path | str | None = None, line: int | None = None,
        remedy: str | None = None,
    ) -> None:
        self.message, self.file, self.line, self.remedy = message, file, line, remedy
        super().__init__(message)


class Retriever(Protocol):
    """Finds premises for goals, batched."""

    def retrieve(
        self, goals: Sequence[str], k: int, accessible: Callable[[Premise], bool] | None = None
    ) -> list[list[ScoredPremise]]:
        """For each goal (as printed) at most ``k`` accessible premises, best first."""


class Encoder(Protocol):
    """Turns premises and goals into vectors whose inner product says how well they match.

    ``version`` changes whenever the same text would get another vector (it is a hash of the
    weights, the tokenizer and the format) and so is the key of everything that is cached. Numbers
    may differ in the last bits from one machine to another.
    """

    @property
    def name(self) -> str:
        """As given to `retrieval.encoders.load_encoder`."""

    @property
    def version(self) -> str:
        """A content hash."""

    @property
    def dimension(self) -> int:
        """Columns of the vectors."""

    def premise_text(self, premise: Premise) -> str:
        """What of a premise is encoded, in the encoder's own format."""

    def encode_premises(self, texts: Sequence[str]) -> Vectors:
        """Vectors [n, d] of texts made by `premise_text`. Long texts are cut."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors [n, d] of goals as printed. Long texts are cut."""


@dataclass(frozen=True)
class Ranking:
    """The answer to one query: ids, best first, with falling scores; both of shape [m], m ≤ k."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]


class Ranker(Protocol):
    """Orders the premises of one corpus for queries. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """For reports, like ``bm25`` or ``minilm``."""

    def rank(
        self, queries: Sequence[str], k: int, masks: Sequence[Mask | None] | None = None
    ) -> list[Ranking]:
        """For each query (a goal as printed) at most ``k`` ids, best first.

        ``masks`` has an entry for each query; None lets everything through. Equal masks should be
        the same object: they are worked on together. Ids outside a mask are never returned.
        Equal scores are ordered by id, so that rankings repeat.
        """


class Reranker(Protocol):
    """Scores premises that a ranker found, more precisely and more slowly (a second stage)."""

    @property
    def name(self) -> str:
        """For reports."""

    def score(self, query: str, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """A score [m] for each of the premises, higher is better."""
