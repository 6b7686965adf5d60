"""Tactics, proof terms and patterns as immutable values: what `tactic_parser` reads.

Names are in TPTP's spelling. Every tactic carries Lean's name and meaning; where Lean would
leave a metavariable behind, the witness or instance must be given here.
"""

from __future__ import annotations

from dataclasses import dataclass

from prover.environments.fol.syntax import Formula, Term

# ----------------------------------------------------------------------------------- proof terms


@dataclass(frozen=True, slots=True)
class Name:
    """A hypothesis, an axiom or a constant, whichever is wanted at that place."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """``function a b``: instances of ∀, arguments of → and ¬; or a term."""

    function: Expression
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """``h.1``, ``h.2``, ``h.left``, ``h.right``, ``h.mp``, ``h.mpr``, ``h.symm``."""

    body: Expression
    field: str


@dataclass(frozen=True, slots=True)
class Anonymous:
    """``⟨a, b⟩``: a proof of ∧, ↔ or ∃."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Inject:
    """``Or.inl h`` or ``Or.inr h``."""

    left: bool
    body: Expression


@dataclass(frozen=True, slots=True)
class Reflexivity:
    """``rfl``."""


@dataclass(frozen=True, slots=True)
class Wildcard:
    """``_``: a term that unification finds."""


@dataclass(frozen=True, slots=True)
class Hole:
    """``?_``: a proof that becomes a goal."""


@dataclass(frozen=True, slots=True)
class TermArgument:
    """A first-order term, already read: what elaboration makes of terms and wildcards."""

    term: Term


Expression = (
    Name | Apply | Project | Anonymous | Inject | Reflexivity | Wildcard | Hole | TermArgument
)

# --------------------------------------------------------------------------------------- patterns


@dataclass(frozen=True, slots=True)
class Bind:
    """A name for what is met; None (``_``) lets the environment choose one."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Tuple:
    """``⟨p, q⟩``: takes ∧, ∃ and ↔ apart; the last part takes all the rest."""

    parts: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """``p | q``: takes ∨ apart, one goal each."""

    branches: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Substitute:
    """``rfl``: an equation that is used up by substituting."""


Pattern = Bind | Tuple | Alternatives | Substitute

# ---------------------------------------------------------------------------------------- tactics


@dataclass(frozen=True, slots=True)
class Intro:
    """``intro a ⟨b, c⟩ …`` or ``rintro``; without names one is chosen."""

    patterns: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class Intros:
    """``intros a b …``: all leading ∀ and → (and ¬), the first with these names."""

    names: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Constructor:
    """``constructor``: both sides of ∧ or ↔, nothing for True."""


@dataclass(frozen=True, slots=True)
class Left:
    """``left``."""


@dataclass(frozen=True, slots=True)
class Right:
    """``right``."""


@dataclass(frozen=True, slots=True)
class Exists:
    """``exists t, …``, also ``use``."""

    witnesses: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """``cases h``, ``cases h with a b``, ``rcases h with pattern``, ``obtain pattern := h``."""

    value: Expression
    pattern: Pattern | None = None
    names: tuple[str | None, ...] = ()
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """``| inl h => block`` of a structured ``cases``."""

    constructor: str
    names: tuple[str | None, ...]
    block: Block


@dataclass(frozen=True, slots=True)
class Specialize:
    """``specialize h a b``: the hypothesis is replaced by its instance."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Refine:
    """``exact e``, ``refine e`` (``?_`` becomes a goal) or ``apply e`` (so do the premises that
    are not given)."""

    value: Expression
    keyword: str


@dataclass(frozen=True, slots=True)
class Have:
    """``have n : φ``, ``have n : φ := e``, ``have n := e`` or ``have n : φ := by block``."""

    name: str
    formula: Formula | None = None
    value: Expression | None = None
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Show:
    """``show φ``: the target, written otherwise."""

    formula: Formula


@dataclass(frozen=True, slots=True)
class ByCases:
    """``by_cases h : φ``."""

    name: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class ByContra:
    """``by_contra h``."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """``rw [h, ← g] at k``; each rule is an expression and whether it is used backwards."""

    rules: tuple[tuple[Expression, bool], ...]
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Simple:
    """A tactic without arguments: ``rfl``, ``contradiction``, ``exfalso``, ``assumption``,
    ``trivial``."""

    keyword: str


@dataclass(frozen=True, slots=True)
class Symm:
    """``symm`` or ``symm at h``."""

    location: str | None = None


@dataclass(frozen=True, slots=True)
class Clear:
    """``clear h …``."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Revert:
    """``revert h x …``."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subst:
    """``subst h``."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forward:
    """``forward h₁ h₂ with n``: one inference from one or two hypotheses."""

    premises: tuple[Expression, ...]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Inference:
    """What `Forward` came to: ``formula`` follows from ``premises``, proofs with their
    formulas."""

    name: str
    formula: Formula
    premises: tuple[tuple[Expression, Formula], ...]


@dataclass(frozen=True, slots=True)
class Auto:
    """``auto`` or ``smt``, with ``(timeout := s)`` and ``[h₁, h₂, *]``.

    ``premises`` None means every hypothesis and every axiom; otherwise exactly the named ones,
    and with ``star`` (``*``) all hypotheses of the sequent too.
    """

    keyword: str = "auto"
    premises: tuple[str, ...] | None = None
    star: bool = False
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Focus:
    """``· block``: the first goal, to its end."""

    block: Block


@dataclass(frozen=True, slots=True)
class Case:
    """``case name => block``."""

    name: str
    block: Block


@dataclass(frozen=True, slots=True)
class Then:
    """``first <;> second``: the second on every goal that the first leaves."""

    first: Tactic
    second: Tactic


@dataclass(frozen=True, slots=True)
class AllGoals:
    """``all_goals block``."""

    block: Block


@dataclass(frozen=True, slots=True)
class Group:
    """``(block)``."""

    block: Block


Step = (
    Intro | Intros | Constructor | Left | Right | Exists | Cases | Specialize | Refine | Have
    | Show | ByCases | ByContra | Rewrite | Simple | Symm | Clear | Revert | Subst | Forward
    | Inference | Auto
)
Tactic = Step | Focus | Case | Then | AllGoals | Group


@dataclass(frozen=True, slots=True)
class Line:
    """A tactic with its place: its text and the line of the script (from 1)."""

    tactic: Tactic
    text: str
    line: int


Block = tuple[Line, ...]
