"""First-order names and formulas in Lean: over a nonempty type ``ι``, symbols as variables.

Lean has one namespace where TPTP has several: a predicate, a function, an axiom and a local
constant may share a name there. Here everything gets a name of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from prover.environments.fol.notation import KEYWORDS, lean_variables
from prover.environments.fol.printing import LEAN, format_node
from prover.environments.fol.syntax import (
    Equality,
    Formula,
    Function,
    Node,
    Not,
    Predicate,
    Quantified,
    Symbol,
    Term,
    Variable,
    fresh_name,
    plain_name,
    postorder,
    rebuild,
)

TYPE = "ι"
_RESERVED = KEYWORDS | {
    TYPE, "Prop", "absurd", "id", "rfl", "trivial", "not", "and", "or", "true", "false", "sorry",
    "Classical", "Nonempty", "fun", "by", "def", "end", "exact", "intro", "λ", "Σ", "Π",
}
_NOTATION = replace(LEAN, function_name=lambda name: name, variable_name=lambda name: name)


@dataclass
class Names:
    """Gives out Lean identifiers, each once."""

    taken: set[str] = field(default_factory=lambda: set(_RESERVED))

    def new(self, base: str) -> str:
        """An identifier like ``base`` (in TPTP's spelling)."""
        plain = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_"
                        for c in plain_name(base))  # fmt: skip
        if not plain or not (plain[0].isalpha() or plain[0] == "_") or not plain.strip("_"):
            plain = f"c_{plain.strip('_')}"
        name = fresh_name(plain, self.taken)
        self.taken.add(name)
        return name


@dataclass(frozen=True)
class Scope:
    """The Lean names that hold at a goal: of symbols, local constants, hypotheses and axioms."""

    symbols: dict[Symbol, str]
    locals: dict[str, str] = field(default_factory=dict)
    hypotheses: dict[str, str] = field(default_factory=dict)
    axioms: dict[str, str] = field(default_factory=dict)

    def hypothesis(self, name: str) -> str:
        """The Lean name of a hypothesis, or of an axiom that is none here."""
        found = self.hypotheses.get(name) or self.axioms.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def with_constants(self, names: dict[str, str]) -> Scope:
        """Further constants or functions, whatever their arity."""
        return replace(self, locals={**self.locals, **names})

    def node(self, node: Node) -> str:
        """A closed term or formula as Lean text."""
        translated = self.translated(node)
        if isinstance(translated, Function):
            return format_node(translated, _NOTATION)
        taken = frozenset({*self.symbols.values(), *self.locals.values(), *_RESERVED})
        formula = lean_variables(translated, taken)  # type: ignore[arg-type]
        return format_node(_with_types(formula), _NOTATION)

    def argument(self, node: Node) -> str:
        """As `node`, in parentheses where it is not a single name."""
        text = self.node(node)
        return f"({text})" if " " in text else text

    def translated(self, node: Node) -> Node:
        """``node`` over Lean's names."""
        parts = tuple(self.translated(part) for part in node.parts)
        match node:
            case Function(name, arguments):
                local = self.locals.get(name)
                symbol = Symbol(name, len(arguments), False)
                return Function(local or self.symbols[symbol], parts)  # type: ignore[arg-type]
            case Predicate(name, arguments):
                return Predicate(self.symbols[Symbol(name, len(arguments), True)], parts)  # type: ignore[arg-type]
            case _:
                return rebuild(node, parts) if parts else node


def _with_types(node: Node) -> Node:
    """``node`` with the type of each variable that no application tells the type of."""
    parts = tuple(_with_types(part) for part in node.parts)
    if isinstance(node, Quantified):
        variable = Variable(node.variable)
        told = any(
            variable in part.parts for part in postorder(node.body)
            if isinstance(part, Function | Predicate)
        )
        return Quantified(node.quantifier, node.variable, parts[0], None if told else TYPE)  # type: ignore[arg-type]
    return rebuild(node, parts) if parts else node


def symbol_type(symbol: Symbol) -> str:
    """The Lean type of a symbol."""
    result = "Prop" if symbol.is_predicate else TYPE
    return " → ".join([TYPE] * symbol.arity + [result])


def binder(name: str, type_: str) -> str:
    """``(name : type)``."""
    return f"({name} : {type_})"


def flipped(formula: Formula) -> str:
    """The lemma that exchanges the sides of this kind of formula."""
    match formula:
        case Equality():
            return "Eq.symm"
        case Not():
            return "Ne.symm"
        case _:
            return "Iff.symm"


def distinct_pairs(terms: Iterable[Term]) -> list[tuple[Term, Term]]:
    """All pairs of different terms."""
    listed = sorted(set(terms), key=str)
    return [(a, b) for i, a in enumerate(listed) for b in listed[i + 1:]]
