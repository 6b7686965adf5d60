"""Taking a tactic's text apart at its outermost symbols, without understanding it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from prover.environments.lean.lexer import Token, tokens

_OPENED_HAVE = re.compile(
    r"(?P<lean>refine )?have(?P<what>(?: \S+)?\s*:(?!=).+?)(?(lean) := \?_; \?_)", re.DOTALL)
_OPEN_CASE = re.compile(r"=> \?_(?= \||$)")
_WORD = re.compile(r"[^\s\[(⟨{;|]+")


@dataclass(frozen=True)
class Listing:
    """A bracketed list in a text: ``text[:start]`` + ``[a, b, c]`` + ``text[end:]``."""

    start: int
    end: int
    items: tuple[str, ...]


def head(tactic: str) -> str:
    """The first word of a tactic."""
    match = _WORD.match(tactic.strip())
    return match.group() if match else ""


def opened_have(tactic: str) -> str | None:
    """The name and statement of a step whose proof is left as a goal, with the blank before
    them."""
    match = _OPENED_HAVE.fullmatch(tactic)
    if match is None or (match["lean"] is None and len(cut(match["what"], ":=")) > 1):
        return None
    return match["what"]


def shown(tactic: str) -> str:
    """What will be read of a tactic when the proofs of its goals are inside of it."""
    what = opened_have(tactic)
    if what is not None:
        return f"have{what} := by"
    return _OPEN_CASE.sub("=>", tactic) if head(tactic) in ("induction", "cases") else tactic


def cut(text: str, symbol: str) -> list[str]:
    """The pieces of ``text`` between the outermost ``symbol``s, trimmed."""
    pieces, start = [], 0
    for token in _outermost(text):
        if token.text == symbol:
            pieces.append(text[start : token.start].strip())
            start = token.end
    return [*pieces, text[start:].strip()]


def listings(text: str) -> list[Listing]:
    """The lists in square brackets that are not inside other brackets, in order."""
    found, opening = [], None
    for token in tokens(text):
        if token.depth == 0 and token.text == "[":
            opening = token
        elif token.depth == 0 and token.text == "]" and opening is not None:
            inner = text[opening.end : token.start]
            items = tuple(item for item in cut(inner, ",") if item)
            found.append(Listing(opening.start, token.end, items))
            opening = None
    return found


def without(text: str, listing: Listing, keep: tuple[str, ...]) -> str:
    """``text`` with only the items ``keep`` in the list; an empty list goes with its brackets."""
    middle = f"[{', '.join(keep)}]" if keep else ""
    before, after = text[: listing.start], text[listing.end :]
    return before + middle + after if middle else before.rstrip() + after


def is_atomic(term: str) -> bool:
    """Whether a term can be an argument without brackets."""
    if re.fullmatch(r"[\w.'✝!?₀-₉‹›]+", term):
        return True
    found = list(tokens(term))
    return bool(found) and found[0].text in ("(", "⟨", "‹") and all(
        token.depth > 0 for token in found[1:-1]) and found[-1].depth == 0 and len(found) > 1


def argument(term: str) -> str:
    """``term`` as the argument of a function."""
    return term if is_atomic(term) else f"({term})"


def mentions(text: str, name: str) -> bool:
    """Whether ``name`` occurs in ``text`` as a word, or the start of a dotted one."""
    return times_mentioned(text, name) > 0


def times_mentioned(text: str, name: str) -> int:
    """How often ``name`` occurs in ``text``, as in `mentions`."""
    return sum(token.text.split(".")[0] == name for token in tokens(text))


def _outermost(text: str) -> list[Token]:
    return [token for token in tokens(text) if token.depth == 0]
