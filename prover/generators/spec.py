"""How a generator is named on the command line: ``--generator SPEC``.

    SPEC     = symbolic | small[?OPTIONS] | hf:PATH_OR_ID[?OPTIONS]
             | openai:MODEL@URL[?OPTIONS] | mixture:SPEC+SPEC[+SPEC…]
    OPTIONS  = NAME=VALUE[&NAME=VALUE…]      (%XX stands for a byte, as in addresses)
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from prover.contracts import InputError

KINDS = {
    "symbolic": "rules that read the goal; nothing to download (the default)",
    "small": "the language model that comes with Lemma",
    "hf:PATH_OR_ID": "a Hugging Face model: a folder, or a name on the hub",
    "openai:MODEL@URL": "a model behind an OpenAI-compatible server, such as vLLM",
    "mixture:A+B": "several together; what works gets the larger share",
}
HELP = ("Who proposes tactics: " + ", ".join(KINDS)
        + "; options behind a ?. See lemma models.")

_PART = re.compile(r"\+(?=(?:symbolic|small)(?:[?+]|$)|hf:|openai:)")
_NAME = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class GeneratorSpec:
    """A generator as it was asked for: its kind, what it is made of, its options.

    ``target`` is the path, name or model; ``url`` the server; ``parts`` what is mixed.
    """

    text: str
    kind: str
    target: str = ""
    url: str = ""
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    parts: tuple[GeneratorSpec, ...] = ()


def parse_spec(text: str) -> GeneratorSpec:
    """What ``text`` asks for. Raises `InputError` if it is no generator."""
    text = text.strip()
    kind, colon, rest = text.partition(":")
    if "?" in kind:  # options may hold colons
        kind, colon, rest = text, "", ""
    kind, question, own = kind.partition("?")
    if kind == "mixture" and colon:
        return _mixture(text, rest)
    if kind in ("symbolic", "small") and not colon:
        return _plain(text, kind, own if question else "")
    if kind in ("hf", "openai") and colon:
        target, _, options = rest.partition("?")
        read = _options(text, options)
        if kind == "openai":
            return _server(text, target, read)
        if not target:
            raise _mistake(text, "it names no model", "hf:FOLDER or hf:org/model")
        return GeneratorSpec(text, kind, target, options=read)
    raise _unknown(text, kind)


def _plain(text: str, kind: str, options: str) -> GeneratorSpec:
    read = _options(text, options)
    if kind == "symbolic" and read:
        raise _mistake(text, "it has no options", "symbolic")
    return GeneratorSpec(text, kind, options=read)


def _mixture(text: str, rest: str) -> GeneratorSpec:
    pieces = _PART.split(rest)
    if len(pieces) < 2 or any(not piece for piece in pieces):
        for piece in filter(None, rest.split("+")):
            parse_spec(piece)  # says so, if a part is unknown
        raise _mistake(text, "a mixture has at least two parts", "mixture:symbolic+small")
    parts = tuple(map(parse_spec, pieces))
    if any(part.kind == "mixture" for part in parts):
        raise _mistake(text, "a mixture does not contain another", "mixture:A+B+C")
    if len({part.text for part in parts}) < len(parts):
        raise _mistake(text, "a part is given twice", "mixture:symbolic+small")
    return GeneratorSpec(text, "mixture", parts=parts)


def _server(text: str, target: str, options: Mapping[str, str]) -> GeneratorSpec:
    example = "openai:my-model@http://localhost:8000/v1"
    model, at, url = _split_server(target)
    if not at or not model:
        raise _mistake(text, "it has no model or no address", example)
    try:
        address = urlsplit(url)
        bad = address.scheme not in ("http", "https") or not address.hostname
        _ = address.port
    except ValueError:
        bad = True
    if bad:
        raise _mistake(text, f"{url} is no address", example)
    if address.username or address.password:
        # The text of a specification is shown and written down; a key has no place in it.
        raise InputError("the address of a generator contains a user name or a password",
                         remedy="put the key into the environment: OPENAI_API_KEY, or the "
                         "variable that ?key=NAME names")
    return GeneratorSpec(text, "openai", model, url.rstrip("/"), options)


def _split_server(target: str) -> tuple[str, str, str]:
    """Model and address; both may contain an ``@``."""
    for scheme in ("@http://", "@https://"):
        if scheme in target:
            model, _, rest = target.partition(scheme)
            return model, "@", scheme[1:] + rest
    return target.partition("@")


def _options(text: str, options: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for piece in filter(None, options.split("&")):
        name, equals, value = piece.partition("=")
        if not equals or not name:
            raise _mistake(text, f"{piece!r} is no option", "hf:org/model?n=16&decode=sample")
        if name in found:
            raise _mistake(text, f"{name} is given twice", "hf:org/model?n=16")
        found[name] = unquote(value)
    return found


def _unknown(text: str, kind: str) -> InputError:
    match = _NAME.match(kind)
    names = {re.split("[:]", name)[0]: name for name in KINDS}
    near = difflib.get_close_matches(match[0] if match else "", names, n=1)
    choices = "choose one of " + ", ".join(KINDS)
    return InputError(f"unknown generator {text!r}",
                      remedy=f"did you mean {names[near[0]]}? {choices}" if near else choices)


def _mistake(text: str, what: str, example: str) -> InputError:
    return InputError(f"generator {text!r}: {what}", remedy=f"write it like {example}")
