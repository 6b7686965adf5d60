"""Random finite models, and random problems whose answer they settle."""

from __future__ import annotations

import random

from prover.environments.fol.models import FiniteModel, rows
from prover.environments.fol.syntax import (
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
    Term,
    Variable,
    close,
)


class RandomWorld:
    """A random finite model and random sentences, with their truth in it."""

    FUNCTIONS = (("a", 0), ("b", 0), ("f", 1), ("g", 2))
    PREDICATES = (("p", 1), ("q", 1), ("r", 2), ("s", 0))

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        n = rng.randint(1, 3)
        self.model = FiniteModel(
            {"$i": n},
            {
                (name, arity): {row: rng.randrange(n) for row in rows([n] * arity)}
                for name, arity in self.FUNCTIONS
            },
            {
                (name, arity): frozenset(r for r in rows([n] * arity) if rng.random() < 0.5)
                for name, arity in self.PREDICATES
            },
        )

    def invalid(self, axioms: int) -> Problem:
        """A problem whose axioms are true and whose conjecture is false in the model."""
        named = [(f"axiom_{i}", self._sentence(True)) for i in range(axioms)]
        return Problem.of(named, self._sentence(False))

    def _sentence(self, truth: bool) -> Formula:
        formula = close(self._formula(3))
        return formula if self.model.satisfies([formula]) is truth else Not(formula)

    def _formula(self, depth: int) -> Formula:
        rng = self._rng
        if depth == 0 or rng.random() < 0.2:
            return self._atom()
        match rng.randrange(4):
            case 0:
                return Not(self._formula(depth - 1))
            case 1:
                quantifier = rng.choice(list(Quantifier))
                return Quantified(quantifier, rng.choice("XYZ"), self._formula(depth - 1))
            case _:
                left, right = self._formula(depth - 1), self._formula(depth - 1)
                return Binary(rng.choice(list(Connective)), left, right)

    def _atom(self) -> Formula:
        if self._rng.random() < 0.2:
            return Equality(self._term(1), self._term(1))
        name, arity = self._rng.choice(self.PREDICATES)
        return Predicate(name, tuple(self._term(1) for _ in range(arity)))

    def _term(self, depth: int) -> Term:
        if depth == 0 or self._rng.random() < 0.6:
            return Variable(self._rng.choice("XYZ"))
        name, arity = self._rng.choice(self.FUNCTIONS)
        return Function(name, tuple(self._term(depth - 1) for _ in range(arity)))
