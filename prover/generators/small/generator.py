"""``small`` as a tactic generator and as a value: the model that comes with Lemma."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prover.contracts import Goal, Proposal, Proposals, Request, TacticGenerator
from prover.generators.alternatives import spent_last
from prover.generators.cleaning import World, clean
from prover.generators.errors import GeneratorError
from prover.generators.goal_view import GoalView
from prover.generators.lean_rules import introduce
from prover.generators.options import option, read_options
from prover.generators.small.slots import PREMISES, Slots

if TYPE_CHECKING:
    from prover.generators.small.decoding import Candidate, Decoder

SHIPPED = Path(__file__).with_name("weights")
NAME = "small"
_WORTH = (1.0, 0.55, 0.4, 0.3, 0.15, 0.005)
"""What a tactic is worth after which so much remains, see `prover.generators.small.model.BINS`."""
_LANGUAGE_SHARE = 0.25
"""How much the language model's own log-probability counts beside the head's judgement."""


@dataclass(frozen=True)
class SmallOptions:
    """The options of ``small``."""

    n: int = option(32, "candidates for a goal", least=1, most=128)
    rules: int = option(0, "of the rules' proposals so many are judged, too", least=0, most=256)
    premises: int = option(PREMISES, "premises that are shown to the model", least=0,
                           most=PREMISES)
    value: int = option(1, "let the value head judge candidates (0: probabilities alone)",
                        least=0, most=1)
    model: str = option("", "another folder with such a model")
    threads: int = option(1, "of torch", least=1)


class SmallSource:
    """The model of one command line, loaded when first asked. Safe for several threads."""

    def __init__(self, options: SmallOptions) -> None:
        self.options = options
        self.folder = Path(options.model).expanduser() if options.model else SHIPPED
        self._lock = threading.Lock()
        self._decoder: Decoder | None = None

    def generator(self, world: World, seed: int) -> TacticGenerator:
        """Tactics for goals of ``world``. Proposals do not depend on ``seed``."""
        del seed
        return SmallGenerator(self, world)

    def warm_up(self) -> None:
        """Load the model. Raises `GeneratorError`."""
        _ = self.decoder

    def close(self) -> None:
        """Nothing outlives a call."""

    @property
    def decoder(self) -> Decoder:
        """The loaded model. Raises `GeneratorError`."""
        with self._lock:
            if self._decoder is None:
                self._decoder = _load(self.folder, self.options)
            return self._decoder

    def run(self, prompts: Sequence[list[int]]) -> list[list[Candidate]]:
        """Candidates for prompts; one call at a time, as each uses all of the cores it may."""
        decoder = self.decoder
        with self._lock, _out_of_memory():
            return decoder.propose(prompts)

    def judge(self, prompt: list[int], tactics: Sequence[list[int]]) -> list[Candidate]:
        """What the model thinks of given tactics."""
        decoder = self.decoder
        with self._lock, _out_of_memory():
            return decoder.score(prompt, tactics)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Texts as tokens."""
        return self.decoder.vocabulary.encode(texts)

    def prompt(self, slots: Slots) -> list[int]:
        """A goal as tokens."""
        vocabulary = self.decoder.vocabulary
        goal, premises = vocabulary.prompt(slots.prompt(premises=False), slots.premise_texts())
        return [*goal, *(token for tokens in premises for token in tokens), vocabulary.separator]


class SmallGenerator:
    """Tactics of the small model for goals of one world. Deterministic."""

    name = NAME

    def __init__(self, source: SmallSource, world: World = World.LEAN) -> None:
        self._source, self._world = source, world

    def propose(self, requests: Sequence[Request]) -> list[list[Proposal]]:
        """At most ``count`` tactics for the first goal of each request, best first.

        Raises `GeneratorError`.
        """
        first = [self._introduced(r) for r in requests]
        asked = [r for r, proposals in zip(requests, first, strict=True) if proposals is None]
        slots = [self._slots(r) for r in asked]
        prompts = [self._source.prompt(s) for s in slots]
        found = self._source.run(prompts) if prompts else []
        answers = iter([
            self._proposals(*item) for item in zip(asked, slots, prompts, found, strict=True)])
        return [next(answers) if proposals is None else proposals for proposals in first]

    def _introduced(self, request: Request) -> Proposals | None:
        """What needs no model: nothing for no goal, and ``intro`` where Lean's goal can be
        introduced, as the model has only learnt from what comes after it."""
        if not request.goals:
            return Proposals()
        if self._world is not World.LEAN:
            return None
        introduction = next(introduce(GoalView(request.goals[0])), None)
        if introduction is None:
            return None
        tactic, log_prob = introduction
        return Proposals([Proposal(tactic, log_prob, NAME)])

    def _slots(self, request: Request) -> Slots:
        most = self._source.options.premises
        return Slots(request.goals[0], tuple(s.premise for s in request.premises),
                     self._world is World.FIRST_ORDER, most)

    def _proposals(
        self, request: Request, slots: Slots, prompt: list[int], found: Sequence[Candidate]
    ) -> Proposals:
        texts = self._source.decoder.vocabulary.decode
        judged = [(slots.read(texts(c.tokens)), c, len(c.tokens) + 1) for c in found]
        judged += [(tactic, c, 0) for tactic, c in self._rules(slots, prompt)]
        best: dict[str, float] = {}
        tokens = 0
        for text, candidate, generated in judged:
            tokens += generated
            tactic = None if text is None else clean(text, self._world)
            if tactic is not None:
                score = self._score(candidate)
                best[tactic] = max(score, best.get(tactic, -math.inf))
        ranked = sorted(best.items(), key=lambda item: -item[1])
        ordered = list(spent_last((item[0], item) for item in ranked))[: request.count]
        if not ordered:
            return Proposals(wasted=tokens)
        each = -(-tokens // len(ordered))
        scores = list(accumulate((score for _, score in ordered), min))
        return Proposals(Proposal(tactic, scores[i], NAME, min(each, max(0, tokens - i * each)))
                         for i, (tactic, _) in enumerate(ordered))

    def _rules(self, slots: Slots, prompt: list[int]) -> list[tuple[str, Candidate]]:
        most = self._source.options.rules
        if not most:
            return []
        pairs = [(p.tactic, slots.write(p.tactic)) for p in slots.rules()[:most]]
        known = [(tactic, written) for tactic, written in pairs if written is not None]
        tokens = self._source.tokens([written for _, written in known])
        judged = self._source.judge(prompt, tokens)
        return [(tactic, c) for (tactic, _), c in zip(known, judged, strict=True)]

    def _score(self, candidate: Candidate) -> float:
        if not self._source.options.value:
            return min(0.0, candidate.log_prob)
        return log_worth(candidate)


def log_worth(candidate: Candidate) -> float:
    """What a tactic is worth (≤ 0): the logarithm of the expected worth of what is left after it,
    and a share of its log-probability, which tells what is a tactic at all."""
    worth = sum(share * w for share, w in zip(candidate.outcome, _WORTH, strict=True))
    judged = (1 - _LANGUAGE_SHARE) * math.log(max(worth, 1e-6))
    return min(0.0, judged + _LANGUAGE_SHARE * candidate.log_prob)


class SmallValue:
    """A `prover.contracts.Value`: how likely goals are to be proved, by the value head."""

    def __init__(self, source: SmallSource, world: World = World.LEAN) -> None:
        self._source, self._world = source, world

    def score(self, goals: Sequence[tuple[Goal, ...]]) -> list[float]:
        """For each group of goals the logarithm of the product of its goals' chances.

        Raises `GeneratorError`.
        """
        flat = [goal for group in goals for goal in group]
        prompts = [self._source.prompt(Slots(goal, (), self._world is World.FIRST_ORDER))
                   for goal in flat]
        decoder = self._source.decoder
        chances = iter([math.log(max(_chance(bins), 1e-6))
                        for bins in (decoder.values(prompts) if prompts else [])])
        return [sum(next(chances) for _ in group) for group in goals]


def _chance(bins: Sequence[float]) -> float:
    """Of a goal to be proved: that some number of tactics is known to do."""
    return sum(bins[:-2])


def small_source(options: Mapping[str, str], setting: Any = None) -> SmallSource:
    """What ``--generator small?OPTIONS`` names. Raises `InputError` for unknown options."""
    del setting
    return SmallSource(read_options(SmallOptions, options, NAME))


@lru_cache(maxsize=2)
def _loaded(folder: Path, width: int, threads: int) -> Decoder:
    import torch

    from prover.generators.small.decoding import Decoder
    from prover.generators.small.model import load_model

    torch.set_num_threads(threads)
    return Decoder(load_model(folder), width=width)


def _load(folder: Path, options: SmallOptions) -> Decoder:
    if not folder.is_dir():
        raise GeneratorError("there is no such folder", file=folder,
                             remedy="lemma train generator makes one")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        return _loaded(folder, options.n, options.threads)
    except ImportError as problem:
        raise GeneratorError(f"the small model needs the package {problem.name or problem}",
                             remedy="pip install 'lemma-prover[neural]'") from problem
    except FileNotFoundError as problem:
        raise GeneratorError("a file of the model is missing", file=problem.filename,
                             remedy="copy the whole folder, or install Lemma anew") from problem
    except (OSError, ValueError) as problem:
        raise GeneratorError(str(problem), file=folder,
                             remedy="copy the whole folder, or install Lemma anew") from problem


class _out_of_memory:  # noqa: N801  (a context manager, used like a function)
    """Tells of a lack of memory in one line."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, problem: BaseException | None, trace: Any) -> None:
        del kind, trace
        if isinstance(problem, MemoryError) or (
                isinstance(problem, RuntimeError) and "memory" in str(problem)):
            raise GeneratorError("the small model has no memory left",
                                 remedy="fewer candidates, as in small?n=8", lasting=False
                                 ) from problem
