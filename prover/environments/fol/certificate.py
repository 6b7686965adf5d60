"""Certificates: proofs of first-order theorems as files that someone else can check.

A certificate is a text file: a header that says which theorem of which problem is proved, the
tactic script, in which every call of a prover names the premises that it needs, and the TSTP
derivations that verified the steps only E could do. Checking one searches for nothing: a prover's
step is a small question over the named premises, or a derivation to be verified step by step.

    lemma certificate 1
    problem: boolean_ring.p
    sha256: 9f…            (of the problem's formulas, in TPTP, includes resolved)
    theorem: commutative
    statement: ! [X,Y] : times(X,Y) = times(Y,X)
    axioms: plus_zero, idempotent
    verified: lemma-fol 0.1.0; …

    proof
      intro x y
      auto [plus_zero, idempotent]

    derivation 1
      fof(plus_zero, axiom, …).
"""

from __future__ import annotations

import hashlib
import os
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from prover.contracts import InputError, ProofScript, Verdict
from prover.environments.fol.checker import FolChecker, Verification
from prover.environments.fol.derivation import Derivation
from prover.environments.fol.environment import load_problem
from prover.environments.fol.provers.contracts import Limits, ProverAnswer, SzsStatus
from prover.environments.fol.provers.portfolio import quick
from prover.environments.fol.syntax import Problem
from prover.environments.fol.tactic_printer import script_of
from prover.environments.fol.theorem import FolTheorem
from prover.environments.fol.tptp import format_problem

SUFFIX = ".proof"
_TITLE = "lemma certificate 1"
_HEADER = ("problem", "sha256", "theorem", "statement", "axioms", "verified")
_FIELD = re.compile(r"([a-z0-9]+): ?(.*)\Z")
_SECTION = re.compile(r"proof\Z|derivation (\d+)\Z")


@dataclass(frozen=True)
class Certificate:
    """What a certificate file says. ``derivations`` are TSTP texts by the number of the prover's
    step that they are for, counted from 1 in the order of the script."""

    problem: str
    sha256: str
    theorem: str
    statement: str
    script: str
    axioms: str = ""
    verified: str = ""
    derivations: dict[int, str] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [_TITLE, *(f"{name}: {getattr(self, name)}".rstrip() for name in _HEADER)]
        lines += ["", "proof", textwrap.indent(self.script, "  ")]
        for number, text in sorted(self.derivations.items()):
            lines += ["", f"derivation {number}", textwrap.indent(text.strip(), "  ")]
        return "\n".join(lines) + "\n"


def fingerprint(problem: Problem) -> str:
    """SHA-256 of the formulas and types of ``problem``, as TPTP text."""
    return hashlib.sha256(format_problem(problem).encode()).hexdigest()


def certificate_of(
    theorem: FolTheorem, verification: Verification, folder: Path
) -> Certificate:
    """The certificate of an accepted proof, to be written into ``folder``.

    Raises ValueError for a verification that did not accept.
    """
    if verification.tree is None or not verification.verdict.accepted:
        raise ValueError("only an accepted proof has a certificate")
    verdict = verification.verdict
    derivations = {
        number: confirmation.derivation.format()
        for number, confirmation in enumerate(verification.confirmations, 1)
        if confirmation.derivation is not None
    }
    return Certificate(
        problem=Path(os.path.relpath(theorem.file, folder)).as_posix(),
        sha256=fingerprint(theorem.problem),
        theorem=theorem.name,
        statement=" ".join(theorem.statement.split()),
        script=script_of(verification.tree),
        axioms=", ".join(verdict.axioms),
        verified=f"{verdict.checker} {verdict.version}",
        derivations=derivations,
    )


def read_certificate(path: Path | str) -> Certificate:
    """The certificate in the file ``path``. Raises `InputError` with file and line."""
    path = Path(path)
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise InputError(error.strerror or "cannot be read", file=path) from None
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text", file=path, remedy="is this a certificate?") from None
    if not lines or lines[0].strip() != _TITLE:
        raise InputError(f"expected '{_TITLE}'", file=path, line=1,
                         remedy="a certificate is written by lemma prove")
    return _Reader(path, lines).certificate()


@dataclass
class _Reader:
    path: Path
    lines: list[str]

    def certificate(self) -> Certificate:
        fields: dict[str, str] = {}
        sections: dict[str, list[str]] = {}
        current: list[str] | None = None
        for number, line in enumerate(self.lines[1:], 2):
            if _SECTION.match(line):
                if line in sections:
                    raise self._error(f"a second section '{line}'", number)
                current = sections[line] = []
            elif current is not None and (not line.strip() or line.startswith("  ")):
                current.append(line)
            elif current is None and (match := _FIELD.match(line)):
                fields[match[1]] = match[2]
            elif line.strip():
                raise self._error("expected a field 'name: value' or a section", number)
        for name in ("problem", "sha256", "theorem", "statement"):
            if name not in fields:
                raise self._error(f"the field '{name}' is missing", 1)
        if "proof" not in sections:
            raise self._error("the section 'proof' is missing", len(self.lines))
        texts = {name: textwrap.dedent("\n".join(body)).strip("\n")
                 for name, body in sections.items()}  # fmt: skip
        derivations = {int(name.split()[1]): text for name, text in texts.items()
                       if name != "proof"}  # fmt: skip
        known = {name: fields.get(name, "") for name in _HEADER}
        return Certificate(script=texts["proof"], derivations=derivations, **known)

    def _error(self, message: str, line: int) -> InputError:
        return InputError(message, file=self.path, line=line)


def check_certificate(
    path: Path | str, checker: FolChecker | None = None
) -> tuple[FolTheorem, Verdict]:
    """The theorem that the certificate is about, and the verdict on its proof.

    Raises `InputError` when the certificate or its problem cannot be read; a changed problem is
    refused.
    """
    path = Path(path)
    certificate = read_certificate(path)
    problem = _problem_of(certificate, path)
    found = [t for t in load_problem(problem) if t.name == certificate.theorem]
    if not found:
        raise InputError(f"{problem} has no theorem '{certificate.theorem}'", file=path)
    theorem = found[0]
    own = checker or FolChecker()
    try:
        if fingerprint(theorem.problem) != certificate.sha256:
            verdict = Verdict(False, "lemma-fol", certificate.verified,
                              reason=f"{problem} has changed since the certificate was written")
        else:
            answers = _Answers(certificate.derivations)
            script = ProofScript((certificate.script,))
            verdict = own.verify(theorem, script, answers.answer).verdict
        return theorem, verdict
    finally:
        if checker is None:
            own.close()


def _problem_of(certificate: Certificate, path: Path) -> Path:
    given = path.parent / certificate.problem
    beside = path.parent / Path(certificate.problem).name
    short = Path(os.path.normpath(given))  # the same file, unless a folder of it is a link
    if short.is_file() and given.is_file() and short.samefile(given):
        return short
    for candidate in (given, beside):
        if candidate.is_file():
            return candidate
    raise InputError(f"the problem {certificate.problem} is not there", file=path, line=2,
                     remedy="put it beside the certificate")


class _Answers:
    """Answers the prover's steps of a script from the certificate's derivations; the checker
    verifies them. Steps without one are put to the provers."""

    def __init__(self, derivations: dict[int, str]) -> None:
        self._derivations = derivations
        self._count = 0
        self._provers = quick()

    def answer(self, problem: Problem, seconds: float) -> ProverAnswer:
        """As a prover would."""
        self._count += 1
        text = self._derivations.get(self._count)
        if text is None:
            return self._provers.prove(problem, Limits(seconds))
        try:
            used = Derivation.parse(text).leaves
        except InputError as error:
            return ProverAnswer(SzsStatus.ERROR, "certificate", "", message=str(error))
        names = {premise.name for premise in problem.premises}
        return ProverAnswer(
            SzsStatus.THEOREM, "E:certificate", "", derivation=text,
            used_premises=tuple(name for name in used if name in names),
        )
