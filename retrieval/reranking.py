"""Second stages: the first hundred premises compared with the goal more closely.

* Late interaction (Khattab, Zaharia, "ColBERT", SIGIR 2020): each token of the goal looks for the
  most similar token of the premise; the similarities are summed. Any encoder can serve.
* A cross-encoder reads goal and premise together and gives a score; it must have been trained for
  that.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retrieval.contracts import Premise, RetrievalError
from retrieval.encoders.transformer import TransformerEncoder, batches, loading

if TYPE_CHECKING:
    import torch

_REMEMBERED = 4096  # premises whose token vectors are kept: 40 tokens of 384 numbers are 60 KB


class LateInteraction:
    """A `retrieval.contracts.Reranker` by the token vectors of an encoder.

    The score is the mean, over the goal's tokens, of the greatest cosine to a premise's token.
    """

    def __init__(self, encoder: TransformerEncoder, premises: Sequence[Premise]) -> None:
        self._encoder, self._premises = encoder, premises
        self._kept: OrderedDict[int, torch.Tensor] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """``late`` and the encoder."""
        return f"late:{self._encoder.name}"

    def score(self, query: str, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """See `Reranker.score`."""
        wanted = ids.tolist()
        with self._lock:
            self._encode([i for i in wanted if i not in self._kept])
            [goal] = self._token_vectors([self._encoder.layout.query_text(query)])
            scores = [float((goal @ self._kept[i].T).max(dim=1).values.mean()) for i in wanted]
            while len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)
        return np.array(scores, dtype=np.float32)

    def _encode(self, ids: Sequence[int]) -> None:
        texts = [self._encoder.premise_text(self._premises[i]) for i in ids]
        self._kept.update(zip(ids, self._token_vectors(texts), strict=True))

    def _token_vectors(self, texts: Sequence[str]) -> list[torch.Tensor]:
        """Unit vectors [tokens, d] of each text, without padding."""
        import torch

        tokens = self._encoder.tokenize(texts) if texts else []
        found: list[Any] = [None] * len(tokens)
        with torch.inference_mode():
            for batch in batches([len(t) for t in tokens]):
                hidden, mask = self._encoder.token_vectors([tokens[i] for i in batch])
                unit = torch.nn.functional.normalize(hidden.float(), dim=-1).cpu()
                for index, vectors, kept in zip(batch, unit, mask.bool().cpu(), strict=True):
                    found[index] = vectors[kept]
        return found


class CrossEncoder:
    """A `retrieval.contracts.Reranker` by a Hugging Face model for sequence classification.

    Its first output is the score; of a model with two classes, the second's advantage.
    """

    def __init__(
        self, folder: Path, premises: Sequence[Premise], *, max_length: int = 512
    ) -> None:
        if not folder.is_dir():
            raise RetrievalError("no such model folder", file=folder)
        self._folder, self._premises, self._length = folder, premises, max_length
        self._lock = threading.Lock()
        with loading(folder) as transformers:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder))
            kind = transformers.AutoModelForSequenceClassification
            self._model = kind.from_pretrained(str(folder)).eval()

    @property
    def name(self) -> str:
        """``cross`` and the folder."""
        return f"cross:{self._folder}"

    def score(self, query: str, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """See `Reranker.score`."""
        import torch

        texts = [f"{self._premises[i].name} : {self._premises[i].statement}" for i in ids.tolist()]
        found = np.empty(len(texts), dtype=np.float32)
        with self._lock, torch.inference_mode():
            for batch in batches([len(text) for text in texts], tokens=64 * 1024, texts=32):
                given = self._tokenizer(
                    [query] * len(batch), [texts[i] for i in batch], truncation=True,
                    max_length=self._length, padding=True, return_tensors="pt")
                logits = self._model(**given).logits.float()
                scores = logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits[:, 0]
                found[batch] = scores.numpy()
        return found
