"""Installs the E prover, the one first-order prover that no Python wheel brings.

E (S. Schulz et al., *Faster, Higher, Stronger: E 2.3*, CADE 2019) is in Debian and its
derivatives as ``eprover``. Where that takes no question and no password, as root with apt, it is
installed; everywhere else the exact command is said. Lemma works without E, only with one
automated prover less, so nothing here ever fails a set-up.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

EXECUTABLE = "eprover"

_UPDATE = ("apt-get", "-qq", "update")
_INSTALL = ("apt-get", "-qq", "-y", "--no-install-recommends", "install", "eprover")
_PATIENCE = (
    "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20",
    "-o", "Acquire::https::Timeout=20", "-o", "DPkg::Lock::Timeout=60",
)  # fmt: skip
_SECONDS = 240.0
_GRACE_SECONDS = 15.0


@dataclass(frozen=True)
class EproverSetup:
    """What the set-up of E came to: its ``path``, or why there is none and what to do."""

    path: str | None
    detail: str
    remedy: str | None = None


def install_eprover(
    progress: Callable[[str], None] = lambda _: None, *, seconds: float = _SECONDS
) -> EproverSetup:
    """Find E, or install it if that takes no question; says the command where it cannot.

    ``seconds`` limits each call of apt. Does not raise.
    """
    if path := shutil.which(EXECUTABLE):
        return EproverSetup(path, "already installed")
    if not _may_use_apt():
        return EproverSetup(None, "not installed", eprover_command())
    progress("eprover: installing with apt")
    failure = _apt(_INSTALL, seconds)
    if failure is not None:
        # A fresh machine or container has no package lists yet, or lists of long ago.
        failure = _apt(_UPDATE, seconds) or _apt(_INSTALL, seconds)
    if path := shutil.which(EXECUTABLE):
        return EproverSetup(path, "installed with apt")
    detail = f"apt could not install it: {failure or 'it left no eprover on the PATH'}"
    return EproverSetup(None, detail, eprover_command())


def eprover_command() -> str:
    """What to type on this machine to get E."""
    if shutil.which("apt-get"):
        sudo = "" if _is_root() else "sudo "
        return f"{sudo}apt-get update && {sudo}apt-get install eprover"
    if sys.platform == "darwin":
        return "brew install eprover"
    return "install E from https://www.eprover.org and put `eprover` on the PATH"


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _may_use_apt() -> bool:
    return _is_root() and shutil.which("apt-get") is not None


def _apt(command: Sequence[str], seconds: float) -> str | None:
    """Run apt without questions; what it complained of last, or ``None`` if it went well."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        [command[0], *_PATIENCE, *command[1:]], env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
        start_new_session=True,
    )  # fmt: skip
    try:
        _, complaints = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"no end after {seconds:.0f} s"
    finally:
        _end(process)
    if process.returncode == 0:
        return None
    lines = [line for line in complaints.splitlines() if line.startswith("E:")]
    return lines[-1].removeprefix("E:").strip() if lines else f"exit code {process.returncode}"


def _end(process: subprocess.Popen[str]) -> None:
    """End apt and its children if they still run, with time to leave dpkg in a good state."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_GRACE_SECONDS)
