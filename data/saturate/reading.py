"""Numbers of statements in what a model answers."""

from __future__ import annotations

import re

_RANGE = re.compile(r"\b[a-zA-Z]?(\d{1,3})\s*(?:-|–|to|through)\s*[a-zA-Z]?(\d{1,3})\b")
_NUMBER = re.compile(r"(?<![\w.])[a-zA-Z]{0,2}(\d{1,3})\b(?!\.\d)")


def numbers_in(text: str) -> list[int]:
    """The numbers in ``text``, as in ``2, S5 and P7–P9``, each once, in order."""
    def spelled(match: re.Match[str]) -> str:
        first, last = int(match[1]), int(match[2])
        return " ".join(map(str, range(first, last + 1))) if first <= last else match[0]

    return list(dict.fromkeys(int(n) for n in _NUMBER.findall(_RANGE.sub(spelled, text))))
