"""Formulas in readable mathematics: ``∀x y. x is central → x · y = y · x``.

Symbols are drawn as their theory says (`theories`); one without a picture is written as a function
applied to its arguments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from data.saturate.theories import Picture
from prover.environments.fol.printing import to_unicode
from prover.environments.fol.syntax import (
    Equality,
    Formula,
    Function,
    Not,
    Predicate,
    Quantified,
    Term,
    Variable,
    plain_name,
    rebuild,
)

Pictures = Mapping[tuple[str, int], Picture]

_LETTERS = {"X": "x", "Y": "y", "Z": "z", "U": "u", "V": "v", "W": "w"}
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_HOLE = re.compile(r"§(\d+)")


def to_mathematics(formula: Formula, pictures: Pictures) -> str:
    """``formula`` as it would be written by hand."""
    atoms: list[str] = []
    skeleton = _skeleton(formula, pictures, atoms)
    return _HOLE.sub(lambda m: atoms[int(m[1])], to_unicode(skeleton))


def _skeleton(formula: Formula, pictures: Pictures, atoms: list[str]) -> Formula:
    """``formula`` with its atoms replaced by numbered letters and its variables renamed."""
    match formula:
        case Predicate() | Equality() | Not(Equality()) | Not(Predicate()):
            atoms.append(_literal(formula, pictures))
            return Predicate(f"'§{len(atoms) - 1}'")
        case Quantified(quantifier, variable, body, sort):
            return Quantified(quantifier, _letter(variable), _skeleton(body, pictures, atoms), sort)
        case _:
            parts = tuple(_skeleton(part, pictures, atoms) for part in formula.parts)  # type: ignore[arg-type]
            rebuilt: Formula = rebuild(formula, parts)
            return rebuilt


def _literal(formula: Formula, pictures: Pictures) -> str:
    match formula:
        case Equality(left, right):
            return f"{_term(left, pictures)} = {_term(right, pictures)}"
        case Not(Equality(left, right)):
            return f"{_term(left, pictures)} ≠ {_term(right, pictures)}"
        case Predicate(name, arguments):
            return _applied(name, arguments, pictures, holds=True)
        case Not(Predicate(name, arguments)):
            text = _applied(name, arguments, pictures, holds=True)
            return f"¬({text})" if " " in text else f"¬{text}"
        case _:
            raise TypeError(f"not a literal: {formula}")


def _term(term: Term, pictures: Pictures) -> str:
    if isinstance(term, Variable):
        return _letter(term.name)
    return _applied(term.name, term.arguments, pictures, holds=False)


def _applied(name: str, arguments: tuple[Term, ...], pictures: Pictures, *, holds: bool) -> str:
    """A symbol applied to terms; ``holds``: it is a predicate, so terms stand apart from it."""
    picture = pictures.get((name, len(arguments)))
    if picture is None:
        listed = ", ".join(_term(a, pictures) for a in arguments)
        return f"{plain_name(name)}({listed})" if arguments else plain_name(name)
    written = dict(zip(picture.variables, arguments, strict=True))

    def put(match: re.Match[str]) -> str:
        argument = written.get(match[0])
        if argument is None:
            return match[0]
        text = _term(argument, pictures)
        if holds or _enclosed(picture.template, match.start(), match.end()):
            return text
        loose = _is_loose(argument, pictures)
        tight = " " not in picture.template
        return f"({text})" if loose or (tight and _is_open(argument, pictures)) else text

    return re.sub(r"\b[A-Z]\w*", put, picture.template)


def _enclosed(template: str, start: int, end: int) -> bool:
    """Whether what stands there is kept apart by brackets or commas."""
    before, after = template[:start].rstrip()[-1:], template[end:].lstrip()[:1]
    return before in tuple("([{,") and after in tuple(")]},")


def _is_open(term: Term, pictures: Pictures) -> bool:
    """Whether the picture of ``term`` begins or ends with one of its arguments."""
    picture = _picture(term, pictures)
    if picture is None:
        return False
    words = re.split(r"\W+", picture.template)
    edges = (picture.template[0], picture.template[-1])
    return bool(picture.variables) and any(
        edge.isalpha() and edge in "".join(w for w in words if w in picture.variables)
        for edge in edges
    )


def _is_loose(term: Term, pictures: Pictures) -> bool:
    """Whether that picture has blanks in it, like that of an infix operation."""
    picture = _picture(term, pictures)
    return picture is not None and " " in picture.template and _is_open(term, pictures)


def _picture(term: Term, pictures: Pictures) -> Picture | None:
    if not isinstance(term, Function):
        return None
    return pictures.get((term.name, len(term.arguments)))


def _letter(name: str) -> str:
    if name in _LETTERS:
        return _LETTERS[name]
    numbered = re.fullmatch(r"([A-Z])(\d+)", name)
    return numbered[1].lower() + numbered[2].translate(_SUBSCRIPTS) if numbered else name.lower()
