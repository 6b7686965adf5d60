"""Premise retrieval, measured on MPTP2078 (Mizar theorems; Alama et al., 2014).

* how long indexes of 10,000 and 100,000 premises take to build and to ask, words and vectors; how
  many statements a second the default encoder takes;
* recall and coverage of every ranker on a seeded validation split of the training problems, each
  with all formulas before it accessible. Trained are only those called *learned* (on the proofs
  outside the validation split), *trained encoder* (likewise, with ``--encoder-steps``) and
  *fused* (learned and encoder; what each counts is chosen on a part of the training proofs);
* what it is for: how many of a sample of the validation problems are solved with all earlier
  formulas as premises, by the best single prover, and by Lemma without selection and with the
  premises chosen by symbols, by MiniLM as it ships, by the learned ranking and by the fused one.
  Of the single provers cvc5 solves most by far (``bench_fol``); E and z3 are run if asked for
  (``--provers``). The schedule of attempts was chosen on the tuning part, with a model that had
  not seen it;
* how long the first index of Lean's ``Init`` and ``Std`` takes on all cores, with MiniLM's vectors
  (reading what the library states is told apart, and is done only where it was not before), and
  how long loading and asking it;
* what premises do for Lean: how many theorems of the examples are proved without them, with those
  of the theorem's own file, and with the library's, within the same number of tactic calls.

    python -m tests.benchmarks.bench_retrieval --data DIR [--only speed,recall,solving,library,lean]
        [--provers NAMES] [--sample 60] [--seconds 5] [--seed 0] [--encoder-steps 0]
        [--work DIR] [--out FILE] [--into FILE]

``DIR`` has ``formulas.p`` and ``train.jsonl``; the environment variable MPTP2078 may name it too.
With ``--out`` every problem's result is appended there, and another run with the same options
goes on where this one ends; with ``--into`` the parts of several runs come together in one file
(all takes 40 minutes on two cores). Progress goes to standard error; the last
line of the output is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from prover.agent import Budget
from prover.backends import LeanBackend
from prover.cli.corpus_options import use_threads
from prover.contracts import Status
from prover.corpora import library_recipe, tptp_corpus
from prover.environments.fol.derivation import Verifier
from prover.environments.fol.provers.contracts import Limits
from prover.environments.fol.provers.portfolio import (
    QUICK,
    Attempt,
    Portfolio,
    by_ranking,
    default_cores,
    guided,
    strong,
)
from prover.environments.fol.selection import Retrieved
from prover.environments.fol.syntax import Problem
from prover.environments.lean.library import load_library
from prover.premises import LeanPremises, Premises
from prover.session import Session, SessionOptions, Task
from retrieval.contracts import Premise, Ranker
from retrieval.corpus import Corpus
from retrieval.dense import dense_ranker
from retrieval.embeddings import EmbeddingStore
from retrieval.encoders import TransformerEncoder, load_encoder
from retrieval.evaluation import evaluate
from retrieval.fusion import FusedRanker
from retrieval.lexical import KINDS, LexicalRanker
from retrieval.questions import Question, read_questions
from retrieval.retriever import CorpusRetriever
from retrieval.splits import random_split
from retrieval.store import IndexStore
from retrieval.training.contrastive import ContrastiveTrainer
from retrieval.training.examples import Example
from retrieval.training.learned import LearnedModel
from retrieval.training.learned import train as train_learned
from retrieval.training.options import TrainingOptions
from retrieval.vector_index import VectorIndex
from tests.benchmarks.bench_fol import ENGINES, EXAMPLES, Figures, Library, reading, say

PARTS = ("speed", "recall", "solving", "library", "lean")
WITHOUT_MPTP = {"library", "lean"}
ON_REQUEST = ("E", "z3")
VALIDATION = 0.18
CUTS = (1, 10, 32, 64, 100, 128)
SIZES = (10_000, 100_000)
SHARES = (1.0, 2.0, 4.0, 8.0, 16.0)  # what the learned ranking counts beside the encoder's
LIBRARY = ("Init", "Std")
_QUERIES = 50


@dataclass
class Setting:
    """The library, the split, and the rankers, each made when first asked for."""

    data: Path
    work: Path
    seed: int
    encoder_steps: int
    train: list[Question] = field(init=False)
    tuning: list[Question] = field(init=False)
    validation: list[Question] = field(init=False)

    def __post_init__(self) -> None:
        self.corpus = tptp_corpus(self.data / "formulas.p")
        asked = read_questions(self.data / "train.jsonl", self.corpus).asked
        split = random_split(len(asked), validation=VALIDATION, test=VALIDATION / 2,
                             seed=self.seed)
        self.train = [asked[i] for i in split.train]
        self.tuning = [asked[i] for i in split.test]
        self.validation = [asked[i] for i in split.validation]

    def examples(self, questions: list[Question]) -> list[Example]:
        """Questions as what is learnt from."""
        return [Example.of(question, self.corpus) for question in questions]

    def dense(self, encoder: TransformerEncoder) -> Ranker:
        """The ranker by the vectors of ``encoder``, which are kept in the work folder."""
        return dense_ranker(encoder, self.corpus.premises, EmbeddingStore(self.work, encoder))

    @cached_property
    def minilm(self) -> Ranker:
        """MiniLM as it ships."""
        say("  MiniLM's vectors")
        return self.dense(load_encoder())

    @cached_property
    def encoder(self) -> Ranker:
        """MiniLM trained further, if steps are given."""
        if not self.encoder_steps:
            return self.minilm
        folder = self.work / f"encoder-{self.seed}-{self.encoder_steps}"
        if not (folder / "encoder").is_dir() or (folder / "checkpoint.pt").exists():
            options = TrainingOptions(steps=self.encoder_steps, seed=self.seed)
            trainer = ContrastiveTrainer(
                load_encoder(), self.corpus, self.examples(self.train),
                self.examples(self.tuning), folder, options,
                watch=lambda step, steps, what: say(f"  encoder {step}/{steps} {what}"))
            trainer.run(resume=True)
        return self.dense(load_encoder(f"hf:{folder / 'encoder'}"))

    @cached_property
    def model(self) -> Path:
        """The folder of the learned model; for what is to be proved, the tuning part may be
        learnt from as well."""
        folder = self.work / f"learned-{self.seed}"
        known = self.examples([*self.train, *self.tuning])
        train_learned(self.corpus, known, seed=self.seed).save(folder)
        return folder

    @cached_property
    def learned(self) -> Ranker:
        """The learned ranker."""
        return LearnedModel.load(self.model).ranker(self.corpus)

    @cached_property
    def share(self) -> float:
        """What the learned ranking counts beside the encoder's, chosen on the tuning part with a
        model that has not seen it."""
        unseeing = train_learned(self.corpus, self.examples(self.train), seed=self.seed)
        ranker = unseeing.ranker(self.corpus)
        tried = {}
        for share in SHARES:
            fused = FusedRanker([ranker, self.encoder], weights=[share, 1.0])
            found = evaluate(fused, self.corpus, self.tuning, cuts=CUTS).metrics
            tried[share] = found.recall[64] + found.coverage[128]
        return max(tried, key=lambda share: tried[share])

    @cached_property
    def fused(self) -> Ranker:
        """Both."""
        return FusedRanker([self.learned, self.encoder], weights=[self.share, 1.0], name="fused")


# ------------------------------------------------------------------------------------------ speed


def speed(setting: Setting) -> Figures:
    """Seconds to build and milliseconds to ask, and texts a second."""
    figures: Figures = {}
    premises = setting.corpus.premises
    goals = [question.goal for question in setting.validation[:_QUERIES]]
    for size in SIZES:
        # Copies under other names: as many statements, with the statistics of the real ones.
        many = [Premise(f"{p.name}_{i // len(premises)}", p.statement, p.module, p.symbols)
                for i, p in ((i, premises[i % len(premises)]) for i in range(size))]
        figures[str(size)] = {
            **{kind.name: _timed(partial(LexicalRanker.build, kind, many), goals)
               for kind in KINDS.values()},
            "vectors": _vectors(size),
        }
        say(f"  {size}: {figures[str(size)]}")
    encoder = load_encoder()
    texts = [encoder.premise_text(premise) for premise in premises[::16]]
    encoder.encode_premises(texts[:32])  # loading and the choice of the number type
    begun = time.perf_counter()
    encoder.encode_premises(texts)
    figures["texts_per_s"] = round(len(texts) / (time.perf_counter() - begun), 1)
    figures["dtype"] = str(encoder.dtype)
    learning = time.perf_counter()
    model = train_learned(setting.corpus, setting.examples(setting.train))
    learnt = time.perf_counter()
    ranker = model.ranker(setting.corpus)
    figures["learned"] = {"train_s": round(learnt - learning, 2),
                          "ready_s": round(time.perf_counter() - learnt, 2),
                          "query_ms": _query_ms(ranker, goals)}
    return figures


def _timed(build: Any, goals: list[str]) -> Figures:
    begun = time.perf_counter()
    ranker = build()
    return {"build_s": round(time.perf_counter() - begun, 2), "query_ms": _query_ms(ranker, goals)}


def _query_ms(ranker: Ranker, goals: list[str]) -> float:
    begun = time.perf_counter()
    for goal in goals:
        ranker.rank([goal], 64)
    return round(1000 * (time.perf_counter() - begun) / len(goals), 2)


def _vectors(size: int) -> Figures:
    generator = np.random.default_rng(0)
    vectors = generator.standard_normal((size, 384), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    begun = time.perf_counter()
    index = VectorIndex.build(vectors)
    built = time.perf_counter()
    for row in range(_QUERIES):
        index.search(vectors[row : row + 1], 64, None)
    return {"build_s": round(built - begun, 2), "flat": index.flat,
            "query_ms": round(1000 * (time.perf_counter() - built) / _QUERIES, 2)}


# ----------------------------------------------------------------------------------------- recall


def recall(setting: Setting) -> Figures:
    """The metrics of every ranker on the validation split."""
    lexical: list[Ranker] = [LexicalRanker.build(kind, setting.corpus.premises)
                             for kind in KINDS.values()]
    named: dict[str, Ranker] = {ranker.name: ranker for ranker in lexical}
    named["minilm"] = setting.minilm
    named["untrained fused"] = FusedRanker([*lexical, setting.minilm])
    named["learned"] = setting.learned
    if setting.encoder_steps:
        named["trained encoder"] = setting.encoder
    named["fused"] = setting.fused
    figures: Figures = {"fusion": setting.share, "train": len(setting.train),
                        "tuning": len(setting.tuning), "validation": len(setting.validation)}
    for name, ranker in named.items():
        found = evaluate(ranker, setting.corpus, setting.validation, cuts=CUTS).as_json()
        figures[name] = {key: round(value, 4) if isinstance(value, float) else value
                         for key, value in found.items() if key != "ranker"}
        say(f"  {name}: recall@64 {figures[name]['recall@64']:.3f}, "
            f"coverage@128 {figures[name]['coverage@128']:.3f}")
    return figures


# ---------------------------------------------------------------------------------------- solving


@dataclass
class Journal:
    """What was found out so far: (way, problem) → solved and seconds; also on disk, if there is a
    file."""

    path: Path | None
    known: dict[tuple[str, str], tuple[bool, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.path is not None and self.path.is_file():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                way, problem, solved, seconds = json.loads(line)
                self.known[way, problem] = solved, seconds

    def add(self, way: str, problem: str, solved: bool, seconds: float) -> None:
        """Keep one result."""
        self.known[way, problem] = solved, round(seconds, 3)
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                print(json.dumps([way, problem, solved, round(seconds, 3)]), file=file)

    def figures(self, way: str, problems: list[str]) -> Figures:
        """What one way amounts to."""
        found = {name: self.known[way, name] for name in problems if (way, name) in self.known}
        names = [name for name, (solved, _) in found.items() if solved]
        return {"solved": len(names), "of": len(found), "names": names,
                "seconds": round(sum(seconds for _, seconds in found.values()), 1)}


def solved(
    setting: Setting, sample: int, seconds: float, only: list[str], journal: Journal
) -> Figures:
    """How many of a sample of the validation problems are solved, with all earlier formulas as
    premises."""
    formulas, _ = reading(setting.data / "formulas.p")
    drawn = random.Random(setting.seed).sample(setting.validation,
                                               min(sample, len(setting.validation)))
    library = Library(formulas, [])
    problems = {q.name: library.chainy({"name": q.name}) for q in drawn}
    ways: dict[str, Any] = {
        **{name: lambda engine=engine: engine for name, engine in ENGINES.items()},
        "no selection": _unselective,
        "symbols": strong,
        "minilm": lambda: by_ranking(_retrieved(setting.corpus, setting.minilm)),
        "learned": lambda: guided(setting.model),
        "fused": lambda: by_ranking(_retrieved(setting.corpus, setting.fused)),
    }
    figures: Figures = {}
    for way, make in ways.items():
        if way in only or (not only and way not in ON_REQUEST):
            _solve(way, make, problems, seconds, journal)
        found = journal.figures(way, list(problems))
        if found["of"]:
            figures[way] = found
    best = max((figures[name]["solved"] for name in ENGINES if name in figures), default=0)
    if best:
        figures["gain"] = {way: round(found["solved"] / best, 2)
                           for way, found in figures.items() if way not in ENGINES}
        figures["best single prover"] = best
    return figures


def _solve(
    way: str, make: Any, problems: dict[str, Problem], seconds: float, journal: Journal
) -> None:
    todo = [name for name in problems if (way, name) not in journal.known]
    prover: Verifier | None = make() if todo else None  # what it needs is made in nobody's time
    for name in todo:
        assert prover is not None
        begun = time.perf_counter()
        answer = prover.prove(problems[name], Limits(seconds))
        journal.add(way, name, answer.status.proved, time.perf_counter() - begun)
    found = journal.figures(way, list(problems))
    say(f"  {way}: {found['solved']} of {found['of']} in {found['seconds']:.0f} s")


def _unselective() -> Portfolio:
    """Lemma's provers, all with every premise."""
    return Portfolio("unselective", tuple(Attempt(a.prover, a.share) for a in QUICK),
                     default_cores())


def _retrieved(corpus: Corpus, ranker: Ranker) -> Any:
    return partial(Retrieved, CorpusRetriever(corpus, ranker))


# ------------------------------------------------------------------------------------------- Lean


def library(work: Path) -> Figures:
    """Seconds to build and to load the index of ``Init`` and ``Std``, milliseconds to ask it."""
    begun = time.perf_counter()
    load_library(LIBRARY)
    figures: Figures = {"view_s": round(time.perf_counter() - begun, 2)}
    store, recipe, encoder = IndexStore(work / "library"), library_recipe(LIBRARY), load_encoder()

    def ready() -> tuple[Corpus, Ranker]:
        index = store.index(recipe.name)
        corpus = index.open(recipe.source, recipe.make)
        _ = index.lexical
        return corpus, index.dense(encoder)

    use_threads(os.cpu_count() or 1)
    for what in ("build_s", "load_s"):
        begun = time.perf_counter()
        corpus, ranker = ready()
        figures[what] = round(time.perf_counter() - begun, 2)
    use_threads(1)
    goals = [f"⊢ {premise.statement}" for premise in corpus.premises[:: len(corpus) // _QUERIES]]
    ranker.rank(goals[:1], 64)
    return {**figures, "statements": len(corpus), "cores": os.cpu_count(),
            "query_ms": _query_ms(ranker, goals)}


def lean(tactics: int, seconds: float, seed: int, journal: Journal) -> Figures:
    """How many theorems of the examples are proved with premises of these kinds."""
    figures: Figures = {"tactics": tactics, "seconds": seconds}
    options = SessionOptions(seed=seed, budget=Budget(seconds=seconds, tactic_calls=tactics),
                             minimise=False)
    for mode in (Premises.OFF, Premises.FILE, Premises.LEXICAL):
        backend = LeanBackend(1, LeanPremises(mode, reading=say))
        with Session([backend], options) as session:
            tasks = {_key(task): task for file in sorted(EXAMPLES.glob("*.lean"))
                     for task in session.load(file)[0]}
            for key, task in tasks.items():
                if (mode, key) not in journal.known:
                    for _, result in session.run([task]):
                        journal.add(mode, key, result.status is Status.PROVED, result.seconds)
        figures[mode] = journal.figures(mode, list(tasks))
        say(f"  {mode}: {figures[mode]['solved']} of {figures[mode]['of']}")
    names = {mode: set(figures[mode]["names"]) for mode in (Premises.OFF, Premises.LEXICAL)}
    figures["gained"] = sorted(names[Premises.LEXICAL] - names[Premises.OFF])
    figures["lost"] = sorted(names[Premises.OFF] - names[Premises.LEXICAL])
    return figures


def _key(task: Task) -> str:
    return f"{task.theorem.file.name}:{task.theorem.line}:{task.theorem.name}"


# ------------------------------------------------------------------------------------------- main


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description="Benchmark of premise retrieval.")
    parser.add_argument("--data", type=Path, default=os.environ.get("MPTP2078"),
                        help="the folder of MPTP2078 (or set MPTP2078)")
    parser.add_argument("--only", default=",".join(PARTS), help="parts: " + ", ".join(PARTS))
    parser.add_argument("--provers", default="", help="only these ways of solving, by commas "
                        "(without this, all but " + " and ".join(ON_REQUEST) + ")")
    parser.add_argument("--out", type=Path, help="results as they come; known ones are not redone")
    parser.add_argument("--into", type=Path, help="put the parts measured into this JSON file, "
                        "beside those that it has")
    parser.add_argument("--lean-tactics", type=int, default=400, help="calls a Lean theorem")
    parser.add_argument("--lean-seconds", type=float, default=30.0, help="a Lean theorem, at most")
    parser.add_argument("--sample", type=int, default=60, help="problems drawn")
    parser.add_argument("--seconds", type=float, default=5.0, help="wall-clock time a problem")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--encoder-steps", type=int, default=0,
                        help="train MiniLM further for so many steps (minutes a hundred)")
    parser.add_argument("--work", type=Path, help="keep vectors and models here")
    given = parser.parse_args(arguments)
    parts = [part.strip() for part in given.only.split(",")]
    if not set(parts) <= set(PARTS):
        parser.error("--only takes " + ", ".join(PARTS))
    if set(parts) - WITHOUT_MPTP and (given.data is None
                                      or not (given.data / "formulas.p").is_file()):
        parser.error("name the folder with formulas.p and train.jsonl of MPTP2078 with --data")
    results: Figures = {"seed": given.seed, "sample": given.sample, "seconds": given.seconds,
                        "encoder_steps": given.encoder_steps}
    journal = Journal(given.out)
    if "lean" in parts:
        results["lean"] = lean(given.lean_tactics, given.lean_seconds, given.seed, journal)
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        if "library" in parts:  # always anew
            results["library"] = library(Path(temporary))
        results |= _on_mptp([p for p in parts if p not in WITHOUT_MPTP], given, work, journal)
    if given.into is not None:
        if given.into.is_file():
            results = json.loads(given.into.read_text(encoding="utf-8")) | results
        given.into.write_text(json.dumps(results) + "\n", encoding="utf-8")
    print(json.dumps(results))


def _on_mptp(
    parts: list[str], given: argparse.Namespace, work: Path, journal: Journal
) -> Figures:
    if not parts:
        return {}
    setting = Setting(given.data, work, given.seed, given.encoder_steps)
    only = [name.strip() for name in given.provers.split(",") if name.strip()]
    measures: dict[str, Callable[[], Figures]] = {
        "speed": lambda: speed(setting), "recall": lambda: recall(setting),
        "solving": lambda: solved(setting, given.sample, given.seconds, only, journal)}
    found: Figures = {}
    for part in parts:
        say(part)
        found[part] = measures[part]()
    return found


if __name__ == "__main__":
    main()
