"""Minimising a proof that was found: shorter, every step of the way replayed.

The script is read as a tree and replayed once, which gives the proof state before each of its
tactics. Then, from the root down, reductions propose shorter proofs of the same state (one
tactic for all, a part for the whole, smaller sets of lemmas, two tactics as one); a proposal is
run from that state and taken over if it proves it. So a step costs only the tactics that it
changes. The result counts when the checker has accepted it; the proof that was found is never
lost.

Delta debugging: A. Zeller, R. Hildebrandt, *Simplifying and Isolating Failure-Inducing Input*,
IEEE TSE 28(2), 2002. Isabelle's Sledgehammer does the like with proofs that machines have
found: J. Blanchette et al., *Semi-intelligible Isar Proofs from Machine-Generated Proofs*,
JAR 56(2), 2016.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from prover.contracts import (
    Checker,
    Environment,
    LemmaError,
    ProofScript,
    ProofState,
    Theorem,
    Verdict,
)
from prover.minimise.dialect import Dialect
from prover.minimise.formatting import pretty
from prover.minimise.layout import Block, Compound, Focus, read_block
from prover.minimise.merging import merge
from prover.minimise.reductions import (
    REDUCTIONS,
    TACTIC_WEIGHT,
    Reduction,
    close_at_once,
    cost,
    drop_steps,
    simplify_combination,
)
from prover.minimise.replay import BudgetSpent, Node, Replayer, Unproved
from prover.minimise.steps import STEPS
from prover.minimise.text import head
from prover.script import render
from search.contracts import ProofTree

T = TypeVar("T", bound=Theorem)

SECONDS = 30.0
"""Default limit of the time for one theorem, without its check."""

TACTIC_CALLS = 1000
"""Default limit of the tactic calls for one theorem."""

_RESERVE_SECONDS, _RESERVE_CALLS = 1.0, 30  # beyond these limits, to put the rest in order
_JOINTS = re.compile(r";|<;>")
_LONGEST = 20_000  # characters; a longer script is left as it is


@dataclass(frozen=True)
class Minimised:
    """A shorter proof and the checker's word for it. ``tactic_calls`` is what it took."""

    script: ProofScript
    verdict: Verdict
    tactic_calls: int


class Minimiser(Generic[T]):
    """Makes proofs shorter, in an environment, and has the result checked."""

    def __init__(
        self, environment: Environment[T], checker: Checker[T], dialect: Dialect, *,
        seconds: float = SECONDS, tactic_calls: int = TACTIC_CALLS,
        stop: threading.Event | None = None,
    ) -> None:
        self._environment, self._checker, self._dialect = environment, checker, dialect
        self._seconds, self._tactic_calls, self._stop = seconds, tactic_calls, stop

    def minimise(
        self, theorem: T, script: ProofScript, *, seconds: float | None = None
    ) -> Minimised | None:
        """A shorter proof of ``theorem``, or None if there is none within the limits.

        ``seconds`` shortens the time limit. Never raises for what the script or the prover does.
        """
        limit = self._seconds if seconds is None else min(seconds, self._seconds)
        if limit <= 0 or sum(map(len, script.blocks)) > _LONGEST:
            return None
        if all(_cannot_shrink(block, self._dialect) for block in script.blocks):
            return None
        replayer = Replayer(self._environment, seconds=limit, tactic_calls=self._tactic_calls,
                            stop=self._stop)
        try:
            shorter = self._shorten(theorem, script, replayer)
            if shorter is None:
                return None
            verdict = self._checker.check(theorem, shorter)
        except (LemmaError, RecursionError):
            return None
        finally:
            replayer.release()
        calls = self._tactic_calls - replayer.calls_left
        return Minimised(shorter, verdict, calls) if verdict.accepted else None

    def _shorten(self, theorem: T, script: ProofScript, replayer: Replayer) -> ProofScript | None:
        states = replayer.open(theorem)
        if len(states) != len(script.blocks):
            return None
        try:
            proofs = [self._read(block, state, replayer)
                      for block, state in zip(script.blocks, states, strict=True)]
        except (Unproved, BudgetSpent):
            return None
        try:
            for proof in proofs:
                _Reducer(replayer, self._dialect).reduce(proof)
        except BudgetSpent:
            replayer.extend(_RESERVE_SECONDS, _RESERVE_CALLS)
            _tidy(proofs, replayer, self._dialect)
        shorter = _written(proofs, states, replayer)
        return shorter if text_cost(shorter, self._dialect) \
            < text_cost(script, self._dialect) else None

    def _read(self, block: str, state: ProofState, replayer: Replayer) -> Node:
        """The proof by a block, step by step or, where its steps cannot be told apart, as one."""
        try:
            return replayer.read(read_block(block, self._dialect), state)
        except Unproved:
            return replayer.read_whole(block, state)


def text_cost(script: ProofScript, dialect: Dialect) -> int:
    """The length of a script: its characters but blanks and, for each tactic, `TACTIC_WEIGHT`
    more."""
    return sum(len("".join(block.split())) + TACTIC_WEIGHT * _tactics(read_block(block, dialect))
               for block in script.blocks)


def _tactics(block: Block) -> int:
    """How many tactics there are in a block, those joined on a line counted one by one."""
    count = 0
    for item in block:
        if isinstance(item, Focus):
            count += _tactics(item.block)
        elif isinstance(item, Compound):
            count += 1 + sum(map(_tactics, item.blocks))
        else:
            count += 1 + len(_JOINTS.findall(item.text))
    return count


def _cannot_shrink(block: str, dialect: Dialect) -> bool:
    """Whether a block is a single tactic that no common one is shorter than."""
    tactic = block.strip()
    return not re.search(r"[\n\[(;|]", tactic) and (
        head(tactic) in dialect.black_boxes
        or not any(len(closer) < len(tactic) for closer in dialect.closers))


def _written(
    proofs: Sequence[Node], states: Sequence[ProofState], replayer: Replayer
) -> ProofScript:
    """The proofs as text; the nicer layout where it proves the same."""
    trees = [proof.tree() for proof in proofs]
    blocks = []
    for tree, state in zip(trees, states, strict=True):
        plain, nice = (render([form]).blocks[0] for form in (tree, pretty(tree)))
        blocks.append(nice if nice == plain or replayer.finally_proves(state, nice) else plain)
    return ProofScript(tuple(blocks))


_DROPPING: tuple[Reduction, ...] = (drop_steps, simplify_combination)
_CLOSING: tuple[Reduction, ...] = (close_at_once,)
_ALL: tuple[Reduction, ...] = (*REDUCTIONS, *STEPS)


class _Reducer:
    """Goes over the nodes of a proof until no reduction applies any more.

    What is likely to gain most for its tactic calls comes first, for the whole proof: steps that
    nothing needs, then closing tactics, then everything else.
    """

    def __init__(self, replayer: Replayer, dialect: Dialect) -> None:
        self._replayer, self._dialect = replayer, dialect

    def reduce(self, node: Node) -> None:
        """Shorten the proof of ``node`` in place."""
        self.once(node, _DROPPING)
        self.once(node, _CLOSING)
        self._until_stable(node)

    def once(self, node: Node, reductions: Sequence[Reduction]) -> None:
        """Apply reductions to every part of the proof, from the root down."""
        for reduction in reductions:
            while self._improve(node, reduction(node.tree(), self._dialect)):
                pass
        for child in node.children:
            self.once(child, reductions)

    def _until_stable(self, node: Node) -> None:
        while True:
            for reduction in _ALL:
                while self._improve(node, reduction(node.tree(), self._dialect)):
                    pass
            for child in node.children:
                self._until_stable(child)
            if not self._improve(node, merge(node.tree(), self._dialect)):
                return

    def merge_here(self, node: Node) -> None:
        """Join the first tactic with what follows it."""
        while self._improve(node, merge(node.tree(), self._dialect)):
            pass

    def _improve(self, node: Node, candidates: Iterator[ProofTree]) -> bool:
        """Take over the first candidate that is cheaper and proves the same."""
        price, seconds = cost(node.tree()), node.total_seconds()
        for candidate in candidates:
            if cost(candidate) < price:
                try:
                    node.become(self._replayer.prove(node.state, candidate, seconds))
                except Unproved:
                    continue
                return True
        return False


def _tidy(proofs: Sequence[Node], replayer: Replayer, dialect: Dialect) -> None:
    """What can be said together, said together, as far as the reserve goes."""
    with suppress(BudgetSpent):
        for proof in proofs:
            _bottom_up(_Reducer(replayer, dialect), proof)


def _bottom_up(reducer: _Reducer, node: Node) -> None:
    for child in node.children:
        _bottom_up(reducer, child)
    reducer.merge_here(node)
