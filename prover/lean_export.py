"""First-order proofs as Lean files, with the verdict of Lean's kernel on each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from prover.contracts import LemmaError, Verdict
from prover.environments.fol.lean_export import export
from prover.environments.fol.script import ProofNode
from prover.environments.fol.theorem import FolTheorem
from prover.environments.lean import LeanChecker
from prover.environments.lean.source import LeanSource


@dataclass(frozen=True)
class LeanFile:
    """The text of a Lean file and whether its kernel accepts the theorem in it."""

    text: str
    verdict: Verdict


class LeanExporter:
    """Turns first-order proofs into Lean files. The checker's process is started when needed."""

    def __init__(self) -> None:
        self._checker: LeanChecker | None = None

    def export(self, theorem: FolTheorem, tree: ProofNode) -> LeanFile:
        """The problem and its proof in Lean, judged.

        Raises `LemmaError` for a problem that has no counterpart in Lean (types).
        """
        proof = export(theorem, tree)
        if self._checker is None:
            self._checker = LeanChecker()
        source = LeanSource(theorem.file.with_suffix(".lean"), proof.text)
        found = [v.verdict for v in self._checker.check_file(source) if v.theorem == proof.theorem]
        if not found:
            raise LemmaError("Lean does not find the exported theorem", file=theorem.file)
        return LeanFile(proof.text, found[0])

    def close(self) -> None:
        """End the checker's process. Idempotent."""
        if self._checker is not None:
            self._checker.close()


def lean_file(file: LeanFile, name: Path) -> str:
    """The text, headed by a warning when Lean's kernel has not accepted it."""
    if file.verdict.accepted:
        return file.text
    return f"-- {name}: not accepted by Lean's kernel: {file.verdict.reason}\n{file.text}"
