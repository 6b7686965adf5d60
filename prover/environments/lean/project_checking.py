"""What a plain Pantograph can tell the checker of the declarations of a text.

Lemma's embedded server gives every declaration to the kernel a second time and reports on it
(`EnvReplay`). A native ``repl`` has no such command; what it can say by documented means is put
together here in the same form, for texts that need modules which only a native Lean has: types
from ``env.inspect``, everything else from Lean's own ``#print``, ``#print axioms`` and ``#check``.
The kernel is then the one that ran when the text was elaborated, in a process of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prover.environments.lean.project_terms import canonical
from prover.environments.lean.protocol import (
    ConstantReport,
    EnvInspect,
    EnvInspectResult,
    EnvReplayResult,
    FrontendProcess,
    OptionsSet,
)
from prover.environments.lean.server import LeanServer

_KINDS = {
    "theorem": "theorem", "axiom": "axiom", "def": "def", "abbrev": "def", "instance": "def",
    "opaque": "opaque", "inductive": "inductive", "structure": "inductive", "class": "inductive",
    "constructor": "ctor", "recursor": "rec", "quotient": "quot",
}  # fmt: skip
_PRINTED = re.compile(
    r"(?:@\[[^\]]*\]\s*)?(?P<modifiers>(?:(?:private|protected|public|noncomputable|unsafe|partial"
    r"|meta)\s+)*)(?P<kind>" + "|".join(_KINDS) + r")\b"
)
_AXIOMS = re.compile(r"depends on axioms: \[(.*)\]", re.DOTALL)
_NO_AXIOMS = "does not depend on any axioms"
_CHECKED = re.compile(
    r"\A@?(?:«[^»]*»|[^\s«»])+?(?:\.\{(?P<levels>[^}]*)\})? : (?P<type>.*)\Z", re.DOTALL)
# Every level and every argument, so that what reads the same is the same.
_IN_FULL = " in ".join(
    f"set_option pp.{option}" for option in ("all true", "deepTerms true", "maxSteps 1000000"))
_WRITABLE = re.compile(r"(?:[^\W\d][\w'!?]*|«[^»]+»)(?:\.(?:[^\W\d][\w'!?]*|«[^»]+»))*")
_SORRY = "sorryAx"


class Unreadable(Exception):
    """Lean says something else of a declaration than it is known to."""


@dataclass(frozen=True)
class _Printed:
    """What Lean prints of a constant."""

    kind: str
    is_unsafe: bool
    levels: tuple[str, ...]
    type: str
    axioms: frozenset[str]


def documented_replay(
    server: LeanServer, constants: Sequence[str], *, seconds: float
) -> EnvReplayResult:
    """A report on the ``constants`` of the text that ``server`` has inherited.

    There are no failures in it: what the kernel refused is an error of the text. Raises what
    `LeanServer.request` raises, and `Unreadable`.
    """
    generation = server.generation
    server.request(OptionsSet(print_expr_ast=True), seconds, generation=generation)
    inspected = {
        name: server.request(EnvInspect(name, value=False, dependency=True), seconds,
                             generation=generation)
        for name in constants
    }  # fmt: skip
    server.request(OptionsSet(print_expr_ast=False), seconds, generation=generation)
    names = {name: found.public_name or name for name, found in inspected.items()}
    printed = _print(server, [n for n in names.values() if _WRITABLE.fullmatch(n)], seconds)
    claimed = {axiom for found in printed.values() for axiom in found.axioms}
    axioms = _axioms_among(server, claimed - set(printed), seconds) | {
        name for name, found in printed.items() if found.kind == "axiom"
    }
    return EnvReplayResult(len(constants), (), tuple(
        _report(name, names[name], found, printed.get(names[name]), axioms)
        for name, found in inspected.items()
    ))  # fmt: skip


def _report(
    name: str, public: str, inspected: EnvInspectResult, printed: _Printed | None,
    axioms: Iterable[str],
) -> ConstantReport:
    try:
        type_ = canonical(inspected.type.sexp or "")
    except ValueError as error:
        raise Unreadable(f"the type of `{public}` cannot be read: {error}") from error
    private = public if public != name else None
    if printed is None:
        # A name that cannot be written: Lean made it. What it stands on shows where it is used.
        kind = "inductive" if inspected.induct_info else "rec" if inspected.recursor_info else "def"
        return ConstantReport(name, kind, inspected.is_unsafe, (), type_, (), False,
                              private_name=private)
    mine = printed.axioms.intersection(axioms)
    return ConstantReport(
        name, printed.kind, inspected.is_unsafe or printed.is_unsafe, printed.levels,
        f"{type_}\n{printed.type}", tuple(sorted(mine)), _SORRY in mine, private_name=private,
    )  # fmt: skip


def _print(server: LeanServer, names: Sequence[str], seconds: float) -> dict[str, _Printed]:
    """What Lean prints of each of these constants."""
    questions = [
        question
        for name in names
        for question in (f"#print {name}", f"#print axioms {name}", f"{_IN_FULL} in #check @{name}")
    ]
    answers = _ask(server, questions, seconds)
    return {
        name: _read(*answers[3 * index : 3 * index + 3])
        for index, name in enumerate(names)
    }  # fmt: skip


def _read(shown: str, axioms: str, checked: str) -> _Printed:
    head, signature = _PRINTED.match(shown), _CHECKED.match(checked)
    listed = _AXIOMS.search(axioms)
    if head is None or signature is None or not (listed or axioms.endswith(_NO_AXIOMS)):
        raise Unreadable(f"Lean says of a declaration what cannot be read: {shown[:80]!r}")
    levels = signature.group("levels")
    return _Printed(
        _KINDS[head.group("kind")],
        "unsafe" in head.group("modifiers").split(),
        tuple(re.split(r",\s*", levels)) if levels else (),
        signature.group("type"),
        frozenset(re.split(r",\s*", listed.group(1)) if listed else ()),
    )


def _axioms_among(server: LeanServer, names: Iterable[str], seconds: float) -> set[str]:
    """Those of the library's ``names`` that are axioms; where only the public part of a library
    is loaded, its theorems are listed among them."""
    asked = sorted(names)
    shown = _ask(server, [f"#print {name}" for name in asked], seconds)
    return {
        name for name, text in zip(asked, shown, strict=True)
        if (head := _PRINTED.match(text)) is None or head.group("kind") == "axiom"
    }  # fmt: skip


def _ask(server: LeanServer, questions: Sequence[str], seconds: float) -> list[str]:
    """Lean's answer to each of these commands, all that it says put together."""
    if not questions:
        return []
    text = FrontendProcess(file="\n".join(questions) + "\n", timeout=int(seconds * 1000))
    units = server.request(text, seconds + 5, generation=server.generation).units
    if len(units) != len(questions):
        raise Unreadable("Lean does not read questions about the text as commands")
    return ["\n".join(message.data for message in unit.messages).strip() for unit in units]
