"""The Pantograph REPL protocol: every message as a typed value.

A client writes one JSON object a line, ``{"cmd": …, "payload": {…}}``, and reads one line back:
the result of the command, or ``{"error": KIND, "desc": TEXT}``. The messages are those of
`Pantograph/Protocol.lean` (L. Aniva et al., *Pantograph: A Machine-to-Machine Interaction
Interface for Advanced Theorem Proving*, TACAS 2025), under the same names, with Python's
``snake_case`` for fields where the wire has ``camelCase``. A field that is ``None`` is left out.

What Lemma's embedded server adds is marked *extension*: more fields and one command
(`EnvReplay`), which Pantograph's own server ignores or answers with an error. Unknown fields of
an answer are ignored; a missing or ill-typed one is a `ProtocolError`.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, Generic, TypeVar, Union

Json = Mapping[str, Any]


class ProtocolError(Exception):
    """An answer that is not what the protocol promises."""


# --- Coding ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """A message or a part of one: a frozen dataclass that knows its JSON form."""

    def to_json(self) -> dict[str, Any]:
        """The JSON object of this message, without the fields that are ``None``."""
        return {
            key: _encode(value)
            for name, key in _wire_names(type(self))
            if (value := getattr(self, name)) is not None
        }

    @classmethod
    def from_json(cls: type[M], data: object) -> M:
        """Read the JSON object of such a message. Raises `ProtocolError`."""
        if not isinstance(data, Mapping):
            raise ProtocolError(f"{cls.__name__}: expected an object, got {_shown(data)}")
        values: dict[str, Any] = {}
        for name, key, decode, required in _decoders(cls):
            raw = data.get(key)
            if raw is not None:
                values[name] = decode(raw, f"{cls.__name__}.{key}")
            elif required:
                raise ProtocolError(f"{cls.__name__}: the field {key!r} is missing")
        return cls(**values)


M = TypeVar("M", bound=Message)
R = TypeVar("R", bound=Message, covariant=True)


@dataclass(frozen=True)
class Command(Message, Generic[R]):
    """A request. ``cmd`` is its name on the wire, ``result`` the type of its answer."""

    cmd: ClassVar[str]
    result: ClassVar[type[Message]]


def _encode(value: object) -> object:
    if isinstance(value, Message):
        return value.to_json()
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    return value


_CASED = {"mvars": "MVars", "ast": "AST"}


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(_CASED.get(part, part.title()) for part in tail)


def _wire_names(cls: type[Message]) -> tuple[tuple[str, str], ...]:
    """Pairs of a field's name and its name on the wire."""
    if cls not in _WIRE_NAMES:
        _WIRE_NAMES[cls] = tuple((spec.name, _camel(spec.name)) for spec in fields(cls))
    return _WIRE_NAMES[cls]


def _decoders(cls: type[Message]) -> tuple[tuple[str, str, Decoder, bool], ...]:
    """For each field its name, its name on the wire, how to read it, whether it is required."""
    if cls not in _DECODERS:
        hints = typing.get_type_hints(cls)
        _DECODERS[cls] = tuple(
            (
                spec.name,
                _camel(spec.name),
                _decoder(hints[spec.name]),
                spec.default is MISSING and spec.default_factory is MISSING,
            )
            for spec in fields(cls)
        )
    return _DECODERS[cls]


Decoder = Callable[[Any, str], Any]
_WIRE_NAMES: dict[type[Message], tuple[tuple[str, str], ...]] = {}
_DECODERS: dict[type[Message], tuple[tuple[str, str, Decoder, bool], ...]] = {}


def _decoder(hint: Any) -> Decoder:
    """How to read a value of the type ``hint``: a message, a tuple, an optional, or plain."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return _decoder(next(part for part in arguments if part is not type(None)))
    if origin is tuple:
        return _tuple_decoder(arguments)
    if isinstance(hint, type) and issubclass(hint, Message):
        return lambda raw, _where: hint.from_json(raw)
    return _plain_decoder(hint)


def _plain_decoder(hint: Any) -> Decoder:
    def decode(raw: Any, where: str) -> Any:
        if hint is not Any and (not isinstance(raw, hint) or (hint is int and raw is True)):
            raise ProtocolError(f"{where}: expected {hint.__name__}, got {_shown(raw)}")
        return raw

    return decode


def _tuple_decoder(arguments: tuple[Any, ...]) -> Decoder:
    repeated = arguments[-1] is Ellipsis
    items = [_decoder(argument) for argument in arguments if argument is not Ellipsis]

    def decode(raw: Any, where: str) -> Any:
        if not isinstance(raw, list) or (not repeated and len(raw) != len(items)):
            raise ProtocolError(f"{where}: expected an array, got {_shown(raw)}")
        decoders = items * len(raw) if repeated else items
        return tuple(read(item, where) for read, item in zip(decoders, raw, strict=True))

    return decode


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


# --- Errors and messages of Lean ------------------------------------------------------------


@dataclass(frozen=True)
class InteractionError(Message):
    """The answer to a command that could not be carried out."""

    #: The kind: ``command``, ``index``, ``operation``, ``expr``, ``parse``, ``io``, ``core``, …;
    #: extension: ``timeout`` (hard limit, the process exits) and ``import`` (at start).
    error: str
    #: The description, for people.
    desc: str = ""
    #: Extension: the process exits after this answer and should be started anew.
    restart: bool = False


@dataclass(frozen=True)
class Position(Message):
    """A place in a text."""

    #: Counted from 1.
    line: int
    #: Counted from 0, in code points.
    column: int


@dataclass(frozen=True)
class SerialMessage(Message):
    """A message of Lean's (`Lean.SerialMessage`)."""

    #: ``error``, ``warning`` or ``information``.
    severity: str
    #: The text.
    data: str
    #: Where it begins.
    pos: Position
    #: Where it ends, if it covers a range.
    end_pos: Position | None = None
    #: The name of the file, ``<anonymous>`` for a text.
    file_name: str = ""
    #: A title in front of the text.
    caption: str = ""
    #: Whether the range is shown in full.
    keep_full_range: bool = False
    #: Whether it is hidden from people.
    is_silent: bool = False
    #: The tag of the message, such as ``hasSorry``.
    kind: str = ""

    @property
    def is_error(self) -> bool:
        """Whether what it is about was refused."""
        return self.severity == "error"


# --- Expressions and goals ------------------------------------------------------------------


@dataclass(frozen=True)
class Expression(Message):
    """A term of Lean's."""

    #: Pretty-printed (option ``printExprPretty``).
    pp: str | None = None
    #: Its syntax tree as an S-expression (option ``printExprAST``).
    sexp: str | None = None
    #: The metavariables in it (option ``printDependentMVars``).
    dependent_mvars: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Variable(Message):
    """A local hypothesis."""

    #: The name shown to people.
    user_name: str
    #: The internal name.
    name: str = ""
    #: Whether the name cannot be written (shown with a dagger).
    is_inaccessible: bool = False
    #: Its type.
    type: Expression | None = None
    #: Its value, if it is bound by ``let``.
    value: Expression | None = None


@dataclass(frozen=True)
class Goal(Message):
    """What is left to prove."""

    #: The metavariable.
    name: str
    #: The type to be inhabited.
    target: Expression
    #: The case tag.
    user_name: str | None = None
    #: ``tactic``, ``conv`` or ``calc``.
    fragment: str = "tactic"
    #: The hypotheses, oldest first.
    vars: tuple[Variable, ...] = ()


# --- The session ----------------------------------------------------------------------------


@dataclass(frozen=True)
class StatResult(Message):
    """How much the server holds."""

    #: Number of proof states.
    n_goals: int


@dataclass(frozen=True)
class Stat(Command[StatResult]):
    """How much does the server hold?"""

    cmd = "stat"
    result = StatResult


@dataclass(frozen=True)
class Reset(Command[StatResult]):
    """Forget all proof states."""

    cmd = "reset"
    result = StatResult


@dataclass(frozen=True)
class OptionsSetResult(Message):
    """The options are set."""


@dataclass(frozen=True)
class OptionsSet(Command[OptionsSetResult]):
    """Set options of the server (not of Lean). Those left out stay."""

    cmd = "options.set"
    result = OptionsSetResult
    #: Break answers into lines; must stay off for a client that reads lines.
    print_json_pretty: bool | None = None
    #: Give `Expression.pp`.
    print_expr_pretty: bool | None = None
    #: Give `Expression.sexp`.
    print_expr_ast: bool | None = None
    #: Give `Expression.dependent_mvars`.
    print_dependent_mvars: bool | None = None
    #: Leave out hypotheses that the step before has shown.
    no_repeat: bool | None = None
    #: Show auxiliary declarations (``pp.auxDecls``).
    print_aux_decls: bool | None = None
    #: Show hypotheses that are details (``pp.implementationDetailHyps``).
    print_implementation_detail_hyps: bool | None = None
    #: Goals beside the one acted on stay in the state.
    automatic_mode: bool | None = None
    #: Limit for whatever may run a tactic, in milliseconds; 0 is none.
    timeout: int | None = None


@dataclass(frozen=True)
class Options(Message):
    """The options in force; see `OptionsSet`."""

    #: See `OptionsSet.print_json_pretty`.
    print_json_pretty: bool = False
    #: See `OptionsSet.print_expr_pretty`.
    print_expr_pretty: bool = True
    #: See `OptionsSet.print_expr_ast`.
    print_expr_ast: bool = False
    #: See `OptionsSet.print_dependent_mvars`.
    print_dependent_mvars: bool = False
    #: See `OptionsSet.no_repeat`.
    no_repeat: bool = False
    #: See `OptionsSet.print_aux_decls`.
    print_aux_decls: bool = False
    #: See `OptionsSet.print_implementation_detail_hyps`.
    print_implementation_detail_hyps: bool = False
    #: See `OptionsSet.automatic_mode`.
    automatic_mode: bool = True
    #: See `OptionsSet.timeout`.
    timeout: int = 0


@dataclass(frozen=True)
class OptionsPrint(Command[Options]):
    """Which options are in force?"""

    cmd = "options.print"
    result = Options


@dataclass(frozen=True)
class ExprEchoResult(Message):
    """A term that was elaborated."""

    #: The term.
    expr: Expression
    #: Its type.
    type: Expression


@dataclass(frozen=True)
class ExprEcho(Command[ExprEchoResult]):
    """Elaborate a term and give its type."""

    cmd = "expr.echo"
    result = ExprEchoResult
    #: The term.
    expr: str
    #: The type expected of it.
    type: str | None = None
    #: Names of universe levels that it may use.
    levels: tuple[str, ...] | None = None


# --- The environment of constants -----------------------------------------------------------


@dataclass(frozen=True)
class EnvDescribeResult(Message):
    """What the environment was made of."""

    #: The modules asked for.
    imports: tuple[str, ...]
    #: All modules loaded.
    modules: tuple[str, ...]


@dataclass(frozen=True)
class EnvDescribe(Command[EnvDescribeResult]):
    """What was imported?"""

    cmd = "env.describe"
    result = EnvDescribeResult


@dataclass(frozen=True)
class EnvModuleReadResult(Message):
    """The contents of a module."""

    #: The modules that it imports.
    imports: tuple[str, ...]
    #: Its constants.
    const_names: tuple[str, ...]
    #: Constants that code generation added.
    extra_const_names: tuple[str, ...]


@dataclass(frozen=True)
class EnvModuleRead(Command[EnvModuleReadResult]):
    """What is in a loaded module?"""

    cmd = "env.module_read"
    result = EnvModuleReadResult
    #: The module.
    module: str


@dataclass(frozen=True)
class EnvCatalogResult(Message):
    """The constants of the environment."""

    #: Each with a letter for its kind in front (``t`` theorem, ``d`` definition, …).
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class EnvCatalog(Command[EnvCatalogResult]):
    """Which safe constants are there?"""

    cmd = "env.catalog"
    result = EnvCatalogResult


@dataclass(frozen=True)
class InductInfo(Message):
    """About an inductive type (`Lean.InductiveVal`)."""

    #: Number of parameters.
    num_params: int
    #: Number of indices.
    num_indices: int
    #: The types defined together with it.
    all: tuple[str, ...]
    #: Its constructors.
    ctors: tuple[str, ...]
    #: Whether it occurs in its own constructors.
    is_rec: bool = False
    #: Whether it occurs there as the result of a function.
    is_reflexive: bool = False
    #: Whether it occurs there inside another type.
    is_nested: bool = False


@dataclass(frozen=True)
class ConstructorInfo(Message):
    """About a constructor (`Lean.ConstructorVal`)."""

    #: The inductive type.
    induct: str
    #: Its index among the constructors.
    cidx: int
    #: Number of parameters of the type.
    num_params: int
    #: Number of fields.
    num_fields: int


@dataclass(frozen=True)
class RecursorRule(Message):
    """How a recursor computes on one constructor."""

    #: The constructor.
    ctor: str
    #: Number of its fields.
    n_fields: int
    #: The right-hand side.
    rhs: Expression


@dataclass(frozen=True)
class RecursorInfo(Message):
    """About a recursor (`Lean.RecursorVal`)."""

    #: The inductive types that it is about.
    all: tuple[str, ...]
    #: Number of parameters.
    num_params: int
    #: Number of indices.
    num_indices: int
    #: Number of motives.
    num_motives: int
    #: Number of minor premises.
    num_minors: int
    #: One rule for each constructor.
    rules: tuple[RecursorRule, ...]
    #: Whether it computes without looking at the major premise.
    k: bool


@dataclass(frozen=True)
class EnvInspectResult(Message):
    """About a constant."""

    #: Its type.
    type: Expression
    #: Whether it is marked unsafe.
    is_unsafe: bool = False
    #: Its value.
    value: Expression | None = None
    #: The module that it is from.
    module: str | None = None
    #: For a private name, the name that the user wrote.
    public_name: str | None = None
    #: Constants in its type.
    type_dependency: tuple[str, ...] | None = None
    #: Constants in its value.
    value_dependency: tuple[str, ...] | None = None
    #: For an inductive type.
    induct_info: InductInfo | None = None
    #: For a constructor.
    constructor_info: ConstructorInfo | None = None
    #: For a recursor.
    recursor_info: RecursorInfo | None = None
    #: The file that it is in.
    source_uri: str | None = None
    #: Where its declaration begins.
    source_start: Position | None = None
    #: Where it ends.
    source_end: Position | None = None


@dataclass(frozen=True)
class EnvInspect(Command[EnvInspectResult]):
    """What is this constant?"""

    cmd = "env.inspect"
    result = EnvInspectResult
    #: The constant.
    name: str
    #: Whether to give its value; by default only those of definitions.
    value: bool | None = None
    #: Whether to give the constants that it depends on.
    dependency: bool | None = None
    #: Whether to give its place.
    source: bool | None = None


@dataclass(frozen=True)
class EnvAddResult(Message):
    """The constant is added."""


@dataclass(frozen=True)
class EnvAdd(Command[EnvAddResult]):
    """Add a definition or a theorem."""

    cmd = "env.add"
    result = EnvAddResult
    #: Its name.
    name: str
    #: Its value.
    value: str
    #: Its type, if not that of the value.
    type: str | None = None
    #: Its universe levels.
    levels: tuple[str, ...] | None = None
    #: Whether it is a theorem.
    is_theorem: bool = False


@dataclass(frozen=True)
class EnvSaveLoadResult(Message):
    """The environment is saved or loaded."""


@dataclass(frozen=True)
class EnvSave(Command[EnvSaveLoadResult]):
    """Write the environment to a file."""

    cmd = "env.save"
    result = EnvSaveLoadResult
    #: The file.
    path: str


@dataclass(frozen=True)
class EnvLoad(Command[EnvSaveLoadResult]):
    """Read the environment from a file."""

    cmd = "env.load"
    result = EnvSaveLoadResult
    #: The file.
    path: str


@dataclass(frozen=True)
class EnvParseResult(Message):
    """Where a piece of syntax ends."""

    #: Offset in bytes.
    pos: int


@dataclass(frozen=True)
class EnvParse(Command[EnvParseResult]):
    """Parse the first element of a syntax category."""

    cmd = "env.parse"
    result = EnvParseResult
    #: The text.
    input: str
    #: The category, such as ``term``.
    category: str


@dataclass(frozen=True)
class ConstantReport(Message):
    """Extension: a constant that the kernel has checked again."""

    #: Its full name.
    name: str
    #: ``axiom``, ``def``, ``theorem``, ``opaque``, ``quot``, ``inductive``, ``ctor`` or ``rec``.
    kind: str
    #: Whether it is marked ``unsafe``; a ``partial`` definition is not (see ``safety``).
    is_unsafe: bool
    #: Its universe levels, in order.
    levels: tuple[str, ...]
    #: Its type in a canonical form: equal texts exactly for terms that are equal up to the names
    #: of bound variables and metadata.
    type: str
    #: The axioms that it stands on, sorted: those among the constants of this report, and those
    #: of imported modules that it or a constant of this report below it mentions. What an
    #: imported theorem or definition itself stands on is trusted and not looked into.
    axioms: tuple[str, ...]
    #: Whether ``sorryAx`` is among the axioms.
    uses_sorry: bool
    #: Of a ``def``: ``safe``, ``unsafe`` or ``partial``.
    safety: str | None = None
    #: What the text calls a private constant, whose full name Lean makes up.
    private_name: str | None = None


@dataclass(frozen=True)
class ReplayFailure(Message):
    """Extension: a constant that the kernel refused."""

    #: Its full name.
    name: str
    #: Why.
    desc: str


@dataclass(frozen=True)
class EnvReplayResult(Message):
    """Extension: what the kernel says of the constants that are not imported."""

    #: How many declarations were checked.
    checked: int
    #: Those refused.
    failures: tuple[ReplayFailure, ...] = ()
    #: All of them, in the order of their declaration.
    constants: tuple[ConstantReport, ...] = ()


@dataclass(frozen=True)
class EnvReplay(Command[EnvReplayResult]):
    """Extension: give every constant that is not imported to the kernel again."""

    cmd = "env.replay"
    result = EnvReplayResult
    #: Limit in milliseconds.
    timeout: int | None = None


@dataclass(frozen=True)
class Statement(Message):
    """Extension: what a constant of the library says."""

    #: Its name.
    name: str
    #: ``theorem``, ``axiom`` or ``definition``.
    kind: str
    #: Its type, pretty-printed, in one line where its syntax allows.
    type: str
    #: Its universe levels.
    levels: tuple[str, ...] = ()
    #: The constants in its type.
    constants: tuple[str, ...] = ()
    #: Whether none of these is from its own module.
    standalone: bool = False
    #: Whether it is in the default simp set.
    simp: bool = False
    #: Whether ``grind`` instantiates it by itself.
    grind: bool = False
    #: Whether it is deprecated.
    deprecated: bool = False


@dataclass(frozen=True)
class EnvStatementsResult(Message):
    """Extension: the statements of a module, without private and generated constants, instances
    and syntax."""

    #: The modules that it imports.
    imports: tuple[str, ...]
    #: In a fixed order that says nothing.
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class EnvStatements(Command[EnvStatementsResult]):
    """Extension: what do the theorems and definitions of a loaded module say?"""

    cmd = "env.statements"
    result = EnvStatementsResult
    #: The module.
    module: str
    #: Limit in milliseconds.
    timeout: int | None = None


# --- Proof states ---------------------------------------------------------------------------


@dataclass(frozen=True)
class GoalStartResult(Message):
    """A proof has begun."""

    #: The new state.
    state_id: int
    #: The metavariable that stands for the whole proof.
    root: str


@dataclass(frozen=True)
class GoalStart(Command[GoalStartResult]):
    """Begin a proof; exactly one of ``expr`` and ``copy_from``."""

    cmd = "goal.start"
    result = GoalStartResult
    #: The statement.
    expr: str | None = None
    #: Names of universe levels in it.
    levels: tuple[str, ...] | None = None
    #: A constant whose type is the statement.
    copy_from: str | None = None


@dataclass(frozen=True)
class GoalTacticResult(Message):
    """What a tactic did. It succeeded exactly if there is a ``next_state_id``."""

    #: The new state.
    next_state_id: int | None = None
    #: Its goals.
    goals: tuple[Goal, ...] | None = None
    #: What Lean said.
    messages: tuple[SerialMessage, ...] | None = None
    #: Why the text is not a tactic.
    parse_error: str | None = None
    #: Whether the step uses ``sorry``.
    has_sorry: bool = False
    #: Whether the step uses something unsafe.
    has_unsafe: bool = False
    #: Extension: ``parse``, ``elaboration`` or ``timeout``.
    failure: str | None = None
    #: Extension: the process exits after this answer.
    restart: bool = False


@dataclass(frozen=True)
class GoalTactic(Command[GoalTacticResult]):
    """Act on a goal; exactly one of ``tactic``, ``mode``, ``expr``, ``have``, ``let`` and
    ``draft``."""

    cmd = "goal.tactic"
    result = GoalTacticResult
    #: The state.
    state_id: int
    #: The goal; the first by default.
    goal_id: int | None = None
    #: Whether the other goals stay; see `OptionsSet.automatic_mode`.
    auto_resume: bool | None = None
    #: A tactic or several, one a line.
    tactic: str | None = None
    #: Enter the mode ``tactic``, ``conv`` or ``calc``.
    mode: str | None = None
    #: A term for the goal.
    expr: str | None = None
    #: A statement to be proved on the way.
    have: str | None = None
    #: A type to be inhabited on the way.
    let: str | None = None
    #: A term whose ``sorry``s become goals.
    draft: str | None = None
    #: The name of what ``have`` or ``let`` introduce.
    binder_name: str | None = None
    #: Extension: limit in milliseconds.
    timeout: int | None = None
    #: Extension: limit in thousands of heartbeats, as for ``maxHeartbeats``.
    heartbeats: int | None = None


@dataclass(frozen=True)
class GoalContinueResult(Message):
    """Goals brought back."""

    #: The new state.
    next_state_id: int
    #: Its goals.
    goals: tuple[Goal, ...]


@dataclass(frozen=True)
class GoalContinue(Command[GoalContinueResult]):
    """Bring goals of a state back; exactly one of ``branch`` and ``goals``."""

    cmd = "goal.continue"
    result = GoalContinueResult
    #: The state that gives the context.
    target: int
    #: An earlier state, whose other goals come back.
    branch: int | None = None
    #: The names of the goals that the new state shall have.
    goals: tuple[str, ...] | None = None


@dataclass(frozen=True)
class GoalDeleteResult(Message):
    """The states are forgotten."""


@dataclass(frozen=True)
class GoalDelete(Command[GoalDeleteResult]):
    """Forget states."""

    cmd = "goal.delete"
    result = GoalDeleteResult
    #: The states.
    state_ids: tuple[int, ...]


@dataclass(frozen=True)
class GoalPrintResult(Message):
    """What is in a state."""

    #: The proof so far.
    root: Expression | None = None
    #: What the last step put in the place of its goals.
    parent_exprs: tuple[Any, ...] | None = None
    #: The goals.
    goals: tuple[Goal, ...] = ()
    #: The metavariables asked for.
    extra_mvars: tuple[Expression, ...] = ()
    #: Whether the proof so far uses ``sorry``.
    root_has_sorry: bool = False
    #: Whether it uses something unsafe.
    root_has_unsafe: bool = False
    #: Whether something in it is open.
    root_has_mvar: bool = True


@dataclass(frozen=True)
class GoalPrint(Command[GoalPrintResult]):
    """What is in this state?"""

    cmd = "goal.print"
    result = GoalPrintResult
    #: The state.
    state_id: int
    #: Whether to give the proof so far.
    root_expr: bool | None = None
    #: Whether to give the last step.
    parent_exprs: bool | None = None
    #: Whether to give the goals.
    goals: bool | None = None
    #: Metavariables to be printed.
    extra_mvars: tuple[str, ...] | None = None


@dataclass(frozen=True)
class GoalSaveResult(Message):
    """The state is saved."""


@dataclass(frozen=True)
class GoalSave(Command[GoalSaveResult]):
    """Write a state to a file."""

    cmd = "goal.save"
    result = GoalSaveResult
    #: The state.
    id: int
    #: The file.
    path: str


@dataclass(frozen=True)
class GoalLoadResult(Message):
    """The state is loaded."""

    #: The new state.
    id: int


@dataclass(frozen=True)
class GoalLoad(Command[GoalLoadResult]):
    """Read a state from a file."""

    cmd = "goal.load"
    result = GoalLoadResult
    #: The file.
    path: str


# --- Whole texts ----------------------------------------------------------------------------


@dataclass(frozen=True)
class CompilationUnit(Message):
    """One command of a text. Offsets are in bytes of UTF-8, from the beginning of the text."""

    #: Where it begins and ends, with the white space and comments after it.
    boundary: tuple[int, int]
    #: What Lean said.
    messages: tuple[SerialMessage, ...] = ()
    #: Number of tactics that ran.
    n_invocations: int | None = None
    #: The state whose goals are the ``sorry``s.
    goal_state_id: int | None = None
    #: Its goals.
    goals: tuple[Goal, ...] | None = None
    #: Where the ``sorry`` of each goal is.
    goal_src_boundaries: tuple[tuple[int, int], ...] | None = None
    #: Constants that the command declared.
    new_constants: tuple[str, ...] | None = None


@dataclass(frozen=True)
class FrontendProcessResult(Message):
    """The commands of a text, in order."""

    #: One for each command.
    units: tuple[CompilationUnit, ...]
    #: Extension: the process exits after this answer.
    restart: bool = False


@dataclass(frozen=True)
class FrontendProcess(Command[FrontendProcessResult]):
    """Elaborate a text; exactly one of ``file_name`` and ``file``."""

    cmd = "frontend.process"
    result = FrontendProcessResult
    #: A file to be read by the server.
    file_name: str | None = None
    #: The text itself.
    file: str | None = None
    #: Whether the text begins with imports to be obeyed.
    read_header: bool = False
    #: Whether the server goes on with the constants of the text.
    inherit_env: bool = False
    #: A file to which the tactics that ran are written.
    invocations: str | None = None
    #: Whether to make goals of the ``sorry``s.
    sorrys: bool = False
    #: Whether to make goals of type errors.
    type_errors_as_goals: bool = False
    #: Whether to name the constants that each command declared.
    new_constants: bool = False
    #: Extension: limit in milliseconds.
    timeout: int | None = None
    #: Extension: limit for each command in thousands of heartbeats.
    heartbeats: int | None = None


@dataclass(frozen=True)
class InvokedTactic(Message):
    """A tactic that ran; a line of the file `FrontendProcess.invocations`."""

    #: The goals before it, as printed.
    goal_before: str
    #: The goals after it.
    goal_after: str
    #: Its text.
    tactic: str
    #: Constants that it used.
    used_constants: tuple[str, ...] = ()


@dataclass(frozen=True)
class FrontendDataUnit(Message):
    """The tactics of one command."""

    #: In the order in which they ran.
    invocations: tuple[InvokedTactic, ...] | None = None


@dataclass(frozen=True)
class FrontendData(Message):
    """The contents of the file `FrontendProcess.invocations`."""

    #: One for each command.
    units: tuple[FrontendDataUnit, ...]


@dataclass(frozen=True)
class SearchTarget(Message):
    """A search target that `FrontendDistil` has found."""

    #: The state.
    state_id: int
    #: Its goals.
    goals: tuple[Goal, ...]


@dataclass(frozen=True)
class FrontendDistilResult(Message):
    """What is to be proved in a text."""

    #: The targets.
    targets: tuple[SearchTarget, ...]


@dataclass(frozen=True)
class FrontendDistil(Command[FrontendDistilResult]):
    """Find what is to be proved in a text."""

    cmd = "frontend.distil"
    result = FrontendDistilResult
    #: The text.
    file: str
    #: The name of the binder of each target, in place of its own.
    binder_name: str | None = None
    #: Whether values are dropped or become part of the state.
    ignore_values: bool = True


@dataclass(frozen=True)
class FrontendTrackResult(Message):
    """Whether a text is a completion of another."""

    #: Why it is not.
    failure: str | None = None
    #: What Lean said of the first.
    src_messages: tuple[SerialMessage, ...] = ()
    #: What Lean said of the second.
    dst_messages: tuple[SerialMessage, ...] = ()


@dataclass(frozen=True)
class FrontendTrack(Command[FrontendTrackResult]):
    """Is ``dst`` a completion of ``src``?"""

    cmd = "frontend.track"
    result = FrontendTrackResult
    #: The text with holes.
    src: str
    #: The text without.
    dst: str


@dataclass(frozen=True)
class FrontendRefactorResult(Message):
    """A text written anew."""

    #: The text.
    file: str


@dataclass(frozen=True)
class FrontendRefactor(Command[FrontendRefactorResult]):
    """Group ``sorry``s that depend on each other into one."""

    cmd = "frontend.refactor"
    result = FrontendRefactorResult
    #: The text.
    file: str
    #: Options of Lean, each ``key=value``.
    core_options: tuple[str, ...] = ()


#: Every command by its name on the wire.
COMMANDS: Mapping[str, type[Command[Any]]] = {
    command.cmd: command
    for command in (
        Reset, Stat, OptionsSet, OptionsPrint, ExprEcho, EnvDescribe, EnvModuleRead, EnvCatalog,
        EnvStatements, EnvInspect, EnvAdd, EnvSave, EnvLoad, EnvParse, EnvReplay, GoalStart,
        GoalTactic, GoalContinue, GoalDelete, GoalPrint, GoalSave, GoalLoad, FrontendProcess,
        FrontendDistil, FrontendTrack, FrontendRefactor,
    )
}  # fmt: skip
