"""``hf:PATH_OR_ID``: tactics by a language model that runs in this process."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from prover.contracts import InputError, Proposal, Request, TacticGenerator
from prover.generators.cleaning import Answer, World, proposals
from prover.generators.neural.decoding import Candidate, Decoding
from prover.generators.neural.engine import Engine, Job
from prover.generators.neural.loading import LoadedModel, load_model
from prover.generators.options import option
from prover.generators.prompts import (
    FORMATS,
    LANGUAGES,
    Fitted,
    PromptFormat,
    chat_format,
    fit,
    read_template,
    template_format,
    view_of,
)

_FOREVER = float("inf")
_BYTES = 400  # a vocabulary of this size is one of bytes: tactics take more tokens
_MAX_NEW_TOKENS, _MAX_NEW_BYTES = 64, 256


@dataclass(frozen=True)
class HuggingFaceOptions:
    """The options of ``hf:``."""

    n: int = option(16, "candidates for a goal", least=1, most=512)
    decode: str = option("sample", "draw candidates, or search the likeliest",
                         choices=("sample", "beam"))
    temperature: float = option(1.0, "of what is drawn", least=0.01, most=10)
    top_p: float = option(1.0, "draw from the likeliest tokens of this probability",
                          least=0.01, most=1)
    max_new_tokens: int | None = option(
        None, "longest tactic [64; 256 where tokens are bytes]", least=1)
    length_penalty: float = option(
        0.0, "divide log-probabilities by length to this power", least=0, most=2)
    format: str = option("auto", "of the prompt", choices=("auto", *FORMATS, "chat"))
    template: str = option("", "prompt of your own: a file or a text with {state}, {premises}, "
                           "{theorem}")
    adapter: str = option("", "folder of a LoRA adapter")
    device: str = option("auto", "cpu, cuda, cuda:1, mps …; measured if auto")
    dtype: str = option("auto", "number type; measured if auto",
                        choices=("auto", "fp32", "bf16", "fp16", "float32", "bfloat16", "float16"))
    context: int | None = option(None, "most tokens of a prompt [the model's]", least=16)
    batch: int = option(8, "goals at once", least=1)
    threads: int | None = option(None, "of torch, on the processor [1 with several workers]",
                                 least=1)


class SharedModel:
    """A model as one command line uses it: one engine, whoever asks.

    Raises `InputError` for a template that is none.
    """

    def __init__(
        self, path_or_name: str, options: HuggingFaceOptions, *, workers: int = 1,
        notify: Callable[[str], None] = lambda _: None,
    ) -> None:
        if options.template and options.format != "auto":
            raise InputError("a prompt has either a format or a template")
        self.path_or_name, self.options, self.notify = path_or_name, options, notify
        self._workers = workers
        self._template = read_template(options.template) if options.template else None
        self._warned, self._warning = False, threading.Lock()
        length = options.max_new_tokens or _MAX_NEW_TOKENS
        self.engine = Engine(
            self._load, Decoding(options.n, length, options.temperature, options.top_p),
            beam=options.decode == "beam", batch=options.batch, notify=notify)

    def _load(self) -> LoadedModel:
        options = self.options
        loaded = load_model(self.path_or_name, adapter=options.adapter, device=options.device,
                            dtype=options.dtype, context=options.context)
        if loaded.placement.device == "cpu":
            _limit_threads(options.threads, self._workers)
        if options.max_new_tokens is None:
            length = _MAX_NEW_BYTES if len(loaded.tokenizer) < _BYTES else _MAX_NEW_TOKENS
            self.engine.set_length(min(length, max(1, loaded.context // 4)))
        return loaded

    def generator(self, world: World, seed: int) -> TacticGenerator:
        """Tactics for goals of ``world``."""
        return HuggingFaceGenerator(self, world, seed=seed)

    def warm_up(self) -> None:
        """Load the model. Raises `GeneratorError`."""
        self.prompt_format(World.LEAN)

    def close(self) -> None:
        """Stop what is being decoded."""
        self.engine.close()

    def prompt_format(self, world: World) -> PromptFormat:
        """How prompts are written; ``auto`` means the model folder's own template, else the
        format that models of this architecture have been trained on most."""
        loaded = self.engine.model
        if self._template is not None:
            return self._template
        name = self.options.format
        if name == "auto" and loaded.template is not None:
            return template_format(loaded.template)
        if name == "auto":
            name = "reprover" if loaded.encoder_decoder else "bfs-prover"
        return FORMATS[name] if name in FORMATS else chat_format(LANGUAGES[world])

    def prompt(self, request: Request, world: World) -> list[int]:
        """The tokens of the prompt for a request, cut to what the model can take."""
        loaded, layout = self.engine.model, self.prompt_format(world)
        behind = 0 if loaded.encoder_decoder else self.engine.decoding.max_new_tokens

        def encode(text: str) -> list[int]:
            if not layout.chat:
                return loaded.encode(text)
            found = loaded.tokenizer.apply_chat_template(
                [{"role": "user", "content": text}], add_generation_prompt=True, tokenize=True,
                return_dict=True)
            return list(found["input_ids"])

        fitted = fit(view_of(request), layout.render, encode, loaded.context - behind)
        self._warn(fitted, loaded.context - behind)
        return fitted.tokens

    def _warn(self, fitted: Fitted, limit: int) -> None:
        if fitted.cut:
            with self._warning:
                first, self._warned = not self._warned, True
            if first:
                self.notify(f"{self.path_or_name}: a goal is longer than the {limit} tokens of "
                            "context; its beginning is cut (said once)")


class HuggingFaceGenerator:
    """Tactics by a shared model, for goals of one world.

    The same goal, premises and seed always get the same proposals (up to the rounding of batches
    of another shape).
    """

    def __init__(self, model: SharedModel, world: World, *, seed: int = 0) -> None:
        self._model, self._world, self._seed = model, world, seed
        self.name = f"hf:{Path(model.path_or_name).name}"

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        """At most ``count`` tactics for the first goal of each request, best first.

        Raises `GeneratorError`.
        """
        asked = [request for request in requests if request.goals]
        jobs = [self._job(request) for request in asked]
        found = iter(self._model.engine.continuations(jobs) if jobs else [])
        return [self._proposals(next(found), request.count) if request.goals else []
                for request in requests]

    def _job(self, request: Request) -> Job:
        prompt = self._model.prompt(request, self._world)
        digest = hashlib.blake2b(repr((self._seed, prompt)).encode(), digest_size=8).digest()
        deadline = _FOREVER if request.seconds is None else time.monotonic() + request.seconds
        return Job(prompt, int.from_bytes(digest, "big"), deadline)

    def _proposals(self, candidates: Sequence[Candidate], count: int) -> list[Proposal]:
        loaded, penalty = self._model.engine.model, self._model.options.length_penalty
        answers = [
            Answer(_text(loaded, c), c.log_prob / max(1, c.generated) ** penalty, c.generated)
            for c in candidates
        ]
        return proposals(answers, self._world, count, self.name)


def _text(loaded: LoadedModel, candidate: Candidate) -> str:
    """A continuation's text; of one that was cut off the whole lines."""
    text = loaded.decode(candidate.tokens)
    return text if candidate.complete else text.rpartition("\n")[0]


def _limit_threads(wanted: int | None, workers: int) -> None:
    """Torch's threads: as wanted; one where workers share the processor, else half its cores."""
    import torch

    cores = os.cpu_count() or 1
    torch.set_num_threads(wanted or (1 if workers > 1 else max(1, cores // 2)))

