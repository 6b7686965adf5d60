"""The loop of a training: batches, schedule, measurements, checkpoints, an early end.

What is learnt and how it is measured is an `Objective`'s business. A run can be stopped at any
time and be resumed: a checkpoint, replaced at once, has everything, and the order of batches
depends on the seed alone.
"""

from __future__ import annotations

import json
import math
import os
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from prover.contracts import InputError, LemmaError

if TYPE_CHECKING:
    import torch

    from prover.training.options import TrainingOptions

Watch = Callable[[str, int, int], None]
"""Is told what is done at present, the step, and the number of steps."""

CHECKPOINT = "checkpoint.pt"


class Objective(Protocol):
    """What is learnt. ``metrics()['loss']`` is what should fall."""

    name: str

    @property
    def size(self) -> int:
        """How many examples there are."""

    @property
    def module(self) -> torch.nn.Module:
        """What holds the weights (buffers and all) that are trained and saved."""

    def cost(self, example: int) -> int:
        """About how many tokens an example has: those of one batch should be alike."""

    def loss(self, examples: Sequence[int]) -> torch.Tensor:
        """The mean loss of some examples, with gradient."""

    def metrics(self) -> dict[str, float]:
        """Measured on what was set aside."""

    def save(self, folder: Path) -> None:
        """Write the model for use."""


@dataclass
class Progress:
    """What a run has come to; saved with every checkpoint."""

    step: int = 0
    losses: list[float] = field(default_factory=list)
    measured: dict[int, dict[str, float]] = field(default_factory=dict)

    @property
    def best(self) -> int | None:
        """The step of the lowest measured loss."""
        return min(self.measured, key=lambda s: (self.measured[s]["loss"], s), default=None)

    @property
    def since_best(self) -> int:
        """How many measurements have come after the best."""
        best = self.best
        return sum(step > best for step in self.measured) if best is not None else 0


@dataclass(frozen=True)
class Pace:
    """How long and how fast: what differs between the stages of a run."""

    epochs: float
    learning_rate: float


class Loop:
    """Trains one objective.

    Args:
        folder: for the checkpoint, and for what `Objective.save` writes at each new best.
        identity: of the run; a checkpoint of another one is refused.
    """

    def __init__(
        self, objective: Objective, options: TrainingOptions, pace: Pace, folder: Path,
        identity: str, watch: Watch, *, log: Any = None,
    ) -> None:
        import torch

        torch.set_num_threads(options.threads)
        self._objective, self._options, self._pace = objective, options, pace
        self._folder, self._identity, self._watch, self._log = folder, identity, watch, log
        self._per_epoch = max(1, math.ceil(objective.size / options.batch_size))
        self.steps = max(1, math.ceil(self._per_epoch * pace.epochs))
        weights = [p for p in objective.module.parameters() if p.requires_grad]
        self._weights = weights
        flat = [p for p in weights if p.dim() < 2]
        groups: list[dict[str, Any]] = [
            {"params": [p for p in weights if p.dim() >= 2]},
            {"params": flat, "weight_decay": 0.0}]
        self._optimizer: Any = torch.optim.AdamW(
            groups, lr=pace.learning_rate, betas=(0.9, 0.98), weight_decay=options.weight_decay)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, self._rate)
        self._accelerator = _accelerator(options)
        if self._accelerator is not None:
            self._optimizer = self._accelerator.prepare(self._optimizer)
        self.progress = Progress()

    def run(self, *, resume: bool = False) -> Progress:
        """Train to the end, or until nothing gets better.

        Raises:
            InputError: the checkpoint is of another run.
            LemmaError: the memory does not suffice.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        checkpoint = self._folder / CHECKPOINT
        if resume and checkpoint.exists():
            self._restore(checkpoint)
        every = self._options.evaluate_every or self._per_epoch
        while self.progress.step < self.steps and (
                self.progress.since_best < self._options.patience):
            self._step()
            if self.progress.step % every == 0 or self.progress.step == self.steps:
                self._measure()
                self._save(checkpoint)
        checkpoint.unlink(missing_ok=True)
        return self.progress

    def _step(self) -> None:
        import torch

        step, options = self.progress.step, self._options
        torch.manual_seed((options.seed << 32) + step)  # dropout repeats on resuming
        self._objective.module.train()
        try:
            with torch.autocast(self._weights[0].device.type, torch.bfloat16,
                                enabled=options.mixed):
                loss = self._objective.loss(self._batch(step))
            if self._accelerator is not None:
                self._accelerator.backward(loss / options.accumulate)
            else:
                (loss / options.accumulate).backward()  # type: ignore[no-untyped-call]
        except (MemoryError, RuntimeError) as problem:
            raise _memory(problem) from problem
        if (step + 1) % options.accumulate == 0 or step + 1 == self.steps:
            torch.nn.utils.clip_grad_norm_(self._weights, options.clip)
            self._optimizer.step()
            self._optimizer.zero_grad(set_to_none=True)
        self._schedule.step()
        value = float(loss.detach())
        if not math.isfinite(value):
            raise LemmaError(f"the loss of step {step} is {value}",
                             remedy="a lower training.learning_rate, or dtype = \"fp32\"")
        self.progress.step += 1
        self.progress.losses = [*self.progress.losses[-199:], value]
        rate = float(self._schedule.get_last_lr()[0])
        self._write({"loss": value, "learning_rate": rate}, "train")
        recent = self.progress.losses[-20:]
        self._watch(f"{self._objective.name} loss {sum(recent) / len(recent):.3f}{self._news()}",
                    self.progress.step, self.steps)

    def _news(self) -> str:
        last = max(self.progress.measured, default=None)
        return "" if last is None else (
            f", set aside {self.progress.measured[last]['loss']:.3f}")

    def _batch(self, step: int) -> list[int]:
        """Examples of like length, in an order that depends on seed and epoch alone."""
        epoch, place = divmod(step, self._per_epoch)
        rng = random.Random(f"{self._options.seed} {epoch}")
        size, cost = self._options.batch_size, self._objective.cost
        order = sorted(range(self._objective.size), key=lambda i: cost(i) * rng.uniform(0.8, 1.25))
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        rng.shuffle(batches)
        return batches[place]

    def _rate(self, step: int) -> float:
        warm = max(1, round(self._options.warmup * self.steps))
        share = min(1.0, max(0, step - warm) / max(1, self.steps - warm))
        return min((step + 1) / warm, 0.55 + 0.45 * math.cos(math.pi * share))

    # ------------------------------------------------------------------------------ measurements

    def _measure(self) -> None:
        import torch

        self._watch("measuring", self.progress.step, self.steps)
        self._objective.module.eval()
        with torch.no_grad():
            found = self._objective.metrics()
        self.progress.measured[self.progress.step] = found
        self._write(found, "validation")
        with (self._folder / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"stage": self._objective.name, "step": self.progress.step,
                                     **found}) + "\n")
        if self.progress.best == self.progress.step:
            self._objective.save(self._folder)

    def _write(self, values: dict[str, float], part: str) -> None:
        if self._log is not None:
            for name, value in values.items():
                self._log.add_scalar(f"{self._objective.name}/{part}/{name}", value,
                                     self.progress.step)

    # -------------------------------------------------------------------------------- checkpoints

    def _save(self, path: Path) -> None:
        import torch

        partial = path.with_name(f".{path.name}.{os.getpid()}")
        torch.save({
            "identity": self._identity, "step": self.progress.step,
            "losses": self.progress.losses, "measured": self.progress.measured,
            "module": self._objective.module.state_dict(),
            "optimizer": self._optimizer.state_dict(), "schedule": self._schedule.state_dict(),
        }, partial)  # fmt: skip
        partial.replace(path)

    def _restore(self, path: Path) -> None:
        import torch

        try:
            saved = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as problem:  # of whatever kind torch raises for what is not its own
            raise InputError("not a checkpoint", file=path,
                             remedy="remove it, or train without --resume") from problem
        if saved["identity"] != self._identity:
            raise InputError("this checkpoint is of a run with other data or options", file=path,
                             remedy="train without --resume, or into another folder")
        self.progress = Progress(saved["step"], saved["losses"], saved["measured"])
        self._objective.module.load_state_dict(saved["module"])
        self._optimizer.load_state_dict(saved["optimizer"])
        self._schedule.load_state_dict(saved["schedule"])


def _memory(problem: BaseException) -> BaseException:
    """A lack of memory, told with its remedy; other problems as they are."""
    if isinstance(problem, MemoryError) or "memory" in str(problem).lower():
        return LemmaError("there is not enough memory for a batch",
                          remedy="a smaller training.batch_size (with a greater "
                          "training.accumulate) or model.max_length")
    return problem


def _accelerator(options: TrainingOptions) -> Any:
    if not options.accelerate:
        return None
    try:
        from accelerate import Accelerator
    except ImportError as problem:
        raise LemmaError("the package accelerate is not installed",
                         remedy="pip install accelerate, or training.accelerate = false"
                         ) from problem
    return Accelerator()


def mean(values: Iterable[float]) -> float:
    """The mean; 0 of nothing."""
    found = list(values)
    return sum(found) / len(found) if found else 0.0
