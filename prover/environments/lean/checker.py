"""The only place where a Lean theorem is found to be *proved*.

A script is screened, put into the holes of the source text, and the text is elaborated in a
process that has run neither search nor foreign metaprograms. Then Lean's kernel is given every
declaration again, and what it knows afterwards is compared with what it knows of the text as it
was given: the same commands with the same declarations, the same statements as elaborated terms,
no new axioms, no ``sorry``, nothing unsafe. Nothing that a search has said is used.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from prover.contracts import EnvironmentCrash, InputError, ProofScript, Verdict
from prover.environments.lean import screening
from prover.environments.lean.backend import EmbeddedLauncher, Launcher, choose_launcher
from prover.environments.lean.comparison import declared, difference
from prover.environments.lean.elaboration import Unit, replay, unread
from prover.environments.lean.project_checking import Unreadable
from prover.environments.lean.protocol import (
    ConstantReport,
    EnvInspect,
    EnvReplayResult,
    ExprEcho,
)
from prover.environments.lean.server import CommandError, LeanServer, ServerLost, ServerTimeout
from prover.environments.lean.shared_servers import SharedServers
from prover.environments.lean.source import LeanSource, Rewritten, unknown_import
from prover.environments.lean.submission import announced, forbidden, reinterpreted
from prover.environments.lean.theorem import LeanTheorem, constant_of, public_name

STANDARD_AXIOMS = frozenset(("propext", "Classical.choice", "Quot.sound"))
"""The axioms of Lean's logic. A proof that needs another is refused."""

CHECK_SECONDS = 300.0
"""Default limit of one check."""

_ORIGINALS = 64  # texts whose constants are remembered
_COMPILER = frozenset(
    ("Lean.ofReduceBool", "Lean.ofReduceNat", "Lean.trustCompiler", "Lean.reduceBool")
)


@dataclass(frozen=True)
class Judged:
    """A text after elaboration and another pass through the kernel."""

    units: tuple[Unit, ...]
    replay: EnvReplayResult

    def constant(self, name: str) -> ConstantReport | None:
        """What the kernel knows of a constant of the text."""
        return next((c for c in self.replay.constants if c.name == name), None)


@dataclass(frozen=True)
class TheoremVerdict:
    """The verdict on one theorem of a file. ``line`` is that of its statement in the original, if
    there is one, else in the file."""

    theorem: str
    file: Path
    line: int
    verdict: Verdict


class Refused(Exception):
    """A proof does not count; the text says why."""


class RestsOnSorry(Refused):
    """There is a ``sorry`` below the theorem."""


class LeanChecker:
    """A ``Checker[LeanTheorem]``, for so many ``workers`` at once. Thread-safe; processes are
    started when first needed.

    Texts that extend Lean or run code of their own get a process of their own. All others share
    processes with their imports, which are replaced regularly. The kernel's second pass is an
    extension of the protocol, so that the embedded Lean checks also what a native one has found,
    as long as it has the modules; for others (Mathlib, a user's project) the native kernel's
    word is taken, in a process of its own (`project_checking`).
    """

    def __init__(
        self, launcher: Launcher | None = None, *, seconds: float = CHECK_SECONDS,
        workers: int = 1,
    ) -> None:
        launcher = launcher or choose_launcher()
        self.launcher = launcher if launcher.extended else EmbeddedLauncher()
        self._wider = None if launcher.extended else launcher
        self.seconds = seconds
        self._shared = SharedServers(workers)
        self._lock = threading.RLock()  # of what follows; nobody who is lent a process waits for it
        self._originals: OrderedDict[LeanSource, Future[Judged]] = OrderedDict()
        self._proved: dict[LeanSource, dict[LeanTheorem, ProofScript]] = {}
        self._last_given: tuple[object, Judged] | None = None
        self._version: str | None = None

    @property
    def name(self) -> str:
        """Who checks, as verdicts name it."""
        return f"Lean {self.version} kernel ({self.launcher.name})"

    @property
    def version(self) -> str:
        """The version of Lean. Starts a process if none has run yet."""
        with self._lock:
            if self._version is None:
                with self._shared.lend(self.launcher, ("Init",)) as server:
                    self._version = server.version
            return self._version

    def check(self, theorem: LeanTheorem, script: ProofScript) -> Verdict:
        """Whether ``script`` proves ``theorem``. A script that does not is never an error."""
        reason = next(filter(None, map(screening.refusal, script.blocks)), None)
        if reason is not None:
            return self._verdict(reason, theorem.source)
        try:
            report = self._check(theorem, script, {})
        except RestsOnSorry as refused:
            # Perhaps on that of an earlier theorem of the text that has been proved since.
            earlier = self._proved_before(theorem)
            if not earlier:
                return self._verdict(str(refused), theorem.source)
            try:
                report = self._check(theorem, script, earlier)
            except Refused as again:
                return self._verdict(str(again), theorem.source)
        except Refused as refused:
            return self._verdict(str(refused), theorem.source)
        with self._lock:
            self._proved.setdefault(theorem.source, {})[theorem] = script
        return self._verdict(None, theorem.source, report.axioms)

    def _proved_before(self, theorem: LeanTheorem) -> dict[LeanTheorem, ProofScript]:
        """The accepted scripts of theorems that stand before ``theorem`` in its text."""
        with self._lock:
            proved = self._proved.get(theorem.source, {})
            return {t: s for t, s in proved.items() if t.unit_end < theorem.unit_end}

    def _check(
        self, theorem: LeanTheorem, script: ProofScript,
        earlier: Mapping[LeanTheorem, ProofScript],
    ) -> ConstantReport:
        """Judge the text with ``script``, and with the proofs of ``earlier`` theorems."""
        edits = theorem.edits(script)
        for other, proof in earlier.items():
            edits += other.edits(proof)
        view = theorem.source.render(edits, until=theorem.unit_end)
        original = self._original(theorem.source)
        return _accepted(theorem, original, self._judge(theorem.source, view))

    def check_file(
        self, submitted: LeanSource, original: LeanSource | None = None
    ) -> list[TheoremVerdict]:
        """Judge a text from outside: each of its theorems, or each of those of ``original``,
        which must all be there unchanged with a sound proof.

        Raises `InputError` if an import does not exist or Lean does not get through a text.
        """
        reference = submitted if original is None else original
        if original is None and submitted.is_prelude:  # it might define the library anew
            raise InputError(
                "a `prelude` file cannot be judged by itself", file=submitted.file,
                remedy="name the original with --against",
            )  # fmt: skip
        reason = forbidden(submitted, original)
        if reason is not None and original is None:  # no code of the text's is run
            return [
                TheoremVerdict(
                    name, submitted.file, submitted.place(start).line,
                    self._verdict(reason, submitted),
                )
                for name, start in announced(submitted)
            ]
        given = found = self._given(reference)
        if reason is None:
            found = found if original is None else self._foreign(submitted)
            reason = self._misread(submitted, found, original, given)
        # An example is called after its line, which proofs before it may change; in the same order
        # they are in any case.
        examples = dict(zip(_examples(reference, given), _examples(submitted, found), strict=False))
        verdicts = []
        for declaration, unit in declared(reference, given.units):
            name = constant_of(declaration, unit)
            shown = public_name(name) if name else declaration.written or "example"
            axioms: tuple[str, ...] = ()
            why = reason
            try:
                if why is None:
                    there = examples.get(name, name)
                    axioms = _sound(name, there, unit, given, found).axioms
            except Refused as refused:
                why = str(refused)
            line = reference.place(declaration.start).line
            verdict = self._verdict(why, submitted, axioms)
            verdicts.append(TheoremVerdict(shown, reference.file, line, verdict))
        return verdicts

    def _misread(
        self, submitted: LeanSource, found: Judged, original: LeanSource | None, given: Judged
    ) -> str | None:
        """Why the text does not say what it seems to say, or ``None``."""
        if (left := unread(submitted, found.units)) is not None:
            line = submitted.place(left.start).line
            return f"Lean does not read the text from line {line} on (`{left.text}`)"
        for unit in found.units:
            if unit.constants and not submitted.tokens_between(unit.start, unit.end):
                return f"line {submitted.place(unit.start).line} declares in what seems a comment"
        if original is not None:
            return difference(original, given.units, submitted, found.units)
        constants = {constant.name: constant for constant in found.replay.constants}
        with self._lend(submitted.modules) as server:

            def in_library(name: str) -> bool:
                # The second finds also names that are exported, as `max` from `Max`.
                for question in (EnvInspect(name, value=False), ExprEcho(f"@{name}")):
                    with suppress(CommandError):
                        server.request(question, self.seconds)
                        return True
                return False

            return reinterpreted(submitted, found.units, constants, in_library)

    def _given(self, original: LeanSource) -> Judged:
        """An original, which is judged only once however many texts are held against it."""
        key = (original.text, original.edits)
        with self._lock:
            if self._last_given is None or self._last_given[0] != key:
                self._last_given = (key, self._foreign(original))
            return self._last_given[1]

    def _foreign(self, source: LeanSource) -> Judged:
        """Judge a text from outside."""
        launcher = self._launcher_for(source.modules)
        if missing := launcher.missing(source.modules):
            raise unknown_import(source, missing[0], launcher.name)
        try:
            return self._judge(source, source.view)
        except Refused as refused:
            raise InputError(str(refused), file=source.file) from refused

    def close(self) -> None:
        """End the processes; a check that is at work fails. Idempotent."""
        self._shared.close()

    def __enter__(self) -> LeanChecker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- Judging a text ---------------------------------------------------------------------

    def _original(self, source: LeanSource) -> Judged:
        """The text as it was given, holes and all; judged once, whoever else asks waits."""
        with self._lock:
            found = self._originals.get(source)
            if found is None:
                mine = self._originals[source] = Future()
                while len(self._originals) > _ORIGINALS:
                    self._originals.popitem(last=False)
        if found is not None:
            return found.result()
        try:
            mine.set_result(self._judge(source, source.view))
        except BaseException as problem:
            mine.set_exception(problem)
            with self._lock:
                self._originals.pop(source, None)
        return mine.result()

    def _judge(self, source: LeanSource, view: Rewritten) -> Judged:
        """Elaborate a text and have the kernel check it again; in a process of its own if the
        text may extend Lean or run code, lest it reach the next one."""
        launcher = self._launcher_for(source.modules)
        if missing := launcher.missing(source.modules):
            raise Refused(f"the checker's Lean does not have the module `{missing[0]}`")
        harmless = not screening.runs_foreign_code(source.tokens) and forbidden(source) is None
        if harmless and launcher.extended:
            with self._lend(source.modules) as server:
                return self._judged_by(server, view)
        if not launcher.extended and any("skipKernelTC" in t.text for t in source.tokens):
            raise Refused("the text keeps Lean's kernel from checking it")
        with LeanServer(launcher, source.modules) as server:
            return self._judged_by(server, view)

    def _launcher_for(self, modules: tuple[str, ...]) -> Launcher:
        """The Lean that judges texts with these imports."""
        narrow = self._wider is not None and self.launcher.missing(modules)
        return self._wider if self._wider is not None and narrow else self.launcher

    def _judged_by(self, server: LeanServer, view: Rewritten) -> Judged:
        try:
            server.start()  # a text without commands does not start it
            return Judged(*replay(server, view, seconds=self.seconds))
        except ServerTimeout as error:
            raise Refused(f"Lean did not finish within {self.seconds:.0f} s") from error
        except ServerLost as error:
            raise Refused(f"Lean crashed: {error}") from error
        except CommandError as error:
            raise Refused(f"Lean refused the text: {error}") from error
        except Unreadable as error:
            raise Refused(str(error)) from error

    def _lend(self, modules: tuple[str, ...]) -> AbstractContextManager[LeanServer]:
        """A shared process with these imports, not too old."""
        return self._shared.lend(self._launcher_for(modules), modules)

    def _version_of(self, launcher: Launcher, modules: tuple[str, ...]) -> str:
        """The version of Lean of one of the launchers."""
        if launcher is self.launcher:
            return self.version
        with self._lend(modules) as server:
            return server.version

    def _verdict(
        self, reason: str | None, source: LeanSource, axioms: Sequence[str] = ()
    ) -> Verdict:
        launcher = self._launcher_for(source.modules)
        try:
            version = self._version_of(launcher, source.modules)
            checker = f"Lean {version} kernel ({launcher.name})"
        except (EnvironmentCrash, InputError, ServerLost):
            checker, version = f"Lean kernel ({launcher.name})", "unknown"
        return Verdict(reason is None, checker, version, tuple(sorted(axioms)), reason)


def _accepted(theorem: LeanTheorem, original: Judged, submitted: Judged) -> ConstantReport:
    """What the kernel knows of the theorem, if its proof counts. Raises `Refused` if not."""
    for failure in submitted.replay.failures:
        raise Refused(f"the kernel refuses `{failure.name}`: {failure.desc}")
    unit = _compare_commands(theorem, original, submitted)
    if unit.errors:
        raise Refused(unit.errors[0].text)
    if theorem.constant is None:
        raise Refused("Lean keeps no constant for the theorem")
    given, report = original.constant(theorem.constant), submitted.constant(theorem.constant)
    if given is None or report is None:
        raise Refused(f"`{theorem.constant}` is not among the declarations of the text")
    _compare_statements(original, submitted, unit)
    if report.kind != given.kind or report.is_unsafe:
        raise Refused(f"`{theorem.constant}` is not a {given.kind}")
    if report.uses_sorry:
        raise RestsOnSorry(_below(submitted, report, original))
    _refuse_axioms(report.axioms)
    return report


def _examples(source: LeanSource, judged: Judged) -> list[str | None]:
    """The constants of the examples of a text, in their order."""
    return [constant_of(d, u) for d, u in declared(source, judged.units) if d.written is None]


def _sound(
    name: str | None, there: str | None, unit: Unit, given: Judged, found: Judged
) -> ConstantReport:
    """What the kernel knows of a theorem, called ``there`` in the submitted text, if its proof
    counts."""
    if unit.errors and given is found:
        raise Refused(unit.errors[0].text)
    original = given.constant(name) if name is not None else None
    report = found.constant(there) if there is not None else None
    if name is None or original is None:
        raise Refused("Lean does not accept the statement")
    if report is None:
        raise Refused("the theorem is not there")
    for other in found.units:
        if there in other.constants and other.errors:
            raise Refused(other.errors[0].text)
    if (report.kind, report.levels, report.type) != (
        original.kind, original.levels, original.type
    ):  # fmt: skip
        raise Refused("the statement is not that of the original")
    if report.is_unsafe:
        raise Refused("the declaration is marked unsafe or partial")
    if report.uses_sorry:
        raise RestsOnSorry(_below(found, report, given))
    _refuse_axioms(report.axioms)
    _refuse_failures(found, report)
    return report


def _refuse_failures(found: Judged, report: ConstantReport) -> None:
    """What stands on a definition or theorem that the kernel refused was refused with it, as it
    is not there. An inductive type may be there all the same, so that it spoils everything."""
    for failure in found.replay.failures:
        failed = found.constant(failure.name)
        alone = failed is not None and failed.kind in ("theorem", "def", "opaque", "axiom")
        if failure.name == report.name or not alone:
            raise Refused(f"the kernel refuses `{failure.name}`: {failure.desc}")


def _compare_commands(theorem: LeanTheorem, original: Judged, submitted: Judged) -> Unit:
    """The command of the theorem in the submitted text, which must have the same commands up to
    there with the same declarations as the original."""
    until = theorem.unit_end
    before = [unit for unit in original.units if unit.start < until]
    after = [unit for unit in submitted.units if unit.start < until]
    if not before or [unit.start for unit in before] != [unit.start for unit in after]:
        raise Refused("the script changes what the commands of the text are")
    for given, found in zip(before, after, strict=True):
        if not set(given.constants) <= set(found.constants):
            raise Refused("the script takes declarations away")
        for name in sorted(set(found.constants) - set(given.constants)):
            if not any(name.startswith(f"{owner}.") for owner in given.constants):
                raise Refused(f"the script declares `{name}`")
    return after[-1]


def _compare_statements(original: Judged, submitted: Judged, last: Unit) -> None:
    """Every declaration that the user wrote up to ``last`` must be there with the same levels and
    type, and nothing else may be there but what elaborating the proof has added."""
    until = last.start
    found = {constant.name: constant for constant in submitted.replay.constants}
    written = {name for unit in original.units if unit.start <= until for name in unit.constants}
    for given in original.replay.constants:
        if given.name in written:
            now = found.get(given.name)
            if now is None or (now.levels, now.type, now.is_unsafe) != (
                given.levels, given.type, given.is_unsafe
            ):  # fmt: skip
                raise Refused(f"the script changes the declaration of `{given.name}`")
    known = {constant.name for constant in original.replay.constants}
    for constant in submitted.replay.constants:
        if constant.name not in known and constant.kind in ("axiom", "opaque", "inductive"):
            raise Refused(f"the script adds the {constant.kind} `{constant.name}`")


def _below(submitted: Judged, report: ConstantReport, original: Judged) -> str:
    """Where the ``sorry`` below a theorem is."""
    written = {name for unit in original.units for name in unit.constants}
    others = [
        constant.name
        for constant in submitted.replay.constants
        if constant.uses_sorry and constant.name != report.name and constant.name in written
    ]
    if others:
        return f"the proof rests on `sorry`, perhaps that of `{others[-1]}`"
    return "the proof uses `sorry`"


def _refuse_axioms(axioms: Iterable[str]) -> None:
    for axiom in sorted(axioms):
        if axiom in _COMPILER:
            raise Refused(f"the proof trusts compiled code (`{axiom}`)")
        if axiom not in STANDARD_AXIOMS:
            raise Refused(f"the proof uses the axiom `{axiom}`")

