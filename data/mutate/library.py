"""The theorems of a library with their statements as S-expressions, from Lean or the cache.

All constants of the imported modules are asked for once (a quarter of a minute for ``Init``) and
kept in the cache folder. `prover.environments.lean.library` is what people read: this is what
programs match, and it has the constants that the statements are made of, too.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.mutate.terms import Binder, Const, Leaf, Term, head_of, parse
from prover.cache import cache_root
from prover.environments.lean.protocol import EnvCatalog, EnvInspect, OptionsSet
from prover.environments.lean.server import CommandError, LeanServer

_FORMAT = 1
# What the compiler and the machinery of tactics have made, as opposed to people.
_GENERATED = re.compile(
    r"(?:^|\.)(?:_|match_\d|eq_\d+$|eq_def$|eq_unfold$|injEq$|inj$|sizeOf|noConfusion|rec|brecOn"
    r"|below|congr_simp$|hcongr_\d|proof_\d|induct|fun_cases|mutual_induct|ofNat_lt_|toCtorIdx"
    r"|inst[A-Z_]|instDecidable|lawful[A-Z]|ctorIdx|ctorElim|elim$|recAux)|✝|«"
)
_MACHINERY = re.compile(
    r"^(?:Lean\.|Int\.Linear\.|Nat\.Linear\.|Int\.OfNat\.|Nat\.SOM\.|Std\.Do\.|Std\.Tactic\.)")
_MACHINERY_MODULES = re.compile(
    r"^Init\.(?:Grind|Omega|Meta|Internal|Simproc|Tactics|Conv|MetaTypes|NotationExtra|Sym"
    r"|Ext|Guard|While|System|Control\.State|BinderPredicates)(?:\.|$)")


@dataclass(frozen=True)
class Constant:
    """A constant: ``kind`` is the letter of ``env.catalog`` (``t`` for a theorem), ``type`` its
    type as an S-expression."""

    name: str
    kind: str
    module: str
    type: str

    @property
    def by_people(self) -> bool:
        """Whether it is a theorem that was stated to be used, not made by a program."""
        return (
            self.kind == "t"
            and not _GENERATED.search(self.name)
            and not _MACHINERY.search(self.name)
            and not _MACHINERY_MODULES.search(self.module)
        )


@dataclass(frozen=True)
class Signature:
    """How a constant is applied: which of its arguments are instances, and whether the result is
    a proposition."""

    instances: tuple[bool, ...]
    is_proposition: bool


class Library:
    """The constants of some modules."""

    def __init__(self, constants: Sequence[Constant]) -> None:
        self.constants: Mapping[str, Constant] = {c.name: c for c in constants}
        self._signatures: dict[str, Signature] = {}

    @property
    def theorems(self) -> Iterator[Constant]:
        """The theorems stated by people, by name."""
        return (constant for constant in self.constants.values() if constant.by_people)

    def signature(self, name: str) -> Signature:
        """How the constant ``name`` is applied; an unknown one has no arguments."""
        if name not in self._signatures:
            constant = self.constants.get(name)
            term = parse(constant.type) if constant else Leaf(":sort", ())
            self._signatures[name] = _signature(term)
        return self._signatures[name]

    def is_proposition(self, type_: Term, context: Sequence[Term] = ()) -> bool:
        """Whether ``type_`` is a proposition, its free variables of the types ``context``."""
        while isinstance(type_, Binder):
            type_ = type_.body
        match head_of(type_):
            case Const(name):
                return self.signature(name).is_proposition
            case (position, "free"):
                return _ends_in_prop(context[position])
        return False


def load(server: LeanServer) -> Library:
    """The library that ``server`` has imported. Raises `LemmaError` if Lean does not start, and
    what `LeanServer.request` raises."""
    path = _cache_file(server)
    constants = _read(path)
    if constants is None:
        constants = sorted(_inspected(server), key=lambda constant: constant.name)
        _write(path, constants)
    return Library(constants)


def _signature(type_: Term) -> Signature:
    instances = []
    while isinstance(type_, Binder):
        instances.append(type_.info == ":ii")
        type_ = type_.body
    return Signature(tuple(instances), _is_prop(type_))


def _ends_in_prop(type_: Term) -> bool:
    while isinstance(type_, Binder):
        type_ = type_.body
    return _is_prop(type_)


def _is_prop(type_: Term) -> bool:
    return isinstance(type_, Leaf) and type_.kind == ":sort" and type_.parts == ((0,),)


def _inspected(server: LeanServer) -> Iterator[Constant]:
    server.request(OptionsSet(print_expr_pretty=False, print_expr_ast=True))
    try:
        for symbol in server.request(EnvCatalog()).symbols:
            kind, name = symbol[0], symbol[1:]
            if name.startswith("_private.") or (kind == "t" and _GENERATED.search(name)):
                continue
            try:
                found = server.request(EnvInspect(name, value=False, dependency=False))
            except CommandError:  # a name that cannot be written
                continue
            if found.type.sexp:
                yield Constant(name, kind, found.module or "", found.type.sexp)
    finally:
        server.request(OptionsSet(print_expr_pretty=True, print_expr_ast=False))


# --- The cache --------------------------------------------------------------------------------


def _cache_file(server: LeanServer) -> Path:
    key = json.dumps([_FORMAT, server.launcher.fingerprint, server.imports])
    digest = hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
    return cache_root() / "library" / f"types-{digest}.jsonl.gz"


def _read(path: Path) -> list[Constant] | None:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            return [Constant(*json.loads(line)) for line in stream]
    except (OSError, EOFError, ValueError, TypeError):  # missing or damaged: made anew
        return None


def _write(path: Path, constants: Sequence[Constant]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as raw, gzip.open(raw, "wt", 6, encoding="utf-8") as stream:
            for c in constants:
                stream.write(json.dumps([c.name, c.kind, c.module, c.type]) + "\n")
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
