"""Words for worlds. Nouns are made up, so that nothing is known of what they mean."""

from __future__ import annotations

import random
from dataclasses import dataclass

NAMES = (
    "Alma", "Bruno", "Clara", "Dario", "Edda", "Felix", "Greta", "Hugo", "Ines", "Jonas", "Karla",
    "Leon", "Mira", "Nils", "Olga", "Paul", "Rita", "Sven", "Tilda", "Ugo", "Vera", "Wim",
    "Xenia", "Yara", "Zeno", "Rex", "Stella", "Max", "Polly", "Sam",
)  # fmt: skip
ADJECTIVES = (
    "amber", "angular", "bitter", "blue", "bright", "brown", "calm", "cold", "crisp", "curious",
    "dim", "dry", "earthy", "fast", "feisty", "floral", "fruity", "gentle", "happy", "heavy",
    "hollow", "kind", "large", "liquid", "loud", "luminous", "metallic", "mild", "nervous",
    "opaque", "orange", "quiet", "red", "round", "rough", "salty", "sharp", "shy", "slow", "small",
    "smooth", "sour", "spicy", "stiff", "sweet", "tall", "tiny", "warm", "wet", "wooden",
)  # fmt: skip
VERBS = (
    "admire", "avoid", "blame", "chase", "dislike", "follow", "greet", "guard", "help", "ignore",
    "like", "observe", "praise", "remember", "respect", "trust", "visit", "warn",
)  # fmt: skip

_ONSETS = ("b", "br", "d", "dr", "f", "fl", "g", "gl", "gr", "j", "k", "l", "m", "n", "p", "pr",
           "r", "s", "sl", "st", "t", "tr", "v", "w", "y", "z")  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u")
_CODAS = ("b", "l", "m", "mp", "n", "nd", "r", "rp", "s", "st", "t", "x", "zz")
_ENDINGS = ("ak", "in", "or", "pus", "um", "us")


@dataclass(frozen=True)
class Lexicon:
    """The words of one world. Verbs are in their base form."""

    names: tuple[str, ...]
    nouns: tuple[str, ...]
    adjectives: tuple[str, ...]
    verbs: tuple[str, ...]


class Words:
    """Hands out words, each once."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._names = rng.sample(NAMES, len(NAMES))
        self._adjectives = rng.sample(ADJECTIVES, len(ADJECTIVES))
        self._verbs = rng.sample(VERBS, len(VERBS))
        self._used: dict[str, dict[str, None]] = {
            "names": {}, "nouns": {}, "adjectives": {}, "verbs": {}
        }

    def name(self) -> str:
        """A new name. There are enough for any world that is made here."""
        return self._use("names", self._names.pop())

    def noun(self) -> str:
        """A new noun."""
        rng = self._rng
        while True:
            word = (rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS)
                    + rng.choice(_ENDINGS))
            if word not in self._used["nouns"] and word not in ADJECTIVES:
                return self._use("nouns", word)

    def adjective(self) -> str | None:
        """A new adjective, None when there are no more."""
        return self._use("adjectives", self._adjectives.pop()) if self._adjectives else None

    def verb(self) -> str | None:
        """A new verb, None when there are no more."""
        return self._use("verbs", self._verbs.pop()) if self._verbs else None

    def lexicon(self) -> Lexicon:
        """What has been handed out."""
        return Lexicon(**{kind: tuple(sorted(words)) for kind, words in self._used.items()})

    def _use(self, kind: str, word: str) -> str:
        self._used[kind][word] = None
        return word


def plural(noun: str) -> str:
    """More than one of what ``noun`` names."""
    return noun + ("es" if noun.endswith(("s", "x", "z")) else "s")
