"""The process around the embedded Lean: start, limits, memory, the end."""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prover.environments.lean import install
from prover.environments.lean.node import node_binary

pytestmark = pytest.mark.lean

MAIN = Path(install.__file__).with_name("embedded") / "main.js"
PATIENCE = 120.0  # seconds for an answer on a busy machine; no test measures time by it


class EmbeddedServer:
    """A server process and its two pipes."""

    def __init__(self, *arguments: str, imports: str = "Init", home: Path | None = None) -> None:
        command = [str(node_binary()), str(MAIN), "--home", str(home or install.embedded_home())]
        self.process = subprocess.Popen(
            [*command, "--imports", imports, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
        )  # fmt: skip
        self.rest = b""

    def line(self, seconds: float = PATIENCE) -> str:
        """The next line of output; empty at its end."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + seconds
        while b"\n" not in self.rest:
            left = deadline - time.monotonic()
            ready = select.select([self.process.stdout], [], [], max(left, 0))[0]
            assert ready, "no answer"
            chunk = os.read(self.process.stdout.fileno(), 1 << 16)
            if not chunk:
                return ""
            self.rest += chunk
        line, _, self.rest = self.rest.partition(b"\n")
        return line.decode()

    def write(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())

    def send(self, line: str) -> dict[str, Any]:
        """Send a line as it is and read the answer."""
        self.write(line + "\n")
        answer = self.line()
        assert answer, f"the server ended with {self.process.wait()} after {line[:100]}"
        value = json.loads(answer)
        assert isinstance(value, dict)
        return value

    def ask(self, cmd: str, **payload: Any) -> dict[str, Any]:
        return self.send(json.dumps({"cmd": cmd, "payload": payload}))

    def end(self) -> int:
        """Close its input and wait."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def start_server(*arguments: str, imports: str = "Init") -> Iterator[EmbeddedServer]:
    """A server that is ready; skips the test where there is no embedded Lean."""
    if not install.is_installed() and not (install.embedded_home() / "lean.wasm").exists():
        pytest.skip("the embedded Lean is not installed (`make setup`)")
    server = EmbeddedServer(*arguments, imports=imports)
    try:
        assert server.line() == "ready."
        yield server
    finally:
        server.process.kill()
        server.process.wait()


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with start_server("--timeout", "20000") as running:
        yield running


# --- Start and end --------------------------------------------------------------------------


def test_queued_work_is_finished_at_the_end_of_input() -> None:
    with start_server() as server:
        server.write('goal.start {"expr": "1 = 1"}\nstat\n{"cmd": "stat"}')  # no newline at the end
        assert server.process.stdin is not None
        server.process.stdin.close()
        assert json.loads(server.line())["stateId"] == 0
        assert json.loads(server.line())["nGoals"] == 1
        assert json.loads(server.line())["nGoals"] == 1
        assert server.line() == ""
        assert server.process.wait(PATIENCE) == 0


def test_one_line_gets_one_answer_whatever_is_in_it(server: EmbeddedServer) -> None:
    """U+2028 and its like end a line for some, but not in JSON lines."""
    strange = "\u2028 \u2029 \u0085 \v \f \r \x1c 😀"
    for escape in (True, False):
        request = {"cmd": "expr.echo", "payload": {"expr": f'"{strange}"'}}
        server.write(json.dumps(request, ensure_ascii=escape) + "\n\n\r\n")
        assert "expr" in json.loads(server.line())
    server.write('stat\nexpr.echo {"expr": "(1'.replace("\n", "\r\n"))
    server.write(' : Nat)"}\n')
    assert "nGoals" in json.loads(server.line())
    assert json.loads(server.line())["expr"]["pp"] == "1"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_at_once(number: signal.Signals) -> None:
    with start_server("--timeout", "600000") as server:
        server.ask("goal.start", expr="True")
        busy = {"stateId": 0, "tactic": "have := (by decide : 3 ^ 16000000 % 7 = 3); simp"}
        server.write("goal.tactic " + json.dumps(busy) + "\n")
        server.process.send_signal(number)
        assert server.process.wait(PATIENCE) == 128 + number


def test_unknown_import_is_one_error_line() -> None:
    with contextlib.closing(EmbeddedServer(imports="Init,Foo.Bar").process.stdout) as output:
        assert output is not None
        answer = json.loads(output.read())
    assert answer["error"] == "import"
    assert "unknown module 'Foo.Bar'" in answer["desc"]


@pytest.mark.parametrize(
    "arguments", [["--heartbeats", "x"], ["--what"], ["--timeout", "-1"], ["--option", "no.such=1"]]
)
def test_bad_arguments_are_one_error_line(arguments: list[str]) -> None:
    server = EmbeddedServer(*arguments)
    answer = json.loads(server.line())
    assert set(answer) == {"error", "desc"}
    assert server.process.wait(PATIENCE) == 2


def test_missing_files_are_one_error_line(tmp_path: Path) -> None:
    server = EmbeddedServer(home=tmp_path)
    assert "lean.js" in json.loads(server.line())["desc"]
    assert server.process.wait(PATIENCE) == 2


def test_lean_options_are_obeyed() -> None:
    with start_server("--option", "pp.all=true") as server:
        assert "@Eq" in server.ask("expr.echo", expr="1 = 1")["expr"]["pp"]


# --- Limits ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tactic",
    [
        "repeat (have h : True := trivial)",
        "let rec f (n : Nat) : Nat := f (n + 1)\nexact f 0",
        "exact " + "(" * 3900 + "rfl" + ")" * 3900,
        "exact " + "¬ " * 2000 + "True",
        "set_option maxRecDepth 1000000 in exact (by decide : 100000 < 99999)",
        "have : (List.replicate 10000000 0).length = 10000000 := by decide",
        "exact (fun x => x x) (fun x => x x)",
        "iterate 100000000 skip",
        "rfl" + "x" * 9000,
    ],
)
def test_monsters_fail_and_the_server_goes_on(server: EmbeddedServer, tactic: str) -> None:
    state = server.ask("goal.start", expr="∀ n : Nat, n * n = n * n + 0")["stateId"]
    answer = server.ask("goal.tactic", stateId=state, tactic=tactic)
    assert "nextStateId" not in answer
    assert server.ask("goal.tactic", stateId=state, tactic="intro n; rfl")["goals"] == []


def test_soft_limit_cancels_the_tactic(server: EmbeddedServer) -> None:
    state = server.ask("goal.start", expr="False")["stateId"]
    endless = "set_option maxRecDepth 10000000 in\nset_option maxHeartbeats 0 in\n" + (
        "repeat (have h : True := trivial)"
    )
    answer = server.ask("goal.tactic", stateId=state, tactic=endless, timeout=300)
    assert answer["failure"] == "timeout"
    text = f"theorem x : False := by\n  {endless.replace(chr(10), chr(10) + '  ')}\n"
    assert server.ask("frontend.process", file=text, timeout=300)["error"] == "timeout"
    assert server.ask("goal.tactic", stateId=state, tactic="skip", timeout=20000)["goals"]


def test_option_timeout_and_heartbeats(server: EmbeddedServer) -> None:
    text = "example (a b : Nat) : (a + b) * (a + b) = a * a + 2 * a * b + b * b := by grind"
    (unit,) = server.ask("frontend.process", file=text, heartbeats=10)["units"]
    assert "heartbeats" in unit["messages"][0]["data"]
    assert server.ask("frontend.process", file=text)["units"][0]["messages"] == []


def test_hard_limit_answers_and_exits() -> None:
    # Arithmetic on big numbers never looks at the cancel token.
    with start_server("--hard-grace", "500") as server:
        server.ask("goal.start", expr="3 ^ 16000000 % 7 = 4")
        tactic = "set_option exponentiation.threshold 100000000 in decide"
        request = {"stateId": 0, "tactic": tactic, "timeout": 500}
        server.write("goal.tactic " + json.dumps(request) + "\nstat\n")
        answer = json.loads(server.line())
        assert answer["error"] == "timeout"
        assert server.line() == ""
        assert server.process.wait(PATIENCE) == 75


def test_memory_ceiling_answers_and_exits() -> None:
    with start_server("--memory-mb", "100") as server:
        assert server.send("stat")["restart"] is True
        assert server.process.wait(PATIENCE) == 76


def test_exhausted_memory_answers_and_exits() -> None:
    with start_server() as server:
        text = "#eval (Array.replicate 700000000 (0 : Nat)).size"
        answer = server.ask("frontend.process", file=text)
        assert answer["restart"] is True
        assert server.process.wait(PATIENCE) == 76


def test_output_of_user_code_stays_out_of_the_protocol(server: EmbeddedServer) -> None:
    text = '#eval IO.println "{}"\n#eval (dbg_trace "x"; 1)\n#eval IO.eprintln "y"\n'
    answer = server.ask("frontend.process", file=text)
    assert "units" in answer
    assert "nGoals" in server.send("stat")


def test_user_code_cannot_reach_the_files_of_the_host(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("here")
    for place in (str(secret), "/library/Init.olean"):
        text = f'#eval do IO.FS.writeFile "{place}" "gone"; (IO.FS.readFile "{place}" : IO String)'
        server.ask("frontend.process", file=text)
    assert secret.read_text() == "here"
    assert (install.embedded_home() / "lib" / "Init.olean").stat().st_size > 100


# --- Load -----------------------------------------------------------------------------------

ATOMS = [
    "simp", "omega", "decide", "rfl", "intro h", "cases h", "exact h", "simp_all", "skip",
    "rw [Nat.mul_comm]", "induction n", "split", "constructor", "assumption", "exact ⟨_,_⟩",
    "exact?x", "norm_cast", "native_decide", "apply Eq.symm", "revert h", "conv => lhs; simp",
    "calc n = n := rfl", "refine ⟨?_, ?_⟩", "exists 3", "funext x", "ext", "subst h",
    "nomatch h", "exact Nat.rec _ _ _", "#eval 1", "by simp", ")(", '"', "«", "\x00", "-- c",
    "/- ", "exact fun | 0 => rfl | n+1 => by simp", "have := Nat.le_refl (2^2^20)", "admit",
    "iterate 100 (try simp)", "repeat constructor", "run_tac skip", "exact dbg_trace 1",
    "exact unsafe 1", "😀", "exact (by decide : 3 * 3 = 9) ▸ rfl", "trivial", "contradiction",
]  # fmt: skip
GOALS = [
    "∀ n : Nat, n * n = n * n + 1", "∀ n m : Nat, n + m = m + n → m = m + 1", "False",
    "∀ (p q : Prop), p ∧ q → ¬ q", "∀ xs : List Nat, xs.map id = 0 :: xs", "2^100 % 3 = 2",
    "∃ n : Nat, n * n = 2",
]  # fmt: skip


def test_random_tactics_neither_hang_nor_prove_what_is_false(server: EmbeddedServer) -> None:
    rng = random.Random(1)
    server.ask("reset")
    states = [server.ask("goal.start", expr=goal)["stateId"] for goal in GOALS]
    for _ in range(400):
        tactic = rng.choice(ATOMS)
        form = rng.random()
        if form < 0.3:
            tactic = rng.choice(["try ", "repeat ", "all_goals ", "first | rfl | "]) + f"({tactic})"
        elif form < 0.5:
            tactic = f"{tactic} <;> {rng.choice(ATOMS)}"
        elif form < 0.6:
            tactic = "\n".join(rng.choice(ATOMS) for _ in range(3))
        answer = server.ask(
            "goal.tactic", stateId=rng.choice(states), tactic=tactic, heartbeats=2000
        )
        if "nextStateId" in answer:
            assert answer["goals"] or answer["hasSorry"], tactic
            if not answer["hasSorry"] and len(states) < 60:
                states.append(answer["nextStateId"])
        else:
            assert answer["failure"] in ("parse", "elaboration", "timeout"), tactic
    server.ask("reset")


def test_memory_stays_flat(server: EmbeddedServer) -> None:
    server.ask("reset")
    start = server.ask("goal.start", expr="∀ (a b : Nat) (h : a = b), b + 0 = a")["stateId"]
    open_state = server.ask("goal.tactic", stateId=start, tactic="intro a b h")["nextStateId"]
    requests = [
        {"tactic": "rw [h]"}, {"tactic": "simp [h]"}, {"tactic": "exact foo"}, {"tactic": "1 +"},
        {"tactic": "cases h"}, {"tactic": "omega"}, {"expr": "Eq.trans _ _"}, {"have": "1 = 1"},
        {"draft": "by\n  have : 1 = 1 := sorry\n  sorry"}, {"tactic": "sorry"},
    ]  # fmt: skip
    file = "theorem t (n : Nat) : n = n ∧ True := by\n  constructor\n  · sorry\n  · exact sorry\n1"

    def work(rounds: int) -> None:  # 10 tactics a round
        for _ in range(rounds):
            for request in requests:
                answer = server.ask("goal.tactic", stateId=open_state, **request)
                if "nextStateId" in answer:
                    server.ask("goal.delete", stateIds=[answer["nextStateId"]])
        for _ in range(rounds // 10):
            (unit, _) = server.ask("frontend.process", file=file, sorrys=True)["units"]
            server.ask("goal.delete", stateIds=[unit["goalStateId"]])

    work(50)
    before = server.send("stat")
    work(300)
    after = server.send("stat")
    assert after["nGoals"] == before["nGoals"] == 2
    assert after["memoryMegabytes"] - before["memoryMegabytes"] < 40
