"""Trains an encoder further: goals are pulled towards the premises that their proofs used.

The recipe is that of dense passage retrieval (Karpukhin et al., "Dense Passage Retrieval for
Open-Domain Question Answering", 2020), as LeanDojo uses it for premises (Yang et al., 2023): a
softmax over inner products, where the premises of the other goals of the batch and hard negatives
are what not to choose. Hard negatives are accessible premises that the lexical ranking, later the
model itself, ranks high without their being used. Other premises that the goal did use are no
negatives. Symbols that the tokenizer would break into pieces become words of their own, which
shortens texts and gives each symbol a vector to learn.

A run can be stopped at any time, however abruptly, and be resumed: everything that it needs is in
one file, replaced at once.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.contracts import Ranker, RetrievalError
from retrieval.corpus import Corpus
from retrieval.dense import dense_ranker
from retrieval.encoders import TransformerEncoder
from retrieval.lexical import SYMBOLS, LexicalRanker
from retrieval.metrics import measure
from retrieval.sealed import sealing
from retrieval.training.batches import Batch, Batches, mined
from retrieval.training.examples import Example
from retrieval.training.options import TrainingOptions

if TYPE_CHECKING:
    import torch

CHECKPOINT = "checkpoint.pt"
_SPLIT_PIECES = 3  # a symbol of at least so many tokens is worth a word of its own
_EVALUATED_GOALS = 500
_CLIPPED_NORM = 1.0


@dataclass(frozen=True)
class TrainingReport:
    """How a run went: ``recalls`` has the validation recall by step, the untrained encoder's at
    step 0; ``best`` is the step whose weights were kept."""

    steps: int
    best: int
    recalls: dict[int, float]
    losses: dict[int, float]


Watch = Callable[[int, int, str], None]
"""Told the step, how many there are at most, and what is going on."""


class ContrastiveTrainer:
    """Trains ``encoder`` on ``train`` and keeps the weights that rank best for ``validation``.

    The trained encoder is written to ``folder`` in Hugging Face's format.
    """

    def __init__(
        self, encoder: TransformerEncoder, corpus: Corpus, train: Sequence[Example],
        validation: Sequence[Example], folder: Path, options: TrainingOptions,
        watch: Watch = lambda _step, _steps, _what: None, log: Path | None = None,
    ) -> None:
        if not train or not validation:
            raise RetrievalError("training needs examples to learn from and others to validate on",
                                 remedy="give more proofs")
        import torch

        torch.set_num_threads(options.threads)
        layout = replace(encoder.layout, max_length=options.max_length)
        self._encoder = TransformerEncoder(
            encoder.folder, layout, name=encoder.name, dtype=options.dtype,
            device=encoder.device)
        self._corpus, self._train, self._folder = corpus, list(train), folder
        self._validation = list(validation)[:_EVALUATED_GOALS]
        self._options, self._watch = options, watch
        self._writer = _summary_writer(log)
        used = [np.array(example.used(corpus), dtype=np.int64) for example in train]
        none = np.full((len(used), 1), -1, dtype=np.int64)
        self._batches = Batches(used, none, options.batch_size, options.hard_negatives,
                                options.seed)
        self._recalls: dict[int, float] = {}
        self._losses: dict[int, float] = {}
        self._step = 0

    def run(self, *, resume: bool = False) -> TrainingReport:
        """Train, from the checkpoint in the folder if ``resume``.

        Raises:
            RetrievalError: the checkpoint is of another run.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._watch(0, self._options.steps, "preparing")
        add_words(self._encoder, self._corpus, self._options.new_words)
        self._tokens()
        optimizer, schedule = self._optimizer()
        checkpoint = self._folder / CHECKPOINT
        if resume and checkpoint.exists():
            self._restore(checkpoint, optimizer, schedule)
        else:
            lexical = LexicalRanker.build(SYMBOLS, self._corpus.premises)
            self._mine(lexical)
            self._evaluate()
        while self._step < self._options.steps and not self._exhausted():
            self._losses[self._step] = self._learn(optimizer, schedule)
            self._step += 1
            self._watch(self._step, self._options.steps, self._news())
            if self._step % self._options.evaluate_every == 0 or (
                    self._step == self._options.steps):
                self._evaluate()
                self._save(checkpoint, optimizer, schedule)
        checkpoint.unlink(missing_ok=True)
        return TrainingReport(self._step, self._best(), self._recalls, self._losses)

    # ----------------------------------------------------------------------------------- a step

    def _tokens(self) -> None:
        layout, tokenize = self._encoder.layout, self._encoder.tokenize
        self._goal_tokens = tokenize([layout.query_text(e.goal) for e in self._train])
        self._premise_tokens = tokenize([layout.premise_text(p) for p in self._corpus.premises])

    def _learn(self, optimizer: Any, schedule: Any) -> float:
        """One batch; its loss."""
        import torch

        torch.manual_seed((self._options.seed << 32) + self._step)  # dropout repeats on resuming
        batch = self._batches.batch(self._step)
        self._encoder.model.train()
        device, dtype = self._encoder.device, self._encoder.dtype
        with torch.autocast(device, dtype, enabled=dtype is not torch.float32):
            loss = self._loss(batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._encoder.model.parameters(), _CLIPPED_NORM)
        optimizer.step()
        schedule.step()
        self._encoder.model.eval()
        value = float(loss.detach())
        if self._writer is not None:
            self._writer.add_scalar("loss", value, self._step)
        return value

    def _loss(self, batch: Batch) -> torch.Tensor:
        import torch

        goals = self._encoder.embed([self._goal_tokens[i] for i in batch.goals])
        premises = self._encoder.embed([self._premise_tokens[i] for i in batch.premises])
        scores = goals @ premises.T / self._options.temperature
        blocked = torch.from_numpy(batch.blocked).to(scores.device)
        target = torch.arange(len(batch.goals), device=scores.device)
        return torch.nn.functional.cross_entropy(
            scores.float().masked_fill(blocked, -torch.inf), target)

    def _optimizer(self) -> tuple[Any, Any]:
        import torch

        options, model = self._options, self._encoder.model
        words = model.get_input_embeddings().weight
        others = [p for p in model.parameters() if p.requires_grad and p is not words]
        optimizer = torch.optim.AdamW(
            [{"params": others, "lr": options.learning_rate},
             {"params": [words], "lr": options.symbol_learning_rate}],
            weight_decay=options.weight_decay)
        warm = max(1, round(options.warmup * options.steps))

        def factor(step: int) -> float:
            rest = max(options.steps - warm, 1)
            return min((step + 1) / warm, max(0.0, (options.steps - step) / rest))

        return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, factor)

    # ------------------------------------------------------------------------------ measurements

    def _evaluate(self) -> None:
        """Measure the validation recall, keep the weights if it is the best, mine negatives."""
        self._watch(self._step, self._options.steps, "measuring " + self._news())
        ranker = dense_ranker(self._encoder, self._corpus.premises)
        cut = self._options.recall_at
        rankings = ranker.rank([e.goal for e in self._validation], cut,
                               [e.mask(self._corpus) for e in self._validation])
        found = measure([r.ids.tolist() for r in rankings],
                        [e.used(self._corpus) for e in self._validation], [cut])
        self._recalls[self._step] = found.recall[cut]
        if self._writer is not None:
            self._writer.add_scalar(f"recall@{cut}", found.recall[cut], self._step)
        if self._best() == self._step:
            self._write_encoder()
        if self._step:
            self._mine(ranker)

    def _mine(self, ranker: Ranker) -> None:
        if self._options.hard_negatives:
            self._batches.hard = mined(ranker, self._corpus, self._train, self._batches.used,
                                       self._options.hard_pool)

    def _best(self) -> int:
        return max(self._recalls, key=lambda step: (self._recalls[step], -step))

    def _exhausted(self) -> bool:
        later = sum(step > self._best() for step in self._recalls)
        return later >= self._options.patience

    def _news(self) -> str:
        recent = list(self._losses.values())[-20:]
        loss = f"loss {sum(recent) / len(recent):.3f}, " if recent else ""
        last = max(self._recalls, default=None)
        recall = "" if last is None else (
            f"recall@{self._options.recall_at} {self._recalls[last]:.3f}")
        return loss + recall

    # ------------------------------------------------------------------------------------ saving

    def _write_encoder(self) -> None:
        """The encoder as a Hugging Face folder: whole files, each replaced at once."""
        with sealing(self._folder / "encoder") as partial:
            self._encoder.model.save_pretrained(partial, safe_serialization=True)
            self._encoder.tokenizer.save_pretrained(partial)
            self._encoder.layout.save(partial)

    def _save(self, path: Path, optimizer: Any, schedule: Any) -> None:
        import torch

        partial = path.with_name(f".{path.name}.{os.getpid()}")
        torch.save({
            "identity": self._identity(), "step": self._step, "recalls": self._recalls,
            "losses": self._losses, "hard": torch.from_numpy(self._batches.hard),
            "model": self._encoder.model.state_dict(), "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
        }, partial)  # fmt: skip
        partial.replace(path)

    def _restore(self, path: Path, optimizer: Any, schedule: Any) -> None:
        import torch

        try:
            saved = torch.load(path, map_location=self._encoder.device, weights_only=True)
        except Exception as problem:  # of whatever kind torch raises for what is not its own
            raise RetrievalError("not a checkpoint", file=path,
                                 remedy="remove it, or train without --resume") from problem
        if saved["identity"] != self._identity():
            raise RetrievalError("this checkpoint is of a run with other data or options",
                                 file=path, remedy="train without --resume, or into another folder")
        self._step, self._recalls, self._losses = saved["step"], saved["recalls"], saved["losses"]
        self._batches.hard = saved["hard"].cpu().numpy()
        self._encoder.model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        schedule.load_state_dict(saved["schedule"])

    def _identity(self) -> str:
        options = {name: value for name, value in asdict(self._options).items()
                   if name not in ("threads", "dtype")}
        return repr((options, self._corpus.version, len(self._train), len(self._validation),
                     self._encoder.version))


def add_words(encoder: TransformerEncoder, corpus: Corpus, least: int) -> int:
    """Make words of the symbols that stand in at least ``least`` premises and that the tokenizer
    breaks into pieces; how many. Their vectors begin as the means of those of their pieces."""
    import torch
    from transformers import AddedToken

    if not least:
        return 0
    count = Counter(symbol for premise in corpus.premises for symbol in premise.symbols
                    if re.search(rf"(?<!\w){re.escape(symbol)}(?!\w)", premise.statement))
    often = sorted(symbol for symbol, number in count.items() if number >= least)
    tokenizer, model = encoder.tokenizer, encoder.model
    pieces = {symbol: tokenizer(symbol, add_special_tokens=False)["input_ids"]
              for symbol in often}
    new = [symbol for symbol in often if len(pieces[symbol]) >= _SPLIT_PIECES]
    if not new:
        return 0
    tokenizer.add_tokens([AddedToken(symbol, single_word=True, normalized=False)
                          for symbol in new])
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    vectors = model.get_input_embeddings().weight
    with torch.no_grad():
        for symbol in new:
            vectors[tokenizer.convert_tokens_to_ids(symbol)] = vectors[pieces[symbol]].mean(0)
    return len(new)


def _summary_writer(log: Path | None) -> Any:
    if log is None:
        return None
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as problem:
        raise RetrievalError("the package tensorboard is not installed",
                             remedy="pip install tensorboard, or train without --tensorboard"
                             ) from problem
    return SummaryWriter(str(log))
