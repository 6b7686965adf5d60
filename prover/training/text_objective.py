"""What Hugging Face models learn: tactics after prompts, preferences, and remaining steps."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prover.training.loop import mean

if TYPE_CHECKING:
    import torch

    from prover.training.options import DpoOptions, TrainingOptions

_IGNORED = -100
_MOST_TACTIC = 128  # tokens


@dataclass(frozen=True)
class TextExample:
    """A prompt and a tactic that worked."""

    prompt: str
    tactic: str


@dataclass(frozen=True)
class Pair:
    """A prompt, a tactic that worked, and one that failed."""

    prompt: str
    won: str
    lost: str


@dataclass(frozen=True)
class ValueExample:
    """A prompt and how many tactics are needed."""

    prompt: str
    remaining: float


@dataclass
class TextModel:
    """A Hugging Face model with its tokenizer; ``max_length`` tokens at most are read."""

    network: Any
    tokenizer: Any
    encoder_decoder: bool
    max_length: int

    @property
    def parameters(self) -> int:
        """How many weights are trained."""
        return sum(p.numel() for p in self.network.parameters() if p.requires_grad)

    def save(self, folder: Path) -> None:
        """Write a Hugging Face folder (with LoRA: the adapter, and ``merged/`` with the whole)."""
        self.network.save_pretrained(folder, safe_serialization=True)
        self.tokenizer.save_pretrained(folder)

    def load(self, folder: Path) -> None:
        """Take on the weights that `save` wrote."""
        from safetensors.torch import load_file

        if (adapter := folder / "adapter_model.safetensors").is_file():
            from peft import set_peft_model_state_dict

            set_peft_model_state_dict(self.network, load_file(adapter))
            return
        for file in sorted(folder.glob("model*.safetensors")):
            self.network.load_state_dict(load_file(file), strict=False)

    def encode(self, prompt: str, *, room: int = _MOST_TACTIC) -> list[int]:
        """The tokens of a prompt, cut from the left: the target stands at its end."""
        found: list[int] = self.tokenizer(prompt, add_special_tokens=True)["input_ids"]
        if not self.encoder_decoder and found and found[-1] == self.tokenizer.eos_token_id:
            found = found[:-1]
        limit = max(8, self.max_length - (0 if self.encoder_decoder else room))
        return found[-limit:]

    def encode_tactic(self, tactic: str) -> list[int]:
        """The tokens of a tactic and the end."""
        found: list[int] = self.tokenizer(tactic, add_special_tokens=False)["input_ids"]
        return [*found[: _MOST_TACTIC - 1], self.tokenizer.eos_token_id]

    def log_probs(self, pairs: Sequence[tuple[str, str]]) -> tuple[torch.Tensor, torch.Tensor]:
        """For (prompt, tactic) the log-probability [n] of the tactic, and its length [n]."""
        import torch

        prompts = [self.encode(prompt) for prompt, _ in pairs]
        tactics = [self.encode_tactic(tactic) for _, tactic in pairs]
        if self.encoder_decoder:
            labels = self._padded(tactics, _IGNORED)
            tokens = self._padded(prompts, self.tokenizer.pad_token_id)
            logits = self.network(input_ids=tokens, attention_mask=self._mask(prompts),
                                  labels=labels.clone()).logits
        else:
            rows = [p + t for p, t in zip(prompts, tactics, strict=True)]
            tokens = self._padded(rows, self.tokenizer.pad_token_id)
            labels = self._padded([[_IGNORED] * len(p) + t for p, t
                                   in zip(prompts, tactics, strict=True)], _IGNORED)[:, 1:]
            logits = self.network(input_ids=tokens, attention_mask=self._mask(rows)).logits
            logits = logits[:, :-1]
        scores = torch.log_softmax(logits.float(), -1)
        known = labels != _IGNORED
        each = scores.gather(-1, labels.masked_fill(~known, 0)[..., None])[..., 0]
        return (each * known).sum(1), known.sum(1)

    def values(self, prompts: Sequence[str]) -> torch.Tensor:
        """The single output [n] of a sequence classifier."""
        rows = [self.encode(prompt, room=0) for prompt in prompts]
        if self.encoder_decoder:  # such a classifier reads its answer off the end of the text
            end = self.tokenizer.eos_token_id
            rows = [row if row[-1:] == [end] else [*row, end] for row in rows]
        tokens = self._padded(rows, self.tokenizer.pad_token_id)
        found = self.network(input_ids=tokens, attention_mask=self._mask(rows)).logits[:, 0]
        return found.float()  # type: ignore[no-any-return]

    def _padded(self, rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
        import torch

        longest = max(map(len, rows))
        return torch.tensor([[*row, *[filler] * (longest - len(row))] for row in rows],
                            device=self.network.device)

    def _mask(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        return self._padded([[1] * len(row) for row in rows], 0)


class _Objective:
    """What the three have in common."""

    name = ""

    def __init__(
        self, model: TextModel, learnt: Sequence[Any], aside: Sequence[Any],
        options: TrainingOptions,
    ) -> None:
        self._model, self._learnt, self._aside = model, learnt, aside
        self._options = options

    @property
    def size(self) -> int:
        return len(self._learnt)

    @property
    def module(self) -> torch.nn.Module:
        found: torch.nn.Module = self._model.network
        return found

    def cost(self, example: int) -> int:
        return len(self._learnt[example].prompt)

    def save(self, folder: Path) -> None:
        self._model.save(folder)

    def loss(self, examples: Sequence[int]) -> torch.Tensor:
        return self._loss([self._learnt[i] for i in examples])

    def metrics(self) -> dict[str, float]:
        """The loss on what was set aside."""
        size = self._options.batch_size
        batches = [self._aside[start : start + size]
                   for start in range(0, len(self._aside), size)]
        return {"loss": mean(float(self._loss(batch)) for batch in batches)}

    def _loss(self, examples: Sequence[Any]) -> torch.Tensor:
        raise NotImplementedError


class TextObjective(_Objective):
    """Supervised fine-tuning: the mean negative log-likelihood of a tactic's tokens."""

    name = "sft"

    def _loss(self, examples: Sequence[TextExample]) -> torch.Tensor:
        found, lengths = self._model.log_probs([(e.prompt, e.tactic) for e in examples])
        return -found.sum() / lengths.sum()


class TextValue(_Objective):
    """Regression of ``log(1 + remaining)``."""

    name = "value"

    def _loss(self, examples: Sequence[ValueExample]) -> torch.Tensor:
        import torch

        wanted = torch.tensor([e.remaining for e in examples]).log1p()
        found = self._model.values([e.prompt for e in examples])
        return torch.nn.functional.mse_loss(found, wanted.to(found.device))


class TextPreference(_Objective):
    """Direct preference optimisation, with an anchor on what worked.

    The reference is the model as it is at the beginning: a copy, or with LoRA its base without
    the adapter's change since then.
    """

    name = "dpo"

    def __init__(
        self, model: TextModel, learnt: Sequence[Pair], aside: Sequence[Pair],
        options: TrainingOptions, dpo: DpoOptions,
    ) -> None:
        super().__init__(model, learnt, aside, options)
        self._dpo = dpo
        network = copy.deepcopy(model.network).requires_grad_(False).eval()
        self._reference = TextModel(network, model.tokenizer, model.encoder_decoder,
                                    model.max_length)

    def _loss(self, examples: Sequence[Pair]) -> torch.Tensor:
        import torch

        texts = [(e.prompt, e.won) for e in examples] + [(e.prompt, e.lost) for e in examples]
        found, lengths = self._model.log_probs(texts)
        with torch.no_grad(), _evaluating(self._reference.network):
            before, _ = self._reference.log_probs(texts)
        won, lost = (found - before).chunk(2)
        preference = -torch.nn.functional.logsigmoid(self._dpo.beta * (won - lost)).mean()
        count = len(examples)
        return preference - self._dpo.anchor * found[:count].sum() / lengths[:count].sum()


@contextlib.contextmanager
def _evaluating(network: Any) -> Iterator[None]:
    was = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was)
