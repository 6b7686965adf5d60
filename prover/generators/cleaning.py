"""What a language model writes, made into one tactic, or dropped.

Models wrap tactics in code fences and prose, go on after the first step, leave brackets open and
write ``sorry``. Here, and nowhere else, their text becomes a proposal: the first tactic of it, in
a normal form of its white space, if it is balanced and has no forbidden word. Nothing here is
trusted for a verdict; it saves tactic calls. Cleaning is idempotent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from prover.contracts import Proposal, Proposals
from prover.environments.fol.tactic_parser import TacticSyntaxError, read_script
from prover.environments.lean.lexer import Kind, tokens
from prover.environments.lean.screening import refusal


class World(StrEnum):
    """Whose tactics they are."""

    LEAN = "lean"
    FIRST_ORDER = "first-order"


MAX_CHARACTERS = 2000
_LAYERS = 4  # of wrapping
_NOT_TEXT = "\ufffd"  # where the bytes of a model made no character
_FENCE = re.compile(r"```[\w+-]*[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_CODE_SPAN = re.compile(r"`+([^`]+)`+")
_LABEL = re.compile(r"^(?:next )?(?:tactic|answer|proof ?step|output)\s*:\s*", re.IGNORECASE)
_ECHO = ":::"  # models of the BFS-Prover format repeat the state in front of it
_FOCUS = re.compile(r"^(?:·|\.(?=\s)|by(?=\s|$))\s*")
_PROSE = re.compile(r"^(?:[A-Z]\w*[ ,]|#|[-*] |\d+[.)] )")
_SENTENCE = re.compile(r" .*[^.](?:\.|:)$")
_BLANKS_BEFORE, _BLANKS_AFTER = re.compile(r" +(?=[,)\]⟩])"), re.compile(r"(?<=[(\[⟨]) +")

# They search, and end with a message instead of a proof; `apply?` even admits the goal.
_SUGGESTIONS = frozenset(
    ("exact?", "apply?", "rw?", "rewrites?", "hint", "suggest", "library_search", "propose",
     "show_term", "stop", "done")
)  # fmt: skip
_SAYING = re.compile(r"^(simp|simp_all|dsimp|simpa|aesop|norm_num|grind)\?(?![\w?])")
_FORBIDDEN = re.compile(r"(?<![\w.])(?:sorry|admit|native_decide|sorryAx)(?![\w'])")


@dataclass(frozen=True)
class Answer:
    """A text of a language model, its natural log-probability, and the tokens it took."""

    text: str
    log_prob: float
    tokens: int = 0


def clean(text: str, world: World = World.LEAN) -> str | None:
    """The first tactic of ``text`` in normal form, or None if there is none that may be tried."""
    for _ in range(_LAYERS):
        tactic = _cleaned(text, world)
        if tactic is None or tactic == text:
            return tactic
        text = tactic  # what was inside of a fence may be wrapped once more
    return None


def _cleaned(text: str, world: World) -> str | None:
    tactic = normal_form(_first_tactic(_code(text)))
    tactic = _SAYING.sub(r"\1", tactic)
    if not tactic or len(tactic) > MAX_CHARACTERS or _FORBIDDEN.search(tactic):
        return None
    if _NOT_TEXT in tactic:
        return None
    if tactic.split(maxsplit=1)[0] in _SUGGESTIONS or _PROSE.match(tactic):
        return None
    acceptable = _lean_accepts if world is World.LEAN else _first_order_accepts
    return tactic if acceptable(tactic) else None


def proposals(
    answers: Iterable[Answer], world: World, count: int, origin: str
) -> Proposals:
    """At most ``count`` proposals from a model's answers, best first, equal ones merged.

    Different texts that come to the same tactic add up their probabilities: the model wanted it
    that often. Tokens of dropped answers are counted with the first proposal, or, if there is
    none, as wasted.
    """
    weights: dict[str, float] = {}
    spent: dict[str, int] = {}
    wasted = 0
    for answer in answers:
        tactic = clean(answer.text, world)
        if tactic is None:
            wasted += answer.tokens
        else:
            weights[tactic] = _added(weights.get(tactic, -math.inf), answer.log_prob)
            spent[tactic] = spent.get(tactic, 0) + answer.tokens
    best = sorted(weights, key=lambda tactic: (-weights[tactic], tactic))[:count]
    wasted += sum(spent.values()) - sum(spent[tactic] for tactic in best)
    if not best:
        return Proposals(wasted=wasted)
    spent[best[0]] += wasted
    return Proposals(Proposal(tactic, weights[tactic], origin, spent[tactic]) for tactic in best)


def _added(one: float, other: float) -> float:
    """The logarithm of the sum of two probabilities, at most 0."""
    high, low = max(one, other), min(one, other)
    if high == -math.inf:
        return high
    return min(0.0, high + math.log1p(math.exp(low - high)))


# ------------------------------------------------------------------------------------ normal form


def normal_form(tactic: str) -> str:
    """The same tokens and lines with white space as usual: one blank between words, none inside of
    brackets, one after a comma, no comments, blank lines or blanks at the ends of lines.

    Tactics that differ in this only are the same tactic; strings stay as they are.
    """
    if any(t.kind is Kind.STRING and "\n" in t.text for t in tokens(tactic)):
        return tactic.strip()  # its lines are not ours to move
    lines = [line.rstrip() for line in _without_comments(tactic).split("\n")]
    lines = [line for line in lines if line]
    if not lines:
        return ""
    indent = min(len(line) - len(line.lstrip()) for line in lines)
    first = len(lines[0]) - len(lines[0].lstrip())
    if first > indent:  # the first line stands further right than those that belong to it
        lines[0] = lines[0][first - indent :]
    return "\n".join(_spaced(line[indent:]) for line in lines)


def _without_comments(text: str) -> str:
    """Comments become blanks; their line breaks stay, so that layout does."""
    if "--" not in text and "/-" not in text:
        return text
    found = [t for t in tokens(text, comments=True) if t.kind is Kind.COMMENT]
    for token in reversed(found):
        breaks = "\n" * token.text.count("\n")
        text = text[: token.start] + (breaks or " ") + text[token.end :]
    return text


def _spaced(line: str) -> str:
    body = line.lstrip(" ")
    indent = line[: len(line) - len(body)]
    pieces, end = [], 0
    for token in tokens(body):
        if token.kind in (Kind.STRING, Kind.CHAR):
            pieces += [_blanks(body[end : token.start]), token.text]
            end = token.end
    return indent + "".join([*pieces, _blanks(body[end:])])


def _blanks(text: str) -> str:
    """White space of code without strings."""
    text = re.sub(r"[ \t\r\f\v\u00a0]+", " ", text)
    text = _BLANKS_AFTER.sub("", _BLANKS_BEFORE.sub("", text))
    return re.sub(r",(?=[^\s,)\]⟩])", ", ", text)


# ------------------------------------------------------------------------------------- one tactic


def _code(text: str) -> str:
    """The code of an answer: what a fence or a code span holds, else all but prose."""
    text = text.replace("\r\n", "\n").replace("\t", "  ")
    text = text.rpartition("</think>")[2].rpartition(_ECHO)[2]
    fenced = _FENCE.search(text)
    if fenced is not None:
        return fenced[1]
    lines = text.split("\n")
    while lines and _is_prose(lines[0]):
        span = _CODE_SPAN.search(lines[0])
        if span is not None:
            return span[1]
        lines.pop(0)
    if lines:
        lines[0] = _LABEL.sub("", lines[0].lstrip() if len(lines) == 1 else lines[0])
        span = _CODE_SPAN.fullmatch(lines[0].strip())
        lines[0] = span[1] if span else lines[0]
    return "\n".join(lines)


def _is_prose(line: str) -> bool:
    line = line.strip()
    if not line or line.startswith("```"):
        return True
    return _LABEL.match(line) is None and (
        _PROSE.match(line) is not None or _SENTENCE.search(line) is not None)


def _first_tactic(code: str) -> str:
    """The first line and those that belong to it; of tactics joined by ``;`` the first."""
    lines = normal_form(code).split("\n")
    while (focused := _FOCUS.sub("", lines[0])) != lines[0]:
        lines[0] = focused
        if not lines[0] and len(lines) > 1:  # `by` alone on its line
            lines = normal_form("\n".join(lines[1:])).split("\n")
    kept = lines[:1]
    for line in lines[1:]:
        belongs = line.startswith((" ", "|", "<;>")) or kept[-1].endswith("<;>") or _open(kept)
        if not belongs:
            break
        kept.append(line)
    return _before_semicolon("\n".join(kept))


def _open(lines: Sequence[str]) -> bool:
    """Whether a bracket is open at the end of ``lines``."""
    depth = 0
    for token in tokens("\n".join(lines)):
        if token.kind is Kind.SYMBOL:
            depth += (token.text in "([{⟨") - (token.text in ")]}⟩")
    return depth > 0


def _before_semicolon(tactic: str) -> str:
    for token in tokens(tactic):
        if token.is_("by", ":=", "=>"):  # from here on it may join the steps of an inner proof
            return tactic
        if token.is_(";") and token.depth <= 0:
            return tactic[: token.start].rstrip()
    return tactic


# -------------------------------------------------------------------------------------- may it be


def _lean_accepts(tactic: str) -> bool:
    return refusal(tactic) is None


def _first_order_accepts(tactic: str) -> bool:
    try:
        return len(read_script(tactic)) == 1
    except TacticSyntaxError:
        return False
