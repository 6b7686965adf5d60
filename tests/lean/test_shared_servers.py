"""Processes shared by checks: one at first, more when checks wait, and none left behind."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from prover.environments.lean import shared_servers
from prover.environments.lean.protocol import EnvDescribe, Stat
from prover.environments.lean.server import ServerLost
from prover.environments.lean.shared_servers import SharedServers
from tests.lean.test_client import FakeLauncher

FAKE, INIT, STD = FakeLauncher(), ("Init",), ("Std",)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_servers, "_START_SECONDS", 0.05)


def pid_of(servers: SharedServers, modules: tuple[str, ...] = INIT) -> int:
    with servers.lend(FAKE, modules) as server:
        server.request(Stat(), 10)
        assert server.pid is not None
        return server.pid


def test_the_next_check_gets_the_same_process() -> None:
    servers = SharedServers(2)
    first = pid_of(servers)
    assert pid_of(servers) == first
    assert pid_of(servers, STD) != first
    assert pid_of(servers) == first
    servers.close()
    assert not Path(f"/proc/{first}").exists()


def test_it_is_replaced_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_servers, "_CHECKS_A_PROCESS", 2)
    servers = SharedServers()
    pids = [pid_of(servers) for _ in range(5)]
    servers.close()
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]


def test_no_more_imports_are_kept_than_are_wanted() -> None:
    servers = SharedServers()
    first = pid_of(servers)
    for name in "AB":
        pid_of(servers, (name,))
    assert not Path(f"/proc/{first}").exists()
    servers.close()


@pytest.mark.usefixtures("impatient")
def test_who_waits_long_enough_gets_another_process() -> None:
    servers = SharedServers(2)
    first = pid_of(servers)
    with servers.lend(FAKE, INIT) as one, servers.lend(FAKE, INIT) as other:
        assert one is not other
        assert first in (one.pid, other.pid)
        other.start()
    with servers.lend(FAKE, INIT) as one, servers.lend(FAKE, INIT) as other:  # without waiting
        assert one is not other
    servers.close()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("workers", [1, 2])
def test_nobody_else_gets_one_beyond_the_workers_or_while_one_starts(workers: int) -> None:
    servers, lent = SharedServers(workers), threading.Event()
    if workers == 1:
        pid_of(servers)

    def wait() -> None:
        with servers.lend(FAKE, INIT):
            lent.set()

    thread = threading.Thread(target=wait)
    with servers.lend(FAKE, INIT):
        thread.start()
        assert not lent.wait(0.2)
    thread.join(10)
    assert lent.is_set()
    servers.close()


def test_closing_does_not_wait_for_a_check() -> None:
    servers, begun = SharedServers(), threading.Event()
    ended: list[int | None] = []

    def check() -> None:
        with servers.lend(FAKE, INIT) as server:
            server.start()
            begun.set()
            with pytest.raises(ServerLost):
                server.request(EnvDescribe(), 3600)  # the fake one sleeps
        ended.append(server.pid)

    thread = threading.Thread(target=check)
    thread.start()
    assert begun.wait(10)
    servers.close()
    thread.join(10)
    assert ended == [None]


def test_a_closed_one_may_be_used_again() -> None:
    servers = SharedServers()
    servers.close()
    with ExitStack() as stack:
        stack.callback(servers.close)
        assert pid_of(servers) > 0
