"""The neural half: how fast it learns and proposes, and what it adds to the rules.

* tokens a second in training the small model, and in generation;
* milliseconds for a batch of 16 candidates of one goal (one torch thread);
* the ablation: proved of a seeded sample of the library benchmark's test split, and of given
  problem files, by the rules, the small model and their mixture, with and without premises and
  the value head, all with the same number of tactic calls and without the proof cache.

    python -m tests.benchmarks.bench_neural --out out/bench-neural.jsonl
        [--count 200] [--tactics 64] [--data FILE …] [--model FOLDER] [--only NAME …] [--fast]

Every result is appended to ``--out`` as it comes, and a second run goes on where the first was
stopped. The last line of the output is JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from prover.agent import Budget
from prover.backends import make_backends
from prover.contracts import Status
from prover.evaluation.benchmarks import Benchmark, read_benchmark
from prover.session import Session, SessionOptions

LIBRARY = "core-library"
_SEED = 0
_WITHIN = (2, 4, 6, 8, 12, 16, 24, 32, 48, 64)
Calls = dict[str, tuple[int | None, float]]
"""For each problem how many tactic calls its proof took, if it was proved, and the seconds."""
_PROMPT, _CANDIDATES, _REPEATS = 256, 16, 9


@dataclass(frozen=True)
class Contender:
    """Who searches: a generator, and whether premises of the library are offered."""

    name: str
    generator: str
    premises: str = "auto"


def contenders(model: str) -> list[Contender]:
    """All parts of the ablation; ``model`` is the options of ``small`` that name a folder."""
    small, blind = f"small?{model}", f"small?{model}&value=0" if model else "small?value=0"
    small = small.rstrip("?")
    found = []
    for what, spec in (
        ("symbolic", "symbolic"), ("small", small), ("small without value", blind),
        ("mixture", f"mixture:{small}+symbolic"),
        ("mixture without value", f"mixture:{blind}+symbolic"),
    ):  # fmt: skip
        found.append(Contender(what, spec))
        found.append(Contender(f"{what}, no premises", spec, "off"))
    return found


def speed(model: str) -> dict[str, float]:
    """Training and generation of the shipped model, in CPU time where it can be told."""
    from prover.generators.small.generator import small_source
    from prover.training.options import TrainingOptions
    from prover.training.small_data import Example, TokenTry
    from prover.training.small_objective import SmallObjective

    source = small_source({"model": model.partition("=")[2]} if model else {})
    decoder = source.decoder
    rng = random.Random(_SEED)
    size = len(decoder.vocabulary)

    def tokens(count: int) -> tuple[int, ...]:
        return tuple(rng.randrange(130, size) for _ in range(count))

    prompt = list(tokens(_PROMPT))
    times, made = [], 0
    for _ in range(_REPEATS):
        started = time.process_time()
        found = decoder.propose([prompt])[0][:_CANDIDATES]
        times.append(time.process_time() - started)
        made = sum(len(c.tokens) + 1 for c in found)
    tries = tuple(TokenTry(tokens(7), 5, i == 0) for i in range(12))
    batch = [Example(tuple(prompt), (), tries, 1)] * 8
    objective = SmallObjective(decoder.model, batch, batch, TrainingOptions(shuffle_premises=0))
    learning = []
    for _ in range(3):
        started = time.process_time()
        objective.loss(range(8)).backward()  # type: ignore[no-untyped-call]
        learning.append(time.process_time() - started)
    objective.module.zero_grad(set_to_none=True)
    typical = statistics.median(times)
    return {
        "parameters": decoder.model.parameters,
        "candidates": source.options.n,
        "ms_a_goal": round(1000 * typical, 1),
        "generated_tokens_a_second": round(made / typical),
        "trained_tokens_a_second": round(sum(e.length for e in batch) / min(learning)),
    }


def ablation(options: argparse.Namespace, problems: str) -> dict[str, dict[str, Any]]:
    """For each contender how many of ``problems`` it proves; appends every result to the file."""
    found: dict[str, Calls] = {}
    for contender in contenders(options.model):
        if options.only and contender.name not in options.only:
            continue
        found[contender.name] = dict(_proved(contender, options, problems))
        proved = sum(calls is not None for calls, _ in found[contender.name].values())
        print(f"{problems}: {contender.name}: {proved} of {len(found[contender.name])}",
              flush=True)
    return {name: _figures(found, name) for name in found}


def _proved(
    contender: Contender, options: argparse.Namespace, problems: str
) -> Iterator[tuple[str, tuple[int | None, float]]]:
    place = [problems, contender.name, contender.generator, options.tactics, options.count]
    if options.split != "test":
        place.append(options.split)
    done = _known(options.out, place)
    if problems == LIBRARY and len(done) == options.count:  # reading the library takes minutes
        yield from done.items()
        return
    backends = make_backends(1, premises=contender.premises, independent=True,
                             strict_generator=True)
    budget = Budget(seconds=options.seconds, tactic_calls=options.tactics, tactic_seconds=2.0)
    settings = SessionOptions(contender.generator, budget=budget, minimise=False)
    with TemporaryDirectory() as folder, Session(backends, settings) as session:
        benchmark = _benchmark(problems, session, Path(folder), options.count, options.split)
        tasks = {id(p.task): p.key for p in benchmark.problems if p.task is not None}
        yield from ((key, calls) for key, calls in done.items() if key in tasks.values())
        todo = [p.task for p in benchmark.problems if p.task is not None and p.key not in done]
        for task, result in session.run(todo):
            proved = result.status is Status.PROVED
            line = {"place": place, "problem": tasks[id(task)], "proved": proved,
                    "tactic_calls": result.tactic_calls, "seconds": round(result.seconds, 2),
                    "status": result.status, "proof": result.proof}
            if options.out is not None:
                with options.out.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(line, ensure_ascii=False) + "\n")
            yield tasks[id(task)], (result.tactic_calls if proved else None, line["seconds"])


def _benchmark(
    problems: str, session: Session, folder: Path, count: int, split: str
) -> Benchmark:
    if problems == LIBRARY:
        return read_benchmark(LIBRARY, session, folder=folder, split=split, count=count,
                              seed=_SEED)
    return read_benchmark(problems, session, folder=folder)


def _known(path: Path | None, place: list[Any]) -> Calls:
    """What an earlier run has found; a torn last line is left out."""
    if path is None or not path.exists():
        return {}
    found = {}
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        record = json.loads(line)
        if record["place"] == place:
            calls = record["tactic_calls"] if record["proved"] else None
            found[record["problem"]] = calls, record["seconds"]
    return found


def _figures(found: dict[str, Calls], name: str) -> dict[str, Any]:
    """Proved, and with fewer calls; against the rules: gained and lost."""
    mine, rules = found[name], found.get("symbolic")
    spent = [calls for calls, _ in mine.values() if calls is not None]
    figures: dict[str, Any] = {
        "problems": len(mine), "proved": len(spent),
        "within": {f"{n} calls": sum(calls <= n for calls in spent) for n in _WITHIN},
        "seconds": round(sum(seconds for _, seconds in mine.values()), 1)}
    if rules is not None and name != "symbolic":
        both = mine.keys() & rules.keys()
        figures |= {
            "gained": sum(mine[k][0] is not None and rules[k][0] is None for k in both),
            "lost": sum(rules[k][0] is not None and mine[k][0] is None for k in both)}
    return figures


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, help="results as JSON lines; gone on with")
    parser.add_argument("--count", type=int, default=200, help="theorems of the library")
    parser.add_argument("--split", default="test", help="of the library; what is chosen by its "
                        "results is chosen on `validation`")
    parser.add_argument("--tactics", type=int, default=64, help="calls for each theorem")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each theorem")
    parser.add_argument("--data", action="append", default=[], help="a problem file as well")
    parser.add_argument("--model", default="", help="another folder than the shipped model")
    parser.add_argument("--only", action="append", default=[], help="only this contender")
    parser.add_argument("--no-library", action="store_true", help="the problem files alone")
    parser.add_argument("--fast", action="store_true", help="the speed alone")
    options = parser.parse_args()
    options.model = f"model={options.model}" if options.model else ""
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {"speed": speed(options.model)}
    print(report["speed"], flush=True)
    if not options.fast:
        report["tactics"] = options.tactics
        report["ablation"] = {Path(problems).stem: ablation(options, problems)
                              for problems in ([] if options.no_library else [LIBRARY])
                              + options.data}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
