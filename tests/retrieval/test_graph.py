"""What is accessible, against a brute-force search, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.contracts import Premise, RetrievalError
from retrieval.corpus import Corpus
from tests.retrieval.worlds import ARITHMETIC


@st.composite
def corpora(draw):
    """Modules that import earlier ones, each with premises at any positions."""
    count = draw(st.integers(1, 7))
    imports = {
        f"m{i}": tuple(f"m{j}" for j in range(i) if draw(st.booleans())) for i in range(count)}
    premises = [
        Premise(f"{module}.{n}", "s", module, position=position)
        for module in imports
        for n, position in enumerate(draw(st.lists(st.integers(0, 4), max_size=5)))]
    return Corpus(draw(st.permutations(premises)), imports)


def reachable(corpus, module):
    found, todo = set(), list(corpus.imports[module])
    while todo:
        step = todo.pop()
        if step not in found:
            found.add(step)
            todo += corpus.imports[step]
    return found


@given(corpora(), st.data())
def test_accessible_is_what_the_imports_reach_and_what_stands_before(corpus, data):
    module = data.draw(st.sampled_from(sorted(corpus.imports)))
    position = data.draw(st.integers(-1, 6))
    mask = corpus.graph.before(module, position)
    above = reachable(corpus, module)
    assert mask.tolist() == [
        p.module in above or (p.module == module and p.position < position)
        for p in corpus.premises]


@given(corpora())
def test_no_premise_is_accessible_to_itself_or_to_what_it_may_use(corpus):
    for index, premise in enumerate(corpus.premises):
        mask = corpus.graph.before(premise.module, premise.position)
        assert not mask[index]
        for other in mask.nonzero()[0]:
            later = corpus.premises[other]
            assert not corpus.graph.before(later.module, later.position)[index]


@given(corpora(), st.data())
def test_a_file_sees_its_imports_and_theirs(corpus, data):
    modules = data.draw(st.lists(st.sampled_from([*sorted(corpus.imports), "unknown"])))
    seen = {m for m in modules if m in corpus.imports}
    seen |= {m for module in seen.copy() for m in reachable(corpus, module)}
    assert corpus.graph.importing(modules).tolist() == [
        p.module in seen for p in corpus.premises]


def test_masks_cannot_be_changed_by_who_gets_them():
    with pytest.raises(ValueError, match="read-only"):
        ARITHMETIC.graph.importing(["Mul"])[0] = False


def test_unknown_modules_and_circles_are_told():
    with pytest.raises(RetrievalError, match="no module Nowhere"):
        ARITHMETIC.graph.before("Nowhere", 0)
    circle = Corpus([], {"a": ("b",), "b": ("c",), "c": ("a",)})
    with pytest.raises(RetrievalError, match=r"in a circle: .* → "):
        circle.graph.before("a", 0)


def test_the_premise_graph_leads_to_accessible_premises_only():
    graph = ARITHMETIC.graph.premises
    [definition] = ARITHMETIC.ids("List.reverse")
    [theorem] = ARITHMETIC.ids("List.reverse_reverse")
    assert list(graph.edges) == [(theorem, definition)]
    backwards = Corpus([
        Premise("first", "s", "m", frozenset({"second", "first"}), position=0),
        Premise("second", "s", "m", position=1)])
    assert not backwards.graph.premises.edges
