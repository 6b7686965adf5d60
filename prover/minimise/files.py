"""Minimising the proofs that stand in a file: every one replayed, shortened and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prover.backends import LeanBackend
from prover.contracts import InputError, ProofScript, Verdict
from prover.environments.fol.certificate import (
    SUFFIX,
    certificate_of,
    check_certificate,
    read_certificate,
)
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.environment import FolEnvironment
from prover.environments.lean import LeanTheorem
from prover.environments.lean.assembly import fill
from prover.files import read_text
from prover.minimise.dialect import FIRST_ORDER
from prover.minimise.minimiser import TACTIC_CALLS, Minimiser
from prover.minimise.written import Unfit, written_proof

_CALLS_A_SECOND = TACTIC_CALLS / 10


@dataclass(frozen=True)
class Shortened:
    """A theorem of a file with its proof before and after; ``after`` is None where it stays.

    ``reason`` says why it could not be worked on, ``verdict`` who accepts ``after``.
    """

    theorem: str
    line: int | None
    before: ProofScript | None
    after: ProofScript | None = None
    verdict: Verdict | None = None
    reason: str | None = None


@dataclass
class MinimisedFile:
    """The proofs of one file being minimised: iterate over it, then take the `text`.

    Args:
        path: a ``.lean`` file or a first-order certificate.
        seconds: limit for each proof, without its check.
        only: the theorems of these names (full, or the last part); all if empty.

    Raises:
        InputError: on iteration, if the file cannot be read or is of another kind.
    """

    path: Path
    seconds: float
    only: Sequence[str] = ()
    text: str = field(default="", init=False)
    problems: list[InputError] = field(default_factory=list, init=False)

    def __iter__(self) -> Iterator[Shortened]:
        self.text = read_text(self.path)
        if self.path.suffix == ".lean":
            yield from self._lean()
        elif self.path.suffix == SUFFIX:
            yield self._certificate()
        else:
            raise InputError(f"unknown kind of file {self.path.suffix or self.path.name!r}",
                             file=self.path,
                             remedy=f"proofs are in .lean files or {SUFFIX} certificates")

    @property
    def _calls(self) -> int:
        return int(self.seconds * _CALLS_A_SECOND)

    def _lean(self) -> Iterator[Shortened]:
        original, done = self.text, []
        backend = LeanBackend(1)
        try:
            loaded = backend.load(self.path, reprove=True)
            self.problems += loaded.problems
            for theorem in loaded.theorems:
                assert isinstance(theorem, LeanTheorem)
                if not self._wanted(theorem.name):
                    continue
                found = self._shorten(theorem, backend)
                if found.after is not None:
                    done.append((theorem, found.after))
                    self.text = fill(original, done)
                yield found
        finally:
            backend.close()

    def _wanted(self, name: str) -> bool:
        return not self.only or name in self.only or name.rsplit(".", 1)[-1] in self.only

    def _shorten(self, theorem: LeanTheorem, backend: LeanBackend) -> Shortened:
        before = written_proof(theorem)
        if isinstance(before, Unfit):
            return Shortened(theorem.name, theorem.line, None, reason=before.reason)
        with backend.environment(theorem) as environment:
            minimiser = Minimiser(environment, backend.checker, backend.dialect,
                                  seconds=self.seconds, tactic_calls=self._calls)
            found = minimiser.minimise(theorem, before)
        if found is None:
            return Shortened(theorem.name, theorem.line, before)
        return Shortened(theorem.name, theorem.line, before, found.script, found.verdict)

    def _certificate(self) -> Shortened:
        before = ProofScript((read_certificate(self.path).script,))
        environment, checker = FolEnvironment(), FolChecker()
        try:
            theorem, verdict = check_certificate(self.path, checker)
            if not verdict.accepted:
                return Shortened(theorem.name, theorem.line, before, reason=verdict.reason)
            found = Minimiser(environment, checker, FIRST_ORDER, seconds=self.seconds,
                              tactic_calls=self._calls).minimise(theorem, before)
            if found is None:
                return Shortened(theorem.name, theorem.line, before)
            verification = checker.verify(theorem, found.script)
            self.text = str(certificate_of(theorem, verification, self.path.parent))
            return Shortened(theorem.name, theorem.line, before, found.script, verification.verdict)
        finally:
            environment.close()
            checker.close()
