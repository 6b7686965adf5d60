"""From a bare clone to a working checkout: ``.venv``, its packages, and ``lemma setup``.

``make`` runs this file by itself, with the system's Python and before anything is installed, so
it imports the standard library only. With ``--development`` it also sets up what the tests and
checks need, which proving does without. Every step is recorded in ``.venv`` once it has succeeded,
together with what it depended on: a second run skips it, an interrupted one goes on with it, and
an edited ``pyproject.toml`` repeats it.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

_PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
        "--retries", "2")  # fmt: skip
_HEARTBEAT_SECONDS = 30.0
_NETWORK = (
    "Failed to establish a new connection", "Name or service not known", "Network is unreachable",
    "Temporary failure in name resolution", "Connection refused", "Connection reset",
    "Max retries exceeded", "timed out", "(from versions: none)", "ProxyError",
)  # fmt: skip


class SetupError(Exception):
    """One line that says what failed and what to do."""


@dataclass(frozen=True)
class Step:
    """A call of pip. ``inputs`` are files of the checkout whose change makes it necessary again,
    ``outputs`` files of ``.venv`` whose loss does."""

    name: str
    message: str
    arguments: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()

    def fingerprint(self, root: Path) -> str:
        """Changes when the step would do something else than before."""
        digest = hashlib.sha256(repr((self.arguments, sys.version_info[:2])).encode())
        for name in self.inputs:
            digest.update((root / name).read_bytes())
        return digest.hexdigest()


STEPS = (
    # First and pinned, because the index has the CPU build under this version; as a dependency of
    # something else, torch comes with gigabytes of CUDA.
    Step("torch", "installing torch", ("torch==2.13.0",)),
    Step(
        "packages", "installing Lemma and its packages", ("-e", ".[neural,data,search]"),
        inputs=("pyproject.toml",), outputs=("bin/lemma",),
    ),
)  # fmt: skip
DEVELOPMENT = Step(
    "development", "installing what tests and checks need", ("-e", ".[dev,ray]"),
    inputs=("pyproject.toml",), outputs=("bin/pytest", "bin/ruff", "bin/mypy"),
)  # fmt: skip

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_APT_SECONDS = 300.0
_APT = ("apt-get", "-qq", "-o", "Acquire::Retries=1", "-o", "DPkg::Lock::Timeout=60")
_INSTALL_BROWSER = (*_APT, "-y", "--no-install-recommends", "install", "chromium")


class Bootstrap:
    """The set-up of one checkout; with ``development`` also of its tests and checks."""

    def __init__(
        self, root: Path = ROOT, steps: Sequence[Step] = STEPS, *, development: bool = False
    ) -> None:
        self.root, self.development = root, development
        self.steps = (*steps, DEVELOPMENT) if development else tuple(steps)
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.log = self.venv / "setup.log"

    def run(self) -> int:
        """Do what is still to be done; the exit code of ``lemma setup``."""
        with self._alone():
            self._make_venv()
            for number, step in enumerate(self.steps, start=2):
                self._do(step, number)
            code = self._set_up_provers()
            if self.development and code == 0:
                self._set_up_browser()
            return code

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold a lock that two set-ups of this checkout cannot both hold."""
        with (self.root / "pyproject.toml").open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                _say("another set-up of this checkout is running: waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _make_venv(self) -> None:
        if self._venv_works():
            return
        if importlib.util.find_spec("ensurepip") is None:
            version = f"python{sys.version_info.major}.{sys.version_info.minor}"
            raise SetupError(
                f"{sys.executable} comes without venv: install it (Debian, Ubuntu: "
                f"`apt-get install {version}-venv`), or name another Python with "
                "`make PYTHON=/path/to/python3.11`"
            )
        self._announce(1, "making .venv")
        command = [sys.executable, "-m", "venv", "--clear", str(self.venv)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode != 0 or not self._venv_works():
            raise SetupError(f"cannot make {self.venv}: {_last_line(made.stdout + made.stderr)}")

    def _venv_works(self) -> bool:
        """Whether ``.venv`` has a Python that starts, is recent enough, and finds pip."""
        probe = (
            "import sys, importlib.util as u; "
            "sys.exit(sys.version_info < (3, 11) or u.find_spec('pip.__main__') is None)"
        )
        try:
            command = [str(self.python), "-I", "-c", probe]
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            return False

    def _do(self, step: Step, number: int) -> None:
        fingerprint = step.fingerprint(self.root)
        whole = all((self.venv / name).exists() for name in step.outputs)
        if whole and self._done().get(step.name) == fingerprint:
            return
        self._announce(number, step.message)
        with self.log.open("wb") as log:
            code = self._wait(subprocess.Popen(
                [str(self.python), *_PIP, *step.arguments], cwd=self.root,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            ))  # fmt: skip
        if code != 0:
            raise SetupError(self._pip_failure(step))
        self._record(step.name, fingerprint)

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        started = time.monotonic()
        try:
            while True:
                try:
                    return process.wait(_HEARTBEAT_SECONDS)
                except subprocess.TimeoutExpired:
                    _say(f"  … {time.monotonic() - started:.0f} s")
        finally:
            process.kill()
            process.wait()

    def _pip_failure(self, step: Step) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace")
        if "No space left on device" in text:
            reason, remedy = "no space is left on the disk", "make room (4 GB)"
        elif any(sign in text for sign in _NETWORK):
            reason = "the Python package index cannot be reached or lacks a package"
            remedy = "check the network (`pip config list` shows the index)"
        else:
            reason, remedy = f"pip says: {_last_line(text)}", "mend that"
        return (
            f"{step.message} failed: {reason}; {remedy} and run the same command, it goes on from "
            f"here (pip's whole output: {self.log})"
        )

    def _set_up_provers(self) -> int:
        """Run ``lemma setup``; a request to the system's package manager is made only once."""
        first = "provers" not in self._done()
        if first:
            self._announce(len(self.steps) + 2, "setting up Lean and the provers")
        command = [str(self.venv / "bin" / "lemma"), "setup", *([] if first else ["--no-system"])]
        code = subprocess.run(command, cwd=self.root, check=False).returncode
        if code == 0 and first:
            self._record("provers", "done")
        return code

    def _set_up_browser(self) -> None:
        """Have Chromium where that takes no question, as root with apt. Asked only once, and it
        never fails a set-up: the tests that need it are skipped and say so."""
        if "browser" in self._done():
            return
        if not any(map(shutil.which, BROWSERS)):
            if os.geteuid() == 0 and shutil.which("apt-get"):
                _say("chromium, for the tests of HTML reports: installing with apt")
                self._apt(_INSTALL_BROWSER) or (
                    self._apt((*_APT, "update")) and self._apt(_INSTALL_BROWSER))
            if not any(map(shutil.which, BROWSERS)):
                _say("chromium: not installed; the tests of HTML reports that need a browser are "
                     "skipped. To get it: apt-get install chromium")
        self._record("browser", "asked")

    def _apt(self, command: Sequence[str]) -> bool:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        try:
            return subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, timeout=_APT_SECONDS, check=False).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False

    @property
    def _state(self) -> Path:
        return self.venv / "lemma-setup.json"

    def _done(self) -> dict[str, str]:
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def _record(self, name: str, fingerprint: str) -> None:
        temporary = self._state.with_suffix(".tmp")
        temporary.write_text(json.dumps({**self._done(), name: fingerprint}), encoding="utf-8")
        temporary.replace(self._state)

    def _announce(self, number: int, message: str) -> None:
        _say(f"[{number}/{len(self.steps) + 2}] {message}")


def _say(line: str) -> None:
    print(line, flush=True)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR:", "Error:"))]
    return (errors or lines or ["nothing"])[-1]


def main() -> int:
    """Run the set-up; 0 when it is complete."""
    try:
        return Bootstrap(development="--development" in sys.argv[1:]).run()
    except SetupError as problem:
        print(f"lemma: {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"lemma: cannot set up the checkout: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lemma: interrupted; the same command goes on from here", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
