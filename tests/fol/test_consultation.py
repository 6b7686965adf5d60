"""What provers have settled about a theorem is not asked again."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from prover.contracts import ProofScript
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.consultation import Answers, DefaultOracle
from prover.environments.fol.environment import FolEnvironment, load_problem
from prover.environments.fol.provers.contracts import Limits, ProverAnswer, SzsStatus
from prover.environments.fol.syntax import Problem
from prover.environments.fol.theorem import FolTheorem

TEXT = """
fof(rule, axiom, ![X]: (p(X) => q(X))).
fof(fact, axiom, p(a)).
fof(c, conjecture, q(a)).
"""
LIMITS = Limits(5.0)


@dataclass
class Counting:
    """An oracle that answers like another one, and keeps what it was asked."""

    says: SzsStatus | None = None
    asked: list[Problem] = field(default_factory=list)

    def prove(
        self, problem: Problem, limits: Limits, stop: threading.Event | None = None
    ) -> ProverAnswer:
        """See `Oracle`."""
        self.asked.append(problem)
        if self.says is not None:
            return ProverAnswer(self.says, "z3:said", "1")
        return DefaultOracle().prove(problem, limits, stop)


def theorem_of(folder: Path, text: str = TEXT, name: str = "t.p") -> FolTheorem:
    path = folder / name
    path.write_text(text)
    return load_problem(path)[0]


@pytest.mark.parametrize(("says", "times"), [
    (SzsStatus.THEOREM, 1), (SzsStatus.COUNTER_SATISFIABLE, 1),
    (SzsStatus.TIMEOUT, 2), (SzsStatus.STOPPED, 2)])
def test_only_what_was_settled_is_remembered(
    tmp_path: Path, says: SzsStatus, times: int
) -> None:
    theorem, answers, oracle = theorem_of(tmp_path), Answers(), Counting(says)
    for _ in range(2):
        assert answers.about(theorem, oracle).prove(theorem.problem, LIMITS).status is says
    assert len(oracle.asked) == times


def test_that_time_was_too_short_is_remembered_where_wanted(tmp_path: Path) -> None:
    theorem, answers, oracle = theorem_of(tmp_path), Answers(), Counting(SzsStatus.TIMEOUT)
    for _ in range(2):
        answers.about(theorem, oracle, undecided=True).prove(theorem.problem, LIMITS)
    assert len(oracle.asked) == 1


def test_nothing_is_learnt_from_another_theorem(tmp_path: Path) -> None:
    answers, oracle = Answers(), Counting(SzsStatus.THEOREM)
    one, other = theorem_of(tmp_path), theorem_of(tmp_path, name="other.p")
    for theorem in (one, other, one):
        answers.about(theorem, oracle).prove(one.problem, LIMITS)
    assert len(oracle.asked) == 2
    answers.forget(one)
    answers.about(one, oracle).prove(one.problem, LIMITS)
    assert len(oracle.asked) == 3


def test_large_problems_are_not_kept(tmp_path: Path) -> None:
    many = "".join(f"fof(a{n}, axiom, r({n})).\n" for n in range(50))
    theorem, oracle = theorem_of(tmp_path, many + TEXT), Counting()
    assert Answers().about(theorem, oracle) is oracle


def test_refutation_search_and_replay_ask_once(tmp_path: Path) -> None:
    theorem, answers, oracle = theorem_of(tmp_path), Answers(), Counting()
    environment = FolEnvironment(oracle, answers=answers)
    checker = FolChecker(prover=oracle, answers=answers)
    assert environment.refute(theorem) is None
    assert not environment.apply(environment.open(theorem), "auto").goals  # type: ignore[union-attr]
    assert checker.check(theorem, ProofScript(("auto",))).accepted
    assert len(oracle.asked) == 1


def test_what_is_remembered_still_needs_another_prover(tmp_path: Path) -> None:
    theorem = theorem_of(tmp_path, TEXT.replace("conjecture, q(a)", "conjecture, q(b)"))
    oracle = Counting(SzsStatus.THEOREM)  # it is mistaken
    answers = Answers()
    FolEnvironment(oracle, answers=answers).refute(theorem)
    verdict = FolChecker(prover=oracle, answers=answers, seconds=2.0).check(
        theorem, ProofScript(("auto",)))
    assert not verdict.accepted
    assert "not confirmed" in str(verdict.reason)
