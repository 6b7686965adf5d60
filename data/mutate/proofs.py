"""From a chain of mutations to a theorem with its proof."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from data.mutate.attempts import SOURCE, Statement, Step
from data.mutate.terms import Term, level_names, size
from data.mutate.verification import NewTheorem


@dataclass(frozen=True)
class Chain:
    """A source theorem and the mutations that have been made of it, one after the other."""

    source: Statement
    steps: tuple[Step, ...] = ()

    @property
    def statement(self) -> Statement:
        """What the chain has come to."""
        return self.steps[-1].statement if self.steps else self.source

    @property
    def invoked(self) -> tuple[str, ...]:
        """The theorems that the mutations were made with."""
        return tuple(step.mutation.rule.name for step in self.steps)

    @property
    def difficulty(self) -> float:
        """From 0 to 1, rising with the mutations to be undone, the antecedents to be proved on
        the way, and the size of the statement; a guide, not a measurement (which
        ``automatic`` is)."""
        antecedents = sum(len(step.mutation.rule.antecedents) for step in self.steps)
        effort = len(self.steps) + antecedents / 2 + self.size / 40
        return 1 - float(2 ** (-effort / 4))

    @property
    def size(self) -> int:
        """The number of constants and variables in the statement."""
        telescope = self.statement.telescope
        terms: list[Term] = [telescope.conclusion, *(p.type for p in telescope.parameters)]
        return sum(map(size, terms))

    @cached_property
    def theorem(self) -> NewTheorem:
        """The theorem, its name made of the source's and a hash of the statement."""
        assert self.source.theorem is not None
        digest = hashlib.blake2b(self.statement.canonical.encode(), digest_size=4).hexdigest()
        name = f"{re.sub(r'[^A-Za-z0-9_]', '_', self.source.theorem)}_mut_{digest}"
        sexps = [step.statement.sexp for step in reversed(self.steps)]
        levels = dict.fromkeys(level for sexp in sexps for level in level_names(sexp))
        return NewTheorem(name, tuple(levels), self.statement.text,
                          proof(self.source.theorem, self.steps))


def proof(source: str, steps: Sequence[Step]) -> tuple[str, ...]:
    """The tactics that prove what the last of the ``steps`` states from the theorem ``source``:
    every step before it is a ``have``."""
    lines: list[str] = []
    for number, step in enumerate(steps, start=1):
        tactics = [line.replace(SOURCE, source) for line in step.tactics]
        if number == len(steps):
            lines += tactics
        else:
            source = f"step_{number}"
            lines.append(f"have {source} : {step.statement.text} := by")
            lines += [f"  {line}" for line in tactics]
    return tuple(lines)
