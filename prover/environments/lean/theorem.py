"""Theorems of a Lean text: where they are, what is missing in them, and what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from prover.contracts import ProofScript, Theorem
from prover.environments.lean.declarations import Declaration
from prover.environments.lean.elaboration import Unit
from prover.environments.lean.source import Edit, LeanSource


@dataclass(frozen=True)
class Hole:
    """A place where a proof is missing, and how a block of tactics is put there.

    The code points from ``start`` to ``end`` of the source text give way to the block. ``at`` is
    the offset at which Lean reports the goal. A block of one line follows ``opening``
    immediately; one of several lines does too, its further lines in column ``column`` (from 0),
    or, if ``fresh``, goes to a new line as a whole. ``closing`` ends it.
    """

    start: int
    end: int
    at: int
    column: int
    opening: str = ""
    closing: str = ""
    fresh: bool = False

    def fill(self, block: str) -> Edit:
        """The edit that puts ``block`` into this hole."""
        lines = block.strip("\n").split("\n")
        break_ = "\n" + " " * self.column
        body = "".join(break_ + line if line.strip() else "\n" for line in lines[1:])
        if not self.fresh:
            text = self.opening + lines[0] + body
        elif len(lines) == 1:
            text = f"{self.opening} {lines[0]}"
        else:
            text = self.opening + break_ + lines[0] + body
        if "--" in lines[-1]:  # what follows must not become part of a comment
            text += break_
        return Edit(self.start, self.end, text + self.closing)


@dataclass(frozen=True)
class LeanTheorem(Theorem):
    """A ``theorem``, ``lemma`` or ``example`` of a Lean text whose proof is wanted.

    ``name`` is the full name (with namespaces; ``example@LINE`` for an example); ``constant`` is
    what Lean calls it, if it is kept at all. There is a hole for each goal that is to be proved,
    in source order; goals that one ``sorry`` stands for (after ``<;>``) are holes at the same
    place. ``unit_end`` is the offset in the source text at which its command ends.
    """

    source: LeanSource = field(repr=False)
    keyword: str
    constant: str | None
    holes: tuple[Hole, ...] = field(repr=False)
    unit_end: int = field(repr=False)

    def edits(self, script: ProofScript) -> list[Edit]:
        """The edits that put ``script`` into the holes. Raises `ValueError` if the script does
        not have one block for each hole."""
        if len(script.blocks) != len(self.holes):
            raise ValueError(f"{self.name}: {len(script.blocks)} blocks, {len(self.holes)} holes")
        blocks: dict[Hole, list[str]] = {}
        for hole, block in zip(self.holes, script.blocks, strict=True):
            blocks.setdefault(hole, []).append(block)
        return [hole.fill(_merged(alternatives)) for hole, alternatives in blocks.items()]


@dataclass(frozen=True)
class FileProblem:
    """Something in a file that keeps theorems from being tried. ``line`` and ``column`` count
    from 1; ``theorem`` is the name of the theorem that is left out, if it is one."""

    file: Path
    line: int
    column: int
    message: str
    theorem: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


@dataclass(frozen=True)
class LoadedFile:
    """What a file has to offer: theorems to be proved, in source order, and problems.

    ``notes`` say what was left out without harm, such as imports that the embedded Lean lacks.
    """

    file: Path
    theorems: tuple[LeanTheorem, ...]
    problems: tuple[FileProblem, ...] = ()
    notes: tuple[str, ...] = ()


def _merged(alternatives: list[str]) -> str:
    """One block that proves each of the goals of which every alternative proves one."""
    distinct = list(dict.fromkeys(alternatives))
    if len(distinct) == 1:
        return distinct[0]
    lines = ["first"]
    for block in distinct:
        head, *rest = [*block.strip("\n").split("\n"), "done"]
        lines += [f"  | {head}", *(f"    {line}" for line in rest)]
    return "\n".join(lines)


def public_name(constant: str) -> str:
    """What a person calls a constant: without what Lean puts before the name of a private one,
    and ``example@LINE`` for an example."""
    name = _PRIVATE.sub("", constant)
    example = _EXAMPLE.search(name)
    return example.group(1) if example else name


_PRIVATE = re.compile(r"^_private\.(?:.*\.)?0\.")
_EXAMPLE = re.compile(r"«(example@[0-9:]+)»$")


def constant_of(declaration: Declaration, unit: Unit) -> str | None:
    """Which of the constants that a command has declared is this declaration."""
    written = declaration.written
    if written is None:
        candidates = [name for name in unit.constants if _EXAMPLE.search(name)]
    else:
        plain = written.removeprefix("_root_.")
        candidates = [
            name for name in unit.constants if f".{_PRIVATE.sub('', name)}".endswith(f".{plain}")
        ]
    return min(candidates, key=len, default=None)
