"""Judging finished proofs: Lean files and first-order certificates, without any search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from prover.contracts import InputError, Verdict
from prover.environments.fol.certificate import SUFFIX, check_certificate
from prover.environments.fol.checker import same_theorem
from prover.environments.fol.environment import load_problem
from prover.environments.lean.checker import LeanChecker
from prover.environments.lean.source import read_source


@dataclass(frozen=True)
class Judged:
    """A theorem and the verdict on its proof. ``line`` counts from 1."""

    theorem: str
    file: Path
    line: int | None
    verdict: Verdict


def judge(file: Path, against: Path | None = None) -> Sequence[Judged]:
    """The verdicts on the proofs in ``file``.

    ``against`` is the file with the original statements, or the problem that a certificate must
    be for. Raises `InputError` for what cannot be read or judged.
    """
    for path in filter(None, (file, against)):
        if not path.exists():
            raise InputError("no such file", file=path, remedy="check the path")
    if file.suffix == SUFFIX:
        return [_certificate(file, against)]
    if file.suffix == ".lean":
        return _lean(file, against)
    raise InputError(f"unknown kind of file {file.suffix or file.name!r}", file=file,
                     remedy=f"proofs are in .lean files or {SUFFIX} certificates")


def _certificate(file: Path, against: Path | None) -> Judged:
    theorem, verdict = check_certificate(file)
    if against is not None and not any(same_theorem(theorem, t) for t in load_problem(against)):
        verdict = replace(verdict, accepted=False, reason=f"it is for another problem: {against}")
    return Judged(theorem.name, theorem.file, theorem.line, verdict)


def _lean(file: Path, against: Path | None) -> list[Judged]:
    original = read_source(against) if against is not None else None
    with LeanChecker() as checker:
        found = checker.check_file(read_source(file), original)
    return [Judged(v.theorem, v.file, v.line, v.verdict) for v in found]
