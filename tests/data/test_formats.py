"""Files for others: what LeanDojo's and ReProver's readers demand, and `datasets.load_dataset`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from data.formats.annotation import Provenance, annotated
from data.formats.leandojo import Repository, export
from data.pipeline.generation import Plan, generate
from data.registry import make_kind
from data.statistics import Statistics
from data.trace.lean_files import Declared, TracedFile
from data.trace.steps import Outcome, TracedStep, TracedTheorem
from prover.contracts import InputError
from prover.environments.lean.library_view import Library, LibraryTheorem
from prover.environments.lean.source import Place

HERE = Repository("https://example.org/a/b", "f" * 40)


def step(tactic: str, before: str, after: Sequence[str], *used: str) -> TracedStep:
    outcome = Outcome.GOALS if after else Outcome.CLOSED
    return TracedStep((before,), tactic, outcome, tuple(after), used, proof=True)


def library() -> Library:
    return Library(
        (LibraryTheorem("Nat.add_comm", "∀ (n m : Nat), n + m = m + n", "Init.Nat", 0),
         LibraryTheorem("Nat.add_zero", "∀ (n : Nat), n + 0 = n", "Init.Nat", 1),
         LibraryTheorem("And.comm", "a ∧ b ↔ b ∧ a", "Init", 0)),
        {"Init": ("Init.Nat",), "Init.Nat": ()}, "4.28.0", ordered=False,
    )  # fmt: skip


def files(root: Path, theorems: int) -> list[TracedFile]:
    """Two files, of which the first in the alphabet imports the other."""
    found = []
    for name, modules in (("A", ("Init", "Sub.B")), ("Sub/B", ("Init",))):
        traced, places, declared = [], [], []
        for n in range(theorems):
            line = 10 * n + 1
            full = f"{name[-1]}.t{n}"
            used = "Nat.add_comm" if n % 2 else "B.lemma0"
            traced.append(TracedTheorem(full, f"theorem t{n} : p", f"{name}.lean", line, (
                step(f"rw [{used}]", "a : Nat\n⊢ p", ["⊢ q", "⊢ r"], used),
                step("omega", "⊢ q", []),
            )))  # fmt: skip
            places.append((Place(line, 1), Place(line + 5, 3)))
            declared.append(Declared(full, f"theorem t{n} : p := by …", Place(line, 1),
                                     Place(line + 5, 3), (full,)))  # fmt: skip
        if name != "A":
            declared.insert(0, Declared("B.lemma0", "theorem lemma0 : p := h", Place(500, 1),
                                        Place(501, 9), ("B.lemma0", "B.lemma0.eq_1")))  # fmt: skip
        found.append(TracedFile(root / f"{name}.lean", modules, tuple(declared), tuple(traced),
                                tuple(places)))  # fmt: skip
    return found


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    out = tmp_path / "benchmark"
    made = export(files(tmp_path, 12), library(), tmp_path, HERE, out)
    assert made == {"files": 4, "premises": 3 + 25, "theorems": 24, "tactics": 48}
    return out


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_the_corpus_is_what_readers_demand(benchmark: Path) -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    for file in lines(benchmark / "corpus.jsonl"):
        assert not graph.has_node(file["path"])
        graph.add_node(file["path"])
        for imported in file["imports"]:
            assert graph.has_node(imported), "a file stands before one that it imports"
            graph.add_edge(file["path"], imported)
        for premise in file["premises"]:
            assert isinstance(premise["full_name"], str)
            assert premise["code"]
            assert len(premise["start"]) == len(premise["end"]) == 2
            assert premise["start"] <= premise["end"]
    assert nx.is_directed_acyclic_graph(graph)
    assert nx.has_path(graph, "A.lean", ".lake/packages/lean4/src/lean/Init/Nat.lean")
    assert nx.has_path(graph, "A.lean", "Sub/B.lean")


@pytest.mark.parametrize("split", ["random", "novel_premises"])
def test_theorems_are_what_readers_demand(split: str, benchmark: Path) -> None:
    corpus = {file["path"]: file["premises"] for file in lines(benchmark / "corpus.jsonl")}
    seen = []
    for part in ("train", "val", "test"):
        theorems = json.loads((benchmark / split / f"{part}.json").read_text("utf-8"))
        assert theorems or split == "novel_premises"  # where every premise is used by many
        for theorem in theorems:
            seen.append((theorem["file_path"], theorem["full_name"]))
            assert (theorem["url"], theorem["commit"]) == (HERE.url, HERE.commit)
            assert theorem["file_path"] in corpus
            assert theorem["start"] < theorem["end"]
            for tactic in theorem["traced_tactics"]:
                assert "⊢" in tactic["state_before"]
                assert "<a>" not in tactic["state_before"]
                marked, premises = tactic["annotated_tactic"]
                assert marked.replace("<a>", "").replace("</a>", "") == tactic["tactic"]
                assert marked.count("<a>") == len(premises)
                for premise in premises:
                    inside = [p["full_name"] for p in corpus[premise["def_path"]]
                              if p["start"] <= premise["def_pos"] <= p["end"]]
                    assert inside == [premise["full_name"]]
    assert len(seen) == len(set(seen)) == 24


def test_held_out_theorems_use_premises_that_are_not_trained_on(tmp_path: Path) -> None:
    rare = files(tmp_path, 8)
    lonely = TracedTheorem("A.lonely", "theorem lonely : p", "A.lean", 300, (
        step("rw [Nat.add_zero]", "⊢ p", [], "Nat.add_zero"),))  # fmt: skip
    first = rare[0]
    rare[0] = TracedFile(first.path, first.modules, first.declared, (*first.theorems, lonely),
                         (*first.places, (Place(300, 1), Place(301, 1))))  # fmt: skip
    export(rare, library(), tmp_path, HERE, tmp_path / "out")
    split = {part: json.loads((tmp_path / "out" / "novel_premises" / f"{part}.json").read_text())
             for part in ("train", "val", "test")}  # fmt: skip

    def used(theorem: dict[str, Any]) -> set[str]:
        return {p["full_name"] for t in theorem["traced_tactics"] for p in t["annotated_tactic"][1]}

    trained = set().union(*map(used, split["train"]))
    held = [*split["val"], *split["test"]]
    assert "A.lonely" in [theorem["full_name"] for theorem in held]
    assert all(used(theorem) - trained for theorem in held)


def test_closed_goals_and_several_goals_are_written_as_lean_dojo_does(benchmark: Path) -> None:
    theorem = json.loads((benchmark / "random" / "train.json").read_text("utf-8"))[0]
    first, last = theorem["traced_tactics"]
    assert first["state_after"] == "⊢ q\n\n⊢ r"
    assert last["state_after"] == "no goals"


def test_nothing_to_export_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no theorem has a proof by tactics"):
        export([], library(), tmp_path, HERE, tmp_path / "out")


def test_names_are_marked_where_they_are_premises() -> None:
    where = {name: Provenance(name, "x.lean", (1, 1), (1, 2))
             for name in ("Nat.add_comm", "A.h", "A.foo")}  # fmt: skip
    text, found = annotated("rw [add_comm, h, foo] at h2", ["h h2 : p\n⊢ q"],
                            ["Nat.add_comm", "A.h", "A.foo"], where)
    assert text == "rw [<a>add_comm</a>, h, <a>foo</a>] at h2"
    assert [p.full_name for p in found] == ["Nat.add_comm", "A.foo"]
    assert annotated("simp [Nat.add_comm]", [], [], where)[0] == "simp [<a>Nat.add_comm</a>]"
    assert annotated("exact -- Nat.add_comm", [], [], where)[1] == []


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_files_are_hugging_face_datasets(suffix: str, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    out = tmp_path / f"data.{suffix}"
    generate(make_kind("ontology"), Plan(out, 6))
    loaded = datasets.load_dataset("json" if suffix == "jsonl" else "parquet",
                                   data_files=str(out), cache_dir=str(tmp_path / "cache"))
    assert loaded["train"].num_rows == 6
    assert set(loaded["train"][0]) >= {"prompt", "answer", "difficulty", "tactics"}


def test_statistics_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from data.plots import draw

    records = [{"topic": f"t{n % 3}", "difficulty": n / 10, "prompt": "a b c", "answer": "yes",
                "tactics": ["rw"], "kind": "x", "split": "train", "family": str(n)}
               for n in range(10)]  # fmt: skip
    draw(Statistics.of(records), "a $tricky_title", tmp_path / "plots.png")
    assert (tmp_path / "plots.png").read_bytes().startswith(b"\x89PNG")
