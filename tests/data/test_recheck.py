"""A sample of generated records holds when it is checked by other means."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.pipeline.generation import Plan, generate
from data.pipeline.reading import read_records
from data.registry import make_kind
from tests.data.recheck import recheck


@pytest.mark.parametrize("kind", ["sat", "ontology"])
def test_no_answer_of_a_sample_is_wrong(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "data.jsonl"
    generate(make_kind(kind), Plan(out, 60, seed=77))
    assert [r["id"] for r in read_records(out) if not recheck(r)] == []


def test_the_recheck_finds_wrong_answers(tmp_path: Path) -> None:
    out = tmp_path / "data.jsonl"
    kind = make_kind("ontology", {"tasks": "open,closed", "depth": "2"})
    generate(kind, Plan(out, 10))
    for record in read_records(out):
        wrong = "false" if record["label"] == "true" else "true"
        assert not recheck({**record, "label": wrong})
    generate(make_kind("sat"), Plan(out, 20), overwrite=True)
    for record in read_records(out):
        question, answer = record["question"], record["answer"]
        if question == "satisfiability":
            assert not recheck({**record, "answer": "yes" if answer == "no" else "no"})
        elif question in ("core", "subset"):
            assert not recheck({**record, "answer": answer.rpartition(",")[0] or "1"})
