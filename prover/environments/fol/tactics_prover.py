"""``auto`` and ``smt``: the sequent is handed to the automated provers.

The step is verified by whichever prover answers; the justification keeps the question, the
answer and the premises that were used, so that another prover can be asked again.
"""

from __future__ import annotations

from typing import cast

from prover.contracts import FailureKind
from prover.environments.fol.notation import tptp_variables
from prover.environments.fol.provers.contracts import ProverAnswer, SzsStatus
from prover.environments.fol.sequent import Assumption, Sequent
from prover.environments.fol.syntax import (
    LOWER_WORD,
    AnnotatedFormula,
    Formula,
    Language,
    Problem,
    Role,
    fresh_name,
)
from prover.environments.fol.tactic_context import (
    Applied,
    ByProver,
    TacticContext,
    TacticError,
)
from prover.environments.fol.tactic_syntax import Auto
from prover.environments.fol.terms import rename_constant
from prover.environments.fol.theorem import local_types

_FAILURES = {
    SzsStatus.TIMEOUT: FailureKind.TIMEOUT,
    SzsStatus.MEMORY_OUT: FailureKind.TIMEOUT,
    SzsStatus.RESOURCE_OUT: FailureKind.TIMEOUT,
    SzsStatus.STOPPED: FailureKind.TIMEOUT,
    SzsStatus.GAVE_UP: FailureKind.TIMEOUT,  # some of several provers may have run out of time
    SzsStatus.ERROR: FailureKind.CRASH,
}


def auto(sequent: Sequent, tactic: Auto, context: TacticContext) -> Applied:
    """Prove the target from the chosen hypotheses and axioms, or say why not."""
    problem, names = as_problem(sequent, chosen(sequent, tactic, context), context)
    seconds = context.seconds
    if tactic.timeout is not None:
        seconds = min(tactic.timeout * context.patience, seconds)
    ask = context.ask_smt if tactic.keyword == "smt" else context.ask
    answer = ask(problem, seconds)
    if not answer.status.proved:
        raise TacticError(explain(answer), _FAILURES.get(answer.status, FailureKind.ELABORATION))
    used = answer.used_premises
    premises = tuple(names) if used is None else tuple(n for n in names if n in set(used))
    ours = tuple(names[name] for name in premises)
    justification = ByProver(answer, problem, names, ours)
    return Applied((), justification, Auto(tactic.keyword, ours))


def chosen(sequent: Sequent, tactic: Auto, context: TacticContext) -> list[Assumption]:
    """The hypotheses and axioms that the tactic may use, each name once."""
    found: dict[str, Assumption] = {}
    if tactic.premises is None:
        shown = {h.axiom for h in sequent.hypotheses if h.axiom}
        background = (
            Assumption(name, axiom.closed, name)
            for name, axiom in context.theorem.axioms.items() if name not in shown
        )
        for assumption in (*sequent.hypotheses, *background):
            found.setdefault(assumption.name, assumption)
        return list(found.values())
    for name in tactic.premises:
        found[name] = Assumption(name, context.lookup(sequent, name))
    if tactic.star:
        for hypothesis in sequent.hypotheses:
            found.setdefault(hypothesis.name, hypothesis)
    return list(found.values())


def as_problem(
    sequent: Sequent, assumptions: list[Assumption], context: TacticContext
) -> tuple[Problem, dict[str, str]]:
    """The question for the provers, and for each of its premises the name here.

    Formula names and local constants are given plain words, which every prover reads.
    """
    renaming = _plain_locals(sequent, context)
    typed = context.theorem.problem.is_typed
    language = Language.TFF if typed else Language.FOF
    formulas, names = [], {}
    taken: set[str] = set()
    for assumption in assumptions:
        base = assumption.name if LOWER_WORD.match(assumption.name) else "premise"
        name = fresh_name(base, taken)
        taken.add(name)
        names[name] = assumption.name
        formula = _renamed(assumption.formula, renaming)
        formulas.append(AnnotatedFormula(name, Role.AXIOM, formula, language))
    goal = _renamed(sequent.target, renaming)
    formulas.append(
        AnnotatedFormula(fresh_name("goal", taken), Role.CONJECTURE, goal, language)
    )
    types = context.theorem.problem.types if typed else ()
    if typed:
        types += tuple(
            type(t)(renaming.get(t.name, t.name), renaming.get(t.symbol, t.symbol),
                    t.arguments, t.result)
            for t in local_types(sequent.locals)
        )  # fmt: skip
    return Problem(tuple(formulas), types), names


def _plain_locals(sequent: Sequent, context: TacticContext) -> dict[str, str]:
    odd = [c.name for c in sequent.locals if not LOWER_WORD.match(c.name)]
    if not odd:
        return {}
    taken = {s.name for s in context.theorem.signature.symbols} | {
        c.name for c in sequent.locals
    }
    renaming = {}
    for name in odd:
        renaming[name] = fresh_name("local", taken)
        taken.add(renaming[name])
    return renaming


def _renamed(formula: Formula, renaming: dict[str, str]) -> Formula:
    for old, new in renaming.items():
        formula = cast(Formula, rename_constant(formula, old, new))
    return tptp_variables(formula)


def explain(answer: ProverAnswer) -> str:
    """Why a prover's answer is no proof, in a line (and the counter-model, if there is one)."""
    match answer.status:
        case SzsStatus.COUNTER_SATISFIABLE | SzsStatus.SATISFIABLE:
            found = "" if answer.model is None else f"; counter-model:\n{answer.model}"
            return (
                f"countersatisfiable: the target does not follow, says {answer.prover}{found}"
            )
        case SzsStatus.TIMEOUT:
            return "no prover found a proof in time"
        case _:
            return f"no proof: {answer.status}{': ' + answer.message if answer.message else ''}"
