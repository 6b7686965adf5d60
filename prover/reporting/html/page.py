"""Puts style, script and data into one HTML file that needs no network.

The table's rows are plain JSON; the details of each problem (search graphs are large) are
compressed and unpacked by the browser when the problem is opened.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
from importlib import resources
from pathlib import Path
from typing import Any

from prover.files import replace_text
from prover.reporting.html.payload import ReportData

_ROW = ("problem", "theorem", "file", "line", "status", "split", "seconds", "tactic_calls",
        "expansions", "proof", "error", "verdict", "attempt", "statement")
_ERROR = 2000


def write_report(data: ReportData, path: Path) -> None:
    """Write the page to ``path``, atomically. Raises `OSError` when that fails."""
    replace_text(path, report_page(data))


def report_page(data: ReportData) -> str:
    """The page as text."""
    content = {
        "title": data.title, "facts": dict(data.facts), "summary": data.summary,
        "problems": [_row(record) for record in data.problems],
    }
    parts = {
        "TITLE": html.escape(data.title),
        "STYLE": _asset("report.css"),
        "CONTENT": _embedded(content),
        "DETAILS": "\n".join(
            f'<script type="application/gzip" data-problem="{html.escape(key)}">'
            f"{_packed(details)}</script>"
            for key, details in data.details.items()),
        "SCRIPT": _asset("report.js"),
    }
    page = _asset("report.html")
    # One pass over the template: what is put in may itself contain the marks.
    pieces = page.split("@@")
    return "".join(parts.get(piece, piece) if i % 2 else piece for i, piece in enumerate(pieces))


def _row(record: dict[str, Any]) -> dict[str, Any]:
    row = {name: record.get(name) for name in _ROW}
    if row["error"]:
        row["error"] = row["error"][:_ERROR]
    row["problem"] = row["problem"] or row["theorem"]
    return row


def _embedded(value: Any) -> str:
    """JSON that is safe inside a ``script`` element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _packed(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # mtime 0: the same run gives the same page.
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("assets", name).read_text("utf-8")
