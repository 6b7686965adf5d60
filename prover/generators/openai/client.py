"""Requests to a server that speaks OpenAI's protocol: many at once, with patience and an end.

Requests run in an event loop of their own thread, at most ``concurrency`` at a time. What may
pass (no connection, no answer in time, 408, 409, 429, 5xx, an answer that is none) is tried again
after a pause that doubles, or that the server asks for (``Retry-After``); what does not pass (a
wrong key, an unknown model) is told at once. The key goes into a header and nowhere else: texts of
the server in which it occurs are blackened before they are shown.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from prover.generators.errors import GeneratorClosed, GeneratorError

_PASSING = frozenset((408, 409, 425, 429))  # and all from 500 on
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds
_SHOWN = 200  # characters of what a server says


class RefusedError(Exception):
    """The server does not accept a request as it is (400, 413 or 422); says its message."""


class _PassingError(Exception):
    """Something that may be otherwise next time; ``pause`` is what the server asks for."""

    def __init__(
        self, message: str, pause: float | None = None, remedy: str | None = None
    ) -> None:
        self.pause, self.remedy = pause, remedy
        super().__init__(message)


@dataclass(frozen=True)
class Patience:
    """How long to wait: ``timeout`` seconds for an answer, ``retries`` after the first try."""

    timeout: float = 60.0
    retries: int = 4
    first_pause: float = _FIRST_PAUSE


@dataclass(frozen=True)
class Query:
    """A request: path behind the address, JSON body, deadline (of `time.monotonic`)."""

    path: str
    body: Mapping[str, Any]
    deadline: float = float("inf")


@dataclass
class Client:
    """A connection to one server.

    Args:
        url: the address that paths are added to, such as ``http://localhost:8000/v1``.
        key: makes the key (empty: none); asked when the first request is sent.
        concurrency: requests at once.
    """

    url: str
    key: Callable[[], str]
    concurrency: int = 8
    patience: Patience = field(default_factory=Patience)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, repr=False)
    _secret: str = field(default="", repr=False)
    _closed: bool = False

    def ask(self, queries: Sequence[Query]) -> list[dict[str, Any]]:
        """The server's answers, in order.

        Raises:
            GeneratorError: one of them is not to be had.
            RefusedError: one of them is not accepted as it is.
        """
        with self._lock:  # or `close` might stop the loop before it knows of the task
            task = asyncio.run_coroutine_threadsafe(self._gather(queries), self._started())
        try:
            return task.result()
        except CancelledError:
            raise GeneratorClosed("interrupted") from None

    def close(self) -> None:
        """Break off all requests. Idempotent, callable from another thread."""
        with self._lock:
            self._closed, loop, self._loop = True, self._loop, None
            if loop is not None:
                asyncio.run_coroutine_threadsafe(self._shut(), loop)

    # ------------------------------------------------------------------------------- in the loop

    def _started(self) -> asyncio.AbstractEventLoop:
        try:
            import httpx
        except ImportError as problem:
            raise GeneratorError("the package httpx is not installed",
                                 remedy="pip install 'lemma-prover[openai]'") from problem
        if self._closed:
            raise GeneratorClosed("interrupted")
        if self._loop is None:
            self._secret = self.key()
            headers = {"Authorization": f"Bearer {self._secret}"} if self._secret else {}
            # The semaphore, not the pool, says how many run at once.
            self._http = httpx.AsyncClient(headers=headers, timeout=self.patience.timeout,
                                           limits=httpx.Limits(max_connections=None))
            self._slots = asyncio.Semaphore(self.concurrency)
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=_run, args=(self._loop,), name="lemma-http",
                             daemon=True).start()
        return self._loop

    async def _shut(self) -> None:
        """Cancel every request and wait until it has let go of its connection, then stop."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._http.aclose()
        asyncio.get_running_loop().stop()

    async def _gather(self, queries: Sequence[Query]) -> list[dict[str, Any]]:
        tasks = [asyncio.ensure_future(self._answer(query)) for query in queries]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()

    async def _answer(self, query: Query) -> dict[str, Any]:
        """Try until there is an answer, patience or time is at its end."""
        for attempt in range(self.patience.retries + 1):
            left = query.deadline - time.monotonic()
            try:
                async with self._slots:
                    return await self._once(query, left)
            except _PassingError as problem:
                pause = self._pause(attempt, problem.pause)
                left = query.deadline - time.monotonic()
                if attempt == self.patience.retries or pause >= left:
                    tries = f" ({attempt + 1} tries)" if attempt else ""
                    raise GeneratorError(
                        f"{self.url} {problem}{tries}", remedy=problem.remedy,
                        lasting=False) from None
                await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, attempt: int, asked: float | None) -> float:
        if asked is not None:
            return asked
        pause = min(_LONGEST_PAUSE, self.patience.first_pause * 2.0**attempt)
        return pause * random.uniform(0.75, 1.25)  # many clients must not come back at once

    async def _once(self, query: Query, left: float) -> dict[str, Any]:
        import httpx

        seconds = min(self.patience.timeout, max(0.0, left))
        try:
            async with asyncio.timeout(seconds):
                response = await self._http.post(f"{self.url}/{query.path}", json=query.body)
        except (TimeoutError, httpx.TimeoutException):
            raise _PassingError(f"has not answered within {seconds:.3g} s",
                                remedy="raise timeout, or ask for fewer tokens") from None
        except httpx.TransportError as problem:
            raise _PassingError(f"cannot be reached ({_reason(problem)})",
                                remedy="is the server running, and the address right?") from None
        return self._read(response, str(query.body.get("model", "")))

    def _read(self, response: Any, model: str) -> dict[str, Any]:
        status = response.status_code
        if status == 200:
            return _object(response)
        said = self._said(response)
        if status in (401, 403):
            raise GeneratorError(
                f"{self.url} refuses the key{said}" if self._secret
                else f"{self.url} wants a key{said}",
                remedy="put the right one into the environment variable that holds it "
                "(OPENAI_API_KEY, or ?key=NAME)")
        if status == 404:
            raise GeneratorError(f"{self.url} does not have the model {model} or this kind of "
                                 f"request{said}", remedy="is the address complete (it mostly ends "
                                 "in /v1), and api= right?")
        if status in (400, 413, 422):
            raise RefusedError(said)
        if "insufficient_quota" in said:
            raise GeneratorError(f"{self.url} says that the account is used up{said}")
        if status in _PASSING or status >= 500:
            raise _PassingError(f"answers {status}{said}", _retry_after(response))
        raise GeneratorError(f"{self.url} answers {status}{said}")

    def _said(self, response: Any) -> str:
        """What the server says about an error, in one short line without the key."""
        try:
            body = response.json()
            error = body.get("error", body.get("message", body.get("detail", body)))
            if isinstance(error, dict):
                error = " ".join(str(error[k]) for k in ("message", "code") if error.get(k))
        except (ValueError, AttributeError):
            error = response.text if "html" not in response.headers.get("content-type", "") else ""
        text = " ".join(str(error).split())
        if self._secret:
            text = text.replace(self._secret, "***")
        return f": {text[:_SHOWN]}" if text else ""


def _object(response: Any) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("choices"), list):
        raise _PassingError("answers with what is no completion")
    return found


def _retry_after(response: Any) -> float | None:
    """Seconds that the server wants us to wait (RFC 9110: a number or a date)."""
    text = response.headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _reason(problem: BaseException) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0][:_SHOWN]


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
