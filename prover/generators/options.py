"""The options behind the ``?`` of a generator's name, read into a dataclass.

Every field of the dataclass is an option: its type says what is accepted, its default what holds
without it, its metadata what it means and which values there are (see `option`).
"""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Mapping
from dataclasses import field
from typing import Any, TypeVar

from prover.contracts import InputError

T = TypeVar("T")


def option(
    default: Any, meaning: str, *, choices: tuple[str, ...] = (), least: float | None = None,
    most: float | None = None,
) -> Any:
    """A dataclass field that is an option; numbers lie between ``least`` and ``most``."""
    return field(default=default, metadata={"meaning": meaning, "choices": choices,
                                            "least": least, "most": most})


def read_options(kind: type[T], given: Mapping[str, str], name: str) -> T:
    """The options of ``kind`` that are given for the generator ``name``.

    Raises:
        InputError: an option is unknown, or its value is not what it should be.
    """
    known = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    hints = typing.get_type_hints(kind)
    for key, text in given.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            raise InputError(f"generator {name}: unknown option {key!r}",
                             remedy=f"did you mean {near[0]}?" if near
                             else "choose from " + ", ".join(known))
        values[key] = _value(name, known[key], hints[key], text)
    return kind(**values)


def describe(kind: type[Any]) -> list[tuple[str, str]]:
    """Each option with its meaning, for help texts."""
    found = []
    for f in dataclasses.fields(kind):
        choices = f" ({'|'.join(f.metadata['choices'])})" if f.metadata["choices"] else ""
        shown = "" if f.default in (None, "") else f" [{f.default}]"
        found.append((f.name, f.metadata["meaning"] + choices + shown))
    return found


def _value(name: str, wanted: dataclasses.Field[Any], hint: Any, text: str) -> Any:
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    kind = next(k for k in kinds if k is not type(None))
    limits = wanted.metadata
    try:
        if kind is int:
            text = text.replace("_", "")
            value: Any = int(text) if "e" not in text else int(float(text))
        else:
            value = kind(text)
    except (ValueError, OverflowError):
        value = None
    low, high = limits["least"], limits["most"]
    if value is None or (low is not None and not value >= low) \
            or (high is not None and not value <= high):
        what = "a whole number" if kind is int else "a number"
        bounds = [f"at least {low:g}"] if low is not None else []
        bounds += [f"at most {high:g}"] if high is not None else []
        raise InputError(f"generator {name}: {wanted.name}={text} is not "
                         + " and ".join([what, *bounds]))
    if limits["choices"] and value not in limits["choices"]:
        raise InputError(f"generator {name}: {wanted.name}={text} is unknown",
                         remedy="choose one of " + ", ".join(limits["choices"]))
    return value
