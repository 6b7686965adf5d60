"""What a lexical ranker sees in the text of a goal or a statement, in Lean or in TPTP.

* words: identifiers, whole, by their components and by the words in these (``List.map_append``
  gives ``list.map_append``, ``list``, ``map``, ``append``); a notation also counts as the word by
  which Lean's naming convention calls it (``+`` is ``add``), so goals find lemmas by their names.
* shapes: short windows of the text with the variables numbered by their order in the window, so
  that ``a + b = b + a`` and ``n + m = m + n`` look the same.

Variables themselves are no words: they mean nothing across statements.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

_TOKEN = re.compile(
    r"""
      [^\W\d](?:[\w'!?✝]|\.(?=[^\W\d]))*   # identifiers, dotted ones as one
    | '(?:[^'\\\n]|\\.)*'                  # TPTP's quoted names
    | \d+
    | <=>|=>|<=|->|:=|\#\[|!=|\|\||&&&|&&|\|\|\||\^\^\^|<<<|>>>|\+\+|::|==
    | \S
    """,
    re.VERBOSE,
)
_BINDERS = re.compile(r"[({\[⦃]\s*((?:[^\W\d][\w'✝]*\s+)+):|(?:∀|∃|∃!|fun|λ|Σ|∑|∏)\s*"
                      r"((?:[^\W\d][\w'✝]*\s+)*[^\W\d][\w'✝]*)\s*[,:∈<≤↦=]")
_HYPOTHESES = re.compile(r"^((?:[^\W\d][\w'✝]*\s+)+):", re.MULTILINE)
_TPTP_BINDER = re.compile(r"[!?]\s*\[")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_PUNCTUATION = frozenset("()[]{}⦃⦄⟨⟩,:;.|@_`\"'⊢")
_WINDOWS = (3, 5, 7)

# The words of Lean's naming convention for its notations.
_NOTATIONS = {
    "+": "add", "*": "mul", "-": "sub", "/": "div", "%": "mod", "^": "pow", "•": "smul",
    "=": "eq", "≠": "ne", "!=": "ne", "==": "beq", "<": "lt", ">": "lt", "≤": "le", "≥": "le",
    "∣": "dvd", "∧": "and", "∨": "or", "¬": "not", "↔": "iff", "∃": "exists", "&&": "and",
    "||": "or", "!": "not", "&&&": "and", "|||": "or", "^^^": "xor", "<<<": "shift",
    ">>>": "shift", "++": "append", "::": "cons", "∘": "comp", "∈": "mem", "∉": "mem",
    "∪": "union", "∩": "inter", "⊆": "subset", "∅": "empty", "×": "prod", "⁻¹": "inv",
    "∑": "sum", "∏": "prod", "0": "zero", "1": "one", "2": "two",
}  # fmt: skip


def words(text: str, name: str = "") -> list[str]:
    """The words of a statement or goal, with repetitions; those of a premise's name count too."""
    tokens, variables = _tokens(text)
    found: list[str] = []
    for token in tokens:
        if token in variables or token in _PUNCTUATION:
            continue
        notation = _NOTATIONS.get(token)
        if notation is not None:
            found += (token, notation)
        elif token[0].isalpha() or token[0] == "'":
            found += identifier_words(token)
        else:
            found.append(token)
    return found + (identifier_words(name) if name else [])


def shapes(text: str) -> set[str]:
    """The windows of a statement or goal in which something else than variables occurs."""
    tokens, variables = _tokens(text)
    marked = [(t, t in variables) for t in tokens if t not in _PUNCTUATION or t in "⟨⟩"]
    found: set[str] = set()
    for start in range(len(marked) - _WINDOWS[0] + 1):
        numbers: dict[str, str] = {}
        window: list[str] = []  # grows from one size to the next: variables keep their numbers
        told = False
        for token, variable in marked[start : start + _WINDOWS[-1]]:
            if variable:
                token = numbers.get(token) or numbers.setdefault(token, f"#{len(numbers)}")
            else:
                told = True
            window.append(token)
            if told and len(window) in _WINDOWS:
                found.add(" ".join(window))
    return found


def identifier_words(name: str) -> list[str]:
    """A name in lower case, its components, and the words of which these are made."""
    whole = name.lower()
    found = [whole]
    for component in name.split("."):
        if component.lower() != whole:
            found.append(component.lower())
        parts = [part.lower() for piece in component.split("_") for part in _CAMEL.findall(piece)]
        if len(parts) > 1:
            found += parts
    return found


@functools.lru_cache(maxsize=2)  # words and shapes are asked for one after the other
def _tokens(text: str) -> tuple[Sequence[str], frozenset[str]]:
    """The tokens of a text, and which of them are variables."""
    tokens: list[str] = _TOKEN.findall(text)
    if _TPTP_BINDER.search(text):
        return tokens, frozenset(t for t in tokens if t[0].isupper())
    variables = frozenset(_bound(text))
    return [part for token in tokens for part in _applied(token, variables)], variables


def _applied(token: str, variables: frozenset[str]) -> list[str]:
    """``xs.length`` is the function ``length`` of the variable ``xs``; other tokens are one."""
    head, dot, rest = token.partition(".")
    return [head, rest] if dot and rest and head in variables else [token]


def _bound(text: str) -> Iterator[str]:
    for pattern in (_BINDERS, _HYPOTHESES):
        for match in pattern.finditer(text):
            yield from (word for group in match.groups() if group for word in group.split())
    # Free variables of a bare goal: one letter, with primes or digits.
    yield from re.findall(r"(?<![\w.])[a-zα-ω][\d'₀-₉]*(?![\w.'])", text)
