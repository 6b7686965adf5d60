"""The network: a small decoder-only transformer with a head for the remaining steps.

The language model is a Hugging Face ``LlamaForCausalLM`` (rotary positions, RMS norm, gated
feed-forward) whose input and output embeddings are one. A linear head reads its last hidden
state: at the end of a prompt it estimates how many tactics the goal needs, at the end of a tactic
how many are needed after it, or that it fails. So one pass over a goal and its candidate tactics
gives their probabilities and what becomes of them.

A folder has ``model.safetensors``, ``value_head.safetensors``, ``config.json`` and
``tokenizer.json``; the first, third and fourth are what Hugging Face's tools expect.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prover.generators.cache_argument import cache_argument
from prover.generators.small.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch

BINS = ("0", "1", "2", "3+", "open", "failed")
"""What the head tells apart: so many tactics are still needed; it is not known whether the rest
can be proved; the tactic is refused (or changes nothing)."""

OPEN, FAILED = BINS.index("open"), BINS.index("failed")
CONFIG, WEIGHTS, HEAD = "config.json", "model.safetensors", "value_head.safetensors"


@dataclass(frozen=True)
class Shape:
    """The size of the network; the default has about three million parameters."""

    hidden: int = 192
    layers: int = 6
    heads: int = 6
    feed_forward: int = 512
    positions: int = 1024


@dataclass
class SmallModel:
    """Vocabulary, language model and value head, which share a device."""

    vocabulary: Vocabulary
    network: Any
    head: Any

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        every = [*self.network.parameters(), *self.head.parameters()]
        return sum(p.numel() for p in {id(p): p for p in every}.values())

    def hidden(
        self, tokens: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor,
        cache: Any = None,
    ) -> torch.Tensor:
        """Hidden states [b, n, d] of ``tokens`` [b, n] at ``positions`` [b, n].

        ``mask`` [b, 1, n, m] is True where a token sees one of the m that are in the cache or
        among ``tokens``; ``cache`` is added to.
        """
        import torch

        blocked = torch.zeros(mask.shape, dtype=self.network.dtype, device=mask.device)
        blocked.masked_fill_(~mask, torch.finfo(self.network.dtype).min)
        found = self.network.model(
            input_ids=tokens, position_ids=positions, attention_mask=blocked,
            use_cache=cache is not None, **cache_argument(self.network.model, cache))
        return found.last_hidden_state  # type: ignore[no-any-return]

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Next-token scores [..., vocabulary] of hidden states [..., d]."""
        return self.network.lm_head(hidden)  # type: ignore[no-any-return]

    def save(self, folder: Path) -> None:
        """Write the folder."""
        import transformers
        from safetensors.torch import save_file

        library: Any = transformers
        library.logging.disable_progress_bar()
        folder.mkdir(parents=True, exist_ok=True)
        self.network.save_pretrained(folder, safe_serialization=True)
        save_file({name: tensor.contiguous() for name, tensor in self.head.state_dict().items()},
                  folder / HEAD)
        self.vocabulary.save(folder)


def new_model(vocabulary: Vocabulary, shape: Shape, seed: int = 0) -> SmallModel:
    """A network with random weights."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=shape.hidden, num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads, num_key_value_heads=shape.heads,
        intermediate_size=shape.feed_forward, max_position_embeddings=shape.positions,
        tie_word_embeddings=True, bos_token_id=None, eos_token_id=vocabulary.end,
        pad_token_id=vocabulary.pad, attention_dropout=0.0,
    )
    network = LlamaForCausalLM(config)
    return SmallModel(vocabulary, network, torch.nn.Linear(shape.hidden, len(BINS)))


def load_model(folder: Path) -> SmallModel:
    """The model of a folder, on the processor, in single precision.

    Raises:
        OSError: a file is missing.
        ValueError: the files are not of such a model, or damaged.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    from transformers import LlamaConfig, LlamaForCausalLM

    for name in (CONFIG, WEIGHTS, HEAD, "tokenizer.json"):
        if not (folder / name).is_file():
            raise FileNotFoundError(2, "no such file", str(folder / name))
    try:
        vocabulary = Vocabulary.load(folder)
        weights = load_file(folder / WEIGHTS)
        config = LlamaConfig(**json.loads((folder / CONFIG).read_text(encoding="utf-8")))
        _agree(config, weights)  # before a network of some other size takes all memory
        network = LlamaForCausalLM(config)
        missing, unknown = network.load_state_dict(weights, strict=False)
        head = torch.nn.Linear(config.hidden_size, len(BINS))
        head.load_state_dict(load_file(folder / HEAD))
    except (SafetensorError, RuntimeError, TypeError, KeyError) as problem:
        raise ValueError(f"not a small model: {str(problem).splitlines()[0]}") from problem
    except ValueError:
        raise
    except Exception as problem:  # tokenizers raises nothing more specific
        raise ValueError(f"not a small model: {str(problem).splitlines()[0]}") from problem
    if unknown or set(missing) - {"lm_head.weight"}:
        raise ValueError(f"not a small model: {(list(unknown) + list(missing))[0]} does not fit")
    if len(vocabulary) != config.vocab_size:
        raise ValueError(f"the vocabulary has {len(vocabulary)} tokens, the network "
                         f"{config.vocab_size}")
    network.tie_weights()
    network.train(False)
    return SmallModel(vocabulary, network, head)


def _agree(config: Any, weights: Mapping[str, torch.Tensor]) -> None:
    """Raise `ValueError` if the weights are not those of a network of this configuration."""
    embedding = weights.get("model.embed_tokens.weight")
    layers = {name.split(".")[2] for name in weights if name.startswith("model.layers.")}
    if embedding is None or len(layers) != config.num_hidden_layers or (
            tuple(embedding.shape) != (config.vocab_size, config.hidden_size)):
        raise ValueError(f"{CONFIG} and {WEIGHTS} do not belong together")
