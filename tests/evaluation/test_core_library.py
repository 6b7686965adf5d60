"""The benchmark ``core-library``: what is a problem, and what is out of its reach."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from prover.contracts import ProofScript, TacticFailure
from prover.environments.lean import LeanChecker, LeanEnvironment, LeanTheorem, load_records
from prover.environments.lean.backend import EmbeddedLauncher
from prover.environments.lean.library import Library, LibraryTheorem, load_library
from prover.environments.lean.server import LeanServer
from prover.evaluation.core_library import (
    SPLITS,
    library_theorems,
    problems_of,
    sample,
    split_of,
    write_problems,
)

GOOD = LibraryTheorem("A.t", "∀ (n : Nat), n = n", "Init.A", 0, ("Nat",), standalone=True)
GRAPH = {"Init.NotationExtra": (), "Init.A": ("Init.NotationExtra",), "Init.Low": (),
         "Init.Omega.X": ("Init.NotationExtra",)}  # fmt: skip


def qualifies(**changes: object) -> bool:
    theorem = replace(GOOD, **changes)  # type: ignore[arg-type]
    return bool(library_theorems(Library([theorem], GRAPH, "4", ordered=False)))


def test_what_is_a_problem() -> None:
    assert qualifies()
    assert not qualifies(kind="definition")
    assert not qualifies(kind="axiom")
    assert not qualifies(standalone=False)
    assert not qualifies(standalone=None)
    assert not qualifies(deprecated=True)
    assert not qualifies(module="Init.Low")  # no everyday syntax there
    assert not qualifies(module="Init.Omega.X")
    assert not qualifies(name="Lean.Grind.t")
    assert not qualifies(statement="A.t._proof_1 = ⋯")


def test_modules_are_split_once_and_for_all() -> None:
    # A change here makes every figure published for the benchmark meaningless.
    assert [split_of(m) for m in ("Init.Data.BitVec.Lemmas", "Init.Data.List.Lemmas",
                                  "Init.Data.Nat.Lemmas")] == ["test", "train", "train"]
    count = Counter(split_of(f"Init.Module{i}") for i in range(1000))
    assert set(count) == set(SPLITS)
    assert 650 < count["train"] < 750
    assert 150 < count["test"] < 250


def test_a_sample_repeats_and_keeps_modules_together() -> None:
    theorems = [replace(GOOD, name=f"t{i}", module=f"M{i % 3}") for i in range(60)]
    drawn = sample(theorems, 20, seed=1)
    assert drawn == sample(theorems, 20, seed=1)
    assert drawn != sample(theorems, 20, seed=2)
    assert len(set(drawn)) == 20
    assert [t.module for t in drawn] == sorted(t.module for t in drawn)
    assert len(sample(theorems, 100)) == 60


def test_a_module_gives_no_more_than_its_share() -> None:
    theorems = [replace(GOOD, name=f"t{i}") for i in range(30)]
    graph = {"Init.NotationExtra": (), "Init.A": ("Init.NotationExtra",)}
    few = library_theorems(Library(theorems, graph, "4", ordered=False), per_module=7)
    again = library_theorems(Library(theorems[::-1], graph, "4", ordered=False), per_module=7)
    assert len(few) == 7
    assert few == again


# --- With Lean ------------------------------------------------------------------------------

MODULE = "Init.Data.Bool"


@pytest.fixture(scope="module")
def loaded(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[LeanEnvironment, list[LeanTheorem]]]:
    folder = tmp_path_factory.mktemp("library")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("prover.environments.lean.library_file.cache_root", lambda: folder)
        library = load_library([MODULE], launcher=EmbeddedLauncher())
    chosen = [t for t in library_theorems(library) if t.module == MODULE]
    wanted = {"Bool.and_comm", "Bool.not_eq_eq_eq_not", "Bool.exists_bool", "Bool.ite_eq_false"}
    chosen = sorted({t for t in chosen if t.name in wanted} | set(chosen[:5]), key=str)
    with LeanServer(EmbeddedLauncher(), [MODULE]) as server:
        problems = problems_of(chosen, library, server)
    assert {p.theorem.name for p in problems} == {t.name for t in chosen}
    path = folder / "problems.jsonl"
    write_problems(path, problems)
    with LeanEnvironment(EmbeddedLauncher(), warm_up=False) as environment:
        found = load_records(path, pool=environment)
        assert not found.problems
        assert [t.name for t in found.theorems] == [t.name for t in chosen]
        records = [json.loads(line) for line in path.read_text().splitlines()]
        assert {r["module"] for r in records} == {MODULE}
        yield environment, list(found.theorems)


@pytest.mark.lean
def test_neither_the_theorem_nor_its_module_is_in_reach(
    loaded: tuple[LeanEnvironment, list[LeanTheorem]],
) -> None:
    environment, theorems = loaded
    for theorem in theorems:
        assert MODULE not in theorem.source.modules
        assert "Init" not in theorem.source.modules
        state = environment.open(theorem)
        for tactic in (f"exact {theorem.name}", f"exact @{theorem.name}", "exact Bool.xor_comm"):
            failure = environment.apply(state, tactic)
            assert isinstance(failure, TacticFailure)
            assert "nknown" in failure.message, failure


@pytest.mark.lean
def test_goals_are_shown_as_usual_and_proofs_are_checked(
    loaded: tuple[LeanEnvironment, list[LeanTheorem]],
) -> None:
    environment, theorems = loaded
    [theorem] = [t for t in theorems if t.name == "Bool.and_comm"]
    state = environment.open(theorem)
    assert state.goals[0].target == "∀ (x y : Bool), (x && y) = (y && x)"
    # That Bool can be searched through is said in the module itself.
    assert isinstance(environment.apply(state, "decide"), TacticFailure)
    proof = "intro x y\ncases x <;> cases y <;> rfl"
    with LeanChecker(EmbeddedLauncher()) as checker:
        assert checker.check(theorem, ProofScript((proof,))).accepted
        assert not checker.check(theorem, ProofScript(("exact Bool.and_comm",))).accepted
