"""Splits of theorems into training, validation and test, seeded.

* random: theorem by theorem.
* novel premises: every theorem held out uses at least one premise that no training theorem uses
  (Yang et al., "LeanDojo", 2023), which tells learning from remembering.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

from retrieval.contracts import RetrievalError


@dataclass(frozen=True)
class Split:
    """Indices of theorems, ascending; together all of them, each once."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]


def random_split(
    count: int, *, validation: float = 0.1, test: float = 0.1, seed: int = 0
) -> Split:
    """``count`` theorems at random; ``validation`` and ``test`` are shares of them."""
    sizes = _sizes(count, validation, test)
    order = list(range(count))
    random.Random(seed).shuffle(order)
    return _split(order[: sizes[0]], order[sizes[0] : sum(sizes)], count)


def novel_premise_split(
    used: Sequence[Collection[Hashable]], *, validation: float = 0.1, test: float = 0.1,
    seed: int = 0,
) -> Split:
    """Theorems by the premises that they use: premises are drawn at random, and all theorems
    that use a drawn one are held out, until there are enough (or no more can be had)."""
    sizes = _sizes(len(used), validation, test)
    users: dict[Hashable, list[int]] = defaultdict(list)
    for index, premises in enumerate(used):
        for premise in sorted(premises, key=repr):
            users[premise].append(index)
    drawn = sorted(users, key=repr)
    generator = random.Random(seed)
    generator.shuffle(drawn)
    # Rarely used premises first: one that half of the theorems use would hold out that half.
    drawn.sort(key=lambda premise: len(users[premise]) > max(1, sum(sizes) // 20))
    held: dict[int, None] = {}
    for premise in drawn:
        if len(held) + len(users[premise]) > sum(sizes):
            continue
        held.update(dict.fromkeys(users[premise]))
        if len(held) >= sum(sizes):
            break
    chosen = list(held)
    generator.shuffle(chosen)
    cut = round(len(chosen) * sizes[0] / sum(sizes)) if sum(sizes) else 0
    return _split(chosen[:cut], chosen[cut:], len(used))


SPLITS = ("random", "novel-premises")


def make_split(
    kind: str, used: Sequence[Collection[Hashable]], *, validation: float = 0.1,
    test: float = 0.1, seed: int = 0,
) -> Split:
    """The split called ``kind`` (one of `SPLITS`) of theorems that use these premises."""
    if kind == "random":
        return random_split(len(used), validation=validation, test=test, seed=seed)
    if kind == "novel-premises":
        return novel_premise_split(used, validation=validation, test=test, seed=seed)
    raise RetrievalError(f"unknown split {kind!r}", remedy="use " + " or ".join(SPLITS))


def _sizes(count: int, validation: float, test: float) -> tuple[int, int]:
    if validation < 0 or test < 0 or validation + test > 1:
        raise RetrievalError("the shares of a split are between 0 and 1 and at most 1 together")
    return round(count * validation), round(count * test)


def _split(validation: Sequence[int], test: Sequence[int], count: int) -> Split:
    held = {*validation, *test}
    return Split(tuple(i for i in range(count) if i not in held),
                 tuple(sorted(validation)), tuple(sorted(test)))
