"""What the library says, as plain values: statements and the import graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

Kind = Literal["theorem", "axiom", "definition"]


@dataclass(frozen=True, slots=True)
class LibraryTheorem:
    """A statement of the library.

    ``statement`` is the type as Lean prints it, with the universe levels ``levels`` free in it,
    broken into lines only where its syntax needs that. ``position`` counts within the module; it
    is the order of declaration only if `Library.ordered`. A statement is ``standalone`` if none
    of its constants is from its own module, so that the imports of that module can state it.
    ``None`` stands for what the server cannot tell.
    """

    name: str
    statement: str
    module: str
    position: int
    constants: tuple[str, ...] = ()
    kind: Kind = "theorem"
    simp: bool | None = None
    grind: bool | None = None
    deprecated: bool | None = None
    levels: tuple[str, ...] | None = None
    standalone: bool | None = None


def theorem_of_row(row: Iterable[Any]) -> LibraryTheorem:
    """A statement from the values of its fields, with lists in the place of tuples."""
    values: Iterable[Any] = (tuple(v) if type(v) is list else v for v in row)
    return LibraryTheorem(*values)


@dataclass(frozen=True)
class Library:
    """The statements of some modules and of all that these import.

    ``theorems`` are sorted by module, imported ones first, then by position. ``imports`` has for
    every module those that it imports itself. ``ordered`` tells whether positions are the order
    of declaration: the public files of the embedded Lean do not say it.
    """

    theorems: Sequence[LibraryTheorem]
    imports: Mapping[str, tuple[str, ...]]
    lean: str
    ordered: bool
    _closures: dict[str, frozenset[str]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def by_name(self) -> Mapping[str, LibraryTheorem]:
        """Each statement by its name."""
        return {theorem.name: theorem for theorem in self.theorems}

    def accessible_modules(self, module: str) -> frozenset[str]:
        """The modules that ``module`` imports, directly or through others, without itself.

        Raises `KeyError` for a module that is not in the library.
        """
        if module not in self._closures:
            for step in imported_first(self.imports, [module]):
                direct = self.imports[step]
                above = (self._closures[name] for name in direct)
                self._closures[step] = frozenset(direct).union(*above)
        return self._closures[module]

    def below(self, imports: Iterable[str]) -> Library:
        """The part of the library that a file with these ``imports`` is above.

        Raises `KeyError` for a module that is not in the library.
        """
        seen = set(imported_first(self.imports, imports))
        theorems = [theorem for theorem in self.theorems if theorem.module in seen]
        graph = {module: above for module, above in self.imports.items() if module in seen}
        return Library(theorems, graph, self.lean, self.ordered)

    def is_accessible(self, premise: LibraryTheorem, theorem: LibraryTheorem) -> bool:
        """Whether a proof of ``theorem`` may use ``premise``: it stands in a module imported
        there, or before it in the same one, where the order is known."""
        if premise.module == theorem.module:
            return self.ordered and premise.position < theorem.position
        return premise.module in self.accessible_modules(theorem.module)


def imported_first(
    imports: Mapping[str, Sequence[str]], modules: Iterable[str]
) -> list[str]:
    """``modules`` and all that they import, each after what it imports; always in the same order
    for the same arguments. Raises `KeyError` for a module that ``imports`` does not have."""
    done: dict[str, None] = {}
    for root in modules:
        stack = [(root, iter(imports[root]))]
        while stack:
            module, rest = stack[-1]
            following = next((name for name in rest if name not in done), None)
            if following is not None:
                stack.append((following, iter(imports[following])))
            else:
                done[module] = None
                stack.pop()
    return list(done)
