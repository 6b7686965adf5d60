"""The page about a run of a benchmark, made from the files in its folder alone."""

from __future__ import annotations

from pathlib import Path

from prover.evaluation.runner import TRACES, safe_name
from prover.evaluation.store import read_manifest, read_results
from prover.evaluation.summary import summarise
from prover.reporting.html import ReportData, write_report
from prover.reporting.html.sources import details_of, one_a_problem, stories_of

_FACTS = {
    "benchmark": "benchmark", "split": "split", "generator": "generator", "search": "search",
    "seconds": "seconds a problem", "tactic_calls": "tactic calls a problem", "passes": "attempts",
    "shard": "shard", "seed": "seed", "workers": "workers"}
_USUAL = {"passes": 1, "shard": "1/1"}  # and not worth saying


def write_run_report(folder: Path, path: Path) -> None:
    """Write the page about the run in ``folder`` to ``path``.

    Raises `InputError` if there is no run, and `OSError` if the page cannot be written.
    """
    manifest, records = read_manifest(folder), read_results(folder)
    problems = one_a_problem(records)
    searches = stories_of(sorted((folder / TRACES).glob("*.jsonl")))
    certificates = {r["problem"]: folder / "proofs" / f"{safe_name(r['problem'])}.proof"
                    for r in problems}
    versions = manifest.get("versions") or {}
    facts = {shown: _plain(manifest[name]) for name, shown in _FACTS.items()
             if manifest.get(name) not in (None, _USUAL.get(name))}
    facts |= {f"version of {name}": str(value) for name, value in versions.items()}
    write_report(ReportData(
        title=f"Lemma on {Path(str(manifest['benchmark'])).name}", facts=facts,
        summary=summarise(records), problems=problems,
        details=details_of(problems, searches, certificates)), path)


def _plain(value: object) -> str:
    """``value`` as a person writes it: 60 rather than 60.0."""
    return f"{value:g}" if isinstance(value, float) else str(value)
