"""A block of tactics as a tree: which lines are one tactic, which are a block inside of one.

Lean and the first-order environment share the layout: a tactic begins in the column of its
block and goes on in columns to the right of it; ``·`` focuses the first goal on a block of its
own. Tactics that hold the proofs of their own goals (``have … := by``, ``induction … with``) are
also given in a form that leaves these goals open, so that the blocks are replayed step by step.
Whether that form does the same is not decided here: it is replayed.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prover.environments.lean.lexer import Kind, Token, tokens
from prover.minimise.dialect import LEAN, Dialect
from prover.minimise.text import cut, opened_have

_BULLET = re.compile(r"[·.] ")
# Lines that go on with the tactic above although they begin in its column.
_CONTINUES = re.compile(r"\||<;>|[)\]}⟩]")
_NAMED_GOAL = re.compile(r"(?P<kind>case|next)(?P<names>(?: [^\s=]+)*) =>(?P<body>.*)", re.DOTALL)
_ALL = re.compile(r"all_goals\s+(?P<body>.*)", re.DOTALL)
# Words after which a `;` belongs to a term or to an inner block.
_HOLD_TOGETHER = frozenset({"by", "have", "let", "fun", "λ", "show", "suffices", "do", "match",
                            "calc", "haveI", "letI", "set_option", "conv"})


@dataclass(frozen=True)
class Tactic:
    """One tactic; its further lines keep their columns relative to the first one."""

    text: str


@dataclass(frozen=True)
class Focus:
    """``· block``: the block must prove the first goal."""

    block: Block


@dataclass(frozen=True)
class Compound:
    """A tactic with blocks inside, ``text`` as a whole.

    ``head`` is the tactic that leaves the goals of the ``blocks`` open, and one more behind them
    if the tactic ``goes_on``.
    """

    text: str
    head: str
    blocks: tuple[Block, ...]
    goes_on: bool = False


@dataclass(frozen=True)
class Everywhere:
    """``all_goals text``."""

    text: str


Item = Tactic | Focus | Compound | Everywhere
Block = tuple[Item, ...]


def read_block(text: str, dialect: Dialect = LEAN) -> Block:
    """The tactics and blocks of ``text``, whose first line begins in its column."""
    found = (_item(lines, dialect) for lines in _items(text.strip("\n").split("\n")))
    return tuple(item for items in found for item in items)


def _items(lines: Sequence[str]) -> list[list[str]]:
    """The lines of each item."""
    found: list[list[str]] = []
    for line in lines:
        if not line.strip() and not found:
            continue
        inside = not line.strip() or line.startswith(" ") or _CONTINUES.match(line)
        if inside and found:
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _item(lines: list[str], dialect: Dialect) -> Iterator[Item]:
    while len(lines) > 1 and not lines[-1].strip():
        lines = lines[:-1]
    if _BULLET.match(lines[0]):
        inner = "\n".join([lines[0][2:], *(line.removeprefix("  ") for line in lines[1:])])
        column = len(inner) - len(inner.lstrip())  # `·   simp` is a block in a later column
        inner = "\n".join(line.removeprefix(" " * column) for line in inner.split("\n"))
        yield Focus(read_block(inner, dialect))
        return
    text = "\n".join(line.rstrip() for line in lines)
    if text.lstrip().startswith("--") and len(lines) == 1:
        return
    if named := _NAMED_GOAL.fullmatch(text):
        yield _named_goal(named, dialect)
    elif every := _ALL.fullmatch(text):
        yield Everywhere(dedented(text, every.start("body")))
    else:
        compound = _step_with_proof(text, dialect) or _with_alternatives(text, dialect)
        if compound is not None:
            yield compound
        else:
            yield from map(Tactic, _sequence(_choice(text)))


def _named_goal(found: re.Match[str], dialect: Dialect) -> Focus:
    """``case tag x y => block``, for the goal that is the first one anyway."""
    names = found["names"].split()
    given = names if found["kind"] == "next" else names[1:]
    renaming = (Tactic("rename_i " + " ".join(given)),) if given else ()
    body = dedented(found.string, found.start("body"))
    return Focus((*renaming, *read_block(body, dialect)))


def _step_with_proof(text: str, dialect: Dialect) -> Compound | None:
    """``have h : A := by block``."""
    if not re.match(r"have\b", text):
        return None
    outer = [token for token in tokens(text) if token.depth == 0]
    by = next((i for i, t in enumerate(outer) if t.text == "by"), None)
    if by is None or by < 2 or outer[by - 1].text != ":=" \
            or not any(token.text == ":" for token in outer[:by]):
        return None
    what = " ".join(text[len("have") : outer[by - 1].start].split())
    head = dialect.opening.format(f" {what}")
    body = read_block(dedented(text, outer[by].end), dialect)
    if not body or opened_have(head) is None:
        return None
    return Compound(text, head, (body,), goes_on=True)


def _with_alternatives(text: str, dialect: Dialect) -> Compound | None:
    """``induction … with | case => block …``, and the same with ``cases``."""
    if not re.match(r"(induction|cases)\b", text):
        return None
    outer = [token for token in tokens(text) if token.depth == 0]
    bars = _bars(text, outer)
    if not bars or bars[0] == 0 or outer[bars[0] - 1].text != "with":
        return None
    heads, blocks = [text[: outer[bars[0]].start].rstrip()], []
    for at, end in zip(bars, [*bars[1:], len(outer)], strict=True):
        arrow = next((t for t in outer[at:end] if t.text == "=>"), None)
        if arrow is None:
            return None
        heads.append(" ".join(text[outer[at].start : arrow.start].split()) + " => ?_")
        stop = outer[end].start if end < len(outer) else len(text)
        blocks.append(read_block(dedented(text[:stop].rstrip(), arrow.end), dialect))
    if all(block == (Tactic("?_"),) for block in blocks) or not all(blocks):
        return None
    return Compound(text, " ".join(heads), tuple(blocks))


def _bars(text: str, outer: Sequence[Token]) -> list[int]:
    """Which of the tokens are the bars of the alternatives: those that begin a line, in the
    column of the first one; or all, if they are on the line of ``with``."""
    first = next((i for i, t in enumerate(outer) if t.text == "with"), len(outer)) + 1
    if first >= len(outer) or outer[first].text != "|":
        return []
    bars = [i for i, t in enumerate(outer) if t.text == "|" and i >= first]
    if "\n" not in text[outer[first - 1].end : outer[first].start]:
        return bars if "\n" not in text else []
    column = _column(text, outer[first].start)
    return [i for i in bars if _column(text, outer[i].start) == column
            and not text[outer[i].start - column : outer[i].start].strip()]


def _sequence(text: str) -> list[str]:
    """``a; b`` as its parts, where the ``;`` surely stands between tactics."""
    words = {t.text for t in tokens(text) if t.depth == 0 and t.kind is Kind.WORD}
    if "\n" in text or words & _HOLD_TOGETHER or "=>" in text:
        return [text]
    return [part for part in cut(text, ";") if part] or [text]


def _choice(text: str) -> str:
    """``first`` with its alternatives on one line."""
    lines = text.split("\n")
    if lines[0] == "first" and all(line.strip().startswith("| ") for line in lines[1:]):
        return " ".join(line.strip() for line in lines)
    return text


def dedented(text: str, start: int) -> str:
    """``text`` from ``start`` on, as a block that begins in the first column."""
    column = _column(text, start)
    return textwrap.dedent(" " * column + text[start:]).strip("\n").strip(" ")


def _column(text: str, at: int) -> int:
    return at - (text.rfind("\n", 0, at) + 1)
