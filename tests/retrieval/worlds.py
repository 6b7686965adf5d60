"""Small worlds for the tests of retrieval: corpora, and an encoder that needs no model."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

import numpy as np

from retrieval.contracts import Premise, Vectors
from retrieval.corpus import Corpus


class HashEncoder:
    """Each word has a random vector; a text's is their sum. ``encoded`` holds what it was given."""

    name = "hashes"

    def __init__(self, dimension: int = 32, version: str = "hash-1") -> None:
        self.dimension, self.version = dimension, version
        self.encoded: list[str] = []

    def premise_text(self, premise: Premise) -> str:
        return f"{premise.name} {premise.statement}"

    def encode_premises(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        return self.encode_queries(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        found = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(found, texts, strict=True):
            for word in text.split():
                seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4])
                row += np.random.default_rng(seed).normal(size=self.dimension)
            row /= max(float(np.linalg.norm(row)), 1e-9)
        return found


LETTERS = "abcdefghijklmnop"


def random_premises(count: int, seed: int = 0, module: str = "m") -> list[Premise]:
    """Premises ``p0``, ``p1``, … with statements of a few random words."""
    generator = random.Random(seed)
    return [
        Premise(f"p{i}", " ".join(f"word{generator.choice(LETTERS)}" for _ in range(5)), module,
                position=i)
        for i in range(count)]


ARITHMETIC = Corpus(
    [
        Premise("Nat.add_comm", "∀ (n m : Nat), n + m = m + n", "Basic", position=0),
        Premise("Nat.add_assoc", "∀ (n m k : Nat), n + m + k = n + (m + k)", "Basic", position=1),
        Premise("Nat.mul_comm", "∀ (n m : Nat), n * m = m * n", "Mul", position=0),
        Premise("Nat.mul_add", "∀ (a b c : Nat), a * (b + c) = a * b + a * c", "Mul", position=1),
        Premise("List.length_append", "∀ {α : Type u} {as bs : List α}, (as ++ bs).length = "
                "as.length + bs.length", "Lists", position=0),
        Premise("List.reverse", "{α : Type u} → List α → List α", "Lists", kind="definition",
                position=1),
        Premise("List.reverse_reverse", "∀ {α : Type u} (as : List α), as.reverse.reverse = as",
                "Lists", frozenset({"List.reverse", "Eq"}), position=2),
    ],
    {"Basic": (), "Mul": ("Basic",), "Lists": ("Basic",)})
