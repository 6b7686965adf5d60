"""What the file of a theorem offers its proof: the definitions and theorems that stand before it.

Only what precedes the theorem is offered (no theorem may be proved by itself or by what comes
after it), and of the theorems whose proof is missing only those that were proved meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from prover.environments.lean.lexer import Kind, Token
from prover.environments.lean.source import LeanSource
from prover.environments.lean.theorem import LeanTheorem
from retrieval.contracts import Premise

_DEFINING = ("def", "abbrev")
_STATING = ("theorem", "lemma", "axiom")
_DECLARING = (*_DEFINING, *_STATING, "example", "instance", "inductive", "structure", "class",
              "opaque")
_SCOPES = ("namespace", "section", "end", "mutual")
_COMMON = frozenset({"Nat", "Int", "List", "Type", "Prop", "Bool", "Option", "Sort", "fun", "if",
                     "then", "else", "let", "match", "with", "True", "False", "by", "at"})


@dataclass(frozen=True)
class _Named:
    keyword: str
    name: str
    span: tuple[Token, ...]


def file_premises(theorem: LeanTheorem, proved: Collection[str]) -> tuple[Premise, ...]:
    """The named definitions and theorems before ``theorem``, nearest first.

    ``proved`` are the full names of theorems whose holes have been filled in this session.
    """
    found = list(_before(theorem))
    here = theorem.name.split(".")[:-1]
    text, module = theorem.source.text, str(theorem.file)
    offered = [_premise(item, here, text, module) for item in reversed(found)
               if item.name in proved or not any(t.is_("sorry") for t in item.span)]
    return tuple(offered)


def source_premises(source: LeanSource, module: str) -> tuple[Premise, ...]:
    """All named definitions and theorems of a text as premises of ``module``, in their order;
    each stands where it ends, so that it is not accessible in its own proof."""
    return tuple(_premise(item, (), source.text, module, item.span[-1].end)
                 for item in _named(source.tokens, whole=True))


def _premise(
    item: _Named, here: Sequence[str], text: str, module: str, position: int = 0
) -> Premise:
    kind = {"axiom": "axiom"}.get(item.keyword, "theorem")
    kind = "definition" if item.keyword in _DEFINING else kind
    symbols: frozenset[str] = frozenset() if kind == "definition" else _symbols(item.span)
    return Premise(_short(item.name, here), _statement(item.span, text), module, symbols, kind,
                   position)


def _short(name: str, here: Sequence[str]) -> str:
    """``name`` as it can be written inside the namespace ``here``."""
    parts = name.split(".")
    shared = 0
    while shared < min(len(here), len(parts) - 1) and here[shared] == parts[shared]:
        shared += 1
    return ".".join(parts[shared:])


def _before(theorem: LeanTheorem) -> Iterator[_Named]:
    """Named declarations before the theorem, with their full names."""
    yield from _named([t for t in theorem.source.tokens if t.start < theorem.holes[0].start],
                      whole=False)


def _named(tokens: Sequence[Token], *, whole: bool) -> Iterator[_Named]:
    """The named declarations of a text, with their full names. The last one of a text that is not
    ``whole`` is the theorem in question, and left out."""
    starts = [i for i, t in enumerate(tokens)
              if t.depth == 0 and t.is_(*_DECLARING, *_SCOPES) and not _is_field(tokens, i)]
    scopes: list[str] = []
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        keyword, span = tokens[start].text, tuple(tokens[start:end])
        word = span[1].text if len(span) > 1 and span[1].kind is Kind.WORD else ""
        if keyword == "namespace":
            scopes.append(word)
        elif keyword in ("section", "mutual"):
            scopes.append("")
        elif keyword == "end" and scopes:
            scopes.pop()
        elif word and keyword in (*_DEFINING, *_STATING) and (whole or end is not None):
            yield _Named(keyword, ".".join([*filter(None, scopes), word]), span)


def _is_field(tokens: Sequence[Token], index: int) -> bool:
    """Whether a keyword is a part of something else, as ``class`` in ``deriving class``."""
    return index > 0 and tokens[index - 1].is_("deriving", ".", "|")


def _statement(span: Sequence[Token], text: str) -> str:
    end = next((t.start for t in span if t.depth <= span[0].depth and t.is_(":=", "where")),
               span[-1].end)
    return " ".join(text[span[1].end : end].split())


def _symbols(span: Sequence[Token]) -> frozenset[str]:
    """Constants of a statement, by the components of their names."""
    proof = next((i for i, t in enumerate(span) if t.depth <= span[0].depth and t.is_(":=")),
                 len(span))
    parts = {part for t in span[2:proof] if t.kind is Kind.WORD for part in t.text.split(".")}
    return frozenset(p for p in parts if len(p) > 1) - _COMMON
