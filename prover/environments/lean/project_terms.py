"""Pantograph's S-expressions of terms, turned into the canonical form of the embedded server.

Universe levels of constants are not in them, so this tells terms apart only up to these; names
of bound variables are left out, as in the canonical form (see ``embedded/canonical.js``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(r'\(|\)|"(?:[^"\\]|\\.)*"|[^\s()"]+')
_BINDERS = {":i": "implicit", ":si": "strict", ":ii": "instance"}
_Tree = str | list["_Tree"]


def canonical(text: str) -> str:
    """The canonical form of the term ``text``. Raises `ValueError` if that is no S-expression."""
    tokens = iter(_TOKEN.findall(text))
    tree = _parse(next(tokens, ""), tokens)
    if next(tokens, None) is not None:
        raise ValueError("more than one S-expression")
    return _term(tree)


def _parse(token: str, tokens: Iterator[str]) -> _Tree:
    if token in ("", ")"):
        raise ValueError("not an S-expression")
    if token != "(":
        return token
    items: list[_Tree] = []
    for item in tokens:
        if item == ")":
            return items
        items.append(_parse(item, tokens))
    raise ValueError("an S-expression is not closed")


def _term(tree: _Tree) -> str:
    if isinstance(tree, str):
        return f"#{tree}" if tree.isdigit() else tree
    match tree:
        case [":c", str(name)]:
            return f"(const {_name(name)})"
        case [":sort", level]:
            return f"(sort {_plain(level)})"
        case [":lit", str(value)]:
            return f"({'str' if value.startswith(chr(34)) else 'nat'} {value})"
        case [":lambda" | ":forall" as binder, _, type_, body, *kind]:
            how = _BINDERS[str(kind[0])] if kind else "default"
            return f"({'lam' if binder == ':lambda' else 'pi'} {how} {_term(type_)} {_term(body)})"
        case [":let", _, type_, value, body]:
            return f"(let {_term(type_)} {_term(value)} {_term(body)})"
        case [":proj", str(name), str(index), of]:
            return f"(proj {_name(name)} {index} {_term(of)})"
        case [":fv" | ":mv" as kind, str(name)]:
            return f"({kind[1:]}ar {name})"
        case [str(word), *_] if word.startswith(":"):
            return _plain(tree)
        case [head, *arguments]:
            whole = _term(head)
            for argument in arguments:
                whole = f"(app {whole} {_term(argument)})"
            return whole
    raise ValueError("an empty S-expression")


def _name(text: str) -> str:
    return text[1:-1] if text.startswith('"') else text


def _plain(tree: _Tree) -> str:
    return tree if isinstance(tree, str) else f"({' '.join(map(_plain, tree))})"
