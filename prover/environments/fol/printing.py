"""Terms and formulas as text: TPTP for provers, Unicode, LaTeX and Lean for people.

One printer serves all of them: a notation says which signs to use, how tightly they bind and
how an application and a quantifier look, and the printer puts parentheses only where reading
the text back would otherwise give another formula. It keeps its own stack, so that depth of
nesting does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from prover.environments.fol.syntax import (
    Binary,
    Connective,
    Equality,
    Function,
    Node,
    Not,
    Predicate,
    Quantified,
    Quantifier,
    Truth,
    Variable,
    plain_name,
)

_TIGHTEST = 100


@dataclass(frozen=True)
class Notation:
    """How formulas are written. Levels: the greater one binds tighter.

    ``chains`` says on which side a connective may stand in itself without parentheses.
    ``open_quantifier``: the scope of a quantifier reaches as far to the right as it can (Lean,
    mathematics), not only over the next unit (TPTP).
    """

    connectives: dict[Connective, str]
    levels: dict[Connective, int]
    chains: dict[Connective, str]
    negation: str
    negation_level: int
    negated_least: int
    equality: str
    inequality: str
    truth: dict[bool, str]
    quantifier: Callable[[Quantifier, list[tuple[str, str | None]]], str]
    open_quantifier: bool
    curried: bool
    function_name: Callable[[str], str]
    variable_name: Callable[[str], str]
    equality_level: int = 50
    comma: str = ","


# What is still to be written: text, or a node with the least level that needs no parentheses
# there and whether nothing follows it to its right (up to the closing parenthesis).
_Item = str | tuple[Node, int, bool]


def format_node(node: Node, notation: Notation) -> str:
    """``node`` in ``notation``."""
    written: list[str] = []
    stack: list[_Item] = [(node, 0, True)]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            written.append(item)
            continue
        current, least, last = item
        if _needs_parentheses(current, least, last, notation):
            stack += (")", (current, 0, True), "(")
        else:
            stack.extend(reversed(_layout(current, last, notation)))
    return "".join(written)


def _needs_parentheses(node: Node, least: int, last: bool, notation: Notation) -> bool:
    match node:
        case Binary(connective):
            return notation.levels[connective] < least
        case Not(Equality()) | Equality():
            return notation.equality_level < least
        case Not():
            return notation.negation_level < least
        case Quantified():
            return not last if notation.open_quantifier else notation.negation_level < least
        case Function(_, arguments) | Predicate(_, arguments):
            return notation.curried and bool(arguments) and least >= _TIGHTEST
        case _:
            return False


def _layout(node: Node, last: bool, notation: Notation) -> list[_Item]:
    match node:
        case Variable(name):
            return [notation.variable_name(name)]
        case Function(name, arguments) | Predicate(name, arguments):
            return _application(notation.function_name(name), arguments, notation)
        case Truth(value):
            return [notation.truth[value]]
        case Equality(left, right):
            return _infix(left, notation.equality, right, notation)
        case Not(Equality(left, right)):
            return _infix(left, notation.inequality, right, notation)
        case Not(body):
            return [notation.negation, (body, notation.negated_least, last)]
        case Binary(connective, left, right):
            level, chain = notation.levels[connective], notation.chains[connective]
            same_left = isinstance(left, Binary) and left.connective is connective
            same_right = isinstance(right, Binary) and right.connective is connective
            return [
                (left, level + (not (same_left and chain == "left")), False),
                f" {notation.connectives[connective]} ",
                (right, level + (not (same_right and chain == "right")), last),
            ]
        case Quantified():
            return _quantified(node, last, notation)
        case _:
            raise TypeError(f"not a term or formula: {type(node).__name__}")


def _infix(left: Node, sign: str, right: Node, notation: Notation) -> list[_Item]:
    least = notation.equality_level + 1
    return [(left, least, False), f" {sign} ", (right, least, False)]


def _application(name: str, arguments: tuple[Node, ...], notation: Notation) -> list[_Item]:
    if not arguments:
        return [name]
    items: list[_Item] = [name]
    if notation.curried:
        for argument in arguments:
            items += (" ", (argument, _TIGHTEST, False))
        return items
    for index, argument in enumerate(arguments):
        items += (notation.comma if index else "(", (argument, 0, True))
    return [*items, ")"]


def _quantified(node: Quantified, last: bool, notation: Notation) -> list[_Item]:
    binders = [(notation.variable_name(node.variable), node.sort)]
    body: Node = node.body
    while isinstance(body, Quantified) and body.quantifier is node.quantifier:
        binders.append((notation.variable_name(body.variable), body.sort))
        body = body.body
    least = 0 if notation.open_quantifier else notation.negation_level
    return [notation.quantifier(node.quantifier, binders), (body, least, last)]


# -------------------------------------------------------------------------------------- notations


def _tptp_quantifier(quantifier: Quantifier, binders: list[tuple[str, str | None]]) -> str:
    listed = ",".join(name if sort is None else f"{name}: {sort}" for name, sort in binders)
    return f"{quantifier} [{listed}] : "


def _groups(binders: list[tuple[str, str | None]]) -> list[tuple[list[str], str | None]]:
    groups: list[tuple[list[str], str | None]] = []
    for name, sort in binders:
        if groups and groups[-1][1] == sort:
            groups[-1][0].append(name)
        else:
            groups.append(([name], sort))
    return groups


def _unicode_quantifier(quantifier: Quantifier, binders: list[tuple[str, str | None]]) -> str:
    sign = "∀" if quantifier is Quantifier.FORALL else "∃"
    return "".join(
        f"{sign}{' '.join(names)}{'' if sort is None else f': {plain_name(sort)}'}. "
        for names, sort in _groups(binders)
    )


def _latex_quantifier(quantifier: Quantifier, binders: list[tuple[str, str | None]]) -> str:
    sign = r"\forall" if quantifier is Quantifier.FORALL else r"\exists"
    return "".join(
        rf"{sign} {', '.join(names)}"
        + ("" if sort is None else rf" \in {_latex_name(sort)}")
        + r".\; "
        for names, sort in _groups(binders)
    )


def _lean_quantifier(quantifier: Quantifier, binders: list[tuple[str, str | None]]) -> str:
    sign = "∀" if quantifier is Quantifier.FORALL else "∃"
    groups = _groups(binders)
    if len(groups) == 1:
        names, sort = groups[0]
        return f"{sign} {' '.join(names)}{'' if sort is None else f' : {_lean_name(sort)}'}, "
    listed = " ".join(
        f"({' '.join(names)} : {'_' if sort is None else _lean_name(sort)})"
        for names, sort in groups
    )
    return f"{sign} {listed}, "


def _latex_name(name: str) -> str:
    text = plain_name(name)
    if len(text) == 1 and text.isalpha():
        return text
    match = re.fullmatch(r"([A-Za-z])_?(\d+)", text)
    if match:
        return f"{match[1]}_{{{match[2]}}}"
    for sign, escaped in _LATEX_ESCAPES.items():
        text = text.replace(sign, escaped)
    return rf"\mathit{{{text}}}"


_LATEX_ESCAPES = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "_": r"\_", "$": r"\$", "%": r"\%",
    "&": r"\&", "#": r"\#", "^": r"\hat{}", "~": r"\sim ",
}  # fmt: skip

_LEAN_IDENTIFIER = re.compile(r"[^\W\d]\w*[!?']*\Z")
_LEAN_KEYWORD_LIST = (
    "at axiom by class def do else end example exists extends finally for from fun have if import "
    "in inductive infix instance lemma let local macro match mut mutual namespace nomatch notation "
    "of open opaque prefix private protected return section show structure suffices syntax then "
    "theorem true false try universe unless using variable where with λ Prop Type Sort _"
)
_LEAN_KEYWORDS = frozenset(_LEAN_KEYWORD_LIST.split())


def _lean_name(name: str) -> str:
    text = plain_name(name)
    if _LEAN_IDENTIFIER.match(text) and text not in _LEAN_KEYWORDS:
        return text
    return f"«{text}»"


def _same(name: str) -> str:
    return name


_AND, _OR = Connective.AND, Connective.OR
_IMPLIES, _IFF = Connective.IMPLIES, Connective.IFF

TPTP = Notation(
    connectives={connective: connective.value for connective in Connective},
    levels=dict.fromkeys(Connective, 10),
    chains={_AND: "left", _OR: "left", _IMPLIES: "none", _IFF: "none"},
    negation="~ ",
    negation_level=20,
    negated_least=20,
    equality="=",
    inequality="!=",
    truth={True: "$true", False: "$false"},
    quantifier=_tptp_quantifier,
    open_quantifier=False,
    curried=False,
    function_name=_same,
    variable_name=_same,
)

UNICODE = Notation(
    connectives={_AND: "∧", _OR: "∨", _IMPLIES: "→", _IFF: "↔"},
    levels={_AND: 35, _OR: 30, _IMPLIES: 25, _IFF: 20},
    chains={_AND: "left", _OR: "left", _IMPLIES: "right", _IFF: "none"},
    negation="¬",
    negation_level=40,
    negated_least=40,
    equality="=",
    inequality="≠",
    truth={True: "⊤", False: "⊥"},
    quantifier=_unicode_quantifier,
    open_quantifier=True,
    curried=False,
    function_name=plain_name,
    variable_name=_same,
    comma=", ",
)

LATEX = Notation(
    connectives={
        _AND: r"\land", _OR: r"\lor", _IMPLIES: r"\rightarrow", _IFF: r"\leftrightarrow"
    },
    levels=UNICODE.levels,
    chains=UNICODE.chains,
    negation=r"\neg ",
    negation_level=40,
    negated_least=40,
    equality="=",
    inequality=r"\neq",
    truth={True: r"\top", False: r"\bot"},
    quantifier=_latex_quantifier,
    open_quantifier=True,
    curried=False,
    function_name=_latex_name,
    variable_name=_latex_name,
    comma=", ",
)

LEAN = Notation(
    connectives=UNICODE.connectives,
    levels=UNICODE.levels,
    chains={_AND: "right", _OR: "right", _IMPLIES: "right", _IFF: "none"},
    negation="¬",
    negation_level=40,
    negated_least=40,
    equality="=",
    inequality="≠",
    truth={True: "True", False: "False"},
    quantifier=_lean_quantifier,
    open_quantifier=True,
    curried=True,
    function_name=_lean_name,
    variable_name=_lean_name,
)


def to_tptp(node: Node) -> str:
    """``node`` as TPTP ``fof``/``cnf``/``tff`` text."""
    return format_node(node, TPTP)


def to_unicode(node: Node) -> str:
    """``node`` in the usual signs of logic: ``∀x. p(x) → ∃y. q(x, y)``."""
    return format_node(node, UNICODE)


def to_latex(node: Node) -> str:
    """``node`` for LaTeX's math mode."""
    return format_node(node, LATEX)


def to_lean(node: Node) -> str:
    """``node`` as a Lean 4 term, symbols curried: ``∀ X, p X → ∃ Y, q X Y``."""
    return format_node(node, LEAN)
