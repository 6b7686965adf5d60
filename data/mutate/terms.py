"""Lean's terms as Python values, read from the S-expressions of the Pantograph protocol.

They serve to find out what may match what; nothing is proved with them. Universe levels of
constants are not in the S-expressions, and instances are compared by nobody but Lean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias


class Const(NamedTuple):
    """A constant."""

    name: str


class Var(NamedTuple):
    """A bound variable, by its de Bruijn index, ``up``."""

    up: int


class Free(NamedTuple):
    """The variable that binder number ``position`` (from 0) of a telescope has bound; in a
    pattern it stands for any term. The second component sets it apart from `Var`."""

    position: int
    mark: str = "free"


class App(NamedTuple):
    """An application, its head no application."""

    head: Term
    args: tuple[Term, ...]


class Binder(NamedTuple):
    """``∀`` or ``fun``: ``kind`` is ``:forall`` or ``:lambda``; ``info`` is ``:i`` for an implicit
    variable, ``:si`` for a strict implicit one, ``:ii`` for an instance, else empty."""

    kind: str
    name: str
    type: Term
    body: Term
    info: str


class Leaf(NamedTuple):
    """Anything else: sorts, literals, projections, ``let``; opaque but for equality."""

    kind: str
    parts: tuple[object, ...]


Term: TypeAlias = Const | Var | Free | App | Binder | Leaf

INSTANCE = ":ii"
_TOKEN = re.compile(r'\(|\)|"(?:[^"\\]|\\.)*"|[^\s()]+')
_LEAVES = frozenset((":sort", "+", ":max", ":imax", ":lit", ":let", ":proj", ":mv", ":fv"))


def parse(text: str) -> Term:
    """The term that an S-expression stands for. Raises `ValueError` if it stands for none."""
    stack: list[list[object]] = [[]]
    for token in _TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token != ")":
            stack[-1].append(Var(int(token)) if token.isdecimal() else token)
        elif len(stack) > 1:
            items = stack.pop()
            stack[-1].append(_node(items))
    match stack:
        case [[term]] if isinstance(term, (Const, Var, App, Binder, Leaf)):
            return term
    raise ValueError(f"not an S-expression of a term: {text[:80]}")


def _node(items: list[object]) -> Term:
    match items:
        case [":c", str(name)]:
            return Const(name.strip('"'))
        case [":forall" | ":lambda" as kind, name, type_, body, *info]:
            mark = str(info[0]) if info else ""
            return Binder(str(kind), str(name), type_, body, mark)  # type: ignore[arg-type]
        case [str(kind), *parts] if kind in _LEAVES:
            return Leaf(kind, tuple(parts))
        case [head, *args] if args and not isinstance(head, str):
            return App(head, tuple(args))  # type: ignore[arg-type]
    raise ValueError(f"not a term: {items}")


def head_of(term: Term) -> Term:
    """The head of an application; other terms are their own."""
    return term.head if isinstance(term, App) else term


def opened(term: Term, count: int, depth: int = 0) -> Term:
    """``term`` under ``count`` binders of a telescope, with their variables made `Free`."""
    match term:
        case Var(up):
            return Free(count - 1 - (up - depth)) if up >= depth else term
        case App(head, args):
            return App(opened(head, count, depth), tuple(opened(a, count, depth) for a in args))
        case Binder(kind, name, type_, body, info):
            return Binder(kind, name, opened(type_, count, depth),
                          opened(body, count, depth + 1), info)
        case Leaf(":let", (name, type_, value, body)):
            inner = opened(body, count, depth + 1)  # type: ignore[arg-type]
            outer = (opened(t, count, depth) for t in (type_, value))  # type: ignore[arg-type]
            return Leaf(":let", (name, *outer, inner))
        case Leaf(":proj", (name, index, value)):
            return Leaf(":proj", (name, index, opened(value, count, depth)))  # type: ignore[arg-type]
    return term


def variables(term: Term) -> Iterator[int]:
    """The positions of the free variables, each as often as it occurs."""
    match term:
        case Free(position):
            yield position
        case App(head, args):
            yield from variables(head)
            for arg in args:
                yield from variables(arg)
        case Binder(_, _, type_, body, _):
            yield from variables(type_)
            yield from variables(body)
        case Leaf(":let" | ":proj", parts):
            for part in parts:
                if isinstance(part, (Free, App, Binder, Leaf)):
                    yield from variables(part)


def is_closed(term: Term, depth: int = 0) -> bool:
    """Whether no bound variable of ``term`` is bound outside of it."""
    match term:
        case Var(up):
            return up < depth
        case App(head, args):
            return is_closed(head, depth) and all(is_closed(arg, depth) for arg in args)
        case Binder(_, _, type_, body, _):
            return is_closed(type_, depth) and is_closed(body, depth + 1)
        case Leaf(":let" | ":proj"):
            return False  # nobody rewrites these
    return True


def subterms(term: Term) -> Iterator[Term]:
    """The closed subterms that `rw` may find, outermost first."""
    match term:
        case App(head, args):
            if is_closed(term):
                yield term
            if not isinstance(head, Const):
                yield from subterms(head)
            for arg in args:
                yield from subterms(arg)
        case Binder(_, _, type_, body, _):
            yield from subterms(type_)
            yield from subterms(body)
        case Const():
            yield term


def size(term: Term) -> int:
    """The number of constants and variables in ``term``."""
    match term:
        case App(head, args):
            return size(head) + sum(map(size, args))
        case Binder(_, _, type_, body, _):
            return size(type_) + size(body)
    return 1


# --- Canonical forms --------------------------------------------------------------------------

_NAMES = re.compile(
    r'\(:c (?:"[^"]*"|[^\s()]+)\)|\(:lit "(?:[^"\\]|\\.)*"\)|(\(:(?:forall|lambda|let)) [^\s()]+'
    r"|( :s?i| :ii)(?=\))|:proj \S+|(?<=[ (])([^\W\d][\w.'✝]*)")


def canonical(text: str) -> str:
    """The S-expression without the names of bound variables, the kinds of binders and the names
    of universe levels: equal exactly for statements that are equal up to α-equivalence."""
    levels: dict[str, str] = {}

    def plain(found: re.Match[str]) -> str:
        binder, info, level = found.groups()
        if binder:
            return binder
        if info:
            return ""
        if level:
            return levels.setdefault(level, f"u{len(levels)}")
        return found.group()

    return _NAMES.sub(plain, text)


def level_names(text: str) -> tuple[str, ...]:
    """The universe levels of an S-expression, in order of their first occurrence."""
    found = (match.group(3) for match in _NAMES.finditer(text))
    return tuple(dict.fromkeys(name for name in found if name))
