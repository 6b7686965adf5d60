"""The client of the supervisor: start a prover's process, feed it, read it, stop it.

One supervisor (`supervisor`) is started for each process that needs one, on first use, and it
ends with that process. A `Job` is a process under the supervisor; nothing here knows what runs
in it.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prover.contracts import EnvironmentCrash
from prover.environments.fol.provers.supervisor import MEMORY_EXIT

_START_LIMIT_S = 60.0
_CONTROL_LIMIT_S = 10.0
_EXIT_WAIT_S = 0.5
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Ending:
    """How a process ended: its exit code (negative: the signal) and the most memory it had."""

    code: int
    peak_mb: int

    def out_of_memory(self, limit_mb: int) -> bool:
        """Whether a process that failed did so for want of memory, as far as one can tell: it
        said so, or it died when it had most of what its limit of address space allows."""
        return self.code == MEMORY_EXIT or (self.code != 0 and self.peak_mb > limit_mb * 0.5)

    def __str__(self) -> str:
        how = f"signal {-self.code}" if self.code < 0 else f"exit code {self.code}"
        return f"{how}, {self.peak_mb} MB"


class Job:
    """A process at work. Give it its input with `feed`, then `read` until it is at its end."""

    def __init__(self, number: int, owner: Supervisor, stream: socket.socket, exits: int) -> None:
        self._number, self._owner = number, owner
        self._stream, self._exit_pipe = stream, exits
        self._output = bytearray()
        self._closed = False

    def feed(self, content: bytes, limit_s: float) -> None:
        """Send the whole input. What cannot be sent because the process has died is dropped:
        reading will tell."""
        self._stream.settimeout(limit_s)
        with contextlib.suppress(OSError):
            self._stream.sendall(content)
            self._stream.shutdown(socket.SHUT_WR)
        self._stream.setblocking(False)

    def fileno(self) -> int:
        """Readable when there is something to `read`."""
        return self._stream.fileno()

    def read(self) -> bytes | None:
        """The whole output if it is complete, else None. Does not block."""
        while not self._closed:
            try:
                chunk = self._stream.recv(_CHUNK)
            except BlockingIOError:
                return None
            except OSError:
                chunk = b""
            if not chunk:
                break
            self._output += chunk
        return bytes(self._output)

    def ending(self) -> Ending | None:
        """How the process ended, once the output is complete; None if that cannot be told."""
        if self._closed or not select.select([self._exit_pipe], [], [], _EXIT_WAIT_S)[0]:
            return None
        words = os.read(self._exit_pipe, 64).split()
        return Ending(int(words[0]), int(words[1]) // 1024) if words else None

    def stop(self) -> None:
        """Kill the process and its descendants, if they still run. Idempotent."""
        if not self._closed:
            self._closed = True
            self._owner.kill(self._number)
            self._stream.close()
            os.close(self._exit_pipe)


class Supervisor:
    """A running supervisor process. Usable from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._pid = os.getpid()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "prover.environments.fol.provers.supervisor",
                 str(theirs.fileno())],
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, start_new_session=True, env=_environment(),
            )  # fmt: skip
        self._control.settimeout(_START_LIMIT_S)
        self._await_ack()
        self._control.settimeout(_CONTROL_LIMIT_S)

    @property
    def usable(self) -> bool:
        """Whether this supervisor is alive and belongs to this process (not to a fork's parent)."""
        return self._pid == os.getpid() and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the supervisor."""
        return self._process.pid

    def start(
        self, command: Sequence[str] | None, seconds: float, memory_mb: int, cpus: int = 1
    ) -> Job:
        """Start ``command`` (an absolute path and its arguments), or with None a solver that
        takes and gives pickles. ``seconds`` (of processor time on each of ``cpus``) and
        ``memory_mb`` (of address space for each process) are enforced by the kernel."""
        number = next(self._numbers)
        ours, theirs = socket.socketpair()
        exits, exit_end = os.pipe()
        order = {
            "start": number, "command": None if command is None else list(command),
            "seconds": seconds, "memory_mb": memory_mb, "cpus": cpus,
        }  # fmt: skip
        try:
            self._send(order, [theirs.fileno(), exit_end])
        except BaseException:
            ours.close()
            os.close(exits)
            raise
        finally:
            theirs.close()
            os.close(exit_end)
        return Job(number, self, ours, exits)

    def kill(self, number: int) -> None:
        """Kill a job with its descendants, if it still runs."""
        with contextlib.suppress(EnvironmentCrash):  # then nothing runs any more
            self._send({"kill": number}, [])

    def close(self) -> None:
        """Kill all jobs and end the supervisor. Idempotent."""
        self._control.close()
        if self._pid == os.getpid():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_CONTROL_LIMIT_S)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            if self._process.stderr is not None:
                self._process.stderr.close()

    def _send(self, order: Mapping[str, object], descriptors: list[int]) -> None:
        with self._lock:
            try:
                socket.send_fds(self._control, [json.dumps(order).encode()], descriptors)
            except OSError as error:
                raise EnvironmentCrash(f"the provers' supervisor is gone: {error}") from None
            self._await_ack()

    def _await_ack(self) -> None:
        try:
            answer = self._control.recv(1)
        except OSError as error:
            raise EnvironmentCrash(f"the provers' supervisor does not answer: {error}") from None
        if not answer:
            raise EnvironmentCrash(f"the provers' supervisor ended: {self._last_words()}")

    def _last_words(self) -> str:
        assert self._process.stderr is not None
        self._process.wait(_CONTROL_LIMIT_S)
        text = self._process.stderr.read().decode(errors="replace").strip()
        return text.splitlines()[-1] if text else f"exit code {self._process.returncode}"


def _environment() -> dict[str, str]:
    """The environment for the supervisor: it must find the packages that this process has."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path)}


_shared: Supervisor | None = None
_shared_lock = threading.Lock()


def supervisor() -> Supervisor:
    """The supervisor of this process, started on first use and again if it has died."""
    global _shared
    with _shared_lock:
        if _shared is None or not _shared.usable:
            if _shared is not None:
                _shared.close()
            else:
                atexit.register(shut_down)
            _shared = Supervisor()
        return _shared


def shut_down() -> None:
    """End the supervisor of this process and with it every prover. It is started anew if needed."""
    global _shared
    with _shared_lock:
        if _shared is not None:
            _shared.close()
            _shared = None


def remaining(deadline: float) -> float:
    """Seconds until ``deadline`` (`time.monotonic`), at least zero."""
    return max(deadline - time.monotonic(), 0.0)
