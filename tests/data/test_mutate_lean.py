"""The kind mutate with Lean, over a small part of its library."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data.contracts import Record
from data.mutate.kind import MutateKind
from data.mutate.scoring import judge
from data.pipeline.generation import Plan, generate
from data.pipeline.reading import read_records
from prover.contracts import InputError
from tests.data.recheck import recheck

pytestmark = pytest.mark.lean

_MODULE = "Init.Data.Nat.Basic"
_KIND = MutateKind(imports=(_MODULE,), depth=2, attempts=4)


def plan(out: Path) -> Plan:
    return Plan(out, count=10, seed=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("mutate") / "whole.jsonl"
    generate(_KIND, plan(out))
    return out


@pytest.fixture(scope="module")
def records(whole: Path) -> list[Record]:
    return list(read_records(whole))


def test_theorems_are_new_and_the_checker_accepts_them(records: list[Record]) -> None:
    assert len(records) == 10
    assert len({record["statement"] for record in records}) == 10
    assert {record["depth"] for record in records} == {1, 2}
    for record in records:
        assert record["trivial"] == ""
        assert len(record["invoked"]) == len(record["uses"]) == record["depth"]
        assert record["source"].endswith(record["family"])
        assert record["source"] not in record["invoked"]
        assert all(name in record["answer"] for name in record["invoked"])
    assert all(recheck(record) for record in records[::4])


def test_the_recheck_finds_what_is_wrong(records: list[Record]) -> None:
    record = records[0]
    assert not recheck({**record, "answer": "sorry"})
    assert not recheck({**record, "answer": records[-1]["answer"]})
    assert not recheck({**record, "statement": f"theorem {record['name']} : 0 = 1"})


def test_answers_are_judged_by_what_they_prove(records: list[Record]) -> None:
    record = records[0]
    proof = record["answer"]
    indented = proof.replace("\n", "\n  ")
    theorem = f"{record['statement']} := by\n  {indented}"
    right = (f"by {proof}", f"```lean\n{theorem}\n```")
    for answer in right:
        assert judge(record, answer).reward == 1, answer
    changed = theorem.replace(record["statement"], f"theorem {record['name']} : 0 = 0")
    for answer in ("", "by sorry", changed, f"axiom cheat : False\n{theorem}"):
        judged = judge(record, answer)
        assert not judged.correct, answer
        assert judged.reward < 1
        assert judged.reason


_RUN = """
import sys
from pathlib import Path
from tests.data.test_mutate_lean import _KIND, plan
from data.pipeline.generation import generate
generate(_KIND, plan(Path(sys.argv[1])))
"""


def test_a_killed_run_is_resumed_to_the_same_file(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / whole.name
    with subprocess.Popen([sys.executable, "-c", _RUN, str(out)]) as process:
        journal = plan(out).journal
        while not (journal.exists() and journal.read_bytes().count(b"\n") > 1):
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    generate(_KIND, plan(out), resume=True)
    assert out.read_bytes() == whole.read_bytes()
    assert plan(out).manifest.read_bytes() == plan(whole).manifest.read_bytes()


def test_a_module_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no module 'Mathlib'"):
        generate(MutateKind(imports=("Mathlib",)), Plan(tmp_path / "x.jsonl", 1))
