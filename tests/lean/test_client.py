"""The client of a server process: answers, limits, ends of processes, and the messages."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.contracts import EnvironmentCrash, InputError, LemmaError
from prover.environments.lean import backend, protocol
from prover.environments.lean.backend import Launch, NativeLauncher, choose_launcher
from prover.environments.lean.protocol import ProtocolError
from prover.environments.lean.server import (
    CommandError,
    LeanServer,
    ServerExit,
    ServerLost,
    ServerTimeout,
    UnknownImport,
)

FAKE = Path(__file__).with_name("fake_server.py")


@dataclass(frozen=True)
class FakeLauncher:
    mode: str = "good"
    name: str = "fake"
    extended: bool = True

    def launch(self, imports: Any) -> Launch:  # noqa: ARG002
        return Launch((sys.executable, str(FAKE), self.mode))

    def missing(self, imports: Any) -> tuple[str, ...]:  # noqa: ARG002
        return ()


@pytest.fixture
def server():
    with LeanServer(FakeLauncher()) as server:
        yield server


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie that nobody has reaped has)."""
    for _ in range(200):
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return True
        if stat.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_answers_are_typed_and_nothing_starts_before_it_is_needed(server):
    assert server.pid is None
    assert server.request(protocol.Stat()).n_goals == 2  # the first request set the options
    assert server.generation == 1
    echo = server.request(protocol.ExprEcho("∀ α, «x\n😀»"))
    assert echo.expr.pp == "∀ α, «x\n😀»"
    assert echo.type.pp == str(server.pid)


def test_a_long_answer_after_chatter(server):
    assert len(server.request(protocol.EnvCatalog()).symbols) == 100_000
    assert server.running


def test_a_refusal_leaves_the_process_as_it_is(server):
    with pytest.raises(CommandError, match="Symbol not found foo") as caught:
        server.request(protocol.EnvInspect("foo"))
    assert caught.value.kind == "index"
    assert server.generation == 1
    assert server.running


def test_no_answer_in_time_ends_the_process(server):
    server.start()
    pid = server.pid
    with pytest.raises(ServerTimeout):
        server.request(protocol.EnvDescribe(), 0.2)
    assert not server.running
    assert gone(pid)
    assert server.request(protocol.Stat()).n_goals == 2
    assert server.generation == 2


def test_an_exit_is_told_with_its_code_and_last_words(server):
    with pytest.raises(ServerExit, match=r"exit code 7: .*PANIC at somewhere"):
        server.request(protocol.GoalDelete((1,)))
    assert server.request(protocol.Stat()).n_goals == 2


@pytest.mark.parametrize("noticed", [False, True])
def test_a_kill_from_outside_is_an_exit(server, noticed):
    server.start()
    os.kill(server.pid, 9)
    while noticed and server.running:
        time.sleep(0.01)
    with pytest.raises(ServerExit, match="signal 9"):
        server.request(protocol.Stat(), generation=1)


def test_what_belongs_to_a_lost_process_is_not_asked_of_the_next(server):
    server.start()
    server.restart()
    with pytest.raises(ServerLost):
        server.request(protocol.Stat(), generation=1)
    assert server.request(protocol.Stat(), generation=2).n_goals == 2


def test_an_answer_that_announces_the_end_still_counts(server):
    assert server.request(protocol.GoalContinue(0, goals=())).next_state_id == 1
    assert not server.running


def test_the_servers_own_time_limit(server):
    with pytest.raises(ServerTimeout):
        server.request(protocol.GoalTactic(0, tactic="skip"))
    assert not server.running


def test_an_answer_to_no_question_is_not_taken_for_that_to_the_next(server):
    assert server.request(protocol.GoalStart(expr="True")).state_id == 0
    with pytest.raises(ServerLost, match="not been asked"):
        server.request(protocol.ExprEcho("x"))
    assert server.request(protocol.ExprEcho("y")).expr.pp == "y"
    assert server.generation == 2


@pytest.mark.parametrize("command", [protocol.Reset(), protocol.EnvParse("x", "term")])
def test_nonsense_is_a_protocol_error(server, command):
    with pytest.raises(ProtocolError):
        server.request(command)


def test_a_server_that_does_not_start():
    with pytest.raises(EnvironmentCrash, match=r"exit code 3: no such library.*lemma doctor"):
        LeanServer(FakeLauncher("broken")).start()
    with pytest.raises(UnknownImport, match="Nowhere"):
        LeanServer(FakeLauncher("import")).start()
    with pytest.raises(LemmaError, match="no Pantograph repl"):
        LeanServer(NativeLauncher(Path("/nonexistent/repl"))).start()


def test_an_interrupted_request_leaves_no_stale_answer(server):
    server.start()

    def interrupt():
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        server.request(protocol.EnvDescribe(), 30)
    assert server.request(protocol.Stat()).n_goals == 2


def test_requests_of_many_threads_get_their_own_answers(server):
    wrong = []

    def ask(name: str) -> None:
        for index in range(50):
            text = f"{name}{index}"
            if server.request(protocol.ExprEcho(text)).expr.pp != text:
                wrong.append(text)

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_no_process_is_left_behind_by_close_and_collection():
    server = LeanServer(FakeLauncher())
    server.start()
    closed = server.pid
    server.close()
    server.close()
    assert gone(closed)
    other = LeanServer(FakeLauncher())
    other.start()
    forgotten = other.pid
    del other
    gc.collect()
    assert gone(forgotten)


def test_the_process_ends_when_its_client_is_killed():
    program = textwrap.dedent(
        """
        import sys, time
        from tests.lean.test_client import FakeLauncher
        from prover.environments.lean.server import LeanServer
        server = LeanServer(FakeLauncher())
        server.start()
        print(server.pid, flush=True)
        time.sleep(60)
        """
    )
    root = Path(__file__).parents[2]
    client = subprocess.Popen([sys.executable, "-c", program], cwd=root, stdout=subprocess.PIPE)
    pid = int(client.stdout.readline())
    client.kill()
    client.wait()
    client.stdout.close()
    assert gone(pid)


@pytest.mark.lean
def test_a_busy_lean_ends_when_its_client_is_killed():
    program = textwrap.dedent(
        """
        from prover.environments.lean.backend import EmbeddedLauncher
        from prover.environments.lean.protocol import FrontendProcess
        from prover.environments.lean.server import LeanServer
        server = LeanServer(EmbeddedLauncher())
        server.start()
        print(server.pid, flush=True)
        text = "theorem t : 1 = 1 := by\\n  sleep 60000\\n  rfl\\n"
        server.request(FrontendProcess(file=text, timeout=120_000), 130)
        """
    )
    root = Path(__file__).parents[2]
    client = subprocess.Popen([sys.executable, "-c", program], cwd=root, stdout=subprocess.PIPE)
    pid = int(client.stdout.readline())
    time.sleep(0.5)  # it is asleep in Lean by now, or will be when it is killed
    client.kill()
    client.wait()
    client.stdout.close()
    assert gone(pid)


def test_the_choice_of_a_lean(monkeypatch, tmp_path):
    monkeypatch.delenv("LEMMA_REPL", raising=False)
    monkeypatch.setattr(backend, "default_repl", lambda: tmp_path / "repl")
    monkeypatch.setenv("LEMMA_LEAN", "auto")
    assert choose_launcher().name == "embedded"
    (tmp_path / "repl").touch()
    assert choose_launcher().name == "native"
    assert choose_launcher("embedded").name == "embedded"
    monkeypatch.setenv("LEMMA_LEAN", "nativ")
    with pytest.raises(InputError, match="choose one of auto, embedded, native"):
        choose_launcher()


def test_a_lake_project_gives_its_modules_to_the_native_server(tmp_path):
    own = tmp_path / ".lake" / "build" / "lib" / "lean"
    mathlib = tmp_path / ".lake" / "packages" / "mathlib" / ".lake" / "build" / "lib" / "lean"
    own.mkdir(parents=True)
    mathlib.mkdir(parents=True)
    (tmp_path / "repl").touch()
    launch = NativeLauncher(tmp_path / "repl", tmp_path).launch(("Init", "Mathlib"))
    assert launch.command[1:] == ("Init", "Mathlib")
    folders = launch.environment["LEAN_PATH"].split(os.pathsep)
    assert folders.index(str(own)) < folders.index(str(mathlib))


# --- Messages ---------------------------------------------------------------------------------

TEXT = st.text(max_size=5)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of the type of a field."""
    import types
    import typing

    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return values(next(a for a in arguments if a is not type(None)))
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, arguments))
    if isinstance(hint, type) and issubclass(hint, protocol.Message):
        return messages(hint)
    return {str: TEXT, int: st.integers(0, 99), bool: st.booleans(), Any: TEXT}[hint]


def messages(cls: type[protocol.Message]) -> st.SearchStrategy[Any]:
    """Messages of a class, fields with defaults given or not."""
    import typing

    hints = typing.get_type_hints(cls)
    required = {f.name: values(hints[f.name]) for f in fields(cls) if f.default is MISSING}
    optional = {f.name: values(hints[f.name]) for f in fields(cls) if f.default is not MISSING}
    return st.builds(
        lambda have, more: cls(**have, **more),
        st.fixed_dictionaries(required),
        st.fixed_dictionaries({}, optional=optional),
    )


ALL = [
    cls
    for command in protocol.COMMANDS.values()
    for cls in (command, command.result)
]


@given(st.sampled_from(ALL).flatmap(messages))
def test_reading_what_was_written_gives_the_same_message(message):
    wire = json.loads(json.dumps(message.to_json()))
    assert type(message).from_json({**wire, "a field of tomorrow": 1}) == message


def test_the_wire_names_are_pantographs():
    tactic = protocol.GoalTactic(3, goal_id=0, auto_resume=False, tactic="simp", binder_name="h")
    assert tactic.to_json() == {
        "stateId": 3, "goalId": 0, "autoResume": False, "tactic": "simp", "binderName": "h",
    }  # fmt: skip
    options = protocol.OptionsSet(print_expr_ast=True, print_dependent_mvars=True)
    assert options.to_json() == {"printExprAST": True, "printDependentMVars": True}
    assert protocol.GoalPrint(1, extra_mvars=("a",)).to_json() == {
        "stateId": 1, "extraMVars": ["a"],
    }  # fmt: skip


def test_an_answer_of_the_documented_protocol():
    """From Pantograph's integration test, ``test_frontend_process_sorry``."""
    answer = protocol.FrontendProcessResult.from_json(
        {
            "units": [
                {"boundary": [0, 27], "messages": []},
                {
                    "boundary": [27, 62],
                    "goalStateId": 0,
                    "goals": [
                        {
                            "name": "_uniq.3",
                            "fragment": "tactic",
                            "target": {"pp": "p → p"},
                            "vars": [
                                {
                                    "name": "_uniq.1", "userName": "p", "isInaccessible": False,
                                    "type": {"pp": "Prop"},
                                }
                            ],
                        }
                    ],
                    "goalSrcBoundaries": [[57, 62]],
                    "messages": [
                        {
                            "fileName": "<anonymous>", "kind": "hasSorry", "severity": "warning",
                            "pos": {"line": 2, "column": 0}, "endPos": {"line": 2, "column": 7},
                            "data": "declaration uses 'sorry'", "caption": "",
                            "keepFullRange": False, "isSilent": False,
                        }
                    ],
                },
            ]
        }
    )  # fmt: skip
    unit = answer.units[1]
    assert unit.goal_src_boundaries == ((57, 62),)
    assert unit.goals[0].vars[0].type.pp == "Prop"
    assert not unit.messages[0].is_error


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({}, "the field 'nGoals' is missing"),
        ({"nGoals": "3"}, "StatResult.nGoals: expected int, got '3'"),
        ([], r"expected an object, got \[\]"),
    ],
)
def test_an_ill_formed_answer_is_one_clear_error(data, complaint):
    with pytest.raises(ProtocolError, match=complaint):
        protocol.StatResult.from_json(data)
    with pytest.raises(ProtocolError, match="boundary: expected an array"):
        protocol.CompilationUnit.from_json({"boundary": [1, 2, 3]})
