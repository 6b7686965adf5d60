"""Shorter proofs of the same goal, proposed: pure functions from a proof tree to candidates.

Nothing here is believed: a candidate counts only once it has been replayed. Every reduction
looks at the root of the tree that it is given; `prover.minimise.minimiser` goes over the nodes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from prover.minimise.dialect import Dialect
from prover.minimise.text import cut, head, listings, without
from search.contracts import ProofTree

Reduction = Callable[[ProofTree, Dialect], Iterator[ProofTree]]

TACTIC_WEIGHT = 8
"""What a tactic costs beside its characters."""

_SETS = frozenset({"simp", "simp_all", "simpa", "dsimp", "grind", "rw", "rwa", "auto"})


def cost(tree: ProofTree) -> int:
    """The length of a proof: its characters and, for each tactic, `TACTIC_WEIGHT` more."""
    total, stack = 0, [tree]
    while stack:
        node = stack.pop()
        total += len("".join(node.tactic.split())) + TACTIC_WEIGHT
        stack.extend(node.children)
    return total


def close_at_once(tree: ProofTree, dialect: Dialect) -> Iterator[ProofTree]:
    """One tactic in place of the whole tree: one that ends a branch of it, or a common one."""
    leaves = dict.fromkeys(node.tactic for node in _below(tree) if not node.children)
    for tactic in (*leaves, *dialect.closers):
        if head(tactic) not in dialect.black_boxes and tactic != tree.tactic:
            yield ProofTree(tactic)


def drop_steps(tree: ProofTree, dialect: Dialect) -> Iterator[ProofTree]:
    """A part of the tree in place of the whole, the smallest first (delta debugging)."""
    parts = sorted(_below(tree), key=cost)
    for part in parts:
        if part.children and head(part.tactic) not in dialect.black_boxes:
            yield part


def use_less(tree: ProofTree, dialect: Dialect) -> Iterator[ProofTree]:
    """The same tactic with a smaller set of lemmas, hypotheses or generalised variables."""
    del dialect
    for text in _smaller_sets(tree.tactic):
        yield replace(tree, tactic=text)
    for keyword in ("generalizing", "at"):
        for text in _fewer_names(tree.tactic, keyword):
            yield replace(tree, tactic=text)


def simplify_combination(tree: ProofTree, dialect: Dialect) -> Iterator[ProofTree]:
    """One part of ``a <;> b``, ``first | a | b`` or ``a; b`` in place of all."""
    del dialect
    for text in dict.fromkeys(_parts_of(tree.tactic)):
        yield replace(tree, tactic=text)


def _below(tree: ProofTree) -> list[ProofTree]:
    """All proper subtrees, each once."""
    found: dict[ProofTree, None] = {}
    stack = list(reversed(tree.children))
    while stack:
        node = stack.pop()
        found[node] = None
        stack.extend(reversed(node.children))
    return list(found)


def _smaller_sets(tactic: str) -> Iterator[str]:
    """Without the set, with half of it, without one of its members."""
    for listing in reversed(listings(tactic)):
        before = tactic[: listing.start].replace("|", " ").replace(";", " ").split()
        if not _SETS & set(before):
            continue
        items = listing.items
        if not {"rw", "rwa"} & set(before[-1:]):
            yield without(tactic, listing, ())
        if len(items) > 3:
            middle = len(items) // 2
            yield without(tactic, listing, items[:middle])
            yield without(tactic, listing, items[middle:])
        if len(items) > 1:
            for index in reversed(range(len(items))):
                yield without(tactic, listing, items[:index] + items[index + 1 :])


def _fewer_names(tactic: str, keyword: str) -> Iterator[str]:
    """Without ``generalizing a b``, without one of its names."""
    match = re.search(rf" {keyword}((?: [\w'✝₀-₉⊢]+)+)(?= with\b| using\b| <;>|$)", tactic)
    if match is None:
        return
    names = match.group(1).split()
    before, after = tactic[: match.start()], tactic[match.end() :]
    yield before + after
    if len(names) > 1:
        for name in names:
            kept = " ".join(other for other in names if other != name)
            yield f"{before} {keyword} {kept}{after}"


def _parts_of(tactic: str) -> Iterator[str]:
    if "\n" in tactic:
        return
    alternatives = cut(tactic, "<;>")
    if len(alternatives) > 1:
        *firsts, last = alternatives
        start = " <;> ".join(firsts)
        yield last
        yield start
        for text in _parts_of(last):
            yield f"{start} <;> {text}"
        return
    if tactic.startswith("(") and tactic.endswith(")") and len(cut(tactic[1:-1], ")")) == 1:
        yield tactic[1:-1].strip()
        yield from _parts_of(tactic[1:-1].strip())
        return
    if head(tactic) == "first":
        yield from (text for text in cut(tactic.removeprefix("first"), "|") if text)
        return
    steps = cut(tactic, ";")
    if len(steps) > 1:
        for index in range(len(steps)):
            yield "; ".join(steps[:index] + steps[index + 1 :])


REDUCTIONS: tuple[Reduction, ...] = (close_at_once, drop_steps, simplify_combination, use_less)
