"""Goals and tactics in slots: what is written is read back, whatever the names."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from prover.contracts import Goal, Hypothesis, Request
from prover.generators.small.shorthand import finish
from prover.generators.small.slots import PREMISES, SEPARATOR, Slots, conclusion, parse_goal
from prover.generators.symbolic import FirstOrderGenerator, SymbolicGenerator
from retrieval.contracts import Premise

GOAL = Goal(
    (Hypothesis("α", "Type u_1"), Hypothesis("xs", "Array α"), Hypothesis("ys", "List α"),
     Hypothesis("h", "xs.size = 3 ∨ ys = []")),
    "Array.countP (fun x => true) xs = xs.size + ys.length")
PREMISE = Premise("List.countP_true", "∀ {α : Type u_1}, List.countP p l = l.length")


def test_names_give_way_to_slots():
    prompt = Slots(GOAL, (PREMISE,)).prompt()
    assert "H1 : Array H0" in prompt
    assert "D0 (fun x => true) H1 = H1.size + H2.length" in prompt
    assert "D0 Array.countP" in prompt
    assert "P0 List.countP_true : List.countP p l = l.length" in prompt
    assert prompt.endswith(SEPARATOR)
    assert "P0" not in Slots(GOAL, (PREMISE,)).prompt(premises=False)


def test_fields_of_hypotheses_are_constants():
    assert Slots(GOAL).definitions == ("Array.countP", "Array.size", "List.length")


def test_tactics_are_written_and_read_back():
    slots = Slots(GOAL, (PREMISE,))
    for tactic, written in (
        ("simp [Array.countP, List.countP_true]", "simp [D0, P0]"),
        ("cases xs <;> simp_all", "cases H1 <;> simp_all"),
        ("rw [← List.countP_true] at h", "rw [← P0] at H3"),
        ("rcases h with h | h", "rcases H3 with …"),
        (f"cases xs <;> {finish()}", "cases H1 <;> finish"),
        (finish("Array.countP, List.countP_true"), "finish [D0, P0]"),
    ):
        assert slots.write(tactic) == written
        assert slots.read(written) == tactic


def test_empty_slots_and_unknown_names_are_refused():
    slots = Slots(GOAL, (PREMISE,))
    for text in ("rw [P1]", "cases H9", "simp [D7]", "obtain … := H1", "intro *"):
        assert slots.read(text) is None
    assert Slots(GOAL).read("cases H0 <;> simp") is None  # a type has no cases
    function = Slots(Goal((Hypothesis("f", "Nat → Nat"), Hypothesis("n", "Nat")), "f n = n"))
    assert function.read("induction H0 <;> simp") is None
    assert function.read("induction H1 <;> simp") == "induction n <;> simp"
    hidden = Slots(Goal((Hypothesis("n✝", "Nat"),), "n✝ = n✝"))
    assert hidden.read("cases H0") is None


def test_what_the_rules_propose_can_be_written():
    for goal, generator, first_order in (
        (GOAL, SymbolicGenerator(), False),
        (Goal((Hypothesis("c", "ι"), Hypothesis("h", "∀ x, p(x) → q(x)"), Hypothesis("k", "p(c)")),
              "q(c)"), FirstOrderGenerator(), True),
    ):
        slots = Slots(goal, (), first_order)
        proposed = [p.tactic for p in generator.propose([Request((goal,), (), 96)])[0]]
        written = {t: slots.write(t) for t in proposed}
        known = [t for t, text in written.items() if text is not None]
        assert len(known) >= 0.9 * len(proposed)
        assert all(slots.read(written[t]) == t for t in known)


NAMES = st.sampled_from(["x", "y", "xs", "h", "h₁", "ih", "α", "inst✝", "a'", "H1", "P0"])
TYPES = st.sampled_from(["Nat", "List α", "x = y", "∀ n, n = x", "Option Nat", "¬x = y"])
TACTICS = st.sampled_from(["simp [{}]", "cases {}", "rw [{}] at {}", "exact {}.trans {}"])


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(NAMES, TYPES), max_size=6), TACTICS, st.lists(NAMES, min_size=2))
def test_reading_undoes_writing(hypotheses, tactic, used):
    goal = Goal(tuple(Hypothesis(n, t) for n, t in hypotheses), "x + 0 = x")
    slots = Slots(goal, (PREMISE,) * PREMISES)
    text = tactic.format(*used)
    written = slots.write(text)
    assert written is None or slots.read(written) == text
    assert slots.prompt().endswith(SEPARATOR)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(["x", "h", "α"]), TYPES), max_size=5))
def test_printed_goals_are_read(hypotheses):
    goal = Goal(tuple(Hypothesis(n, t) for n, t in hypotheses), "x = y")
    assert parse_goal(str(goal)) == goal


def test_conclusions_keep_antecedents():
    assert conclusion("∀ {a b : Nat}, a ≤ b → b ≤ a → a = b") == "a ≤ b → b ≤ a → a = b"
    assert conclusion("∀ x, ∀ y, x = y") == "x = y"
