"""Neighbouring tactics as one, as a person would write them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prover.minimise.dialect import Dialect
from prover.minimise.reductions import may_use
from prover.minimise.text import argument, cut, head, listings, opened_have
from search.contracts import ProofTree

_NAME = r"[\w'✝₀-₉]+"
_INTRO = re.compile(rf"intro((?: {_NAME})+)$")
_REVERT = re.compile(rf"revert((?: {_NAME})+)$")
_EXACT = re.compile(r"exact (?!.*\bby\b)(.+)$")  # a term that ends where the line does
_REWRITE = re.compile(r"rw \[(.+)\]( at .+)?$")
_SIMP_AT = re.compile(rf"simp( only)?( \[.*\])? at ({_NAME})$")
_SIMP = re.compile(r"simp( only)?( \[.*\])?$")
_HAVE = re.compile(rf"have ({_NAME}) := (.+)$")
_TAKE_APART = re.compile(rf"(?:obtain (?P<product>⟨.+⟩) := (?P<of>{_NAME})"
                         rf"|rcases (?P<sum>{_NAME}) with (?P<cases>.+))$")
_CASES = re.compile(r" with \|.*$")
_SHORT = 60


def merge(tree: ProofTree, dialect: Dialect) -> Iterator[ProofTree]:
    """The first tactic together with what follows it."""
    if "\n" in tree.tactic or not tree.children:
        return
    if len(tree.children) == 1:
        yield from _with_next(tree.tactic, tree.children[0])
    yield from _as_one_term(tree)
    if opened_have(tree.tactic) is None:
        yield from _same_in_every_branch(tree, dialect)


def _with_next(tactic: str, after: ProofTree) -> Iterator[ProofTree]:
    """``tactic`` and the one after it as one; what comes then stays."""
    for text in (
        _introduced(tactic, after.tactic), _rewritten(tactic, after.tactic),
        _taken_apart(tactic, after.tactic), _flattened(tactic, after.tactic),
        _simplified(tactic, after.tactic), _used_at_once(tactic, after.tactic),
        *_reverted(tactic, after.tactic),
    ):
        if text is not None:
            yield ProofTree(text, after.children)


def _introduced(first: str, second: str) -> str | None:
    """``intro a``, ``intro b`` → ``intro a b``."""
    one, two = _INTRO.match(first), _INTRO.match(second)
    return f"intro{one.group(1)}{two.group(1)}" if one and two else None


def _reverted(first: str, second: str) -> list[str]:
    """``revert a``, ``revert b`` → ``revert b a``, or only one of them: what depends on a variable
    is reverted with it."""
    one, two = _REVERT.match(first), _REVERT.match(second)
    return [f"revert{two.group(1)}", f"revert{two.group(1)}{one.group(1)}"] if one and two else []


def _rewritten(first: str, second: str) -> str | None:
    """``rw [a]``, ``rw [b]`` → ``rw [a, b]``."""
    one, two = _REWRITE.match(first), _REWRITE.match(second)
    if one and two and one.group(2) == two.group(2):
        return f"rw [{one.group(1)}, {two.group(1)}]{one.group(2) or ''}"
    if one and second == "assumption":
        return f"rwa [{one.group(1)}]{one.group(2) or ''}"
    return None


def _taken_apart(first: str, second: str) -> str | None:
    """``intro x h``, ``obtain ⟨a, b⟩ := h`` → ``rintro x ⟨a, b⟩``."""
    one, two = _INTRO.match(first), _TAKE_APART.match(second)
    if one is None or two is None:
        return None
    names, taken = one.group(1).split(), two["of"] or two["sum"]
    if names[-1] != taken:
        return None
    pattern = two["product"] or f"({two['cases']})"
    return " ".join(["rintro", *names[:-1], pattern])


def _flattened(first: str, second: str) -> str | None:
    """``obtain ⟨a, h⟩ := e``, ``obtain ⟨b, c⟩ := h`` → ``obtain ⟨a, b, c⟩ := e``; also ``rfl``
    for an equation that is substituted."""
    one = re.match(r"(obtain|rintro)(.*?)⟨(.*)⟩( := .+)?$", first)
    if one is None:
        return None
    parts = cut(one.group(3), ",")
    two = _TAKE_APART.match(second)
    if two is not None and two["of"] is not None and two["of"] in parts:
        inner = two["product"] if two["of"] != parts[-1] else two["product"][1:-1]
        parts[parts.index(two["of"])] = inner
    elif second.startswith("subst ") and second.removeprefix("subst ") in parts:
        parts[parts.index(second.removeprefix("subst "))] = "rfl"
    else:
        return None
    return f"{one.group(1)}{one.group(2)}⟨{', '.join(parts)}⟩{one.group(4) or ''}"


def _simplified(first: str, second: str) -> str | None:
    """``simp at h``, ``exact h`` and ``simp``, ``exact e`` → ``simpa using …``."""
    exact = _EXACT.match(second)
    at, plain = _SIMP_AT.match(first), _SIMP.match(first)
    if at and (second == "assumption" or (exact and exact.group(1) == at.group(3))):
        return f"simpa{at.group(1) or ''}{at.group(2) or ''} using {at.group(3)}"
    if plain and exact:
        return f"simpa{plain.group(1) or ''}{plain.group(2) or ''} using {exact.group(1)}"
    return None


def _used_at_once(first: str, second: str) -> str | None:
    """``have h := e``, then ``exact`` with ``h`` alone → ``exact`` with ``e``."""
    have, exact = _HAVE.match(first), _EXACT.match(second)
    if have and exact and exact.group(1) == have.group(1):
        return f"exact {have.group(2)}"
    if have and second.startswith(f"rcases {have.group(1)} with "):
        pattern = second.removeprefix(f"rcases {have.group(1)} with ")
        return f"rcases {have.group(2)} with {pattern}"
    if have and second.endswith(f" := {have.group(1)}") and second.startswith("obtain "):
        return second.removesuffix(have.group(1)) + have.group(2)
    return None


def _as_one_term(tree: ProofTree) -> Iterator[ProofTree]:
    """``exact`` where every goal that a tactic leaves is ended at once."""
    if any(child.children or "\n" in child.tactic for child in tree.children):
        return
    ends = [child.tactic for child in tree.children]
    terms = [_term(end) for end in ends]
    tactic, texts = tree.tactic, []
    if intro := _INTRO.match(tactic):
        if exact := _EXACT.match(ends[0]):
            texts.append(f"fun{intro.group(1)} => {exact.group(1)}")
    elif tactic == "constructor" and len(ends) == 2:
        texts.append(f"⟨{terms[0]}, {terms[1]}⟩")
    elif tactic in ("left", "right") and len(ends) == 1:
        texts.append(f"Or.in{tactic[0]} {argument(terms[0])}")
    elif tactic.startswith("refine ") and tactic.count("?_") == len(ends):
        text = tactic.removeprefix("refine ")
        for term in terms:
            text = text.replace("?_", term, 1)
        texts.append(text)
    elif tactic.startswith("apply ") and not re.search(r";|\bby\b", tactic):
        texts.append(" ".join([tactic.removeprefix("apply "), *map(argument, terms)]))
    for text in texts:
        if len(text) <= _SHORT:
            yield ProofTree(f"exact {text}")


def _term(tactic: str) -> str:
    """The term that does what a tactic does that ends its goal."""
    if exact := _EXACT.match(tactic):
        return exact.group(1)
    return {"assumption": "‹_›", "rfl": "rfl", "trivial": "trivial"}.get(tactic, f"by {tactic}")


def _same_in_every_branch(tree: ProofTree, dialect: Dialect) -> Iterator[ProofTree]:
    """``t <;> e`` where one tactic ends every goal that ``t`` leaves; also ``t`` without the names
    of its cases, if ``e`` can do without them."""
    if len(tree.children) < 2:
        return
    steps = [chain for child in tree.children if (chain := _chain(child))]
    used = [part for chain in steps for part in chain]
    ends = dict.fromkeys("; ".join(chain) for chain in steps)
    closers = [c for c in dialect.closers if c not in ends] if dialect.with_sets else []
    unnamed = _CASES.sub("", tree.tactic)
    for end in sorted((*ends, *closers), key=len):
        if not may_use(end, used, dialect):
            continue
        grouped = f"({end})" if cut(end, ";")[1:] or head(end) == "first" else end
        if len(grouped) <= _SHORT or steps.count(cut(end, ";")) > 1 or not listings(grouped):
            for tactic in dict.fromkeys((unnamed, tree.tactic)):
                yield ProofTree(f"{tactic} <;> {grouped}")


def _chain(tree: ProofTree) -> list[str]:
    """The tactics of a proof without branches, each on a line; none if it is another one."""
    found = []
    while "\n" not in tree.tactic and len(tree.children) <= 1:
        found.append(tree.tactic)
        if not tree.children:
            return found
        (tree,) = tree.children
    return []
