"""What is offered to the generator in Lean: the file's own premises, and the library's best.

The file's definitions and theorems before the theorem always come first. Which of the library's
statements follow is a ranker's choice for each goal, among those that the file's imports make
accessible. Where these were not read yet, what was read of them serves, and one line says what to
do; on request small parts of the library are read at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from prover.contracts import InputError, LemmaError
from prover.corpora import index_store, library_recipe
from prover.environments.lean.backend import Launcher
from prover.environments.lean.library import library_key
from prover.environments.lean.theorem import LeanTheorem
from retrieval.contracts import Mask, Premise, Ranker, RetrievalError, ScoredPremise
from retrieval.encoders import load_encoder
from retrieval.rankers import make_ranker
from retrieval.retriever import CorpusRetriever
from retrieval.store import CorpusIndex

_FILE_SCORE = 1.0  # above every fused score
_WIDER = (("Init",), ("Init", "Std"))  # libraries that serve for parts of them, too
_SMALL = ("Init", "Std")  # what is below these is read in seconds, once `Init` has been
_REMEMBERED = 20_000  # goals


class Premises(StrEnum):
    """Who chooses premises: nobody, the theorem's file alone, words and symbols, or these and
    vectors. ``auto`` is ``lexical`` where the library has been read, else ``file``."""

    AUTO = "auto"
    OFF = "off"
    FILE = "file"
    LEXICAL = "lexical"
    FUSED = "fused"


def premise_choice(text: str) -> tuple[Premises, Path | None]:
    """What ``--premises`` says: one of `Premises`, or the folder of a trained retriever.

    Raises:
        InputError: it is neither.
    """
    if text in set(Premises):
        return Premises(text), None
    folder = Path(text).expanduser()
    if folder.is_dir():
        return Premises.AUTO, folder
    raise InputError(f"no such way of choosing premises: {text}",
                     remedy=f"use {', '.join(Premises)} or the folder of a trained retriever")


@dataclass(frozen=True)
class _Loaded:
    """A retriever over a library, and the mask of what of it may be offered at all."""

    retriever: CorpusRetriever
    nameable: Mask


@dataclass(frozen=True)
class _Ready:
    """A retriever and the mask of what may be offered under some imports."""

    retriever: CorpusRetriever
    mask: Mask


class LeanPremises:
    """Library premises for Lean goals. Safe to call from several threads.

    Args:
        mode: see `Premises`.
        launcher: which Lean; by default the one that would run.
        reading: hears that modules of the standard library are being read, which takes seconds,
            where files import some that were not read before; if None, nothing is read.
    """

    def __init__(
        self, mode: Premises = Premises.AUTO, *, launcher: Launcher | None = None,
        reading: Callable[[str], None] | None = None,
    ) -> None:
        self.mode, self._launcher, self._reading = mode, launcher, reading
        self._hints: list[str] = []
        self._ready: dict[tuple[str, ...], _Ready | None] = {}
        self._loaded: dict[tuple[str, ...], _Loaded] = {}
        self._known: OrderedDict[
            tuple[tuple[str, ...], str, int], tuple[ScoredPremise, ...]] = OrderedDict()
        self._lock = threading.RLock()

    @property
    def from_file(self) -> bool:
        """Whether the file's own premises are offered."""
        return self.mode is not Premises.OFF

    def prepare(self, modules: Sequence[str]) -> list[str]:
        """Load what is needed for files that import ``modules``; later calls find it there. What
        is returned says, once, why less is offered than could be.

        Raises:
            LemmaError: a mode that was asked for by name cannot be had.
        """
        with self._lock:
            self._prepared(tuple(modules))
            said, self._hints = self._hints, []
        return said

    def source(self, modules: Sequence[str]) -> Premises:
        """Whence premises come in files that import ``modules``: what ``auto`` amounts to, and
        the mode itself for the others."""
        if self.mode is not Premises.AUTO:
            return self.mode
        return Premises.FILE if self._prepared(tuple(modules)) is None else Premises.LEXICAL

    def retrieve_for(
        self, theorem: LeanTheorem, goals: Sequence[str], k: int,
        nearby: Sequence[Premise] = (),
    ) -> list[tuple[ScoredPremise, ...]]:
        """For each goal (as printed) the premises ``nearby``, in their file, and at most ``k`` of
        the library's, best first. Answers are remembered by the goal's text."""
        own = tuple(ScoredPremise(p, _FILE_SCORE) for p in nearby) if self.from_file else ()
        found = self.of_library(theorem.source.modules, goals, k)
        return [(*own, *best) for best in found]

    def of_library(
        self, modules: tuple[str, ...], goals: Sequence[str], k: int
    ) -> list[tuple[ScoredPremise, ...]]:
        """For each goal at most ``k`` statements of the library that ``modules`` import."""
        ready = self._prepared(modules)
        if ready is None:
            return [()] * len(goals)
        with self._lock:
            keys = [(modules, goal, k) for goal in goals]
            missing = [key for key in dict.fromkeys(keys) if key not in self._known]
            found = ready.retriever.retrieve_masked([goal for _, goal, _ in missing], k, ready.mask)
            self._known.update(zip(missing, map(tuple, found), strict=True))
            answers = [self._known[key] for key in keys]
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return answers

    # ------------------------------------------------------------------------------ getting ready

    def _prepared(self, modules: tuple[str, ...]) -> _Ready | None:
        if self.mode in (Premises.OFF, Premises.FILE):
            return None
        with self._lock:
            if modules not in self._ready:
                self._ready[modules] = self._prepare(modules)
            return self._ready[modules]

    def _prepare(self, modules: tuple[str, ...]) -> _Ready | None:
        try:
            return self._load(modules)
        except (LemmaError, RetrievalError) as problem:
            if self.mode is not Premises.AUTO:
                raise as_lemma_error(problem) from problem
            self._hints.append(f"no library premises: {as_lemma_error(problem)}")
            return None

    def _load(self, modules: tuple[str, ...]) -> _Ready:
        loaded = self._library_of(modules)
        return _Ready(loaded.retriever,
                      loaded.retriever.corpus.graph.importing(modules) & loaded.nameable)

    def _library_of(self, modules: tuple[str, ...]) -> _Loaded:
        """The library that these imports load, or a wider one that has been read; in ``auto``
        else the one that has most of them."""
        partial: dict[int, _Loaded] = {}
        for library in (modules, *_WIDER):
            found = self._opened(library)
            if found is not None:
                having = len(found.retriever.corpus.imports.keys() & set(modules))
                if having == len(set(modules)):
                    return found
                partial[having] = found
        most = max(partial, default=0)
        if most and self._reading is not None and _is_small(modules):
            return self._read(modules, self._reading)
        missing = LemmaError(f"there is no index of {', '.join(modules)}",
                             remedy=f"make it with: {_command(modules)}")
        if self.mode is not Premises.AUTO or not most:
            raise missing
        self._hints.append(f"premises only from a part of the imports: {missing}")
        return partial[most]

    def _read(self, modules: tuple[str, ...], say: Callable[[str], None]) -> _Loaded:
        say(f"reading what {', '.join(modules)} states, once")
        self._loaded[modules] = self._open(modules)
        return self._loaded[modules]

    def _opened(self, library: tuple[str, ...]) -> _Loaded | None:
        if library not in self._loaded and self._is_read(library):
            self._loaded[library] = self._open(library)
        return self._loaded.get(library)

    def _is_read(self, modules: tuple[str, ...]) -> bool:
        recipe = library_recipe(modules, launcher=self._launcher)
        return (index_store().index(recipe.name).source == recipe.source
                or library_key(modules, self._launcher).path().exists())

    def _open(self, modules: tuple[str, ...]) -> _Loaded:
        recipe = library_recipe(modules, launcher=self._launcher)
        index = index_store().index(recipe.name)
        corpus = index.open(recipe.source, recipe.make)
        nameable = np.fromiter(map(_offered, corpus.premises), dtype=np.bool_, count=len(corpus))
        retriever = CorpusRetriever(corpus, self._ranker(index, modules))
        retriever.retrieve_masked(["⊢ True"], 1, nameable)  # models load now, in nobody's time
        return _Loaded(retriever, nameable)

    def _ranker(self, index: CorpusIndex, modules: Sequence[str]) -> Ranker:
        """By words and symbols, and by vectors too where these are asked for."""
        if self.mode is Premises.FUSED and not vectors_ready(index):
            raise LemmaError(f"the index of {', '.join(modules)} has no vectors",
                             remedy=f"make them with: {_command(modules)}")
        name = "fused" if self.mode is Premises.FUSED else "lexical"
        return make_ranker(name, index, cache=index_store().root)


def vectors_ready(index: CorpusIndex) -> bool:
    """Whether the vectors of the default encoder are there, and what it takes to use them."""
    if not all(map(find_spec, ("faiss", "torch", "transformers"))):
        return False
    try:
        return index.has_dense(load_encoder())
    except RetrievalError:
        return False


def as_lemma_error(problem: LemmaError | RetrievalError) -> LemmaError:
    """A mistake that retrieval noticed, as the rest of the agent tells it."""
    if isinstance(problem, LemmaError):
        return problem
    return InputError(problem.message, file=problem.file, line=problem.line,
                      remedy=problem.remedy)


def _is_small(modules: Sequence[str]) -> bool:
    return all(module.split(".")[0] in _SMALL for module in modules)


def _command(modules: Sequence[str]) -> str:
    return "lemma index build" + ("" if list(modules) == ["Init"]
                                  else f" --imports {','.join(modules)}")


def _offered(premise: Premise) -> bool:
    """Whether a statement of the library is for users' proofs: definitions say too little to be
    chosen by a goal, and the namespace ``Lean`` is about Lean's own tactics."""
    return premise.kind != "definition" and not premise.name.startswith("Lean.")
