"""New theorems before Lean: elaborated from their text, given to the kernel twice, and tried with
the tactics that would make them trivial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.mutate.attempts import SECONDS
from prover.environments.lean.checker import STANDARD_AXIOMS
from prover.environments.lean.protocol import (
    CompilationUnit,
    EnvInspect,
    EnvReplay,
    FrontendProcess,
    OptionsSet,
)
from prover.environments.lean.server import LeanServer

TRIVIAL = ("rfl", "simp")
AUTOMATION = ("omega", "grind")
PROOF_HEARTBEATS, CLOSING_HEARTBEATS = 100_000, 20_000  # in the unit of `maxHeartbeats`


@dataclass(frozen=True)
class NewTheorem:
    """A theorem to be verified: its name, its universe levels, statement and tactics as text."""

    name: str
    levels: tuple[str, ...]
    statement: str
    tactics: tuple[str, ...]

    @property
    def head(self) -> str:
        """``theorem NAME : STATEMENT``."""
        levels = f".{{{', '.join(self.levels)}}}" if self.levels else ""
        return f"theorem {self.name}{levels} :\n    {self.statement}"

    @property
    def text(self) -> str:
        """The whole theorem."""
        return f"{self.head} := by\n" + "".join(f"  {line}\n" for line in self.tactics)


@dataclass(frozen=True)
class Report:
    """What Lean says of a theorem: its statement as elaborated from the text, as an S-expression
    if it is accepted; why not, if it is not."""

    sexp: str | None
    reason: str = ""


def verify(server: LeanServer, theorems: Sequence[NewTheorem]) -> list[Report]:
    """Which of the ``theorems`` Lean's elaborator and kernel accept, with no more than the
    standard axioms. Their names must differ. Raises what `LeanServer.request` raises."""
    if not theorems:
        return []
    text = "\n".join(theorem.text for theorem in theorems)
    units = server.request(
        FrontendProcess(file=text, inherit_env=True, read_header=True, new_constants=True,
                        heartbeats=PROOF_HEARTBEATS, timeout=SECONDS * 1000)
    ).units
    generation = server.generation
    replayed = server.request(EnvReplay(timeout=SECONDS * 1000), generation=generation)
    constants = {constant.name: constant for constant in replayed.constants}
    failures = {failure.name: failure.desc for failure in replayed.failures}
    errors = _errors(units)
    server.request(OptionsSet(print_expr_pretty=False, print_expr_ast=True))
    reports = []
    for theorem in theorems:
        constant = constants.get(theorem.name)
        if constant is None or theorem.name in errors or theorem.name in failures:
            reports.append(Report(None, "refused by the elaborator or the kernel"))
        elif constant.uses_sorry or not STANDARD_AXIOMS.issuperset(constant.axioms):
            reports.append(Report(None, "rests on more than the standard axioms"))
        else:
            found = server.request(EnvInspect(theorem.name, value=False), generation=generation)
            reports.append(Report(found.type.sexp))
    server.request(OptionsSet(print_expr_pretty=True))
    server.request(FrontendProcess(file="", read_header=True, inherit_env=True))
    return reports


def closed_by(
    server: LeanServer, theorems: Sequence[NewTheorem], tactics: Sequence[str]
) -> list[str]:
    """For each of the ``theorems`` the first of the ``tactics`` that closes it after ``intros``,
    or an empty text. Raises what `LeanServer.request` raises."""
    found = [""] * len(theorems)
    for tactic in tactics:
        left = [number for number, closed in enumerate(found) if not closed]
        if not left:
            break
        text = "\n".join(
            f"{theorems[number].head} := by\n  intros\n  {tactic}\n" for number in left
        )
        units = server.request(
            FrontendProcess(file=text, new_constants=True, heartbeats=CLOSING_HEARTBEATS,
                            timeout=SECONDS * 1000)
        ).units
        closed = {name for unit in units for name in unit.new_constants or ()} - _errors(units)
        for number in left:
            if theorems[number].name in closed:
                found[number] = tactic
    return found


def _errors(units: Sequence[CompilationUnit]) -> set[str]:
    """The constants of commands that Lean has refused."""
    return {
        name for unit in units if any(message.is_error for message in unit.messages)
        for name in unit.new_constants or ()
    }
