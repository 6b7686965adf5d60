"""Proofs as text: writing them, and judging those that models write.

A line is right if it follows from few of the statements and earlier lines: few, because a proof
whose only line is its conclusion proves nothing. Lines after an assumption may rest on it; such
a line counts further on as an implication, whatever the layout of the proof. So any correct
proof is accepted, not only the one that is on record, and citations are not needed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from data.answers import final_answer, shortened
from data.contracts import Score
from data.ontology.derivations import Deduction, Proof
from data.ontology.english import sentence
from data.ontology.judging import Judge, UndecidedError
from data.ontology.understanding import understood
from data.ontology.vocabulary import Lexicon
from prover.environments.fol.syntax import FALSE, Formula, conjunction, implies

# A step may rest on so many statements and lines; for wider rules on one more than their width.
LEAST_SUPPORT = 3
_MAX_LINES, _MAX_ASSUMPTIONS = 200, 12

_NUMBER = re.compile(r"\A\s*(?:(?:step|line)\s*)?[\[(]?\d+[\])]?\s*[.):]?\s+|\A\s*[-*•]\s+",
                     re.IGNORECASE)  # fmt: skip
_REASON = re.compile(r"\s*[\[(][^()\[\]]*[\])]\s*\Z")
_ASSUMING = re.compile(
    r"\A(?:case\s*\w*\s*[:.,]\s*)?(?:(?:now|next|first|so),?\s+)?(?:let us |let's |we )?"
    r"(?:suppose|assume|assuming|supposing)\b(?:\s*,?\s*(?:for (?:the sake of )?contradiction|"
    r"towards? a contradiction|instead|now))?\s*,?\s*(?:that\b)?\s*[,:]?\s*", re.IGNORECASE)
_ABSURD = re.compile(r"\b(?:contradiction|contradictory|impossible|absurd)\b", re.IGNORECASE)


def proof_lines(proof: Proof) -> list[str]:
    """A proof as numbered sentences with their reasons."""
    lines = []
    for number, step in enumerate(proof.steps, start=1):
        text = sentence(step.statement)
        if step.deduction is Deduction.ASSUMPTION:
            text = f"Suppose {text}"
        cited = [str(n + 1) for n in step.premises]
        cited += [f"{start + 1}–{end + 1}" for start, end in step.subproofs]
        lines.append(f"{number}. {text} ({', '.join([str(step.deduction), *cited])})")
    return lines


@dataclass
class ProofChecker:
    """Checks the lines of one proof over ``world``, each resting on at most ``most`` others."""

    world: Sequence[Formula]
    most: int
    judge: Judge
    known: list[Formula] = field(default_factory=list)
    assumed: list[Formula] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known.extend(self.world)

    def assume(self, formula: Formula) -> None:
        """A line that is an assumption."""
        self.assumed = [*self.assumed, formula][-_MAX_ASSUMPTIONS:]

    def accepts(self, formula: Formula) -> bool:
        """Whether a line follows: from nothing assumed, from the last assumption, or from the
        first ones up to any. If so, later lines may rest on it. Raises `UndecidedError`."""
        contexts = [self.assumed[:n] for n in range(len(self.assumed) + 1)]
        if len(self.assumed) > 1:
            contexts.insert(1, self.assumed[-1:])
        for context in contexts:
            line = implies(conjunction(context), formula) if context else formula
            if line in self.known:
                return True
            if self.judge.supported(self.known, line, self.most):
                self.known.append(line)
                return True
        return False

    def proved(self, formula: Formula) -> bool:
        """Whether a line without assumptions says this."""
        return formula in self.known


def judge_proof(
    text: str, world: Sequence[Formula], goal: Formula, lexicon: Lexicon, width: int,
    length: int, judge: Judge,
) -> Score:
    """Judge a proof of ``goal`` as text. Half of the reward is for correct lines before the
    first mistake, as a share of ``length``, the lines of the proof on record."""
    checker = ProofChecker(world, max(LEAST_SUPPORT, width + 1), judge)
    right, skipped = 0, 0
    last: Formula | None = None
    for line in _sentences(final_answer(text))[:_MAX_LINES]:
        kind, formula = _read(line, lexicon)
        if formula is None:
            skipped += 1
            continue
        if kind == "assumption":
            checker.assume(formula)
        else:
            try:
                fine = checker.accepts(formula)
            except UndecidedError:
                fine = False
            if not fine:
                return Score.wrong(
                    f"line {right + 1} does not follow: {shortened(line)}",
                    0.5 * min(right / length, 1.0),
                )
        right += 1
        last = formula
    if last == goal and checker.proved(goal):
        return Score.right(f"{right} lines, each of which follows")
    if not right:
        return Score.wrong("no line is understood as a statement")
    note = f" ({skipped} sentences were not understood)" if skipped else ""
    return Score.wrong(f"the lines are right, but do not end with the goal proved{note}",
                       0.5 * min(right / length, 1.0))


def _sentences(text: str) -> list[str]:
    """The sentences of a proof, a line or a full stop ending each."""
    found = []
    for line in text.splitlines():
        plain = _NUMBER.sub("", line.strip())
        while (shorter := _REASON.sub("", plain)) != plain and " " in shorter:
            plain = shorter
        parts = re.split(r"(?<=[a-z])\.\s+(?=[A-Z])", plain)
        found += [part.strip() for part in parts if part.strip()]
    return found


def _read(line: str, lexicon: Lexicon) -> tuple[str, Formula | None]:
    assumption = _ASSUMING.match(line)
    if assumption is not None:
        return "assumption", understood(line[assumption.end() :], lexicon)
    formula = understood(line, lexicon)
    if formula is None and _ABSURD.search(line):
        return "line", FALSE
    return "line", formula
