"""Goals and tactics in the language of the small model: names give way to numbered slots.

A model of three million parameters cannot spell names that it has never seen, but it can point.
So hypotheses become ``H0, H1, …`` wherever they occur, constants that the goal mentions are listed
as ``D0, D1, …``, and retrieved premises as ``P0, P1, …`` with what they conclude; a tactic uses the
same slots. Names that a tactic gives to new hypotheses are left out of it: they say nothing about
the proof, and `Slots.read` puts back what the symbolic rules would choose.

A prompt reads::

    H0 : Type | H1 : Array H0 ⊢ D0 H1 = 0 D0 Array.sum P0 Array.sum_nil : D0 #[] = 0 ⇒
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from prover.contracts import Goal, Hypothesis, Proposal
from prover.generators.first_order import propose_first_order
from prover.generators.goal_view import INACCESSIBLE, SORT, GoalView
from prover.generators.lean_rules import RULES
from prover.generators.shape import Shape, parse
from prover.generators.small.shorthand import expanded, shortened
from prover.generators.symbolic import rank
from retrieval.contracts import Premise

HYPOTHESES, DEFINITIONS, PREMISES = 32, 8, 8
"""How many slots of each kind there are."""

SEPARATOR = "⇒"
SLOTS = (*(f"H{i}" for i in range(HYPOTHESES)), *(f"D{i}" for i in range(DEFINITIONS)),
         *(f"P{i}" for i in range(PREMISES)))  # fmt: skip

_WORD = re.compile(r"[^\W\d][\w'!?✝₀-₉]*(?:\.[\w'!?₀-₉]+)*")
_SLOT = re.compile(r"(?<![\w.])[HDP]\d+(?![\w'])")
_CASES = re.compile(r"(?<![\w.])(?:cases|induction) (H\d+)")
_MAX_RULES = 400
_STATEMENT = 64  # characters of what a premise concludes
_TARGET, _HYPOTHESIS = 400, 120


@dataclass(frozen=True)
class Slots:
    """The slots of one goal.

    Args:
        goal: as the environment prints it.
        premises: what was retrieved for it; rules may use all of it.
        first_order: the goal is a sequent of first-order logic.
        most: so many premises have slots.
    """

    goal: Goal
    premises: tuple[Premise, ...] = ()
    first_order: bool = False
    most: int = PREMISES

    @cached_property
    def names(self) -> dict[str, str]:
        """Every name that has a slot, with the slot. Later hypotheses shadow earlier ones."""
        found: dict[str, str] = {}
        for index, premise in enumerate(self.shown):
            found[premise.name] = f"P{index}"
        for index, name in enumerate(self.definitions):
            found.setdefault(name, f"D{index}")
        for index, hypothesis in enumerate(self.hypotheses):
            found[hypothesis.name] = f"H{index}"
        return found

    @property
    def shown(self) -> tuple[Premise, ...]:
        """The premises that have slots."""
        return self.premises[: min(self.most, PREMISES)]

    @cached_property
    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """Those that have slots: the last ones, if there are too many."""
        return self.goal.hypotheses[-HYPOTHESES:]

    @cached_property
    def definitions(self) -> tuple[str, ...]:
        """Constants that the goal names in full, or as the field of a hypothesis of a known type:
        what a proof may unfold."""
        types = {h.name: h.type.split()[0] for h in self.goal.hypotheses if h.type.split()}
        offered = {premise.name for premise in self.shown}
        found: dict[str, None] = {}
        for word in _WORD.findall(f"{self.goal.target} {self._facts}"):
            head, dot, field = word.partition(".")
            if dot and head in types and types[head][:1].isupper():
                found[f"{types[head]}.{field.partition('.')[0]}"] = None
            elif dot and head[:1].isupper() and head not in types:
                found[word] = None
        return tuple(name for name in found if name not in offered)[:DEFINITIONS]

    @property
    def _facts(self) -> str:
        return " ".join(h.type for h in self.goal.hypotheses if parse(h.type).shape
                        is not Shape.ATOM)

    # ----------------------------------------------------------------------------------- prompts

    def prompt(self, *, premises: bool = True) -> str:
        """What the model reads, up to and with the `SEPARATOR`."""
        shown = [f"H{i} : {self._write(h.type)[:_HYPOTHESIS]}"
                 for i, h in enumerate(self.hypotheses)]
        parts = [" | ".join(shown), f"⊢ {self._write(self.goal.target)[:_TARGET]}"]
        parts += [f"D{i} {name}" for i, name in enumerate(self.definitions)]
        if premises:
            parts += self.premise_texts()
        world = "fol" if self.first_order else ""
        return " ".join(filter(None, (world, *parts, SEPARATOR)))

    def premise_texts(self) -> tuple[str, ...]:
        """The parts of the prompt that show a premise each. Constants of the goal are slots here,
        too: that a premise is about them is seen at once."""
        places = {name: f"D{i}" for i, name in enumerate(self.definitions)}

        def shown(statement: str) -> str:
            return _WORD.sub(lambda match: places.get(match.group(), match.group()),
                             conclusion(statement))[:_STATEMENT]

        return tuple(f"P{i} {p.name} : {shown(p.statement)}"
                     for i, p in enumerate(self.shown))

    # ----------------------------------------------------------------------------------- tactics

    def write(self, tactic: str) -> str | None:
        """A tactic with slots in the place of names; None for one that cannot be written so that
        `read` gives it back (it names what has no slot)."""
        short = abbreviated(tactic)
        if short != tactic and self._rules.get(short) != tactic:
            return None
        written = self._write(short)
        if not self.first_order:
            written = shortened(written)
        return written if self.read(written) == tactic else None

    def read(self, text: str) -> str | None:
        """The tactic that the model has written; None if it names a slot that is empty."""
        back = {slot: name for name, slot in self.names.items()}
        slots = _SLOT.findall(text)
        if any(slot not in back or INACCESSIBLE in back[slot] for slot in slots):
            return None
        if any(slot in self._no_cases for slot in _CASES.findall(text)):
            return None
        full = text if self.first_order else expanded(text)
        plain = _SLOT.sub(lambda match: back[match.group()], full).strip()
        return self._rules.get(plain, None if _needs_names(plain) else plain)

    @cached_property
    def _no_cases(self) -> set[str]:
        """The slots of functions and types, which have no constructors to tell apart."""
        return {f"H{i}" for i, h in enumerate(self.hypotheses)
                if SORT.match(h.type) or parse(h.type).shape in (Shape.FORALL, Shape.IMPLIES)}

    def _write(self, text: str) -> str:
        def slot(match: re.Match[str]) -> str:
            word = match.group()
            if word in self.names:
                return self.names[word]
            head, dot, rest = word.partition(".")
            local = self.names.get(head, "")
            return f"{local}{dot}{rest}" if dot and local.startswith("H") else word

        return " ".join(_WORD.sub(slot, text).split())

    @cached_property
    def _rules(self) -> dict[str, str]:
        """What the symbolic rules propose here with new names in it, by what is left without."""
        proposals = self.rules()
        found: dict[str, str] = {}
        for proposal in proposals:
            short = abbreviated(proposal.tactic)
            if short != proposal.tactic:
                found.setdefault(short, proposal.tactic)
        return found

    def rules(self) -> list[Proposal]:
        """What the symbolic rules propose for the goal, best first."""
        if self.first_order:
            return propose_first_order(self.goal, _MAX_RULES)
        view = GoalView(self.goal, self.premises)
        return rank((pair for rule in RULES for pair in rule(view)), _MAX_RULES, "symbolic")


_ABBREVIATIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^intro( [^\s;<]+)+$"), "intro *"),
    (re.compile(r"^((?:cases|induction) .*?) with \|.*$", re.DOTALL), r"\1 with …"),
    (re.compile(r"^obtain ⟨[^⟩]*⟩ := (\S+)$"), r"obtain … := \1"),
    (re.compile(r"^rcases (\S+) with [^()]*$"), r"rcases \1 with …"),
    (re.compile(r"^rename_i .*$"), "rename_i …"),
    (re.compile(r"^(funext|ext) [^\s;<]+$"), r"\1 …"),
    (re.compile(r"^have \S+ := (.*)$"), r"have … := \1"),
    (re.compile(r"^first( \| apply \S+ <;> assumption)+$"), "first | apply …"),
)


def abbreviated(tactic: str) -> str:
    """A tactic without the names that it gives to what is new, and without lists of premises."""
    for pattern, short in _ABBREVIATIONS:
        if pattern.match(tactic):
            return pattern.sub(short, tactic)
    return tactic


def _needs_names(text: str) -> bool:
    return "…" in text or text == "intro *"


def conclusion(statement: str) -> str:
    """A statement without its binders, antecedents kept: what tells whether it fits a goal."""
    text = " ".join(statement.split())
    for _ in range(8):
        proposition = parse(text)
        if proposition.shape is not Shape.FORALL:
            break
        text = proposition.parts[0]
    return text


_GOAL_LINE = re.compile(r"^([^\s:⊢][^:]*?) : (.*)$", re.DOTALL)


def parse_goal(text: str) -> Goal:
    """The goal that ``str(goal)`` printed. Lines that begin with a space go on with the last."""
    hypotheses: list[Hypothesis] = []
    case = None
    head, _, target = text.partition("⊢ ")
    lines: list[str] = []
    for line in head.splitlines():
        if line[:1].isspace() and lines:
            lines[-1] += "\n" + line
        elif line.startswith("case ") and not lines:
            case = line.removeprefix("case ").strip()
        elif line.strip():
            lines.append(line)
    for line in lines:
        if match := _GOAL_LINE.match(line):
            kind, _, value = match.group(2).partition(" := ")
            hypotheses += [Hypothesis(name, kind, value or None)
                           for name in match.group(1).split()]
    return Goal(tuple(hypotheses), target, case)
