"""The TPTP reader and printer: ``fof``, ``cnf`` and monomorphic ``tff``, with ``include``.

One regular expression cuts the whole text into tokens; formulas are read by precedence climbing
and terms by recursive descent, both on explicit stacks, so nesting is bounded by memory alone.
Positions are not kept: the text is cut again up to the token in question when there is an error
to be reported. The syntax is that of the TPTP v9 BNF (Sutcliffe, "The TPTP Problem Library and
Associated Infrastructure", 2017).
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from prover.contracts import InputError
from prover.environments.fol.printing import to_tptp
from prover.environments.fol.syntax import (
    LOWER_WORD,
    AnnotatedFormula,
    Annotation,
    Binary,
    Connective,
    Equality,
    Formula,
    FormulaData,
    Function,
    Language,
    Not,
    Pair,
    Predicate,
    Problem,
    Quantified,
    Quantifier,
    Record,
    Role,
    Term,
    Truth,
    TypeDeclaration,
    Variable,
    conjunction,
    free_variable_list,
    is_number,
    plain_name,
)

_TOKEN = re.compile(
    r"""
    (?: \s++ | %[^\n]*+ | /\*(?:[^*]|\*(?!/))*+\*/ )*+      # space and comments
    ( [A-Za-z][A-Za-z0-9_]*+
    | [(),.\[\]:&]
    | \$\$?[A-Za-z][A-Za-z0-9_]*+
    | <=> | <~> | => | <= | ~& | ~\| | != | !> | -->
    | '[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'
    | "[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"
    | [+-]?\d++(?:/\d++|(?:\.\d++)?(?:[eE][+-]?\d++)?)
    | \S | \Z )
    """,
    re.VERBOSE,
)

_CONNECTIVES = frozenset(("&", "|", "=>", "<=", "<=>", "<~>", "~&", "~|"))
_ASSOCIATIVE = frozenset(("&", "|"))
# E writes the clauses of a typed derivation as tcf: tff with all quantifiers written out.
_LANGUAGES = {**{language.value: language for language in Language}, "tcf": Language.TFF}
_ROLES = {role.value: role for role in Role}
_UNSUPPORTED = frozenset(("thf", "tpi", "ncf", "txf"))
_VARIABLE_START = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER_START = frozenset("abcdefghijklmnopqrstuvwxyz")
_NUMBER_START = frozenset("0123456789+-")
_END = ""
_MAX_ANNOTATION_DEPTH = 200


def _join(connective: str, left: Formula, right: Formula) -> Formula:
    """``left connective right`` with the derived connectives spelled out."""
    match connective:
        case "&" | "|" | "=>" | "<=>":
            return Binary(Connective(connective), left, right)
        case "<=":
            return Binary(Connective.IMPLIES, right, left)
        case "<~>":
            return Not(Binary(Connective.IFF, left, right))
        case "~&":
            return Not(Binary(Connective.AND, left, right))
        case _:
            return Not(Binary(Connective.OR, left, right))


class _Unreadable(Exception):
    """A formula is not as it should be; ``token`` is the index of the token that shows it."""

    def __init__(self, message: str, token: int) -> None:
        self.message, self.token = message, token
        super().__init__(message)


@dataclass
class _Frame:
    """What was read inside one pair of parentheses: ``left connective prefixes…``."""

    left: Formula | None = None
    connective: str | None = None
    prefixes: list[tuple[Quantifier, str, str | None] | None] = field(default_factory=list)


@dataclass(frozen=True)
class _Include:
    """An ``include`` directive; ``names`` None means every formula of the file."""

    file: str
    names: frozenset[str] | None
    line: int


class _Reader:
    """Reads the text of one file."""

    def __init__(self, text: str, file: str | None) -> None:
        self._text = text
        self._file = file
        self._tokens: list[str] = _TOKEN.findall(text)
        self._tokens += (_END, _END, _END)
        self._at = 0
        self._terms: dict[str, Term] = {}
        self._names: dict[str, str] = {}
        self._matches = _TOKEN.finditer(text)  # for `_line_of`, which follows the reading
        self._line, self._counted_offset, self._counted_token = 1, 0, -1

    # ------------------------------------------------------------------------ positions, errors

    def _line_of(self, token: int) -> int:
        """The line of a token; tokens must be asked for in ascending order."""
        match = next(itertools.islice(self._matches, token - self._counted_token - 1, None))
        offset = match.start(1)
        self._line += self._text.count("\n", self._counted_offset, offset)
        self._counted_token, self._counted_offset = token, offset
        return self._line

    def _error(self, error: _Unreadable) -> InputError:
        offset = len(self._text.rstrip())
        for index, match in enumerate(_TOKEN.finditer(self._text)):
            if index == error.token:
                offset = match.start(1)
                break
        line = self._text.count("\n", 0, offset) + 1
        column = offset - (self._text.rfind("\n", 0, offset) + 1) + 1
        return InputError(
            f"column {column}: {error.message}", file=self._file or "<text>", line=line
        )

    def _expected(self, expected: str) -> _Unreadable:
        return _Unreadable(f"expected {expected}, found {self._shown(self._at)}", self._at)

    def _shown(self, token: int) -> str:
        text = self._tokens[token]
        if text == _END:
            return "the end of the text"
        if text == "'" or text == '"':
            return f"{text}, a quotation that does not end on its line"
        if text == "/" and self._tokens[token + 1] == "*":
            return "a comment that is never closed"
        return f"'{text}'" if len(text) <= 40 else f"'{text[:40]}…'"

    def _expect(self, token: str) -> None:
        if self._tokens[self._at] != token:
            raise self._expected(f"'{token}'")
        self._at += 1

    # ------------------------------------------------------------------------------------ files

    def inputs(
        self, errors: list[InputError] | None
    ) -> Iterable[AnnotatedFormula | TypeDeclaration | _Include]:
        """What stands in the file, one after the other.

        With ``errors`` given, what cannot be read is reported there and skipped.
        """
        while self._tokens[self._at] != _END:
            start = self._at
            try:
                item = self._input()
            except _Unreadable as unreadable:
                error = self._error(unreadable)
                if errors is None:
                    raise error from None
                errors.append(error)
                self._resume(start + 1)
                continue
            yield item

    def _resume(self, at: int) -> None:
        """Go on at the next formula: after a full stop, or a language name and a parenthesis."""
        tokens = self._tokens
        while tokens[at] != _END:
            opens = tokens[at + 1] == "(" and (tokens[at] in _LANGUAGES or tokens[at] == "include")
            if opens and tokens[at - 1] in (".", ")"):
                break
            at += 1
        self._at = at

    def _input(self) -> AnnotatedFormula | TypeDeclaration | _Include:
        start = self._at
        word = self._tokens[start]
        if word == "include":
            return self._include()
        if word in _UNSUPPORTED:
            raise _Unreadable(f"{word} formulas are not supported (fof, cnf and tff are)", start)
        language = _LANGUAGES.get(word)
        if language is None:
            raise self._expected("fof, cnf, tff or include")
        line = self._line_of(start)
        self._at += 1
        self._expect("(")
        name = self._name()
        self._expect(",")
        role = self._role()
        self._expect(",")
        if role is Role.TYPE:
            if language is not Language.TFF:
                raise _Unreadable(f"a type in a {word} formula (only tff has types)", start)
            symbol, arguments, result = self._declaration()
            source, annotations = self._annotations()
            return TypeDeclaration(
                name, symbol, arguments, result, source, annotations, self._file, line
            )
        formula = self._sentence(language)
        source, annotations = self._annotations()
        return AnnotatedFormula(
            name, role, formula, language, source, annotations, self._file, line
        )

    def _sentence(self, language: Language) -> Formula:
        start = self._at
        formula = self.formula(typed=language is Language.TFF)
        if language is Language.CNF:
            if not _is_clause(formula):
                raise _Unreadable("expected a disjunction of literals in a cnf formula", start)
        else:
            free = free_variable_list(formula)
            if free:
                raise _Unreadable(f"variable {free[0]} is not quantified", start)
        return formula

    def _include(self) -> _Include:
        line = self._line_of(self._at)
        self._at += 1
        self._expect("(")
        quoted = self._tokens[self._at]
        if not quoted.startswith("'") or len(quoted) < 3:
            raise self._expected("a file name in single quotes")
        self._at += 1
        names: frozenset[str] | None = None
        if self._tokens[self._at] == ",":
            self._at += 1
            names = self._selection()
        self._expect(")")
        self._expect(".")
        return _Include(plain_name(quoted), names, line)

    def _selection(self) -> frozenset[str] | None:
        if self._tokens[self._at] in ("*", "all"):
            self._at += 1
            return None
        self._expect("[")
        names: list[str] = []
        while self._tokens[self._at] != "]":
            if names:
                self._expect(",")
            names.append(self._name())
        self._at += 1
        return frozenset(names)

    def _name(self) -> str:
        token = self._tokens[self._at]
        known = self._names.get(token)
        if known is None:
            if LOWER_WORD.match(token) or token.isdigit():
                known = token
            elif token.startswith("'") and len(token) > 2:
                known = _unquote(token)
            else:
                raise self._expected("a name (a lower-case word, a number or a quoted name)")
            self._names[token] = known
        self._at += 1
        return known

    def _role(self) -> Role:
        role = _ROLES.get(self._tokens[self._at])
        if role is None:
            raise self._expected("a role (axiom, hypothesis, conjecture, negated_conjecture, …)")
        self._at += 1
        if self._tokens[self._at] == "-":  # a subrole, like axiom-local: says nothing about truth
            self._at += 1
            self._annotation(0)
        return role

    # --------------------------------------------------------------------------------- formulas

    def formula(self, typed: bool = False) -> Formula:
        """A formula, by precedence climbing over a stack of open parentheses."""
        tokens = self._tokens
        stack: list[_Frame] = []
        frame = _Frame()
        while True:
            token = tokens[self._at]
            if token == "(":
                self._at += 1
                stack.append(frame)
                frame = _Frame()
                continue
            if token == "~":
                self._at += 1
                frame.prefixes.append(None)
                continue
            if token == "!" or token == "?":
                frame.prefixes += self._binders(Quantifier(token), typed)
                continue
            operand: Formula = self._atom()
            while True:
                self._take(frame, operand)
                token = tokens[self._at]
                if token in _CONNECTIVES:
                    if frame.connective not in (None, token) or (
                        frame.connective == token and token not in _ASSOCIATIVE
                    ):
                        raise self._expected("parentheses around one of two connectives in a row")
                    frame.connective = token
                    self._at += 1
                    break
                assert frame.left is not None
                if not stack:
                    return frame.left
                if token != ")":
                    raise self._expected("a connective or ')'")
                self._at += 1
                operand = frame.left
                frame = stack.pop()

    @staticmethod
    def _take(frame: _Frame, operand: Formula) -> None:
        for prefix in reversed(frame.prefixes):
            if prefix is None:
                operand = Not(operand)
            else:
                operand = Quantified(prefix[0], prefix[1], operand, prefix[2])
        frame.prefixes.clear()
        if frame.left is None:
            frame.left = operand
        else:
            assert frame.connective is not None
            frame.left = _join(frame.connective, frame.left, operand)

    def _binders(
        self, quantifier: Quantifier, typed: bool
    ) -> list[tuple[Quantifier, str, str | None]]:
        tokens = self._tokens
        self._at += 1
        self._expect("[")
        binders: list[tuple[Quantifier, str, str | None]] = []
        while True:
            name = tokens[self._at]
            if name[:1] not in _VARIABLE_START:
                raise self._expected("a variable (a capital first letter)")
            self._at += 1
            sort = None
            if typed and tokens[self._at] == ":":
                self._at += 1
                sort = self._sort()
            binders.append((quantifier, name, None if sort == "$i" else sort))
            if tokens[self._at] != ",":
                break
            self._at += 1
        self._expect("]")
        self._expect(":")
        return binders

    def _atom(self) -> Formula:
        start = self._at
        left = self._term()
        sign = self._tokens[self._at]
        if sign == "=":
            self._at += 1
            return Equality(left, self._term())
        if sign == "!=":
            self._at += 1
            return Not(Equality(left, self._term()))
        if isinstance(left, Variable):
            raise self._expected("'=' or '!=' after a variable")
        name = left.name
        if name[0] == "$":
            return self._defined(name, left.arguments, start)
        if name[0] == '"' or is_number(name):
            raise self._expected("'=' or '!=' after a number or distinct object")
        return Predicate(name, left.arguments)

    def _defined(self, name: str, arguments: tuple[Term, ...], start: int) -> Formula:
        match name, arguments:
            case "$true", ():
                return Truth(True)
            case "$false", ():
                return Truth(False)
            case "$distinct", (_, *_):
                return conjunction(
                    Not(Equality(left, right))
                    for index, left in enumerate(arguments)
                    for right in arguments[index + 1 :]
                )
            case ("$ite" | "$ite_f" | "$ite_t" | "$let" | "$let_ff" | "$let_tf"), _:
                raise _Unreadable(f"{name} is not supported", start)
            case _:
                return Predicate(name, arguments)

    def _term(self) -> Term:
        tokens, terms = self._tokens, self._terms
        stack: list[tuple[str, list[Term]]] = []
        while True:
            token = tokens[self._at]
            term = terms.get(token)
            if term is None:
                term = terms[token] = self._symbol(token)
            self._at += 1
            if tokens[self._at] == "(":
                if isinstance(term, Variable):
                    raise self._expected("no arguments after a variable")
                self._at += 1
                stack.append((term.name, []))
                continue
            while stack:
                stack[-1][1].append(term)
                token = tokens[self._at]
                if token == ",":
                    self._at += 1
                    break
                if token != ")":
                    raise self._expected("',' or ')'")
                self._at += 1
                name, arguments = stack.pop()
                term = Function(name, tuple(arguments))
            else:
                return term

    def _symbol(self, token: str) -> Term:
        first = token[:1]
        if first in _LOWER_START:
            return Function(token)
        if first in _VARIABLE_START:
            return Variable(token)
        if first == "'" and len(token) > 2:
            return Function(_unquote(token))
        if first == "$" and len(token) > 1:
            return Function(token)
        if first == '"' and len(token) > 1:
            return Function(token)
        if first in _NUMBER_START and is_number(token):
            return Function(token.removeprefix("+"))
        raise self._expected("a formula or term")

    # ------------------------------------------------------------------------------------ types

    def _sort(self) -> str:
        token = self._tokens[self._at]
        if token.startswith("$") and len(token) > 1:
            self._at += 1
            return token
        if token[:1] in _LOWER_START or token.startswith("'"):
            return self._name()
        raise self._expected("a type")

    def _declaration(self) -> tuple[str, tuple[str, ...], str]:
        if self._tokens[self._at] == "(":
            self._at += 1
            declared = self._declaration()
            self._expect(")")
            return declared
        symbol = self._tokens[self._at]
        if symbol.startswith("$") and len(symbol) > 1:
            self._at += 1
        else:
            symbol = self._name()
        self._expect(":")
        if self._tokens[self._at] == "!>":
            raise _Unreadable("polymorphic types are not supported", self._at)
        arguments = self._sorts()
        if self._tokens[self._at] != ">":
            if len(arguments) != 1:
                raise self._expected("'>' and a result type")
            return symbol, (), arguments[0]
        self._at += 1
        return symbol, tuple(arguments), self._sort()

    def _sorts(self) -> list[str]:
        """One sort, or several joined by ``*``, in any parentheses."""
        if self._tokens[self._at] != "(":
            return [self._sort()]
        self._at += 1
        sorts = self._sorts()
        while self._tokens[self._at] == "*":
            self._at += 1
            sorts.append(self._sort())
        self._expect(")")
        return sorts

    # ------------------------------------------------------------------------------ annotations

    def _annotations(self) -> tuple[Annotation | None, Annotation | None]:
        source = useful = None
        if self._tokens[self._at] == ",":
            self._at += 1
            source = self._annotation(0)
            if self._tokens[self._at] == ",":
                self._at += 1
                useful = self._annotation(0)
        self._expect(")")
        self._expect(".")
        return source, useful

    def _annotation(self, depth: int) -> Annotation:
        if depth > _MAX_ANNOTATION_DEPTH:
            raise _Unreadable("annotation nested too deeply", self._at)
        token = self._tokens[self._at]
        first: Annotation
        if token == "[":
            self._at += 1
            return self._annotation_list("]", depth)
        if token in ("$fof", "$cnf", "$tff", "$fot") and self._tokens[self._at + 1] == "(":
            self._at += 2
            content = self._term() if token == "$fot" else self.formula(typed=token == "$tff")
            self._expect(")")
            first = FormulaData(token[1:], content)
        else:
            first = self._annotation_word()
            if self._tokens[self._at] == "(":
                self._at += 1
                first = Record(first, self._annotation_list(")", depth))
        if self._tokens[self._at] == ":":
            self._at += 1
            return Pair(first, self._annotation(depth + 1))
        return first

    def _annotation_word(self) -> str:
        term = self._symbol(self._tokens[self._at])
        self._at += 1
        return term.name

    def _annotation_list(self, closing: str, depth: int) -> tuple[Annotation, ...]:
        items: list[Annotation] = []
        while self._tokens[self._at] != closing:
            if items:
                self._expect(",")
            items.append(self._annotation(depth + 1))
        self._at += 1
        return tuple(items)

    def finish(self) -> None:
        """Raise unless everything was read."""
        if self._tokens[self._at] != _END:
            raise self._expected("the end of the text")


def _unquote(token: str) -> str:
    """The canonical spelling of a quoted name: without quotes where it is a lower word."""
    return token[1:-1] if LOWER_WORD.match(token[1:-1]) else token


def _is_clause(formula: Formula) -> bool:
    stack: list[Formula] = [formula]
    while stack:
        match stack.pop():
            case Binary(Connective.OR, left, right):
                stack += (left, right)
            case Predicate() | Equality() | Truth() | Not(Predicate() | Equality() | Truth()):
                pass
            case _:
                return False
    return True


# ---------------------------------------------------------------------------------------- reading


def parse_formula(text: str, *, typed: bool = False) -> Formula:
    """The formula that ``text`` is; its variables may be free. Raises `InputError`."""
    reader = _Reader(text, None)
    try:
        formula = reader.formula(typed)
        reader.finish()
    except _Unreadable as unreadable:
        raise reader._error(unreadable) from None
    return formula


def parse_term(text: str) -> Term:
    """The term that ``text`` is. Raises `InputError`."""
    reader = _Reader(text, None)
    try:
        term = reader._term()
        reader.finish()
    except _Unreadable as unreadable:
        raise reader._error(unreadable) from None
    return term


def parse_problem(
    text: str,
    *,
    file: str | None = None,
    folder: Path | None = None,
    errors: list[InputError] | None = None,
) -> Problem:
    """The problem in ``text``; ``include`` looks in ``folder``, then in ``$TPTP``.

    Raises `InputError` at the first mistake; with ``errors`` given, mistakes are collected there
    instead and what cannot be read is left out.
    """
    collected = _Collected(errors)
    collected.read(text, file, folder or Path(), ())
    return Problem(tuple(collected.formulas), tuple(collected.types), file)


def read_problem(path: Path | str, *, errors: list[InputError] | None = None) -> Problem:
    """The problem in the file ``path``, with what it includes. As `parse_problem`."""
    path = Path(path)
    collected = _Collected(errors)
    collected.read(_text(path), str(path), path.parent, (path.resolve(),))
    return Problem(tuple(collected.formulas), tuple(collected.types), str(path))


def _text(path: Path, where: tuple[str | None, int | None] = (None, None)) -> str:
    file, line = where
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}" if file else (error.strerror or "error")
        raise InputError(message, file=file or path, line=line) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"not UTF-8 text: byte 0x{content[error.start]:02x} at offset {error.start}",
            file=path,
            line=content.count(b"\n", 0, error.start) + 1,
            remedy="convert the file to UTF-8",
        ) from None


class _Collected:
    """The formulas of a file and of those that it includes, in order."""

    def __init__(self, errors: list[InputError] | None) -> None:
        self.formulas: list[AnnotatedFormula] = []
        self.types: list[TypeDeclaration] = []
        self._errors = errors

    def read(self, text: str, file: str | None, folder: Path, opened: tuple[Path, ...]) -> None:
        """Add what ``text`` holds; ``opened`` are the files that are being read at present."""
        for item in _Reader(text, file).inputs(self._errors):
            match item:
                case TypeDeclaration():
                    self.types.append(item)
                case AnnotatedFormula():
                    self.formulas.append(item)
                case _Include():
                    try:
                        self._include(item, file, folder, opened)
                    except InputError as error:
                        if self._errors is None:
                            raise
                        self._errors.append(error)

    def _include(
        self, include: _Include, file: str | None, folder: Path, opened: tuple[Path, ...]
    ) -> None:
        path = _found(include, file, folder)
        resolved = path.resolve()
        if resolved in opened:
            cycle = " → ".join(p.name for p in (*opened[opened.index(resolved) :], resolved))
            raise InputError(f"include cycle: {cycle}", file=file, line=include.line)
        included = _Collected(self._errors)
        text = _text(path, (file, include.line))
        included.read(text, str(path), path.parent, (*opened, resolved))
        names = include.names
        self.formulas += [f for f in included.formulas if names is None or f.name in names]
        self.types += [t for t in included.types if names is None or t.name in names]
        if names is not None:
            present = {f.name for f in included.formulas} | {t.name for t in included.types}
            for name in sorted(names - present):
                raise InputError(
                    f"'{include.file}' has no formula named {name}", file=file, line=include.line
                )


def _found(include: _Include, file: str | None, folder: Path) -> Path:
    candidates = [folder / include.file]
    library = os.environ.get("TPTP")
    if library:
        candidates.append(Path(library) / include.file)
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    remedy = None if library else "or set the environment variable TPTP to the problem library"
    raise InputError(
        f"included file '{include.file}' not found", file=file, line=include.line, remedy=remedy
    )


# --------------------------------------------------------------------------------------- printing


def format_annotation(annotation: Annotation) -> str:
    """A general term of TPTP as text."""
    match annotation:
        case str():
            return annotation
        case Record(name, arguments):
            return f"{name}({', '.join(map(format_annotation, arguments))})"
        case Pair(key, value):
            return f"{format_annotation(key)}: {format_annotation(value)}"
        case FormulaData(language, content):
            return f"${language}({to_tptp(content)})"
        case _:
            return f"[{', '.join(map(format_annotation, annotation))}]"


def format_formula(formula: AnnotatedFormula) -> str:
    """``formula`` as one line of TPTP (or, with a source, of TSTP)."""
    parts = [formula.name, formula.role, to_tptp(formula.formula)]
    return f"{formula.language}({', '.join(parts)}{_tail(formula)})."


def format_declaration(declaration: TypeDeclaration) -> str:
    """``declaration`` as one line of TPTP."""
    if not declaration.arguments:
        type_ = declaration.result
    else:
        left = " * ".join(declaration.arguments)
        left = f"({left})" if len(declaration.arguments) > 1 else left
        type_ = f"{left} > {declaration.result}"
    body = f"{declaration.name}, type, {declaration.symbol}: {type_}"
    return f"tff({body}{_tail(declaration)})."


def _tail(item: AnnotatedFormula | TypeDeclaration) -> str:
    given = [a for a in (item.source, item.annotations) if a is not None]
    return "".join(f", {format_annotation(a)}" for a in given)


def format_problem(problem: Problem) -> str:
    """``problem`` as TPTP text, a formula on each line, types first."""
    lines = [format_declaration(declaration) for declaration in problem.types]
    lines += [format_formula(formula) for formula in problem.formulas]
    return "".join(line + "\n" for line in lines)
