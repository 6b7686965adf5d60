"""Reads tactic scripts: Lean's layout, Lean's names, formulas in Lean's or TPTP's notation.

A block is a column of tactics; what is indented further belongs to the tactic above. ``;`` and
``<;>`` join tactics on a line, ``·`` and ``case … =>`` focus on one goal. Every mistake is a
`TacticSyntaxError` that says where and what was expected.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from prover.environments.fol.notation import (
    FormulaReader,
    NotationError,
    Token,
    tokenize,
)
from prover.environments.fol.tactic_syntax import (
    AllGoals,
    Alternatives,
    Anonymous,
    Apply,
    Auto,
    Bind,
    Block,
    Branch,
    ByCases,
    ByContra,
    Case,
    Cases,
    Clear,
    Constructor,
    Exists,
    Expression,
    Focus,
    Forward,
    Group,
    Have,
    Hole,
    Inject,
    Intro,
    Intros,
    Left,
    Line,
    Name,
    Pattern,
    Project,
    Refine,
    Reflexivity,
    Revert,
    Rewrite,
    Right,
    Show,
    Simple,
    Specialize,
    Subst,
    Substitute,
    Symm,
    Tactic,
    Then,
    Tuple,
    Wildcard,
)

MAX_SCRIPT_CHARACTERS = 1_000_000
FIELDS = {"1": "left", "2": "right", "left": "left", "right": "right", "mp": "mp", "mpr": "mpr",
          "symm": "symm"}  # fmt: skip
_CONSTRUCTORS = ("inl", "inr", "intro")


class TacticSyntaxError(Exception):
    """A script that cannot be read; ``line`` and ``column`` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}: {message}")
        self.message, self.line, self.column = message, line, column


def read_script(text: str) -> Block:
    """The tactics of ``text``; raises `TacticSyntaxError`."""
    source = _Source(text)
    try:
        if len(text) > MAX_SCRIPT_CHARACTERS:
            raise NotationError("the script is too long", 0)
        tokens = _with_layout(source, tokenize(text))
        if not tokens:
            raise NotationError("expected a tactic, found nothing", 0)
        return _block(source, tokens)
    except NotationError as error:
        raise TacticSyntaxError(error.message, *source.place(error.position)) from None
    except RecursionError:
        raise TacticSyntaxError("the script is nested too deeply", 1, 1) from None


# ----------------------------------------------------------------------------------------- layout


class _Source:
    """The text and where in it an offset lies."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]

    def place(self, position: int) -> tuple[int, int]:
        """Line and column, from 1."""
        line = bisect_right(self._starts, position)
        return line, position - self._starts[line - 1] + 1


@dataclass(frozen=True, slots=True)
class _Placed:
    """A token with its line and column, and whether it is the first of its line."""

    token: Token
    line: int
    column: int
    first: bool


def _with_layout(source: _Source, tokens: list[Token]) -> list[_Placed]:
    placed, first = [], True
    for token in tokens:
        if token.kind == "newline":
            first = True
        elif token.kind != "end":
            placed.append(_Placed(token, *source.place(token.position), first))
            first = False
    return placed


def _block(source: _Source, tokens: list[_Placed]) -> Block:
    """Split ``tokens`` into the tactics that stand in the column of the first one."""
    column = tokens[0].column
    starts = [0]
    for index, placed in enumerate(tokens[1:], 1):
        if placed.first and placed.column < column:
            raise NotationError("bad indentation: this line is left of its block",
                                placed.token.position)  # fmt: skip
        if placed.first and placed.column == column and placed.token.text != "|":
            starts.append(index)
    lines: list[Line] = []
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        lines += _TacticReader(source, tokens[start:end]).sequence()
    return tuple(lines)


class _TacticReader(FormulaReader):
    """Reads the tactics of one line (and what is indented under it)."""

    def __init__(self, source: _Source, placed: list[_Placed]) -> None:
        last = placed[-1].token
        end = Token("end", "", last.position + len(last.text), False)
        super().__init__([*(p.token for p in placed), end])
        self._source = source
        self._placed = placed

    def sequence(self) -> list[Line]:
        """Tactics joined by ``;``."""
        lines = [self._line()]
        while self.take(";"):
            if self.token.kind == "end":
                break
            lines.append(self._line())
        if self.token.kind != "end":
            self.fail("';', '<;>' or the end of the tactic")
        return lines

    def _line(self) -> Line:
        start = self.token.position
        tactic = self._tactic()
        while self.take("<;>"):
            tactic = Then(tactic, self._tactic())
        end = self.token.position
        text = self._source.text[start:end].rstrip()
        return Line(tactic, text, self._source.place(start)[0])

    def _rest_as_block(self) -> Block:
        """Everything that is left, as one block."""
        rest = self._placed[self.mark:]
        if not rest:
            self.fail("a tactic")
        self.reset(len(self._placed))
        return _block(self._source, rest)

    def _tactic(self) -> Tactic:
        if self.take("·", "."):
            return Focus(self._rest_as_block())
        if self.at("("):
            return self._group()
        if self.token.kind != "ident":
            self.fail("a tactic")
        word = self.advance()
        reader = _READERS.get(word.text)
        if reader is None:
            raise NotationError(f"unknown tactic '{word.text}'", word.position)
        return reader(self)

    def _group(self) -> Group:
        opening = self.mark
        depth = 0
        while self.token.kind != "end":
            depth += self.at("(") - self.at(")")
            if depth == 0:
                break
            self.advance()
        inner = self._placed[opening + 1:self.mark]
        self.expect(")")
        if not inner:
            self.fail("a tactic between the parentheses")
        return Group(_block(self._source, inner))

    # ------------------------------------------------------------------------ names and patterns

    def binder(self) -> str | None:
        """A name to be given, or ``_``."""
        return None if self.take("_") else self.name("a name")

    def binders(self) -> tuple[str | None, ...]:
        """Names up to whatever is no name."""
        found = []
        while self.token.names_something or self.at("_"):
            found.append(self.binder())
        return tuple(found)

    def given_names(self, what: str) -> tuple[str, ...]:
        """At least one name."""
        found = [self.name(what)]
        while self.token.names_something:
            found.append(self.name(what))
        return tuple(found)

    def pattern(self) -> Pattern:
        """``⟨a, b⟩``, ``a | b``, a name, ``_`` or ``rfl``."""
        branches = [self._single_pattern()]
        while self.take("|"):
            branches.append(self._single_pattern())
        return branches[0] if len(branches) == 1 else Alternatives(tuple(branches))

    def _single_pattern(self) -> Pattern:
        if self.take("⟨"):
            parts = [self.pattern()]
            while self.take(","):
                parts.append(self.pattern())
            self.expect("⟩")
            return parts[0] if len(parts) == 1 else Tuple(tuple(parts))
        if self.take("("):
            inner = self.pattern()
            self.expect(")")
            return inner
        if self.take("rfl"):
            return Substitute()
        return Bind(self.binder())

    def patterns(self) -> tuple[Pattern, ...]:
        """Patterns side by side, as after ``intro``."""
        found = []
        while self.token.names_something or self.at("_", "⟨", "(", "rfl"):
            found.append(self._single_pattern())
        return tuple(found)

    # -------------------------------------------------------------------------------- expressions

    def expression(self) -> Expression:
        """A proof term or a term: an application of atoms."""
        if self.at("Or") and self.following.text == ".":
            return self._injection()
        head = self._expression_atom()
        arguments = self.expression_arguments()
        return Apply(head, arguments) if arguments else head

    def _injection(self) -> Expression:
        self.advance()
        self.expect(".")
        side = self.expect("inl", "inr").text
        return Inject(side == "inl", self._expression_atom())

    def expression_arguments(self) -> tuple[Expression, ...]:
        """The atoms that stand side by side here; ``(a, b)`` counts for two."""
        found: list[Expression] = []
        while self.token.names_something or self.at("(", "⟨", "_", "?_", "rfl"):
            if self.at("("):
                self.advance()
                found.append(self.expression())
                while self.take(","):
                    found.append(self.expression())
                self.expect(")")
                found[-1] = self._projections(found[-1])
            else:
                found.append(self._expression_atom())
        return tuple(found)

    def _expression_atom(self) -> Expression:
        if self.take("_"):
            return Wildcard()
        if self.take("?_"):
            return Hole()
        if self.take("rfl"):
            return Reflexivity()
        if self.take("⟨"):
            parts = [self.expression()]
            while self.take(","):
                parts.append(self.expression())
            self.expect("⟩")
            return parts[0] if len(parts) == 1 else Anonymous(tuple(parts))
        if self.take("("):
            inner = self.expression()
            self.expect(")")
            return self._projections(inner)
        return self._projections(Name(self.name("a hypothesis or a term")))

    def _projections(self, body: Expression) -> Expression:
        while self.at(".") and self.token.adjacent and self.following.text in FIELDS:
            self.advance()
            body = Project(body, FIELDS[self.advance().text])
        return body

    # ------------------------------------------------------------------------------------ tactics

    def read_intros(self) -> Intros:
        return Intros(self.binders())

    def read_exists(self) -> Exists:
        witnesses = [self.expression()]
        while self.take(","):
            witnesses.append(self.expression())
        return Exists(tuple(witnesses))

    def read_cases(self) -> Cases:
        value = self.expression()
        if not self.take("with"):
            return Cases(value)
        if self.at("|"):
            return Cases(value, branches=self._branches())
        if self.at("⟨"):
            return Cases(value, self.pattern())
        names = self.binders()
        if not names:
            self.fail("names or '| constructor names => tactics'")
        return Cases(value, names=names)

    def read_rcases(self) -> Cases:
        value = self.expression()
        return Cases(value, self.pattern() if self.take("with") else None)

    def _branches(self) -> tuple[Branch, ...]:
        opening = self._placed[self.mark]
        starts = [
            index for index in range(self.mark, len(self._placed))
            if self._opens_branch(index, opening)
        ]
        branches = []
        for start, end in zip(starts, [*starts[1:], len(self._placed)], strict=True):
            branches.append(_TacticReader(self._source, self._placed[start:end]).branch())
        self.reset(len(self._placed))
        return tuple(branches)

    def _opens_branch(self, index: int, opening: _Placed) -> bool:
        placed = self._placed[index]
        if placed.token.text != "|":
            return False
        if opening.first:
            return placed.first and placed.column == opening.column
        return index + 1 < len(self._placed) and self._placed[index + 1].token.text in _CONSTRUCTORS

    def branch(self) -> Branch:
        """``| inl h => block``."""
        self.expect("|")
        constructor = self.expect(*_CONSTRUCTORS, what="'inl', 'inr' or 'intro'").text
        names = self.binders()
        self.expect("=>")
        return Branch(constructor, names, self._rest_as_block())

    def read_obtain(self) -> Cases:
        pattern = self.pattern()
        self.expect(":=")
        return Cases(self.expression(), pattern)

    def read_specialize(self) -> Specialize:
        name = self.name("a hypothesis")
        arguments = self.expression_arguments()
        if not arguments:
            self.fail("a term or hypothesis to specialize to")
        return Specialize(name, arguments)

    def read_have(self) -> Have | Cases:
        if self.at("⟨"):
            return self.read_obtain()
        name = "this" if self.at(":", ":=") else self.name("a name for the new hypothesis")
        if self.take(":="):
            return Have(name, value=self.expression())
        self.expect(":", what="':' and a formula, or ':=' and a proof")
        formula = self.formula()
        if not self.take(":="):
            return Have(name, formula)
        if self.take("by"):
            return Have(name, formula, block=self._rest_as_block())
        return Have(name, formula, value=self.expression())

    def read_by_cases(self) -> ByCases:
        if self.token.names_something and self.following.text == ":":
            name = self.name("a name")
            self.expect(":")
            return ByCases(name, self.formula())
        return ByCases("h", self.formula())

    def read_by_contra(self) -> ByContra:
        return ByContra(self.name("a name") if self.token.names_something else None)

    def read_rewrite(self) -> Rewrite:
        rules = []
        if self.take("["):
            rules.append(self._rewrite_rule())
            while self.take(","):
                rules.append(self._rewrite_rule())
            self.expect("]")
        else:
            rules.append(self._rewrite_rule())
        return Rewrite(tuple(rules), self._location())

    def _rewrite_rule(self) -> tuple[Expression, bool]:
        backwards = self.take("←", "<-")
        return self.expression(), backwards

    def _location(self) -> str | None:
        return self.name("a hypothesis") if self.take("at") else None

    def read_symm(self) -> Symm:
        return Symm(self._location())

    def read_forward(self) -> Forward:
        premises = self.expression_arguments()
        if not premises:
            self.fail("one or two hypotheses")
        return Forward(premises, self.name("a name") if self.take("with") else None)

    def read_auto(self, keyword: str = "auto") -> Auto:
        timeout = self._timeout() if self.at("(") else None
        if not self.take("["):
            return Auto(keyword, timeout=timeout)
        names: list[str] = []
        star = False
        while not self.at("]"):
            if self.take("*"):
                star = True
            else:
                names.append(self.name("a hypothesis or axiom"))
            if not self.take(","):
                break
        self.expect("]")
        return Auto(keyword, tuple(names), star, timeout)

    def _timeout(self) -> float:
        self.expect("(")
        self.expect("timeout", what="'timeout'")
        self.expect(":=")
        digits = self._digits()
        if self.take("."):
            digits += "." + self._digits()
        self.expect(")")
        return float(digits)

    def _digits(self) -> str:
        if self.token.kind != "number" or len(self.token.text) > 6:
            self.fail("a number of seconds")
        return self.advance().text

    def read_case(self) -> Case:
        name = self.name("the name of a case")
        self.expect("=>")
        return Case(name, self._rest_as_block())


def _refine(keyword: str) -> Callable[[_TacticReader], Tactic]:
    return lambda reader: Refine(reader.expression(), keyword)


def _simple(keyword: str) -> Callable[[_TacticReader], Tactic]:
    return lambda _: Simple(keyword)


_READERS: dict[str, Callable[[_TacticReader], Tactic]] = {
    "intro": lambda reader: Intro(reader.patterns()),
    "rintro": lambda reader: Intro(reader.patterns()),
    "intros": _TacticReader.read_intros,
    "constructor": lambda _: Constructor(),
    "left": lambda _: Left(),
    "right": lambda _: Right(),
    "exists": _TacticReader.read_exists,
    "use": _TacticReader.read_exists,
    "cases": _TacticReader.read_cases,
    "rcases": _TacticReader.read_rcases,
    "obtain": _TacticReader.read_obtain,
    "specialize": _TacticReader.read_specialize,
    "have": _TacticReader.read_have,
    "show": lambda reader: Show(reader.formula()),
    "by_cases": _TacticReader.read_by_cases,
    "by_contra": _TacticReader.read_by_contra,
    "rw": _TacticReader.read_rewrite,
    "symm": _TacticReader.read_symm,
    "clear": lambda reader: Clear(reader.given_names("a hypothesis")),
    "revert": lambda reader: Revert(reader.given_names("a hypothesis or local constant")),
    "subst": lambda reader: Subst(reader.given_names("a hypothesis")),
    "forward": _TacticReader.read_forward,
    "auto": _TacticReader.read_auto,
    "smt": lambda reader: reader.read_auto("smt"),
    "case": _TacticReader.read_case,
    "all_goals": lambda reader: AllGoals(reader._rest_as_block()),
    **{word: _refine(word) for word in ("exact", "refine", "apply")},
    **{word: _simple(word) for word in
       ("rfl", "contradiction", "exfalso", "assumption", "trivial")},
}  # fmt: skip

TACTIC_NAMES = tuple(_READERS)
