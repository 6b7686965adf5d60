"""``lemma train retriever``: from files to a folder that selects premises."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from prover.cli.train import train as app
from prover.corpora import tptp_corpus
from prover.environments.fol.selection import Ranked
from prover.environments.fol.tptp import parse_problem
from prover.own_proofs import is_results, own_proofs

LIBRARY = "".join(
    f"fof(hidden_{topic}, axiom, ![X] : g{topic}(X) = X).\n" for topic in range(3)
) + "".join(
    f"fof(t{number}_{topic}, axiom, ![X] : f{topic}(c{number}, X) = X).\n"
    for number in range(12) for topic in range(3)
)  # fmt: skip


@pytest.fixture
def library(tmp_path):
    file = tmp_path / "library.p"
    file.write_text(LIBRARY)
    return file


@pytest.fixture
def proofs(tmp_path):
    file = tmp_path / "proofs.jsonl"
    file.write_text("".join(
        json.dumps({"name": f"t{number}_{topic}", "premises": [f"hidden_{topic}"]}) + "\n"
        for number in range(12) for topic in range(3)))
    return file


def run(*arguments):
    return CliRunner().invoke(app, ["retriever", *map(str, arguments)])


def test_training_from_files_and_using_the_folder(library, proofs, tmp_path):
    out = tmp_path / "model"
    done = run(proofs, "--library", library, "--out", out, "--parts", "learned", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    recall = {found["ranker"]: found["recall@1"] for found in report["rankers"]}
    assert recall["learned"] > recall["bm25"]
    assert json.loads((out / "report.json").read_text()) == report

    problem = parse_problem(LIBRARY + "fof(new,conjecture,![X]:f1(X,X)=X).")
    assert [p.name for p in Ranked(out, 1)(problem).premises] == ["hidden_1"]


def test_training_repeats(library, proofs, tmp_path):
    for name in ("one", "two"):
        run(proofs, "--library", library, "--out", tmp_path / name, "--parts", "learned")
    for file in ("learned.json", "examples.jsonl"):
        one, two = ((tmp_path / name / file).read_bytes() for name in ("one", "two"))
        assert one == two


def test_the_agents_own_proofs_are_learnt_from(library, tmp_path):
    problem = tmp_path / "mine.p"
    problem.write_text("include('library.p').\nfof(mine,conjecture,![X]:f1(c1,X)=X).")
    results = tmp_path / "results.jsonl"
    lines = [
        {"theorem": "mine", "file": str(problem), "status": "proved",
         "script": ["intro X\nhave := t1_1\nauto"], "verdict": {"axioms": ["hidden_1"]}},
        {"theorem": "t3_2", "file": "gone.p", "status": "proved",
         "script": ["auto [hidden_2, t5_1]"]},  # t5_1 comes later
        {"theorem": "unknown", "file": "gone.p", "status": "proved", "script": ["auto [t1_1]"]},
        {"theorem": "t4_1", "file": "gone.p", "status": "failed", "script": None},
    ]  # fmt: skip
    results.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert is_results(results)
    corpus = tptp_corpus(library)
    mine, old = own_proofs(results, corpus)
    assert {corpus.premises[i].name for i in mine.used} == {"t1_1", "hidden_1"}
    assert [corpus.premises[i].name for i in old.used] == ["hidden_2"]


@pytest.mark.parametrize(("arguments", "message"), [
    (["--parts", "everything"], "choose learned, encoder, both"),
    (["-o", "steps"], "write -o NAME=VALUE"),
    (["-o", "steps=many"], "not of type int"),
    (["-o", "nonsense=1"], "unknown option"),
    (["--validation", "0"], "too few"),
])  # fmt: skip
def test_mistakes_are_told_in_a_line(library, proofs, tmp_path, arguments, message):
    done = run(proofs, "--library", library, "--out", tmp_path / "m", *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Traceback" not in done.output


def test_files_that_are_not_there_or_broken_are_told(library, proofs, tmp_path):
    missing = run(tmp_path / "no.jsonl", "--library", library, "--out", tmp_path / "m")
    assert (missing.exit_code, "no.jsonl" in missing.stderr) == (2, True)
    elsewhere = run(proofs, "--library", tmp_path / "no.p", "--out", tmp_path / "m")
    assert (elsewhere.exit_code, "no such file" in elsewhere.stderr) == (2, True)
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"name": "t1_1", "premises": ["hidden_1"]}\n{"name": 3\n')
    told = run(broken, "--library", library, "--out", tmp_path / "m")
    assert (told.exit_code, f"{broken}:2" in told.stderr) == (2, True)
