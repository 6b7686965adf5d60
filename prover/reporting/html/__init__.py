"""One self-contained page about a run: figures, problems, proofs and search graphs."""

from prover.reporting.html.page import write_report
from prover.reporting.html.payload import ReportData, problem_details

__all__ = ["ReportData", "problem_details", "write_report"]
