"""How much shorter minimising makes found proofs, and what it costs.

    lemma prove FILES --no-minimise --no-cache --json > found.jsonl
    python -m tests.benchmarks.bench_minimise found.jsonl

Every proved record is minimised in its environment and checked. Lengths are characters without
indentation and line breaks, and tactics (joined ones counted one by one); the mean reduction is the
mean over proofs of ``1 - after / before``, over all proofs and over those that a person would think
of shortening: with two tactics or more. JSON on the last line.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from prover.backends import make_backends
from prover.contracts import ProofScript
from prover.minimise import Minimiser
from prover.minimise.minimiser import SECONDS, TACTIC_CALLS
from prover.script import length
from prover.session import Backend, Session, SessionOptions, Task

_JOINTS = re.compile(r";|<;>|\bby\b(?! *$)", re.MULTILINE)


def characters(script: ProofScript) -> int:
    return length(script).characters


def tactics(script: ProofScript) -> int:
    """Lines of tactics, and what is joined on a line or stands in a term counted too."""
    return length(script).tactics + sum(len(_JOINTS.findall(block)) for block in script.blocks)


def minimised(backend: Backend, task: Task, found: ProofScript, seconds: float) -> dict[str, Any]:
    with backend.environment(task.theorem) as environment:
        minimiser = Minimiser(environment, backend.checker, backend.dialect, seconds=seconds)
        started = time.monotonic()
        result = minimiser.minimise(task.theorem, found)
    script = found if result is None else result.script
    return {
        "theorem": task.theorem.name, "file": task.theorem.file.name, "found": found.blocks,
        "script": script.blocks, "calls": 0 if result is None else result.tactic_calls,
        "accepted": backend.checker.check(task.theorem, script).accepted,
        "seconds": round(time.monotonic() - started, 2),
        "characters": [characters(found), characters(script)],
        "tactics": [tactics(found), tactics(script)],
    }


def figures(records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    rows = list(records)
    if not rows:
        return {"proofs": 0}
    report: dict[str, Any] = {"proofs": len(rows),
                              "shortened": sum(r["found"] != r["script"] for r in rows),
                              "accepted": sum(r["accepted"] for r in rows)}
    for unit in ("characters", "tactics"):
        before, after = (sum(r[unit][i] for r in rows) for i in (0, 1))
        report[unit] = {
            "mean_reduction": round(statistics.mean(1 - r[unit][1] / r[unit][0] for r in rows), 3),
            "of_all_text": round(1 - after / before, 3), "before": before, "after": after,
        }
    report["seconds_mean"] = round(statistics.mean(r["seconds"] for r in rows), 2)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("found", type=Path, nargs="+", help="output of lemma prove --json")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"{TACTIC_CALLS} calls and")
    parser.add_argument("--only", nargs="*", help="only these theorems")
    parser.add_argument("--show", action="store_true", help="print the proofs before and after")
    args = parser.parse_args()
    scripts: defaultdict[Path, dict[tuple[str, int], ProofScript]] = defaultdict(dict)
    for line in (line for path in args.found for line in path.read_text("utf-8").splitlines()):
        record = json.loads(line)
        if record["status"] == "proved" and (not args.only or record["theorem"] in args.only):
            key = record["theorem"], record["line"]
            scripts[Path(record["file"])][key] = ProofScript(tuple(record["script"]))
    rows: list[dict[str, Any]] = []
    with Session(make_backends(1), SessionOptions()) as session:
        for file, wanted in scripts.items():
            for task in session.load(file)[0]:
                found = wanted.get((task.theorem.name, task.theorem.line or 0))
                if found is None:
                    continue
                row = minimised(task.backend, task, found, args.seconds)
                rows.append(row)
                before, after = row["characters"]
                print(f"{row['theorem']}: {before} -> {after} characters, {row['calls']} calls, "
                      f"{row['seconds']} s", flush=True)
                if args.show and found.blocks != row["script"]:
                    print("\n".join(found.blocks) + "\n--->\n" + "\n".join(row["script"]) + "\n")
    print(json.dumps({
        "all": figures(rows),
        "two tactics or more": figures(r for r in rows if r["tactics"][0] > 1),
        "lean": figures(r for r in rows if not r["file"].endswith(".p")),
        "lean, two tactics or more": figures(
            r for r in rows if r["tactics"][0] > 1 and not r["file"].endswith(".p")),
        "first-order": figures(r for r in rows if r["file"].endswith(".p")),
    }))


if __name__ == "__main__":
    main()
