"""Hypothesis strategies for first-order terms, formulas and annotations."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from prover.environments.fol.syntax import (
    AnnotatedFormula,
    Annotation,
    Binary,
    Connective,
    Equality,
    Formula,
    FormulaData,
    Function,
    Language,
    Not,
    Pair,
    Predicate,
    Quantified,
    Quantifier,
    Record,
    Role,
    Term,
    Truth,
    Variable,
    close,
    tptp_name,
)

_WORD = st.text(string.ascii_letters + string.digits + "_", max_size=4)
variables = st.sampled_from(["X", "Y", "Z", "X1", "Long_name"])
lower_words = st.builds(lambda first, rest: first + rest, st.sampled_from("abfpq"), _WORD)
quoted = st.text(st.characters(min_codepoint=32, max_codepoint=0x3A9), min_size=1, max_size=6)
names = lower_words | quoted.map(tptp_name)
distinct_objects = st.text(" !$'()*+,-./0123:;<=>AXabx|~", max_size=5).map(
    lambda text: f'"{text}"'
)
numbers = st.integers().map(str) | st.sampled_from(["1/2", "-3/4", "1.5", "-2.0E3"])


def terms(symbols: st.SearchStrategy[str] = names) -> st.SearchStrategy[Term]:
    """Terms over a few variables, constants and functions."""
    leaves = (
        variables.map(Variable)
        | symbols.map(Function)
        | distinct_objects.map(Function)
        | numbers.map(Function)
    )
    return st.recursive(
        leaves,
        lambda inner: st.builds(
            Function, symbols, st.lists(inner, min_size=1, max_size=3).map(tuple)
        ),
        max_leaves=6,
    )


def formulas(symbols: st.SearchStrategy[str] = names) -> st.SearchStrategy[Formula]:
    """Formulas, their variables free or bound."""
    term = terms(symbols)
    atoms = (
        st.builds(Predicate, symbols, st.lists(term, max_size=3).map(tuple))
        | st.builds(Equality, term, term)
        | st.booleans().map(Truth)
    )
    return st.recursive(
        atoms,
        lambda inner: (
            st.builds(Not, inner)
            | st.builds(Binary, st.sampled_from(Connective), inner, inner)
            | st.builds(Quantified, st.sampled_from(Quantifier), variables, inner)
        ),
        max_leaves=12,
    )


annotations: st.SearchStrategy[Annotation] = st.recursive(
    names
    | numbers
    | distinct_objects
    | formulas().map(lambda formula: FormulaData("fof", formula))
    | terms().map(lambda term: FormulaData("fot", term)),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.builds(Record, names, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Pair, names, inner)
    ),
    max_leaves=5,
)


@st.composite
def annotated(draw: st.DrawFn) -> AnnotatedFormula:
    """A formula of a file, with or without source and annotations."""
    source = draw(st.none() | annotations)
    useful = None if source is None else draw(st.none() | annotations)
    role = draw(st.sampled_from([role for role in Role if role is not Role.TYPE]))
    formula = close(draw(formulas()))
    return AnnotatedFormula(draw(names), role, formula, Language.FOF, source, useful)
