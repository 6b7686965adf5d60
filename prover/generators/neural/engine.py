"""One model that several threads ask: prompts of all of them are decoded in common batches.

Whoever finds the model idle decodes what is waiting, its own prompts and those of others, until
its own are done. When memory runs out the batch is halved, then the number of candidates.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from prover.generators.errors import GeneratorError
from prover.generators.neural.decoding import Candidate, Decoding, beam_search, sample
from prover.generators.neural.memory import free_cached_memory, is_out_of_memory

if TYPE_CHECKING:
    from prover.generators.neural.loading import LoadedModel


@dataclass(frozen=True)
class Job:
    """A prompt to be continued until ``deadline`` (of `time.monotonic`) at the latest."""

    prompt: Sequence[int]
    seed: int
    deadline: float
    done: Future[list[Candidate]] = field(default_factory=Future, compare=False)


class Engine:
    """Decodes for all threads that share a model.

    Args:
        load: loads the model when it is first needed; its errors are raised to every asker.
        decoding: how candidates are made.
        beam: search for the likeliest ones instead of drawing.
        batch: at most so many prompts at once.
        notify: is told, in one line, what the user should know.
    """

    def __init__(
        self, load: Callable[[], LoadedModel], decoding: Decoding, *, beam: bool = False,
        batch: int = 8, notify: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._load, self._decoding, self._beam = load, decoding, beam
        self._batch, self._notify = batch, notify
        self._waiting: deque[Job] = deque()
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._loaded: LoadedModel | None = None

    @property
    def model(self) -> LoadedModel:
        """The model, loaded when first asked for. Raises `GeneratorError`."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    @property
    def decoding(self) -> Decoding:
        """How candidates are made at present (fewer after memory has run out)."""
        return self._decoding

    def set_length(self, max_new_tokens: int) -> None:
        """From now on candidates may be so long."""
        self._decoding = replace(self._decoding, max_new_tokens=max_new_tokens)

    def continuations(self, jobs: Sequence[Job]) -> list[list[Candidate]]:
        """Candidates for each job. Raises `GeneratorError`."""
        model = self.model
        self._waiting.extend(jobs)
        while not all(job.done.done() for job in jobs):
            with self._lock:
                if not all(job.done.done() for job in jobs):
                    self._work(model)
        return [job.done.result() for job in jobs]

    def close(self) -> None:
        """Stop decoding at the next token, for good."""
        self._stop.set()

    def _work(self, model: LoadedModel) -> None:
        taken = [self._waiting.popleft()
                 for _ in range(min(self._batch, len(self._waiting)))]
        try:
            for job, found in zip(taken, self._decode(model, taken), strict=True):
                job.done.set_result(found)
        except BaseException as problem:
            for job in taken:
                job.done.set_exception(problem)
            if not isinstance(problem, GeneratorError):
                raise

    def _decode(self, model: LoadedModel, jobs: Sequence[Job]) -> list[list[Candidate]]:
        try:
            return self._once(model, jobs)
        except FloatingPointError as problem:
            raise GeneratorError(
                f"{model.name} computes what is no number in {model.placement.dtype}",
                remedy="choose dtype=bf16 or dtype=fp32") from problem
        except (RuntimeError, MemoryError) as problem:
            if not is_out_of_memory(problem):
                reason = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
                raise GeneratorError(f"{model.name} fails: {reason[:200]}") from problem
        free_cached_memory()  # outside of the handler, whose traceback holds the tensors
        if len(jobs) > 1:
            self._batch = len(jobs) // 2
            self._notify(f"{model.name}: out of memory; from now on {self._batch} goals at once")
            half = self._batch
            return [*self._decode(model, jobs[:half]), *self._decode(model, jobs[half:])]
        if self._decoding.candidates > 1:
            fewer = self._decoding.candidates // 2
            self._decoding = replace(self._decoding, candidates=fewer)
            self._notify(f"{model.name}: out of memory; from now on {fewer} candidates a goal")
            return self._decode(model, jobs)
        raise GeneratorError(
            f"{model.name}: out of memory with one candidate of one goal",
            remedy="take a smaller model, fewer context tokens, dtype=bf16, or a server of its "
            "own (openai:MODEL@URL)")

    def _once(self, model: LoadedModel, jobs: Sequence[Job]) -> list[list[Candidate]]:
        deadline = max(job.deadline for job in jobs)

        def halt() -> bool:
            return self._stop.is_set() or time.monotonic() >= deadline

        prompts = [job.prompt for job in jobs]
        if self._beam:
            return beam_search(model.model, prompts, self._decoding, end=model.ends,
                               pad=model.pad, halt=halt)
        return sample(model.model, prompts, self._decoding, end=model.ends, pad=model.pad,
                      seeds=[job.seed for job in jobs], halt=halt)
