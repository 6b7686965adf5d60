"""Speed and memory of the Lean server and its client. JSON on the last line.

    python -m tests.benchmarks.bench_lean [--calls 20000] [--proofs 200]
    python -m tests.benchmarks.bench_lean --fuzz 10000 [--seed 0]

What is measured: seconds until the server answers, its resident memory, calls a second in a mixed
loop and how memory grows over it, median and 95th percentile for each tactic, what a call costs
outside of Lean, checks a second by the checker, and the same proofs once step by step and once by
elaborating the whole text, so that the ratio stands in one run. With ``--fuzz``, instead: what
becomes of so many random and malformed tactics (see `tests.lean.fuzz`), and the worst overtime.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from prover.contracts import ProofScript
from prover.environments.lean import LeanChecker, LeanEnvironment, choose_launcher
from prover.environments.lean.protocol import (
    FrontendProcess,
    GoalDelete,
    GoalStart,
    GoalTactic,
    Stat,
)
from prover.environments.lean.server import CommandError, LeanServer
from prover.environments.lean.theorem_file import load_text
from tests.lean.fuzz import Fuzzer, Outcome, tactics

# The mix: every family of tactics on every kind of core statement, most of which fail fast, as
# most of a search's calls do. `HEAVY` is a narrower mix in which `grind` and `omega` weigh more.
HEAVY = (
    "∀ (a b : Nat), a + b = b + a", "∀ (a b c : Int), a ≤ b → a + c ≤ b + c",
    "∀ (p q : Prop), p ∧ q → q ∧ p", "∀ (p q : Prop), p ∨ q → q ∨ p",
    "∀ (xs ys : List Nat), (xs ++ ys).length = ys.length + xs.length",
    "∀ (b c : Bool), (b && c) = (c && b)", "∃ n : Nat, n > 10",
    "∀ (f : Nat → Nat) (xs : List Nat), (xs.map f).length = xs.length",
    "∀ (n : Nat), n % 4 = 3 → n % 2 = 1", "∀ (a b : Nat), a = b → b = a",
)
STATEMENTS = (
    *HEAVY,
    "∀ (a b c : Nat), a ≤ b → b < c → a < c", "∀ (p q r : Prop), (q → r) → (p → q) → p → r",
    "∀ (b : Bool), (b || true) = true", "∀ (n : Nat), n * 1 = n", "∀ (n : Nat), 1 * n = n",
    "∀ (xs : List Nat), (xs ++ []).length = xs.length", "∀ (x y : Int), x + y = y + x",
    "∀ (p : Prop), p → ¬ ¬ p", "3 ^ 5 % 11 = 1", "∀ (x : Nat) (xs : List Nat), x :: xs ≠ []",
)
TACTICS = (
    "intro x", "intros", "rfl", "simp", "omega", "grind", "rw [Nat.add_comm]", "exact h",
    "exact Nat.add_comm _ _", "apply And.intro", "cases x", "induction x", "constructor",
    "decide", "intro h; cases h", "simp_all", "assumption", "have h : 1 = 1 := rfl", "left",
    "trivial", "contradiction", "exact foo bar", "no_such_tactic", "apply Nat.lt_of_le_of_lt",
    "exact ⟨_, _⟩", "intro a b c h k",
)
WARM_UP = 8000  # calls, until V8 has compiled what is called most
# Statements with a parameter, and a proof in steps that fits them all.
PROOFS = (
    ("(a b : Nat) : a + {k} + b = b + {k} + a", ("rw [Nat.add_comm a {k}]", "omega")),
    ("(p q : Prop) (h : p ∧ q ∧ {k} = {k}) : q ∧ p",
     ("obtain ⟨hp, hq, _⟩ := h", "constructor", "exact hq", "exact hp")),
    ("(xs : List Nat) : (xs ++ [{k}]).length = xs.length + 1", ("simp",)),
    ("(n : Nat) (h : n % {m} = 1) : (n + {m}) % {m} = 1", ("omega",)),
    ("(p q : Prop) : p ∨ q → q ∨ p ∨ {k} = {k}",
     ("intro h", "cases h with | inl h => ?_ | inr h => ?_", "exact Or.inr (Or.inl h)",
      "exact Or.inl h")),
    ("(b : Bool) (h : {k} = {k}) : (!!b) = b", ("cases b", "rfl", "rfl")),
    ("(n : Nat) : 0 + n + {k} = n + {k}",
     ("induction n with | zero => ?_ | succ n ih => ?_", "rfl", "omega")),
    ("(f : Nat → Nat) (h : ∀ x, f x = x + {k}) : f (f 0) = {k} + {k}",
     ("rw [h]", "rw [h]")),
)

DELETED_TOGETHER = 64
FUZZ_SECONDS = 2.0
FUZZ_REPORT = 250


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1000


def cpu_seconds(pid: int) -> float:
    """What a process has used, user and system, in all its threads: this depends less than the
    wall clock does on what else the machine is doing."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def quantiles(seconds: list[float]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    at_95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {"median_ms": round(1000 * statistics.median(ordered), 2),
            "p95_ms": round(1000 * at_95, 2), "calls": len(ordered)}


def start_up() -> tuple[LeanServer, dict[str, float]]:
    """A fresh server, and what it took."""
    server = LeanServer(choose_launcher(), ("Init",))
    started = time.perf_counter()
    server.start()
    ready = time.perf_counter() - started
    assert server.pid is not None
    return server, {
        "ready_s": round(ready, 2), "ready_cpu_s": round(cpu_seconds(server.pid), 2),
        "rss_mb": round(resident_mb(server.pid)),
    }


def pool_of_states(server: LeanServer, statements: Sequence[str]) -> list[int]:
    """The start of every statement, and what is left after introductions."""
    states = [server.request(GoalStart(expr=s)).state_id for s in statements]
    for state in list(states):
        for tactic in ("intros", "intro x", "intro a b"):
            answer = server.request(GoalTactic(state_id=state, tactic=tactic))
            if answer.next_state_id is not None and answer.goals:
                states.append(answer.next_state_id)
    return states


def mixed_loop(
    server: LeanServer, statements: Sequence[str], calls: int, warm: int = 0
) -> dict[str, Any]:
    """Random tactics on random states; new states are deleted as the environment does it."""
    states, choose = pool_of_states(server, statements), random.Random(0)
    times: defaultdict[str, list[float]] = defaultdict(list)
    memory: list[int] = []
    garbage: list[int] = []
    spent = cpu_before = 0.0
    for number in range(calls + warm):
        state, tactic = choose.choice(states), choose.choice(TACTICS)
        if number == warm:
            cpu_before = cpu_seconds(server.pid or 0)
        began = time.perf_counter()
        answer = server.request(GoalTactic(state_id=state, tactic=tactic), 30)
        took = time.perf_counter() - began
        if answer.next_state_id is not None:
            garbage.append(answer.next_state_id)
        if len(garbage) >= DELETED_TOGETHER:
            server.request(GoalDelete(tuple(garbage)))
            garbage.clear()
        if number >= warm:
            times[tactic].append(took)
            spent += time.perf_counter() - began
        if number >= warm and (number - warm) % max(1, calls // 5) == 0 and server.pid:
            memory.append(round(resident_mb(server.pid)))
    return {
        "calls": calls, "calls_per_second": round(calls / spent, 1),
        "cpu_ms_per_call": round(1000 * (cpu_seconds(server.pid or 0) - cpu_before) / calls, 2),
        "rss_mb_over_time": [*memory, round(resident_mb(server.pid or 0))],
        "tactics": {tactic: quantiles(found) for tactic, found in sorted(times.items())},
    }


def client_overhead(server: LeanServer) -> dict[str, float]:
    """The whole round trip of a command that asks nothing of Lean: client, pipe and protocol."""
    def trip() -> float:
        began = time.perf_counter()
        server.request(Stat())
        return time.perf_counter() - began

    for _ in range(200):
        trip()
    return quantiles([trip() for _ in range(2000)])


def proofs(count: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Statements (binders, colon and type) with the steps of a proof."""
    for number in range(count):
        statement, steps = PROOFS[number % len(PROOFS)]
        k = number // len(PROOFS) + 2
        yield (statement.format(k=k, m=k + 1), tuple(s.format(k=k) for s in steps))


def header(number: int, statement: str) -> str:
    return f"theorem bench_{number} {statement} := by\n"


def step_by_step(server: LeanServer, count: int) -> float:
    """Seconds to elaborate ``count`` proofs as states and tactics."""
    began = time.perf_counter()
    for statement, steps in proofs(count):
        state = server.request(GoalStart(expr=as_type(statement))).state_id
        made = [state]
        for step in (introduction(statement), *steps):
            try:
                answer = server.request(GoalTactic(state_id=state, tactic=step))
            except CommandError as error:
                raise SystemExit(f"step {step!r} on {statement!r}: {error}") from error
            if answer.next_state_id is None:
                raise SystemExit(f"step {step!r} fails on {statement!r}: {answer}")
            state = answer.next_state_id
            made.append(state)
        if answer.goals:
            raise SystemExit(f"unfinished: {statement!r}")
        server.request(GoalDelete(tuple(made)))
    return time.perf_counter() - began


def whole_texts(server: LeanServer, count: int) -> float:
    """Seconds to elaborate the same proofs as texts, once after each step, as one does whose
    only tool is to compile the file again."""
    began = time.perf_counter()
    for number, (statement, steps) in enumerate(proofs(count)):
        for length in range(1, len(steps) + 1):
            body = "".join(f"  {step}\n" for step in steps[:length])
            text = header(number, statement) + body
            units = server.request(FrontendProcess(file=text)).units
        if any(m.severity == "error" for unit in units for m in unit.messages):
            raise SystemExit(f"{statement!r} is not proved")
    return time.perf_counter() - began


def as_type(statement: str) -> str:
    """``(a : Nat) : t`` as ``∀ (a : Nat), t``."""
    depth = 0
    for index, character in enumerate(statement):
        depth += (character in "([{") - (character in ")]}")
        if character == ":" and depth == 0:
            return f"∀ {statement[:index].strip()}, {statement[index + 1 :].strip()}"
    raise ValueError(statement)


def introduction(statement: str) -> str:
    """``intro`` with the names of the binders."""
    binders = as_type(statement)[2:].split(",")[0]
    names = [n for group in statement[: len(binders)].split("(")[1:]
             for n in group.split(":")[0].split()]
    return "intro " + " ".join(names)


def checks(count: int) -> dict[str, float]:
    """Checks a second: script into source text, elaboration, the kernel once more."""
    with LeanEnvironment() as environment, LeanChecker() as checker:
        jobs = []
        for number, (statement, steps) in enumerate(proofs(count)):
            loaded = load_text(header(number, statement) + "  sorry\n", environment)
            jobs.append((loaded.theorems[0], ProofScript(("\n".join(steps),))))
        checker.check(*jobs[0])
        began = time.perf_counter()
        accepted = sum(checker.check(theorem, script).accepted for theorem, script in jobs)
        took = time.perf_counter() - began
    return {"checks": count, "accepted": accepted, "per_second": round(count / took, 1)}


def fuzz(count: int, seed: int) -> dict[str, Any]:
    """Random and malformed tactics on theorems that are false."""
    with LeanEnvironment(tactic_seconds=FUZZ_SECONDS) as environment, LeanChecker() as checker:
        fuzzer = Fuzzer(environment, checker, seed=seed, limit=FUZZ_SECONDS)
        texts, outcome = tactics(seed), Outcome()
        for done in range(0, count, FUZZ_REPORT):
            outcome = fuzzer.run(texts, min(FUZZ_REPORT, count - done))
            print(f"{outcome.calls}: {dict(outcome.outcomes)}, {outcome.restarts} restarts",
                  file=sys.stderr)
    return {
        "benchmark": "lean-fuzz", "seed": seed, "calls": outcome.calls,
        "limit_s": FUZZ_SECONDS, "outcomes": dict(sorted(outcome.outcomes.items())),
        "restarts": outcome.restarts, "lost": outcome.lost,
        "stopped_working": outcome.stopped_working, "wrongly_proved": outcome.wrongly_proved,
        "refused_by_checker": len(outcome.refused), "refused_why": reasons(outcome.refused),
        "crashes": outcome.crashes[:20], "max_recovery_s": round(outcome.recovery, 2),
        "max_overtime_s": round(outcome.overtime, 2), "slowest": outcome.slowest,
    }


def reasons(refused: list[tuple[str, str]]) -> dict[str, int]:
    """How often the checker refused for which reason."""
    return dict(Counter(reason[:80] for _, reason in refused).most_common(20))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--proofs", type=int, default=200)
    parser.add_argument("--fuzz", type=int, metavar="N", help="random tactics instead")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.fuzz:
        print(json.dumps(fuzz(options.fuzz, options.seed)))
        return
    server, report = start_up()
    result: dict[str, Any] = {"benchmark": "lean", "version": server.version, **report}
    with server:
        print("client overhead …", file=sys.stderr)
        result["client_round_trip"] = client_overhead(server)
        print("mixed loop …", file=sys.stderr)
        result["mixed"] = mixed_loop(server, STATEMENTS, options.calls, WARM_UP)
        result["mixed_heavy"] = mixed_loop(server, HEAVY, options.calls // 4)
        print("step by step and whole texts …", file=sys.stderr)
        step_by_step(server, 16)
        whole_texts(server, 16)
        steps, texts = step_by_step(server, options.proofs), whole_texts(server, options.proofs)
        result["proofs"] = {
            "proofs": options.proofs, "step_by_step_s": round(steps, 2),
            "whole_text_s": round(texts, 2), "whole_text_per_step_by_step": round(texts / steps, 2),
        }
    print("checks …", file=sys.stderr)
    result["checker"] = checks(options.proofs)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
