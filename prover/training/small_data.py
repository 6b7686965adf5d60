"""Training records as the small model reads them: tokens of prompts and of tactics in slots."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from prover.generators.small.model import FAILED, OPEN
from prover.generators.small.shorthand import WORD, finish, shortened
from prover.generators.small.slots import PREMISES, Slots, parse_goal
from prover.generators.small.vocabulary import Vocabulary
from prover.training.records import CLOSED, GOALS, StateRecord, Try
from prover.training.records import FAILED as FAILED_TRY

FIRST_ORDER = "fol"
"""The source of records about first-order goals begins with this."""


@dataclass(frozen=True)
class WrittenTry:
    """A tactic in slots, what the head should say after it, and whether it worked."""

    text: str
    outcome: int
    worked: bool


@dataclass(frozen=True)
class WrittenState:
    """A record in slots: the prompt in parts (goal and constants; one premise each)."""

    theorem: str
    module: str
    goal: str
    premises: tuple[str, ...]
    tries: tuple[WrittenTry, ...]
    value: int


@dataclass(frozen=True)
class TokenTry:
    """The same in tokens, with the end."""

    tokens: tuple[int, ...]
    outcome: int
    worked: bool


@dataclass(frozen=True)
class Example:
    """One state in tokens. ``premises`` have the slots P0, P1, … in this order."""

    goal: tuple[int, ...]
    premises: tuple[tuple[int, ...], ...]
    tries: tuple[TokenTry, ...]
    value: int

    @property
    def length(self) -> int:
        """Tokens in all."""
        return (len(self.goal) + 1 + sum(map(len, self.premises))
                + sum(len(t.tokens) for t in self.tries))


def slots_of(record: StateRecord) -> Slots:
    """The slots of a record's state."""
    return Slots(parse_goal(record.goal), record.premises, record.source.startswith(FIRST_ORDER))


def written(records: Iterable[StateRecord], per_state: int) -> Iterator[WrittenState]:
    """Records in slots; states where nothing can be written are left out.

    Of the tries of a state what worked comes first, then what led somewhere, then failures, each
    in the order of a hash: which are taken depends on nothing else.
    """
    for record in records:
        slots = slots_of(record)
        tries = [(t, text) for t in with_compounds(record.tries)
                 if (text := slots.write(t.tactic)) is not None]
        tries.sort(key=lambda pair: (not pair[0].worked, pair[0].outcome != GOALS,
                                     _hash(record.goal + pair[0].tactic)))
        kept = tuple(WrittenTry(text, outcome_bin(t), t.worked) for t, text in tries[:per_state])
        if kept:
            whole = slots.prompt(premises=False)
            parts = slots.premise_texts()
            remaining = record.remaining
            value = OPEN if remaining is None else min(remaining, 3)
            yield WrittenState(record.theorem, record.module, whole, parts, kept, value)


_FACTS = r"(?: \[(?P<facts>[^\[\]*←]+)\])?"  # `*` and `←` do not mean the same to all of them
_END = re.compile(rf"^(?P<start>(?:.+ <;> )?)(?:{WORD}|rfl|omega|simp|simp_all|grind){_FACTS}$")
_THEN_OMEGA = re.compile(r"(?<![\w.])(simp(?:_all)?(?: \[[^\[\]]*\])?) <;> omega$")


def with_compounds(tries: Sequence[Try]) -> list[Try]:
    """Tries that differ only in how they end a goal, or every case of it, are one: ``cases l <;>
    simp_all`` and ``cases l <;> rfl`` become ``cases l <;> first | …``, and ``simp [p]`` and
    ``grind [p]`` one ``first | …``, which works if either does. So the model chooses what to split
    and what to use, which takes a look at the goal, and Lean finds out how to end it. What leads
    on without a split stays beside it."""
    found: list[Try] = []
    ends: dict[tuple[str, str | None], list[Try]] = {}
    for tried in tries:
        match = _END.match(_THEN_OMEGA.sub(r"\1", shortened(tried.tactic)))
        if match is None:
            found.append(tried)
            continue
        ends.setdefault((match["start"], match["facts"]), []).append(tried)
        if not match["start"] and tried.outcome == GOALS:
            found.append(tried)
    for (start, facts), group in ends.items():
        closed = any(t.outcome == CLOSED for t in group)
        found.append(replace(group[0], tactic=start + finish(facts),
                             outcome=CLOSED if closed else FAILED_TRY,
                             remaining=0 if closed else None))
    return found


def outcome_bin(tried: Try) -> int:
    """Which of `BINS` a tactic leads to."""
    if tried.remaining is not None:
        return min(tried.remaining, 3)
    return {GOALS: OPEN, CLOSED: 0}.get(tried.outcome, FAILED)


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def set_aside(states: Sequence[WrittenState], share: float) -> tuple[list[int], list[int]]:
    """The places of what is learnt from and of what is set aside: whole modules (or theorems,
    where there are no modules), by a hash of their names."""
    names = [state.module or state.theorem for state in states]
    aside = _aside(names, share)
    return ([i for i, name in enumerate(names) if name not in aside],
            [i for i, name in enumerate(names) if name in aside])


def set_aside_names(
    records: Sequence[StateRecord], share: float
) -> tuple[list[StateRecord], list[StateRecord]]:
    """The same for records."""
    aside = _aside([record.module or record.theorem for record in records], share)
    return ([r for r in records if (r.module or r.theorem) not in aside],
            [r for r in records if (r.module or r.theorem) in aside])


def _aside(names: Sequence[str], share: float) -> set[str]:
    found = {name for name in names if int.from_bytes(_hash(name)) / 2**64 < share}
    if not found and share and len(set(names)) > 1:
        found = {min(set(names), key=_hash)}
    return found


def vocabulary_of(states: Iterable[WrittenState], size: int) -> Vocabulary:
    """A vocabulary for prompts and tactics; tactics count several times."""

    def texts() -> Iterator[str]:
        for state in states:
            yield state.goal
            yield from state.premises
            for tried in state.tries:
                yield from [tried.text] * (4 if tried.worked else 1)

    return Vocabulary.learn(texts(), size)


def examples(states: Sequence[WrittenState], vocabulary: Vocabulary) -> list[Example]:
    """States in tokens. Tactics with premises that the prompt has no room for are left out."""
    found = []
    for state in states:
        goal, premises = vocabulary.prompt(state.goal, state.premises)
        hidden = {token for i in range(len(premises), PREMISES)
                  for token in vocabulary.slots[f"P{i}"]}
        written = vocabulary.encode([tried.text for tried in state.tries])
        tries = tuple(
            TokenTry((*tokens, vocabulary.end), tried.outcome, tried.worked)
            for tokens, tried in zip(written, state.tries, strict=True)
            if hidden.isdisjoint(tokens))
        if tries:
            found.append(Example(tuple(goal), tuple(map(tuple, premises)), tries, state.value))
    return found


class Shuffler:
    """Puts premises into other orders, with their slots renumbered wherever they occur."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._bare = [vocabulary.slots[f"P{i}"][0] for i in range(PREMISES)]
        self._spaced = [vocabulary.slots[f"P{i}"][1] for i in range(PREMISES)]

    def shuffled(self, example: Example, rng: random.Random) -> Example:
        """The same state with its premises in another order: nearly the old one, so that a rank
        still means something."""
        count = len(example.premises)
        spread = rng.choice((2.0, 6.0, float(PREMISES)))
        order = sorted(range(count), key=lambda i: i + rng.uniform(0, spread))
        place = {old: new for new, old in enumerate(order)}
        mapping = {ids[old]: ids[new] for ids in (self._bare, self._spaced)
                   for old, new in place.items()}

        def renumbered(tokens: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(mapping.get(token, token) for token in tokens)

        return Example(
            renumbered(example.goal), tuple(renumbered(example.premises[old]) for old in order),
            tuple(replace(t, tokens=renumbered(t.tokens)) for t in example.tries),
            example.value)

