"""Random and malformed tactics against Lean: what must hold whatever is thrown at it.

Tactics are made from a seed (`tactics`) and run (`fuzz`) through the environment that the agent
uses, on theorems that are false, though no hypothesis of theirs contradicts another: whatever
finishes one of them is handed to the checker, and must be refused there. The other promises are
that every call is answered, none takes much longer than its limit, and that the environment goes
on working.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from prover.contracts import FailureKind, ProofScript, ProofState, TacticFailure
from prover.environments.lean import LeanChecker, LeanEnvironment, LeanTheorem, load_lean_text

_CORPUS = Path(__file__).with_name("fuzz_corpus")


def _lines(name: str) -> tuple[str, ...]:
    """The entries of a file of the corpus, one a line; ⏎ stands for a line break."""
    text = (_CORPUS / name).read_text(encoding="utf-8")
    return tuple(line.replace("⏎", "\n") for line in text.split("\n")[:-1])


UNPROVABLE = (_CORPUS / "unprovable.lean").read_text(encoding="utf-8")
REAL = _lines("real.txt")
WORDS = _lines("words.txt")
# What should not be accepted as a proof, and what should not end the block that it stands in.
CHEATS = _lines("cheats.txt")
# What eats time, memory or stack.
BOMBS = _lines("bombs.txt")
_OPEN, _CLOSE = "([{⟨«(", ")]}⟩»)"
_LONGEST = 20_000
_CHECK_EVERY = 100
# What can be put into itself: beginning, innermost part, end.
_NESTED = (
    ("(", "rfl", ")"), ("exact (", "rfl", ")"), ("exact fun x => ", "x", ""), ("¬ ", "True", ""),
    ("exact ⟨", "0", "⟩"), ("by ", "rfl", ""), ("have : ¬ ", "", ""), ("try ", "rfl", ""),
    ("first | ", "rfl", " | simp"), ("exact (by ", "rfl", ")"), ("exact 1 + ", "1", ""),
    ("exact [", "1", "]"), ("· ", "rfl", ""), ("case a => ", "rfl", ""), ("{", "rfl", "}"),
    ("exact id (", "h", ")"), ("exact if True then ", "1", " else 2"), ("exact ?", "x", ""),
    ("exact Nat.succ (", "0", ")"), ("repeat ", "rfl", ""), ("exact (fun x => x x) (", "1", ")"),
    ("/-", "x", "-/"), ("exact @", "id", ""),
)  # fmt: skip
# Controls, Latin-1, marks, mathematical letters, punctuation, surrogates, specials, beyond.
_STRANGE = (
    (0, 32), (0x7F, 0xFF), (0x300, 0x370), (0x1D400, 0x1D7FF), (0x2000, 0x2070),
    (0xD800, 0xDFFF), (0xFFF0, 0xFFFF), (0x1F600, 0x1F64F), (0x10FFF0, 0x10FFFF),
)  # fmt: skip


def tactics(seed: int, *, bombs: float = 0.01) -> Iterator[str]:
    """An endless stream of tactic texts, the same for the same seed; a share of ``bombs`` among
    them is made to eat time, memory or stack."""
    choose = random.Random(seed)
    makers: tuple[tuple[Callable[[random.Random], str], float], ...] = (
        (_real, 0.2), (_mutated, 0.3), (_soup, 0.2), (_brackets, 0.07), (_unicode, 0.07),
        (_cheat, 0.1), (_long, 0.02), (_deep, 0.04), (_bomb, bombs),
    )  # fmt: skip
    functions, weights = zip(*makers, strict=True)
    while True:
        (maker,) = choose.choices(functions, weights)
        yield maker(choose)


def _real(choose: random.Random) -> str:
    glue = choose.choice((" <;> ", "\n", "; "))
    return glue.join(choose.choices(REAL, k=choose.choice((1, 1, 2))))


def _mutated(choose: random.Random) -> str:
    """A tactic with a few characters removed, doubled, exchanged or added."""
    text = list(_real(choose))
    for _ in range(choose.randint(1, 4)):
        at = choose.randrange(len(text) + 1)
        match choose.randrange(5):
            case 0:
                del text[at : at + choose.randint(1, 4)]
            case 1:
                text[at:at] = text[at : at + choose.randint(1, 6)]
            case 2:
                text[at:] = text[at:][::-1]
            case 3:
                text[at:at] = choose.choice(WORDS)
            case _:
                del text[at:]
    return "".join(text)


def _soup(choose: random.Random) -> str:
    glue = choose.choice((" ", " ", ""))
    return glue.join(choose.choices(WORDS, k=choose.randint(1, 25)))


def _brackets(choose: random.Random) -> str:
    """Brackets that do not match, around and within a tactic."""
    text = _real(choose)
    for _ in range(choose.randint(1, 6)):
        at = choose.randrange(len(text) + 1)
        text = text[:at] + choose.choice(_OPEN + _CLOSE) * choose.randint(1, 3) + text[at:]
    return text


def _unicode(choose: random.Random) -> str:
    """Code points of all sorts: controls, surrogates, marks, beyond the basic plane."""
    points = (choose.randint(*choose.choice(_STRANGE)) for _ in range(choose.randint(1, 12)))
    strange = "".join(map(chr, points))
    text = _real(choose)
    at = choose.randrange(len(text) + 1)
    return choose.choice((strange, text[:at] + strange + text[at:], f'exact "{strange}"'))


def _cheat(choose: random.Random) -> str:
    text = choose.choice(CHEATS)
    return choose.choice((text, text, f"({text})", f"{_real(choose)}\n{text}", f"try ({text})",
                          f"exact by {text}", f"all_goals {text}"))  # fmt: skip


def _long(choose: random.Random) -> str:
    part = choose.choice((*REAL, *WORDS, "a" * 50, "9" * 50, "-- comment\n", "skip; ", "⟨"))
    return (part + " ") * choose.randint(50, _LONGEST // (len(part) + 1))


def _deep(choose: random.Random) -> str:
    depth = choose.choice((10, 100, 200, 300, 1000, 2000))
    opening, middle, closing = choose.choice(_NESTED)
    return opening * depth + middle + closing * depth


def _bomb(choose: random.Random) -> str:
    return choose.choice(BOMBS)


@dataclass
class Outcome:
    """What came of a run. ``overtime`` is in seconds beyond the limit of a call, ``recovery`` the
    longest call, in seconds, within which Lean had to be started again."""

    calls: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    wrongly_proved: list[tuple[str, str]] = field(default_factory=list)
    stopped_working: list[str] = field(default_factory=list)
    crashes: list[tuple[str, str]] = field(default_factory=list)
    restarts: int = 0
    overtime: float = 0.0
    recovery: float = 0.0
    slowest: str = ""


class Fuzzer:
    """Runs tactics on states of the unprovable theorems, a few states deep.

    Args:
        limit: seconds for each tactic.
    """

    _STATES = 24

    def __init__(
        self, environment: LeanEnvironment, checker: LeanChecker, *, seed: int, limit: float
    ) -> None:
        self._environment, self._checker, self._limit = environment, checker, limit
        self._choose = random.Random(seed)
        loaded = load_lean_text(UNPROVABLE, pool=environment)
        assert not loaded.problems, loaded.problems
        self._theorems = loaded.theorems
        self._roots = {t.name: environment.open(t) for t in self._theorems}
        self._live: dict[str, list[tuple[ProofState, tuple[str, ...]]]] = {
            t.name: [] for t in self._theorems
        }
        self.outcome = Outcome()

    def run(self, texts: Iterator[str], count: int) -> Outcome:
        """Run ``count`` of the tactics."""
        for number in range(count):
            self._step(self._theorems[number % len(self._theorems)], next(texts))
        return self.outcome

    def _step(self, theorem: LeanTheorem, text: str) -> None:
        root = self._roots[theorem.name]
        live = self._live[theorem.name]
        state, script = self._choose.choice([(root, ()), (root, ()), *live])
        generation, began = self._generation(), time.monotonic()
        try:
            after = self._environment.apply(state, text, self._limit)
        except Exception as error:  # whatever it is, the answer is lost
            self.outcome.lost.append(f"{text[:200]!r}: {error!r}")
            return
        seconds, is_new = time.monotonic() - began, self._generation() != generation
        self._note(text, after, seconds, is_new=is_new)
        if isinstance(after, ProofState):
            self._keep(theorem, live, after, (*script, text))
        if is_new or not self._environment.modules:
            self.outcome.restarts += 1
            self._see_that_it_works()
        elif self.outcome.calls % _CHECK_EVERY == 0:
            self._see_that_it_works()

    def _generation(self) -> int:
        server = self._environment._server
        return 0 if server is None else server.generation

    def _note(
        self, text: str, after: ProofState | TacticFailure, seconds: float, *, is_new: bool
    ) -> None:
        outcome = self.outcome
        outcome.calls += 1
        crashed = isinstance(after, TacticFailure) and after.kind is FailureKind.CRASH
        if isinstance(after, TacticFailure):
            outcome.outcomes[after.kind.value] += 1
            if crashed:
                outcome.crashes.append((text[:400], after.message))
        else:
            outcome.outcomes["solved" if after.solved else "progress"] += 1
        if is_new:
            outcome.recovery = max(outcome.recovery, seconds)
        elif seconds - self._limit > outcome.overtime:
            outcome.overtime, outcome.slowest = seconds - self._limit, text[:200]

    def _keep(
        self, theorem: LeanTheorem, live: list[tuple[ProofState, tuple[str, ...]]],
        state: ProofState, script: tuple[str, ...],
    ) -> None:
        if state.solved:
            self._judge(theorem, script)
            self._environment.release([state])
        elif len(script) < 6:
            live.append((state, script))
            if len(live) > self._STATES:
                self._environment.release([live.pop(self._choose.randrange(len(live)))[0]])
        else:
            self._environment.release([state])

    def _judge(self, theorem: LeanTheorem, script: tuple[str, ...]) -> None:
        text = "\n".join(script)
        verdict = self._checker.check(theorem, ProofScript((text,)))
        found = self.outcome.wrongly_proved if verdict.accepted else self.outcome.refused
        found.append((f"{theorem.name}: {text[:400]}", verdict.reason or ""))

    def _see_that_it_works(self) -> None:
        """Questions whose answers are known must be answered so, and a state that was made by
        tactics must be found again. After the process was lost that is harder: the next one must
        do what the first did. The other states are then given up, so that the time for making
        them again is not taken for that of a tactic."""
        states = [state for live in self._live.values() for state, _ in live]
        deep = [self._choose.choice(states)] if states else []
        root = self._roots["both"]
        for state, tactic in [(root, "no_such_tactic"), (root, "constructor"),
                              *((state, "skip") for state in deep)]:  # fmt: skip
            after = self._environment.apply(state, tactic)
            if isinstance(after, ProofState):
                self._environment.release([after])
            if isinstance(after, ProofState) == (tactic == "no_such_tactic"):
                self.outcome.stopped_working.append(f"{tactic} on {state}: {after}"[:500])
        self._environment.release(states)
        for live in self._live.values():
            live.clear()
