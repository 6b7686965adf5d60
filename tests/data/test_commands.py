"""``lemma generate``, ``lemma score`` and ``lemma data`` as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from data.pipeline.reading import read_records
from prover.cli.generate import data, generate, score

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(generate)
app.command()(score)
app.add_typer(data, name="data")


def lemma(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("data") / "sat.jsonl"
    done = lemma("generate", "sat", "--count", 40, "--seed", 9, "--workers", 1, "--out", out)
    assert done.exit_code == 0, done.output
    assert "40 items of sat" in done.output
    return out


def test_options_reach_the_kind(tmp_path: Path) -> None:
    out = tmp_path / "made" / "worlds.jsonl"
    done = lemma("generate", "ontology", "--count", 3, "--workers", 1, "--depth", 2,
                 "-o", "tasks=open", "-o", "distractors=0", "--json", "--out", out)
    manifest = json.loads(done.stdout)
    assert manifest["options"]["depth"] == 2
    assert manifest["options"]["tasks"] == ["open"]
    records = list(read_records(out))
    assert len(records) == 3
    assert {record["distractors"] for record in records} == {0}


@pytest.mark.parametrize(("arguments", "message"), [
    (["sta", "--out", "x.jsonl"], "did you mean sat?"),
    (["sat", "--out", "x.csv"], ".jsonl or something.parquet"),
    (["sat", "--out", "x.jsonl", "-o", "family"], "write --option NAME=VALUE"),
    (["sat", "--out", "x.jsonl", "-o", "family=x"], "its options are"),
    (["sat", "--out", "x.jsonl", "--splits", "a=2"], "is not a split"),
    (["sat", "--out", "x.jsonl", "--resume", "--overwrite"], "exclude each other"),
    (["sat", "--out", "x.jsonl", "--decontaminate", "none.jsonl"], "none.jsonl: cannot be read"),
    (["sat", "--out", "."], "unknown format"),
])  # fmt: skip
def test_mistakes_are_told_in_one_line(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = lemma("generate", *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = lemma("generate", "sat", "--workers", 1, "--out", tmp_path / "file" / "x.jsonl")
    assert done.exit_code == 2
    assert done.stderr.startswith("lemma: ")


_GENERATE = """
import typer
from prover.cli.generate import generate
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(generate)
app()
"""


def test_an_interrupt_from_the_keyboard_ends_it_cleanly(tmp_path: Path) -> None:
    out = tmp_path / "data.jsonl"
    command = [sys.executable, "-c", _GENERATE, "sat", "--count", "1000000", "--workers", "2",
               "--out", str(out)]  # fmt: skip
    journal = tmp_path / "data.jsonl.partial"
    with subprocess.Popen(command, start_new_session=True, text=True, stderr=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        while not (journal.exists() and journal.stat().st_size > 50_000):
            assert process.poll() is None
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.splitlines() == [
        "lemma: interrupted; what is made is kept, go on with --resume"
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.jsonl.partial"]


def write_answers(path: Path, answers: dict[str, object]) -> Path:
    path.write_text("".join(
        json.dumps({"id": name, "answer": text}) + "\n" for name, text in answers.items()
    ))
    return path


def test_reference_answers_score_in_full(dataset: Path, tmp_path: Path) -> None:
    answers = write_answers(tmp_path / "answers.jsonl",
                            {r["id"]: r["answer"] for r in read_records(dataset)})
    out = tmp_path / "scores.jsonl"
    done = lemma("score", dataset, answers, "--out", out)
    assert done.exit_code == 0, done.output
    scores = list(read_records(out))
    assert len(scores) == 40
    assert all(entry["correct"] and entry["reward"] == 1 for entry in scores)
    assert "100.0%" in done.output


def test_wrong_and_several_answers_are_judged_one_by_one(dataset: Path, tmp_path: Path) -> None:
    record = next(iter(read_records(dataset)))
    answers = write_answers(tmp_path / "answers.jsonl",
                            {record["id"]: [record["answer"], "a riddle", ""]})
    done = lemma("score", dataset, answers, "--json")
    judged = [json.loads(line) for line in done.stdout.splitlines()]
    assert [entry["correct"] for entry in judged] == [True, False, False]
    assert all(0 <= entry["reward"] < 1 and entry["reason"] for entry in judged[1:])


@pytest.mark.parametrize(("line", "message"), [
    ('{"id": "nobody", "answer": "yes"}', ":2: there is no item 'nobody'"),
    ('{"id": "sat-9-0"}', ":2: an answer needs an id and an answer"),
    ('{"id": "sat-9-0", "answer": 7}', ":2: the answer is not a text"),
    ("yes", ":2: not JSON"), ("[]", ":2: not a JSON object"),
])  # fmt: skip
def test_bad_answers_are_named(line: str, message: str, dataset: Path, tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text(f"\n{line}\n")
    done = lemma("score", dataset, answers)
    assert done.exit_code == 2
    assert message in done.stderr


def test_a_file_that_is_no_dataset_is_refused(dataset: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"name": "x"}\n')
    assert "not an item of a dataset" in lemma("score", other, dataset).stderr
    record = next(iter(read_records(dataset)))
    del record["dimacs"]
    other.write_text(json.dumps(record) + "\n")
    answers = write_answers(tmp_path / "answers.jsonl", {record["id"]: "yes"})
    assert "column 'dimacs' is missing" in lemma("score", other, answers).stderr


def test_statistics_count_every_record(dataset: Path, tmp_path: Path) -> None:
    found = json.loads(lemma("data", "stats", dataset, "--json").stdout)
    assert found["records"] == 40
    for name in ("kinds", "splits", "topics", "difficulty", "prompt_words", "answer_words"):
        assert sum(found[name].values()) == 40
    assert found["crossing"] == 0
    shown = lemma("data", "stats", dataset, "--svg", tmp_path / "plots.svg")
    assert "difficulty" in shown.output
    assert (tmp_path / "plots.svg").read_text().startswith("<svg")


def test_kinds_are_described() -> None:
    described = json.loads(lemma("data", "kinds", "--json").stdout)
    assert set(described) >= {"sat", "ontology"}
    assert all(o["meaning"] for kind in described.values() for o in kind["options"].values())
    assert "pigeonhole" in lemma("data", "kinds").output
