"""The premises of first-order problems as a corpus, ranked by a retriever trained on proofs.

Formulas are shown to rankers as TPTP prints them; their order is that of the file, and what stands
before a theorem is accessible to it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from prover.contracts import InputError
from prover.environments.fol.consultation import Oracle, default_oracle
from prover.environments.fol.provers.portfolio import default_cores, guided
from prover.environments.fol.syntax import (
    AnnotatedFormula,
    Formula,
    Problem,
    Truth,
    symbols,
)
from retrieval.contracts import Premise, Ranker, RetrievalError
from retrieval.corpus import Corpus

if TYPE_CHECKING:  # numpy is not for those who only read problems
    from retrieval.training.learned import LearnedModel

_CACHED = 50_000  # formulas; all problems over one library share them


def corpus_of(formulas: Iterable[AnnotatedFormula], module: str = "") -> Corpus:
    """The formulas as premises of one module, in their order; a premise's id is its place."""
    return Corpus(
        Premise(f.name, text, module, names, "axiom", place)
        for place, f in enumerate(formulas)
        for text, names in [_told(f.formula)]
    )


@functools.lru_cache(maxsize=_CACHED)
def _told(formula: Formula) -> tuple[str, frozenset[str]]:
    """The text by which rankers know a formula, as premise and as goal, and its symbols."""
    return str(formula), frozenset(symbol.name for symbol in symbols(formula))


def guided_oracle(model: Path, workers: int = 1) -> Oracle:
    """Whom `auto` asks where the trained retriever in the folder ``model`` selects premises, and
    ``workers`` ask at the same time.

    Raises:
        InputError: there is no trained retriever in the folder.
    """
    _model(model)  # now rather than in the middle of a proof
    return replace(default_oracle(workers), large=guided(model, default_cores(workers)))


def ranked_positions(model: Path, problem: Problem, k: int) -> tuple[int, ...]:
    """At most ``k`` positions in ``problem.premises``, best first, by the retriever in the folder
    ``model``. Premises that say nothing (``$true``) are left out.

    Raises:
        InputError: there is no trained retriever in the folder.
    """
    return _ranking(model, problem)[:k]


def question_text(problem: Problem) -> str:
    """What is asked: the conjectures, else the negated conjectures, else everything."""
    asked = problem.conjectures or problem.negated_conjectures or problem.premises
    return "\n".join(str(formula.formula) for formula in asked)


@functools.lru_cache(maxsize=4)
def _ranking(model: Path, problem: Problem) -> tuple[int, ...]:
    import numpy as np

    premises = problem.premises
    telling = np.array([p.formula != Truth(True) for p in premises], dtype=np.bool_)
    ranker = _ranker(model, premises)
    [found] = ranker.rank([question_text(problem)], len(premises), [telling])
    return tuple(map(int, found.ids))


@functools.lru_cache(maxsize=2)
def _ranker(model: Path, premises: tuple[AnnotatedFormula, ...]) -> Ranker:
    return _model(model).ranker(corpus_of(premises))


@functools.lru_cache(maxsize=2)
def _model(folder: Path) -> LearnedModel:
    from retrieval.training.learned import LearnedModel

    try:
        return LearnedModel.load(folder)
    except RetrievalError as problem:
        raise InputError(problem.message, file=problem.file, line=problem.line,
                         remedy=problem.remedy) from problem
