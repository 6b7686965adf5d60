"""Choosing premises by the symbols that they share with the conjecture.

Two classical ways, both cheap enough to be done afresh for every problem:

* SInE (Hoder, Voronkov, "Sine Qua Non for Large Theory Reasoning", CADE 2011): a symbol triggers
  the premises in which it is about the rarest one; what the conjecture triggers is taken, and
  what that triggers, to some depth.
* Relevance filtering (Meng, Paulson, "Lightweight relevance filtering for machine-generated
  resolution problems", 2009): a premise is relevant as far as its symbols, weighted by rarity,
  are already relevant; each round takes the most relevant ones and counts their symbols as
  relevant too. This gives an order.

A *selection* turns a problem into a smaller one. `Ranked` does it by a retriever trained on
proofs (``lemma train retriever``); `Retrieved` makes a selection out of any
`retrieval.contracts.Retriever`.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from prover.environments.fol.syntax import AnnotatedFormula, Formula, Problem, symbols
from retrieval.contracts import Premise, Retriever, ScoredPremise


class SymbolIndex:
    """Which of some premises has which symbols, and how rare these are.

    Premises are known by their position; symbols are whatever can be compared and hashed.
    """

    def __init__(self, premises: Iterable[frozenset[Hashable]]) -> None:
        self._symbols = list(premises)
        self._occurrences = Counter(symbol for found in self._symbols for symbol in found)
        self._holders: dict[Hashable, list[int]] = defaultdict(list)
        for position, found in enumerate(self._symbols):
            for symbol in found:
                self._holders[symbol].append(position)

    def sine(
        self,
        goal: frozenset[Hashable],
        *,
        tolerance: float = 1.0,
        depth: int | None = None,
        generality: int = 0,
    ) -> list[int]:
        """The premises that SInE selects for a goal with these symbols, nearest first.

        A symbol triggers a premise if it occurs in at most ``tolerance`` times as many premises
        as the premise's rarest symbol, or in at most ``generality`` premises. ``depth`` bounds
        the number of rounds (None: until nothing more is triggered).
        """
        rarest = [
            min((self._occurrences[symbol] for symbol in found), default=0)
            for found in self._symbols
        ]
        selected: dict[int, None] = {}
        reached, frontier = set(goal), set(goal)
        rounds = 0
        while frontier and (depth is None or rounds < depth):
            rounds += 1
            triggered = sorted({
                position
                for symbol in frontier
                for position in self._holders.get(symbol, ())
                if position not in selected
                and (
                    self._occurrences[symbol] <= tolerance * rarest[position]
                    or self._occurrences[symbol] <= generality
                )
            })  # fmt: skip
            selected.update(dict.fromkeys(triggered))
            frontier = {s for position in triggered for s in self._symbols[position]} - reached
            reached |= frontier
        return list(selected)

    def ranked(
        self, goal: frozenset[Hashable], k: int, *, threshold: float = 0.6, decay: float = 2.4
    ) -> list[tuple[int, float]]:
        """At most ``k`` premises by relevance filtering, best first, with falling scores ≤ 1.

        ``threshold`` is the least share of relevant symbols for a premise to be taken in the
        first round; ``decay`` says how fast later rounds ask for more.
        """
        weights = {symbol: self._weight(symbol) for symbol in self._occurrences}
        totals = [sum(weights[symbol] for symbol in found) for found in self._symbols]
        shared: dict[int, float] = defaultdict(float)  # of the premises not yet taken
        taken: dict[int, float] = {}
        relevant: set[Hashable] = set()
        fresh: set[Hashable] = set(goal)
        bound, ceiling = threshold, 1.0
        while len(taken) < k and bound > _LEAST_BOUND:
            for symbol in fresh:
                for position in self._holders.get(symbol, ()):
                    if position not in taken:
                        shared[position] += weights[symbol]
            relevant |= fresh
            scores = ((weight / totals[position], position) for position, weight in shared.items())
            # Among equals the later premise: libraries build up to what is needed.
            passed = sorted(
                ((score, position) for score, position in scores if score >= bound),
                reverse=True,
            )[: k - len(taken)]
            if not passed:
                bound *= _RELAXATION
                fresh = set()
                continue
            for score, position in passed:
                taken[position] = ceiling * score
                del shared[position]
            ceiling = min(taken[position] for _, position in passed)
            fresh = {s for _, position in passed for s in self._symbols[position]} - relevant
            bound += (1 - bound) / decay
        return list(taken.items())

    def _weight(self, symbol: Hashable) -> float:
        return 1.0 + 2.0 / math.log(self._occurrences[symbol] + 1.0)


_LEAST_BOUND = 1e-3
_RELAXATION = 0.8


# ------------------------------------------------------------------------------------- selections


class Selection(Protocol):
    """Makes a smaller problem out of a problem. A value that can be compared and pickled."""

    @property
    def name(self) -> str:
        """Like ``sine-2-2``; empty for no selection at all."""

    def __call__(self, problem: Problem) -> Problem:
        """``problem`` with some of its premises; what belongs to the question is never left
        out."""


@dataclass(frozen=True)
class Everything:
    """No selection."""

    name: str = ""

    def __call__(self, problem: Problem) -> Problem:
        """``problem`` itself."""
        return problem


EVERYTHING = Everything()


@dataclass(frozen=True)
class Sine:
    """SInE with these parameters (`SymbolIndex.sine`)."""

    tolerance: float = 1.0
    depth: int | None = None
    generality: int = 0

    @property
    def name(self) -> str:
        """``sine``, tolerance and depth."""
        return f"sine-{self.tolerance:g}" + ("" if self.depth is None else f"-{self.depth}")

    def __call__(self, problem: Problem) -> Problem:
        """What the symbols of the conjecture trigger."""
        chosen = _index(problem).sine(
            goal_symbols(problem),
            tolerance=self.tolerance, depth=self.depth, generality=self.generality,
        )  # fmt: skip
        return _restricted(problem, chosen)


@dataclass(frozen=True)
class Relevant:
    """The ``k`` most relevant premises (`SymbolIndex.ranked`)."""

    k: int
    threshold: float = 0.6
    decay: float = 2.4

    @property
    def name(self) -> str:
        """``relevant`` and the number of premises."""
        return f"relevant-{self.k}"

    def __call__(self, problem: Problem) -> Problem:
        """The best ``k`` premises; all, if there are no more."""
        if len(problem.premises) <= self.k:
            return problem
        ranked = _index(problem).ranked(
            goal_symbols(problem), self.k, threshold=self.threshold, decay=self.decay
        )
        return _restricted(problem, [position for position, _ in ranked])


@dataclass(frozen=True)
class Ranked:
    """The ``k`` premises that the trained retriever in the folder ``model`` ranks first."""

    model: Path
    k: int

    @property
    def name(self) -> str:
        """``trained`` and the number of premises."""
        return f"trained-{self.k}"

    def __call__(self, problem: Problem) -> Problem:
        """The best ``k`` premises; all, if there are no more."""
        if len(problem.premises) <= self.k:
            return problem
        # Late: this needs numpy, and premises are ranked where a model was given.
        from prover.environments.fol.premise_ranking import ranked_positions

        return _restricted(problem, ranked_positions(self.model, problem, self.k))


@dataclass(frozen=True)
class Retrieved:
    """The ``k`` premises that a retriever finds best for the goal.

    The retriever is asked with the goal's TPTP text and must know the premises by their names.
    """

    retriever: Retriever
    k: int
    name: str = "retrieved"

    def __call__(self, problem: Problem) -> Problem:
        """The best ``k`` premises of ``problem``."""
        names = {premise.name for premise in problem.premises}
        text = "\n".join(str(formula) for formula in _questions(problem))
        [found] = self.retriever.retrieve([text], self.k, lambda premise: premise.name in names)
        chosen = {scored.premise.name for scored in found}
        return problem.restricted(lambda premise: premise.name in chosen or _kept(premise))


def goal_symbols(problem: Problem) -> frozenset[Hashable]:
    """The symbols of the conjectures, or without one, of the negated conjectures; without these
    either, of everything."""
    return frozenset().union(*map(symbols, _questions(problem)))


def _questions(problem: Problem) -> list[Formula]:
    asked = problem.conjectures or problem.negated_conjectures or problem.premises
    return [formula.formula for formula in asked]


def _kept(premise: AnnotatedFormula) -> bool:
    """Whether a premise belongs to the question itself, and is never left out."""
    return premise.role in ("negated_conjecture", "hypothesis", "assumption")


@functools.lru_cache(maxsize=4)
def _index(problem: Problem) -> SymbolIndex:
    return SymbolIndex(symbols(premise.formula) for premise in problem.premises)


def _restricted(problem: Problem, chosen: Iterable[int]) -> Problem:
    kept = {id(problem.premises[position]) for position in chosen}
    return problem.restricted(lambda premise: id(premise) in kept or _kept(premise))


class SymbolRetriever:
    """A `retrieval.contracts.Retriever` over fixed premises, by relevance filtering.

    Symbols are compared by name: those of a goal are the words of its text that are a symbol of
    some premise.
    """

    def __init__(self, premises: Sequence[Premise]) -> None:
        self._premises = list(premises)
        self._known = frozenset(name for premise in premises for name in premise.symbols)

    @classmethod
    def of(cls, formulas: Iterable[AnnotatedFormula]) -> SymbolRetriever:
        """A retriever over formulas read from TPTP."""
        return cls([
            Premise(
                formula.name, str(formula.formula), formula.file or "",
                frozenset(symbol.name for symbol in symbols(formula.formula)),
            )
            for formula in formulas
        ])  # fmt: skip

    def retrieve(
        self, goals: Sequence[str], k: int, accessible: Callable[[Premise], bool] | None = None
    ) -> list[list[ScoredPremise]]:
        """For each goal (as printed) at most ``k`` accessible premises, best first."""
        candidates = [p for p in self._premises if accessible is None or accessible(p)]
        index = SymbolIndex(premise.symbols for premise in candidates)
        return [
            [
                ScoredPremise(candidates[position], score)
                for position, score in index.ranked(self._symbols_in(goal), k)
            ]
            for goal in goals
        ]

    def _symbols_in(self, goal: str) -> frozenset[Hashable]:
        return frozenset(word for word in _WORD.findall(goal) if word in self._known)


_WORD = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[\w$.]+")
