"""What runs on the nodes of a cluster, each in Ray actors of its own pool.

* `EnvironmentActor`: a Lean process and the provers; works on one problem at a time, just as a
  session on one machine does.
* `GeneratorActor`: proposes tactics for all of them. Requests that arrive while it is busy are
  answered together in the next batch, which is what a model on a GPU needs.
* `RetrieverActor`: finds premises for all of them.

Only `prover.evaluation.cluster` imports this module, so that Ray is needed by nobody else.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError

from prover.backends import FolBackend, LeanBackend, make_backends
from prover.contracts import (
    EnvironmentCrash,
    Goal,
    Proposal,
    Request,
    Result,
    TacticGenerator,
    Theorem,
)
from prover.evaluation.provers import proofs_of
from prover.premises import Premises
from prover.session import Backend, Session, SessionOptions, Task
from prover.trace import TraceWriter
from retrieval.contracts import ScoredPremise

LEAN, FIRST_ORDER = 0, 1  # the places of the backends in what `make_backends` returns
_ANSWER_SECONDS = 600.0


@dataclass(frozen=True)
class Helpers:
    """The generator and the retriever that an environment asks (Ray's actor handles)."""

    generator: Any
    retriever: Any


@dataclass(frozen=True)
class Voice:
    """Which of a generator's answers are wanted: for the backend at ``place``, with ``seed``."""

    place: int
    seed: int


@dataclass(frozen=True)
class Made:
    """What came of an attempt: the result, proof files (name → text), and the trace's text."""

    result: Result
    proofs: dict[str, str]
    trace: str | None


class EnvironmentActor:
    """Works on one problem at a time."""

    def __init__(self, options: SessionOptions, folder: Path, *, traced: bool) -> None:
        self._options, self._folder, self._traced = options, folder, traced
        # Made with the first problem: a constructor that is given actors cannot be run again.
        self._backends: tuple[Backend, ...] = ()

    def ready(self) -> None:
        """Answers once the actor is there."""

    def prove(self, place: int, theorem: Theorem, seed: int, helpers: Helpers) -> Made:
        """Attempt ``theorem``, which belongs to the backend at ``place``."""
        self._backends = self._backends or _backends(helpers)
        if not self._traced:
            return self._prove(place, theorem, replace(self._options, seed=seed))
        with tempfile.TemporaryDirectory(prefix="lemma-") as folder:
            path = Path(folder, "trace.jsonl")
            with TraceWriter(path) as trace:
                made = self._prove(place, theorem, replace(self._options, seed=seed, trace=trace))
            return replace(made, trace=path.read_text("utf-8"))

    def _prove(self, place: int, theorem: Theorem, options: SessionOptions) -> Made:
        backend = self._backends[place]
        session = Session(self._backends, options)  # not closed: the next one goes on with them
        [(_, result)] = session.run([Task(theorem, backend)])
        return Made(result, proofs_of(backend, theorem, result, self._folder), None)


def _backends(helpers: Helpers) -> tuple[Backend, ...]:
    """In the order of `make_backends`."""
    return _LeanHere(helpers), _FirstOrderHere(helpers)


class _LeanHere(LeanBackend):
    """Lean in this process; generator and retriever elsewhere."""

    def __init__(self, helpers: Helpers) -> None:
        super().__init__(1, Premises.OFF, independent=True)
        self._helpers = helpers

    def generator(self, name: str, seed: int = 0) -> TacticGenerator:
        return RemoteGenerator(name, Voice(LEAN, seed), self._helpers.generator)

    def premises(
        self, theorem: Theorem, goals: Sequence[tuple[Goal, ...]]
    ) -> Sequence[Sequence[ScoredPremise]]:
        found: Sequence[Sequence[ScoredPremise]] = _answer(
            self._helpers.retriever.premises.remote(LEAN, theorem, goals), "retriever")
        return found


class _FirstOrderHere(FolBackend):
    """The first-order provers in this process; the generator elsewhere."""

    def __init__(self, helpers: Helpers) -> None:
        super().__init__()
        self._helpers = helpers

    def generator(self, name: str, seed: int = 0) -> TacticGenerator:
        return RemoteGenerator(name, Voice(FIRST_ORDER, seed), self._helpers.generator)


class RemoteGenerator:
    """A `TacticGenerator` that asks a `GeneratorActor`."""

    def __init__(self, name: str, voice: Voice, actor: Any) -> None:
        self.name, self._voice, self._actor = name, voice, actor

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        """What the actor proposes. Raises `EnvironmentCrash` if it is gone for good."""
        found: list[list[Proposal]] = _answer(
            self._actor.propose.remote(self._voice, list(requests)), "generator")
        return found


def _answer(reference: Any, who: str) -> Any:
    try:
        return ray.get(reference, timeout=_ANSWER_SECONDS)
    except RayError as problem:
        if isinstance(problem, ray.exceptions.RayTaskError):
            raise  # a mistake in its code, or one of the user's: not the cluster's
        raise EnvironmentCrash(f"the {who} of the cluster does not answer: "
                               f"{type(problem).__name__}") from problem


class RetrieverActor:
    """Finds premises, for all environments."""

    def __init__(self) -> None:
        self._backends = make_backends(1, independent=True)

    def premises(
        self, place: int, theorem: Theorem, goals: Sequence[tuple[Goal, ...]]
    ) -> Sequence[Sequence[ScoredPremise]]:
        """See `prover.session.Backend.premises`."""
        return self._backends[place].premises(theorem, goals)


@dataclass(frozen=True)
class _Question:
    voice: Voice
    requests: Sequence[Request]
    answer: asyncio.Future[list[list[Proposal]]]


class GeneratorActor:
    """Proposes tactics, for all environments, in batches.

    Args:
        name: which generator, as for ``lemma prove --generator``.
        askers: how many environments ask it.
    """

    def __init__(self, name: str, askers: int = 1) -> None:
        self._backends = make_backends(askers, strict_generator=True)
        self._generator = cache(lambda voice: self._backends[voice.place].generator(
            name, voice.seed))
        self._waiting: list[_Question] = []
        self._serving: asyncio.Task[None] | None = None

    async def propose(self, voice: Voice, requests: Sequence[Request]) -> list[list[Proposal]]:
        """For each request its proposals."""
        loop = asyncio.get_running_loop()
        question = _Question(voice, requests, loop.create_future())
        self._waiting.append(question)
        if self._serving is None or self._serving.done():
            self._serving = loop.create_task(self._serve())
        return await question.answer

    async def _serve(self) -> None:
        """Answer what has gathered while the last batch was worked on."""
        while self._waiting:
            batches: defaultdict[Voice, list[_Question]] = defaultdict(list)
            for question in self._waiting:
                batches[question.voice].append(question)
            self._waiting = []
            for voice, questions in batches.items():
                await self._batch(voice, questions)

    async def _batch(self, voice: Voice, questions: Sequence[_Question]) -> None:
        requests = [request for question in questions for request in question.requests]
        try:
            found = iter(await asyncio.to_thread(
                lambda: self._generator(voice).propose(requests)))
        except Exception as problem:  # whoever asked is told, and this actor goes on
            for question in questions:
                question.answer.set_exception(problem)
            return
        for question in questions:
            question.answer.set_result([next(found) for _ in question.requests])
