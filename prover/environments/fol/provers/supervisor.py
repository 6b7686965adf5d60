"""The process that starts every prover and that leaves none behind.

Run as ``python -m prover.environments.fol.provers.supervisor FD``, where FD is one end of a Unix
socket. It has z3 and cvc5 loaded and solves nothing itself: for each job it forks a child (a few
milliseconds, no start-up of libraries), which either solves with z3 or cvc5 or becomes an
external program. Every child leads a process group of its own, so a job is stopped with all of
its descendants by one signal; the memory and processor limits are the kernel's. When the socket
closes, that is, however the client came to its end, all jobs are killed and the supervisor ends.

Messages from the client are JSON, each answered with one byte. ``{"start": id, …}`` brings two
descriptors: the job's stream (its standard input and output) and a pipe to which the exit code
and the greatest resident memory (KiB on Linux) are written as text once the job is over.
``{"kill": id}`` ends a job.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pickle
import resource
import selectors
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Any

_MAX_MESSAGE = 65_536
_PARENT_CHECK_S = 1.0
_CPU_GRACE_S = 2.0


@dataclass
class _Job:
    pid: int
    exit_pipe: int


class _Supervisor:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._client = os.getppid()
        self._jobs: dict[int, _Job] = {}
        self._wakeup, wakeup_end = os.pipe()
        for end in (self._wakeup, wakeup_end):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to have `set_wakeup_fd` told
        signal.set_wakeup_fd(wakeup_end)

    def serve(self) -> None:
        """Start and kill jobs until the client is gone."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(self._wakeup, selectors.EVENT_READ)
            while os.getppid() == self._client:
                ready = [key.fileobj for key, _ in selector.select(_PARENT_CHECK_S)]
                if self._wakeup in ready:
                    os.read(self._wakeup, 4096)
                self._reap()
                if self._control in ready and not self._obey():
                    break
        for number in list(self._jobs):
            self._kill(number)

    def _obey(self) -> bool:
        """Do what one message asks; False when the client has closed the socket."""
        message, descriptors, _, _ = socket.recv_fds(self._control, _MAX_MESSAGE, 2)
        if not message:
            return False
        order = json.loads(message)
        if "kill" in order:
            self._kill(order["kill"])
        else:
            self._start(order, *descriptors)
        self._control.sendall(b".")
        return True

    def _start(self, order: dict[str, Any], stream: int, exit_pipe: int) -> None:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.close(exit_pipe)
                self._control.close()
                _become(order, stream)
                code = 0
            except MemoryError:
                code = MEMORY_EXIT
            finally:
                os._exit(code)
        with contextlib.suppress(OSError):  # the child does the same: whoever comes first
            os.setpgid(pid, pid)
        os.close(stream)
        self._jobs[order["start"]] = _Job(pid, exit_pipe)

    def _kill(self, number: int) -> None:
        job = self._jobs.get(number)
        if job is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(job.pid, signal.SIGKILL)

    def _reap(self) -> None:
        for number, job in list(self._jobs.items()):
            pid, status, usage = os.wait4(job.pid, os.WNOHANG)
            if pid:
                self._kill(number)  # what the job may have left of its group
                told = f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss}"
                with contextlib.suppress(OSError):
                    os.write(job.exit_pipe, told.encode())
                os.close(job.exit_pipe)
                del self._jobs[number]


MEMORY_EXIT = 101


def _become(order: dict[str, Any], stream: int) -> None:
    """Turn this fresh child into the job that was ordered."""
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _die_with_parent()
    seconds = int(order["seconds"] + _CPU_GRACE_S) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds * order["cpus"],) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (order["memory_mb"] * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    command = order["command"]
    standard = stream if command is not None else os.open(os.devnull, os.O_RDWR)
    for target in (0, 1, 2):
        os.dup2(standard, target)
    if command is not None:
        os.execv(command[0], command)
    _solve(stream)


def _solve(stream: int) -> None:
    from prover.environments.fol.provers.solving import solve

    with os.fdopen(stream, "rb", closefd=False) as incoming:
        request = pickle.load(incoming)
    answer = solve(request)
    with os.fdopen(stream, "wb") as outgoing:
        pickle.dump(answer, outgoing)


def _die_with_parent() -> None:
    """Have the kernel kill this process when the supervisor dies (Linux only)."""
    if sys.platform == "linux":
        supervisor = os.getppid()
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(1)


def main() -> None:
    """Serve the client at the other end of the socket whose descriptor is the argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is for the client to act upon
    from prover.environments.fol.provers import solving

    solving.load()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        control.sendall(b".")
        _Supervisor(control).serve()


if __name__ == "__main__":
    main()
