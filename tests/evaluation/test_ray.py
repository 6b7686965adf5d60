"""`lemma eval --ray local`: a real cluster of several actors, one of which is killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from prover.contracts import Goal, InputError, Request
from prover.evaluation import cluster
from prover.evaluation.cluster import Layout, connected
from tests.evaluation.runs import (
    LEMMA,
    PROVABLE,
    REFUTABLE,
    evaluate,
    parent,
    results,
    without_times,
)

PROBLEMS = 8


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory):
    folder = tmp_path_factory.mktemp("problems")
    for n in range(PROBLEMS):
        text = REFUTABLE if n % 4 == 3 else PROVABLE
        (folder / f"prob{n}.p").write_text(text.replace("{n}", str(n)))
    return folder


def at_work(driver):
    """The environment actors of a driver that are working on a problem."""
    for entry in Path("/proc").iterdir():
        try:
            title = (entry / "cmdline").read_bytes().partition(b"\0")[0]
        except OSError:
            continue
        if title.startswith(b"ray::EnvironmentActor.prove") and (
                parent(parent(entry.name)) == driver):
            yield int(entry.name)


def kill_an_actor(driver, out):
    """Kill an actor at work, once there are results; whether one was."""
    while driver.poll() is None:
        for pid in at_work(driver.pid):
            if (out / "results.jsonl").exists() and results(out):
                os.kill(pid, signal.SIGKILL)
                return True
        time.sleep(0.002)
    return False


def run_with_a_loss(problems, out, *more):
    """A run over three actors, one of which is killed: exit code, standard output and error."""
    pytest.importorskip("ray")
    if not Path("/proc/self/stat").exists():
        pytest.skip("finds the actors in /proc")
    driver = subprocess.Popen(
        [*LEMMA, "eval", str(problems), "--out", str(out), "--timeout", "20", "--workers", "3",
         "--ray", "local", "--json", *map(str, more)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert kill_an_actor(driver, out)
        printed, complaints = driver.communicate(timeout=600)
    finally:
        driver.kill()
        driver.wait()
    return driver.returncode, printed, complaints


@pytest.mark.timeout(900)  # Ray's daemons may take long to start on a busy machine
def test_an_actor_killed_in_the_middle_changes_nothing_but_times(benchmark, tmp_path):
    out = tmp_path / "there"
    code, printed, complaints = run_with_a_loss(
        benchmark, out, "--html", tmp_path / "page.html")
    assert code == 1, complaints
    evaluate(benchmark, tmp_path / "here", "--workers", "2")
    assert without_times(results(out)) == without_times(results(tmp_path / "here"))
    assert len([json.loads(line) for line in printed.splitlines()]) == PROBLEMS + 1  # no chatter
    proofs = {path.name for path in (tmp_path / "here" / "proofs").iterdir()}
    assert {path.name for path in (out / "proofs").iterdir()} == proofs
    assert (tmp_path / "page.html").read_text("utf-8").count("data-problem=") == PROBLEMS - 2
    again = evaluate(benchmark, out, "--resume")  # goes on here: nothing is left to do
    assert again.returncode == 1, again.stderr


LEAN = """
theorem swapped (a b : Nat) : a + b = b + a := by sorry
theorem both (p q : Prop) (h : p ∧ q) : q ∧ p := by sorry
theorem halved (n : Nat) (h : n % 2 = 0) : n / 2 * 2 = n := by sorry
theorem of_the_library (f : α → Bool) (l : List α) : (l.filter f).length ≤ l.length := by sorry
theorem some_less (n : Nat) : ∃ m, n < m := by sorry
theorem reversed (l : List α) : l.reverse.reverse = l := by sorry
"""


@pytest.mark.lean
@pytest.mark.timeout(900)
def test_lean_and_its_library_over_a_cluster(tmp_path):
    """Premises come from the retriever's actor, and a lost Lean worker changes nothing."""
    file = tmp_path / "Six.lean"
    file.write_text(LEAN, encoding="utf-8")
    options = ("--premises", "lexical", "--generator", "symbolic", "--no-minimise",
               "--timeout", "120")  # three Leans that start at once on a busy machine
    code, _, complaints = run_with_a_loss(file, tmp_path / "there", *options)
    assert code == 0, complaints
    evaluate(file, tmp_path / "here", *options)
    assert without_times(results(tmp_path / "there")) == without_times(results(tmp_path / "here"))


def test_requests_that_wait_are_answered_in_one_batch():
    pytest.importorskip("ray")
    from prover.evaluation.cluster_actors import GeneratorActor, Voice
    from prover.generators.cleaning import World

    voice = Voice("symbolic", World.FIRST_ORDER, 0)
    requests = [Request((Goal((), f"p({n})"),), count=4) for n in range(6)]
    sizes = []

    class Counting:
        def __init__(self, generator):
            self.generator = generator

        def propose(self, asked):
            sizes.append(len(asked))
            return self.generator.propose(asked)

    async def ask_all():
        actor = GeneratorActor()
        plain = actor._generator(voice)
        actor._generator = lambda _: Counting(plain)
        answers = await asyncio.gather(
            *(actor.propose(voice, [request]) for request in requests))
        return plain.propose(requests), answers

    expected, answers = asyncio.run(ask_all())
    assert [proposals for [proposals] in answers] == expected
    assert sum(sizes) == len(requests)
    assert max(sizes) > 1


def test_generators_take_the_gpus_that_there_are():
    assert Layout.of(4, {"CPU": 8.0}) == Layout(4, 1, 1, gpus=0)
    assert Layout.of(40, {"CPU": 64.0, "GPU": 2.0}) == Layout(40, 2, 3, gpus=2)
    assert Layout.of(4, {"GPU": 2.0}, models=False, premises=False) == Layout(4, 0, 0, gpus=0)


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"lemma-prover\[ray\]"), connected("local", 1):
        pass


def test_a_cluster_that_is_not_there_is_one_line(benchmark, tmp_path):
    pytest.importorskip("ray")
    done = evaluate(benchmark, tmp_path / "run", "--ray", "127.0.0.1:1")
    assert done.returncode == 2
    assert "--ray 127.0.0.1:1: no cluster can be reached there" in done.stderr
    assert "Traceback" not in done.stderr
