"""Formulas in conjunctive normal form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Clause = tuple[int, ...]


@dataclass(frozen=True)
class Cnf:
    """Clauses over the variables 1 … ``variables``; a literal is a variable or its negative."""

    variables: int
    clauses: tuple[Clause, ...]

    def only(self, numbers: Iterable[int]) -> Cnf:
        """The formula of the clauses with these numbers, counted from 1."""
        return Cnf(self.variables, tuple(self.clauses[n - 1] for n in sorted(set(numbers))))

    def satisfied(self, assignment: Mapping[int, bool]) -> list[int]:
        """The numbers, from 1, of the clauses with a true literal; variables may be missing."""
        return [
            number
            for number, clause in enumerate(self.clauses, start=1)
            if any(assignment.get(abs(literal)) is (literal > 0) for literal in clause)
        ]

    def dimacs(self) -> str:
        """As text of the DIMACS format."""
        lines = [f"p cnf {self.variables} {len(self.clauses)}"]
        lines += [" ".join(map(str, (*clause, 0))) for clause in self.clauses]
        return "\n".join(lines)

    @classmethod
    def parse(cls, text: str) -> Cnf:
        """The formula that `dimacs` wrote; comments are skipped. Raises ValueError."""
        variables = 0
        clauses: list[Clause] = []
        current: list[int] = []
        for line in text.splitlines():
            words = line.split()
            if not words or words[0] == "c":
                continue
            if words[0] == "p":
                variables = int(words[2])
                continue
            for literal in map(int, words):
                if literal == 0:
                    clauses.append(tuple(current))
                    current = []
                else:
                    current.append(literal)
        if current or any(abs(literal) > variables for clause in clauses for literal in clause):
            raise ValueError("not a formula in DIMACS format")
        return cls(variables, tuple(clauses))
