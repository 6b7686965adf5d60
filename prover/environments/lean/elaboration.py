"""A text elaborated by Lean, told in terms of the user's text.

`elaborate` sends a text as Lean is to see it and gives back its commands with their messages,
new constants and holes, all places turned from bytes, lines and columns of the text that Lean
saw into offsets in the text that the user wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prover.environments.lean.lexer import Kind, Token, tokens
from prover.environments.lean.project_checking import documented_replay
from prover.environments.lean.protocol import (
    CompilationUnit,
    EnvReplay,
    EnvReplayResult,
    FrontendProcess,
    Goal,
)
from prover.environments.lean.server import LeanServer
from prover.environments.lean.source import LeanSource, Rewritten


@dataclass(frozen=True)
class Remark:
    """A message of Lean's about the place ``offset`` of the original text."""

    offset: int
    is_error: bool
    text: str


@dataclass(frozen=True)
class Unit:
    """One command: its extent in the original text, and what became of it.

    ``places`` are the offsets of the ``sorry``s that the ``goals`` of the state ``state_id``
    stand for.
    """

    start: int
    end: int
    remarks: tuple[Remark, ...]
    constants: tuple[str, ...]
    state_id: int | None
    goals: tuple[Goal, ...]
    places: tuple[int, ...]

    @property
    def errors(self) -> tuple[Remark, ...]:
        """Why the command was refused, if it was."""
        return tuple(remark for remark in self.remarks if remark.is_error)


def elaborate(
    server: LeanServer, view: Rewritten, *, seconds: float, sorrys: bool = True
) -> tuple[Unit, ...]:
    """Elaborate ``view`` from the modules that ``server`` has imported, with all its commands.

    With ``sorrys`` the holes become proof states in the server. Raises what
    `LeanServer.request` raises.
    """
    return _elaborate(server, view, seconds, sorrys=sorrys)


def replay(
    server: LeanServer, view: Rewritten, *, seconds: float
) -> tuple[tuple[Unit, ...], EnvReplayResult]:
    """Elaborate ``view`` and give every declaration of it to the kernel again.

    A server without Lemma's extensions of the protocol must be fresh; there the report is made
    of what it can say (`project_checking`). Raises what `LeanServer.request` raises, and
    `Unreadable`.
    """
    if not server.launcher.extended:
        units = _elaborate(server, view, seconds, inherit_env=True)
        declared = [name for unit in units for name in unit.constants]
        return units, documented_replay(server, declared, seconds=seconds)
    # A text whose header is read starts from the imports, whatever was inherited before; this
    # one has no header left, the server has its imports.
    units = _elaborate(server, view, seconds, read_header=True, inherit_env=True)
    again = EnvReplay(timeout=int(seconds * 1000))
    result = server.request(again, seconds + 5, generation=server.generation)
    nothing = FrontendProcess(file="", read_header=True, inherit_env=True)
    server.request(nothing, seconds, generation=server.generation)
    return units, result


def unread(source: LeanSource, units: Sequence[Unit]) -> Token | None:
    """The first token that belongs to none of the commands, as after ``#exit``."""
    end = units[-1].end if units else source.header_end
    left = source.tokens_between(end, len(source.text))
    return left[0] if left else None


def _elaborate(
    server: LeanServer, view: Rewritten, seconds: float, *, sorrys: bool = False,
    read_header: bool = False, inherit_env: bool = False,
) -> tuple[Unit, ...]:  # fmt: skip
    if all(t.kind is Kind.COMMENT and t.closed for t in tokens(view.text, comments=True)):
        return ()  # Lean's parser of commands takes a text without any for an unfinished one
    command = FrontendProcess(
        file=view.text, read_header=read_header, inherit_env=inherit_env, sorrys=sorrys,
        new_constants=True, timeout=int(seconds * 1000),
    )  # fmt: skip
    answer = server.request(command, seconds + 5)
    return tuple(_unit(unit, view) for unit in answer.units)


def _unit(unit: CompilationUnit, view: Rewritten) -> Unit:
    start, end = (view.original(view.from_bytes(edge)) for edge in unit.boundary)
    remarks = tuple(
        Remark(
            view.original(view.from_position(message.pos.line, message.pos.column)),
            message.is_error,
            message.data,
        )
        for message in unit.messages
    )
    places = tuple(
        view.original(view.from_bytes(begin)) for begin, _ in unit.goal_src_boundaries or ()
    )
    return Unit(
        start, end, remarks, unit.new_constants or (), unit.goal_state_id, unit.goals or (), places
    )
