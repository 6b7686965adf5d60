"""Steps from Lean files: every tactic that ran in the proofs that Lean accepts.

Lean elaborates the file and tells each tactic's text, the goals before and after it and the
constants that it used (`protocol.InvokedTactic`). Which theorem a tactic belongs to is told by
the command that it ran in. Tactics that left the goals as they were (in a ``first`` that went on,
say) are left out; so are proofs with an error or a ``sorry``.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from data.trace.steps import Outcome, TracedStep, TracedTheorem
from prover.contracts import InputError, LemmaError
from prover.environments.lean.declarations import Declaration, declarations
from prover.environments.lean.lexer import Kind, Token
from prover.environments.lean.protocol import (
    CompilationUnit,
    FrontendData,
    FrontendProcess,
    InvokedTactic,
)
from prover.environments.lean.server import CommandError, LeanServer, ServerLost
from prover.environments.lean.source import LeanSource, Place

SECONDS = 600.0


@dataclass(frozen=True)
class Declared:
    """Something that a file declares: its name, its text and its place, and all the constants
    (constructors, equations) that came with it."""

    name: str
    code: str
    start: Place
    end: Place
    constants: tuple[str, ...]


@dataclass(frozen=True)
class TracedFile:
    """A file with what it declares, and its theorems with their proofs' steps. ``proofs`` are by
    the place of each theorem in ``theorems``. ``left_out`` counts proofs that are not traced."""

    path: Path
    modules: tuple[str, ...]
    declared: tuple[Declared, ...]
    theorems: tuple[TracedTheorem, ...]
    places: tuple[tuple[Place, Place], ...]
    left_out: Counter[str] = field(default_factory=Counter)


def trace_file(server: LeanServer, source: LeanSource) -> TracedFile:
    """The tactics in ``source``, elaborated by ``server``, which has imported its modules.

    Raises `LemmaError` if Lean does not get through the file.
    """
    commands = [_command(source, unit, ran) for unit, ran in _processed(server, source)]
    return _traced(source, commands)


def tactics_of_last_command(
    server: LeanServer, source: LeanSource
) -> tuple[tuple[InvokedTactic, ...], list[str]]:
    """The tactics that ran in the last command of ``source``, and Lean's errors there."""
    *_, (unit, ran) = _processed(server, source)
    return ran, [message.data for message in unit.messages if message.is_error]


def _processed(
    server: LeanServer, source: LeanSource
) -> list[tuple[CompilationUnit, tuple[InvokedTactic, ...]]]:
    """The commands of a text, each with the tactics that ran in it."""
    with tempfile.TemporaryDirectory(prefix="lemma-trace-") as folder:
        told = Path(folder) / "invocations.json"
        command = FrontendProcess(
            file=source.view.text, invocations=str(told), new_constants=True,
            timeout=int(SECONDS * 1000),
        )  # fmt: skip
        try:
            units = server.request(command, SECONDS + 5).units
            data = FrontendData.from_json(json.loads(told.read_text("utf-8")))
        except (CommandError, ServerLost, OSError, ValueError) as problem:
            raise LemmaError(f"Lean did not get through the file: {problem}",
                             file=source.file) from problem
    ran = [tuple(traced.invocations or ()) for traced in data.units]
    return list(zip(units, ran, strict=True))


@dataclass(frozen=True)
class _Command:
    tokens: tuple[Token, ...]
    constants: tuple[str, ...]
    failed: bool
    tactics: tuple[InvokedTactic, ...]


def _command(
    source: LeanSource, unit: CompilationUnit, tactics: tuple[InvokedTactic, ...]
) -> _Command:
    view = source.view
    start, end = (view.original(view.from_bytes(edge)) for edge in unit.boundary)
    failed = any(message.is_error for message in unit.messages)
    tokens = tuple(source.tokens_between(start, end))
    return _Command(tokens, unit.new_constants or (), failed, tactics)


def _traced(source: LeanSource, commands: list[_Command]) -> TracedFile:
    declared: list[Declared] = []
    theorems: list[TracedTheorem] = []
    places: list[tuple[Place, Place]] = []
    left_out: Counter[str] = Counter()
    for command in commands:
        if (found := _declared(source, command)) is not None:
            declared.append(found)
        proofs = declarations(command.tokens)
        if not proofs:
            continue
        reason = _reason(command, proofs)
        if reason is not None:
            left_out[reason] += len(proofs)
            continue
        theorem = _theorem(source, command, proofs[0])
        theorems.append(theorem)
        places.append((source.place(proofs[0].start), source.place(proofs[0].end)))
    return TracedFile(source.file, source.modules, tuple(declared), tuple(theorems),
                      tuple(places), left_out)  # fmt: skip


def _reason(command: _Command, proofs: list[Declaration]) -> str | None:
    """Why the proofs of a command are not traced."""
    if command.failed:
        return "refused by Lean"
    if any(proof.sorries for proof in proofs):
        return "sorry"
    if len(proofs) > 1:
        return "mutual"
    return None if command.tactics else "no tactics"


def _theorem(source: LeanSource, command: _Command, proof: Declaration) -> TracedTheorem:
    place = source.place(proof.start)
    name = _full_name(proof.written, command.constants) or f"example@{place.line}"
    statement = " ".join(source.text[proof.start : proof.proof].split())
    return TracedTheorem(name, statement, str(source.file), place.line,
                         tuple(_steps(command.tactics)))  # fmt: skip


def _full_name(written: str | None, constants: tuple[str, ...]) -> str | None:
    """The constant that is written ``written`` in its namespace."""
    if written is None:
        return None
    short = written.removeprefix("_root_.")
    return next((c for c in constants if c == short or c.endswith(f".{short}")), short)


def _steps(tactics: tuple[InvokedTactic, ...]) -> Iterator[TracedStep]:
    for tactic in tactics:
        if tactic.goal_before == tactic.goal_after or not tactic.goal_before:
            continue
        after = split_goals(tactic.goal_after)
        yield TracedStep(
            goals=split_goals(tactic.goal_before), tactic=tactic.tactic,
            outcome=Outcome.GOALS if after else Outcome.CLOSED, after=after,
            premises=tactic.used_constants, origin="file", proof=True,
        )  # fmt: skip


def split_goals(text: str) -> tuple[str, ...]:
    """The goals in a printed state. A goal ends with its target, the lines of which after the
    first are indented."""
    goals: list[list[str]] = []
    in_target = True
    for line in text.splitlines():
        if in_target and not line.startswith(" "):
            goals.append([])
            in_target = False
        if goals:
            goals[-1].append(line)
        in_target = in_target or line.startswith("⊢")
    return tuple("\n".join(lines).strip() for lines in goals if any(map(str.strip, lines)))


_DECLARING = ("theorem", "lemma", "def", "abbrev", "instance", "opaque", "axiom", "structure",
              "class", "inductive")


def _declared(source: LeanSource, command: _Command) -> Declared | None:
    """What a command declares under the name that is written after its keyword."""
    tokens = command.tokens
    at = next((n for n, t in enumerate(tokens) if t.depth == 0 and t.is_(*_DECLARING)), None)
    if at is None or at + 1 >= len(tokens) or tokens[at + 1].kind is not Kind.WORD:
        return None
    name = _full_name(tokens[at + 1].text, command.constants)
    if command.failed or name is None or name not in command.constants:
        return None
    start, end = tokens[0].start, tokens[-1].end
    return Declared(name, source.text[start:end], source.place(start), source.place(end),
                    command.constants)  # fmt: skip


def source_files(paths: list[Path], suffix: str) -> list[Path]:
    """The files with ``suffix`` among ``paths`` and in the folders among them, each once.

    Raises `InputError` for a path that is not there, or a folder without any.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob(f"*{suffix}") if p.is_file())
            found.update(dict.fromkeys(inside))
        elif not path.exists():
            raise InputError("no such file or folder", file=path, remedy="check the path")
        elif path.suffix == suffix:
            found[path] = None
    return list(found)
