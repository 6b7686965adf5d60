"""Shorter proofs of the same goal, proposed: pure functions from a proof tree to candidates.

Nothing here is believed: a candidate counts only once it has been replayed. Every reduction
looks at the root of the tree that it is given; `prover.minimise.minimiser` goes over the nodes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from prover.minimise.dialect import Dialect
from prover.minimise.text import cut, head, listings, shown, without
from search.contracts import ProofTree

Reduction = Callable[[ProofTree, Dialect], Iterator[ProofTree]]

TACTIC_WEIGHT = 8
"""What a tactic costs beside its characters."""

_ALL_PARTS = 12
"""Proofs with more steps are tried only without their first one or two."""

_MOST_LEMMAS = 6

_FLAG = re.compile(r" (?:[+-][A-Za-z]\w*|\((?:\w+) := [^()]*\))(?=[ \]);]|$)")
_OPTION = re.compile(r"set_option \S+ \S+ in\s+")
_ASCRIBED = re.compile(r"\((by [\w ]+?) : [^()]*\)")
_SHOWN = re.compile(r"\bshow [^()]*? (?:(by) (\w+)|from (\S+))(?=\)|$)")
_NAMES = r"((?: [\w'✝₀-₉⊢]+)+)"

_SETS = frozenset({"simp", "simp_all", "simpa", "dsimp", "grind", "rw", "rwa", "auto"})


def cost(tree: ProofTree) -> int:
    """The length of a proof: its characters and, for each tactic, `TACTIC_WEIGHT` more."""
    total, stack = 0, [tree]
    while stack:
        node = stack.pop()
        total += len("".join(shown(node.tactic).split())) + TACTIC_WEIGHT
        stack.extend(node.children)
    return total


def close_at_once(tree: ProofTree, dialect: Dialect) -> Iterator[ProofTree]:
    """One tactic in place of the whole tree: one that ends a branch of it, or a common one, the
    shortest first."""
    below = [node.tactic for node in _below(tree)]
    leaves = [node.tactic for node in _below(tree) if not node.children]
    texts = dict.fromkeys((*leaves, *dialect.closers, *_with_lemmas((tree.tactic, *below),
                                                                    dialect)))
    for tactic in sorted(texts, key=len):
        if tactic != tree.tactic and may_use(tactic, (tree.tactic, *below), dialect):
            yield ProofTree(tactic)


def may_use(tactic: str, used: Sequence[str], dialect: Dialect) -> bool:
    """Whether a tactic may end a goal: no black box, unless the proof rests on one anyway."""
    return head(tactic) not in dialect.black_boxes or any(
        re.search(rf"\b{re.escape(head(tactic))}\b", other) for other in used)


def _with_lemmas(tactics: Iterable[str], dialect: Dialect) -> Iterator[str]:
    """Closers with the few lemmas that the tactics of a proof have in their lists."""
    lemmas = dict.fromkeys(
        item for tactic in tactics if head(tactic) not in ("rw", "rwa")
        for listing in listings(tactic) for item in listing.items)
    if 1 <= len(lemmas) <= _MOST_LEMMAS:
        yield from (f"{closer} [{', '.join(lemmas)}]" for closer in dialect.with_sets)


def drop_steps(tree: ProofTree, dialect: Dialect) -> Iterator[ProofTree]:
    """A part of the tree in place of the whole, the smallest first (delta debugging)."""
    del dialect
    parts = _below(tree)
    if len(parts) > _ALL_PARTS:
        parts = [*tree.children, *(below for child in tree.children for below in child.children)]
    for part in sorted(dict.fromkeys(parts), key=cost):
        if part.children:  # a last step alone is one of `close_at_once`
            yield part


def use_less(tree: ProofTree, dialect: Dialect) -> Iterator[ProofTree]:
    """The same tactic with a smaller set of lemmas, hypotheses or generalised variables, without
    options, and with no more said than Lean finds out."""
    del dialect
    texts = [*_without_options(tree.tactic), *_smaller_sets(tree.tactic)]
    for keyword in (" generalizing", " at"):
        texts += _fewer_names(tree.tactic, keyword)
    if head(tree.tactic) in ("revert", "clear", "subst", "unfold"):
        texts += _fewer_names(tree.tactic, head(tree.tactic))
    for text in dict.fromkeys(texts):
        if text and text != tree.tactic:
            yield replace(tree, tactic=text)


def _without_options(tactic: str) -> Iterator[str]:
    """Without options and flags, without types that are said on the way."""
    yield _OPTION.sub("", tactic)
    for pattern, new in ((_FLAG, ""), (_ASCRIBED, r"(\1)"), (_SHOWN, r"\1 \2\3")):
        for match in pattern.finditer(tactic):
            text = match.expand(new).strip() if new else ""
            yield tactic[: match.start()] + text + tactic[match.end() :]


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
    """Without ``generalizing a b`` behind another tactic, without one of its names."""
    match = re.search(rf"{keyword}{_NAMES}(?= with\b| using\b| <;>|$)", tactic)
    if match is None:
        return
    names = match.group(1).split()
    before, after = tactic[: match.start()], tactic[match.end() :]
    if before:
        yield before + after
    if len(names) > 1:
        for name in names:
            kept = " ".join(other for other in names if other != name)
            yield f"{before}{keyword} {kept}{after}"


def _parts_of(tactic: str) -> Iterator[str]:
    if "\n" in tactic:
        return
    if head(tactic) == "first":  # binds less than `<;>`
        yield from (text for text in cut(tactic.removeprefix("first"), "|") if text)
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
    if head(tactic) == "try":
        yield tactic.removeprefix("try").strip()
        return
    steps = cut(tactic, ";")
    if len(steps) > 1:
        for index in range(len(steps)):
            yield "; ".join(steps[:index] + steps[index + 1 :])


REDUCTIONS: tuple[Reduction, ...] = (drop_steps, close_at_once, simplify_combination, use_less)
"""In the order in which they are tried; `prover.minimise.steps` and `merging` have others."""
