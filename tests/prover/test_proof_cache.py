"""The proof cache: what is learnt, what is forgotten, and what a damaged file does."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from prover.agent import Agent
from prover.contracts import Goal, Hypothesis, Result, Status
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.environment import FolEnvironment, load_problem
from prover.proof_cache import ProofCache, Theory
from prover.strategies import strategy_factory
from tests.prover.test_agent import STEPS, Fixed

THEORY = Theory("library", "place")
World = tuple[FolEnvironment, FolChecker]


def goal(name: str = "h", target: str = "p") -> tuple[Goal, ...]:
    return (Goal((Hypothesis(name, "p"),), target),)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ProofCache]:
    with ProofCache(tmp_path / "c" / "cache.sqlite3") as found:
        yield found


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    environment, checker = FolEnvironment(), FolChecker()
    yield environment, checker
    environment.close()
    checker.close()


def learn(cache: ProofCache, script: str = "exact h", theory: Theory = THEORY) -> None:
    known = cache.of(theory)
    known.learn_proof(goal(), script)
    known.learn_failures(goal(), ["simp", "rw [h]"])
    known.save()


def test_a_proof_is_known_under_other_names(cache: ProofCache) -> None:
    learn(cache)
    known = cache.of(THEORY)
    assert known.proofs(goal("k")) == ("exact k",)
    assert known.proofs(goal(target="q")) == ()
    assert known.failing(goal("k"), ["simp", "rw [k]", "rw [h]", "omega"]) == {"simp", "rw [k]"}


def test_another_library_or_place_knows_nothing(cache: ProofCache) -> None:
    learn(cache)
    elsewhere = cache.of(Theory("library", "other place"))
    assert elsewhere.proofs(goal()) == ("exact h",)  # is replayed, so worth a try
    assert elsewhere.failing(goal(), ["simp"]) == frozenset()
    assert cache.of(Theory("other library", "place")).proofs(goal()) == ()


def test_the_shorter_proof_is_kept_and_a_wrong_one_forgotten(cache: ProofCache) -> None:
    learn(cache, "have k := h\nexact k")
    learn(cache, "exact h")
    learn(cache, "have l := h\nexact l")
    known = cache.of(THEORY)
    assert known.proofs(goal()) == ("exact h",)
    known.unlearn_proof(goal())
    assert known.proofs(goal()) == ()
    known.save()
    assert cache.of(THEORY).proofs(goal()) == ()


def test_it_can_be_emptied_and_counted(cache: ProofCache) -> None:
    learn(cache)
    info = cache.info()
    assert (info.proofs, info.goals_with_failures, info.path) == (1, 1, cache.path)
    assert info.bytes > 0
    cache.clear()
    assert cache.info().proofs == cache.info().goals_with_failures == 0


@pytest.mark.parametrize("damage", [b"this is no database" * 100, None])
def test_a_damaged_file_is_begun_anew(cache: ProofCache, damage: bytes | None) -> None:
    for number in range(300):
        known = cache.of(THEORY)
        known.learn_proof(goal(target=f"p {number}"), f"exact {number}" * 20)
        known.save()
    cache.close()
    raw = cache.path.read_bytes()
    cache.path.write_bytes(damage or raw[:4096] + b"\xff" * (len(raw) - 4096))
    with ProofCache(cache.path) as second:
        for number in range(300):
            second.of(THEORY).proofs(goal(target=f"p {number}"))
        learn(second)
        assert second.of(THEORY).proofs(goal()) == ("exact h",)
        assert second.trouble == ""


def test_a_file_of_another_version_is_begun_anew(cache: ProofCache) -> None:
    cache.path.parent.mkdir()
    with sqlite3.connect(cache.path) as db:
        db.execute("CREATE TABLE proofs (something TEXT)")
        db.execute("PRAGMA user_version = 99")
    learn(cache)
    assert cache.of(THEORY).proofs(goal()) == ("exact h",)


def test_a_folder_that_cannot_be_used_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with ProofCache(tmp_path / "file" / "cache.sqlite3") as cache:
        learn(cache)
        assert cache.of(THEORY).proofs(goal()) == ()
        assert str(cache.path) in cache.trouble


def test_it_does_not_grow_beyond_its_bound(tmp_path: Path) -> None:
    bound = 200_000
    with ProofCache(tmp_path / "cache.sqlite3", max_bytes=bound) as cache:
        for batch in range(20):
            known = cache.of(THEORY)
            for number in range(100):
                known.learn_proof(goal(target=f"p {batch} {number}"), "simp\n" * 40)
            known.save()
        assert 0 < cache.info().proofs < 2000
        assert cache.path.stat().st_size < 2 * bound


def _learn_many(paths: list[Path], start: int, together: Barrier) -> None:
    for path in paths:
        together.wait(60)  # all of them make the file at the same moment
        with ProofCache(path) as cache:
            for number in range(start, start + 10):
                known = cache.of(THEORY)
                known.learn_proof(goal(target=f"p {number}"), f"exact {number}")
                known.learn_failures(goal(), [f"tactic {number}"])
                known.save()
            assert cache.trouble == ""


def test_several_processes_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(3)
    paths = [tmp_path / f"{i}" / "cache.sqlite3" for i in range(10)]
    workers = [context.Process(target=_learn_many, args=(paths, 10 * i, together))
               for i in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    tactics = [f"tactic {number}" for number in range(30)]
    for path in paths:
        with ProofCache(path) as cache:
            assert cache.info().proofs == 30
            assert cache.of(THEORY).failing(goal(), tactics) == frozenset(tactics)


def prove(folder: Path, world: World, cache: ProofCache, formula: str) -> Result:
    problem = folder / "problem.p"
    problem.write_text(f"fof(goal, conjecture, {formula}).\n")
    agent: Agent[Any] = Agent(*world, Fixed(*STEPS), strategy_factory("best-first"),
                              memory=lambda _: cache.of(THEORY))
    return agent.prove(load_problem(problem)[0])


def test_a_theorem_proved_before_costs_one_tactic_call(
    tmp_path: Path, world: World, cache: ProofCache
) -> None:
    first = prove(tmp_path, world, cache, "(p & q) => (q & p)")
    again = prove(tmp_path, world, cache, "(p & q) => (q & p)")
    assert first.tactic_calls > 1
    assert (again.tactic_calls, again.proof) == (1, first.proof)
    assert again.verdict is not None
    assert again.verdict.accepted


def test_failures_are_not_repeated(tmp_path: Path, world: World, cache: ProofCache) -> None:
    first = prove(tmp_path, world, cache, "(p & q) => (q & r)")
    again = prove(tmp_path, world, cache, "(p & q) => (q & r)")
    assert first.status is again.status is Status.FAILED
    assert again.tactic_calls < first.tactic_calls / 2


def test_a_wrong_entry_costs_a_call_and_is_forgotten(
    tmp_path: Path, world: World, cache: ProofCache
) -> None:
    assert prove(tmp_path, world, cache, "(p & q) => (q & p)").status is Status.PROVED
    with sqlite3.connect(cache.path) as db:
        db.execute("UPDATE proofs SET script = 'exact nonsense'")
    again = prove(tmp_path, world, cache, "(p & q) => (q & p)")
    assert again.status is Status.PROVED
    with sqlite3.connect(cache.path) as db:
        assert db.execute("SELECT count(*) FROM proofs WHERE script = 'exact nonsense'"
                          ).fetchone() == (0,)
