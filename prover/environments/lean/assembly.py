"""Putting proofs where the ``sorry``s are.

Lean's layout counts columns, so a block of tactics cannot simply be pasted: where a tactic is
expected, its lines go in the column of the ``sorry``; where a term is expected, it needs a
``by``, and sometimes brackets. Which of the two it is depends on Lean's grammar; `layouts` reads
it off the neighbouring tokens and, where these leave it open (``=> sorry``), offers both, for
Lean to choose (see `theorem_file`).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from prover.contracts import LemmaError, ProofScript
from prover.environments.lean.declarations import TARGETS, Declaration
from prover.environments.lean.lexer import Kind, Token
from prover.environments.lean.source import Rewritten, decode
from prover.environments.lean.theorem import Hole, LeanTheorem

_INDENT = 2
_CLOSERS = (",", ")", "⟩", "]", "}", "⟫")
_BEFORE_TERM = (
    ":=", ",", "⟨", "exact", "from", "<|", "$", "refine", "refine'", "apply", "return", "show",
)  # fmt: skip
_BEFORE_TACTIC = (
    "·", ".", ";", "<;>", "<|>", "|", "try", "repeat", "repeat'", "all_goals", "any_goals",
    "focus", "first", "{", "do",
)  # fmt: skip
_OPEN = ("=>", "then", "else", "(")
# After one of these Lean's layout counts from another column than that of the line.
_POSITIONS = ("by", "calc", "·", ".", "|", ";", "<;>", "do", "case", "next")


def assemble(theorem: LeanTheorem, script: ProofScript) -> str:
    """The source text of ``theorem`` with ``script`` in the place of its holes."""
    return _filled(theorem.source.text, [(theorem, script)])


def fill(file_text: str, proofs: Iterable[tuple[LeanTheorem, ProofScript]]) -> str:
    """``file_text`` with the holes of some theorems filled and everything else untouched.

    The theorems must have been loaded from this very text; raises `LemmaError` if it has changed.
    """
    proofs = list(proofs)
    for theorem, _ in proofs:
        if theorem.source.text != file_text:
            raise LemmaError(
                "changed since its theorems were read", file=theorem.file,
                remedy="run the command again",
            )  # fmt: skip
    return _filled(file_text, proofs)


def fill_file(path: Path, proofs: Iterable[tuple[LeanTheorem, ProofScript]]) -> None:
    """Put proofs into a file, atomically: it has either its old contents or the new ones.

    Raises `LemmaError` if it has changed since the theorems were read or cannot be written.
    """
    target = path.resolve()
    temporary = ""
    try:
        text = fill(decode(target.read_bytes(), path), proofs)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text.encode())
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(target, temporary)
        Path(temporary).replace(target)
    except OSError as error:
        raise LemmaError(f"cannot be written: {error.strerror}", file=path) from error
    finally:
        with contextlib.suppress(OSError):
            if temporary:
                Path(temporary).unlink()


def _filled(text: str, proofs: Iterable[tuple[LeanTheorem, ProofScript]]) -> str:
    edits = [edit for theorem, script in proofs for edit in theorem.edits(script)]
    if "\r\n" in text:
        edits = [type(e)(e.start, e.end, e.text.replace("\n", "\r\n")) for e in edits]
    return Rewritten(text, edits).text


def whole_proof(declaration: Declaration, text: str) -> Hole:
    """The hole that is left when the whole proof is taken away."""
    column = _indentation(text, declaration.start) + _INDENT
    start = declaration.proof
    return Hole(start, declaration.end, start, column, opening=":= by", fresh=True)


def layouts(tokens: Sequence[Token], index: int, text: str) -> tuple[Hole, ...]:
    """How a block can take the place of the ``sorry`` that is ``tokens[index]``: the likely way
    first, and a second one if the tokens leave open whether a tactic or a term is expected."""
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    shape = _Shape(text, tokens, index)
    if before is None or before.is_("by"):
        return (shape.tactic(),)
    if before.is_(*_BEFORE_TERM) or (after is not None and after.is_(":") and before.is_("(")):
        return (shape.term(),)
    if before.is_(*_BEFORE_TACTIC):
        return (shape.tactic(),)
    if before.is_(*_OPEN) or shape.alone:
        guess = _after_by if shape.alone and not before.is_(*_OPEN) else _inside_tactics
        likely_tactic = guess(tokens, index)
        both = (shape.tactic(), shape.term())
        return both if likely_tactic else both[::-1]
    return (shape.term(),)


class _Shape:
    """The forms that a block can take in the place of one ``sorry``."""

    def __init__(self, text: str, tokens: Sequence[Token], index: int) -> None:
        self.before = before = tokens[index - 1] if index else None
        self.sorry = sorry = tokens[index]
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        self.line = text.rfind("\n", 0, sorry.start) + 1
        start = index
        while start and tokens[start - 1].start >= self.line:
            start -= 1
        line = tokens[start:index]
        self.column = sorry.start - self.line
        self.alone = not text[self.line : sorry.start].strip()
        rest = text[sorry.end : after.start] if after is not None else "\n"
        self.last = "\n" in rest  # nothing but comments follows on the line
        closers = (*_CLOSERS, ":") if before is not None and before.is_("(") else _CLOSERS
        self.closed = self.last or (after is not None and after.is_(*closers))
        self.indentation = _indentation(text, sorry.start)
        # A block must not stand to the left of where the block or step around it began.
        inner = any(token.is_(*_POSITIONS) for token in line[:-1])
        bare = not line or line[-1].is_("by") or not line[-1].is_(*_POSITIONS)
        self.plain = bare and not inner

    def tactic(self) -> Hole:
        """The block's lines in the column of the ``sorry``, or where ``by`` ends the line."""
        sorry = self.sorry
        if not self.closed or (self.before and self.before.is_(";", "<;>")):
            return Hole(sorry.start, sorry.end, sorry.start, self.column + 1, "(", ")")
        if self.before and self.before.is_("by") and not self.alone:
            column = self.indentation + _INDENT if self.plain else self.column
            return Hole(self.before.end, sorry.end, sorry.start, column, fresh=True)
        return Hole(sorry.start, sorry.end, sorry.start, self.column)

    def term(self) -> Hole:
        """``by`` and the block, in brackets unless it is clear where the term begins and ends."""
        sorry = self.sorry
        column = (self.indentation if self.plain else self.column) + _INDENT
        before = self.before
        bare = self.closed and before and before.is_(*_BEFORE_TERM, *_OPEN)
        opening, closing = ("by", "") if bare else ("(by", ")")
        return Hole(sorry.start, sorry.end, sorry.start, column, opening, closing, fresh=True)


def _indentation(text: str, offset: int) -> int:
    """The column of the first character of the line of ``offset`` that is not a space."""
    line = end = text.rfind("\n", 0, offset) + 1
    while text.startswith(" ", end):
        end += 1
    return end - line


def _after_by(tokens: Sequence[Token], index: int) -> bool:
    """Whether a ``by`` stands before the ``sorry`` in its declaration."""
    for token in reversed(tokens[:index]):
        if token.is_("by", *TARGETS):
            return token.text == "by"
    return False


def _inside_tactics(tokens: Sequence[Token], index: int) -> bool:
    """A guess whether the ``sorry`` stands among tactics: after a ``by``, and not directly in a
    ``fun`` or in brackets that a term opens."""
    depth = tokens[index].depth
    for position in range(index - 1, -1, -1):
        token = tokens[position]
        if token.depth > depth:
            continue
        if token.depth < depth:  # the bracket that is open here
            depth = token.depth
            if token.is_("⟨", "[", "{"):
                return False
            before = tokens[position - 1] if position else None
            if before is not None and before.kind is Kind.WORD and not before.is_(*_BEFORE_TACTIC):
                return before.is_("by")
        if token.is_("by", "·"):
            return True
        if token.is_("fun", "λ", ":=", "exact"):
            return False
    return False
