"""What the text of a goal of a Lean theorem is about, for the proof cache."""

from __future__ import annotations

from hashlib import blake2b

from prover.environments.lean.declarations import TARGETS
from prover.environments.lean.lexer import Token
from prover.environments.lean.theorem import LeanTheorem
from prover.proof_cache import Theory

# With each of these a command begins, so that what a theorem's text is made of has ended.
_OTHERS = frozenset({
    "def", "abbrev", "instance", "opaque", "axiom", "structure", "class", "inductive",
    "coinductive", "deriving", "notation", "infix", "infixl", "infixr", "prefix", "postfix",
    "macro", "macro_rules", "syntax", "elab", "elab_rules", "namespace", "section", "end",
    "universe", "variable", "open", "set_option", "attribute", "local", "scoped", "export",
    "mutual", "noncomputable", "private", "protected", "@[", "simproc",
})


def theory_of(theorem: LeanTheorem, library: str) -> Theory:
    """The theory of ``theorem`` over a library; ``library`` changes with its version.

    Definitions, notations and scopes before the theorem belong to its library; theorems only to
    its place.
    """
    before = [t for t in theorem.source.tokens if t.start < theorem.holes[0].start]
    own = max((i for i, t in enumerate(before) if _begins_theorem(t)), default=0)
    definitions: list[str] = []
    in_theorem = False
    for token in before[:own]:
        if _begins_theorem(token):
            in_theorem = True
        elif token.depth == 0 and token.is_(*_OTHERS):
            in_theorem = False
        if not in_theorem:
            definitions.append(token.text)
    base = ("lean", library, *theorem.source.modules)
    everything = (token.text for token in before[:own])
    return Theory(_digest(*base, "", *definitions), _digest(*base, "", *everything))


def _begins_theorem(token: Token) -> bool:
    return token.depth == 0 and token.is_(*TARGETS)


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
