"""The proofs that stand in Lean files, as scripts that can be minimised."""

from __future__ import annotations

from dataclasses import dataclass

from prover.contracts import ProofScript
from prover.environments.lean.lexer import Kind, tokens
from prover.environments.lean.theorem import LeanTheorem
from prover.minimise.layout import dedented

_ENDS = ("termination_by", "decreasing_by", "where")


@dataclass(frozen=True)
class Unfit:
    """Why a proof cannot be minimised."""

    reason: str


def written_proof(theorem: LeanTheorem) -> ProofScript | Unfit:
    """The proof that stands in the place of the theorem's only hole, without its comments; a term
    as ``exact term``."""
    (hole,) = theorem.holes
    text = _without_comments(theorem.source.text, hole.start, hole.end)
    found = [token for token in tokens(text) if token.depth == 0]
    if any(token.is_("sorry") for token in tokens(text)):
        return Unfit("its proof contains `sorry`")
    if len(found) < 2 or not found[0].is_(":=") or any(token.is_(*_ENDS) for token in found):
        return Unfit("its proof is not a term or a block of tactics")
    if found[1].is_("by"):
        return ProofScript((dedented(text, found[1].end),))
    term = dedented(text, found[1].start).split("\n")
    return ProofScript(("\n".join(["exact " + term[0], *("  " + line for line in term[1:])]),))


def _without_comments(text: str, start: int, end: int) -> str:
    """The piece of a text, its columns kept, with blanks in the place of comments."""
    first = text.rfind("\n", 0, start) + 1
    piece = " " * (start - first) + text[start:end]
    for token in tokens(piece, comments=True):
        if token.kind is Kind.COMMENT:
            blank = "".join("\n" if c == "\n" else " " for c in token.text)
            piece = piece[: token.start] + blank + piece[token.end :]
    return "\n".join(line.rstrip() for line in piece.split("\n") if line.strip())
