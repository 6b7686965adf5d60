"""Theorems in the text of a command: name, statement, proof and the ``sorry``s in it.

Which texts are commands, what they declare and what is to be proved is Lean's to say; what this
module reads from the tokens is only where in the text a statement ends and its proof begins,
which the protocol does not tell. Whoever replaces a proof on the strength of that has Lean
confirm that the statement is still the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prover.environments.lean.lexer import Kind, Token

TARGETS = ("theorem", "lemma", "example")
"""The keywords of what is to be proved."""

_KEYWORDS = frozenset(
    (
        *TARGETS, "def", "abbrev", "instance", "opaque", "axiom", "structure", "class",
        "inductive", "coinductive", "deriving", "initialize", "builtin_initialize",
        "notation", "infix", "infixl", "infixr", "prefix", "postfix", "macro", "macro_rules",
        "syntax", "elab", "elab_rules", "declare_syntax_cat", "namespace", "section", "end",
        "universe", "import", "run_cmd", "run_elab", "run_meta", "simproc", "register_option",
    )
)  # fmt: skip
_MODIFIERS = (
    "private", "protected", "public", "noncomputable", "unsafe", "partial", "nonrec", "meta",
)  # fmt: skip
# Each of these in a statement takes a `:=` of its own.
_BINDINGS = ("let", "have", "letI", "haveI", "let_fun")


@dataclass(frozen=True)
class Declaration:
    """A ``theorem``, ``lemma`` or ``example`` in a text. All offsets are in code points.

    ``written`` is the name as written (``None`` for an example). The statement goes from
    ``start``, the keyword, to ``proof``, where the ``:=``, ``|`` or ``where`` of the proof is;
    the proof goes from there to ``end``.
    """

    keyword: str
    written: str | None
    start: int
    proof: int
    end: int
    sorries: tuple[Token, ...]
    sorry_in_statement: bool


def declarations(unit: Sequence[Token]) -> list[Declaration]:
    """The theorems that a command declares, given its tokens: one, none, or several in a
    ``mutual`` block. Those without a proof (which Lean refuses) are left out."""
    if not unit:
        return []
    starts = list(_keywords(unit))
    if unit[0].is_("mutual"):
        ends = [_before_modifiers(unit, start) for start in starts[1:]]
    else:
        starts, ends = starts[:1], []
    spans = zip(starts, [*ends, len(unit)], strict=False)
    found = [_declaration(unit[start:end]) for start, end in spans if unit[start].is_(*TARGETS)]
    return [declaration for declaration in found if declaration is not None]


def undefined(text: Sequence[Token]) -> list[str]:
    """The names of definitions whose value is left open: it is ``sorry`` or ``by sorry``, or
    speaks of one that is."""
    starts = list(_keywords(text))
    found: list[str] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        keyword, *rest = text[start:end]
        if not keyword.is_("def", "abbrev") or not rest:
            continue
        at = (i for i, token in enumerate(rest) if token.is_(":=") and token.depth == keyword.depth)
        value = [token.text for token in rest[next(at, len(rest)) + 1 :]]
        is_open = value[:1] == ["sorry"] or value[:2] == ["by", "sorry"]
        if is_open or not set(found).isdisjoint(value):
            found.append(rest[0].text)
    return found


def _keywords(unit: Sequence[Token]) -> Iterator[int]:
    """Where the declarations of a command begin."""
    base = unit[0].depth
    for index, token in enumerate(unit):
        if token.kind is Kind.WORD and token.depth <= base and token.text in _KEYWORDS:
            yield index


def _before_modifiers(unit: Sequence[Token], keyword: int) -> int:
    """The index at which the modifiers and attributes in front of ``keyword`` begin."""
    index = keyword
    while index:
        before = unit[index - 1]
        if before.is_(*_MODIFIERS):
            index -= 1
        elif before.is_("]"):
            opening = index - 1
            while opening and not (unit[opening].depth == before.depth and unit[opening].is_("@[")):
                opening -= 1
            if not unit[opening].is_("@["):
                return index
            index = opening
        else:
            return index
    return index


def _declaration(span: Sequence[Token]) -> Declaration | None:
    keyword = span[0]
    named = keyword.text != "example" and len(span) > 1 and span[1].kind is Kind.WORD
    proof = _proof_start(span, 2 if named else 1)
    if proof is None:
        return None
    sorries = tuple(token for token in span[proof:] if token.is_("sorry"))
    return Declaration(
        keyword=keyword.text,
        written=span[1].text if named else None,
        start=keyword.start,
        proof=span[proof].start,
        end=span[-1].end,
        sorries=sorries,
        sorry_in_statement=any(token.is_("sorry") for token in span[:proof]),
    )


def _proof_start(span: Sequence[Token], first: int) -> int | None:
    """The index of the ``:=``, ``|`` or ``where`` with which the proof begins."""
    base, bindings, alternatives, matching = span[0].depth, 0, False, False
    for index in range(first, len(span)):
        token = span[index]
        if token.depth > base:
            continue
        if token.is_(*_BINDINGS):
            bindings += 1
        elif token.is_("match"):
            matching = True
        elif token.is_("with", "|") and (matching or span[index - 1].is_("fun", "λ")):
            alternatives = True
        elif token.is_(":="):
            if not bindings:
                return index
            bindings -= 1
        elif token.is_("where") or (
            token.is_("|") and not alternatives and _is_equation(span, index, base)
        ):
            return index
    return None


def _is_equation(span: Sequence[Token], bar: int, base: int) -> bool:
    """Whether the ``|`` at ``bar`` begins an equation ``| pattern => …`` (and is not, say, the
    first of the bars of an absolute value)."""
    for token in span[bar + 1 :]:
        if token.depth <= base and token.is_("=>", ":="):
            return token.text == "=>"
    return False
