"""Shorter ways to state and use the steps of a proof: candidates, as in `reductions`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from prover.minimise.dialect import Dialect
from prover.minimise.text import argument, mentions, opened_have, times_mentioned
from search.contracts import ProofTree

_NAME = r"[^\W\d][\w'✝₀-₉]*"
_STATED = re.compile(rf" (?P<name>{_NAME}) ?:(?P<statement>.*)", re.DOTALL)
_KNOWN = re.compile(rf"have (?P<name>{_NAME}) := (?P<term>[^\n]+)")
_EITHER = re.compile(rf"(?:rcases (?P<of>.+) with (?P<left>{_NAME}) \| (?P<right>{_NAME})"
                     rf"|obtain ({_NAME}) \| ({_NAME}) := (.+))")
_LONGEST_TERM = 60


def state_less(tree: ProofTree, dialect: Dialect) -> Iterator[ProofTree]:
    """A step without its name where nobody uses it, without its statement where the proof is a
    term that tells it."""
    what = opened_have(tree.tactic)
    stated = _STATED.fullmatch(what) if what is not None else None
    if stated is None or len(tree.children) != 2:
        return
    name, (proof, rest) = stated["name"], tree.children
    if not proof.children and proof.tactic.startswith("exact ") and "\n" not in proof.tactic:
        term = proof.tactic.removeprefix("exact ")
        yield ProofTree(f"have {name} := {term}", (rest,))
    if name != "this" and not _used(rest, name):
        statement = stated["statement"].strip()
        yield replace(tree, tactic=dialect.opening.format(f" : {statement}"))


def use_directly(tree: ProofTree, dialect: Dialect) -> Iterator[ProofTree]:
    """The term itself where ``have h := term`` is used once; nothing where it is not used by
    name is lost if the rest holds without (see `drop_steps`)."""
    del dialect
    known = _KNOWN.fullmatch(tree.tactic)
    if known is None or len(tree.children) != 1 or len(known["term"]) > _LONGEST_TERM:
        return
    name, term, (rest,) = known["name"], known["term"], tree.children
    if sum(times_mentioned(node, name) for node in _tactics(rest)) == 1:
        word = re.compile(rf"(?<![\w.'✝₀-₉]){re.escape(name)}(?![\w'✝₀-₉])")
        yield _replaced(rest, word, argument(term))


def assume_the_contrary(tree: ProofTree, dialect: Dialect) -> Iterator[ProofTree]:
    """A case that is the goal itself and its contrary, as a proof by contradiction."""
    either = _EITHER.fullmatch(tree.tactic)
    if either is None or len(tree.children) != 2 or "\n" in tree.tactic:
        return
    names = [either["left"] or either[4], either["right"] or either[5]]
    for mine, other in ((0, 1), (1, 0)):
        case = tree.children[mine]
        if not case.children and case.tactic in (f"exact {names[mine]}", "assumption", "omega"):
            for proof in dialect.absurdities:
                text = f"refine {proof} fun {names[other]} => ?_"
                yield ProofTree(text, (tree.children[other],))


def _tactics(tree: ProofTree) -> Iterator[str]:
    yield tree.tactic
    for child in tree.children:
        yield from _tactics(child)


def _used(tree: ProofTree, name: str) -> bool:
    return any(mentions(tactic, name) for tactic in _tactics(tree))


def _replaced(tree: ProofTree, word: re.Pattern[str], term: str) -> ProofTree:
    return ProofTree(word.sub(lambda _: term, tree.tactic),
                     tuple(_replaced(child, word, term) for child in tree.children))


STEPS = (state_less, use_directly, assume_the_contrary)
