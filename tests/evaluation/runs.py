"""Running `lemma eval` as users do, and what is compared of its results."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

LEMMA = [sys.executable, "-m", "prover.cli.app"]
TIMES = {"seconds"}
PROVABLE = "fof(a, axiom, ! [X] : (p(X) => q(X))).\nfof(b, axiom, p(c{n})).\n" \
    "fof(goal{n}, conjecture, ? [X] : q(X)).\n"
REFUTABLE = "fof(a, axiom, p(c)).\nfof(wrong{n}, conjecture, q(c)).\n"


def lemma(*arguments, **options):
    return subprocess.run([*LEMMA, *map(str, arguments)], capture_output=True, text=True,
                          timeout=240, check=False, **options)


def evaluate(benchmark, out, *more):
    return lemma("eval", benchmark, "--out", out, "--timeout", "20", *more)


def results(out):
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def without_times(records):
    """All fields but times, and but the prover that confirmed a step: provers race for that."""
    kept = [{k: v for k, v in r.items() if k not in TIMES} for r in records]
    for record in kept:
        verdict = record["verdict"]
        record["verdict"] = verdict and {**verdict, "version": verdict["version"].split(";")[0]}
        record["error"] = record["error"] and record["error"].split(",")[0]
    return sorted(kept, key=lambda r: (r["attempt"], r["problem"]))


def kill_when(out, count, arguments):
    """Start a run and kill it once it has ``count`` results."""
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if (out / "results.jsonl").exists() and len(results(out)) >= count:
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def children(pid):
    """The child processes of a process."""
    return [int(entry.name) for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and parent(entry.name) == pid]


def parent(pid):
    """The parent of a process, or 0 if it is gone."""
    try:
        return int(Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0
