"""``openai:MODEL@URL``: tactics by a model behind an OpenAI-compatible server."""

from __future__ import annotations

import hashlib
import math
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prover.contracts import InputError, Proposal, Request, TacticGenerator
from prover.generators.cleaning import Answer, World, proposals
from prover.generators.errors import GeneratorError
from prover.generators.openai.account import Account, Prices
from prover.generators.openai.client import Client, Patience, Query, RefusedError
from prover.generators.options import option
from prover.generators.prompts import (
    FORMATS,
    LANGUAGES,
    PromptFormat,
    chat_format,
    fit,
    read_template,
    view_of,
)

DEFAULT_KEY = "OPENAI_API_KEY"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOO_LONG = re.compile(r"context|too long|too many tokens|maximum.*(length|tokens)|max_model_len",
                       re.IGNORECASE)
_LEAST_PROMPT = 64  # characters
_CHARACTERS_A_TOKEN = 4  # where a server does not count


@dataclass(frozen=True)
class OpenAIOptions:
    """The options of ``openai:``."""

    n: int = option(8, "candidates for a goal", least=1, most=128)
    api: str = option("chat", "which endpoint", choices=("chat", "completions"))
    temperature: float = option(1.0, "of what is drawn", least=0, most=2)
    top_p: float = option(1.0, "draw from the likeliest tokens of this probability",
                          least=0.01, most=1)
    max_tokens: int = option(256, "longest answer", least=1)
    format: str = option("auto", "of the prompt [chat, or bfs-prover for completions]",
                         choices=("auto", *FORMATS, "chat"))
    template: str = option("", "prompt of your own: a file or a text with {state}, {premises}, "
                           "{theorem}")
    key: str = option(DEFAULT_KEY, "environment variable that holds the key")
    concurrency: int = option(8, "requests at once", least=1, most=1024)
    timeout: float = option(60.0, "seconds to wait for an answer", least=0.01)
    retries: int = option(4, "after the first try", least=0, most=20)
    pause: float = option(0.5, "seconds before the first retry; they double", least=0)
    price_in: float = option(0.0, "dollars for a million tokens read", least=0)
    price_out: float = option(0.0, "dollars for a million tokens generated", least=0)
    max_dollars: float | None = option(None, "stop asking when so much is spent", least=0)
    max_total_tokens: int | None = option(None, "stop asking after so many tokens", least=1)


class OpenAISource:
    """A server as one command line uses it. Nothing is sent before the first goal.

    Raises `InputError` for options that do not fit together.
    """

    def __init__(
        self, model: str, url: str, options: OpenAIOptions, *,
        notify: Callable[[str], None] = lambda _: None,
    ) -> None:
        if options.template and options.format != "auto":
            raise InputError("a prompt has either a format or a template")
        if _VARIABLE.fullmatch(options.key) is None:  # what it is instead is not repeated here
            raise InputError("the option key names an environment variable; it is not the key",
                             remedy="export OPENAI_API_KEY=…, or ?key=NAME of your variable")
        self.model, self.options = model, options
        self.account = Account(Prices(options.price_in, options.price_out),
                               most_dollars=options.max_dollars,
                               most_tokens=options.max_total_tokens)
        self._template = read_template(options.template) if options.template else None
        self._notify, self._lock = notify, threading.Lock()
        self._client = Client(url, lambda: _key(options.key), options.concurrency,
                              Patience(options.timeout, options.retries, options.pause))
        self._left_out: set[str] = set()  # fields that this server does not accept
        self._characters: int | None = None  # the longest prompt that it accepts, if known
        self._closed = False

    def generator(self, world: World, seed: int) -> TacticGenerator:
        """Tactics for goals of ``world``."""
        return OpenAIGenerator(self, world, seed)

    def warm_up(self) -> None:
        """Have the server generate one token. Raises `GeneratorError`."""
        self._ask([self._query("Hello", 1, 0, math.inf, tokens=1)])

    def close(self) -> None:
        """Break off all requests, and say what was used."""
        with self._lock:
            first, self._closed = not self._closed, True
        self._client.close()
        if first and self.account.usage.requests:
            self._notify(f"openai:{self.model}: {self.account}")

    def prompt_format(self, world: World) -> PromptFormat:
        """How prompts are written."""
        if self._template is not None:
            return self._template
        name = self.options.format
        if name == "auto":
            name = "chat" if self.options.api == "chat" else "bfs-prover"
        return FORMATS[name] if name in FORMATS else chat_format(LANGUAGES[world])

    def answers(
        self, requests: Sequence[Request], world: World, seeds: Sequence[int]
    ) -> list[list[Answer]]:
        """For each request what the model says, all at the same time. Raises `GeneratorError`."""
        self.account.check()
        while True:
            try:
                return self._answers(requests, world, seeds)
            except RefusedError as problem:
                self._adapt(str(problem), requests, world)

    def _answers(
        self, requests: Sequence[Request], world: World, seeds: Sequence[int]
    ) -> list[list[Answer]]:
        n, now = self.options.n, time.monotonic()
        prompts = [self._prompt(request, world) for request in requests]
        ends = [now + r.seconds if r.seconds is not None else math.inf for r in requests]
        single = "n" in self._left_out
        first = [self._query(prompt, 1 if single else n, seed, end)
                 for prompt, seed, end in zip(prompts, seeds, ends, strict=True)]
        found = [[answer] for answer in self._ask(first)]
        # Many servers give one choice, however many are asked for: ask for the others one by one.
        rest = [(place, self._query(prompts[place], 1, seeds[place] + extra, ends[place]))
                for place in range(len(prompts))
                for extra in range(len(found[place][0]["choices"]), n)]
        if rest:
            self._left_out.add("n")
            for (place, _), answer in zip(rest, self._ask([q for _, q in rest]), strict=True):
                found[place].append(answer)
        return [_scored([a for response in group for a in _read(response, self.options.api)])
                for group in found]

    def _ask(self, queries: Sequence[Query]) -> list[dict[str, Any]]:
        responses = self._client.ask(queries)
        for response, query in zip(responses, queries, strict=True):
            self.account.add(*_used(response, query))
        return responses

    def _query(
        self, prompt: str, n: int, seed: int, deadline: float, tokens: int | None = None
    ) -> Query:
        options, chat = self.options, self.options.api == "chat"
        body: dict[str, Any] = {
            "model": self.model, "n": n, "seed": seed % 2**31, "temperature": options.temperature,
            "top_p": options.top_p, "logprobs": True if chat else 1,
            "max_tokens": tokens or options.max_tokens,
        }
        for name in self._left_out:
            value = body.pop(name, None)
            if name == "max_tokens":
                body["max_completion_tokens"] = value
        if chat:
            body["messages"] = [{"role": "user", "content": prompt}]
        else:
            body["prompt"] = prompt
        return Query("chat/completions" if chat else "completions", body, deadline)

    def _prompt(self, request: Request, world: World) -> str:
        """The prompt, as short as the server has wanted earlier ones to be."""
        layout, view = self.prompt_format(world), view_of(request)
        if self._characters is None:
            return layout.render(view)
        fitted = fit(view, layout.render, lambda text: list(map(ord, text)), self._characters)
        return "".join(map(chr, fitted.tokens))

    # ------------------------------------------------------------- what a server does not accept

    def _adapt(self, said: str, requests: Sequence[Request], world: World) -> None:
        """Leave out what the server has refused, or shorten prompts; raises `GeneratorError` when
        there is nothing to be left out."""
        optional = ("logprobs", "seed", "top_p", "temperature", "max_tokens", "n")
        with self._lock:
            for name in optional:
                if name not in self._left_out and re.search(rf"(?<![\w.]){name}(?!\w)", said) \
                        and not (name == "max_tokens" and _TOO_LONG.search(said)
                                 and "max_completion_tokens" not in said):
                    self._left_out.add(name)
                    return
            if _TOO_LONG.search(said):
                self._shorten(max(len(self._prompt(r, world)) for r in requests))
                return
        raise GeneratorError(f"the server refuses the request{said}")

    def _shorten(self, longest: int) -> None:
        if self._characters is None:
            self._notify(f"openai:{self.model}: a prompt of {longest} characters is longer than "
                         "the model's context; premises, then the beginning of the goal are cut "
                         "(said once)")
        self._characters = min(self._characters or longest, longest) * 3 // 4
        if self._characters < _LEAST_PROMPT:
            raise GeneratorError("even a very short prompt is too long for the model's context",
                                 remedy="lower max_tokens, or serve the model with a longer one")


class OpenAIGenerator:
    """Tactics by a server, for goals of one world."""

    def __init__(self, source: OpenAISource, world: World, seed: int) -> None:
        self._source, self._world, self._seed = source, world, seed
        self.name = f"openai:{source.model}"

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        """At most ``count`` tactics for the first goal of each request, best first.

        Raises `GeneratorError`.
        """
        asked = [request for request in requests if request.goals]
        seeds = [self._seed_of(request) for request in asked]
        found = iter(self._source.answers(asked, self._world, seeds) if asked else [])
        return [proposals(next(found), self._world, request.count, self.name)
                if request.goals else [] for request in requests]

    def _seed_of(self, request: Request) -> int:
        text = repr((self._seed, [str(goal) for goal in request.goals]))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _key(variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not key and variable != DEFAULT_KEY:
        raise GeneratorError(f"the environment variable {variable} is not set",
                             remedy=f"export {variable}=…")
    if not key.isascii() or not key.isprintable():
        raise GeneratorError(f"the environment variable {variable} does not hold a key")
    return key


# ------------------------------------------------------------------------------ reading an answer


@dataclass(frozen=True)
class _Choice:
    text: str
    log_prob: float | None
    tokens: int


def _read(response: dict[str, Any], api: str) -> list[_Choice]:
    """The choices of a response; what is malformed in them is left out."""
    choices = [c for c in response["choices"] if isinstance(c, dict)]
    texts = [_text(choice, api) for choice in choices]
    told = _usage(response, "completion_tokens")
    total = sum(map(len, texts)) // _CHARACTERS_A_TOKEN + len(texts) if told is None else told
    found, left = [], total
    for place, (choice, text) in enumerate(zip(choices, texts, strict=True)):
        scores = _token_log_probs(choice, api)
        others = len(texts) - place - 1
        tokens = left if others == 0 else min(left, len(scores) or total // len(texts))
        left -= tokens
        if choice.get("finish_reason") == "length":  # cut off: its last line is not whole
            text = text.rpartition("\n")[0]
        found.append(_Choice(text, min(0.0, sum(scores)) if scores else None, tokens))
    return found


def _text(choice: dict[str, Any], api: str) -> str:
    message = choice.get("message") if api == "chat" else {"content": choice.get("text")}
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""


def _token_log_probs(choice: dict[str, Any], api: str) -> list[float]:
    logged = choice.get("logprobs")
    if not isinstance(logged, dict):
        return []
    if api == "chat":
        content = logged.get("content") or []
        values = [t.get("logprob") for t in content if isinstance(t, dict)]
    else:
        values = logged.get("token_logprobs") or []
    return [float(v) for v in values if isinstance(v, int | float) and math.isfinite(v)]


def _scored(choices: Sequence[_Choice]) -> list[Answer]:
    """Answers with log-probabilities: the server's (for equal texts once), or, where it gives
    none, how often a text was drawn."""
    counts = Counter(choice.text for choice in choices)
    answers: dict[str, Answer] = {}
    for choice in choices:
        estimate = math.log(counts[choice.text] / len(choices))
        log_prob = estimate if choice.log_prob is None else choice.log_prob
        before = answers.get(choice.text)
        spent = choice.tokens + (before.tokens if before else 0)
        answers[choice.text] = Answer(choice.text, before.log_prob if before else log_prob, spent)
    return list(answers.values())


def _usage(response: dict[str, Any], name: str) -> int | None:
    usage = response.get("usage")
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _used(response: dict[str, Any], query: Query) -> tuple[int, int]:
    """Tokens read and generated, as the server says, or as they are estimated."""
    api = "chat" if "messages" in query.body else "completions"
    read = _usage(response, "prompt_tokens")
    if read is None:
        read = len(str(query.body.get("messages") or query.body["prompt"])) // _CHARACTERS_A_TOKEN
    return read, sum(choice.tokens for choice in _read(response, api))
