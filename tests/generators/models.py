"""Small language models in Hugging Face format, made here: random ones, and some that have learnt
a few tactics by heart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

torch.set_num_threads(1)  # more of them wait for each other where other tests run beside us

PAD, END = "<pad>", "</s>"
_TEXTS = (
    "p q r : Prop\nh : p ∧ q\nhq : q → r\n⊢ q ∧ p", "n m : Nat\n⊢ n + m = m + n",
    "⊢ ∀ x, p x → q x",
    "theorem <a>Nat.add_comm</a> : ∀ n m, n + m = m + n\n\n", "intro h", "exact h", "constructor",
    "simp [Nat.add_comm]", "auto", "omega", "cases h with\n| inl a => exact a\n| inr b => exact b",
    "obtain ⟨a, b⟩ := h", "exact ⟨h.2, h.1⟩", "rfl:::", "exact sorry", "You prove. State: Facts:",
)  # fmt: skip


def tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer that adds nothing to a text."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(_TEXTS, trainers.BpeTrainer(
        vocab_size=420, special_tokens=[PAD, END], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token=PAD, eos_token=END)


def gpt2(vocabulary: int, context: int = 256) -> Any:
    """Decoder-only, learnt positions."""
    return GPT2LMHeadModel(GPT2Config(
        vocab_size=vocabulary, n_positions=context, n_embd=48, n_layer=2, n_head=2, bos_token_id=1,
        eos_token_id=1, pad_token_id=0, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0))


def llama(vocabulary: int, context: int = 512) -> Any:
    """Decoder-only, rotary positions, grouped queries."""
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=vocabulary, hidden_size=48, intermediate_size=96, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=context,
        bos_token_id=1, eos_token_id=1, pad_token_id=0))


def t5(vocabulary: int) -> Any:
    """Encoder–decoder with relative positions, as ByT5 and ReProver."""
    return T5ForConditionalGeneration(T5Config(
        vocab_size=vocabulary, d_model=48, d_ff=96, num_layers=2, num_heads=4, d_kv=12,
        dropout_rate=0.0, decoder_start_token_id=0, eos_token_id=1, pad_token_id=0))


ARCHITECTURES: Mapping[str, Any] = {"gpt2": gpt2, "llama": llama, "t5": t5}


def make(architecture: str) -> tuple[Any, PreTrainedTokenizerFast]:
    """A random model and its tokenizer; always the same."""
    torch.manual_seed(0)
    words = tokenizer()
    return ARCHITECTURES[architecture](len(words)).eval(), words


def save(folder: Path, model: Any, words: PreTrainedTokenizerFast) -> Path:
    """Put both into ``folder`` in Hugging Face format."""
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def teach(
    model: Any, words: PreTrainedTokenizerFast, pairs: Sequence[tuple[str, str]],
    rate: float = 8e-3,
) -> Any:
    """Train until the model answers each prompt with its tactic."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    end = words.eos_token_id
    model.train()
    for _ in range(300):
        loss = sum(_loss(model, words(prompt)["input_ids"], [*words(tactic)["input_ids"], end])
                   for prompt, tactic in pairs)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < 0.01 * len(pairs):
            return model.eval()
    raise AssertionError(f"the model has not learnt its lessons (loss {loss.item():.3f})")


def _loss(model: Any, prompt: Sequence[int], answer: Sequence[int]) -> Any:
    if model.config.is_encoder_decoder:
        return model(input_ids=torch.tensor([prompt]), labels=torch.tensor([answer])).loss
    ids = torch.tensor([[*prompt, *answer]])
    labels = torch.tensor([[-100] * len(prompt) + list(answer)])
    return model(input_ids=ids, labels=labels).loss
