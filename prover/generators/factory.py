"""From what the user asked for to generators that can be asked.

A *source* is what a specification names, opened once for a command line and shared by all worlds
and threads: a model in this process, a server. It makes a generator for each world. Whatever may
fail gets the symbolic rules behind it, unless the user wants none (``strict``).
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from prover.contracts import TacticGenerator
from prover.generators.cleaning import World
from prover.generators.fallback import FallbackGenerator
from prover.generators.mixture import MixtureGenerator
from prover.generators.options import read_options
from prover.generators.small.familiarity import familiar
from prover.generators.spec import GeneratorSpec, parse_spec

Notify = Callable[[str], None]

_MODEL_WEIGHT = 3.0
"""What a model counts in a mixture at first, and the rules 1: so the small model and the rules
prove most theorems of the library benchmark's validation split within few calls."""


@dataclass(frozen=True)
class Setting:
    """What a source should know of the command line: workers at once, whom to tell what the user
    should know (one line each)."""

    workers: int = 1
    notify: Notify = lambda line: warnings.warn(line, stacklevel=2)


class Source(Protocol):
    """A model or a server that generators share. Made without work; opened when first asked."""

    def generator(self, world: World, seed: int) -> TacticGenerator:
        """Tactics for goals of ``world``; another seed draws other ones."""

    def warm_up(self) -> None:
        """See that it works. Raises `GeneratorError`."""

    def close(self) -> None:
        """End what it is doing. Idempotent, callable from another thread."""


class GeneratorFactory:
    """Makes the generators of one command line.

    Args:
        strict: an error of a generator is an error of the search; nothing stands in for it.
        open_source: makes the source of a model or a server; without it they are of this process.
    """

    def __init__(
        self, *, workers: int = 1, strict: bool = False, notify: Notify | None = None,
        open_source: Callable[[GeneratorSpec, Setting], Source] | None = None,
    ) -> None:
        self._strict, self._lock = strict, threading.Lock()
        self._open_source = open_source or _open_here
        self._sources: dict[str, Source] = {}
        self._told: set[str] = set()
        self._listener = notify or Setting().notify
        self._setting = Setting(workers, self._notify)

    def make(
        self, text: str, world: World, symbolic: Callable[[], TacticGenerator], seed: int = 0
    ) -> TacticGenerator:
        """The generator that ``text`` asks for.

        Args:
            symbolic: makes the rules of this world.

        Raises:
            InputError: ``text`` does not name a generator.
            GeneratorError: it does not work, and the factory is strict.
        """
        spec = parse_spec(text)
        if spec.kind == "symbolic":
            return symbolic()
        if spec.kind != "mixture":
            return self._guarded(spec, world, symbolic(), seed)
        # Where the rules are in the mixture they go on alone; else they stand in for each part.
        stand_in = None if any(p.kind == "symbolic" for p in spec.parts) else symbolic()
        sources = _named([
            symbolic() if part.kind == "symbolic" else self._guarded(part, world, stand_in, seed)
            for part in spec.parts])
        weights = {name: 1.0 if part.kind == "symbolic" else _MODEL_WEIGHT
                   for (name, _), part in zip(sources, spec.parts, strict=True)}
        # What another folder's model has learnt from is not known here.
        fields = {name: familiar for (name, _), part in zip(sources, spec.parts, strict=True)
                  if part.kind == "small" and "model" not in part.options}
        return MixtureGenerator(sources, weights, fields)

    def close(self) -> None:
        """End what sources are doing. Idempotent, callable from another thread."""
        with self._lock:
            sources = list(self._sources.values())
        for source in sources:
            source.close()

    def _guarded(
        self, spec: GeneratorSpec, world: World, stand_in: TacticGenerator | None, seed: int
    ) -> TacticGenerator:
        source = self._source(spec)
        generator = source.generator(world, seed)
        if self._strict:
            source.warm_up()
            return generator
        return FallbackGenerator(generator, stand_in, notify=self._notify)

    def _source(self, spec: GeneratorSpec) -> Source:
        with self._lock:
            if spec.text not in self._sources:
                self._sources[spec.text] = self._open_source(spec, self._setting)
            return self._sources[spec.text]

    def _notify(self, line: str) -> None:
        """Tell the user, each thing once: both worlds may find the same fault."""
        with self._lock:
            known = line in self._told
            self._told.add(line)
        if not known:
            self._listener(line)


def _named(parts: list[TacticGenerator]) -> list[tuple[str, TacticGenerator]]:
    """Each with a name of its own: two models may be called the same."""
    found: list[tuple[str, TacticGenerator]] = []
    for part in parts:
        same = sum(name.split("#")[0] == part.name for name, _ in found)
        found.append((f"{part.name}#{same + 1}" if same else part.name, part))
    return found


def _hugging_face(spec: GeneratorSpec, setting: Setting) -> Source:
    from prover.generators.neural.generator import HuggingFaceOptions, SharedModel

    options = read_options(HuggingFaceOptions, spec.options, spec.text)
    return SharedModel(spec.target, options, workers=setting.workers, notify=setting.notify)


def _openai(spec: GeneratorSpec, setting: Setting) -> Source:
    from prover.generators.openai.generator import OpenAIOptions, OpenAISource

    options = read_options(OpenAIOptions, spec.options, spec.text)
    return OpenAISource(spec.target, spec.url, options, notify=setting.notify)


def _small(spec: GeneratorSpec, setting: Setting) -> Source:
    from prover.generators.small.generator import small_source

    return small_source(spec.options, setting)


_SOURCES: Mapping[str, Callable[[GeneratorSpec, Setting], Source]] = {
    "hf": _hugging_face, "openai": _openai, "small": _small,
}


def _open_here(spec: GeneratorSpec, setting: Setting) -> Source:
    return _SOURCES[spec.kind](spec, setting)
