"""The pool: who gets which worker, and that work of many threads comes out right."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from prover.contracts import EnvironmentCrash, ProofScript, ProofState
from prover.environments.lean import LeanPool, load_lean_text
from prover.environments.lean.backend import EmbeddedLauncher, Launch


@dataclass(frozen=True)
class NoLean:
    """A launcher that must not be used."""

    name: str = "none"
    extended: bool = True

    def launch(self, imports: Any) -> Launch:
        raise AssertionError(f"started for {imports}")

    def missing(self, imports: Any) -> tuple[str, ...]:  # noqa: ARG002
        return ()


def test_workers_are_handed_out_one_by_one_and_nothing_is_started():
    with LeanPool(2, NoLean()) as pool:
        with pool.environment() as first, pool.environment() as second:
            assert first is not second
            waited = []

            def wait() -> None:
                with pool.environment() as third:
                    waited.append(third)

            thread = threading.Thread(target=wait)
            thread.start()
            time.sleep(0.05)
            assert not waited
        thread.join(5)
        assert waited[0] in (first, second)
    with pytest.raises(ValueError, match="at least one"):
        LeanPool(0, NoLean())


def test_whoever_waits_when_the_pool_is_closed_is_told():
    pool = LeanPool(1, NoLean())
    told = []

    def wait() -> None:
        try:
            with pool.environment():
                pass
        except EnvironmentCrash as error:
            told.append(error)

    with pool.environment():
        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.05)
        pool.close()
    thread.join(5)
    assert len(told) == 1


@pytest.mark.lean
def test_a_pool_proves_from_many_threads():
    text = "\n".join(f"theorem t{i} (n : Nat) : n + {i} = {i} + n := by sorry" for i in range(8))
    with LeanPool(1, EmbeddedLauncher()) as pool:
        loaded = load_lean_text(text, pool=pool, file=Path("Many.lean"))
        verdicts = {}

        def prove(theorem) -> None:
            with pool.environment(theorem) as environment:
                after = environment.apply(environment.open(theorem), "omega")
                assert isinstance(after, ProofState)
                assert after.solved
            verdicts[theorem.name] = pool.checker.check(theorem, ProofScript(("omega",)))

        threads = [threading.Thread(target=prove, args=(t,)) for t in loaded.theorems]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(verdicts) == 8
        assert all(verdict.accepted for verdict in verdicts.values())
        pids = [environment._server.pid for environment in pool.environments]
    for pid in pids:
        assert not Path(f"/proc/{pid}").exists()
