"""What a server's answers cost: requests, tokens and, with prices, dollars; and their limits."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from prover.generators.errors import GeneratorError

_MILLION = 1_000_000


@dataclass(frozen=True)
class Usage:
    """What was used: requests that were answered, and tokens read and generated."""

    requests: int = 0
    prompt_tokens: int = 0
    generated_tokens: int = 0


@dataclass(frozen=True)
class Prices:
    """Dollars for a million tokens that are read, and for a million that are generated."""

    prompt: float = 0.0
    generated: float = 0.0

    def of(self, usage: Usage) -> float:
        """What ``usage`` costs, in dollars."""
        return (usage.prompt_tokens * self.prompt
                + usage.generated_tokens * self.generated) / _MILLION


class Account:
    """Adds up what several threads use.

    Args:
        most_dollars, most_tokens: no more is to be spent once this is reached.
    """

    def __init__(
        self, prices: Prices, *, most_dollars: float | None = None, most_tokens: int | None = None
    ) -> None:
        self._prices, self._dollars, self._tokens = prices, most_dollars, most_tokens
        self._usage, self._lock = Usage(), threading.Lock()

    @property
    def usage(self) -> Usage:
        """What was used so far."""
        return self._usage

    @property
    def dollars(self) -> float:
        """What it has cost so far."""
        return self._prices.of(self._usage)

    def add(self, prompt_tokens: int, generated_tokens: int) -> None:
        """One more request was answered."""
        with self._lock:
            old = self._usage
            self._usage = replace(
                old, requests=old.requests + 1, prompt_tokens=old.prompt_tokens + prompt_tokens,
                generated_tokens=old.generated_tokens + generated_tokens)

    def check(self) -> None:
        """Raises `GeneratorError` when the limit is reached."""
        usage = self._usage
        if self._dollars is not None and self.dollars >= self._dollars:
            raise GeneratorError(f"the budget is used up: ${self.dollars:.4f} of "
                                 f"${self._dollars:g}", remedy="raise max_dollars")
        total = usage.prompt_tokens + usage.generated_tokens
        if self._tokens is not None and total >= self._tokens:
            raise GeneratorError(f"the budget is used up: {total:,} of {self._tokens:,} tokens",
                                 remedy="raise max_total_tokens")

    def __str__(self) -> str:
        usage = self._usage
        text = (f"{usage.requests:,} requests, {usage.prompt_tokens:,} tokens read and "
                f"{usage.generated_tokens:,} generated")
        return f"{text}, ${self.dollars:.4f}" if self._prices != Prices() else text
