"""The example notebook runs from top to bottom, and shows its results as tables."""

from __future__ import annotations

from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "prover" / "examples" / "tour.ipynb"


@pytest.mark.lean
@pytest.mark.timeout(600)
def test_the_tour_runs_and_its_results_unfold():
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(
        notebook, timeout=500, kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOK.parents[2])}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output.output_type == "stream"
                and output.name == "stderr"]
    tables = [output.data["text/html"] for output in outputs
              if output.output_type == "execute_result" and "text/html" in output.data]
    proved, refuted, lean, checked = tables
    assert "<details>" in proved
    assert "proved" in proved
    assert "does not follow" in refuted
    assert lean.count("proved") == 2
    assert "accepted by" in checked
    assert "refused by" in checked
