"""Proofs on disk never overwrite what somebody else wrote meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.contracts import LemmaError
from prover.reporting.proof_files import ProofWriter


def test_a_file_that_was_edited_during_the_run_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.lean"
    file.write_text("one\r\n", newline="")
    writer = ProofWriter(None, write=True)
    writer.remember(file, "one\r\n")
    writer._replace(file, "two\n")
    writer._replace(file, "three\n")
    assert file.read_text() == "three\n"
    file.write_text("mine\n")
    with pytest.raises(LemmaError, match="changed since"):
        writer._replace(file, "four\n")
    assert file.read_text() == "mine\n"
