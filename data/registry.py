"""The kinds of data by name, and their options from text."""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import types
import typing
from collections.abc import Mapping
from typing import Any, cast

from data.contracts import Kind
from prover.contracts import InputError

# Modules are named, not imported: a kind may need packages that another one does without.
KINDS: Mapping[str, str] = {
    "sat": "data.sat.kind:SatKind",
    "ontology": "data.ontology.kind:OntologyKind",
    "mutate": "data.mutate.kind:MutateKind",
    "saturate": "data.saturate.kind:SaturateKind",
    "trace": "data.trace.kind:TraceKind",
}


def kind_class(name: str) -> type[Kind]:
    """The class of the kind called ``name``. Raises `InputError` if there is none."""
    if name not in KINDS:
        near = difflib.get_close_matches(name, KINDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(KINDS)}"
        raise InputError(f"no kind of data is called {name!r}", remedy=hint)
    module, _, attribute = KINDS[name].partition(":")
    return cast(type[Kind], getattr(importlib.import_module(module), attribute))


def make_kind(name: str, options: Mapping[str, str] | None = None) -> Kind:
    """The kind called ``name`` with ``options`` as they stand on a command line.

    Raises:
        InputError: an unknown kind or option, or a value that does not fit.
    """
    cls = kind_class(name)
    hints = typing.get_type_hints(cls)
    known = {f.name: hints[f.name] for f in dataclasses.fields(cast(Any, cls))}
    values: dict[str, Any] = {}
    for option, text in (options or {}).items():
        key = option.replace("-", "_")
        if key not in known:
            remedy = f"its options are {', '.join(sorted(known)) or 'none'}"
            raise InputError(f"{name} has no option {option!r}", remedy=remedy)
        values[key] = _parsed(option, text, known[key])
    return cls(**values)


def options_of(kind: Kind) -> dict[str, Any]:
    """The options of ``kind``, defaults included, as JSON can hold them."""
    values = dataclasses.asdict(cast(Any, kind))
    return {key: list(v) if isinstance(v, tuple) else v for key, v in values.items()}


def described_options(name: str) -> dict[str, tuple[str, Any]]:
    """For each option of a kind what it does, and its default."""
    fields = dataclasses.fields(cast(Any, kind_class(name)))
    return {f.name: (f.metadata.get("meaning", ""), f.default) for f in fields}


def option(default: Any, meaning: str) -> Any:
    """A field of a kind: its default and one line of help."""
    return dataclasses.field(default=default, metadata={"meaning": meaning})


def _parsed(option: str, text: str, hint: Any) -> Any:
    if isinstance(hint, types.UnionType):  # X | None
        if text.lower() in ("", "none", "any"):
            return None
        hint = next(t for t in typing.get_args(hint) if t is not type(None))
    if typing.get_origin(hint) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if hint is bool:
        if text.lower() in ("true", "yes", "on", "1"):
            return True
        if text.lower() in ("false", "no", "off", "0"):
            return False
        raise InputError(f"option {option}: {text!r} is not yes or no")
    try:
        return hint(text)
    except ValueError:
        names = {int: "a whole number", float: "a number"}
        raise InputError(f"option {option}: {text!r} is not {names.get(hint, hint)}") from None
