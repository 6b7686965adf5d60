"""Trains a retriever from proofs, part by part, and says how good each part is.

Some of the proofs are set aside for validation: they tell when the encoder has learnt enough and
what each part counts, so the figures for them are slightly kind. What is to be reported should be
measured on proofs that were not given at all (`retrieval.evaluation`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from retrieval.contracts import Ranker, RetrievalError
from retrieval.corpus import Corpus
from retrieval.dense import dense_ranker
from retrieval.encoders import load_encoder
from retrieval.evaluation import Evaluation, evaluate
from retrieval.fusion import FusedRanker
from retrieval.lexical import KINDS, LexicalRanker
from retrieval.questions import Question
from retrieval.splits import random_split
from retrieval.training.examples import Example
from retrieval.training.learned import LearnedModel
from retrieval.training.learned import train as train_learned
from retrieval.training.options import TrainingOptions
from retrieval.training.trained import ENCODER_FOLDER, save_fusion

REPORT_FILE = "report.json"
_SHARES = (1.0, 2.0, 4.0, 8.0, 16.0)  # what the learned ranking may count beside the encoder's


class Parts(StrEnum):
    """What is trained."""

    LEARNED = "learned"
    ENCODER = "encoder"
    BOTH = "both"


@dataclass(frozen=True)
class Plan:
    """A training run.

    Attributes:
        folder: where the retriever is written.
        encoder: whose training is continued (`retrieval.encoders`).
        validation: the share of the goals that is set aside.
        final: learn from the validation goals too, after everything is measured (the encoder
            is not trained on them).
        log: a folder for TensorBoard.
        cache: for the answers of the encoder's probe.
    """

    folder: Path
    parts: Parts = Parts.BOTH
    encoder: str = "minilm"
    validation: float = 0.15
    options: TrainingOptions = field(default_factory=TrainingOptions)
    resume: bool = False
    final: bool = False
    log: Path | None = None
    cache: Path | None = None


@dataclass(frozen=True)
class Report:
    """What was learnt from, and how each ranker does on the validation goals."""

    train: int
    validation: int
    premises: int
    seconds: float
    rankers: tuple[Evaluation, ...]
    steps: int = 0
    best_step: int = 0
    fusion: float | None = None

    def as_json(self) -> dict[str, object]:
        """For ``report.json`` and the command line."""
        return {
            "train": self.train, "validation": self.validation, "premises": self.premises,
            "seconds": round(self.seconds, 1), "steps": self.steps, "best_step": self.best_step,
            "fusion": self.fusion, "rankers": [found.as_json() for found in self.rankers],
        }  # fmt: skip


Watch = Callable[[str, int, int], None]
"""Told what is going on, and how much of how much is done."""


def train_retriever(
    corpus: Corpus, questions: Sequence[Question], plan: Plan, watch: Watch
) -> Report:
    """Train what ``plan`` says on ``questions`` whose answers are known.

    Raises:
        RetrievalError: there are too few questions, or something of the plan cannot be had.
    """
    begun = time.monotonic()
    known = [question for question in questions if question.used]
    held = _held_out([question.name for question in known], plan)
    train = [question for question in known if question.name not in held]
    validation = [question for question in known if question.name in held]
    if not train or not validation:
        raise RetrievalError(f"{len(known)} proofs are too few to learn from and validate on",
                             remedy="give more proofs, or another share for --validation")
    run = _Run(corpus, train, validation, plan, watch)
    plan.folder.mkdir(parents=True, exist_ok=True)
    run.baselines()
    if plan.parts is not Parts.ENCODER:
        run.learned()
    if plan.parts is not Parts.LEARNED:
        run.encoder()
    if plan.parts is Parts.BOTH:
        run.fused()
    if plan.final and plan.parts is not Parts.ENCODER:
        run.learned_from_all(known)
    report = Report(len(run.train), len(run.validation), len(corpus), time.monotonic() - begun,
                    tuple(run.found), run.steps, run.best_step, run.fusion)
    text = json.dumps(report.as_json(), indent=2)
    (plan.folder / REPORT_FILE).write_text(text + "\n", encoding="utf-8")
    return report


def _held_out(names: Sequence[str], plan: Plan) -> frozenset[str]:
    """The theorems set aside, with all proofs of each."""
    theorems = list(dict.fromkeys(names))
    split = random_split(len(theorems), validation=plan.validation, test=0.0,
                         seed=plan.options.seed)
    return frozenset(theorems[i] for i in split.validation)


@dataclass
class _Run:
    """One training run."""

    corpus: Corpus
    train: list[Question]
    validation: list[Question]
    plan: Plan
    watch: Watch
    found: list[Evaluation] = field(default_factory=list)
    rankers: list[Ranker] = field(default_factory=list)
    steps: int = 0
    best_step: int = 0
    fusion: float | None = None

    def baselines(self) -> None:
        """What needs no training, to compare with."""
        for kind in KINDS.values():
            self._measure(LexicalRanker.build(kind, self.corpus.premises))

    def learned(self) -> None:
        """The ranker that learns from symbols and proofs."""
        model = self._learn(self.train)
        self._keep(model.ranker(self.corpus))

    def learned_from_all(self, questions: Sequence[Question]) -> None:
        """The same once more, from all proofs."""
        self._learn(questions)

    def _learn(self, questions: Sequence[Question]) -> LearnedModel:
        model = train_learned(
            self.corpus, self._examples(questions), seed=self.plan.options.seed,
            progress=lambda done, total: self.watch("learning from proofs", done, total))
        model.save(self.plan.folder)
        return model

    def encoder(self) -> None:
        """The encoder."""
        from retrieval.training.contrastive import ContrastiveTrainer

        plan = self.plan
        trainer = ContrastiveTrainer(
            load_encoder(plan.encoder, cache=plan.cache), self.corpus,
            self._examples(self.train), self._examples(self.validation), plan.folder,
            plan.options, log=plan.log,
            watch=lambda step, steps, what: self.watch(f"encoder: {what}", step, steps))
        report = trainer.run(resume=plan.resume)
        self.steps, self.best_step = report.steps, report.best
        trained = load_encoder(f"hf:{plan.folder / ENCODER_FOLDER}", cache=plan.cache)
        self._keep(dense_ranker(trained, self.corpus.premises))

    def fused(self) -> None:
        """Both; their weights are those that do best here."""
        cut = self.plan.options.recall_at
        tried = {share: self._evaluate(FusedRanker(self.rankers, weights=[share, 1.0],
                                                   name=f"fused {share:g}:1"), cut)
                 for share in _SHARES}
        self.fusion = max(tried, key=lambda share: tried[share].metrics.recall[cut])
        self.found.append(tried[self.fusion])
        save_fusion(self.plan.folder, self.fusion, 1.0)

    def _keep(self, ranker: Ranker) -> None:
        self.rankers.append(ranker)
        self._measure(ranker)

    def _measure(self, ranker: Ranker) -> None:
        self.found.append(self._evaluate(ranker, self.plan.options.recall_at))

    def _evaluate(self, ranker: Ranker, cut: int) -> Evaluation:
        return evaluate(
            ranker, self.corpus, self.validation, cuts=sorted({1, 10, 32, 64, 100, 128, cut}),
            progress=lambda done, total: self.watch(f"measuring {ranker.name}", done, total))

    def _examples(self, questions: Sequence[Question]) -> list[Example]:
        return [Example.of(question, self.corpus) for question in questions]
