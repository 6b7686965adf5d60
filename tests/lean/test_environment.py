"""Proof states and tactics in a real Lean: opening, applying, splitting, losing the process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from prover.contracts import Environment, FailureKind, InputError, ProofState, TacticFailure
from prover.environments.lean import LeanEnvironment, LeanTheorem, load_lean_text
from prover.environments.lean.backend import EmbeddedLauncher
from prover.environments.lean.server import ServerExit

pytestmark = pytest.mark.lean

TEXT = """\
def double (n : Nat) : Nat := n + n

theorem double_eq (n : Nat) : double n = 2 * n := by
  sorry

theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  constructor
  · sorry
  · exact sorry

theorem witness : ∃ n : Nat, n * n = 144 ∧ 3 < n := sorry
"""


@pytest.fixture(scope="module")
def theorems(environment: LeanEnvironment) -> dict[str, LeanTheorem]:
    loaded = load_lean_text(TEXT, pool=environment)
    assert not loaded.problems
    return {theorem.name: theorem for theorem in loaded.theorems}


def applied(environment: LeanEnvironment, state: ProofState, *tactics: str) -> ProofState:
    for tactic in tactics:
        after = environment.apply(state, tactic)
        assert isinstance(after, ProofState), f"{tactic}: {after}"
        state = after
    return state


def test_it_is_an_environment(environment):
    assert isinstance(environment, Environment)
    assert environment.version.startswith("4.")


def test_a_proof_step_by_step_from_any_earlier_state(environment, theorems):
    state = environment.open(theorems["double_eq"])
    assert str(state.goals[0]) == "n : Nat\n⊢ double n = 2 * n"
    unfolded = applied(environment, state, "unfold double")
    assert unfolded.goals[0].target == "n + n = 2 * n"
    assert applied(environment, unfolded, "omega").solved
    assert applied(environment, state, "simp only [double]\nomega").solved
    cases = applied(environment, state, "induction n")
    assert [goal.case for goal in cases.goals] == ["zero", "succ"]
    assert [h.name for h in cases.goals[1].hypotheses] == ["n✝", "a✝"]


@pytest.mark.parametrize(
    ("tactic", "kind", "message"),
    [
        ("simp [", FailureKind.PARSE, "unexpected end of input"),
        ("no_such_tactic", FailureKind.PARSE, ""),
        ("rfl", FailureKind.ELABORATION, ""),
        ("exact foo", FailureKind.ELABORATION, "foo"),
        ("sorry", FailureKind.ELABORATION, "sorry"),
        ("exact sorry", FailureKind.ELABORATION, "sorry"),
        ("have h : n = n := sorry", FailureKind.ELABORATION, "sorry"),
        ("", FailureKind.PARSE, ""),
    ],
)  # fmt: skip
def test_failures_have_a_kind_and_leans_own_message(environment, theorems, tactic, kind, message):
    failure = environment.apply(environment.open(theorems["double_eq"]), tactic)
    assert isinstance(failure, TacticFailure), failure
    assert failure.kind is kind
    assert message in failure.message
    assert failure.message


def test_each_hole_is_a_state_of_its_own(environment, theorems):
    state = environment.open(theorems["both"])
    assert [goal.target for goal in state.goals] == ["p", "q"]
    first, second = environment.split(state)
    assert environment.split(first) == (first,)
    assert applied(environment, second, "exact hq").solved
    assert applied(environment, first, "exact hp").solved
    rest = applied(environment, state, "all_goals exact hp")
    assert [goal.target for goal in rest.goals] == ["q"], "a tactic acts on one hole only"
    assert applied(environment, rest, "assumption").solved


def test_coupled_goals_stay_together(environment, theorems):
    state = environment.open(theorems["witness"])
    coupled = applied(environment, state, "refine ⟨?n, ?_, ?_⟩")
    assert len(coupled.goals) == 3
    assert environment.split(coupled) == (coupled,)
    chosen = applied(environment, coupled, "exact 12")
    assert len(chosen.goals) == 2
    left, right = environment.split(chosen)
    assert applied(environment, left, "rfl").solved
    assert applied(environment, right, "decide").solved


def test_some_goals_coupled_and_some_not(environment, theorems):
    state = environment.open(theorems["witness"])
    mixed = applied(
        environment, state, "have h : (1 : Nat) = 1 := ?one\nrefine ⟨?n, ?_, ?_⟩\ncase' one => skip"
    )
    parts = environment.split(mixed)
    assert sorted(len(part.goals) for part in parts) == [1, 3]
    [single] = [part for part in parts if len(part.goals) == 1]
    [group] = [part for part in parts if len(part.goals) == 3]
    assert applied(environment, single, "rfl").solved
    while not group.solved and len(environment.split(group)) == 1:
        by_case = {"n": "exact 12"}.get(group.goals[0].case or "", "on_goal 3 => exact 12")
        group = applied(environment, group, by_case)
    assert all(applied(environment, part, "decide").solved for part in environment.split(group))


def test_states_survive_the_loss_of_the_process(environment, theorems):
    state = environment.open(theorems["both"])
    first, second = environment.split(state)
    deep = applied(environment, environment.open(theorems["double_eq"]), "cases n", "rfl")
    pid = environment._server.pid
    os.kill(pid, signal.SIGKILL)
    assert applied(environment, second, "exact hq").solved
    assert applied(environment, deep, "simp only [double]", "omega").solved
    assert applied(environment, first, "exact hp").solved
    assert environment._server.pid != pid


def test_released_states_can_be_needed_by_their_descendants(environment, theorems):
    state = environment.open(theorems["both"])
    parts = environment.split(state)
    environment.release([state])
    moved = applied(environment, parts[0], "have h := hp")
    environment.release(parts)
    os.kill(environment._server.pid, signal.SIGKILL)
    assert applied(environment, moved, "exact h").solved


def test_released_states_are_forgotten_by_the_server(environment, theorems):
    from prover.environments.lean.protocol import Stat

    state = environment.open(theorems["double_eq"])
    for _ in range(300):
        after = applied(environment, state, "unfold double")
        environment.release([after])
    assert environment._server.request(Stat()).n_goals < 200
    assert applied(environment, state, "unfold double", "omega").solved


def test_a_tactic_that_kills_lean_is_tried_twice_and_remembered(environment, theorems, monkeypatch):
    server = environment.server(theorems["both"].source)
    request, calls = server.request, []

    def deadly(command, *args, **kwargs):
        if getattr(command, "tactic", None) == "skip; skip":
            calls.append(command)
            os.kill(server.pid, signal.SIGKILL)
        return request(command, *args, **kwargs)

    monkeypatch.setattr(server, "request", deadly)
    state = environment.split(environment.open(theorems["both"]))[0]
    failure = environment.apply(state, "skip; skip")
    assert failure.kind is FailureKind.CRASH
    assert environment.apply(state, "skip; skip") is failure
    assert len(calls) == 2
    assert applied(environment, state, "exact hp").solved


def test_a_tactic_that_does_not_end_is_stopped_and_states_move(environment, theorems):
    first, second = environment.split(environment.open(theorems["both"]))
    moved = applied(environment, second, "have k := hq")
    with LeanEnvironment(EmbeddedLauncher(), tactic_seconds=1, warm_up=False) as other:
        assert applied(other, moved, "exact k").solved, "a state of another environment"
        assert applied(other, first, "have j := hp", "exact j").solved
        assert applied(environment, moved, "exact k").solved
        other.release([first, moved])
        environment, state = other, other.open(theorems["double_eq"])
        for tactic in ("repeat (have h : True := trivial)", "exact absurd rfl (3^16000000 = 1)"):
            failure = environment.apply(state, tactic)
            assert isinstance(failure, TacticFailure)
        assert applied(environment, state, "unfold double", "omega").solved


def test_an_environment_that_is_closed_says_so(theorems):
    environment = LeanEnvironment(EmbeddedLauncher())
    environment.close()
    environment.close()
    with pytest.raises(Exception, match="closed"):
        environment.open(theorems["both"])


def test_an_unknown_import_names_its_line(environment):
    with pytest.raises(InputError, match=r"x.lean:2: unknown import `Mathlib`.*native Lean"):
        load_lean_text("import Init\nimport Mathlib\n", pool=environment, file=Path("x.lean"))


def test_a_crash_while_loading_is_one_clear_error(environment, monkeypatch):
    def crash(*_args, **_kwargs):
        raise ServerExit(-9, "out of memory")

    monkeypatch.setattr("prover.environments.lean.environment.elaborate", crash)
    with pytest.raises(InputError, match=r"Lean crashed on the text: .*signal 9: out of memory"):
        load_lean_text("theorem t : 1 = 1 := sorry", pool=environment)
