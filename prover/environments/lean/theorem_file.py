"""From Lean texts to theorems that can be tried.

Lean elaborates the text and says which commands there are, what they declare, what is wrong with
them, and which goals the ``sorry``s stand for; the tokens say where in the text statements,
proofs and ``sorry``s are. Where the tokens leave a choice, Lean decides: a hole is filled in each
possible way until Lean can read the result, and a proof that was taken away to be found anew is
given up if the statement without it is not what it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from prover.environments.lean.assembly import layouts, whole_proof
from prover.environments.lean.declarations import Declaration, declarations
from prover.environments.lean.elaboration import Remark, Unit, unread
from prover.environments.lean.environment import LeanEnvironment, Statements
from prover.environments.lean.source import LeanSource, read_source
from prover.environments.lean.theorem import (
    FileProblem,
    Hole,
    LeanTheorem,
    LoadedFile,
    constant_of,
    public_name,
)

_PROBE = "skip\nsorry"  # a block that closes every goal and shows whether the layout is right


def load_source(
    source: LeanSource, environment: LeanEnvironment, *, reprove: bool = False
) -> LoadedFile:
    """The theorems of a text whose proof is or contains ``sorry``; with ``reprove`` all of them,
    their proofs taken away.

    Raises `InputError` if an import does not exist or Lean does not get through the text.
    """
    return _Loader(source, environment, reprove).load()


def load_text(
    text: str, environment: LeanEnvironment, *, file: Path = Path("<text>"), reprove: bool = False
) -> LoadedFile:
    """As `load_source`, for a text that is not in a file."""
    return load_source(LeanSource(file, text), environment, reprove=reprove)


def load_path(path: Path, environment: LeanEnvironment, *, reprove: bool = False) -> LoadedFile:
    """As `load_source`, for a ``.lean`` file. Raises `InputError` also if it cannot be read."""
    return load_source(read_source(path), environment, reprove=reprove)


@dataclass(frozen=True)
class _Target:
    """A declaration, the command it is in, and the ways to fill each of its holes."""

    declaration: Declaration
    unit: Unit
    holes: tuple[tuple[Hole, ...], ...]


class _Loader:
    """One text on its way to theorems."""

    def __init__(self, source: LeanSource, environment: LeanEnvironment, reprove: bool) -> None:
        self.source, self.environment, self.reprove = source, environment, reprove
        self.problems: list[FileProblem] = []

    def load(self) -> LoadedFile:
        units = self.environment.elaborate(self.source)
        if (left := unread(self.source, units)) is not None:
            self._problem(left.start, "Lean does not read on from here (`#exit`?)", None)
        targets = [target for unit in units for target in self._targets(unit)]
        if self.reprove and targets:
            targets = self._without_proofs(targets)
        else:
            self._choose_layouts(targets)
        theorems = [t for target in targets for t in self._theorem(target)]
        self.problems.sort(key=lambda problem: (problem.line, problem.column))
        return LoadedFile(
            self.source.file, tuple(theorems), tuple(self.problems), self.source.notes
        )

    # --- Finding ----------------------------------------------------------------------------

    def _targets(self, unit: Unit) -> Iterator[_Target]:
        tokens = self.source.tokens_between(unit.start, unit.end)
        found = declarations(tokens)
        if unit.errors:
            self._refused(unit.errors[0], found)
            return
        for declaration in found:
            if declaration.sorry_in_statement:
                name = self._name(declaration, unit)
                self._problem(declaration.start, "the statement contains `sorry`", name)
            elif self.reprove:
                hole = whole_proof(declaration, self.source.text)
                yield _Target(declaration, unit, ((hole,),))
            elif declaration.sorries:
                yield _Target(declaration, unit, self._holes(declaration))

    def _holes(self, declaration: Declaration) -> tuple[tuple[Hole, ...], ...]:
        tokens = self.source.tokens
        indices = {token.start: index for index, token in enumerate(tokens)}
        return tuple(
            layouts(tokens, indices[sorry.start], self.source.text)
            for sorry in declaration.sorries
        )

    def _refused(self, error: Remark, found: Sequence[Declaration]) -> None:
        names: list[str | None] = [self._name(declaration, None) for declaration in found]
        for name in names or [None]:
            self._problem(error.offset, error.text, name)

    def _problem(self, offset: int, message: str, theorem: str | None) -> None:
        place = self.source.place(offset)
        self.problems.append(
            FileProblem(self.source.file, place.line, place.column, message.strip(), theorem)
        )

    # --- Choosing ---------------------------------------------------------------------------

    def _choose_layouts(self, targets: list[_Target]) -> None:
        """Keep for each hole the way of filling it that Lean can read."""
        open_ = {index for index, target in enumerate(targets) if _is_open(target)}
        while open_:
            edits = [h[0].fill(_PROBE) for i in open_ for h in targets[i].holes]
            units = self.environment.try_out(self.source, edits)
            refused = [(unit, unit.errors[0]) for unit in units if unit.errors]
            still = set()
            for index in open_:
                errors = [e for unit, e in refused if _overlap(unit, targets[index].unit)]
                other = _other_layout(targets[index], errors[0].offset) if errors else None
                if other is not None:
                    targets[index] = other
                    still.add(index)
            open_ = still

    def _without_proofs(self, targets: list[_Target]) -> list[_Target]:
        """The same targets in the text without their proofs, as far as Lean finds the statements
        unchanged there."""
        before = self.environment.statements(self.source)
        taken: list[_Target] = targets
        while True:
            edits = [t.holes[0][0].fill("sorry") for t in taken]
            bare = self.source.with_edits(edits)
            units = self.environment.elaborate(bare)
            after = self.environment.statements(bare)
            kept = []
            for target in taken:
                unit = next((u for u in units if _overlap(u, target.unit)), None)
                if unit is None or unit.errors or not _same(target, unit, before, after):
                    offset, name = target.declaration.start, self._name(target.declaration, None)
                    self._problem(offset, "its statement cannot be told from its proof", name)
                else:
                    kept.append(replace(target, unit=unit))
            if len(kept) == len(taken):
                self.source = bare
                return kept
            taken = kept

    # --- Making -----------------------------------------------------------------------------

    def _theorem(self, target: _Target) -> Iterator[LeanTheorem]:
        declaration, unit = target.declaration, target.unit
        constant = constant_of(declaration, unit)
        name = self._name(declaration, unit)
        holes: list[Hole] = []
        for choice in target.holes:
            # None for a `sorry` that Lean did not come to, as in `first | rfl | sorry`.
            holes += [choice[0]] * unit.places.count(choice[0].at)
        if not holes:
            if any("sorry" in remark.text for remark in unit.remarks):
                self._problem(declaration.start, "Lean reports no goal for its `sorry`", name)
            return
        yield LeanTheorem(
            name=name,
            statement=self.source.text[declaration.start : declaration.proof].strip(),
            file=self.source.file,
            line=self.source.place(declaration.start).line,
            source=self.source,
            keyword=declaration.keyword,
            constant=constant,
            holes=tuple(holes),
            unit_end=unit.end,
        )

    def _name(self, declaration: Declaration, unit: Unit | None) -> str:
        constant = None if unit is None else constant_of(declaration, unit)
        if constant is not None:
            return public_name(constant)
        if declaration.written is not None:
            return declaration.written.removeprefix("_root_.")
        return f"example@{self.source.place(declaration.start).line}"


def _overlap(first: Unit, second: Unit) -> bool:
    return first.start < second.end and second.start < first.end


def _is_open(target: _Target) -> bool:
    return any(len(ways) > 1 for ways in target.holes)


def _other_layout(target: _Target, offset: int) -> _Target | None:
    """The same target with the other way of filling the hole before ``offset``, if there is."""
    open_ = [index for index, ways in enumerate(target.holes) if len(ways) > 1]
    if not open_:
        return None
    before = [index for index in open_ if target.holes[index][0].start <= offset]
    chosen = before[-1] if before else open_[0]
    ways = tuple(w[1:] if i == chosen else w for i, w in enumerate(target.holes))
    return replace(target, holes=ways)


def _same(
    target: _Target, unit: Unit, before: Statements | None, after: Statements | None
) -> bool:
    """Whether the statement is the same with and without its proof, as far as Lean can tell."""
    constant = constant_of(target.declaration, unit)
    if constant is None or constant != constant_of(target.declaration, target.unit):
        return False
    if before is None or after is None:
        return True
    return before.get(constant) is not None and before.get(constant) == after.get(constant)
