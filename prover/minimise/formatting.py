"""The layout of a finished proof, as a person would write it."""

from __future__ import annotations

import re
from dataclasses import replace

from prover.environments.lean.lexer import tokens
from prover.minimise.text import opened_have
from prover.script import indent, lines_of
from search.contracts import ProofTree

WIDTH = 100
"""Greatest width of a line, with the indentation that the script itself has."""

_MARGIN = 4  # columns that the place of the proof in its file takes
_ALTERNATIVES = re.compile(r"(?P<head>(?:induction|cases) .+?) with (?P<rest>\|.+)$")


def pretty(tree: ProofTree) -> ProofTree:
    """The same proof with structured inductions and no overlong line, where that is possible."""
    return _wrapped(_structured(tree), WIDTH - _MARGIN)


def _structured(tree: ProofTree) -> ProofTree:
    """``induction n with`` and its cases below it, ``have … := by`` and its proof, instead of
    goals proved one after the other."""
    children = tuple(_structured(child) for child in tree.children)
    what = opened_have(tree.tactic)
    if what is not None and len(children) == 2:
        return ProofTree(_with_proof(what, lines_of(children[0])), children[1:])
    match = _ALTERNATIVES.match(tree.tactic)
    if match is None or "\n" in tree.tactic:
        return replace(tree, children=children)
    cases = [case.strip() for case in match["rest"].split("|")[1:]]
    heads = [case.removesuffix("?_").rstrip() for case in cases if case.endswith("=> ?_")]
    if not len(heads) == len(cases) == len(children):
        return replace(tree, children=children)
    lines = [match["head"] + " with"]
    for head, child in zip(heads, children, strict=True):
        body = lines_of(child)
        if len(body) == 1 and len(head) + len(body[0]) < WIDTH // 2:
            lines.append(f"| {head} {body[0]}")
        else:
            lines += [f"| {head}", *indent(body)]
    return ProofTree("\n".join(lines))


def _with_proof(what: str, proof: list[str]) -> str:
    """The step that states ``what``, with its proof."""
    if len(proof) > 1:
        return "\n".join([f"have{what} := by", *indent(proof)])
    term = proof[0].removeprefix("exact ") if proof[0].startswith("exact ") else f"by {proof[0]}"
    return f"have{what} := {term}"


def _wrapped(tree: ProofTree, width: int) -> ProofTree:
    """Every line at most ``width`` wide, as far as there are places to break it."""
    text = "\n".join(line for part in tree.tactic.split("\n") for line in _broken(part, width))
    inner = width if len(tree.children) == 1 else width - 2
    return ProofTree(text, tuple(_wrapped(child, inner) for child in tree.children))


def _broken(line: str, width: int) -> list[str]:
    """``line`` broken after commas and before ``<;>`` and ``|``, else after ``:=``, else before
    brackets."""
    column = len(line) - len(line.lstrip())
    lines: list[str] = []
    while len(line) > width:
        at = _place_to_break(line, column + 4, width)
        if at is None:
            break
        lines.append(line[:at].rstrip())
        line = " " * (column + 4) + line[at:].lstrip()
    return [*lines, line]


def _place_to_break(line: str, least: int, most: int) -> int | None:
    """The last place of the best kind."""
    found = list(tokens(line))
    for places in (
        [t.end if t.text == "," else t.start for t in found if t.text in (",", "<;>", "|")],
        [t.end for t in found if t.text == ":="],
        [t.start for t in found if t.text in ("(", "⟨") and line[t.start - 1] == " "],
    ):
        fitting = [at for at in places if least < at <= most]
        if fitting:
            return fitting[-1]
    return None
