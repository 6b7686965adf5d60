"""The symbolic generator's proposals for typical goals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prover.contracts import Goal, Hypothesis, Request
from prover.generators.goal_view import GoalView
from prover.generators.symbolic import SymbolicGenerator
from retrieval.contracts import Premise, ScoredPremise


def goal(target: str, *hypotheses: str) -> Goal:
    pairs = (h.split(" : ", 1) for h in hypotheses)
    return Goal(tuple(Hypothesis(name, type_) for name, type_ in pairs), target)


def tactics(target: str, *hypotheses: str, premises: tuple[Premise, ...] = ()) -> list[str]:
    scored = tuple(ScoredPremise(p, 1.0) for p in premises)
    request = Request((goal(target, *hypotheses),), scored, count=200)
    return [p.tactic for p in SymbolicGenerator().propose([request])[0]]


def test_structural_tactics_follow_the_target() -> None:
    assert tactics("∀ (n : Nat), n = n")[0] == "intro n"
    assert "constructor" in tactics("p ∧ q", "p : Prop", "q : Prop")
    assert {"left", "right"} <= set(tactics("p ∨ q", "p : Prop", "q : Prop"))
    assert "refine ⟨k, ?_⟩" in tactics("∃ n, n = k", "k : Nat")
    assert "split" in tactics("(if b = true then 1 else 2) ≤ 2", "b : Bool")


def test_hypotheses_are_taken_apart_by_their_shape() -> None:
    found = tactics("r", "p : Prop", "q : Prop", "r : Prop", "h : p ∧ q", "g : p ∨ q",
                    "e : ∃ x, x = 2")
    assert "obtain ⟨hl, hr⟩ := h" in found
    assert "rcases g with g | g" in found
    assert "obtain ⟨x, ep⟩ := e" in found


def test_what_is_closed_by_reading_comes_first_and_last_where_there_is_nothing_to_read() -> None:
    numbers = ("n : Nat", "h : 2 < n")
    assert tactics("2 < n", *numbers)[0] == "assumption"
    assert tactics("n <\n  ?w", *numbers)[0] == "assumption"
    assert tactics("n < 5", *numbers, "g : ¬2 < n")[0] == "contradiction"
    assert tactics("n + n = n + n", *numbers)[0] == "rfl"
    ordinary = tactics("xs[n]? = none", *numbers, "xs : List Nat")
    assert ordinary.index("grind") < min(map(ordinary.index, ("assumption", "contradiction")))


def test_equations_are_used_where_their_sides_occur() -> None:
    names = ("x : Nat", "y : Nat", "f : Nat → Nat")
    found = tactics("f x + y = 0", *names, "h : f x = y * y", "all : ∀ n, f n = n")
    assert found.index("rw [h]") < found.index("rw [← h]")
    assert found.index("rw [all]") < found.index("rw [← h]")
    assert "subst h" not in found
    assert "subst h" in tactics("f x = y", *names, "h : x = f y")


def test_divisors_of_sums_and_products_by_the_lemmas_of_their_type() -> None:
    assert {"apply Nat.dvd_add", "apply Nat.dvd_mul_left_of_dvd"} <= set(
        tactics("3 ∣ n * n + n", "n : Nat"))
    found = tactics("3 ∣ n * n + n", "n : Int")
    assert "apply Int.dvd_mul_of_dvd_left" in found
    assert not any(tactic.startswith("apply Nat.dvd") for tactic in found)


def test_induction_names_what_it_introduces() -> None:
    found = tactics("xs ++ [] = xs", "α : Type", "xs : List α")
    assert "induction xs with | nil => ?_ | cons x xs1 ih => ?_" in found
    generalized = tactics("f n acc = g n + acc", "n : Nat", "acc : Nat")
    assert any("generalizing acc" in t for t in generalized)


def test_inaccessible_hypotheses_can_be_renamed_but_not_named() -> None:
    found = tactics("p", "p : Prop", "a✝ : p ∧ q")
    assert "rename_i a" in found
    assert not any("✝" in t for t in found)


def test_introduced_names_do_not_shadow() -> None:
    assert tactics("∀ (n : Nat), n = m", "n : Nat", "m : Nat")[0] == "intro n1"


def test_premises_of_the_file_are_used_when_their_symbols_occur() -> None:
    double = Premise("double", "Nat → Nat", kind="definition", symbols=frozenset({"double"}))
    lemma = Premise("double_eq", "∀ n, double n = 2 * n", symbols=frozenset({"double"}))
    other = Premise("mirror_mirror", "…", symbols=frozenset({"mirror"}))
    found = tactics("double n = n + n", "n : Nat", premises=(double, lemma, other))
    assert {"simp [double]", "unfold double", "rw [double_eq]", "grind [double]"} <= set(found)
    assert "unfold double_eq" not in found
    assert not any("mirror" in t for t in found)


def test_library_theorems_are_tried_together_and_one_by_one() -> None:
    library = tuple(Premise(name, "a ∣ b → b ∣ c → a ∣ c", module="Init.Nat", kind="theorem")
                    for name in ("Nat.dvd_trans", "Int.dvd_trans"))
    found = tactics("a ∣ c", "a : Nat", "c : Nat", premises=library)
    together = "first | apply Nat.dvd_trans <;> assumption | apply Int.dvd_trans <;> assumption"
    assert together in found
    assert found.index(together) < found.index("apply Nat.dvd_trans")


def test_known_remainders_simplify_those_of_products_and_powers() -> None:
    (simp,) = [t for t in tactics("x ^ 3 * y % 7 = 1", "x : Int", "y : Int", "h : x % 7 = 2",
                                  "g : y % 7 = 1") if t.startswith("simp [Int.pow_succ")]
    assert simp.endswith("h, g]")


def test_values_and_facts_are_told_apart() -> None:
    view = GoalView(goal("P x", "α : Type", "P : α → Prop", "x : α", "f : α → α", "h : P x",
                         "hf : ∀ (y : α), P y → P (f y)", "k : Nat", "hp : p → q",
                         "p : Prop", "q : Prop"))
    assert {fact.name for fact in view.facts} == {"h", "hf", "hp"}
    assert {h.name for h in view.data} == {"x", "k"}


names = st.sampled_from(["a", "b", "h", "n", "x✝", "inst✝", "ih"])
types = st.sampled_from(["Nat", "Prop", "a = b", "p ∧ q", "∃ x, x = 1", "List Nat", "∀ x, x = x",
                         "¬p", "Bool", "p → q", "", "if b then c else d"])


@given(st.lists(st.tuples(names, types), max_size=6), types, st.integers(1, 40))
def test_proposals_are_bounded_ranked_and_distinct(
    hypotheses: list[tuple[str, str]], target: str, count: int
) -> None:
    request = Request((Goal(tuple(Hypothesis(*h) for h in hypotheses), target),), count=count)
    (proposals,) = SymbolicGenerator().propose([request])
    assert len(proposals) <= count
    assert len({p.tactic for p in proposals}) == len(proposals)
    assert [p.log_prob for p in proposals] == sorted((p.log_prob for p in proposals), reverse=True)
    assert all(p.log_prob <= 0 for p in proposals)


def test_a_batch_is_answered_request_by_request() -> None:
    requests = [Request((goal("p ∧ q"),)), Request(()), Request((goal("∀ x, x = x"),))]
    first, empty, third = SymbolicGenerator().propose(requests)
    assert first
    assert empty == []
    assert third[0].tactic == "intro x"
