"""The environment over LeanDojo.

LeanDojo itself cannot trace a repository where these tests run (that takes a network), so its
`Dojo` is stood in for at its documented boundary: entering one gives the first tactic state, and
``run_tac`` answers with a state, a finished proof, an error or an exception. The answers are those
of the embedded Lean, shown as LeanDojo's REPL shows them; the classes are LeanDojo's own where it
is installed.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.contracts import (
    Environment,
    EnvironmentCrash,
    FailureKind,
    Goal,
    Hypothesis,
    InputError,
    LemmaError,
    ProofState,
    TacticFailure,
)
from prover.environments.lean import LeanEnvironment, load_lean_text
from prover.environments.lean.dojo import DojoEnvironment, dojo_theorem
from prover.environments.lean.dojo_goals import mentions_metavariables, read_goals

if importlib.util.find_spec("lean_dojo") is not None:
    from lean_dojo import (
        DojoCrashError,
        DojoInitError,
        DojoTacticTimeoutError,
        LeanError,
        ProofFinished,
        ProofGivenUp,
        TacticState,
    )
else:

    @dataclass(frozen=True)
    class TacticState:  # type: ignore[no-redef]
        pp: str
        id: int = field(compare=False)
        message: str | None = field(default=None, compare=False)

    @dataclass(frozen=True)
    class ProofFinished:  # type: ignore[no-redef]
        tactic_state_id: int
        message: str | None = field(default=None, compare=False)

    @dataclass(frozen=True)
    class LeanError:  # type: ignore[no-redef]
        error: str

    @dataclass(frozen=True)
    class ProofGivenUp:  # type: ignore[no-redef]
        pass

    class DojoCrashError(Exception):  # type: ignore[no-redef]
        pass

    class DojoTacticTimeoutError(Exception):  # type: ignore[no-redef]
        pass

    class DojoInitError(Exception):  # type: ignore[no-redef]
        pass


TEXT = "theorem t (p q : Prop) (hp : p) (hq : q) : (p ∧ q) ∧ ∃ n : Nat, n = 3 := sorry\n"
ENTRY = SimpleNamespace(full_name="t", file_path=Path("Some/File.lean"))


class StandIn:
    """A `Dojo` whose answers come from the embedded Lean."""

    def __init__(self, lean: LeanEnvironment) -> None:
        self.lean, self.proc = lean, SimpleNamespace(timeout=None)
        self.states: list[ProofState] = []
        self.asked: list[tuple[str, float]] = []
        self.left = False

    def __enter__(self) -> tuple[StandIn, Any]:
        [theorem] = load_lean_text(TEXT, pool=self.lean).theorems
        return self, self._shown(self.lean.open(theorem))

    def __exit__(self, *_: object) -> None:
        assert not self.left
        self.left = True

    def run_tac(self, state: Any, tactic: str) -> Any:
        assert isinstance(state, TacticState)
        assert not self.left
        self.asked.append((tactic, self.proc.timeout))
        if tactic == "crash":
            raise DojoCrashError("OOM")
        if tactic == "hang":
            raise DojoTacticTimeoutError
        if "give_up" in tactic:
            return ProofGivenUp()
        answer = self.lean.apply(self.states[state.id], tactic)
        if isinstance(answer, TacticFailure):
            at = "<stdin>:1:1: " if answer.kind is FailureKind.PARSE else ""
            return LeanError(at + answer.message)
        return self._shown(answer)

    def _shown(self, state: ProofState) -> Any:
        self.states.append(state)
        number = len(self.states) - 1
        if state.solved:
            return ProofFinished(number, "")
        return TacticState("\n\n".join(map(str, state.goals)), number)


@pytest.fixture
def dojos() -> list[StandIn]:
    return []


@pytest.fixture
def dojo(environment: LeanEnvironment, dojos: list[StandIn]) -> Iterator[DojoEnvironment]:
    def make(entry: Any, seconds: float) -> StandIn:
        assert entry is ENTRY
        assert seconds > 60
        dojos.append(StandIn(environment))
        return dojos[-1]

    with DojoEnvironment(tactic_seconds=7, make_dojo=make) as dojo:
        yield dojo


def after(dojo: DojoEnvironment, state: ProofState, *tactics: str) -> ProofState:
    for tactic in tactics:
        answer = dojo.apply(state, tactic)
        assert isinstance(answer, ProofState), answer
        state = answer
    return state


@pytest.mark.lean
def test_a_proof(dojo: DojoEnvironment, dojos: list[StandIn]) -> None:
    assert isinstance(dojo, Environment)
    state = dojo.open(dojo_theorem(ENTRY))
    [goal] = state.goals
    assert goal.hypotheses[0] == Hypothesis("p", "Prop")
    assert goal.target == "(p ∧ q) ∧ ∃ n, n = 3"
    both = after(dojo, state, "constructor")
    assert [g.case for g in both.goals] == ["left", "right"]
    done = after(dojo, both, "exact ⟨hp, hq⟩", "exact ⟨3, rfl⟩")
    assert done.solved
    assert after(dojo, state, "exact ⟨⟨hp, hq⟩, 3, rfl⟩").solved  # the earlier state still works
    assert len(dojos) == 1


@pytest.mark.lean
def test_parts_are_proved_each_by_itself(dojo: DojoEnvironment) -> None:
    both = after(dojo, dojo.open(dojo_theorem(ENTRY)), "constructor")
    left, right = dojo.split(both)
    assert [left.goals[0], right.goals[0]] == list(both.goals)
    assert len(left.goals) == len(right.goals) == 1
    assert after(dojo, right, "exact ⟨3, rfl⟩").solved
    inner = after(dojo, left, "constructor")
    assert [g.target for g in inner.goals] == ["p", "q"]  # and not the goal of the other part
    assert after(dojo, left, "constructor <;> assumption").solved
    first, second = dojo.split(inner)
    assert after(dojo, second, "exact hq").solved
    assert after(dojo, first, "exact hp").solved
    assert dojo.split(left) == (left,)


@pytest.mark.lean
def test_goals_with_metavariables_stay_together(dojo: DojoEnvironment) -> None:
    state = after(dojo, dojo.open(dojo_theorem(ENTRY)), "constructor", "exact ⟨hp, hq⟩",
                  "refine Exists.intro ?_ ?_")
    assert len(state.goals) == 2
    assert dojo.split(state) == (state,)


@pytest.mark.lean
@pytest.mark.parametrize(
    ("tactic", "kind"),
    [
        ("exact (", FailureKind.PARSE),
        ("exact nothing_of_this_name", FailureKind.ELABORATION),
        ("give_up", FailureKind.ELABORATION),
        ("crash", FailureKind.CRASH),
        ("hang", FailureKind.TIMEOUT),
    ],
)
def test_failures(
    dojo: DojoEnvironment, dojos: list[StandIn], tactic: str, kind: FailureKind
) -> None:
    start = dojo.open(dojo_theorem(ENTRY))
    both = after(dojo, start, "constructor")
    failure = dojo.apply(both, tactic, limit=2.5)
    assert isinstance(failure, TacticFailure)
    assert (failure.kind, bool(failure.message)) == (kind, True)
    assert dojos[0].asked[-1] == (tactic, 2.5)
    assert dojos[0].left is (kind in (FailureKind.CRASH, FailureKind.TIMEOUT))
    # Whatever happened, the state can be gone on with, if need be in a process of its own.
    assert after(dojo, both, "exact ⟨hp, hq⟩", "exact ⟨3, rfl⟩").solved
    assert dojos[-1].asked[-1][1] == 7


@pytest.mark.lean
def test_another_theorem_ends_the_process_of_the_first(
    dojo: DojoEnvironment, dojos: list[StandIn]
) -> None:
    state = dojo.open(dojo_theorem(ENTRY))
    dojo.open(dojo_theorem(ENTRY))
    assert [d.left for d in dojos] == [True, False]
    assert len(after(dojo, state, "constructor").goals) == 2
    dojo.close()
    dojo.close()
    assert all(d.left for d in dojos)


@pytest.mark.parametrize(
    ("error", "expected"),
    [(DojoInitError("no such theorem"), InputError), (AssertionError(), EnvironmentCrash),
     (LemmaError("not installed"), LemmaError)],
)  # fmt: skip
def test_a_theorem_that_cannot_be_opened(error: Exception, expected: type[LemmaError]) -> None:
    class Broken:
        def __enter__(self) -> Any:
            raise error

        def __exit__(self, *_: object) -> None:
            raise AssertionError("was never entered")

    with (
        DojoEnvironment(make_dojo=lambda *_: Broken()) as environment,
        pytest.raises(expected) as raised,
    ):
        environment.open(dojo_theorem(ENTRY))
    assert type(raised.value) is expected


@pytest.mark.skipif(importlib.util.find_spec("lean_dojo") is not None, reason="it is installed")
def test_without_lean_dojo_the_remedy_is_told() -> None:
    with DojoEnvironment() as environment, pytest.raises(LemmaError, match="lean-dojo"):
        environment.open(dojo_theorem(ENTRY))


# --- Reading goals --------------------------------------------------------------------------


def test_a_state_as_lean_shows_it() -> None:
    text = """2 goals
case inl.intro
a b : Nat
h✝ : a = b ∨
    b = a
n : Nat := (fun x => x + 1) a
f : let y := 2;
y = y
⊢ a =
    b

x : { s // s.length = 0 }
⊢ True"""
    first, second = read_goals(text.replace("\ny = y", "\n  y = y"))
    assert first == Goal((
        Hypothesis("a", "Nat"), Hypothesis("b", "Nat"),
        Hypothesis("h✝", "a = b ∨\n    b = a"),
        Hypothesis("n", "Nat", "(fun x => x + 1) a"), Hypothesis("f", "let y := 2;\n  y = y"),
    ), "a =\n    b")  # fmt: skip
    assert first.case == "inl.intro"
    assert second == Goal((Hypothesis("x", "{ s // s.length = 0 }"),), "True")
    assert read_goals("no goals") == ()


@pytest.mark.parametrize("text", ["nonsense", "h : p", "h\n⊢ p"])
def test_what_is_no_state(text: str) -> None:
    with pytest.raises(ValueError, match="in what Lean shows"):
        read_goals(text)


@pytest.mark.parametrize(
    ("target", "expected"),
    [("?w = 3", True), ("p ?m.123", True), ("xs[i]? = none", False), ("a.get? i = b", False),
     ("(f x)? = y", False)],
)  # fmt: skip
def test_metavariables(target: str, expected: bool) -> None:
    assert mentions_metavariables(Goal((), target)) is expected


words = st.text("abcxyz₁✝'", min_size=1, max_size=4)
terms = st.sampled_from(["Nat", "a = b", "∀ x, x = x", "f (g := 1) x", "{ s // p s }", "¬q"])
hypotheses = st.builds(Hypothesis, words, terms, st.one_of(st.none(), terms))
goals = st.builds(Goal, st.lists(hypotheses, max_size=4).map(tuple), terms,
                  st.one_of(st.none(), words))  # fmt: skip


@given(st.lists(goals, max_size=4))
def test_what_is_shown_is_read_back(shown: list[Goal]) -> None:
    read = read_goals("\n\n".join(map(str, shown)))
    assert read == tuple(shown)
    assert [g.case for g in read] == [g.case for g in shown]


@given(st.lists(goals, min_size=1, max_size=4))
def test_lean_dojo_reads_the_same_goals(shown: list[Goal]) -> None:
    parse = pytest.importorskip("lean_dojo.interaction.parse_goals").parse_goals
    text = "\n\n".join(map(str, shown))
    theirs = [(len(g.assumptions), g.conclusion) for g in parse(text)]
    assert [(len(g.hypotheses), g.target) for g in read_goals(text)] == theirs
