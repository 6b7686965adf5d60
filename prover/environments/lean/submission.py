"""What a text from outside may not contain, however its theorems are proved.

The kernel says what a term proves; what its reader takes it to say depends on everything that
stands above it: notations, macros, instances, coercions and names. A text that is held against
an original may bring none of these (`comparison`). One that is judged alone has only the library
to be held against: it may extend the library, but not give another meaning to what the library
has, nor run code that could. Where the two are hard to tell apart, the text is refused.

`forbidden` looks at the tokens, before Lean does; `reinterpreted` needs what the text declares.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from prover.environments.lean.declarations import declarations
from prover.environments.lean.elaboration import Unit
from prover.environments.lean.lexer import Kind, Token, with_interpolated
from prover.environments.lean.protocol import ConstantReport
from prover.environments.lean.screening import METAPROGRAMS
from prover.environments.lean.source import LeanSource
from prover.environments.lean.theorem import public_name

_NOTATIONS = frozenset(("notation", "infix", "infixl", "infixr", "prefix", "postfix"))
# Commands that extend Lean or run code, beyond those a script is screened for.
_EXTENDING = re.compile(
    r"(?:run_|declare_|register_|builtin_|initialize|elab_|macro_|binder_pred|notation3|unif_hint|"
    r"add_decl_doc).*|mixfix|simproc_pattern%|simproc_decl|dsimproc_decl|builtin_facet"
)
# Attributes by which a declaration becomes a part of Lean, or code that stands for another.
_CODE_ATTRIBUTE = re.compile(
    r"implemented_by|extern|csimp|export|init|builtin_.*|.*_?parser|.*parser_alias|macro|"
    r"(?:.*_)?elab|tactic|.*delab|app_unexpander|.*simproc.*|s?eval_?proc|.*deriving_handler|"
    r"formatter|parenthesizer|.*_formatter|.*_parenthesizer|quot_precheck|linter|env_linter|"
    r"norm_num|positivity|unification_hint|default_instance|grind_propagator|inherit_doc_elab"
)
_HARMLESS_ELAB = ("elab_as_elim", "elab_without_expected_type", "elab_with_expected_type")
_WEAKENING_OPTION = re.compile(
    r"(?:debug|bootstrap|internal|interpreter|compiler|experimental|Elab\.async)(?:\.|$).*|"
    r"Elab\.async|allowUnsafeReducibility|quotPrecheck.*|genSizeOf.*|inductive\..*"
)
_LIBRARY_SIGNS = frozenset(
    """= ≠ ≤ ≥ < > <= >= == != ≈ ≍ ≅ ∧ ∨ ¬ ! && || /\\ \\/ ∀ ∃ ∃! → ↔ <-> -> + - * / % ^ ∣ × ×' ∘ •
    ++ :: ∈ ∉ ⊆ ⊂ ⊇ ⊃ ∪ ∩ \\ ∅ λ Σ Π ↦ => := @ $ <| |> ▸ ⁻¹ <<< >>> &&& ||| ^^^ ~~~ <$> <*> *> <*
    >>= <|> >=> <=< ↑ ⇑ ↥ _ ?_""".split()  # noqa: SIM905
)
# These may well occur inside of another notation, but not begin one.
_LIBRARY_BRACKETS = frozenset(("(", "[", "{", "⟨", "#[", "%[", "‹", ".", "'", ":", ",", "|"))
_KEYWORDS = frozenset(
    ("fun", "let", "have", "show", "from", "if", "then", "else", "match", "with", "do", "by",
     "Prop", "Type", "Sort", "theorem", "lemma", "example", "def", "where", "in", "at", "forall",
     "exists")
)  # fmt: skip
# Classes whose instances say nothing (all are equal, or they only print).
_IDLE_CLASSES = frozenset(
    ("Decidable", "DecidableEq", "DecidablePred", "DecidableRel", "Repr", "ToString", "Nonempty",
     "Subsingleton", "ReprAtom", "Lean.ToExpr", "Lean.ToJson", "Lean.FromJson", "Hashable")
)  # fmt: skip
_DECLARING = frozenset(
    ("theorem", "lemma", "def", "abbrev", "instance", "axiom", "opaque", "structure", "class",
     "inductive", "coinductive", "namespace", "section", "end", "open", "|", ".", "extends",
     "export", "hiding", "only")
)  # fmt: skip
# In the canonical form of terms: the parent of a class, for a type.
_PASSED_ON = re.compile(r"\(app \(const (\S*\.to[A-Z][^\s()]*)[^()]*\) \(const ([^\s()]+)")
# Greek letters that look like Latin ones.
_LOOKALIKES = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧορν", "ABEZHIKMNOPTYXopv")
_BIDIRECTIONAL = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_CONSTANT = re.compile(r"\(const ((?:«[^»]*»|[^\s()«»])+)")


def forbidden(submitted: LeanSource, original: LeanSource | None = None) -> str | None:
    """Why a text is refused for its tokens, or ``None``. What the original has it may have."""
    if found := _BIDIRECTIONAL.search(submitted.text):
        line = submitted.place(found.start()).line
        return f"line {line} has a character that changes the order in which text is shown"
    mine = list(_offences(submitted.tokens))
    if original is not None:
        theirs = Counter(reason for _, reason in _offences(original.tokens))
        kept = []
        for token, reason in mine:
            theirs[reason] -= 1
            if theirs[reason] < 0:
                kept.append((token, reason))
        mine = kept
    for token, reason in mine:
        return f"line {submitted.place(token.start).line} {reason}"
    return None


def announced(source: LeanSource) -> Iterator[tuple[str, int]]:
    """Names and offsets of what the text says are theorems, without asking Lean."""
    for keyword, name in pairwise((*source.tokens, None)):
        if keyword is None or keyword.depth or not keyword.is_("theorem", "lemma", "example"):
            continue
        named = name is not None and name.kind is Kind.WORD and not keyword.is_("example")
        yield (name.text if named and name is not None else "example"), keyword.start


def _offences(text: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """The tokens for which a text is refused, each with the reason."""
    text = with_interpolated(text)
    for index, token in enumerate(text):
        following = text[index + 1] if index + 1 < len(text) else None
        if token.is_("#") and following is not None and following.is_("exit", "eval", "eval!"):
            yield token, f"has the command `#{following.text}`"
        elif token.is_("@["):
            yield from _attributes(text, index)
        elif token.kind is not Kind.WORD:
            continue
        elif token.text == "attribute":
            yield from _attributes(text, index + 1)
        elif token.text == "set_option" and following is not None:
            option = following.text.replace("«", "").replace("»", "")
            if _WEAKENING_OPTION.fullmatch(option):
                yield token, f"sets the option `{option}`, which weakens checking"
        elif token.text == "unsafe":
            yield token, "has an `unsafe` declaration"
        elif token.text == "renaming":
            yield token, "gives another meaning to a name (`renaming`)"
        elif token.text in _NOTATIONS:
            yield from _notation(text, index)
        elif token.text in METAPROGRAMS or _EXTENDING.fullmatch(token.text):
            yield token, f"extends Lean or runs code in it (`{token.text}`)"


def _attributes(text: Sequence[Token], opening: int) -> Iterator[tuple[Token, str]]:
    """What is wrong with the attributes in the brackets that begin at ``opening``."""
    depth = text[opening].depth if opening < len(text) else 0
    for before, token in pairwise(text[opening:]):
        if token.depth <= depth:
            return
        name = token.text.replace("«", "").replace("»", "")
        if before.is_("-") and name == "instance":
            yield token, "takes away an instance"
        if (
            before.is_("@[", "[", ",", "local", "scoped", "@[expose", "↓", "↑")
            and _CODE_ATTRIBUTE.fullmatch(name)
            and name not in _HARMLESS_ELAB
        ):
            yield token, f"has the attribute `{name}`, which replaces code or extends Lean"


def _notation(text: Sequence[Token], index: int) -> Iterator[tuple[Token, str]]:
    """Whether a notation says something else with a sign or a word that the library has."""
    first = True
    for token in text[index + 1 :]:
        if token.is_("=>"):
            return
        if token.kind is not Kind.STRING:
            continue
        sign = token.text.strip('"').strip()
        if (
            sign in _LIBRARY_SIGNS or sign in _KEYWORDS or sign[:1].isdigit()
            or (first and sign in _LIBRARY_BRACKETS)
        ):  # fmt: skip
            yield text[index], f"gives another meaning to `{sign}` (`{text[index].text}`)"
        first = False


def reinterpreted(
    source: LeanSource, units: Sequence[Unit], constants: Mapping[str, ConstantReport],
    in_library: Callable[[str], bool],
) -> str | None:
    """Why a text that is judged alone gives another meaning to what the library has.

    ``constants`` are those that the text declares; ``in_library`` says whether its imports have
    a constant of this name.
    """
    return (
        next(_signs(source, in_library), None)
        or next(_instances(source, units, constants), None)
        or next(_inherited(constants), None)
        or next(_shadows(source, units, constants, in_library), None)
    )


def _signs(source: LeanSource, in_library: Callable[[str], bool]) -> Iterator[str]:
    """Notations that begin with the name of something in the library."""
    text = source.tokens
    for index, token in enumerate(text):
        if token.kind is not Kind.WORD or token.text not in _NOTATIONS:
            continue
        for part in text[index + 1 :]:
            if part.is_("=>"):
                break
            sign = part.text.strip('"').strip()
            if part.kind is Kind.STRING and sign[:1].isalpha() and in_library(sign):
                line = source.place(part.start).line
                yield f"line {line} makes a notation of the library's `{sign}`"


def _instances(
    source: LeanSource, units: Sequence[Unit], constants: Mapping[str, ConstantReport]
) -> Iterator[str]:
    """Instances of the library's classes for nothing but the library's types, and coercions
    between these."""
    for unit in units:
        tokens = source.tokens_between(unit.start, unit.end)
        if not any(token.is_("instance") for token in tokens):
            continue
        words = {token.text for token in tokens}
        made = unit.constants or tuple(n for n in constants if _suffixes(n) & words)
        for name in made:
            report = constants.get(name)
            if report is None or report.kind in ("theorem", "ctor", "rec", "inductive"):
                continue
            used = _CONSTANT.findall(report.type)
            if not used or any(n in constants for n in used) or not _IDLE_CLASSES.isdisjoint(used):
                continue
            if unit.constants and re.search(r"\._|\.match_|\.eq_|\.proof_", name):
                continue
            line = source.place(tokens[0].start).line
            yield (
                f"line {line} gives an instance of a class of the library for a type of the "
                f"library (`{public_name(name)}`)"
            )


def _inherited(constants: Mapping[str, ConstantReport]) -> Iterator[str]:
    """Theorems about the library's types by way of what a class of the text passes on."""
    for report in constants.values():
        for projection, of in _PASSED_ON.findall(report.type) if report.kind == "theorem" else ():
            if projection in constants and of not in constants:
                yield (
                    f"`{public_name(report.name)}` takes what it says of the library's `{of}` from "
                    f"a class of the text (`{projection}`)"
                )


def _suffixes(name: str) -> set[str]:
    """The shorter names by which a constant can be meant, its full one included."""
    parts = public_name(name).split(".")
    return {".".join(parts[index:]) for index in range(len(parts))}


def _shadows(
    source: LeanSource, units: Sequence[Unit], constants: Iterable[str],
    in_library: Callable[[str], bool],
) -> Iterator[str]:
    """Names that mean something in the library, and something else in this text."""
    proofs = [
        (declaration.proof, declaration.end)
        for unit in units
        for declaration in declarations(source.tokens_between(unit.start, unit.end))
    ]
    own = set().union(*(_suffixes(name) - {public_name(name)} for name in constants))
    known: dict[str, bool] = {}
    text = source.tokens
    for index, token in enumerate(text):
        if token.kind is not Kind.WORD or any(s <= token.start < e for s, e in proofs):
            continue
        before = text[index - 1] if index else None
        after = text[index + 1] if index + 1 < len(text) else None
        plain = token.text.translate(_LOOKALIKES)
        if plain != token.text and len(plain) > 1 and in_library(plain):
            yield f"line {source.place(token.start).line} has a word that looks like `{plain}`"
        names = {token.text, token.text.partition(".")[0]} & own
        binds = after is not None and after.is_(":") and (
            token.depth > 0 or (before is not None and before.is_("∀", "∃", "fun", "λ", "Π"))
        )
        if binds and token.text[:1].isupper():
            names = {token.text}
        elif before is not None and (before.text in _DECLARING or (after and after.is_(":"))):
            continue
        for name in names:
            if known.setdefault(name, in_library(name)):
                line = source.place(token.start).line
                yield f"line {line} does not mean the library's `{name}`, which it names"
