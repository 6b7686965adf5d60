"""Formulas in Lean's notation: ``∀ x, p x → ∃ y, q x (f y)``, printed and read back.

This is the language of goals and of tactic scripts, so that one tactic generator serves both
environments. `read_formula` also accepts TPTP's notation (``![X]: (p(X) => q(X))``) and Lean's
ASCII spellings, mixed at will; precedences are Lean's, except that a TPTP quantifier ``![X]:``
binds as tightly as it does in TPTP.

A symbol is shown by its plain name where Lean would read that as an identifier, and otherwise
between Lean's own quotes for arbitrary names, with its TPTP spelling: ``«'A b'»``, ``«in»``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from prover.environments.fol.printing import LEAN, format_node
from prover.environments.fol.syntax import (
    FALSE,
    LOWER_WORD,
    TRUE,
    UPPER_WORD,
    Binary,
    Connective,
    Equality,
    Formula,
    Function,
    Node,
    Not,
    Predicate,
    Quantified,
    Quantifier,
    Term,
    Variable,
    fresh_name,
    is_number,
    plain_name,
    postorder,
    tptp_name,
)

_KEYWORD_LIST = (
    "fun forall exists True False Not And Or Iff Eq at by with in from have show let if then else "
    "do match end where open variable theorem lemma example def axiom Type Prop Sort calc "
    "macro syntax notation infix prefix postfix instance class structure inductive namespace "
    "section universe import private protected set_option attribute return for while try catch "
    "finally unless nomatch nofun mutual deriving extends using suffices obtain default "
    "abbrev opaque noncomputable partial unsafe rfl"
)
KEYWORDS = frozenset(_KEYWORD_LIST.split())
_IDENTIFIER = r"[A-Za-z_\u0370-\u03ba\u03bc-\u03ff\u1f00-\u1fff\u2100-\u214f]"
_SUBSEQUENT = r"[A-Za-z0-9_'!?\u0370-\u03ff\u1f00-\u1fff\u2080-\u209c\u2100-\u214f✝]"
_IDENT = re.compile(f"{_IDENTIFIER}{_SUBSEQUENT}*\\Z")
_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+)"
    r"|(?P<comment>--[^\n]*)"
    r"|(?P<newline>\n)"
    f"|(?P<ident>{_IDENTIFIER}{_SUBSEQUENT}*)"
    r"|(?P<guillemets>«(?:[^»\\\n]|\\.)*»)"
    r"|(?P<quoted>'(?:[^'\\\n]|\\.)+')"
    r'|(?P<distinct>"(?:[^"\\\n]|\\.)*")'
    r"|(?P<dollar>\$\$?[a-z][A-Za-z0-9_]*)"
    r"|(?P<number>\d+)"
    r"|(?P<hole>\?_)"
    r"|(?P<symbol><~>|<=>|<->|<;>|:=|=>|<=|->|<-|~&|~\||!=|/\\|\\/|[∀∃→↔∧∨¬=≠⊥⊤~&|!?:;,.()\[\]{}⟨⟩←·*|])"
)


class NotationError(Exception):
    """Text that cannot be read; ``position`` is an offset into it."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message, self.position = message, position


# -------------------------------------------------------------------------------------- printing


def display_name(name: str) -> str:
    """How the symbol, hypothesis or axiom ``name`` (in TPTP's spelling) is written."""
    if is_number(name):
        return name if name.isascii() and name.isdigit() else f"«{name}»"
    plain = plain_name(name)
    if not name.startswith('"') and _IDENT.match(plain) and plain not in KEYWORDS and plain != "_":
        return plain
    return f"«{_escaped(name)}»"


def _escaped(name: str) -> str:
    return name.replace("»", "\\»")


def name_from_display(text: str) -> str:
    """The name in TPTP's spelling that is written ``text``; the inverse of `display_name`."""
    if text.startswith("«") and text.endswith("»"):
        text = text[1:-1].replace("\\»", "»")
        if text[:1] in ("'", '"', "$") or is_number(text):
            return text
    elif text[:1] in ("'", '"', "$") or is_number(text):
        return text if not text.startswith("'") else tptp_name(plain_name(text))
    return text if LOWER_WORD.match(text) else tptp_name(text)


def _variable(name: str) -> str:
    return display_name(tptp_name(name))


SEQUENT = replace(LEAN, function_name=display_name, variable_name=_variable)


def show(node: Node) -> str:
    """The closed term or formula in Lean's notation, as goals show it and `read_formula` reads it.

    A bound variable that bears the name of a constant of the formula is shown by another one.
    """
    bound = {n.variable for n in postorder(node) if isinstance(n, Quantified)}
    if bound:
        taken = {plain_name(n.name) for n in postorder(node) if isinstance(n, Function)}
        if bound & taken:
            node = lean_variables(node, frozenset(taken))  # type: ignore[arg-type]
    return format_node(node, SEQUENT)


# --------------------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text. ``kind`` names the alternative of the lexer that matched."""

    kind: str
    text: str
    position: int
    adjacent: bool  # nothing stands between this token and the one before

    @property
    def names_something(self) -> bool:
        """Whether the token can be the name of a symbol or hypothesis."""
        if self.kind == "ident":
            return self.text not in KEYWORDS
        return self.kind in ("guillemets", "quoted", "distinct", "dollar", "number")


def tokenize(text: str) -> list[Token]:
    """The tokens of ``text``, line ends included, blanks and comments not; last an ``end``."""
    tokens: list[Token] = []
    position, adjacent = 0, False
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise NotationError(f"unexpected character {text[position]!r}", position)
        kind = match.lastgroup or ""
        if kind in ("space", "comment"):
            adjacent = False
        else:
            tokens.append(Token(kind, match.group(), position, adjacent))
            adjacent = kind != "newline"
        position = match.end()
    tokens.append(Token("end", "", len(text), False))
    return tokens


class TokenReader:
    """A cursor over tokens that never moves past the final ``end``."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._index = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._index]

    @property
    def following(self) -> Token:
        return self._tokens[min(self._index + 1, len(self._tokens) - 1)]

    @property
    def mark(self) -> int:
        """Where the cursor stands; `reset` goes back there."""
        return self._index

    def reset(self, mark: int) -> None:
        self._index = mark

    def advance(self) -> Token:
        token = self.token
        if token.kind != "end":
            self._index += 1
        return token

    def at(self, *texts: str) -> bool:
        return self.token.kind not in ("quoted", "distinct", "guillemets") and (
            self.token.text in texts and self.token.kind != "end"
        )

    def take(self, *texts: str) -> bool:
        """Move past the token if it is one of ``texts``."""
        if self.at(*texts):
            self.advance()
            return True
        return False

    def expect(self, *texts: str, what: str | None = None) -> Token:
        if not self.at(*texts):
            self.fail(what or " or ".join(f"'{text}'" for text in texts))
        return self.advance()

    def name(self, what: str) -> str:
        """The TPTP spelling of the name that stands here."""
        if not self.token.names_something:
            self.fail(what)
        return name_from_display(self.advance().text)

    def fail(self, expected: str) -> None:
        found = {"end": "the end", "newline": "the end of the line"}.get(
            self.token.kind, f"'{self.token.text}'"
        )
        raise NotationError(f"expected {expected}, found {found}", self.token.position)


_NOT, _LOWEST = 40, 0
_FORALL, _EXISTS = ("∀", "forall"), ("∃", "exists")
_BINARY: dict[str, tuple[int, Connective]] = {
    "↔": (20, Connective.IFF), "<->": (20, Connective.IFF), "<=>": (20, Connective.IFF),
    "→": (25, Connective.IMPLIES), "->": (25, Connective.IMPLIES),
    "=>": (25, Connective.IMPLIES), "∨": (30, Connective.OR), "\\/": (30, Connective.OR),
    "|": (30, Connective.OR), "∧": (35, Connective.AND), "/\\": (35, Connective.AND),
    "&": (35, Connective.AND),
}
_NEGATED_BINARY: dict[str, tuple[int, Connective]] = {
    "<~>": (20, Connective.IFF), "~|": (30, Connective.OR), "~&": (35, Connective.AND),
}


class FormulaReader(TokenReader):
    """Recursive descent over formulas. Bound names become variables, all others constants."""

    def __init__(self, tokens: list[Token]) -> None:
        super().__init__(tokens)
        self._scope: list[str] = []

    def formula(self, level: int = _LOWEST) -> Formula:
        """A formula whose operators bind at least as tightly as ``level``."""
        left = self._operand()
        while True:
            text = self.token.text if self.token.kind == "symbol" else ""
            if text == "<=" and level <= 25:
                self.advance()
                left = Binary(Connective.IMPLIES, self.formula(26), left)
            elif text in _BINARY and _BINARY[text][0] >= level:
                strength, connective = _BINARY[text]
                self.advance()
                right = self.formula(strength + (connective is Connective.IFF))
                left = Binary(connective, left, right)
            elif text in _NEGATED_BINARY and _NEGATED_BINARY[text][0] >= level:
                strength, connective = _NEGATED_BINARY[text]
                self.advance()
                left = Not(Binary(connective, left, self.formula(strength + 1)))
            else:
                return left

    def _operand(self) -> Formula:
        if self.take("¬", "~", "Not"):
            return Not(self.formula(_NOT))
        if self.at(*_FORALL, *_EXISTS):
            sign = self.advance().text
            binders = self._lean_binders()
            return self._quantified(sign in _FORALL, binders, self.formula)
        if self.at("!", "?") and self.following.text == "[":
            sign = self.advance().text
            binders = self._tptp_binders()
            return self._quantified(sign == "!", binders, self._operand)
        return self._atom()

    def _lean_binders(self) -> list[tuple[str, str | None]]:
        binders: list[tuple[str, str | None]] = []
        while not self.at(","):
            grouped = self.take("(")
            names = [self._variable_name()]
            while self.token.names_something or self.at("_"):
                names.append(self._variable_name())
            sort = self._sort() if self.take(":") else None
            if grouped:
                self.expect(")")
            binders += ((name, sort) for name in names)
            if sort is not None and not grouped:
                break
        self.expect(",", what="',' after the bound variables")
        return binders

    def _tptp_binders(self) -> list[tuple[str, str | None]]:
        self.expect("[")
        binders = []
        while True:
            name = self._variable_name()
            binders.append((name, self._sort() if self.take(":") else None))
            if not self.take(","):
                break
        self.expect("]")
        self.expect(":")
        return binders

    def _variable_name(self) -> str:
        if self.take("_"):
            return "_"
        return plain_name(self.name("a variable"))

    def _sort(self) -> str | None:
        if self.take("_"):
            return None
        name = self.name("a type")
        return None if name in ("$i", "'ι'") else name

    def _quantified(self, universal: bool, binders: list[tuple[str, str | None]],
                    body_reader: Callable[[], Formula]) -> Formula:
        quantifier = Quantifier.FORALL if universal else Quantifier.EXISTS
        self._scope += (name for name, _ in binders)
        body = body_reader()
        del self._scope[len(self._scope) - len(binders):]
        for name, sort in reversed(binders):
            body = Quantified(quantifier, name, body, sort)
        return body

    def _atom(self) -> Formula:
        if self.take("True", "⊤", "$true"):
            return TRUE
        if self.take("False", "⊥", "$false"):
            return FALSE
        if self.at("("):
            return self._parenthesized()
        return self._relation(self.term())

    def _parenthesized(self) -> Formula:
        """``( … )`` holds a formula, or a term that is the left side of an equation."""
        mark, scope = self.mark, len(self._scope)
        try:
            self.advance()
            inner = self.formula()
            self.expect(")")
            if not self.at("=", "≠", "!="):
                return inner
        except NotationError as error:
            self.reset(mark)
            del self._scope[scope:]
            return self._retry_as_equation(error)
        self.reset(mark)
        return self._relation(self.term())

    def _retry_as_equation(self, error: NotationError) -> Formula:
        try:
            left = self.term()
            if self.at("=", "≠", "!="):
                return self._relation(left)
        except NotationError:
            pass
        raise error

    def _relation(self, left: Term) -> Formula:
        if self.take("="):
            return Equality(left, self.term())
        if self.take("≠", "!="):
            return Not(Equality(left, self.term()))
        if isinstance(left, Variable):
            raise NotationError(
                f"the variable {left.name} is not a proposition", self.token.position
            )
        return Predicate(left.name, left.arguments)

    def term(self) -> Term:
        """An application ``f x (g y)`` or ``f(x, g(y))``."""
        if self.at("("):
            self.advance()
            inner = self.term()
            self.expect(")")
            return inner
        position = self.token.position
        name = self.name("a term or formula")
        arguments = self._arguments()
        variable = plain_name(name)
        if variable in self._scope:
            if arguments:
                raise NotationError(f"the variable {variable} takes no arguments", position)
            return Variable(variable)
        return Function(name, tuple(arguments))

    def _arguments(self) -> list[Term]:
        arguments: list[Term] = []
        while True:
            if self.at("("):
                self.advance()
                arguments.append(self.term())
                while self.take(","):
                    arguments.append(self.term())
                self.expect(")")
            elif self.token.names_something:
                name = name_from_display(self.advance().text)
                plain = plain_name(name)
                arguments.append(Variable(plain) if plain in self._scope else Function(name))
            else:
                return arguments


def read_formula(text: str) -> Formula:
    """Read a whole text as one formula; raises `NotationError`."""
    reader = FormulaReader([t for t in tokenize(text) if t.kind != "newline"])
    formula = reader.formula()
    if reader.token.kind != "end":
        reader.fail("the end of the formula")
    return formula


# ----------------------------------------------------------------------------- names of variables


def lean_variables(formula: Formula, taken: frozenset[str]) -> Formula:
    """``formula`` with its bound variables named as in Lean: ``X1`` becomes ``x1``.

    ``taken`` are the plain names that variables must not have (those of the symbols), so that
    a printed formula reads back as itself.
    """

    def lower(variable: str, scope: dict[str, str]) -> str:
        base = variable[:1].lower() + variable[1:]
        base = base if _IDENT.match(base) and base not in (*KEYWORDS, "_") else "x"
        return fresh_name(base, taken | set(scope.values()))

    return _rename(formula, {}, lower)


def tptp_variables(formula: Formula) -> Formula:
    """``formula`` with its bound variables named as TPTP wants them: ``X0``, ``X1``, …."""
    if all(UPPER_WORD.match(n.variable) for n in postorder(formula) if isinstance(n, Quantified)):
        return formula
    return _rename(formula, {}, lambda _, scope: fresh_name("X0", set(scope.values())))


_Choice = Callable[[str, dict[str, str]], str]


def _rename(node: Formula, scope: dict[str, str], choose: _Choice) -> Formula:
    match node:
        case Quantified(quantifier, variable, body, sort):
            name = choose(variable, scope)
            inner = _rename(body, {**scope, variable: name}, choose)
            return Quantified(quantifier, name, inner, sort)
        case Not(body):
            return Not(_rename(body, scope, choose))
        case Binary(connective, left, right):
            return Binary(
                connective, _rename(left, scope, choose), _rename(right, scope, choose)
            )
        case Predicate(name, arguments):
            return Predicate(name, tuple(_rename_term(a, scope) for a in arguments))
        case Equality(left, right):
            return Equality(_rename_term(left, scope), _rename_term(right, scope))
        case _:
            return node


def _rename_term(term: Term, scope: dict[str, str]) -> Term:
    if isinstance(term, Variable):
        return Variable(scope.get(term.name, term.name))
    return Function(term.name, tuple(_rename_term(a, scope) for a in term.arguments))
