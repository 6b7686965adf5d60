"""Training the small model on a world that it can learn; stopping and going on."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from prover.cli.train import train as app
from prover.contracts import InputError
from prover.generators.small.shorthand import finish
from prover.training.options import read_run
from prover.training.records import CLOSED, FAILED, GOALS, Try
from prover.training.runs import train_run
from prover.training.small_data import with_compounds
from tests.training.worlds import TOPICS, records, tiny_run, write

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


def silent(*_):
    """Nobody watches."""


def test_the_model_learns_which_premise_fits(tmp_path):
    from prover.contracts import Goal, Request
    from prover.generators.cleaning import World
    from prover.generators.small.generator import small_source
    from prover.training.small_data import slots_of
    from retrieval.contracts import ScoredPremise

    write(tmp_path / "records.jsonl", records(240))
    report = train_run(read_run(tiny_run(tmp_path, epochs=14)), "generator", silent)
    best = report.stages["small"]
    assert best["mrr_head"] > best["mrr_chance"] + 0.2
    generator = small_source({"model": str(report.out), "n": "8"}).generator(World.LEAN, 0)
    new = records(20, seed=9)
    hits = 0
    for record in new:
        request = Request((slots_of(record).goal,),
                          tuple(ScoredPremise(p, 1.0) for p in record.premises), 8)
        [found] = generator.propose([request])
        topic = next(t for t in TOPICS if t in record.goal)
        hits += found[0].tactic == f"rw [{topic}_eq]"
    assert hits >= 14  # a third by chance
    general = Goal((), "∀ (n : Nat), n = n")
    [intro] = generator.propose([Request((general,), (), 8)])
    assert [p.tactic for p in intro] == ["intro n"]  # what it has not learnt, rules propose


def test_a_stopped_run_goes_on_to_the_same_model(tmp_path):
    whole = train_run(read_run(tiny_run(tmp_path, out="whole", epochs=2, every=3)), "generator",
                      silent)
    steps = 0

    def stop(what, step, _total):
        nonlocal steps
        steps += what != "measuring"
        if step == 5:
            raise KeyboardInterrupt

    run = read_run(tiny_run(tmp_path, out="halved", epochs=2, every=3))
    with pytest.raises(KeyboardInterrupt):
        train_run(run, "generator", stop)
    halved = train_run(run, "generator", silent, resume=True)
    assert halved.stages["small"]["steps"] == whole.stages["small"]["steps"]
    assert halved.stages["small"]["loss"] == pytest.approx(whole.stages["small"]["loss"], rel=0.2)
    with pytest.raises(InputError, match="finished model"):
        train_run(run, "generator", silent)


def test_a_run_may_curate_its_records(tmp_path):
    more = "[curation]\nmost_of_one = 0.1\n"
    report = train_run(read_run(tiny_run(tmp_path, more=more)), "generator", silent)
    assert report.states + report.set_aside < len(records(40))


def test_preferences_move_the_policy_to_what_worked(tmp_path):
    more = "[dpo]\nepochs = 2\nlearning_rate = 1e-3\nbeta = 0.2\n"
    report = train_run(read_run(tiny_run(tmp_path, epochs=2, more=more)), "generator", silent)
    assert report.stages["dpo"]["mrr_policy"] >= report.stages["small"]["mrr_policy"] - 0.05
    assert {"preference", "loss"} <= report.stages["dpo"].keys()
    assert (report.out / "model.safetensors").exists()


@pytest.mark.parametrize(("change", "message"), [
    ("[data]\nrecrds = []", "data.recrds: there is no such key (did you mean data.records?)"),
    ("[trainin]\n", "did you mean training?"),
    ("[data]\nrecords = 3", "data.records = 3 is not a list of texts"),
    ("[data]\nrecords = []", "nothing to learn from"),
    ("[data]\nrecords = ['r']\n[training]\nepochs = 'two'", "training.epochs = 'two' is not a"),
    ("[data]\nrecords = ['r']\n[training]\nbatch_size = 0", "training.batch_size = 0 is not at"),
    ("[data]\nrecords = ['r']\n[model]\nheads = 5", "not a multiple of model.heads"),
    ("[data]\nrecords = ['r']\n[lora]\nrank = 4", "the small model is trained whole"),
    ("[data", "not TOML"),
    ("[data]\nrecords = ['none.jsonl']", "none.jsonl: cannot be read"),
])  # fmt: skip
def test_mistakes_are_told_in_a_line(tmp_path, change, message):
    path = tmp_path / "run.toml"
    path.write_text(f'out = "m"\n{change}\n')
    done = CliRunner().invoke(app, ["generator", "--config", str(path)])
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.output


def test_the_command_reports(tmp_path):
    path = tiny_run(tmp_path, epochs=0.5)
    done = CliRunner().invoke(app, ["generator", "-c", str(path), "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout.strip().splitlines()[-1])
    assert report["states"] + report["set_aside"] <= 60
    assert json.loads((tmp_path / "model" / "report.json").read_text()) == report


def test_ends_become_one():
    found = with_compounds([
        Try("omega", CLOSED, 0), Try("cases l <;> simp", FAILED), Try("cases l <;> rfl", CLOSED, 0),
        Try("cases m <;> grind", FAILED), Try("cases m <;> simp_all", GOALS),
        Try("cases l <;> simp [h]", FAILED), Try("simp [h]", GOALS), Try("grind [h]", CLOSED, 0),
        Try("simp_all [*, h]", FAILED), Try("simp [g] <;> omega", FAILED),
        Try(finish("g"), CLOSED, 0), Try("cases m <;> simp <;> omega", CLOSED, 0)])
    assert [(t.tactic, t.outcome, t.remaining) for t in found] == [
        ("simp [h]", GOALS, None), ("simp_all [*, h]", FAILED, None), (finish(), CLOSED, 0),
        (f"cases l <;> {finish()}", CLOSED, 0), (f"cases m <;> {finish()}", CLOSED, 0),
        (f"cases l <;> {finish('h')}", FAILED, None), (finish("h"), CLOSED, 0),
        (finish("g"), CLOSED, 0)]
