"""How fast the data synthesizer is, and whether what it makes is right.

Each kind makes a file in a process of its own with one worker; its processor time is that of the
process and of the provers under it. A sample of the records is then checked by other means than
they were made with (`tests.data.recheck`). The last line is JSON.

    python -m tests.benchmarks.bench_data [--count N] [--recheck M] [--seed S] [KIND …]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from data.pipeline.reading import read_records
from tests.data.recheck import recheck

KINDS = ("sat", "ontology")

_RUN = """
import sys
from pathlib import Path
from data.pipeline.generation import Plan, generate
from data.registry import make_kind
generate(make_kind(sys.argv[1]), Plan(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
"""


def measure(kind: str, count: int, checked: int, seed: int, folder: Path) -> dict[str, Any]:
    """Make ``count`` items of ``kind`` and check ``checked`` of them anew."""
    out = folder / f"{kind}.jsonl"
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, kind, str(out), str(count), str(seed)]
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{kind}: exit code {process.returncode}")
    seconds, cpu = time.monotonic() - begun, usage.ru_utime + usage.ru_stime
    counts = json.loads(out.with_name(f"{out.name}.manifest.json").read_text())["counts"]
    records = list(read_records(out))
    step = max(len(records) // checked, 1)
    sample = records[::step][:checked]
    wrong = [record["id"] for record in sample if not recheck(record)]
    made = counts["records"] + sum(counts["dropped"].values())
    refused = sum(n for why, n in counts["dropped"].items() if "duplicate" not in why)
    return {
        "records": counts["records"], "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1),
        "per_cpu_minute": round(60 * counts["records"] / cpu),
        "per_hour_one_worker": round(3600 * counts["records"] / seconds),
        "accepted": round(1 - refused / made, 4), "dropped": counts["dropped"],
        "near_duplicates": counts["near_duplicates"], "families": counts["families"],
        "memory_mb": round(usage.ru_maxrss / 1024), "rechecked": len(sample), "wrong": wrong,
    }  # fmt: skip


def main() -> None:
    """Measure the kinds that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--recheck", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in arguments.kinds or KINDS:
            results[kind] = measure(kind, arguments.count, arguments.recheck, arguments.seed,
                                    Path(folder))  # fmt: skip
            print(f"{kind}: {results[kind]}", flush=True)
    print(json.dumps({"benchmark": "data", "kinds": results}))


if __name__ == "__main__":
    main()
