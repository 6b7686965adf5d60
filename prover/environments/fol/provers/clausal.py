"""Problems in clausal form, which instantiation-based provers often find easier.

How formulas are clausified matters much to an SMT solver's choice of triggers: Jakubův, Janota
and Urban ("Solving Hard Mizar Problems with Instantiation and Strategy Invention", 2024) prove
many more problems when some of the attempts see clauses.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from prover.environments.fol.herbrand import universal_form
from prover.environments.fol.selection import EVERYTHING, Selection
from prover.environments.fol.syntax import (
    FALSE,
    AnnotatedFormula,
    Binary,
    Connective,
    Formula,
    Language,
    Node,
    Not,
    Problem,
    Role,
    conjunction,
    forall,
    symbols,
)

_MAX_DEPTH = 150
_MAX_EQUIVALENCES = 3


@dataclass(frozen=True)
class Clausal:
    """A selection whose formulas are replaced by clauses with Skolem functions.

    Premises keep their names. The conjecture becomes the negation of the clauses of its
    negation, so that the new problem is a theorem just when the selected one is.
    """

    selection: Selection = EVERYTHING

    @property
    def name(self) -> str:
        """``clausal`` after the name of the selection."""
        return f"{self.selection.name} clausal".strip()

    def __call__(self, problem: Problem) -> Problem:
        """The selected premises in clausal form. Typed problems and those whose clauses would be
        too many stay as they are."""
        selected = self.selection(problem)
        if selected.is_typed or any(_nested(f.formula) for f in selected.formulas):
            return selected
        return _clausal(selected)


def _nested(formula: Formula) -> bool:
    """Whether ``formula`` is deep, or has equivalences so nested that clauses multiply."""
    pending: list[tuple[Node, int, int]] = [(formula, 0, 0)]
    while pending:
        node, depth, equivalences = pending.pop()
        if depth > _MAX_DEPTH or equivalences > _MAX_EQUIVALENCES:
            return True
        if isinstance(node, Binary) and node.connective is Connective.IFF:
            equivalences += 1
        pending += [(part, depth + 1, equivalences) for part in node.parts]
    return False


@functools.lru_cache(maxsize=4)  # several provers are asked the same
def _clausal(problem: Problem) -> Problem:
    taken = {s.name for formula in problem.formulas for s in symbols(formula.formula)}

    def clauses(facts: Sequence[Formula], target: Formula) -> Formula:
        form = universal_form(facts, target, taken)
        taken.update(skolem.name for skolem in form.skolems)
        return conjunction(forall(part.variables, part.matrix) for part in form.parts)

    formulas = [
        replace(premise, formula=clauses([premise.closed], FALSE), language=Language.FOF)
        for premise in problem.premises
    ]
    if problem.goal is not None:
        name = problem.conjectures[0].name
        refuted = Not(clauses([], problem.goal))
        formulas.append(AnnotatedFormula(name, Role.CONJECTURE, refuted))
    return Problem(tuple(formulas), file=problem.file)
