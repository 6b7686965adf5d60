"""The tokens of Lean source text: what is code, what is comment, what is string.

Lean's grammar can be extended by every file, its lexical structure hardly: comments nest,
strings and character literals escape with a backslash, identifiers may be quoted in ``«»``. That
is enough to find the holes of a file (`declarations`), to put proofs into them (`assembly`) and
to screen a script (`screening`) without mistaking a comment or a string for code. What a token
means is decided by Lean alone; nothing here is trusted for a verdict.

Positions are offsets in code points, as Python counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """What a token is. Keywords are words: Lean decides between the two by its token table."""

    WORD = auto()
    NUMBER = auto()
    STRING = auto()
    CHAR = auto()
    SYMBOL = auto()
    COMMENT = auto()


class Token(NamedTuple):
    """A piece of source text. ``depth`` counts the brackets open before it (an opening bracket
    has the depth outside of it, and so has its closing one); ``closed`` is false for a comment
    or a string that the text ends in."""

    kind: Kind
    text: str
    start: int
    end: int
    depth: int
    closed: bool = True

    def is_(self, *texts: str) -> bool:
        """Whether this is one of these words or symbols (not a string or comment)."""
        return self.kind in (Kind.WORD, Kind.SYMBOL) and self.text in texts


# `Lean.isIdFirst` and `Lean.isIdRest`: letters are ASCII and Latin ones, Greek but λ Π Σ, Coptic,
# letter-like symbols and mathematical script.
LETTER = (
    "A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0100-\u017f"
    "\u0391-\u039f\u03a1\u03a2\u03a4-\u03a9\u03b1-\u03ba\u03bc-\u03c9\u03ca-\u03fb"
    "\u1f00-\u1ffe\u2100-\u214f\U0001d49c-\U0001d59f"
)
REST = LETTER + "0-9'!?\u2080-\u2089\u2090-\u209c\u1d62-\u1d6a\u2c7c"
_ATOM = rf"(?:«[^»\n]*»|[{LETTER}][{REST}]*)"
_SYMBOLS = (
    r"<;>|<\|>|\|>\.|\|>|<\|\*|<\||\|\|\||\|\||&&&|&&|:=|=>|::|\.\.\.|\.\.|<-|->|@\[|\#\[|."
)
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
      | (?P<line>--[^\n]*)
      | (?P<block>/-)
      | (?P<raw>r(?P<hashes>\#*)"(?:.*?"(?P=hashes)|.*))
      | (?P<string>"(?:[^"\\]|\\.)*(?P<quote>"?))
      | (?P<char>'(?:\\(?:x[0-9a-fA-F]{{2}}|u[0-9a-fA-F]{{4}}|.)|[^\\'])')
      | (?P<word>{_ATOM}(?:\.{_ATOM})*)
      | (?P<number>0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+
                  |[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?)
      | (?P<symbol>{_SYMBOLS})""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/-|-/")
_OPENING = frozenset("([{⟨⟦⟪‹") | {"@[", "#["}
_CLOSING = frozenset(")]}⟩⟧⟫›")
_KINDS = {
    "line": Kind.COMMENT, "raw": Kind.STRING, "string": Kind.STRING, "char": Kind.CHAR,
    "word": Kind.WORD, "number": Kind.NUMBER, "symbol": Kind.SYMBOL,
}  # fmt: skip


def tokens(text: str, *, comments: bool = False) -> Iterator[Token]:
    """The tokens of ``text`` in order; comments only if asked for.

    Any text is accepted: a character that begins no token is a symbol of its own.
    """
    position, depth = 0, 0
    while match := _TOKEN.match(text, position):
        group = match.lastgroup
        # `lastgroup` names the outermost group that matched last, inner groups never.
        start, end = match.span()
        position = end
        if match["space"] is not None:
            continue
        if match["block"] is not None:
            end, closed = _block_comment_end(text, start)
            position = end
            if comments:
                yield Token(Kind.COMMENT, text[start:end], start, end, depth, closed)
            continue
        kind = _KINDS[group or "symbol"]
        if kind is Kind.COMMENT and not comments:
            continue
        piece, closed, at = match.group(), True, depth
        if kind is Kind.STRING:
            closed = _string_closed(match)
        elif piece in _OPENING:
            depth += 1
        elif piece in _CLOSING:
            depth = at = depth - 1
        yield Token(kind, piece, start, end, at, closed)


def _string_closed(match: re.Match[str]) -> bool:
    if match["string"] is not None:
        return match["quote"] == '"'
    body = match["raw"][1 + len(match["hashes"]) :]
    return len(body) > 1 and body.endswith('"' + match["hashes"])


def _block_comment_end(text: str, start: int) -> tuple[int, bool]:
    """Where the comment that begins at ``start`` ends, and whether it does."""
    level, position = 1, start + 2
    while edge := _COMMENT_EDGE.search(text, position):
        level += 1 if edge.group() == "/-" else -1
        position = edge.end()
        if level == 0:
            return position, True
    return len(text), False


def with_interpolated(found: Sequence[Token]) -> list[Token]:
    """The tokens, and behind every string with braces those of its inside: it may be one like
    ``s!"{…}"``, in which terms stand. Their offsets are those of the string."""
    result: list[Token] = []
    for token in found:
        result.append(token)
        if token.kind is Kind.STRING and "{" in token.text:
            inside = tokens(token.text[token.text.index("{") :].rstrip('"#'))
            result += (t._replace(start=token.start, end=token.end) for t in inside)
    return result


def has_sorry(text: str) -> bool:
    """Whether the word ``sorry`` occurs in ``text`` as code."""
    return "sorry" in text and any(token.is_("sorry") for token in tokens(text))
