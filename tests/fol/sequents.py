"""Random formulas, theorems and tactics over one small vocabulary, for the property tests."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from prover.environments.fol.sequent import Sequent
from prover.environments.fol.syntax import (
    FALSE,
    TRUE,
    AnnotatedFormula,
    Binary,
    Connective,
    Equality,
    Formula,
    Function,
    Not,
    Predicate,
    Problem,
    Quantified,
    Quantifier,
    Role,
    Term,
    Variable,
    conjunction,
    implies,
)
from prover.environments.fol.terms import replace
from prover.environments.fol.theorem import FolTheorem

A, B = Function("a"), Function("b")


def terms(variables: tuple[str, ...]) -> st.SearchStrategy[Term]:
    """Terms over a, b, f/1, g/2 and ``variables``."""
    leaves: list[st.SearchStrategy[Term]] = [st.sampled_from([A, B])]
    if variables:
        leaves.append(st.sampled_from([Variable(name) for name in variables]))
    leaf = st.one_of(leaves)
    return st.one_of(
        leaf, leaf.map(lambda t: Function("f", (t,))),
        st.tuples(leaf, leaf).map(lambda pair: Function("g", pair)),
    )


def formulas(
    variables: tuple[str, ...] = (), depth: int = 3
) -> st.SearchStrategy[Formula]:
    """Formulas over p/1, q/1, r/2, s/0 and equality, closed but for ``variables``."""
    term = terms(variables)
    atom = st.one_of(
        st.builds(lambda n, t: Predicate(n, (t,)), st.sampled_from(["p", "q"]), term),
        st.builds(lambda t, u: Predicate("r", (t, u)), term, term),
        st.builds(Equality, term, term),
        st.sampled_from([Predicate("s"), Predicate("s"), TRUE, FALSE]),
    )
    if depth == 0:
        return atom
    smaller = st.deferred(lambda: formulas(variables, depth - 1))
    name = f"x{len(variables)}"
    inside = st.deferred(lambda: formulas((*variables, name), depth - 1))
    return st.one_of(
        atom,
        smaller.map(Not),
        st.builds(Binary, st.sampled_from(Connective), smaller, smaller),
        st.builds(lambda q, body: Quantified(q, name, body), st.sampled_from(Quantifier), inside),
    )


def theorem(axioms: dict[str, Formula], target: Formula, file: Path = Path("t.p")) -> FolTheorem:
    """A theorem over the whole vocabulary, whether or not the formulas mention all of it."""
    vocabulary = conjunction([
        Predicate("p", (Function("f", (A,)),)), Predicate("q", (Function("g", (A, B)),)),
        Predicate("r", (A, B)), Predicate("s"),
    ])
    formulas = [AnnotatedFormula(name, Role.AXIOM, axiom) for name, axiom in axioms.items()]
    formulas.append(AnnotatedFormula("words", Role.AXIOM, implies(vocabulary, vocabulary)))
    formulas.append(AnnotatedFormula("goal", Role.CONJECTURE, target))
    return FolTheorem("goal", str(target), file, 1, Problem(tuple(formulas)))


def meaning(sequent: Sequent) -> Formula:
    """The sentence that a sequent stands for: closed over its local constants."""
    formula = implies(conjunction(h.formula for h in sequent.hypotheses), sequent.target)
    for index, local in enumerate(sequent.locals):
        variable = Variable(f"Local{index}")
        formula = Quantified(
            Quantifier.FORALL, variable.name, replace(formula, Function(local.name), variable)
        )
    return formula
