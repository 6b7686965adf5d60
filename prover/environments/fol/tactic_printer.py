"""Tactics as text: the inverse of `tactic_parser` for single tactics, and proof trees as scripts.

How names and formulas are written is given from outside, so that the Lean export prints the same
tactics over its own vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prover.environments.fol import tactic_syntax as syntax
from prover.environments.fol.notation import display_name, show
from prover.environments.fol.script import ProofNode
from prover.environments.fol.sequent import INACCESSIBLE
from prover.environments.fol.syntax import Formula, Function, Term
from prover.environments.fol.tactic_context import ByProver
from prover.environments.fol.tactic_syntax import Expression, Pattern, Step


@dataclass(frozen=True)
class TacticPrinter:
    """Prints single tactics. ``name`` writes hypotheses and new names, ``node`` terms and
    formulas."""

    name: Callable[[str], str] = display_name
    node: Callable[[Formula | Term], str] = show

    def step(self, step: Step) -> str:
        """The tactic, without the blocks of a structured one."""
        match step:
            case syntax.Intro(patterns):
                word = "intro" if all(isinstance(p, syntax.Bind) for p in patterns) else "rintro"
                return _words(word, *map(self.grouped_pattern, patterns))
            case syntax.Intros(names):
                return _words("intros", *map(self.binder, names))
            case syntax.Constructor() | syntax.Left() | syntax.Right():
                return type(step).__name__.lower()
            case syntax.Exists(witnesses):
                return f"exists {', '.join(map(self.expression, witnesses))}"
            case syntax.Cases(value, pattern, names):
                return self._cases(value, pattern, names)
            case syntax.Specialize(name, arguments):
                return _words("specialize", self.name(name), *map(self.argument, arguments))
            case syntax.Refine(value, keyword):
                return f"{keyword} {self.expression(value)}"
            case syntax.Have():
                return self._have(step)
            case syntax.Show(formula):
                return f"show {self.node(formula)}"
            case syntax.ByCases(name, formula):
                return f"by_cases {self.name(name)} : {self.node(formula)}"
            case syntax.ByContra(given):
                return _words("by_contra", *([] if given is None else [self.name(given)]))
            case syntax.Rewrite(rules, location):
                return f"rw [{', '.join(map(self._rule, rules))}]{self._at(location)}"
            case syntax.Symm(location):
                return f"symm{self._at(location)}"
            case syntax.Simple(keyword):
                return keyword
            case syntax.Clear(names_given):
                return _words("clear", *map(self.name, names_given))
            case syntax.Revert(names_given):
                return _words("revert", *map(self.name, names_given))
            case syntax.Subst(names_given):
                return _words("subst", *map(self.name, names_given))
            case syntax.Forward(premises, given):
                named = "" if given is None else f" with {self.name(given)}"
                return _words("forward", *map(self.argument, premises)) + named
            case syntax.Inference(name, formula):
                return f"have {self.name(name)} : {self.node(formula)}"
            case syntax.Auto():
                return self._auto(step)
        raise TypeError(f"not a tactic: {type(step).__name__}")

    def _cases(
        self, value: Expression, pattern: Pattern | None, names: tuple[str | None, ...]
    ) -> str:
        if pattern is not None:
            return f"rcases {self.expression(value)} with {self.pattern(pattern)}"
        named = _words(" with", *map(self.binder, names)) if names else ""
        return f"cases {self.expression(value)}{named}"

    def _have(self, step: syntax.Have) -> str:
        stated = "" if step.formula is None else f" : {self.node(step.formula)}"
        proved = "" if step.value is None else f" := {self.expression(step.value)}"
        return f"have {self.name(step.name)}{stated}{proved}"

    def _rule(self, rule: tuple[Expression, bool]) -> str:
        expression, backwards = rule
        return ("← " if backwards else "") + self.expression(expression)

    def _at(self, location: str | None) -> str:
        return "" if location is None else f" at {self.name(location)}"

    def _auto(self, step: syntax.Auto) -> str:
        limit = "" if step.timeout is None else f" (timeout := {step.timeout:g})"
        if step.premises is None:
            return step.keyword + limit
        listed = [*map(self.name, step.premises), *(["*"] if step.star else [])]
        return f"{step.keyword}{limit} [{', '.join(listed)}]"

    def binder(self, name: str | None) -> str:
        """A name to be given, ``_`` where the environment chooses."""
        return "_" if name is None else self.name(name)

    def expression(self, expression: Expression) -> str:
        """A proof term."""
        match expression:
            case syntax.Name(name):
                return self.name(name)
            case syntax.Apply(function, arguments):
                return _words(self.argument(function), *map(self.argument, arguments))
            case syntax.Project(body, field):
                return f"{self.argument(body)}.{field}"
            case syntax.Anonymous(parts):
                return f"⟨{', '.join(map(self.expression, parts))}⟩"
            case syntax.Inject(left, body):
                return f"Or.{'inl' if left else 'inr'} {self.argument(body)}"
            case syntax.Reflexivity():
                return "rfl"
            case syntax.Wildcard():
                return "_"
            case syntax.Hole():
                return "?_"
            case syntax.TermArgument(term):
                return self.node(term)
        raise TypeError(f"not a proof term: {type(expression).__name__}")

    def argument(self, expression: Expression) -> str:
        """A proof term in the place of an argument."""
        text = self.expression(expression)
        compound = isinstance(expression, syntax.Apply | syntax.Inject) or (
            isinstance(expression, syntax.TermArgument)
            and isinstance(expression.term, Function) and bool(expression.term.arguments)
        )
        return f"({text})" if compound else text

    def pattern(self, pattern: Pattern) -> str:
        """A pattern."""
        match pattern:
            case syntax.Bind(name):
                return self.binder(name)
            case syntax.Tuple(parts):
                return f"⟨{', '.join(map(self.pattern, parts))}⟩"
            case syntax.Alternatives(branches):
                return " | ".join(map(self.grouped_pattern, branches))
            case syntax.Substitute():
                return "rfl"
        raise TypeError(f"not a pattern: {type(pattern).__name__}")

    def grouped_pattern(self, pattern: Pattern) -> str:
        """A pattern beside others."""
        text = self.pattern(pattern)
        return f"({text})" if isinstance(pattern, syntax.Alternatives) else text


def _words(*words: str) -> str:
    return " ".join(words)


def script_of(root: ProofNode) -> str:
    """A script that does what was done from ``root`` on, one tactic a line.

    Where a prover closed a goal, the premises that it used are named, so that replaying the
    script need not find them again.
    """
    return "\n".join(_lines(root, TacticPrinter()))


def _lines(node: ProofNode, printer: TacticPrinter) -> list[str]:
    lines: list[str] = []
    while True:
        if node.step is None:
            return lines
        lines.append(_recorded(node, node.step, printer))
        if len(node.children) != 1:
            break
        node = node.children[0]
    for child in node.children:
        lines += bullet(_lines(child, printer))
    return lines


def bullet(lines: Sequence[str]) -> list[str]:
    """``lines`` as one focused block."""
    if not lines:
        return []
    return [f"· {lines[0]}", *(f"  {line}" for line in lines[1:])]


def _recorded(node: ProofNode, step: Step, printer: TacticPrinter) -> str:
    """The tactic of ``node``; that of a prover with exactly the premises that were used."""
    if isinstance(node.justification, ByProver) and isinstance(step, syntax.Auto):
        used = node.justification.used
        if not any(INACCESSIBLE in name for name in used):
            return printer.step(syntax.Auto(step.keyword, used))
    return printer.step(step)
