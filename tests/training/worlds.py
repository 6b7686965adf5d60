"""Training records of a world so small that a tiny model learns it in seconds: which premise
closes a goal depends on the constant that the goal is about."""

from __future__ import annotations

import json
import random
from pathlib import Path

from prover.training.records import CLOSED, FAILED, StateRecord, Try
from retrieval.contracts import Premise

TOPICS = ("Alpha.size", "Beta.size", "Gamma.size")


def records(count: int = 60, seed: int = 0) -> list[StateRecord]:
    """States of several modules; ``rw [the premise of the topic]`` works, other premises do not."""
    rng, found = random.Random(seed), []
    for number in range(count):
        topic = rng.choice(TOPICS)
        premises = [Premise(f"{other}_eq", f"{other} x = 0") for other in TOPICS]
        rng.shuffle(premises)
        goal = f"x : Nat\n⊢ {topic} x = {rng.randrange(3)}"
        tries = tuple(
            Try(f"rw [{p.name}]", CLOSED, 0) if p.name.startswith(topic)
            else Try(f"rw [{p.name}]", FAILED) for p in premises)
        found.append(StateRecord(f"t{number}", goal, (*tries, Try("omega", FAILED)),
                                 tuple(premises), f"M{number % 6}"))
    return found


def write(path: Path, found: list[StateRecord]) -> Path:
    """As a file."""
    path.write_text("".join(json.dumps(r.as_json(), ensure_ascii=False) + "\n" for r in found))
    return path


TINY = """
out = "{out}"
[data]
records = ["records.jsonl"]
validation = 0.2
[model]
vocabulary = 600
hidden = 48
layers = 2
heads = 2
feed_forward = 96
[training]
epochs = {epochs}
batch_size = 8
learning_rate = 1e-2
evaluate_every = {every}
patience = 9
"""


def tiny_run(folder: Path, *, out: str = "model", epochs: float = 1, every: int = 0,
             more: str = "") -> Path:
    """A run file beside its records."""
    if not (folder / "records.jsonl").exists():
        write(folder / "records.jsonl", records(40))
    path = folder / f"{out}.toml"
    path.write_text(TINY.format(out=out, epochs=epochs, every=every) + more)
    return path
