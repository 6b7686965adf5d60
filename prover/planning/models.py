"""Language models that write sketches: a Hugging Face folder, or an OpenAI-compatible server."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prover.generators.errors import GeneratorError
from prover.generators.neural.decoding import Decoding
from prover.generators.neural.engine import Engine, Job
from prover.generators.neural.loading import load_model
from prover.generators.openai.client import Client, Patience, Query, RefusedError
from prover.generators.openai.generator import DEFAULT_KEY
from prover.generators.options import option, read_options
from prover.planning.contracts import SketchModel


@dataclass(frozen=True)
class SketchOptions:
    """The options of ``--planner hf:…`` and ``--planner openai:…``."""

    tokens: int = option(384, "longest sketch", least=1)
    temperature: float = option(0.8, "of what is drawn", least=0.01, most=2)
    seconds: float = option(60.0, "to wait for an answer", least=0.1)
    key: str = option(DEFAULT_KEY, "environment variable that holds the server's key")
    device: str = option("auto", "of a Hugging Face model: cpu, cuda …")
    seed: int = option(0, "of what is drawn")


class HuggingFaceSketches:
    """A model in this process, loaded when first asked. ``complete`` raises `GeneratorError`."""

    def __init__(self, path_or_name: str, options: SketchOptions) -> None:
        self._options = options
        self._engine = Engine(
            lambda: load_model(path_or_name, device=options.device),
            Decoding(1, options.tokens, options.temperature), batch=8)

    def complete(self, prompt: str, n: int) -> list[str]:
        """At most ``n`` different continuations; the prompt is cut at its beginning to what the
        model can take."""
        model = self._engine.model
        room = model.context - (0 if model.encoder_decoder else self._options.tokens)
        ids = model.encode(prompt)[-max(1, room):]
        until = time.monotonic() + self._options.seconds
        jobs = [Job(ids, self._options.seed + number, until) for number in range(n)]
        found = [c for group in self._engine.continuations(jobs) for c in group]
        return list(dict.fromkeys(model.decode(candidate.tokens) for candidate in found))


class OpenAISketches:
    """A model behind a server. ``complete`` raises `GeneratorError`."""

    def __init__(self, model: str, url: str, options: SketchOptions,
                 environment: Mapping[str, str]) -> None:
        self._model, self._options = model, options
        self._client = Client(url, lambda: environment.get(options.key, ""),
                              patience=Patience(options.seconds))

    def complete(self, prompt: str, n: int) -> list[str]:
        """At most ``n`` different answers."""
        queries = [Query("chat/completions", {
            "model": self._model, "messages": [{"role": "user", "content": prompt}],
            "temperature": self._options.temperature, "max_tokens": self._options.tokens,
            "seed": self._options.seed + number}, math.inf) for number in range(n)]
        try:
            answers = self._client.ask(queries)
            texts = [str(choice["message"]["content"] or "")
                     for answer in answers for choice in answer["choices"]]
        except (RefusedError, KeyError, TypeError) as problem:
            raise GeneratorError(f"openai:{self._model} gives no sketch: {problem}") from problem
        return list(dict.fromkeys(texts))


class Patient:
    """A model whose first failure is told and ends its part: planning goes on without it."""

    def __init__(self, model: SketchModel, notify: Callable[[str], None]) -> None:
        self._model, self._notify = model, notify
        self._failed, self._lock = False, threading.Lock()

    def complete(self, prompt: str, n: int) -> list[str]:
        """What the model says; nothing once it has failed."""
        if self._failed:
            return []
        try:
            return self._model.complete(prompt, n)
        except GeneratorError as problem:
            with self._lock:
                first, self._failed = not self._failed, True
            if first:
                self._notify(f"the planner is left out: {problem}")
            return []


def sketch_options(given: Mapping[str, str], name: str) -> SketchOptions:
    """The options behind the ``?`` of a planner's name. Raises `InputError`."""
    return read_options(SketchOptions, given, name)
