"""Getting E: found, installed with apt, or told how; never a failure. apt is the boundary."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from prover.environments.fol import install
from prover.environments.fol.install import eprover_command, install_eprover

INSTALLS = 'printf "#!/bin/sh\\n" > "{bin}/eprover"; chmod +x "{bin}/eprover"'


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a script in the place of apt-get, on a PATH without eprover, for root."""
    for tool in ("sh", "printf", "chmod", "sleep", "touch", "cat"):
        real = next(Path(d, tool) for d in ("/bin", "/usr/bin") if Path(d, tool).exists())
        (tmp_path / tool).symlink_to(real)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    def write(script: str) -> None:
        body = f'echo "$*" >> "{tmp_path}/calls"\n' + script.replace("{bin}", str(tmp_path))
        (tmp_path / "apt-get").write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / "apt-get").chmod(0o755)

    return write


def calls(tmp_path: Path) -> list[str]:
    record = tmp_path / "calls"
    return [line.split()[-1] for line in record.read_text().splitlines()] if record.exists() else []


def test_an_eprover_on_the_path_is_taken(apt: Callable[[str], None], tmp_path: Path) -> None:
    apt(INSTALLS)
    (tmp_path / "eprover").write_text("#!/bin/sh\n")
    (tmp_path / "eprover").chmod(0o755)
    assert install_eprover().path == str(tmp_path / "eprover")
    assert calls(tmp_path) == []


def test_root_with_apt_gets_it(apt: Callable[[str], None], tmp_path: Path) -> None:
    apt(INSTALLS + '\n[ "$DEBIAN_FRONTEND" = noninteractive ]')
    assert install_eprover().path == str(tmp_path / "eprover")
    assert calls(tmp_path) == ["eprover"]


def test_missing_package_lists_are_fetched_first(
    apt: Callable[[str], None], tmp_path: Path
) -> None:
    apt(
        'case "$*" in *update) touch "{bin}/lists" ;; esac\n'
        'if [ ! -e "{bin}/lists" ]; then echo "E: Unable to locate package" >&2; exit 100; fi\n'
        f'case "$*" in *eprover) {INSTALLS} ;; esac'
    )
    assert install_eprover().path == str(tmp_path / "eprover")
    assert calls(tmp_path) == ["eprover", "update", "eprover"]


def test_what_apt_cannot_do_is_told_with_the_command(
    apt: Callable[[str], None], tmp_path: Path
) -> None:
    apt('echo "W: a warning" >&2; echo "E: Temporary failure resolving the mirror" >&2; exit 100')
    outcome = install_eprover()
    assert outcome.path is None
    assert "Temporary failure resolving the mirror" in outcome.detail
    assert outcome.remedy == "apt-get update && apt-get install eprover"
    assert calls(tmp_path) == ["eprover", "update"]


def test_an_apt_that_hangs_is_ended(
    apt: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(install, "_GRACE_SECONDS", 0.2)
    apt('trap "" TERM; echo $$ >> "{bin}/pids"; sleep 60 & echo $! >> "{bin}/pids"; wait; sleep 60')
    outcome = install_eprover(seconds=0.5)
    assert outcome.path is None
    assert "no end after" in outcome.detail
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert pids
    for pid in pids:
        while _runs(pid):  # killed, it may still take a moment; the test's own limit ends this
            time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_without_root_nothing_is_tried(
    apt: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    apt(INSTALLS)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    outcome = install_eprover()
    assert (outcome.path, calls(tmp_path)) == (None, [])
    assert outcome.remedy == "sudo apt-get update && sudo apt-get install eprover"


def test_without_apt_the_way_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert install_eprover().path is None
    assert "eprover" in eprover_command()
