"""Inductions, generalisation and detours: sketches that follow the structure of a statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prover.environments.lean.lexer import Kind, tokens
from prover.generators.goal_view import GoalView
from prover.generators.shape import Shape, words

_RECURSIVE = ("Nat", "List")
_SHORTEST, _LONGEST = 6, 60  # characters of a subterm that is worth a name


def strong_induction(view: GoalView) -> Iterator[tuple[str, float]]:
    """Induction in which the statement may be used for all smaller numbers."""
    target = set(words(view.goal.target))
    recursive = any(f.proposition.shape is Shape.FORALL for f in view.facts)
    if not recursive and not view.mentioned_premises:
        return
    for hypothesis in view.data:
        if hypothesis.type == "Nat" and hypothesis.name in target:
            name = hypothesis.name
            hypothesis_name = view.fresh("ih")[0]
            later = _dependants(view, name)
            general = f" generalizing {' '.join(later)}" if later else ""
            yield (f"induction {name} using Nat.strongRecOn{general} with "
                   f"| ind {name} {hypothesis_name} => ?_"), -3.2


def _dependants(view: GoalView, name: str) -> list[str]:
    """The other variables of the target, over which an induction may be generalised."""
    target = set(words(view.goal.target))
    return [h.name for h in view.data
            if h.name != name and h.name in target and name not in words(h.type)][:3]


def functional_induction(view: GoalView) -> Iterator[tuple[str, float]]:
    """Induction along the recursion of a function that the target applies to variables."""
    values = {h.name for h in view.data}
    definitions = [p.name for p in view.mentioned_premises if p.kind == "definition"]
    for name in definitions[:6]:
        for call in _calls(view.goal.target, name):
            arguments = call.split()[1:]
            if arguments and all(a in values for a in arguments):
                for closer in (f"simp_all [{name}]", f"grind [{name}]"):
                    yield f"fun_induction {call} <;> {closer}", -2.0
                yield f"fun_induction {call}", -2.6


def _calls(text: str, name: str) -> list[str]:
    """Applications of ``name`` to words."""
    found: dict[str, None] = {}
    pieces = list(tokens(text))
    short = {name, name.split(".")[-1]}
    for index, token in enumerate(pieces):
        if token.text in short:
            arguments = []
            for following in pieces[index + 1 :]:
                if following.kind is not Kind.WORD:
                    break
                arguments.append(following.text)
            if arguments:
                found[" ".join([name, *arguments])] = None
    return list(found)


def untruncate(view: GoalView) -> Iterator[tuple[str, float]]:
    """``a = b - c`` in natural numbers follows from ``a + c = b``, which can be inducted on."""
    if view.target.shape is not Shape.EQUALITY:
        return
    for left, right in (view.target.parts, view.target.parts[::-1]):
        cut = _last_subtraction(right)
        if cut is not None:
            whole, taken = cut
            name = view.fresh("hsum")[0]
            yield f"suffices {name} : {left} + {taken} = {whole} by omega", -2.0


def _last_subtraction(text: str) -> tuple[str, str] | None:
    """``b`` and ``c`` of ``b - c``, if that is the outermost operation."""
    found = [t for t in tokens(text) if t.depth == 0 and t.text in ("+", "-")]
    if not found or found[-1].text != "-" or not text[: found[-1].start].strip():
        return None
    return text[: found[-1].start].strip(), text[found[-1].end :].strip()


def generalise(view: GoalView) -> Iterator[tuple[str, float]]:
    """A name for a bracketed term that occurs more than once in the target."""
    spans: Counter[str] = Counter()
    opened: list[int] = []
    for token in tokens(view.goal.target):
        if token.text == "(":
            opened.append(token.end)
        elif token.text == ")" and opened:
            spans[view.goal.target[opened.pop() : token.start]] += 1
    local = view.names
    name, equation = view.fresh("t", "ht")
    for term, count in spans.most_common(2):
        if count > 1 and _SHORTEST <= len(term) <= _LONGEST and local & set(words(term)):
            yield f"generalize {equation} : {term} = {name}", -3.4


def power_step(view: GoalView) -> Iterator[tuple[str, float]]:
    """Induction on an exponent: the step multiplies by the base."""
    if "^" not in view.text:
        return
    for hypothesis in view.data:
        name = hypothesis.name
        powers = (f"^ {name}", f"^ ({name}")
        if hypothesis.type == "Nat" and any(power in view.text for power in powers):
            inner = view.fresh("ih")[0]
            cases = f"induction {name} with | zero => ?_ | succ {name} {inner} => ?_"
            yield f"{cases} <;> simp_all [Nat.pow_succ] <;> omega", -2.6
            yield f"{cases} <;> grind [Nat.pow_succ]", -2.6


STRUCTURE = (strong_induction, functional_induction, untruncate, generalise, power_step)
