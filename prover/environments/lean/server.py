"""A client of one Lean server: an operating-system process that speaks the Pantograph protocol.

A process is started with a list of imports, says ``ready.``, and then answers one JSON line with
one JSON line. The client holds it to time limits, notices how it ends, and never leaves it
behind: the process has a group of its own, which is killed when the server is closed, restarted
or garbage-collected, and it ends by itself when its standard input is closed, so even after the
client was killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from prover.contracts import EnvironmentCrash, LemmaError
from prover.environments.lean.backend import Launch, Launcher
from prover.environments.lean.protocol import (
    Command,
    FrontendProcess,
    InteractionError,
    Message,
    OptionsSet,
    ProtocolError,
)

R = TypeVar("R", bound=Message)

START_SECONDS = 180.0
"""How long a server may take to import its modules (Mathlib takes tens of seconds)."""

REQUEST_SECONDS = 600.0
"""How long a request may take that states no limit."""

_CLOSE_SECONDS = 1.0
_CHUNK = 1 << 16
_STDERR_LINES = 60


class ServerLost(Exception):
    """The process ended, or was ended, while it owed an answer; its states are gone."""


class ServerExit(ServerLost):
    """The process ended by itself, with ``code`` (negative for a signal)."""

    def __init__(self, code: int, said: str) -> None:
        self.code, self.said = code, said
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        super().__init__(f"Lean ended with {how}" + (f": {said}" if said else ""))


class ServerTimeout(ServerLost):
    """No answer within the limit; the process was ended."""


class CommandError(Exception):
    """The server answered that it could not carry out the command."""

    def __init__(self, answer: InteractionError) -> None:
        self.kind, self.description = answer.error, answer.desc
        super().__init__(f"{answer.error}: {answer.desc}")


class UnknownImport(LemmaError):
    """The server has no such module."""


class LeanServer:
    """A server with fixed imports, started when first needed and whenever it is gone.

    ``generation`` counts the starts: what was made in an earlier generation (proof states,
    inherited constants) is gone. All methods may be called from any thread; requests are
    answered one at a time.
    """

    def __init__(self, launcher: Launcher, imports: Sequence[str] = ("Init",)) -> None:
        self.launcher, self.imports = launcher, tuple(imports)
        self.generation = 0
        self._lock = threading.RLock()
        self._process: _Process | None = None
        self._version: str | None = None
        self._retired = False

    @property
    def running(self) -> bool:
        """Whether there is a process that takes requests."""
        return self._process is not None and self._process.alive

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def version(self) -> str:
        """The version of Lean, as Lean itself says it (``4.28.0-pre``)."""
        with self._lock:
            if self._version is None:
                answer = self.request(FrontendProcess(file="#version"), 60)
                said = " ".join(m.data for unit in answer.units for m in unit.messages)
                found = re.search(r"\d+\.\d+\.\d+(-\w+)*", said)
                self._version = found.group() if found else "unknown"
            return self._version

    def start(self) -> None:
        """Start the process if none runs.

        Raises `UnknownImport`, `LemmaError` if there is no Lean, and `EnvironmentCrash` if it
        does not come up.
        """
        with self._lock:
            if self.running:
                return
            self.kill()
            self._refuse_if_retired()
            self._process = _start(self.launcher.launch(self.imports))
            self._refuse_if_retired()
            self.generation += 1
            self.request(OptionsSet(print_dependent_mvars=True, automatic_mode=True), 60)

    def _refuse_if_retired(self) -> None:
        if self._retired:
            self.kill()
            raise ServerLost("Lean was stopped")

    def restart(self) -> None:
        """End the process, if any, and start another."""
        with self._lock:
            self.kill()
            self.start()

    def request(
        self, command: Command[R], timeout: float | None = None, *, generation: int | None = None
    ) -> R:
        """Send ``command`` and wait for its answer for at most ``timeout`` seconds.

        Starts the process if there is none, unless the command speaks of what was made in a
        ``generation``: then that must still run. Raises `CommandError` if Lean refuses,
        `ServerTimeout`, `ServerExit` or `ServerLost` if there is no answer (the next request
        starts anew), and `ProtocolError` for an answer that makes no sense.
        """
        with self._lock:
            if generation is None:
                self.start()
            process = self._process
            if process is None or generation not in (None, self.generation):
                raise ServerLost("Lean was started anew")
            try:
                if not process.alive:  # ended between two requests
                    raise process.exit()
                answer = process.ask(command.cmd, command.to_json(), timeout or REQUEST_SECONDS)
            except BaseException:  # also an interrupt: an answer still owed would come too late
                self.kill()
                raise
            if answer.get("restart") is True:
                self.kill()
            if "error" in answer:
                error = InteractionError.from_json(answer)
                if error.error == "timeout" and not process.stays():
                    self.kill()
                    raise ServerTimeout(error.desc)
                if error.error == "internal" and answer.get("restart") is True:
                    raise ServerLost(error.desc)
                raise CommandError(error)
            return command.result.from_json(answer)  # type: ignore[return-value]

    def kill(self) -> None:
        """End the process at once. The next request starts another."""
        with self._lock:
            process, self._process = self._process, None
            if process is not None:
                process.kill()

    def abort(self) -> None:
        """End the process without waiting for a request of another thread, which then fails with
        `ServerLost`."""
        process = self._process
        if process is not None:
            process.abort()

    def retire(self) -> None:
        """As `abort`, and for good: no request starts a process any more."""
        self._retired = True
        self.abort()

    def close(self) -> None:
        """Let the process end, and see that it does. Idempotent."""
        with self._lock:
            process, self._process = self._process, None
            if process is not None:
                process.close()

    def __enter__(self) -> LeanServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _start(launch: Launch) -> _Process:
    """Start a process and wait until it is ready."""
    process = _Process(launch)
    try:
        deadline = time.monotonic() + START_SECONDS
        while (line := process.read_line(deadline)).strip() != b"ready.":
            if line.startswith(b"{"):
                raise _start_error(InteractionError.from_json(_parsed(line)))
    except ServerLost as error:
        process.kill()
        raise EnvironmentCrash(
            f"Lean did not start: {error}", remedy="run `lemma doctor`"
        ) from error
    except BaseException:
        process.kill()
        raise
    return process


def _start_error(error: InteractionError) -> LemmaError:
    if error.error in ("import", "io") and "module" in error.desc:
        return UnknownImport(error.desc)
    return EnvironmentCrash(
        f"Lean did not start: {error.error}: {error.desc}", remedy="run `lemma doctor`"
    )


class _Process:
    """One process, its pipes, and what it says on standard error."""

    def __init__(self, launch: Launch) -> None:
        try:
            self._popen = subprocess.Popen(
                launch.command,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                cwd=launch.folder, env={**os.environ, **launch.environment}, bufsize=0,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise EnvironmentCrash(
                f"cannot start {launch.command[0]}: {error.strerror}", remedy="run `lemma doctor`"
            ) from error
        self.pid = self._popen.pid
        self._buffer = bytearray()
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        self._stdout = self._popen.stdout.fileno()
        self._poll = select.poll()
        self._poll.register(self._stdout, select.POLLIN)
        self._said: deque[str] = deque(maxlen=_STDERR_LINES)
        # The thread must not keep the process object alive, so it gets what it needs and no more.
        self._listener = threading.Thread(
            target=_listen, args=(self._popen.stderr, self._said), daemon=True
        )
        self._listener.start()
        self._finalizer = weakref.finalize(self, _end, self._popen)

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def stays(self) -> bool:
        """Whether the process goes on after an answer that may have been its last."""
        try:
            self._popen.wait(0.5)
        except subprocess.TimeoutExpired:
            return True
        return False

    def ask(self, cmd: str, payload: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        line = json.dumps({"cmd": cmd, "payload": payload}, ensure_ascii=False)
        deadline = time.monotonic() + seconds
        assert self._popen.stdin is not None
        self._refuse_unasked()
        with contextlib.suppress(OSError):  # the process is gone; reading tells how
            # A lone surrogate cannot be sent; Lean refuses what comes in its place.
            _write_all(self._popen.stdin.fileno(), line.encode(errors="replace") + b"\n")
        while not (answer := self.read_line(deadline)).startswith(b"{"):
            self._said.append(answer.decode(errors="replace").rstrip())
        return _parsed(answer)

    def _refuse_unasked(self) -> None:
        """An answer to no question would be taken for that to the next: give the process up."""
        while self._poll.poll(0) and (chunk := os.read(self._stdout, _CHUNK)):
            self._buffer += chunk
        if any(line.startswith(b"{") for line in self._buffer.split(b"\n")):
            raise ServerLost("Lean answered what it had not been asked")

    def read_line(self, deadline: float) -> bytes:
        """The next line. Raises `ServerTimeout` or `ServerExit`."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            left = deadline - time.monotonic()
            if left <= 0 or not self._poll.poll(left * 1000):
                raise ServerTimeout("no answer within the time limit")
            chunk = os.read(self._stdout, _CHUNK)
            if not chunk:
                raise self.exit()
            self._buffer += chunk
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line

    def kill(self) -> None:
        self._finalizer()

    def abort(self) -> None:
        # The pipes stay open: whoever reads them sees their end.
        if self._popen.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        assert self._popen.stdin is not None
        with contextlib.suppress(OSError):
            self._popen.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(_CLOSE_SECONDS)
        self._finalizer()

    def exit(self) -> ServerExit:
        """How the process ended."""
        try:
            code = self._popen.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL
        self._listener.join(_CLOSE_SECONDS)
        return ServerExit(code, " / ".join(line for line in list(self._said)[-5:] if line))


def _listen(stream: Any, said: deque[str]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in stream:
            said.append(line[:2000].decode(errors="replace").rstrip())


def _end(popen: subprocess.Popen[bytes]) -> None:
    """Kill the process group, reap the process and close the pipes."""
    if popen.poll() is None:  # once reaped, its number may be another's
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(popen.pid, signal.SIGKILL)
        popen.wait()
    for stream in (popen.stdin, popen.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError as error:
        raise ProtocolError(f"not a line of JSON: {line[:80]!r}") from error
    if not isinstance(answer, dict):
        raise ProtocolError(f"not a JSON object: {line[:80]!r}")
    return answer
