"""`make setup`: steps done once, repeated when their inputs change, resumed after a failure.

The Python of ``.venv`` is the boundary: a script in its place records how pip is called.
"""

from __future__ import annotations

import fcntl
import subprocess
import threading
from pathlib import Path

import pytest

from prover.bootstrap import STEPS, Bootstrap, SetupError, main

PYTHON = """#!/bin/sh
[ "$1" = -I ] && exit 0
for last in "$@"; do :; done
echo "pip $last" >> "{root}/calls"
cat "{root}/pip-says" 2>/dev/null
[ ! -e "{root}/pip-says" ]
"""
LEMMA = """#!/bin/sh
echo "lemma $*" >> "{root}/calls"
exit $(cat "{root}/lemma-exits" 2>/dev/null || echo 0)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    for name, script in (("python", PYTHON), ("lemma", LEMMA)):
        (binaries / name).write_text(script.replace("{root}", str(tmp_path)))
        (binaries / name).chmod(0o755)
    (tmp_path / "pyproject.toml").write_text("[project]")
    return tmp_path


def calls(root: Path) -> list[str]:
    """What was called since the last time."""
    record = root / "calls"
    lines = record.read_text().splitlines() if record.exists() else []
    record.unlink(missing_ok=True)
    return lines


FIRST = ["pip torch==2.13.0", "pip .[neural,data,search]", "lemma setup"]


def test_torch_comes_first_and_a_second_run_repeats_no_step(root: Path) -> None:
    assert Bootstrap(root).run() == 0
    assert calls(root) == FIRST
    assert Bootstrap(root).run() == 0
    assert calls(root) == ["lemma setup --no-system"]


def test_an_edited_pyproject_repeats_what_depends_on_it(root: Path) -> None:
    Bootstrap(root).run()
    calls(root)
    (root / "pyproject.toml").write_text("[project]\nname = 'lemma'")
    Bootstrap(root).run()
    assert calls(root) == ["pip .[neural,data,search]", "lemma setup --no-system"]


@pytest.mark.parametrize(
    ("pip_says", "reason"),
    [
        ("ERROR: Could not find a version that satisfies torch (from versions: none)", "network"),
        ("Max retries exceeded with url: /simple/torch/", "network"),
        ("OSError: [Errno 28] No space left on device", "make room"),
        ("Collecting torch\nERROR: the wheel is broken\nnote: something", "the wheel is broken"),
    ],
)
def test_a_failing_step_is_one_line_and_the_next_run_goes_on_there(
    root: Path, pip_says: str, reason: str
) -> None:
    (root / "pip-says").write_text(pip_says)
    with pytest.raises(SetupError, match=reason) as failure:
        Bootstrap(root).run()
    assert "\n" not in str(failure.value)
    assert "installing torch" in str(failure.value)
    assert calls(root) == FIRST[:1]
    (root / "pip-says").unlink()
    assert Bootstrap(root).run() == 0
    assert calls(root) == FIRST


def test_a_failing_lemma_setup_is_the_exit_code_and_is_repeated(root: Path) -> None:
    (root / "lemma-exits").write_text("1")
    assert Bootstrap(root).run() == 1
    assert calls(root) == FIRST
    (root / "lemma-exits").unlink()
    assert Bootstrap(root).run() == 0
    assert calls(root) == FIRST[-1:]


def test_a_damaged_record_only_repeats_work(root: Path) -> None:
    Bootstrap(root).run()
    calls(root)
    (root / ".venv" / "lemma-setup.json").write_text('{"torch": ')
    assert Bootstrap(root).run() == 0
    assert calls(root) == FIRST


def test_a_half_made_venv_is_made_again(root: Path) -> None:
    python = root / ".venv" / "bin" / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    (root / ".venv" / "lemma-setup.json").write_text('{"torch": "of the venv that broke"}')
    with pytest.raises(FileNotFoundError):  # without steps, nothing installs `lemma` into it
        Bootstrap(root, steps=()).run()
    assert subprocess.check_output([python, "-m", "pip", "--version"]).startswith(b"pip ")
    assert not (root / ".venv" / "lemma-setup.json").exists()


def test_a_lost_console_script_is_installed_again(root: Path) -> None:
    Bootstrap(root).run()
    calls(root)
    (root / ".venv" / "bin" / "lemma").unlink()
    with pytest.raises(FileNotFoundError):  # the pip of this test installs nothing
        Bootstrap(root).run()
    assert calls(root) == ["pip .[neural,data,search]"]


def test_a_python_without_venv_is_told_with_the_package(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / ".venv" / "bin" / "python").unlink()
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SetupError, match=r"apt-get install python3\.\d+-venv"):
        Bootstrap(root).run()


def test_a_second_set_up_of_the_same_checkout_waits(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (root / "pyproject.toml").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = threading.Thread(target=Bootstrap(root).run)
        second.start()
        second.join(0.5)
        assert second.is_alive()
        assert calls(root) == []
    second.join(30)
    assert calls(root) == FIRST
    assert "waiting" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("problem", "code"), [(SetupError("no"), 1), (OSError("no"), 1), (KeyboardInterrupt(), 130)]
)
def test_no_traceback_reaches_the_user(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    problem: BaseException, code: int,
) -> None:  # fmt: skip
    def failing(_self: Bootstrap) -> int:
        raise problem

    monkeypatch.setattr(Bootstrap, "run", failing)
    assert main() == code
    assert capsys.readouterr().err.startswith("lemma: ")


def test_the_steps_fit_the_distribution() -> None:
    root = Path(__file__).resolve().parents[2]
    assert all((root / name).is_file() for step in STEPS for name in step.inputs)
    assert "neural = [" in (root / "pyproject.toml").read_text()


APT = """#!/bin/sh
for last in "$@"; do :; done
echo "apt $last" >> "{root}/calls"
[ -e "{root}/updated" ] && ln -sf /bin/true "{root}/bin/chromium" && exit 0
[ "$last" = update ] && touch "{root}/updated"
"""


@pytest.fixture
def apt(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser, whose apt has to be updated first; its ``bin``."""
    binaries = root / "bin"
    binaries.mkdir()
    (binaries / "apt-get").write_text(APT.replace("{root}", str(root)))
    (binaries / "apt-get").chmod(0o755)
    for tool in ("sh", "cat", "ln", "touch", "true"):
        (binaries / tool).symlink_to(Path("/bin", tool))
    monkeypatch.setenv("PATH", str(binaries))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    return binaries


DEVELOPMENT = ["pip .[neural,data,search]", "pip .[dev,ray]", "lemma setup"]


def test_development_gets_a_browser_once_and_proving_does_not(root: Path, apt: Path) -> None:
    Bootstrap(root).run()
    assert calls(root) == FIRST
    assert Bootstrap(root, development=True).run() == 0
    assert calls(root) == ["pip .[dev,ray]", "lemma setup --no-system",
                           "apt chromium", "apt update", "apt chromium"]
    (apt / "chromium").unlink()
    assert Bootstrap(root, development=True).run() == 0
    # The pip of this test installs no pytest, so that its step is repeated; apt is not asked again.
    assert calls(root) == ["pip .[dev,ray]", "lemma setup --no-system"]


def test_without_a_browser_the_set_up_is_still_complete(
    root: Path, apt: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (apt / "apt-get").write_text("#!/bin/sh\nexit 100\n")
    assert Bootstrap(root, development=True).run() == 0
    assert calls(root) == ["pip torch==2.13.0", *DEVELOPMENT]
    assert "apt-get install chromium" in capsys.readouterr().out
