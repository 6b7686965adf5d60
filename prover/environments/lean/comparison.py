"""Whether a submitted text may be judged against an original one at all.

What the kernel compares are types: that every theorem of the original is there with the very same
statement. What the definitions in a statement mean is in their values, so here, from the tokens,
it is made sure that they are given by the same text in the same context: every command of the
original that is not a theorem must stand in the submission unchanged and in the same order, and
between them may stand only theorems and definitions that nothing in the original can refer to.
"""

from __future__ import annotations

from collections.abc import Sequence

from prover.environments.lean.declarations import Declaration, declarations
from prover.environments.lean.elaboration import Unit
from prover.environments.lean.lexer import Kind, Token
from prover.environments.lean.source import LeanSource

_ADDED = ("theorem", "lemma", "def", "abbrev")


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
    position = 0
    for unit in found:
        print_ = _fingerprint(submitted, unit)
        if not print_:
            continue
        if position < len(wanted) and print_ == wanted[position]:
            position += 1
        elif reason := _intrusion(submitted.tokens_between(unit.start, unit.end), words):
            place = submitted.place(unit.start)
            return f"a command that is not in the original (line {place.line}): {reason}"
    if position < len(wanted):
        return f"not in the original's place or changed: `{' '.join(wanted[position])[:60]}`"
    return None


def _fingerprint(source: LeanSource, unit: Unit) -> tuple[str, ...]:
    """The tokens of a command without the proofs in it; empty if it has no tokens of its own."""
    tokens = source.tokens_between(unit.start, unit.end)
    proofs = [(d.proof, d.end) for d in declarations(tokens)]
    return tuple(
        token.text
        for token in tokens
        if not any(start <= token.start < end for start, end in proofs)
    )


def _intrusion(tokens: Sequence[Token], words: set[str]) -> str | None:
    """Why a command may not be added to a text that uses these words, or ``None``."""
    keyword = tokens[0]
    if keyword.is_("private") and len(tokens) > 1:
        keyword = tokens[1]
    if not keyword.is_(*_ADDED):
        return f"only lemmas and plain definitions may be added, not `{keyword.text}`"
    name = next(token for token in [*tokens[tokens.index(keyword) + 1 :], keyword])
    if not words.isdisjoint(name.text.split(".")):
        return f"the name `{name.text}` means something in the original"
    return None
