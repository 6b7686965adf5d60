"""Proof states and tactics in Lean: an `Environment` over one server process.

A proof state is a handle on a state inside the server, together with how it was made: from a
hole of a text, by a tactic from another state, or as a part of another state's goals. When the
process is lost (it crashed, was too slow, or had grown too large), the next one rebuilds a state
when it is asked for, by doing again what had made it; whoever holds the handle notices nothing.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from weakref import WeakKeyDictionary

from prover.contracts import (
    EnvironmentCrash,
    FailureKind,
    Goal,
    Hypothesis,
    InputError,
    ProofState,
    TacticFailure,
)
from prover.environments.lean import protocol
from prover.environments.lean.backend import Launcher, choose_launcher
from prover.environments.lean.elaboration import Unit, elaborate, replay
from prover.environments.lean.protocol import (
    Command,
    GoalContinue,
    GoalDelete,
    GoalStart,
    GoalTactic,
    GoalTacticResult,
    OptionsSet,
    Reset,
)
from prover.environments.lean.server import (
    CommandError,
    LeanServer,
    ServerLost,
    ServerTimeout,
    UnknownImport,
)
from prover.environments.lean.source import Edit, LeanSource, Rewritten, unknown_import
from prover.environments.lean.theorem import LeanTheorem

TACTIC_SECONDS = 10.0
"""Default limit of a tactic."""

FILE_SECONDS = 300.0
"""Default limit of the elaboration of a whole text."""

_GRACE_SECONDS = 5.0  # for the server to keep a limit by itself before it is killed
_WARM_UP_SECONDS = 60.0
_PATIENCE = 6.0  # times the limit, for a tactic that is known to work, in a process that is cold
_SOURCES = 16  # texts whose holes are kept open in the server
_GARBAGE = 64  # states that are deleted together
_REMEMBERED = 4096  # tactics known to kill the server

Statements = dict[str, tuple[tuple[str, ...], str]]
"""Universe levels and type of constants, by name."""

A = TypeVar("A")
R = TypeVar("R", bound=protocol.Message)


@dataclass(frozen=True, eq=False)
class _OfUnit:
    """The state of the holes of a command of a text."""

    text: _Text
    unit: int


@dataclass(frozen=True, eq=False)
class _ByTactic:
    """The state after a tactic."""

    parent: _State
    tactic: str


@dataclass(frozen=True, eq=False)
class _PartOf:
    """Some of the goals of a state."""

    parent: _State
    goals: tuple[int, ...]

    @property
    def is_view(self) -> bool:
        """Whether the parent's place in the server will do: a tactic can be run on one goal or
        on all of them there."""
        return len(self.goals) == 1 or self.goals == tuple(range(len(self.parent.names)))


class _State:
    """A handle: how a state was made, and where it is in the server at present.

    ``state_id`` is valid in the process ``epoch`` only. ``names`` are the metavariables of the
    goals, ``mentions`` those that occur in them. ``separate`` says that the goals belong to
    different holes. ``parts`` counts the handles that live off this one's place in the server.
    ``bin`` is where its environment collects the places to be given up.
    """

    __slots__ = (
        "__weakref__", "bin", "epoch", "mentions", "names", "origin", "parts", "released",
        "separate", "source", "state_id",
    )  # fmt: skip

    def __init__(
        self, origin: _OfUnit | _ByTactic | _PartOf, bin_: list[tuple[object, int]], *,
        separate: bool = False,
    ) -> None:
        self.origin = origin
        self.source: LeanSource = (
            origin.text.source if isinstance(origin, _OfUnit) else origin.parent.source
        )
        self.bin, self.separate = bin_, separate
        self.epoch: object = None
        self.state_id = -1
        self.names: tuple[str, ...] = ()
        self.mentions: tuple[frozenset[str], ...] = ()
        self.parts = 0
        self.released = False

    def settle(self, epoch: object, state_id: int, goals: Sequence[protocol.Goal]) -> None:
        """Note where the state is now."""
        self.vacate()
        self.epoch, self.state_id = epoch, state_id
        self.names = tuple(goal.name for goal in goals)
        self.mentions = tuple(_mentions(goal) for goal in goals)

    def vacate(self) -> None:
        """Give the place in the server up."""
        if self.epoch is not None:
            self.bin.append((self.epoch, self.state_id))
            self.epoch = None

    def __del__(self) -> None:
        self.vacate()


class _Text:
    """A text elaborated in the server, with a handle for each command that has holes."""

    def __init__(self, source: LeanSource) -> None:
        self.source = source
        self.epoch: object = None
        self.units: tuple[Unit, ...] = ()
        self.states: dict[int, _State] = {}


class LeanEnvironment:
    """Tactics on proof states in one Lean process; an ``Environment[LeanTheorem]``.

    The process is started when first needed, with the imports of the theorem at hand, and
    started anew for a theorem with other imports. ``tactic_seconds`` limits each tactic,
    ``heartbeats`` (in thousands, as for ``maxHeartbeats``) the work that Lean counts itself.
    With ``warm_up`` a new process first runs the tactics that are slow the first time.
    """

    def __init__(
        self, launcher: Launcher | None = None, *, tactic_seconds: float = TACTIC_SECONDS,
        heartbeats: int | None = None, file_seconds: float = FILE_SECONDS, warm_up: bool = True,
    ) -> None:
        self.launcher = launcher or choose_launcher()
        self.tactic_seconds, self.heartbeats = tactic_seconds, heartbeats
        self.file_seconds, self.warm_up = file_seconds, warm_up
        self._server: LeanServer | None = None
        self._texts: dict[int, _Text] = {}
        self._recent: OrderedDict[int, _Text] = OrderedDict()
        self._bin: list[tuple[object, int]] = []
        self._adopted: WeakKeyDictionary[_State, _State] = WeakKeyDictionary()
        self._deadly: OrderedDict[tuple[object, str], TacticFailure] = OrderedDict()
        self._session_timeout: tuple[object, int] | None = None
        self._lock = threading.RLock()
        self._closed = False

    # --- The contract -----------------------------------------------------------------------

    def open(self, theorem: LeanTheorem) -> ProofState:
        """The goals of the holes of ``theorem``. Raises `InputError` if Lean does not find them."""
        with self._lock:
            units = self.elaborate(theorem.source)
            text = self._texts[id(theorem.source)]
            index, goals = _goals_of(theorem, units)
            handle = self._part(text.states[index], goals)
            handle.separate = len(goals) > 1
            shown = tuple(_shown(units[index].goals[goal]) for goal in goals)
            return ProofState(shown, handle)

    def apply(
        self, state: ProofState, tactic: str, limit: float | None = None
    ) -> ProofState | TacticFailure:
        """Run ``tactic`` (one or several, one a line) on the first goal of ``state``, for
        ``limit`` seconds at most if that is less than the environment's own limit.

        A tactic that makes Lean crash twice is answered with a failure of the kind ``crash``,
        one that does not obey its time limit with ``timeout``; both at once if asked again. The
        state may be one of another environment: it is rebuilt here.
        """
        if not state.goals:
            return TacticFailure(FailureKind.ELABORATION, "no goals are left")
        key = (state.goals, tactic)
        seconds = min(self.tactic_seconds, limit or self.tactic_seconds)
        with self._lock:
            if known := self._deadly.get(key):
                return known
            said = ""
            for _attempt in range(2):
                try:
                    return self._apply(self._own(_handle(state)), tactic, seconds)
                except ServerTimeout:
                    failure = TacticFailure(FailureKind.TIMEOUT, "stopped at the time limit")
                    break
                except ServerLost as error:
                    said = str(error)
            else:
                failure = TacticFailure(FailureKind.CRASH, said)
            if failure.kind is FailureKind.CRASH or seconds >= self.tactic_seconds:
                self._deadly[key] = failure
            while len(self._deadly) > _REMEMBERED:
                self._deadly.popitem(last=False)
            return failure

    def split(self, state: ProofState) -> tuple[ProofState, ...]:
        """A state for each group of goals that share metavariables, in order."""
        handle = _handle(state)
        groups = _independent(handle.names, handle.mentions)
        if len(groups) <= 1:
            return (state,)
        with self._lock:
            handle = self._own(handle)
            return tuple(
                ProofState(tuple(state.goals[i] for i in group), self._part(handle, group))
                for group in groups
            )

    def release(self, states: Sequence[ProofState]) -> None:
        """Forget states; the server is told when there are enough of them."""
        with self._lock:
            for state in states:
                self._release(_handle(state))

    def close(self) -> None:
        """End the process, even in the middle of a tactic. Idempotent."""
        self._closed = True
        server = self._server
        if server is not None:
            server.abort()
            server.close()

    def __enter__(self) -> LeanEnvironment:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- Texts ------------------------------------------------------------------------------

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that the running process has imported; empty if none runs."""
        return self._server.imports if self._server is not None and self._server.running else ()

    @property
    def version(self) -> str:
        """Lean's version; starts the process if none runs."""
        with self._lock:
            return (self._server or self._use(("Init",))).version

    def server(self, source: LeanSource) -> LeanServer:
        """The server, with the imports of ``source``.

        Raises `InputError`, with the line, if a module does not exist.
        """
        modules = source.modules
        with self._lock:
            if self.modules == modules:
                return self._use(modules)
            if missing := self.launcher.missing(modules):
                raise unknown_import(source, missing[0], self.launcher.name)
            try:
                server = self._use(modules)
                server.start()
                if self.warm_up:
                    _warm_up(server)
            except UnknownImport as error:
                named = [item for item in source.imports if item.module in str(error)]
                first = [*named, *source.imports][:1]
                module = first[0].module if first else "Init"
                raise unknown_import(source, module, self.launcher.name) from error
            return server

    def elaborate(self, source: LeanSource) -> tuple[Unit, ...]:
        """The commands of a text, its holes kept open in the server for `open`.

        Raises `InputError` if it takes too long or makes Lean crash.
        """
        with self._lock:
            text = self._texts.setdefault(id(source), _Text(source))
            if text.epoch != _epoch(self.server(source)):
                self._settle(text, *self._elaborate(source, source.view))
            self._recent[id(source)] = text
            self._recent.move_to_end(id(source))
            while len(self._recent) > _SOURCES:
                self._forget(self._recent.popitem(last=False)[1])
            return text.units

    def _settle(self, text: _Text, epoch: object, units: tuple[Unit, ...]) -> None:
        text.epoch, text.units = epoch, units
        for index, unit in enumerate(units):
            if unit.state_id is not None:
                if index not in text.states:
                    text.states[index] = _State(_OfUnit(text, index), self._bin)
                text.states[index].settle(epoch, unit.state_id, unit.goals)
                text.states[index].released = False

    def _forget(self, text: _Text) -> None:
        """Let the server forget the holes of a text, but for those in use."""
        text.epoch = None
        for state in text.states.values():
            self._release(state)

    def try_out(self, source: LeanSource, edits: Iterable[Edit]) -> tuple[Unit, ...]:
        """The commands of a text after some edits, without its holes."""
        with self._lock:
            return self._elaborate(source, source.render(edits), sorrys=False)[1]

    def statements(self, source: LeanSource) -> Statements | None:
        """The universe levels and the type of every constant that a text declares, or ``None`` if
        the server cannot tell (an extension of the protocol)."""
        if not self.launcher.extended:
            return None
        with self._lock:
            _, result = self._guarded(source, lambda server: replay(
                server, source.view, seconds=self.file_seconds
            ))
            return {c.name: (c.levels, c.type) for c in result.constants}

    def _elaborate(
        self, source: LeanSource, view: Rewritten, *, sorrys: bool = True
    ) -> tuple[object, tuple[Unit, ...]]:
        """The process that has elaborated a text, and its commands."""
        return self._guarded(
            source,
            lambda server: (
                _epoch(server),
                elaborate(server, view, seconds=self.file_seconds, sorrys=sorrys),
            ),
        )

    def _guarded(self, source: LeanSource, act: Callable[[LeanServer], A]) -> A:
        """Do something with a text, once more if Lean crashes. Raises `InputError` if it cannot
        be done."""
        said = ""
        for _attempt in range(2):
            server = self.server(source)
            try:
                return act(server)
            except ServerTimeout as error:
                raise InputError(
                    f"Lean did not finish within {self.file_seconds:.0f} s", file=source.file
                ) from error
            except CommandError as error:
                raise InputError(f"Lean refused the text: {error}", file=source.file) from error
            except ServerLost as error:
                said = str(error)
        raise InputError(f"Lean crashed on the text: {said}", file=source.file)

    def _use(self, modules: tuple[str, ...]) -> LeanServer:
        if self._closed:
            raise EnvironmentCrash("the Lean environment is closed")
        if self._server is None or self._server.imports != modules:
            if self._server is not None:
                self._server.close()
            self._server = LeanServer(self.launcher, modules)
        return self._server

    # --- States -----------------------------------------------------------------------------

    def _apply(
        self, handle: _State, tactic: str, seconds: float
    ) -> ProofState | TacticFailure:
        try:
            result = self._run(handle, tactic, seconds)
        except _CannotRebuild as error:
            return TacticFailure(FailureKind.CRASH, str(error))
        except CommandError as error:
            interrupted = error.kind == "timeout" or error.description == "interrupt"
            kind = FailureKind.TIMEOUT if interrupted else FailureKind.ELABORATION
            return TacticFailure(kind, error.description or error.kind)
        failure = _failure(result)
        if failure is not None:
            if result.next_state_id is not None:
                self._bin.append((self._epoch, result.next_state_id))
            return failure
        goals = result.goals or ()
        child = _State(_ByTactic(handle, tactic), self._bin, separate=handle.separate)
        child.settle(self._epoch, result.next_state_id or 0, goals)
        return ProofState(tuple(map(_shown, goals)), child)

    def _own(self, handle: _State) -> _State:
        """``handle``, or for one of another environment one of this that is made in the same
        way."""
        chain: list[_State] = []
        while handle.bin is not self._bin and handle not in self._adopted:
            chain.append(handle)
            if isinstance(handle.origin, _OfUnit):
                break
            handle = handle.origin.parent
        for foreign in reversed(chain):
            self._adopted[foreign] = self._copy(foreign)
        last = chain[0] if chain else handle
        return last if last.bin is self._bin else self._adopted[last]

    def _copy(self, foreign: _State) -> _State:
        """A state made as ``foreign`` was, from a parent that this environment has."""
        origin = foreign.origin
        if isinstance(origin, _OfUnit):
            self.elaborate(foreign.source)
            return self._texts[id(foreign.source)].states[origin.unit]
        parent = origin.parent
        parent = parent if parent.bin is self._bin else self._adopted[parent]
        made = (
            _PartOf(parent, origin.goals)
            if isinstance(origin, _PartOf)
            else _ByTactic(parent, origin.tactic)
        )
        copy = _State(made, self._bin, separate=foreign.separate)
        copy.names, copy.mentions = foreign.names, foreign.mentions
        if isinstance(made, _PartOf):
            parent.parts += 1
        return copy

    def _run(self, handle: _State, tactic: str, seconds: float) -> GoalTacticResult:
        """Run a tactic on a state, which is rebuilt if need be."""
        state_id, goal_id = self._place(handle)
        self._limit_session(seconds)
        self._empty_bin()
        focus = goal_id is not None or handle.separate
        result = self._request(
            GoalTactic(
                state_id=state_id,
                goal_id=(goal_id or 0) if focus else None,
                auto_resume=False if focus else None,
                tactic=tactic,
                timeout=int(seconds * 1000),
                heartbeats=self.heartbeats,
            ),
            seconds + _GRACE_SECONDS,
        )
        if handle.separate and result.next_state_id is not None and not result.has_sorry:
            rest = handle.names[1:]
            names = tuple(goal.name for goal in result.goals or ()) + rest
            if rest:
                whole = self._request(
                    GoalContinue(target=result.next_state_id, goals=names), self.file_seconds
                )
                self._bin.append((self._epoch, result.next_state_id))
                return GoalTacticResult(next_state_id=whole.next_state_id, goals=whole.goals)
        return result

    def _place(self, handle: _State) -> tuple[int, int | None]:
        """Where a state is in the server, rebuilt if it is gone: a state there, and the goal in
        it, if it is but one of several."""
        self._revive(handle)
        origin = handle.origin
        if isinstance(origin, _PartOf) and origin.is_view:
            one_of_several = len(origin.goals) == 1 < len(origin.parent.names)
            return origin.parent.state_id, origin.goals[0] if one_of_several else None
        return handle.state_id, None

    def _revive(self, handle: _State) -> None:
        """Make sure that ``handle``, or what it is a view of, is in the server."""
        self.server(handle.source)
        missing: list[_State] = []
        state = handle
        while state.epoch != self._epoch:
            missing.append(state)
            if isinstance(state.origin, _OfUnit):
                break
            state = state.origin.parent
        for state in reversed(missing):
            self._rebuild(state)

    def _rebuild(self, state: _State) -> None:
        """Do again what made ``state``, whose parent is there."""
        origin = state.origin
        if isinstance(origin, _OfUnit):
            try:
                self.elaborate(origin.text.source)
            except InputError as error:
                raise _CannotRebuild from error
        elif isinstance(origin, _ByTactic):
            result = self._run(origin.parent, origin.tactic, _PATIENCE * self.tactic_seconds)
            if result.next_state_id is None:
                raise _CannotRebuild
            state.settle(self._epoch, result.next_state_id, result.goals or ())
        elif not origin.is_view:
            state_id, _ = self._place(origin.parent)
            names = tuple(origin.parent.names[goal] for goal in origin.goals)
            part = self._request(GoalContinue(target=state_id, goals=names), self.file_seconds)
            state.settle(self._epoch, part.next_state_id, part.goals)

    def _part(self, whole: _State, goals: tuple[int, ...]) -> _State:
        """A handle on some of the goals of ``whole``; a part of a part is a part of the whole."""
        if isinstance(whole.origin, _PartOf):
            goals = tuple(whole.origin.goals[goal] for goal in goals)
            whole = whole.origin.parent
        whole.parts += 1
        part = _State(_PartOf(whole, goals), self._bin)
        part.names = tuple(whole.names[goal] for goal in goals)
        part.mentions = tuple(whole.mentions[goal] for goal in goals)
        return part

    def _release(self, handle: _State) -> None:
        if handle.released:
            return
        handle.released = True
        if handle.parts == 0:
            handle.vacate()
        if isinstance(handle.origin, _PartOf):
            whole = handle.origin.parent
            whole.parts -= 1
            if whole.parts == 0 and whole.released:
                whole.vacate()

    def _empty_bin(self) -> None:
        """Have the server forget the states that were given up, if there are enough of them."""
        if len(self._bin) < _GARBAGE:
            return
        given_up, self._bin[:] = self._bin[:], []
        here = tuple(state_id for epoch, state_id in given_up if epoch == self._epoch)
        if here:
            self._request(GoalDelete(here), self.file_seconds)

    # --- Requests ---------------------------------------------------------------------------

    @property
    def _epoch(self) -> object:
        return _epoch(self._server)

    def _request(self, command: Command[R], seconds: float) -> R:
        """A request about states of the process that runs now, or `ServerLost`."""
        assert self._server is not None
        return self._server.request(command, seconds, generation=self._server.generation)

    def _limit_session(self, seconds: float) -> None:
        """Tell a server that takes no limits with a request what the limit is."""
        limit = (self._epoch, int(seconds * 1000))
        if not self.launcher.extended and self._session_timeout != limit:
            self._request(OptionsSet(timeout=limit[1]), self.file_seconds)
            self._session_timeout = limit


# Lean sets up tables when these are first used, which takes up to a second altogether.
_SLOW_AT_FIRST = ("simp", "omega", "grind", "decide", "simp_all")
_WARM_UP_STATEMENT = "∀ n : Nat, n < 1 → n + 0 = 0"


def _warm_up(server: LeanServer) -> None:
    """Run the tactics that are slow the first time. What they do does not matter."""
    try:
        start = server.request(GoalStart(expr=_WARM_UP_STATEMENT), _WARM_UP_SECONDS)
        for tactic in _SLOW_AT_FIRST:
            command = GoalTactic(state_id=start.state_id, tactic=f"intro n h; {tactic}")
            server.request(command, _WARM_UP_SECONDS, generation=server.generation)
        server.request(Reset(), _WARM_UP_SECONDS, generation=server.generation)
    except (CommandError, ServerLost):
        server.start()


class _CannotRebuild(Exception):
    """What had worked before does not work again."""

    def __str__(self) -> str:
        return "the proof state was lost with its process and could not be rebuilt"


def _epoch(server: LeanServer | None) -> object:
    """What identifies a process: states of another epoch are gone."""
    return None if server is None else (id(server), server.generation)


def _handle(state: ProofState) -> _State:
    if not isinstance(state.handle, _State):
        raise TypeError("not a state of a Lean environment")
    return state.handle


def _goals_of(theorem: LeanTheorem, units: Sequence[Unit]) -> tuple[int, tuple[int, ...]]:
    """The command of ``theorem``, and the goals of its holes in that command's state."""
    for index, unit in enumerate(units):
        if unit.start <= theorem.holes[0].at < unit.end:
            wanted = list(theorem.holes)
            used: list[int] = []
            for hole in wanted:
                goal = next(
                    (g for g, at in enumerate(unit.places) if at == hole.at and g not in used), None
                )
                if goal is None:
                    break
                used.append(goal)
            else:
                return index, tuple(used)
    raise InputError(
        f"Lean reports no goal for a `sorry` of {theorem.name}",
        file=theorem.file, line=theorem.line,
    )  # fmt: skip


def _shown(goal: protocol.Goal) -> Goal:
    hypotheses = tuple(
        Hypothesis(
            variable.user_name,
            (variable.type.pp or "") if variable.type else "",
            variable.value.pp if variable.value else None,
        )
        for variable in goal.vars
    )
    return Goal(hypotheses, goal.target.pp or "", goal.user_name, goal.name)


_IN_TEXT = re.compile(r"\?[\w.✝]+")


def _mentions(goal: protocol.Goal) -> frozenset[str]:
    """The metavariables of a goal, its own among them: by name, or as they are printed if the
    server does not name them."""
    expressions = [goal.target]
    for variable in goal.vars:
        expressions += [part for part in (variable.type, variable.value) if part is not None]
    found = {goal.name}
    for expression in expressions:
        if expression.dependent_mvars is not None:
            found.update(expression.dependent_mvars)
        else:
            found.update(_IN_TEXT.findall(expression.pp or ""))
            found.update([f"?{goal.user_name}"] if goal.user_name else [])
    return frozenset(found)


def _independent(
    names: Sequence[str], mentions: Sequence[frozenset[str]]
) -> list[tuple[int, ...]]:
    """Groups of goals such that no two groups mention the same metavariable, in order."""
    groups: list[tuple[tuple[int, ...], frozenset[str]]] = []
    for index in range(len(names)):
        members: tuple[int, ...] = (index,)
        mentioned, apart = mentions[index], []
        for group in groups:
            if group[1] & mentioned:
                members, mentioned = group[0] + members, group[1] | mentioned
            else:
                apart.append(group)
        groups = [*apart, (tuple(sorted(members)), mentioned)]
    return sorted(members for members, _ in groups)


_LIMIT = re.compile(r"\(deterministic\) timeout|maximum number of heartbeats")


def _failure(result: GoalTacticResult) -> TacticFailure | None:
    """Why a tactic was refused, or ``None`` if it was not."""
    messages = result.messages or ()
    if result.next_state_id is not None:
        if result.has_sorry:
            return TacticFailure(FailureKind.ELABORATION, "the tactic uses `sorry`")
        if result.has_unsafe:
            return TacticFailure(FailureKind.ELABORATION, "the tactic uses unsafe code")
        return None
    if result.parse_error is not None:
        return TacticFailure(FailureKind.PARSE, result.parse_error)
    errors = [message.data for message in messages if message.is_error]
    text = "\n".join(errors or [message.data for message in messages]) or "the tactic failed"
    if result.failure in tuple(FailureKind):
        return TacticFailure(FailureKind(result.failure), text)
    kind = FailureKind.TIMEOUT if _LIMIT.search(text) else FailureKind.ELABORATION
    return TacticFailure(kind, text)
