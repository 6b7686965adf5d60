"""Reading what a model answered: where its answer is, and the simplest kinds of answers."""

from __future__ import annotations

import itertools
import re

_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_TAGGED = re.compile(r"<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE)
_BOXED = re.compile(r"\\boxed\{")
_ANNOUNCED = re.compile(
    r"(?:^|\n|\.\s)[^\S\n]*[*_#>]*\s*(?:the\s+)?(?:final\s+)?answer\b[*_]*"
    r"(?:\s+is\b|\s*[:=])[*_]*[ \t:]*", re.IGNORECASE)
_FENCED = re.compile(r"^[^\S\n]*```[^\n`]*\n(.*?)^[^\S\n]*```", re.DOTALL | re.MULTILINE)
_WORD = re.compile(r"[a-z']+")


def final_answer(text: str) -> str:
    """The part of ``text`` that is the answer: what is tagged ``<answer>``, boxed, or announced
    by ``Answer:``, the last one of these; else everything but the thoughts."""
    text = _THOUGHT.sub("", text)
    text = re.sub(r"\A.*</think(?:ing)?>", "", text, flags=re.DOTALL | re.IGNORECASE)
    if tagged := _TAGGED.findall(text):
        return str(tagged[-1]).strip()
    if boxed := list(_BOXED.finditer(text)):
        return _balanced(text, boxed[-1].end())
    if announced := list(_ANNOUNCED.finditer(text)):
        return _unadorned(text[announced[-1].end() :])
    return _unadorned(text)


def code(text: str) -> str:
    """The program text, proof or the like that ``text`` answers with: its last fenced block, else
    all but the thoughts; line ends and indentation are kept."""
    text = _THOUGHT.sub("", text)
    text = re.sub(r"\A.*</think(?:ing)?>", "", text, flags=re.DOTALL | re.IGNORECASE)
    if tagged := _TAGGED.findall(text):
        text = str(tagged[-1])
    fenced = _FENCED.findall(text)
    return str(fenced[-1]) if fenced else text.strip("\n")


def choice(text: str, words: dict[str, str]) -> str | None:
    """Which of the answers ``text`` gives; ``words`` maps words (or two) to answers.

    The first words decide if they are among ``words``, else those that occur, if they agree;
    negated ones count as not understood.
    """
    found = _WORD.findall(text.lower().replace("’", "'"))
    pairs = [" ".join(pair) for pair in itertools.pairwise(found)]
    for start in (*pairs[:1], *found[:1]):
        if start in words:
            return words[start]
    meant = set()
    for number, word in enumerate(found):
        pair = pairs[number] if number < len(pairs) else ""
        before = pairs[number - 1] if number else ""
        if pair in words:
            meant.add(words[pair])
        elif word in words and before not in words:
            meant.add(words[word])
    return meant.pop() if len(meant) == 1 else None


def shortened(text: str, limit: int = 60) -> str:
    """``text`` on one line, for a message."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _balanced(text: str, start: int) -> str:
    depth = 1
    for position in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[start:position].strip()
    return text[start:].strip()


def _unadorned(text: str) -> str:
    """Without the marks of Markdown around it."""
    text = re.sub(r"```[a-z]*\n?|```", "", text)
    return text.strip().strip("*_`").strip()
