"""The evaluation room, measured.

* how long a file of problems takes with one worker, with two, and over a local Ray cluster of
  two, and what each of these runs proved;
* what the runner costs a problem, beyond the time that its prover reports: benchmark read,
  sessions, records forced to the disk, proof files;
* how large the HTML report of 500 problems is, and how long headless Chromium takes to open it.

    python -m tests.benchmarks.bench_eval [--problems FILE] [--seconds 60] [--count 500]

Progress goes to standard error; the last line of the output is JSON. The report is that of a real
traced run, its problems repeated under new names until there are enough. The run of the problems
needs the machine for itself.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from prover.backends import make_backends
from prover.bootstrap import BROWSERS
from prover.budget import Budget
from prover.evaluation.benchmarks import read_benchmark
from prover.evaluation.provers import SessionProvers
from prover.evaluation.runner import Runner
from prover.evaluation.store import ResultStore, read_results
from prover.evaluation.summary import summarise
from prover.reporting.html import ReportData, write_report
from prover.reporting.html.sources import details_of, stories_of
from prover.session import Session, SessionOptions
from prover.trace import TraceWriter

SHARED = Path(__file__).parents[3] / "shared" / "benchmarks"
EXAMPLES = Path(__file__).with_name("first_order.txt")
# Each about predicates of its own, so that none asks what another one did.
TINY = "fof(all, axiom, ! [X] : (p{n}(X) => q{n}(X))).\nfof(one, axiom, p{n}(c)).\n" \
    "fof(tiny{n}, conjecture, q{n}(c)).\n"
Figures = dict[str, Any]


def say(text: str) -> None:
    """Tell about the progress."""
    print(text, file=sys.stderr, flush=True)


# ---------------------------------------------------------------------------------------- wall time


def runs(problems: Path, seconds: float, split: str | None, *, ray: bool) -> Figures:
    """Wall time and proofs of `lemma eval` with 1 and 2 workers, and with Ray."""
    ways = {"workers_1": ["--workers", "1"], "workers_2": ["--workers", "2"]}
    if ray:
        ways["ray_2"] = ["--workers", "2", "--ray", "local"]
    figures: Figures = {name: run(problems, seconds, split, options)
                        for name, options in ways.items()}
    first, second = figures["workers_1"]["wall_s"], figures["workers_2"]["wall_s"]
    figures["speedup_2"] = round(first / second, 2)
    return figures


def run(problems: Path, seconds: float, split: str | None, options: list[str]) -> Figures:
    """One run of `lemma eval`."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "prover.cli.app", "eval", str(problems), "--out", folder,
             "--timeout", str(seconds), *(["--split", split] if split else []), "--json",
             *options], stdout=subprocess.PIPE, text=True, check=False)
        wall = time.perf_counter() - begun
        if done.returncode not in (0, 1):
            raise SystemExit(f"lemma eval ended with exit code {done.returncode}")
        summary = json.loads(done.stdout.splitlines()[-1])
    found = {"wall_s": round(wall, 1),
             **{name: summary[name] for name in ("problems", "proved", "unsupported")}}
    say(f"  {' '.join(options)}: {found}")
    return found


# ----------------------------------------------------------------------------------------- overhead


def overhead(count: int) -> Figures:
    """Milliseconds a problem, over ``count`` problems that are proved at once, that are not the
    prover's own."""
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name, "problems"), Path(name, "out")
        folder.mkdir()
        for n in range(count):
            (folder / f"tiny{n}.p").write_text(TINY.replace("{n}", str(n)), encoding="utf-8")
        options = SessionOptions(budget=Budget(seconds=20.0))
        backends = make_backends(1, independent=True)
        begun = time.perf_counter()
        with ResultStore(out, {}, resume=False).opened() as store, \
                Session(backends, options) as session:
            benchmark = read_benchmark(str(folder), session, folder=out)
            read = time.perf_counter()
            provers = SessionProvers(lambda _: Session(backends, options), out / "proofs")
            proving = sum(record["seconds"] for record in Runner(benchmark, store, provers).run())
            ended = time.perf_counter()
    return {"problems": count, "read_ms": round(1000 * (read - begun) / count, 2),
            "runner_ms": round(1000 * (ended - read - proving) / count, 2),
            "prover_ms": round(1000 * proving / count, 2)}


# ------------------------------------------------------------------------------------------- report


def report(count: int) -> Figures:
    """Size and load time of the page about ``count`` problems."""
    with tempfile.TemporaryDirectory() as name:
        page = Path(name, "report.html")
        data = _report_data(Path(name), count)
        begun = time.perf_counter()
        write_report(data, page)
        figures: Figures = {
            "problems": count, "write_s": round(time.perf_counter() - begun, 2),
            "megabytes": round(page.stat().st_size / 1e6, 2), "load_s": _load_seconds(page)}
    return figures


def _report_data(folder: Path, count: int) -> ReportData:
    """A real run over the first-order examples, its problems repeated."""
    trace, out = folder / "trace.jsonl", folder / "out"
    backends = make_backends(1, independent=True)
    with TraceWriter(trace) as writer, ResultStore(out, {}, resume=False).opened() as store:
        options = SessionOptions(budget=Budget(seconds=20.0, tactic_calls=300), trace=writer)
        with Session(backends, options) as session:
            benchmark = read_benchmark(str(EXAMPLES), session, folder=out)
            provers = SessionProvers(lambda _: Session(backends, options), out / "proofs")
            for record in Runner(benchmark, store, provers).run():
                say(f"  {record['status']} {record['problem']}")
    records = read_results(out)
    known = details_of(records, stories_of([trace]), {})
    problems, details = [], {}
    for n, record in enumerate(islice(cycle(records), count)):
        key = f"{record['problem']}_{n}"
        problems.append({**record, "problem": key})
        if record["problem"] in known:
            details[key] = known[record["problem"]]
    return ReportData("Benchmark of the report", {}, summarise(problems), problems, details)


def _load_seconds(page: Path) -> float | None:
    """From the request to the end of the load event, in headless Chromium; None without one."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None or find_spec("playwright") is None:
        say("  no Chromium, or no playwright: not opened")
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = chromium.new_page()
        tab.goto(page.as_uri(), wait_until="load", timeout=300_000)
        milliseconds: float = tab.evaluate(
            "performance.getEntriesByType('navigation')[0].loadEventEnd")
        chromium.close()
    return round(milliseconds / 1000, 3)


# --------------------------------------------------------------------------------------------- main


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description="Benchmark of evaluation.")
    parser.add_argument("--problems", type=Path, default=SHARED / "minif2f_core_valid.jsonl",
                        help="what `lemma eval` runs")
    parser.add_argument("--split", help="only this split of the problems")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each problem")
    parser.add_argument("--count", type=int, default=500, help="problems of the report")
    parser.add_argument("--tiny", type=int, default=100, help="problems that measure the runner")
    parser.add_argument("--skip-runs", action="store_true", help="no runs of the problems")
    given = parser.parse_args(arguments)
    if not given.skip_runs and not given.problems.exists():
        parser.error(f"no {given.problems}: name the problems with --problems")
    figures: Figures = {"seconds": given.seconds}
    if not given.skip_runs:
        say(f"runs of {given.problems.name}")
        figures["runs"] = runs(given.problems, given.seconds, given.split,
                               ray=find_spec("ray") is not None)
    say("the runner")
    figures["overhead"] = overhead(given.tiny)
    say("the report")
    figures["report"] = report(given.count)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
