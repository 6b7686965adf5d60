"""Text to tokens and back: byte-level BPE with one token for each slot.

Byte-pair encoding (Sennrich et al., 2016) over bytes loses nothing, so a tactic comes back exactly
as it was; merges learnt on goals and tactics make ``countP`` or ``<;> simp_all`` a few tokens. A
slot is one token, whatever its number, with or without a space before it: pointing at the third
premise is one decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from prover.generators.small.slots import SEPARATOR, SLOTS

PAD, END = "<pad>", "<end>"
MOST_PROMPT = 384
"""Tokens of a prompt; the last premises of a longer one are left out."""

FILE = "tokenizer.json"


class Vocabulary:
    """A tokenizer of the package ``tokenizers`` and the tokens that the model treats specially."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.pad, self.end = tokenizer.token_to_id(PAD), tokenizer.token_to_id(END)
        self.separator = tokenizer.token_to_id(f" {SEPARATOR}")

    def __len__(self) -> int:
        return int(self._tokenizer.get_vocab_size())

    @cached_property
    def slots(self) -> dict[str, tuple[int, int]]:
        """The tokens of each slot, without and with a space before it."""
        find = self._tokenizer.token_to_id
        return {slot: (find(slot), find(f" {slot}")) for slot in SLOTS}

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text."""
        return [found.ids for found in self._tokenizer.encode_batch(list(texts))]

    def prompt(self, goal: str, premises: Sequence[str]) -> tuple[list[int], list[list[int]]]:
        """The tokens of a goal (with its constants) and of the premises that fit beside it.

        The prompt is both, with the separator behind them. Of a goal that is too long itself the
        first half of what there is room for and the last are kept: types and target.
        """
        found, *shown = self.encode([goal, *(f" {premise}" for premise in premises)])
        found = [token for token in found if token != self.separator]
        most = MOST_PROMPT - 1
        if len(found) > most:
            found = [*found[: most // 2], *found[-(most - most // 2) :]]
        room, kept = most - len(found), []
        for tokens in shown:
            room -= len(tokens)
            if room < 0:
                break
            kept.append(tokens)
        return found, kept

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of some tokens; `END` and `PAD` have none."""
        kept = [t for t in tokens if t not in (self.pad, self.end)]
        return str(self._tokenizer.decode(kept, skip_special_tokens=False))

    def save(self, folder: Path) -> None:
        """Write ``tokenizer.json``."""
        self._tokenizer.save(str(folder / FILE))

    @classmethod
    def load(cls, folder: Path) -> Vocabulary:
        """Read ``tokenizer.json``. Raises what ``tokenizers`` raises."""
        from tokenizers import Tokenizer

        return cls(Tokenizer.from_file(str(folder / FILE)))

    @classmethod
    def learn(cls, texts: Iterable[str], size: int) -> Vocabulary:
        """A vocabulary of at most ``size`` tokens from prompts and tactics with slots in them."""
        from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        spaced = [AddedToken(f" {slot}", normalized=False) for slot in SLOTS]
        bare = [AddedToken(slot, normalized=False, single_word=True) for slot in SLOTS]
        fixed = [PAD, END, AddedToken(f" {SEPARATOR}", normalized=False), *spaced, *bare]
        trainer = trainers.BpeTrainer(
            vocab_size=size, min_frequency=3, show_progress=False, special_tokens=fixed,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
        tokenizer.train_from_iterator(texts, trainer)
        return cls(tokenizer)
