"""The outermost shape of a proposition, read from the text that Lean prints.

The symbolic generator sees goals as people do, printed. To choose a structural tactic it needs
the main connective only, so a scan over brackets and Lean's operator precedences suffices; no
full parser is attempted, and a text that is not understood is an atom.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_TOKEN = re.compile(
    r"(?P<open>[(\[{⟨⦃])|(?P<close>[)\]}⟩⦄])"
    r"|(?P<word>[^\W\d][\w.'✝!?₀-₉]*)"
    r"|(?P<op>↔|→|∨|∧|¬|≠|≤|≥|∣|∈|∉|⊆|⊂|=|<|>|∀|∃)"
    r"|(?P<other>\S)"
)
_PRECEDENCE = {"↔": 20, "→": 25, "∨": 30, "∧": 35, "¬": 40}
_RELATIONS = frozenset("=≠≤≥<>∣∈∉⊆⊂")
_RELATION_PRECEDENCE = 50
_SWALLOWS_THE_REST = frozenset({"∀", "∃", "fun", "λ", "if", "let", "match", "have"})


class Shape(StrEnum):
    """The outermost connective or relation of a proposition."""

    FORALL = "∀"
    EXISTS = "∃"
    IMPLIES = "→"
    IFF = "↔"
    AND = "∧"
    OR = "∨"
    NOT = "¬"
    EQUALITY = "="
    RELATION = "relation"
    FALSE = "False"
    TRUE = "True"
    ATOM = "atom"


@dataclass(frozen=True)
class Binder:
    """A bound variable with the text of its type (empty if not printed)."""

    name: str
    type: str = ""


@dataclass(frozen=True)
class Proposition:
    """A proposition cut at its main connective.

    ``parts`` are its operands as text (for a quantifier: the body); ``relation`` is the symbol
    of an (in)equality or membership.
    """

    text: str
    shape: Shape
    parts: tuple[str, ...] = ()
    binders: tuple[Binder, ...] = ()
    relation: str = ""


def parse(text: str) -> Proposition:
    """The main connective of a printed proposition."""
    text = _strip_brackets(" ".join(text.split()))
    if text in ("False", "True"):
        return Proposition(text, Shape(text))
    if text.startswith(("∀", "∃")):
        return _quantified(text)
    cut = _main_operator(text)
    if cut is None:
        return Proposition(text, Shape.ATOM)
    operator, start, end = cut
    left, right = text[:start].strip(), text[end:].strip()
    if operator == "¬":
        return Proposition(text, Shape.NOT, (right,))
    if operator in _RELATIONS:
        shape = Shape.EQUALITY if operator == "=" else Shape.RELATION
        return Proposition(text, shape, (left, right), relation=operator)
    return Proposition(text, Shape(operator), (left, right))


def _main_operator(text: str) -> tuple[str, int, int] | None:
    """The operator of lowest precedence outside brackets, with its place in ``text``."""
    depth, best, best_precedence = 0, None, 100
    for token in _TOKEN.finditer(text):
        symbol = token.group()
        if token.lastgroup == "open":
            depth += 1
        elif token.lastgroup == "close":
            depth -= 1
        elif depth == 0:
            if symbol in _SWALLOWS_THE_REST:
                break
            precedence = _precedence(symbol)
            # `→`, `∧` and `∨` associate to the right: the first one is the outermost.
            if precedence is not None and precedence < best_precedence:
                best, best_precedence = (symbol, token.start(), token.end()), precedence
    return best


def _precedence(symbol: str) -> int | None:
    if symbol in _RELATIONS:
        return _RELATION_PRECEDENCE
    return _PRECEDENCE.get(symbol)


def _quantified(text: str) -> Proposition:
    comma = _top_level(text, ",", 1)
    if comma is None:
        return Proposition(text, Shape.ATOM)
    head, body = text[1:comma].strip().lstrip("!").strip(), text[comma + 1 :].strip()
    shape = Shape.FORALL if text[0] == "∀" else Shape.EXISTS
    return Proposition(text, shape, (body,), tuple(_binders(head)))


def _binders(head: str) -> list[Binder]:
    """Binders as Lean prints them: ``x y``, ``(x y : T) {z : U}``, ``x : T``, ``x > 0``."""
    if not head.startswith(("(", "{", "[", "⦃")):
        return _binder_group(head)
    found: list[Binder] = []
    while head:
        end = _matching(head)
        if head.startswith("["):
            found.append(Binder("inst", head[1:end]))
        else:
            found += _binder_group(head[1:end])
        head = head[end + 1 :].strip()
    return found


def _binder_group(text: str) -> list[Binder]:
    names, colon, type_ = text.partition(":")
    if not colon:  # `∀ x ∈ s, …` and `∀ x > 0, …` bind one name and assume something of it
        bounded = re.match(r"(\S+)\s+([∈<>≤≥≠].*)", text)
        if bounded:
            return [Binder(bounded.group(1)), Binder("h", bounded.group(0))]
    return [Binder(name, type_.strip()) for name in names.split()]


def _matching(text: str) -> int:
    """Index of the bracket that closes the first character of ``text``."""
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth == 0:
            return token.start()
    return len(text) - 1


def _top_level(text: str, symbol: str, start: int) -> int | None:
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth == 0 and token.group() == symbol:
            return token.start()
    return None


def _strip_brackets(text: str) -> str:
    while text.startswith("(") and text.endswith(")") and _matching(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def telescope(text: str, limit: int = 12) -> list[Binder]:
    """The binders that ``intro`` would introduce, in order; hypotheses are called ``h``."""
    found: list[Binder] = []
    while len(found) < limit:
        proposition = parse(text)
        if proposition.shape is Shape.FORALL:
            found += proposition.binders
            text = proposition.parts[0]
        elif proposition.shape is Shape.IMPLIES:
            found.append(Binder("h", proposition.parts[0]))
            text = proposition.parts[1]
        elif proposition.shape is Shape.NOT:
            return [*found, Binder("h", proposition.parts[0])]
        else:
            break
    return found


def words(text: str) -> list[str]:
    """The identifiers in a printed term, in order, each once."""
    return list(dict.fromkeys(m.group() for m in _TOKEN.finditer(text) if m.lastgroup == "word"))
