"""Theories: sets of axioms to be saturated, and how their symbols are written in mathematics.

A theory is a TPTP file of ``fof`` or ``cnf`` formulas. Formulas of the role ``hypothesis`` are
optional: each saturation assumes some of them. Comments under the line ``% Notation`` tell how
symbols are written, two or more blanks between a symbol and its picture::

    % Notation
    %   mult(X,Y)   X · Y
    %   one         1

The sets in ``data/axioms`` are our own, written from the mathematics.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prover.contracts import InputError
from prover.environments.fol.syntax import AnnotatedFormula, Problem, Role, Symbol, symbols
from prover.environments.fol.tptp import read_problem
from prover.files import read_text

FOLDER = Path(__file__).resolve().parent.parent / "axioms"

_HEADING = re.compile(r"^%\s*Notation\s*$", re.MULTILINE)
_ENTRY = re.compile(r"^%\s+([a-z]\w*)(?:\(([A-Z]\w*(?:,[A-Z]\w*)*)\))?\s{2,}(\S.*?)\s*$")


@dataclass(frozen=True)
class Picture:
    """How a symbol applied to ``variables`` is written: ``template``, with the variables in it."""

    variables: tuple[str, ...]
    template: str


@dataclass(frozen=True)
class Theory:
    """A named set of axioms, with ``hypotheses`` that may be assumed beyond them.

    ``pictures`` are by name and arity of a symbol; ``sha256`` is that of the file.
    """

    name: str
    axioms: tuple[AnnotatedFormula, ...]
    hypotheses: tuple[AnnotatedFormula, ...]
    pictures: Mapping[tuple[str, int], Picture]
    sha256: str

    def problem(self, hypotheses: frozenset[str]) -> Problem:
        """The axioms with the hypotheses of these names."""
        assumed = tuple(f for f in self.hypotheses if f.name in hypotheses)
        return Problem((*self.axioms, *assumed))

    @functools.cached_property
    def signature(self) -> frozenset[Symbol]:
        """All symbols of the theory."""
        used = (symbols(f.formula) for f in (*self.axioms, *self.hypotheses))
        return frozenset().union(*used)


def own_theories() -> tuple[str, ...]:
    """The names of the sets that come with Lemma."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.p")))


@functools.lru_cache(maxsize=32)
def own_theory(name: str) -> Theory:
    """The set of ours that is called ``name``."""
    return read_theory(FOLDER / f"{name}.p")


def read_theory(path: Path) -> Theory:
    """The theory in a TPTP file; conjectures in it are left out.

    Raises:
        InputError: the file cannot be read, holds no axioms, or is typed.
    """
    problem = read_problem(path)
    if problem.is_typed:
        raise InputError("typed formulas cannot be saturated", file=path,
                         remedy="write the axioms in fof or cnf")
    axioms = tuple(f for f in problem.premises if f.role is not Role.HYPOTHESIS)
    if not axioms:
        raise InputError("there are no axioms", file=path,
                         remedy="give formulas the role axiom or definition")
    names = [f.name for f in problem.premises]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two formulas are called {twice}", file=path, remedy="rename one")
    return Theory(
        name=path.stem, axioms=axioms,
        hypotheses=tuple(f for f in problem.premises if f.role is Role.HYPOTHESIS),
        pictures=_pictures(read_text(path)),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )  # fmt: skip


def _pictures(text: str) -> dict[tuple[str, int], Picture]:
    heading = _HEADING.search(text)
    found: dict[tuple[str, int], Picture] = {}
    for line in text[heading.end() :].splitlines()[1:] if heading else ():
        entry = _ENTRY.match(line)
        if entry is None:
            break
        variables = tuple(entry[2].split(",")) if entry[2] else ()
        found[entry[1], len(variables)] = Picture(variables, entry[3])
    return found
