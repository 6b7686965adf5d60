"""Benchmarks in the shapes in which they are published, on files of our own in those shapes."""

from __future__ import annotations

import json

import pytest

from prover.backends import make_backends
from prover.contracts import InputError
from prover.evaluation.benchmarks import read_benchmark
from prover.session import Session, SessionOptions

PUTNAM = {
    # Asks for an answer, and needs nothing that the core library lacks.
    "putnam_1990_a1": "abbrev putnam_1990_a1_solution : Nat := sorry\n-- 4\n\n"
    "/-- What is 2 + 2? -/\ntheorem putnam_1990_a1 : 2 + 2 = putnam_1990_a1_solution :=\nsorry\n",
    "putnam_1991_b2": "open Nat\n\n/-- Sums. -/\ntheorem putnam_1991_b2\n"
    "    (a b : Nat)\n    (h : a ≤ b) :\n    ∃ c, b = a + c :=\nsorry\n",
    "putnam_1992_a3": "import Mathlib\n\nopen Topology Filter\n\ntheorem putnam_1992_a3\n"
    "    (f : ℝ → ℝ)\n    (hf : Continuous f) :\n    ∃ x, f x = f (x + 0) :=\nsorry\n",
}
PROOFNET = [
    {"name": "exercise_1_1a", "split": "valid", "nl_statement": "…",
     "lean4_src_header": "import Mathlib\n\nopen Fintype Set Real\n",
     "lean4_formalization": "theorem exercise_1_1a (x y : ℝ) : x + y = y + x :="},
    {"id": "exercise_1_2", "split": "test", "header": "import Mathlib\n",
     "formal_statement": "theorem exercise_1_2 (a b : Nat) (h : a = b) : b = a := by sorry"},
]
LIBRARY = """\
namespace Toy
def double (n : Nat) : Nat := n + n
theorem double_zero : double 0 = 0 := rfl
theorem double_eq (n : Nat) : double n = 2 * n := by
  unfold double
  omega
end Toy
"""


@pytest.fixture(scope="module")
def session():
    with Session(make_backends(1, independent=True), SessionOptions()) as opened:
        yield opened


@pytest.fixture
def read(session, tmp_path):
    """Reads a benchmark; its problems by name, and the benchmark."""
    def reader(path, **options):
        found = read_benchmark(str(path), session, folder=tmp_path, **options)
        return {problem.key: problem for problem in found.problems}, found
    return reader


@pytest.mark.lean
def test_putnambench_has_a_file_for_each_theorem(read, tmp_path):
    folder = tmp_path / "lean4" / "src"
    folder.mkdir(parents=True)
    for name, text in PUTNAM.items():
        (folder / f"{name}.lean").write_text(text)
    problems, found = read(folder)
    assert not found.mistakes
    assert set(problems) == set(PUTNAM)
    assert problems["putnam_1991_b2"].task is not None
    assert "asks for an answer" in problems["putnam_1990_a1"].unsupported
    assert "putnam_1990_a1_solution" in problems["putnam_1990_a1"].unsupported
    assert problems["putnam_1992_a3"].task is None
    assert "Mathlib" in problems["putnam_1992_a3"].unsupported
    assert problems["putnam_1992_a3"].line == 5


@pytest.mark.lean
def test_only_what_speaks_of_an_open_answer_asks_for_one(read, tmp_path):
    path = tmp_path / "answers.lean"
    path.write_text(
        "abbrev answer : Nat := sorry\ndef twice : Nat := 2 * answer\n"
        "def four : Nat :=\n  2 + 2\ntheorem a : twice = 4 := by sorry\n"
        "theorem b : four = 4 := by sorry\n"
        "def Deep.value : Nat := sorry\nopen Deep in theorem d : value = value := by sorry\n"
        "theorem c : 2 + 2 = answer := by\n  sorry\n")
    problems, _ = read(path)
    assert {name: p.unsupported for name, p in problems.items() if p.task is None} == {
        "a": "asks for an answer: `twice` is left open",
        "c": "asks for an answer: `answer` is left open",
        "d": "asks for an answer: `Deep.value` is left open"}
    assert problems["b"].task is not None


@pytest.mark.lean
def test_proofnet_is_records_or_one_file(read, tmp_path):
    path = tmp_path / "proofnet.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in PROOFNET))
    problems, found = read(path)
    assert not found.mistakes
    assert {p.name: p.split for p in problems.values()} == {
        "exercise_1_1a": "valid", "exercise_1_2": "test"}
    assert problems["exercise_1_1a"].unsupported
    assert problems["exercise_1_2"].task is not None
    only, _ = read(path, split="test")
    assert set(only) == {"exercise_1_2"}
    with pytest.raises(InputError, match="its splits: test, valid"):
        read(path, split="train")
    one = tmp_path / "proofnet.lean"
    one.write_text("import Mathlib\n\ntheorem exercise_1_1a (x : ℝ) : x = x :=\nsorry\n\n"
                   "theorem exercise_1_2 (a b : Nat) (h : a = b) : b = a :=\nsorry\n")
    problems, found = read(one)
    assert not found.mistakes
    assert set(problems) == {"exercise_1_1a", "exercise_1_2"}
    assert all("Mathlib" in problem.unsupported for problem in problems.values())


@pytest.mark.lean
@pytest.mark.parametrize(("strategy", "part"), [("random", "test"), ("novel_premises", "val")])
def test_leandojo_points_into_a_checkout(read, tmp_path, strategy, part):
    checkout, splits = tmp_path / "toy", tmp_path / "leandojo_benchmark_4" / strategy
    (checkout / "Toy").mkdir(parents=True)
    (checkout / "Toy" / "Basic.lean").write_text(LIBRARY)
    splits.mkdir(parents=True)
    rows = [{"url": "somewhere", "commit": "0" * 40, "file_path": path, "full_name": name,
             "start": [4, 1], "end": [6, 8], "traced_tactics": []}
            for path, name in (("Toy/Basic.lean", "Toy.double_eq"),
                               ("Toy/Basic.lean", "Toy.renamed"), ("Toy/Gone.lean", "Toy.gone"))]
    (splits / f"{part}.json").write_text(json.dumps(rows))
    problems, found = read(splits / f"{part}.json", source=checkout)
    assert not found.mistakes
    assert {p.split for p in problems.values()} == {part}
    assert problems["Toy.double_eq"].task is not None
    assert "no theorem of this name" in problems["Toy.renamed"].unsupported
    assert "--source" in problems["Toy.gone"].unsupported
    without, _ = read(splits / f"{part}.json")
    assert all("--source" in problem.unsupported for problem in without.values())


def test_tptp_has_axioms_beside_and_a_list_of_problems(read, tmp_path):
    (tmp_path / "Axioms").mkdir()
    (tmp_path / "Axioms" / "TOY001+0.ax").write_text("fof(every, axiom, ! [X] : p(X)).\n")
    for number in (1, 2, 3):
        folder = tmp_path / "Problems" / "TOY"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"TOY00{number}+1.p").write_text(
            "include('../../Axioms/TOY001+0.ax').\n"
            f"fof(toy{number}, conjecture, p(c{number})).\n")
    path = tmp_path / "problems.txt"
    path.write_text("# first two\nProblems/TOY/TOY001+1.p\n\nProblems/TOY/TOY002+1  % no ending\n")
    problems, found = read(path)
    assert not found.mistakes
    assert set(problems) == {"toy1", "toy2"}
    assert all(problem.task is not None for problem in problems.values())
    everything, _ = read(tmp_path / "Problems")
    assert set(everything) == {"toy1", "toy2", "toy3"}
