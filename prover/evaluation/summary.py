"""The figures of a run, all from its records."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from prover.contracts import Status
from prover.evaluation.runner import UNSUPPORTED
from prover.evaluation.statistics import (
    Attempts,
    Interval,
    compare,
    coverage,
    curve,
    power_law,
    proportion,
)
from prover.evaluation.store import Record


def attempts_of(records: Sequence[Record]) -> dict[str, Attempts]:
    """Attempts and proofs of each problem that could be tried."""
    tried: Counter[str] = Counter()
    proved: Counter[str] = Counter()
    for record in records:
        if record["status"] != UNSUPPORTED:
            tried[record["problem"]] += 1
            proved[record["problem"]] += record["status"] == Status.PROVED
    return {problem: Attempts(tried[problem], proved[problem]) for problem in tried}


def summarise(records: Sequence[Record]) -> dict[str, Any]:
    """Counts, pass@k with 95 % intervals, curves over seconds and tactic calls, per split."""
    summary = _figures(records)
    splits: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        splits[record.get("split") or ""].append(record)
    if set(splits) - {""}:
        summary["splits"] = {name or "none": _figures(part)
                             for name, part in sorted(splits.items())}
    proofs = _first_proofs(records)
    tried = max(1, len(attempts_of(records)))
    summary["curves"] = {
        cost: curve([record[cost] for record in proofs], tried)
        for cost in ("seconds", "tactic_calls")}
    return summary


def _figures(records: Sequence[Record]) -> dict[str, Any]:
    attempts = attempts_of(records)
    proved = sum(a.proved > 0 for a in attempts.values())
    most = min((a.tried for a in attempts.values()), default=0)
    ks = sorted({k for k in (1, 2, 4, 8, 16, 32, 64, 128, 256, most) if 1 <= k <= most})
    law = power_law(list(attempts.values()))
    return {
        "problems": len(attempts), "proved": proved,
        "unsupported": sum(r["status"] == UNSUPPORTED for r in records),
        "statuses": dict(sorted(Counter(r["status"] for r in records).items())),
        "proved_share": _interval(proportion(proved, len(attempts))),
        "pass": {str(k): _interval(coverage(list(attempts.values()), k)) for k in ks},
        "power_law": None if law is None else {"a": law.a, "b": law.b, "error": law.error},
        "seconds": round(sum(r["seconds"] for r in records), 3),
        "tactic_calls": sum(r["tactic_calls"] for r in records),
    }


def _interval(found: Interval) -> dict[str, float]:
    return {"estimate": found.estimate, "low": found.low, "high": found.high}


def _first_proofs(records: Sequence[Record]) -> list[Record]:
    """The cheapest proof of each problem, by tactic calls."""
    best: dict[str, Record] = {}
    for record in records:
        if record["status"] == Status.PROVED:
            known = best.get(record["problem"])
            if known is None or record["tactic_calls"] < known["tactic_calls"]:
                best[record["problem"]] = record
    return list(best.values())


def comparison(before: Sequence[Record], after: Sequence[Record]) -> dict[str, Any]:
    """Two runs on the problems that both tried, with an exact paired test."""
    first = {name: a.proved > 0 for name, a in attempts_of(before).items()}
    second = {name: a.proved > 0 for name, a in attempts_of(after).items()}
    found = compare(first, second)
    common = first.keys() & second.keys()
    return {
        "problems": len(common),
        "proved_before": sum(first[name] for name in common),
        "proved_after": sum(second[name] for name in common),
        "gained": list(found.gained), "lost": list(found.lost), "p_value": found.p_value,
        "only_before": sorted(first.keys() - common), "only_after": sorted(second.keys() - common),
    }
