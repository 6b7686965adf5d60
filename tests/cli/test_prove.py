"""``lemma prove`` as a user runs it: real files, real Lean, real provers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

INPUTS = Path(__file__).parent / "inputs"
EXAMPLES = Path(__file__).parents[2] / "lean_project" / "Examples"


def lemma(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    cache = ["--no-cache"] if arguments[0] == "prove" else []
    command = [sys.executable, "-m", "prover.cli.app", *map(str, arguments), *cache]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=280,
                          check=False)


def records(run: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run.stdout.splitlines()]


def statuses(run: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {r["theorem"]: r["status"] for r in records(run)}


def no_traceback(run: subprocess.CompletedProcess[str]) -> None:
    assert "Traceback" not in run.stderr + run.stdout


def test_a_bad_input_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "empty.p").write_text("")
    (tmp_path / "good.p").write_text("fof(goal, conjecture, p | ~ p).\n")
    run = lemma("prove", tmp_path)
    no_traceback(run)
    assert run.returncode == 2
    assert run.stderr.count("empty.p") == 1
    assert "empty.p" not in run.stdout
    assert run.stdout.startswith("[1/1] ✓ proved")
    assert run.stdout.splitlines()[-1].startswith("proved 1 of 1 in ")
    assert run.stdout.endswith("(1 bad input)\n")


@pytest.mark.lean
def test_bad_inputs_are_told_and_the_rest_is_proved(tmp_path: Path) -> None:
    folder = tmp_path / "inputs"
    shutil.copytree(INPUTS, folder)
    (folder / "good.p").write_text("fof(goal, conjecture, p | ~ p).\n")
    run = lemma("prove", folder, "--json", "--timeout", "5")
    no_traceback(run)
    assert run.returncode == 2
    found = statuses(run)
    for theorem in ("g", "add_one_pos", "append_empty", "twice_is_even", "append_length",
                    "two_unknowns", "goal"):
        assert found[theorem] == "proved", theorem
    assert found["f"] in ("failed", "timeout")
    errors = run.stderr.splitlines()
    for name, line in (("syntax_error.lean", 5), ("unknown_import.lean", 1),
                       ("empty.lean", 1), ("unbalanced.p", 5), ("broken_line.jsonl", 2)):
        assert [e for e in errors if f"{name}:{line}:" in e], (name, run.stderr)
    assert any("binary.lean" in e for e in errors)
    assert any("no_conjecture.p" in e for e in errors)


@pytest.mark.lean
def test_a_false_theorem_alone_is_exit_code_1() -> None:
    run = lemma("prove", INPUTS / "false_theorem.lean", "--json", "--timeout", "5")
    assert run.returncode == 1
    assert statuses(run)["g"] == "proved"
    (record,) = [r for r in records(run) if r["theorem"] == "f"]
    assert record["proof"] is None
    assert record["status"] in ("failed", "timeout")


@pytest.mark.lean
def test_proofs_are_checked_and_described() -> None:
    run = lemma("prove", EXAMPLES / "Logic.lean", "--only", "and_swap", "--json")
    assert run.returncode == 0
    (record,) = records(run)
    assert record["verdict"]["accepted"] is True
    assert "Lean 4" in record["verdict"]["checker"] + record["verdict"]["version"]
    assert set(record["verdict"]["axioms"]) <= {"propext", "Classical.choice", "Quot.sound"}
    assert record["proof"]
    assert record["tactic_calls"] > 0


SOURCE = """\
/-! A file to fill. -/
variable (p q : Prop)

lemma swap (h : p ∧ q) : q ∧ p := by
  sorry

theorem uses_it (h : p ∧ q) : q := by
  have h' : q ∧ p := by sorry
  exact h'.1

theorem wrong : (1 : Nat) = 2 := by sorry -- stays
"""


@pytest.mark.lean
def test_write_fills_only_what_was_verified(tmp_path: Path) -> None:
    file = tmp_path / "fill.lean"
    file.write_text(SOURCE)
    run = lemma("prove", file, "--write", "--out", tmp_path / "out", "--timeout", "4",
                cwd=tmp_path)
    no_traceback(run)
    assert run.returncode == 1
    text = file.read_text()
    assert text.count("sorry") == 1
    assert text.endswith("theorem wrong : (1 : Nat) = 2 := by sorry -- stays\n")
    assert text.startswith("/-! A file to fill. -/\nvariable (p q : Prop)\n\nlemma swap")
    again = lemma("prove", file, "--json", "--timeout", "2", "--reprove")
    assert statuses(again) == {"swap": "proved", "uses_it": "proved", "wrong": "failed"} or \
        statuses(again)["wrong"] == "timeout"
    assert (tmp_path / "out" / "fill.lean").read_text() == text
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    assert len(lines) == 3


@pytest.mark.parametrize(("arguments", "message"), [
    (["missing.lean"], "no such file"),
    (["."], "no theorem file"),
    (["note.txt"], "unknown kind"),
])
def test_what_is_not_there(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "note.txt").write_text("hello")
    run = lemma("prove", *arguments, cwd=tmp_path)
    no_traceback(run)
    assert run.returncode == 2
    assert message in run.stderr


def test_unknown_names_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.p").write_text("fof(goal, conjecture, p | ~ p).\n")
    for arguments, message in ((["--search", "magic"], "best-first"),
                               (["--generator", "oracle"], "symbolic"),
                               (["--only", "goall"], "did you mean goal")):
        run = lemma("prove", "a.p", *arguments, cwd=tmp_path)
        no_traceback(run)
        assert run.returncode == 2
        assert message in run.stderr


def test_a_conjecture_that_does_not_follow(tmp_path: Path) -> None:
    (tmp_path / "a.p").write_text("fof(a, axiom, p | q).\nfof(goal, conjecture, p).\n")
    run = lemma("prove", "a.p", "--json", "--timeout", "10", cwd=tmp_path)
    assert run.returncode == 1
    (record,) = records(run)
    assert record["status"] == "failed"
    assert "countersatisfiable" in record["error"].lower()


@pytest.mark.lean
def test_ctrl_c_leaves_nothing_behind_and_keeps_what_was_proved(tmp_path: Path) -> None:
    file = tmp_path / "slow.lean"
    file.write_text("theorem easy : 1 + 1 = 2 := by sorry\n\n"
                    "theorem hard (a b c n : Nat) (h : 2 < n) (ha : 0 < a) (hb : 0 < b) :\n"
                    "    a ^ n + b ^ n ≠ c ^ n := by sorry\n")
    marker = f"LEMMA_TEST_MARK={os.getpid()}"
    run = subprocess.Popen(
        [sys.executable, "-m", "prover.cli.app", "prove", str(file), "--out",
         str(tmp_path / "out"), "--timeout", "250"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "LEMMA_TEST_MARK": str(os.getpid())},
    )
    results = tmp_path / "out" / "results.jsonl"
    deadline = time.monotonic() + 200
    while not (results.exists() and "easy" in results.read_text()):
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(1.0)
    os.killpg(run.pid, signal.SIGINT)
    _, errors = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert json.loads(results.read_text().splitlines()[0])["status"] == "proved"
    assert not marked_processes(marker)


def marked_processes(marker: str) -> list[str]:
    """Processes whose environment carries ``marker``, other than this one."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if marker.encode() in (entry / "environ").read_bytes():
                    found.append((entry / "cmdline").read_text())
            except OSError:
                continue
    return found


@pytest.mark.lean
def test_a_first_order_proof_is_written_checked_and_taken_to_lean(tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copy(EXAMPLES / "drinker.p", tmp_path)
    run = lemma("prove", "drinker.p", "--lean", "--out", out, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    for name in ("drinker.proof", "drinker.lean"):
        judged = lemma("check", out / name, "--json")
        assert judged.returncode == 0, judged.stderr
        assert all(json.loads(line)["accepted"] for line in judged.stdout.splitlines())
    certificate = out / "drinker.proof"
    certificate.write_text(certificate.read_text().replace("auto", "assumption"))
    assert lemma("check", certificate).returncode == 1
