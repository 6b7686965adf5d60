"""What a mutation makes of a statement, according to Lean, and the proof that goes with it.

The mutation is carried out in a proof state of the source's own statement: variables are
introduced, the rule is used, what is left of its antecedents is discharged or becomes a
hypothesis, and everything is reverted. The target is then the new statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from data.mutate.library import Library
from data.mutate.mutations import Mutation
from data.mutate.rules import Rule, Telescope, Use
from data.mutate.terms import INSTANCE, canonical, level_names
from prover.environments.lean.protocol import (
    Expression,
    GoalDelete,
    GoalStart,
    GoalTactic,
    OptionsSet,
)
from prover.environments.lean.server import CommandError, LeanServer

MAX_CHARACTERS = 400  # of a statement
HEARTBEATS = 40_000  # of one mutation, in the unit of `maxHeartbeats`
SECONDS = 300  # no limit in practice: heartbeats end what takes long, the same on any machine
SOURCE = "{source}"  # what stands for the statement that a step starts from in its tactics

_DISCHARGERS = ("assumption", "omega", "simp")
_NAME = re.compile(r"[^\W\d][\w'!?]*")
_KEYWORDS = frozenset(
    ("at", "by", "do", "else", "end", "example", "for", "forall", "from", "fun", "have", "if", "in",
     "instance", "is", "let", "match", "nomatch", "of", "open", "return", "show", "suffices",
     "sorry", "then", "theorem", "this", "try", "unless", "variable", "where", "with", "source",
     "Type", "Prop", "Sort", "λ", "Σ", "Π")
)
_UNPRINTED = re.compile(r"⋯|✝|\?[mu]\.|\(:mv|\(:fv|sorry")


@dataclass(frozen=True)
class Statement:
    """A closed proposition: as Lean prints it and as an S-expression. ``theorem`` is the theorem
    of the library that states it, if one does."""

    text: str
    sexp: str
    telescope: Telescope
    names: tuple[str, ...]
    theorem: str | None = None

    @classmethod
    def of(cls, library: Library, text: str, sexp: str, theorem: str | None = None) -> Statement:
        """Raises `ValueError` if ``sexp`` is none."""
        telescope = Telescope.of(library, sexp)
        return cls(text, sexp, telescope, local_names(telescope), theorem)

    @cached_property
    def canonical(self) -> str:
        """Equal exactly for α-equivalent statements."""
        return canonical(self.sexp)

    @property
    def reference(self) -> str:
        """What tactics call it."""
        return self.theorem or "source"


@dataclass(frozen=True)
class Step:
    """A mutation that Lean has carried out: ``tactics`` prove ``statement`` from the statement
    before it, which they call `SOURCE`."""

    mutation: Mutation
    place: str
    statement: Statement
    tactics: tuple[str, ...]


@dataclass(frozen=True)
class Rejected:
    """Why there is no step."""

    reason: str


def local_names(telescope: Telescope) -> tuple[str, ...]:
    """A name for each variable that can be written and is not taken: its own if possible."""
    names: list[str] = []
    for parameter in telescope.parameters:
        own = parameter.name
        if not _NAME.fullmatch(own) or own in _KEYWORDS or own in names:
            own = "inst" if parameter.info == INSTANCE else "h" if parameter.is_hypothesis else "x"
        names.append(_fresh(own, names))
    return tuple(names)


class Workbench:
    """Tries mutations of one statement after the other in a Lean server."""

    def __init__(self, server: LeanServer, library: Library) -> None:
        self._server, self._library = server, library

    def steps(
        self, source: Statement, mutations: Sequence[Mutation]
    ) -> Iterator[Step | Rejected]:
        """What becomes of each of the ``mutations`` of ``source``. Raises what
        `LeanServer.request` raises if Lean is lost."""
        if not mutations:
            return
        self._server.request(OptionsSet(print_expr_ast=True, timeout=SECONDS * 1000))
        state = self._begin(source)
        if state is None:
            yield from [Rejected("the source cannot be stated")] * len(mutations)
            return
        made = [state]
        try:
            for mutation in mutations:
                yield self._step(source, mutation, state, made)
        finally:
            self._server.request(GoalDelete(tuple(made)))

    def _begin(self, source: Statement) -> int | None:
        """A state whose target is ``source``, which is also at hand as `Statement.reference`."""
        try:
            if source.theorem is not None:
                return self._server.request(GoalStart(copy_from=source.theorem)).state_id
            text, levels = f"({source.text}) → ({source.text})", level_names(source.sexp)
            begun = self._server.request(GoalStart(expr=text, levels=levels)).state_id
        except CommandError:
            return None
        after = self._server.request(GoalTactic(begun, tactic=f"intro {source.reference}"))
        self._server.request(GoalDelete((begun,)))
        return after.next_state_id

    def _step(
        self, source: Statement, mutation: Mutation, state: int, made: list[int]
    ) -> Step | Rejected:
        for plan in _plans(source, mutation):
            tactics = plan.script.replace(SOURCE, source.reference)
            answer = self._server.request(
                GoalTactic(state, tactic=tactics, heartbeats=HEARTBEATS)
            )
            if answer.next_state_id is not None:
                made.append(answer.next_state_id)
                if not answer.goals:
                    return Rejected("the mutation proves the statement")
                return self._read(source, plan, answer.goals[0].target, answer.next_state_id)
        return Rejected("the mutation does not apply")

    def _read(
        self, source: Statement, plan: _Plan, target: Expression, state: int
    ) -> Step | Rejected:
        text, sexp = " ".join((target.pp or "").split()), target.sexp or ""
        if "↑" in text:
            text = self._with_types_of_coercions(state) or text
        if _UNPRINTED.search(text) or _UNPRINTED.search(sexp):
            return Rejected("the statement cannot be written")
        if len(text) > MAX_CHARACTERS:
            return Rejected("the statement is too long")
        statement = Statement.of(self._library, text, sexp)
        telescope = statement.telescope
        if statement.canonical == source.canonical:
            return Rejected("nothing is changed")
        hypotheses = [p.type for p in telescope.parameters if p.is_hypothesis]
        if len(set(hypotheses)) < len(hypotheses) or telescope.conclusion in hypotheses:
            return Rejected("a hypothesis is there twice, or is the target")
        place = plan.mutation.place
        return Step(plan.mutation, "target" if place is None else source.names[place], statement,
                    plan.proof(statement.names[: plan.reverted]))

    def _with_types_of_coercions(self, state: int) -> str | None:
        """The target of ``state`` with the type of each coercion, without which Lean often cannot
        read what it has printed."""
        tactic = "set_option pp.coercions.types true in fail"  # its message shows the goal
        messages = self._server.request(GoalTactic(state, tactic=tactic)).messages or ()
        shown = messages[0].data.partition("\n\n")[0] if messages else ""
        return " ".join(shown.partition("⊢ ")[2].split()) or None


# --- Scripts ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Plan:
    """A way of carrying out a mutation: ``discharger`` proves the antecedents of the rule; if
    there is none, they become the hypotheses ``sides``."""

    source: Statement
    mutation: Mutation
    sides: tuple[str, ...] = ()
    discharger: str | None = None

    @property
    def script(self) -> str:
        """Tactics that turn the source's statement into the new one."""
        names, rule = self.source.names, self.mutation.rule
        holes = [f"s{number}" for number in range(len(rule.antecedents))]
        term = _applied(rule, [f"?{hole}" for hole in holes], matched=self._source_term)
        lines = [f"intro {' '.join(names)}"] if names else []
        at = "" if self.mutation.place is None else f" at {self._hypothesis}"
        match rule.use:
            case Use.FORWARD | Use.BACKWARD:
                lines.append(f"rewrite [{term}]{at}")
            case Use.ANTECEDENTS:
                lines.append(f"have implied : type_of% {self._hypothesis} := {term}")
            case Use.CONSEQUENCE:
                lines.append(f"have implied := {term}")
        if self.discharger is not None:
            lines += [f"case {hole} => {self.discharger}" for hole in holes]
        else:
            lines += [f"have {s} := ?{h}" for s, h in zip(self.sides, holes, strict=True)]
        kept = list(names)
        if rule.use is Use.ANTECEDENTS:
            lines.append(f"clear implied {self._hypothesis}")
            kept.remove(self._hypothesis)
        revert = f"revert {' '.join([*kept, *self.sides])}" if (*kept, *self.sides) else "skip"
        if rule.use is Use.CONSEQUENCE:
            lines.append("have goal : type_of% implied := ?goal")
            lines += ["case' goal =>", "  clear implied", f"  {revert}"]
        else:
            lines.append(revert)
        return "\n".join(lines)

    @property
    def reverted(self) -> int:
        """How many variables of the source there are in the new statement."""
        gone = self.mutation.rule.use is Use.ANTECEDENTS
        return len(self.source.names) - gone + len(self.sides)

    def proof(self, names: Sequence[str]) -> tuple[str, ...]:
        """Tactics that prove the new statement, whose first variables are called ``names``."""
        rule = self.mutation.rule
        intro = [f"intro {' '.join(names)}"] if names else []
        rewriting = f"rw [{_applied(rule, self.sides)}]"
        ends = [f"· {self.discharger}"] * len(rule.antecedents) if self.discharger else []
        match rule.use, self.mutation.place:
            case Use.ANTECEDENTS, _:
                proof = f"({_applied(rule, self.sides)})"
                return (*intro, f"exact {self._source({self._hypothesis: proof})}")
            case Use.CONSEQUENCE, _:
                fills = self.sides or ["?_"] * len(rule.antecedents)
                term = _applied(rule, fills, matched=self._source_term)
                return (*intro, f"{'refine' if ends else 'exact'} {term}", *ends)
            case _, None:
                exact = "exact this"
                lines = (f"have := {self._source_term[1:-1]}", f"{rewriting} at this")
                return (*intro, *lines, *([f"· {exact}", *ends] if ends else [exact]))
            case _:
                refine = f"refine {self._source({self._hypothesis: '?_'})}"
                exact = f"exact {self._hypothesis}"
                return (*intro, refine, rewriting, *([f"· {exact}", *ends] if ends else [exact]))

    @property
    def _hypothesis(self) -> str:
        assert self.mutation.place is not None
        return self.source.names[self.mutation.place]

    @property
    def _source_term(self) -> str:
        return f"({self._source({})})"

    def _source(self, instead: Mapping[str, str]) -> str:
        """The source applied to its variables."""
        arguments = [instead.get(name, name) for name in self.source.names]
        return " ".join([f"@{SOURCE}", *arguments])


def _plans(source: Statement, mutation: Mutation) -> Iterator[_Plan]:
    rule = mutation.rule
    if rule.antecedents and rule.use is not Use.ANTECEDENTS:
        for discharger in _DISCHARGERS:
            yield _Plan(source, mutation, discharger=discharger)
    names = list(source.names)
    for _ in rule.antecedents:
        names.append(_fresh("h", names))
    yield _Plan(source, mutation, sides=tuple(names[len(source.names) :]))


def _applied(rule: Rule, fills: Sequence[str], matched: str | None = None) -> str:
    """The theorem of ``rule`` as a term: its antecedents are ``fills``, what it is used on is
    ``matched``, the rest is for Lean to find."""
    given = dict(zip(rule.antecedents, fills, strict=False))
    if rule.matched is not None and matched is not None:
        given[rule.matched] = matched
    arrow = "← " if rule.use is Use.BACKWARD else ""
    if not given:
        explicit = rule.use in (Use.ANTECEDENTS, Use.CONSEQUENCE)
        holes = [p for p in rule.parameters if p.info == ""] if explicit else []
        return " ".join([f"{arrow}{rule.name}", *("_" for _ in holes)])
    arguments = []
    for number, parameter in enumerate(rule.parameters):
        if parameter.info == "":
            arguments.append(given.get(number, "_"))
        elif number in given:
            arguments.append(f"({parameter.name} := {given[number]})")
    return " ".join([f"{arrow}{rule.name}", *arguments])


def _fresh(name: str, taken: Sequence[str]) -> str:
    number, candidate = 0, name
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate
