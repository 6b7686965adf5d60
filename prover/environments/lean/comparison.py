"""Whether a submitted text may be judged against an original one at all.

What the kernel compares are types: that every theorem of the original is there with the very same
statement. What the definitions in a statement mean is in their values, so here, from the tokens,
it is made sure that they are given by the same text in the same context: every command of the
original that is not a theorem must stand in the submission unchanged and in the same order, and
between them may stand only theorems and definitions that nothing in the original can refer to.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from prover.environments.lean.declarations import Declaration, declarations
from prover.environments.lean.elaboration import Unit
from prover.environments.lean.lexer import Kind, Token
from prover.environments.lean.screening import LIMITS
from prover.environments.lean.source import LeanSource

_ADDED = ("theorem", "lemma", "def", "abbrev")
# What a lemma is used for automatically; no statement is elaborated by that.
_HARMLESS_ATTRIBUTES = ("simp", "grind", "ext")
_NAMING = (*_ADDED, "axiom", "opaque", "structure", "class", "inductive", "instance")


def declared(source: LeanSource, units: Sequence[Unit]) -> list[tuple[Declaration, Unit]]:
    """The theorems and examples of a text, each with its command."""
    tokens = ((unit, source.tokens_between(unit.start, unit.end)) for unit in units)
    return [(declaration, unit) for unit, found in tokens for declaration in declarations(found)]


def difference(
    original: LeanSource, given: Sequence[Unit], submitted: LeanSource, found: Sequence[Unit]
) -> str | None:
    """Why ``submitted`` is not ``original`` with proofs filled in and lemmas added, or ``None``."""
    if original.modules != submitted.modules:
        return "the imports differ from the original's"
    wanted = [_fingerprint(original, unit) for unit in given]
    wanted = [print_ for print_ in wanted if print_]
    words = {word for t in original.tokens if t.kind is Kind.WORD for word in t.text.split(".")}
    names = {_name(original.tokens_between(unit.start, unit.end)) for unit in given}
    position = 0
    for unit in found:
        print_ = _fingerprint(submitted, unit)
        if not print_:
            continue
        if position < len(wanted) and print_ == wanted[position]:
            position += 1
            continue
        tokens = submitted.tokens_between(unit.start, unit.end)
        line = submitted.place(tokens[0].start).line
        if (name := _name(tokens)) is not None and name in names:
            return f"`{name}` is moved or changed (line {line})"
        if reason := _intrusion(tokens, words):
            return f"line {line} is not in the original: {reason}"
    if position < len(wanted):
        return f"moved, changed or missing: `{' '.join(wanted[position])[:60]}`"
    return None


def _fingerprint(source: LeanSource, unit: Unit) -> tuple[str, ...]:
    """The tokens of a command without the proofs in it; empty if it has no tokens of its own."""
    tokens = _without_limits(source.tokens_between(unit.start, unit.end))
    proofs = [(d.proof, d.end) for d in declarations(tokens)]
    return tuple(
        token.text
        for token in tokens
        if not any(start <= token.start < end for start, end in proofs)
    )


def _without_limits(tokens: Sequence[Token]) -> Sequence[Token]:
    """The command without options before it that only give Lean more time."""
    while len(tokens) > 4 and tokens[0].is_("set_option") and tokens[3].is_("in"):
        if tokens[1].text not in LIMITS:
            break
        tokens = tokens[4:]
    return tokens


def _name(tokens: Sequence[Token]) -> str | None:
    """The name that a command gives to what it declares, if it begins by saying so."""
    for keyword, name in pairwise(tokens):
        if keyword.is_(*_NAMING):
            return name.text if name.kind is Kind.WORD else None
    return None


def _intrusion(tokens: Sequence[Token], words: set[str]) -> str | None:
    """Why a command may not be added to a text that uses these words, or ``None``."""
    tokens = _without_limits(tokens)
    if tokens[0].is_("@[") and len(tokens) > 3 and tokens[1].is_(*_HARMLESS_ATTRIBUTES):
        tokens = tokens[3:] if tokens[2].is_("]") else tokens
    while len(tokens) > 1 and tokens[0].is_("private", "protected", "noncomputable"):
        tokens = tokens[1:]
    keyword = tokens[0]
    if not keyword.is_(*_ADDED):
        return f"only lemmas and plain definitions may be added, not `{keyword.text}`"
    name = _name(tokens)
    if name is None or not words.isdisjoint(name.split(".")):
        return f"the name `{name}` means something in the original"
    return None
