"""What a proof script may not contain, read off its tokens.

A script is a list of tactics that goes into a hole of a text. It is screened before Lean sees it,
so that a checker process can be shared by scripts: nothing in it may be a command, define syntax
or run code at elaboration time, and nothing may close the block that it is put into. The screen
refuses too much rather than too little; it is the first line, not the last: what a script has
really done is read off the declarations that came of it (`checker`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from prover.environments.lean.lexer import Kind, Token, tokens, with_interpolated

MAX_CHARACTERS = 65_536
"""A longer script is refused."""

_UNPROVED = frozenset(("sorry", "admit", "sorryAx", "Lean.sorryAx"))
_NATIVE = frozenset(
    ("native_decide", "ofReduceBool", "ofReduceNat", "trustCompiler", "reduceBool", "reduceNat",
     "native", "implemented_by", "extern", "csimp", "unsafe", "unsafeCast", "lcProof",
     "lcUnreachable")
)  # fmt: skip
METAPROGRAMS = frozenset(
    ("run_tac", "run_cmd", "run_elab", "run_meta", "elab", "elab_rules", "macro", "macro_rules",
     "syntax", "declare_syntax_cat", "notation", "infix", "infixl", "infixr", "prefix", "postfix",
     "initialize", "builtin_initialize", "simproc", "dsimproc", "by_elab", "eval_expr", "eval%",
     "include_str", "register_option", "declare_simp_like_tactic", "elab_stx", "binop_elab")
)  # fmt: skip
"""Words with which a text extends Lean or runs code inside of it."""

_COMMANDS = frozenset(
    ("theorem", "lemma", "example", "def", "abbrev", "instance", "axiom", "opaque", "structure",
     "class", "inductive", "coinductive", "namespace", "section", "end", "variable", "universe",
     "attribute", "mutual", "import", "export", "deriving", "noncomputable", "private",
     "protected", "partial", "include", "omit", "alias", "scoped", "local", "prelude", "module",
     "public", "meta", "unseal", "seal")
)  # fmt: skip
LIMITS = ("maxRecDepth", "maxHeartbeats", "synthInstance.maxHeartbeats", "synthInstance.maxSize")
"""Options with which a proof may ask for more time and space."""

_CLOSING = {
    "(": ")", "[": "]", "{": "}", "⟨": "⟩", "@[": "]", "#[": "]", "⟦": "⟧", "⟪": "⟫", "‹": "›",
}  # fmt: skip


def refusal(block: str) -> str | None:
    """Why a block of tactics is refused without asking Lean, or ``None``."""
    if not block.strip():
        return "the script is empty"
    if len(block) > MAX_CHARACTERS:
        return f"the script is longer than {MAX_CHARACTERS} characters"
    for character in block:
        if character < " " and character != "\n":
            return f"the script contains the control character U+{ord(character):04X}"
    found = list(tokens(block, comments=True))
    every = with_interpolated(found)
    return _unclosed(found) or next(filter(None, map(_forbidden, every)), None) or _options(every)


def runs_foreign_code(text: Sequence[Token]) -> bool:
    """Whether a text may extend Lean or run code of its own while it is elaborated."""
    return any(
        token.text in METAPROGRAMS or token.text in ("unsafe", "#eval", "#exit")
        or (token.text == "#" and token.kind is Kind.SYMBOL)
        for token in with_interpolated(text)
        if token.kind in (Kind.WORD, Kind.SYMBOL)
    )  # fmt: skip


def _forbidden(token: Token) -> str | None:
    """Why a token may not occur."""
    text = token.text
    if token.kind is Kind.SYMBOL:
        if text == "#":
            return "the script contains a command (`#…`)"
        return "the script contains an attribute (`@[…]`)" if text == "@[" else None
    if token.kind is not Kind.WORD:
        return None
    last = text.rpartition(".")[2].strip("«»")
    if text in _UNPROVED or last in _UNPROVED:
        return f"the script uses `{text}`"
    if text in _NATIVE or last in _NATIVE:
        return f"the script uses `{text}`, which trusts compiled code"
    if text in METAPROGRAMS:
        return f"the script runs or defines a metaprogram (`{text}`)"
    return f"the script contains a command (`{text}`)" if text in _COMMANDS else None


def _unclosed(found: Sequence[Token]) -> str | None:
    """Why brackets, strings and comments do not match, if they do not."""
    awaited: list[str] = []
    for token in found:
        if not token.closed:
            return "the script has an unterminated string or comment"
        if token.kind is not Kind.SYMBOL:
            continue
        if token.text in _CLOSING:
            awaited.append(_CLOSING[token.text])
        elif token.text in _CLOSING.values() and (not awaited or awaited.pop() != token.text):
            return f"the script has an unbalanced `{token.text}`"
    return f"the script lacks a `{awaited[-1]}`" if awaited else None


def _options(found: Sequence[Token]) -> str | None:
    for token, option in pairwise(found):
        if token.is_("set_option") and option.text not in LIMITS:
            return f"the script sets the option `{option.text}`"
    return None
