"""What runs on the nodes of a cluster, each in Ray actors of its own pool.

* `EnvironmentActor`: a Lean process and the provers; works on one problem at a time, just as a
  session on one machine does, with the symbolic rules, which take less time than a question.
* `GeneratorActor`: the models, for all of them. Requests that arrive while it is busy are
  answered together in the next batch, which is what a model on a GPU needs.
* `RetrieverActor`: finds premises of the library for all of them.

What a search learns (such as the shares of a mixture) stays with its environment: an answer of a
generator or a retriever depends on nothing but the question, so that a lost one can be replaced.
Only `prover.evaluation.cluster` imports this module, so that Ray is needed by nobody else.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from prover.backends import FolBackend, LeanBackend
from prover.contracts import (
    EnvironmentCrash,
    LemmaError,
    Proposal,
    Request,
    Result,
    TacticGenerator,
    Theorem,
)
from prover.evaluation.provers import Equipment, proofs_of
from prover.generators.cleaning import World
from prover.generators.factory import GeneratorFactory
from prover.generators.symbolic import FirstOrderGenerator, SymbolicGenerator
from prover.planning.contracts import SketchModel
from prover.planning.factory import model_planner, sketch_model
from prover.premises import LeanPremises, Premises, premise_choice
from prover.proof_cache import ProofCache
from prover.session import Backend, Session, SessionOptions, Task
from prover.trace import TraceWriter
from retrieval.contracts import ScoredPremise

_ANSWER_SECONDS = 600.0
_RULES: Mapping[World, Callable[[], TacticGenerator]] = {
    World.LEAN: SymbolicGenerator, World.FIRST_ORDER: FirstOrderGenerator}


@dataclass(frozen=True)
class Helpers:
    """The models and the retriever that an environment asks (Ray's actor handles)."""

    generator: Any
    retriever: Any


@dataclass(frozen=True)
class Voice:
    """Which of a generator actor's models is asked (a specification without parts), for tactics
    of which world, drawn with which seed."""

    text: str
    world: World
    seed: int


@dataclass(frozen=True)
class Made:
    """What came of an attempt: the result, proof files (name → text), and the trace's text."""

    result: Result
    proofs: dict[str, str]
    trace: str | None


# -------------------------------------------------------------------------------- environments


class EnvironmentActor:
    """Works on one problem at a time.

    Args:
        options: of its sessions, but for seed, cache and trace.
        folder: where the proof files will be put.
    """

    def __init__(self, options: SessionOptions, folder: Path, equipment: Equipment) -> None:
        self._options, self._folder, self._equipment = options, folder, equipment
        # Made with the first problem: a constructor that is given actors cannot be run again.
        self._backends: tuple[Backend, ...] = ()

    def ready(self) -> None:
        """Answers once the actor is there."""

    def prove(self, place: int, theorem: Theorem, seed: int, helpers: Helpers) -> Made:
        """Attempt ``theorem``, which belongs to the backend at ``place``."""
        self._backends = self._backends or _backends(self._equipment, helpers)
        self._backends[place].premises(theorem, [])  # the retriever gets ready in nobody's time
        with ExitStack() as stack:
            options, path = replace(self._options, seed=seed), None
            if self._equipment.cached:
                options = replace(options, cache=stack.enter_context(ProofCache()))
            if self._equipment.traced:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lemma-"))
                path = Path(folder, "trace.jsonl")
                options = replace(options, trace=stack.enter_context(TraceWriter(path)))
            made = self._prove(place, theorem, options)
            if options.trace is None or path is None:
                return made
            options.trace.close()
            return replace(made, trace=path.read_text("utf-8"))

    def _prove(self, place: int, theorem: Theorem, options: SessionOptions) -> Made:
        backend = self._backends[place]
        session = Session(self._backends, options)  # not closed: the next one goes on with them
        [(_, result)] = session.run([Task(theorem, backend)])
        return Made(result, proofs_of(backend, theorem, result, self._folder), None)


def _backends(equipment: Equipment, helpers: Helpers) -> tuple[Backend, ...]:
    """As those of `make_backends`, with models and library premises elsewhere."""
    mode, model = premise_choice(equipment.premises)
    generators = GeneratorFactory(
        strict=True, open_source=lambda spec, _: RemoteSource(spec.text, helpers.generator))
    sketches = model_planner(
        equipment.planner, strict=True,
        open_model=lambda planner: RemoteSketches(planner, helpers.generator))
    lean = LeanBackend(
        1, RemotePremises(mode, helpers.retriever) if helpers.retriever else mode, generators,
        independent=True, planner=equipment.planner, sketches=sketches)
    # Ray gives each environment one core, and whoever has the others uses them.
    return lean, FolBackend(lean=equipment.lean, model=model, generators=generators,
                            workers=os.cpu_count() or 1)


class RemotePremises(LeanPremises):
    """The file's premises from here, the library's from a `RetrieverActor`."""

    def __init__(self, mode: Premises, actor: Any) -> None:
        super().__init__(mode)
        self._actor = actor

    def prepare(self, modules: Sequence[str]) -> list[str]:
        """Nothing of it is loaded here."""
        del modules
        return []

    def of_library(
        self, modules: tuple[str, ...], goals: Sequence[str], k: int
    ) -> list[tuple[ScoredPremise, ...]]:
        """What the actor finds."""
        found: list[tuple[ScoredPremise, ...]] = _answer(
            self._actor.of_library.remote(modules, list(goals), k), "retriever")
        return found


class RemoteSource:
    """A model, or a server, that a `GeneratorActor` asks; a `prover.generators.factory.Source`."""

    def __init__(self, text: str, actor: Any) -> None:
        self._text, self._actor = text, actor
        self._name = cache(lambda voice: _answer(actor.name.remote(voice), "generator"))

    def generator(self, world: World, seed: int) -> TacticGenerator:
        """Tactics for goals of ``world``. Raises `GeneratorError` if the model does not work."""
        voice = Voice(self._text, world, seed)
        return RemoteGenerator(self._name(voice), voice, self._actor)

    def warm_up(self) -> None:
        """It is warm once `generator` has returned."""

    def close(self) -> None:
        """Others may ask it."""


class RemoteGenerator:
    """A `TacticGenerator` that asks a `GeneratorActor`."""

    def __init__(self, name: str, voice: Voice, actor: Any) -> None:
        self.name, self._voice, self._actor = name, voice, actor

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        """What the actor proposes. Raises `EnvironmentCrash` if it is gone for good."""
        found: list[list[Proposal]] = _answer(
            self._actor.propose.remote(self._voice, list(requests)), "generator")
        return found


class RemoteSketches:
    """A `SketchModel` that asks a `GeneratorActor`."""

    def __init__(self, planner: str, actor: Any) -> None:
        self._planner, self._actor = planner, actor

    def complete(self, prompt: str, n: int) -> list[str]:
        """What the actor's model writes. Raises `GeneratorError`."""
        found: list[str] = _answer(
            self._actor.complete.remote(self._planner, prompt, n), "planner")
        return found


def _answer(reference: Any, who: str) -> Any:
    try:
        return ray.get(reference, timeout=_ANSWER_SECONDS)
    except RayTaskError as problem:
        if isinstance(problem.cause, LemmaError):
            raise problem.cause from problem  # such as a model that cannot be loaded
        raise  # a mistake in its code
    except RayError as problem:
        raise EnvironmentCrash(f"the {who} of the cluster does not answer: "
                               f"{type(problem).__name__}") from problem


# ------------------------------------------------------------------------------------- helpers


class RetrieverActor:
    """Finds premises of the library, for all environments."""

    def __init__(self, mode: Premises) -> None:
        self._premises = LeanPremises(mode)

    def of_library(
        self, modules: tuple[str, ...], goals: Sequence[str], k: int
    ) -> list[tuple[ScoredPremise, ...]]:
        """See `prover.premises.LeanPremises.of_library`."""
        return self._premises.of_library(modules, goals, k)


@dataclass(frozen=True)
class _Question:
    voice: Voice
    requests: Sequence[Request]
    answer: asyncio.Future[list[list[Proposal]]]


class GeneratorActor:
    """Models, for all environments: proposes tactics in batches, and writes sketches.

    Args:
        askers: how many environments ask it.
    """

    def __init__(self, askers: int = 1) -> None:
        self._factory = GeneratorFactory(workers=askers, strict=True)
        self._generator: Callable[[Voice], TacticGenerator] = cache(self._make)
        self._sketches: Callable[[str], SketchModel] = cache(sketch_model)
        self._waiting: list[_Question] = []
        self._serving: asyncio.Task[None] | None = None

    def _make(self, voice: Voice) -> TacticGenerator:
        return self._factory.make(voice.text, voice.world, _RULES[voice.world], voice.seed)

    async def name(self, voice: Voice) -> str:
        """What the model is called, once it is loaded. Raises `GeneratorError`."""
        return (await asyncio.to_thread(self._generator, voice)).name

    async def complete(self, planner: str, prompt: str, n: int) -> list[str]:
        """At most ``n`` continuations, by the model of ``planner``. Raises `GeneratorError`."""
        return await asyncio.to_thread(self._sketches(planner).complete, prompt, n)

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
