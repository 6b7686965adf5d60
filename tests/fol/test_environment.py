"""From TPTP files to proof states and back: the environment, its limits and odd inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.contracts import Environment, FailureKind, InputError, ProofState, TacticFailure
from prover.environments.fol.environment import CounterModel, FolEnvironment, load_problem
from prover.environments.fol.provers.contracts import SzsStatus
from prover.environments.fol.tactic_context import ByProver
from prover.environments.fol.theorem import SHOWN_AXIOMS


@pytest.fixture(scope="module")
def environment() -> FolEnvironment:
    return FolEnvironment(seconds=4)


def write(folder: Path, text: str, name: str = "t.p") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_it_is_an_environment(environment: FolEnvironment) -> None:
    assert isinstance(environment, Environment)


def test_a_goal_in_lean_notation(tmp_path: Path, environment: FolEnvironment) -> None:
    path = write(tmp_path, "fof(all, axiom, ![X,Y]: (p(X,Y) => 'Q r'(Y))).\n"
                           "fof(c, conjecture,\n  ?[Z]: 'Q r'(Z) | ~ s).")
    (theorem,) = environment.load(path)
    assert (theorem.name, theorem.line) == ("c", 2)
    (goal,) = environment.open(theorem).goals
    assert str(goal) == (
        "all : ∀ x y, p x y → «'Q r'» y\n⊢ (∃ z, «'Q r'» z) ∨ ¬s"
    )


def test_each_conjecture_is_a_theorem(tmp_path: Path, environment: FolEnvironment) -> None:
    path = write(tmp_path, "fof(a, axiom, p). fof(c, conjecture, p). fof(d, conjecture, p & p).")
    assert [t.name for t in environment.load(path)] == ["c", "d"]
    assert all(len(t.problem.conjectures) == 1 for t in environment.load(path))


def test_clauses_without_conjecture_are_to_be_refuted(
    tmp_path: Path, environment: FolEnvironment
) -> None:
    path = write(tmp_path, "cnf(a, axiom, p(X) | q(X)). cnf(b, axiom, ~ p(X)).\n"
                           "cnf(g, negated_conjecture, ~ q(c)).", "refute.p")
    (theorem,) = environment.load(path)
    state = environment.open(theorem)
    assert (theorem.name, state.goals[0].target) == ("refute", "False")
    assert isinstance(environment.apply(state, "auto"), ProofState)


def test_states_can_be_returned_to_and_split(tmp_path: Path, environment: FolEnvironment) -> None:
    path = write(tmp_path, "fof(a, axiom, p). fof(b, axiom, q). fof(c, conjecture, p & q).")
    start = environment.open(environment.load(path)[0])
    after = environment.apply(start, "constructor")
    assert isinstance(after, ProofState)
    first, second = environment.split(after)
    assert [g.target for s in (first, second) for g in s.goals] == ["p", "q"]
    for state in (first, second, after, start):
        closed = environment.apply(state, "auto")
        assert isinstance(closed, ProofState)
        assert len(closed.goals) == len(state.goals) - 1
    environment.release([after])
    done = environment.apply(first, "exact a")
    assert isinstance(done, ProofState)
    assert done.solved
    assert isinstance(environment.apply(done, "rfl"), TacticFailure)


def test_many_axioms_stay_in_the_background(tmp_path: Path, environment: FolEnvironment) -> None:
    axioms = [f"fof(ax{i}, axiom, ![X]: (p{i}(X) => p{i + 1}(X)))." for i in range(400)]
    path = write(tmp_path, "\n".join([*axioms, "fof(start, axiom, p7(a)).",
                                      "fof(c, conjecture, ?[X]: p11(X))."]))
    state = environment.open(environment.load(path)[0])
    assert len(axioms) > SHOWN_AXIOMS
    assert state.goals[0].hypotheses == ()
    by_hand = environment.apply(state, "exists a\napply ax10; apply ax9\nauto [ax7, ax8, start]")
    assert isinstance(by_hand, ProofState), by_hand.message
    automatic = environment.apply(state, "auto")
    assert isinstance(automatic, ProofState), automatic.message
    justification = automatic.handle.steps[0].justification  # type: ignore[attr-defined]
    assert isinstance(justification, ByProver)
    assert {"start", "ax7", "ax10"} <= set(justification.used)


def test_an_invalid_conjecture_has_a_counter_model(
    tmp_path: Path, environment: FolEnvironment
) -> None:
    path = write(tmp_path, "fof(a, axiom, ?[X]: p(X)). fof(c, conjecture, ![X]: p(X)).")
    theorem = environment.load(path)[0]
    failed = environment.apply(environment.open(theorem), "auto")
    assert isinstance(failed, TacticFailure)
    assert "countersatisfiable" in failed.message
    found = environment.refute(theorem, 3)
    assert isinstance(found, CounterModel)
    assert found.status is SzsStatus.COUNTER_SATISFIABLE
    assert found.model is not None
    assert found.model.domains["$i"] == 2
    assert "counter-model:\ndomain $i: {0, 1}" in str(found)


def test_axioms_without_conjecture_have_a_model(
    tmp_path: Path, environment: FolEnvironment
) -> None:
    path = write(tmp_path, "fof(a, axiom, p). fof(b, axiom, q => p).")
    found = environment.refute(environment.load(path)[0], 3)
    assert found is not None
    assert found.status is SzsStatus.SATISFIABLE
    assert "satisfiable: the formulas do not contradict each other" in str(found)


def test_a_valid_conjecture_is_not_refuted(tmp_path: Path, environment: FolEnvironment) -> None:
    path = write(tmp_path, "fof(c, conjecture, p | ~ p).")
    assert environment.refute(environment.load(path)[0], 2) is None


def test_a_time_out_is_told(tmp_path: Path, environment: FolEnvironment) -> None:
    path = write(tmp_path, "fof(a, axiom, ![X]: p(X, f(X))). fof(b, axiom, ![X,Y,Z]: "
                           "((p(X,Y) & p(Y,Z)) => p(X,Z))). fof(d, axiom, ![X]: ~ p(X,X)).\n"
                           "fof(c, conjecture, ?[X]: p(f(X), X)).")
    failed = environment.apply(environment.open(environment.load(path)[0]), "auto (timeout := 0.3)")
    assert isinstance(failed, TacticFailure)
    assert failed.kind in (FailureKind.TIMEOUT, FailureKind.ELABORATION)
    assert "no pro" in failed.message


def test_types_are_respected(tmp_path: Path, environment: FolEnvironment) -> None:
    path = write(tmp_path, """
        tff(man, type, man: $tType). tff(god, type, god: $tType).
        tff(s, type, socrates: man). tff(z, type, zeus: god). tff(m, type, mortal: man > $o).
        tff(a, axiom, ![X: man]: mortal(X)).
        tff(c, conjecture, ![Y: man]: (mortal(Y) & ?[X: man]: mortal(X))).""")
    state = environment.open(environment.load(path)[0])
    state_ = environment.apply(state, "intro y; constructor; exact a y")
    assert isinstance(state_, ProofState)
    assert str(state_.goals[0].hypotheses[0]) == "y : man"
    wrong = environment.apply(state_, "exists zeus")
    assert isinstance(wrong, TacticFailure)
    assert "'zeus' is not of type man" in wrong.message
    assert isinstance(environment.apply(state_, "exists socrates; auto"), ProofState)


@pytest.mark.parametrize(("content", "message"), [
    (b"", "t.p:1: there is no formula in this file"),
    (b"% only a comment\n", "t.p:1: there is no formula"),
    (b"fof(a, axiom, p).\nfof(c, conjecture, (p).", "t.p:2: "),
    (b"fof(a, axiom, p\xe9).", "t.p:1: not UTF-8"),
    (b"include('t.p').", "t.p:1: "),
    (b"include('nowhere.ax').", "'nowhere.ax' not found"),
])  # fmt: skip
def test_what_cannot_be_read_says_where(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "t.p"
    path.write_bytes(content)
    with pytest.raises(InputError) as raised:
        load_problem(path)
    assert message in str(raised.value)


def test_the_rest_of_a_broken_file_is_used(tmp_path: Path) -> None:
    errors: list[InputError] = []
    path = write(tmp_path, "fof(a, axiom, p).\nfof(b, axiom, (q).\nfof(c, conjecture, p).")
    (theorem,) = load_problem(path, errors=errors)
    assert theorem.name == "c"
    assert [error.line for error in errors] == [2]


def test_deep_nesting_is_refused_not_a_crash(tmp_path: Path, environment: FolEnvironment) -> None:
    path = write(tmp_path, f"fof(c, conjecture, {'~' * 5000}p).")
    with pytest.raises(InputError, match="nested too deeply"):
        environment.open(load_problem(path)[0])
