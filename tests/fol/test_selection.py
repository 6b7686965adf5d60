"""Premise selection: SInE as published, relevance order, and retrievers in its place."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.contracts import InputError
from prover.environments.fol.premise_ranking import corpus_of
from prover.environments.fol.provers import portfolio
from prover.environments.fol.provers.contracts import Limits, SzsStatus
from prover.environments.fol.selection import (
    EVERYTHING,
    Ranked,
    Relevant,
    Retrieved,
    Sine,
    SymbolIndex,
    SymbolRetriever,
)
from prover.environments.fol.syntax import Problem
from prover.environments.fol.tptp import parse_problem
from retrieval.contracts import Premise, ScoredPremise
from retrieval.training.examples import Example
from retrieval.training.learned import train

# The running example of the SInE paper's kind: rare symbols trigger, frequent ones do not.
FAMILY = parse_problem("""
    fof(mother,axiom,![X,Y]:(mother(X,Y)=>(parent(X,Y)&person(X)))).
    fof(parent,axiom,![X,Y]:(parent(X,Y)=>(person(X)&person(Y)))).
    fof(person,axiom,![X]:(person(X)=>thing(X))).
    fof(stone,axiom,![X]:(stone(X)=>thing(X))).
    fof(marble,axiom,![X]:(marble(X)=>stone(X))).
    fof(g,conjecture,![X,Y]:(mother(X,Y)=>thing(Y))).
""")


def names(problem: Problem) -> list[str]:
    return [premise.name for premise in problem.premises]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Sine(depth=0), []),
        (Sine(depth=1), ["mother", "person", "stone"]),
        (Sine(), ["mother", "parent", "person", "stone"]),
        (Sine(tolerance=3.0), ["mother", "parent", "person", "stone", "marble"]),
        (Sine(depth=1, generality=2), ["mother", "person", "stone"]),
        (Sine(depth=2, generality=3), ["mother", "parent", "person", "stone", "marble"]),
        (EVERYTHING, ["mother", "parent", "person", "stone", "marble"]),
        (Relevant(5), ["mother", "parent", "person", "stone", "marble"]),
    ],
)
def test_selections(selection, expected):
    assert names(selection(FAMILY)) == expected


def test_the_conjecture_is_always_kept():
    assert [f.name for f in Sine(depth=0)(FAMILY).formulas] == ["g"]
    refutation = parse_problem("cnf(a,axiom,p(X)). cnf(n,negated_conjecture,~q(c)).")
    assert names(Sine()(refutation)) == ["n"]


def test_relevance_weighs_the_share_of_symbols_that_matter():
    assert names(Relevant(1)(FAMILY)) == ["person"]  # thing is most of it
    assert names(Relevant(4)(FAMILY)) == ["mother", "parent", "person", "stone"]
    rarity = parse_problem(
        "fof(often,axiom,p(X1) | q(X1)). fof(seldom,axiom,r(X1) | q(X1)). fof(o,axiom,p(X1))."
        "fof(g,conjecture,p(a) & r(a)).".replace("(X1)", "(a)")
    )
    assert "seldom" in names(Relevant(2)(rarity))
    assert "often" not in names(Relevant(2)(rarity))


SYMBOLS = st.frozensets(st.sampled_from("abcdefgh"), max_size=4)


@given(st.lists(SYMBOLS, max_size=12), SYMBOLS)
def test_sine_grows_with_its_parameters(premises, goal):
    index = SymbolIndex(premises)
    least = set(index.sine(goal, depth=1))
    assert least <= set(index.sine(goal, depth=2)) <= set(index.sine(goal))
    assert least <= set(index.sine(goal, depth=1, tolerance=2.0))
    assert least <= set(index.sine(goal, depth=1, generality=3))


@given(st.lists(SYMBOLS, max_size=12), SYMBOLS, st.integers(0, 12))
def test_ranking_is_an_order_of_related_premises(premises, goal, k):
    ranked = SymbolIndex(premises).ranked(goal, k)
    positions = [position for position, _ in ranked]
    assert len(positions) == len(set(positions)) <= k
    scores = [score for _, score in ranked]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 + 1e-9 for score in scores)
    assert all(premises[position] for position in positions)


def test_the_symbol_retriever_is_a_retriever():
    retriever = SymbolRetriever.of(FAMILY.premises)
    [found, nothing] = retriever.retrieve(
        ["X, Y ⊢ mother(X,Y) → thing(Y)", "unknown words"], 2, lambda p: p.name != "person"
    )
    assert [scored.premise.name for scored in found] == ["stone", "marble"]
    assert nothing == []


def test_any_retriever_can_select():
    class Alphabetic:
        def retrieve(self, goals, k, accessible=None):
            premises = sorted((p for p in FAMILY.premises if accessible(p)), key=lambda p: p.name)
            best = [ScoredPremise(Premise(p.name, str(p.formula)), 1.0) for p in premises[:k]]
            return [best for _ in goals]

    assert names(Retrieved(Alphabetic(), 2)(FAMILY)) == ["mother", "marble"]
    best = Retrieved(SymbolRetriever.of(FAMILY.premises), 1)
    assert names(best(FAMILY)) == names(Relevant(1)(FAMILY))


# What the first proof about ``lake`` used tells what the next one needs: `water`, which has no
# symbol in common with either.
LAKES = parse_problem("""
    fof(water,axiom,![X]:wet(X)). fof(sand,axiom,![X]:dry(X)). fof(nothing,axiom,$true).
    fof(lake1,axiom,lake(garda)). fof(desert1,axiom,desert(gobi)).
    fof(g,conjecture,lake(como)).
""")


@pytest.fixture
def model(tmp_path) -> Path:
    told = [Example("lake1", "lake(garda)", ("water",), True),
            Example("desert1", "desert(gobi)", ("sand",), True)]
    train(corpus_of(LAKES.premises), told).save(tmp_path)
    return tmp_path


def test_a_trained_retriever_selects(model):
    assert names(Ranked(model, 1)(LAKES)) == ["water"]
    assert names(Ranked(model, 4)(LAKES)) == ["water", "sand", "lake1", "desert1"]  # no $true
    assert Ranked(model, 5)(LAKES) is LAKES
    assert [f.name for f in Ranked(model, 2)(LAKES).conjectures] == ["g"]


def test_a_proof_that_comes_later_than_the_file_teaches_nothing(model):
    early = LAKES.restricted(lambda premise: premise.name not in ("lake1", "desert1"))
    [first] = names(Ranked(model, 1)(early))
    swapped = Problem((early.formulas[1], early.formulas[0], *early.formulas[2:]))
    assert names(Ranked(model, 1)(swapped)) != [first]  # only the order tells them apart


def test_a_selection_by_a_trained_retriever_is_a_value(model):
    selection = Ranked(model, 2)
    assert selection == pickle.loads(pickle.dumps(selection))
    assert selection.name == "trained-2"


def test_a_portfolio_guided_by_a_trained_retriever_proves(model, monkeypatch):
    monkeypatch.setattr(portfolio, "_FEW", 3)
    problem = parse_problem("""
        fof(water,axiom,![X]:wet(X)). fof(sand,axiom,![X]:dry(X)).
        fof(lake1,axiom,![X]:(wet(X)=>lake(X))). fof(desert1,axiom,desert(gobi)).
        fof(g,conjecture,lake(como)).
    """)
    ranked = portfolio.by_ranking(lambda k: Ranked(model, min(k, 3)), cores=1)
    answer = ranked.prove(problem, Limits(60.0))
    assert answer.status is SzsStatus.THEOREM
    assert "trained-3" in answer.prover
    chosen = [attempt.selection for attempt in portfolio.guided(model).attempts]
    assert Ranked(model, 64) in chosen


def test_a_folder_without_a_model_is_told(tmp_path):
    with pytest.raises(InputError, match="no trained ranker") as told:
        Ranked(tmp_path, 1)(LAKES)
    assert "lemma train retriever" in str(told.value)
