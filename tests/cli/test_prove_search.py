"""``lemma prove`` with budgets, traces, the cache and resuming, and ``lemma replay``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from prover.cli.app import app

PROVABLE = "fof(a, axiom, p | q).\nfof(b, axiom, ~ q).\nfof(goal, conjecture, p).\n"
OPEN = "fof(goal, conjecture, ! [X] : (p(X) => ? [Y] : (r(X, Y) & p(Y)))).\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a cache of its own."""
    (tmp_path / "a.p").write_text(PROVABLE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEMMA_HOME", str(tmp_path / "home"))
    return tmp_path


def lemma(*arguments: str) -> Result:
    """Run the command line in this process; a mistake must not show as an exception."""
    run = CliRunner().invoke(app, arguments)
    assert run.exception is None or isinstance(run.exception, SystemExit), run.exception
    return run


def test_a_search_is_traced_and_replayed(folder: Path) -> None:
    (folder / "b.p").write_text(PROVABLE.replace("goal", "other"))
    proved = lemma("prove", "a.p", "b.p", "--trace", "t/t.jsonl")
    assert proved.exit_code == 0, proved.stderr
    shown = lemma("replay", "t/t.jsonl")
    assert shown.exit_code == 0
    assert shown.stdout.count("step 1: node 0") == 2
    assert "⊢ p" in shown.stdout
    assert shown.stdout.count("lemma-fol: accepted") == 2
    one = lemma("replay", "t/t.jsonl", "--theorem", "other", "--json")
    events = [json.loads(line) for line in one.stdout.splitlines()]
    assert {e["theorem"] for e in events} == {"other"}
    assert (events[0]["event"], events[-1]["event"]) == ("started", "finished")


@pytest.mark.parametrize(("arguments", "said"), [
    (("replay", "missing.jsonl"), "cannot be read"),
    (("replay", "a.p"), "a.p:1: not a trace"),
    (("replay", "t.jsonl", "--theorem", "gaol"), "goal"),
    (("replay", "t.jsonl", "--step"), "keyboard"),
    (("prove", "a.p", "--budget", "minutes=3"), "seconds=60"),
    (("prove", "a.p", "--resume"), "--out DIR"),
    (("prove", "a.p", "--trace", "a.p/t.jsonl"), "cannot be written"),
])
@pytest.mark.usefixtures("folder")
def test_mistakes_are_told_in_one_line(arguments: tuple[str, ...], said: str) -> None:
    if "t.jsonl" in arguments:
        assert lemma("prove", "a.p", "--trace", "t.jsonl").exit_code == 0
    run = lemma(*arguments)
    assert run.exit_code == 2
    assert len(run.stderr.splitlines()) == 1
    assert said in run.stderr


def test_the_cache_is_used_described_and_emptied(folder: Path) -> None:
    def calls(*options: str) -> int:
        run = lemma("prove", "a.p", "--json", "--budget", "seconds=30,tactics=50", *options)
        assert run.exit_code == 0, run.stderr
        found: int = json.loads(run.stdout)["tactic_calls"]
        return found

    def proofs() -> int:
        found: int = json.loads(lemma("cache", "info", "--json").stdout)["proofs"]
        return found

    calls("--no-cache")
    assert proofs() == 0
    calls()
    assert proofs() > 0
    assert calls() == 1
    assert lemma("cache", "clear").exit_code == 0
    assert proofs() == 0
    (folder / "home" / "proofs" / "cache.sqlite3").write_text("no database")
    calls()
    assert proofs() > 0


def test_a_run_is_resumed_without_doing_anything_twice(folder: Path) -> None:
    (folder / "open.p").write_text(OPEN)
    first = lemma("prove", "a.p", "open.p", "--out", "out", "--budget", "seconds=20,tactics=3")
    assert first.exit_code == 1, first.stderr
    certificate = folder / "out" / "a.proof"
    assert certificate.exists()
    shutil.copy(folder / "out" / "results.jsonl", folder / "before.jsonl")
    again = lemma("prove", "a.p", "open.p", "--out", "out", "--budget", "seconds=20,tactics=3",
                  "--resume", "--json", "--trace", "t.jsonl")
    assert again.exit_code == 1
    assert "1 of 2 theorems were proved by an earlier run" in again.stderr
    records = [json.loads(line) for line in again.stdout.splitlines()]
    assert [r["status"] == "proved" for r in records] == [True, False]
    before = [json.loads(line) for line in (folder / "before.jsonl").read_text().splitlines()]
    after = [json.loads(line)
             for line in (folder / "out" / "results.jsonl").read_text().splitlines()]
    assert [r for r in before if r["status"] == "proved"] == [
        r for r in after if r["status"] == "proved"]
    assert len(after) == 2
    assert "a.p" not in (folder / "t.jsonl").read_text()


def test_what_cannot_be_resumed_is_told_with_its_line(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "results.jsonl").write_text('{"theorem": "goal"}\n')
    run = lemma("prove", "a.p", "--out", "out", "--resume")
    assert run.exit_code == 2
    assert "results.jsonl:1:" in run.stderr
