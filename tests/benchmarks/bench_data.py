"""How fast the data synthesizer is, and whether what it makes is right.

Each kind makes a file in a process of its own with one worker; its processor time is that of the
process and of the provers under it. A sample of the records is then checked by other means than
they were made with (`tests.data.recheck`). The last line is JSON.

    python -m tests.benchmarks.bench_data [--count N | --seconds S] [--recheck M] [--seed S]
                                          [KIND …]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from data.contracts import Record
from data.pipeline.generation import Tally
from data.pipeline.journal import Journal
from data.pipeline.reading import read_records
from tests.data.recheck import recheck

KINDS = ("sat", "ontology", "saturate", "mutate")

_USUAL_COUNT, _ENDLESS = 2000, 10**9
_PATIENCE = 10.0
"""So many times as long may provers take over a record that they did not confirm at first."""

_RUN = """
import sys, time
from pathlib import Path
from data.pipeline.generation import Plan, generate
from data.registry import make_kind
kind, out, count, seed, seconds = sys.argv[1:]
end = time.monotonic() + float(seconds)
def watch(tally):
    if time.monotonic() > end:
        sys.exit()  # the journal stays
generate(make_kind(kind), Plan(Path(out), int(count), int(seed)), watch=watch)
"""


def measure(
    kind: str, count: int, seconds: float, checked: int, seed: int, folder: Path
) -> dict[str, Any]:
    """Make ``count`` items of ``kind``, or as many as there are after so many ``seconds``, and
    check ``checked`` of them anew."""
    out = folder / f"{kind}.jsonl"
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, kind, str(out), str(count), str(seed), str(seconds)]
    )
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()  # it would go on without us
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{kind}: exit code {process.returncode}")
    seconds, cpu = time.monotonic() - begun, usage.ru_utime + usage.ru_stime
    counts, records = _made(out)
    sample = random.Random(seed).sample(records, min(checked, len(records)))
    doubtful = [record for record in sample if not recheck(record)]
    wrong = [record["id"] for record in doubtful if not recheck(record, _PATIENCE)]
    return {
        "records": counts["records"], "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1),
        "per_cpu_minute": round(60 * counts["records"] / cpu),
        "per_cpu_hour": round(3600 * counts["records"] / cpu),
        "per_hour_one_worker": round(3600 * counts["records"] / seconds),
        **_shares(counts), "dropped": counts["dropped"],
        "near_duplicates": counts["near_duplicates"], "families": counts["families"],
        "memory_mb": round(usage.ru_maxrss / 1024), "rechecked": len(sample), "wrong": wrong,
        "looked_at_twice": len(doubtful),
    }  # fmt: skip


def _made(out: Path) -> tuple[dict[str, Any], list[Record]]:
    """What a run has come to, whether it came to its end or was stopped."""
    journal = out.with_name(f"{out.name}.partial")
    if not journal.exists():
        manifest = json.loads(out.with_name(f"{out.name}.manifest.json").read_text())
        return manifest["counts"], list(read_records(out))
    tally, records = Tally(), []
    with closing(Journal(journal, journal.open("r+b"))) as stopped:
        for entry in stopped.entries():
            tally.add(entry)
            records += [kept.record for kept in entry.kept]
    return tally.counts(), records


def _shares(counts: Mapping[str, Any]) -> dict[str, float]:
    """Of what was made, what the verifier accepted; of that, what was trivial or there before."""
    dropped: Mapping[str, int] = counts["dropped"]
    known = sum(n for why, n in dropped.items() if "duplicate" in why)
    trivial = sum(n for why, n in dropped.items() if why.startswith(_TRIVIAL))
    unmade = sum(n for why, n in dropped.items() if why in _UNMADE)
    accepted = counts["records"] + known + trivial
    made = counts["records"] + sum(dropped.values()) - unmade
    return {
        "accepted": round(accepted / made, 4), "trivial": round(trivial / accepted, 4),
        "duplicates": round(known / accepted, 4),
    }  # fmt: skip


_TRIVIAL = ("trivial", "stated by the library")
_UNMADE = ("the mutation does not apply", "the source has too many variables")


def main() -> None:
    """Measure the kinds that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--kind", dest="kinds_too", action="append", default=[], metavar="KIND")
    parser.add_argument("--count", type=int)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--recheck", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that `measure` ends its process
    if (count := arguments.count) is None:
        count = _USUAL_COUNT if arguments.seconds == float("inf") else _ENDLESS
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in [*arguments.kinds, *arguments.kinds_too] or KINDS:
            results[kind] = measure(kind, count, arguments.seconds, arguments.recheck,
                                    arguments.seed, Path(folder))  # fmt: skip
            print(f"{kind}: {results[kind]}", flush=True)
    print(json.dumps({"benchmark": "data", "kinds": results}))


if __name__ == "__main__":
    main()
