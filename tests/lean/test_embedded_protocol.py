"""The Pantograph protocol as the embedded server speaks it, on the real Lean."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lean.test_embedded_server import EmbeddedServer, start_server

pytestmark = pytest.mark.lean

Json = dict[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with start_server() as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(server: EmbeddedServer) -> None:
    """Every test begins without states, in the environment of the imports."""
    server.ask("reset")
    server.ask("options.set", printExprAST=False, automaticMode=True, printDependentMVars=False)
    server.ask("frontend.process", file="", readHeader=True, inheritEnv=True)


def pp(goal: Json) -> str:
    """A goal in one line."""
    names = [
        f"{v['userName']} : {v['type']['pp']}" + (f" := {v['value']['pp']}" if "value" in v else "")
        for v in goal["vars"]
    ]
    return ", ".join(names) + " ⊢ " + goal["target"]["pp"]


def prove(server: EmbeddedServer, state: int, *tactics: str) -> Json:
    """Apply tactics one after the other; the last answer."""
    answer: Json = {}
    for tactic in tactics:
        answer = server.ask("goal.tactic", stateId=state, tactic=tactic)
        assert "nextStateId" in answer, (tactic, answer)
        state = answer["nextStateId"]
    return answer


THEOREMS = [
    ("∀ (a b : Nat), a + b = b + a", ["intro a b", "induction a", "simp", "omega"]),
    ("∀ (p q : Prop) (hp : p) (hq : q), p ∧ q",
     ["intro p q hp hq", "constructor", "exact hp", "exact hq"]),
    ("∀ (p q : Prop), p ∨ q → q ∨ p",
     ["intro p q h", "cases h with | inl h => exact Or.inr h | inr h => exact Or.inl h"]),
    ("∀ {α : Type} (xs ys : List α), (xs ++ ys).length = xs.length + ys.length",
     ["intro α xs ys", "induction xs with\n| nil => simp\n| cons x xs ih => simp [ih]; omega"]),
    ("∀ (a b c : Int) (h : a < b) (h2 : b < c), a < c",
     ["intro a b c h h2", "exact Int.lt_trans h h2"]),
    ("∀ (b : Bool), (!!b) = b", ["intro b", "cases b", "rfl", "rfl"]),
    ("∀ (x y : Nat) (h : x = y), y = x", ["intro x y h", "rw [h]"]),
    ("∀ (f : Nat → Nat) (h : ∀ x, f x = x), f 3 = 3", ["intro f h", "rw [h]"]),
    ("∃ n : Nat, n * n = 144", ["refine ⟨12, ?_⟩", "decide"]),
    ("∀ (a b c d : Nat) (h : a ≤ b) (h' : c ≤ d), a + c ≤ b + d",
     ["intro a b c d h h'", "apply Nat.add_le_add", "assumption", "assumption"]),
    ("∀ (p : Prop), ¬ (p ∧ ¬ p)", ["intro p", "rintro ⟨h1, h2⟩", "exact h2 h1"]),
    ("∀ (xs : List Nat), xs.reverse.reverse = xs", ["simp"]),
    ("∀ (n : Nat) (h : n % 4 = 3), n % 2 = 1", ["intro n h", "omega"]),
    ("∀ (a b : Nat) (h : a ∣ b) (hb : b > 0), a ≤ b",
     ["intro a b h hb", "exact Nat.le_of_dvd hb h"]),
    ("∀ (x : BitVec 8), x &&& x = x", ["simp"]),
    ("∀ (p q r : Prop), p ∧ (q ∨ r) ↔ (p ∧ q) ∨ (p ∧ r)",
     ["intro p q r", "constructor",
      "· intro ⟨hp, h⟩\n  cases h with\n  | inl h => exact Or.inl ⟨hp, h⟩\n"
      "  | inr h => exact Or.inr ⟨hp, h⟩",
      "intro h", "rcases h with ⟨hp, hq⟩ | ⟨hp, hr⟩", "exact ⟨hp, Or.inl hq⟩",
      "exact ⟨hp, Or.inr hr⟩"]),
    ("∀ (xs : List Nat) (h : xs ≠ []), 0 < xs.length",
     ["intro xs h", "cases xs", "contradiction", "simp"]),
    ("∀ {α : Type} [Inhabited α] (s : Option α) (h : s.isSome), ∃ x, s = some x",
     ["intro α _ s h", "cases s", "simp at h", "exact ⟨_, rfl⟩"]),
    ("∀ (a b c : Nat), a * (b + c) = a * b + a * c", ["intro a b c", "exact Nat.mul_add a b c"]),
    ("∀ (a b : Nat), max a b = max b a", ["grind"]),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "tactics"), THEOREMS)
def test_theorem_is_proved_step_by_step(
    server: EmbeddedServer, statement: str, tactics: list[str]
) -> None:
    state = server.ask("goal.start", expr=statement)["stateId"]
    answer = prove(server, state, *tactics)
    assert answer["goals"] == []
    assert answer["hasSorry"] is False
    printed = server.ask("goal.print", stateId=answer["nextStateId"], rootExpr=True)
    assert printed["rootHasMVar"] is False
    assert printed["root"]["pp"]
    text = f"theorem t : {statement} := by\n" + "\n".join(
        "  " + line for tactic in tactics for line in tactic.split("\n")
    )
    (unit,) = server.ask("frontend.process", file=text)["units"]
    assert [m for m in unit["messages"] if m["severity"] == "error"] == []


def test_states_are_immutable_and_fail_alone(server: EmbeddedServer) -> None:
    start = server.ask("goal.start", expr="∀ (p q : Prop), p ∨ q → q ∨ p")
    assert start["root"].startswith("_uniq.")
    first = server.ask("goal.tactic", stateId=0, tactic="intro x")
    assert [pp(goal) for goal in first["goals"]] == ["x : Prop ⊢ ∀ (q : Prop), x ∨ q → q ∨ x"]
    failed = server.ask("goal.tactic", stateId=first["nextStateId"], tactic="rw [Nat.add_comm]")
    assert "goals" not in failed
    assert failed["failure"] == "elaboration"
    assert failed["messages"][0]["severity"] == "error"
    again = server.ask("goal.tactic", stateId=0, tactic="intro y")
    assert [pp(goal) for goal in again["goals"]] == ["y : Prop ⊢ ∀ (q : Prop), y ∨ q → q ∨ y"]


def test_failure_kinds(server: EmbeddedServer) -> None:
    server.ask("goal.start", expr="∀ n : Nat, n = n")
    parse = server.ask("goal.tactic", stateId=0, tactic="intro n) (")
    assert parse["failure"] == "parse"
    assert "expected end of input" in parse["parseError"]
    assert server.ask("goal.tactic", stateId=0, tactic="exact x")["failure"] == "elaboration"
    heartbeats = server.ask("goal.tactic", stateId=0, tactic="intro n; omega", heartbeats=1)
    assert heartbeats["failure"] == "timeout"


def test_tactic_text_cannot_add_commands(server: EmbeddedServer) -> None:
    server.ask("goal.start", expr="1 = 2")
    for text in ("trivial\n\ntheorem x : 1 = 2 := sorry", "skip\n#eval 1", "skip end", "· skip\n)"):
        assert "nextStateId" not in server.ask("goal.tactic", stateId=0, tactic=text)


def test_sorry_is_told(server: EmbeddedServer) -> None:
    server.ask("goal.start", expr="1 = 2")
    assert server.ask("goal.tactic", stateId=0, tactic="sorry")["hasSorry"] is True
    assert server.ask("goal.tactic", stateId=0, tactic="admit")["hasSorry"] is True
    assert "failure" in server.ask("goal.tactic", stateId=0, tactic="exact test_sorry")


def test_goal_id_and_automatic_mode(server: EmbeddedServer) -> None:
    server.ask("goal.start", expr="∀ (p q : Prop), p ∨ q → q ∨ p")
    state = prove(server, 0, "intro p q h", "cases h")["nextStateId"]
    other = server.ask("goal.tactic", stateId=state, goalId=1, tactic="exact Or.inl ‹q›")
    assert [goal["userName"] for goal in other["goals"]] == ["inl"]
    focused = server.ask("goal.tactic", stateId=state, tactic="apply Or.inr", autoResume=False)
    assert [goal["userName"] for goal in focused["goals"]] == ["inl.h"]
    server.ask("options.set", automaticMode=False)
    assert len(server.ask("goal.tactic", stateId=state, tactic="apply Or.inr")["goals"]) == 1
    assert server.ask("goal.tactic", stateId=state, goalId=2, tactic="rfl")["error"] == "index"


def test_dormant_goals_are_continued(server: EmbeddedServer) -> None:
    server.ask("goal.start", expr="∀ (p q : Prop), p → q → p ∧ q")
    both = prove(server, 0, "intro p q hp hq", "constructor")["nextStateId"]
    left = server.ask("goal.tactic", stateId=both, tactic="exact hp", autoResume=False)
    assert left["goals"] == []
    resumed = server.ask("goal.continue", target=left["nextStateId"], branch=both)
    assert [pp(goal).split(" ⊢ ")[1] for goal in resumed["goals"]] == ["q"]
    done = server.ask("goal.tactic", stateId=resumed["nextStateId"], tactic="exact hq")
    assert done["goals"] == []
    names = [resumed["goals"][0]["name"]]
    by_name = server.ask("goal.continue", target=left["nextStateId"], goals=names)
    assert [goal["name"] for goal in by_name["goals"]] == names
    assert server.ask("goal.continue", target=both, branch=both)["error"] == "structure"
    assert server.ask("goal.continue", target=both, goals=["_uniq.1"])["error"] == "structure"


def test_undetermined_hole_is_no_proof(server: EmbeddedServer) -> None:
    server.ask("goal.start", expr="∃ n : Nat, n = n")
    answer = server.ask("goal.tactic", stateId=0, tactic="apply Exists.intro; rfl")
    assert answer.get("goals") != []


def test_have_let_expr(server: EmbeddedServer) -> None:
    server.ask("goal.start", expr="∀ n : Nat, n + 0 = n")
    state = prove(server, 0, "intro n")["nextStateId"]
    have = {"have": "n = n", "binderName": "h"}
    goals = server.ask("goal.tactic", stateId=state, **have)["goals"]
    assert [pp(goal) for goal in goals] == ["n : Nat ⊢ n = n", "n : Nat, h : n = n ⊢ n + 0 = n"]
    let = {"let": "Nat", "binderName": "z"}
    branch, main = server.ask("goal.tactic", stateId=state, **let)["goals"]
    assert branch["target"]["pp"] == "Nat"
    assert main["target"]["pp"].startswith("let z :=")
    assert server.ask("goal.tactic", stateId=state, expr="Nat.add_zero n")["goals"] == []
    holes = server.ask("goal.tactic", stateId=state, expr="Eq.trans _ (Nat.add_zero n)")["goals"]
    assert holes[0]["target"]["pp"] == "n + 0 = n + 0"
    assert server.ask("goal.tactic", stateId=state, expr="rfl) (x")["failure"] == "parse"
    wrong = server.ask("goal.tactic", stateId=state, expr="rfl", tactic="rfl")
    assert wrong["error"] == "operation"


def test_draft_makes_goals_of_sorrys(server: EmbeddedServer) -> None:
    server.ask("goal.start", expr="∀ (p q : Prop), p → q → p ∧ (q ∨ p)")
    sketch = (
        "by\n  intro p q hp hq\n  have h : q := by sorry\n  let z := 3\n  constructor\n"
        "  · sorry\n  · exact Or.inl h"
    )
    answer = server.ask("goal.tactic", stateId=0, draft=sketch)
    assert [pp(goal) for goal in answer["goals"]] == [
        "p : Prop, q : Prop, hp : p, hq : q ⊢ q",
        "p : Prop, q : Prop, hp : p, hq : q, h : q, z : Nat := 3 ⊢ p",
    ]
    done = prove(server, answer["nextStateId"], "exact hq", "exact hp")
    assert (done["goals"], done["hasSorry"]) == ([], False)
    printed = server.ask("goal.print", stateId=done["nextStateId"], rootExpr=True)
    assert (printed["rootHasSorry"], printed["rootHasMVar"]) == (False, False)
    terms = server.ask("goal.tactic", stateId=0, draft="fun p q hp hq => ⟨hp, sorry⟩")["goals"]
    assert [goal["target"]["pp"] for goal in terms] == ["q ∨ p"]


def test_conv_is_entered_and_left(server: EmbeddedServer) -> None:
    server.ask("goal.start", expr="∀ (a b c : Nat), a + b + c = b + a + c")
    start = prove(server, 0, "intro a b c")["nextStateId"]
    entered = server.ask("goal.tactic", stateId=start, mode="conv")
    assert [goal["fragment"] for goal in entered["goals"]] == ["conv"]
    inside = prove(server, entered["nextStateId"], "lhs", "arg 1", "rw [Nat.add_comm]")
    assert [goal["target"]["pp"] for goal in inside["goals"]] == ["b + a"]
    left = server.ask("goal.tactic", stateId=inside["nextStateId"], mode="tactic")
    assert left["goals"] == []
    printed = server.ask("goal.print", stateId=left["nextStateId"], rootExpr=True)
    assert printed["rootHasMVar"] is False
    again = server.ask("goal.tactic", stateId=entered["nextStateId"], mode="conv")
    assert again["error"] == "invalid"
    assert server.ask("goal.tactic", stateId=start, mode="tactic")["error"] == "invalid"
    assert server.ask("goal.tactic", stateId=start, mode="foo")["error"] == "operation"


def test_calc_goes_step_by_step(server: EmbeddedServer) -> None:
    server.ask("goal.start", expr="∀ (a b c d : Nat), a = b → b = c → c = d → a = d")
    start = prove(server, 0, "intro a b c d h k l")["nextStateId"]
    calc = server.ask("goal.tactic", stateId=start, mode="calc")["nextStateId"]
    first = server.ask("goal.tactic", stateId=calc, tactic="a = b")
    shown = [(goal["fragment"], goal["target"]["pp"]) for goal in first["goals"]]
    assert shown == [("tactic", "a = b"), ("calc", "b = d")]
    rest = prove(server, first["nextStateId"], "exact h", "_ = c", "exact k", "_ = d", "exact l")
    assert rest["goals"] == []
    wrong = server.ask("goal.tactic", stateId=first["nextStateId"], goalId=1, tactic="c = d")
    assert "left-hand side" in wrong["messages"][0]["data"]
    none = server.ask("goal.tactic", stateId=calc, tactic="True")
    assert "relation" in none["messages"][0]["data"]


def test_goal_print_and_delete(server: EmbeddedServer) -> None:
    server.ask("goal.start", expr="∀ p : Prop, p → p")
    prove(server, 0, "intro p")
    printed = server.ask("goal.print", stateId=1, rootExpr=True, parentExprs=True, goals=True)
    assert printed["root"]["pp"].startswith("fun p => ?")
    assert [e["pp"] for e in printed["parentExprs"]] == [printed["root"]["pp"]]
    assert pp(printed["goals"][0]) == "p : Prop ⊢ p → p"
    assert printed["rootHasMVar"] is True
    assert server.ask("stat")["nGoals"] == 2
    assert server.ask("goal.delete", stateIds=[0, 7]) == {}
    assert server.ask("stat")["nGoals"] == 1
    assert server.ask("goal.tactic", stateId=0, tactic="skip")["error"] == "index"
    assert server.ask("goal.tactic", stateId=1, tactic="exact id")["goals"] == []
    assert server.ask("reset")["nGoals"] == 2
    assert server.ask("goal.start", expr="True")["stateId"] == 0


def test_goal_start(server: EmbeddedServer) -> None:
    copied = server.ask("goal.start", copyFrom="Nat.add_comm")["stateId"]
    assert prove(server, copied, "intro a b", "omega")["goals"] == []
    assert server.ask("goal.start", copyFrom="Nat.nothing")["error"] == "index"
    assert "stateId" in server.ask("goal.start", expr="∀ (α : Type u), α → α", levels=["u"])
    assert server.ask("goal.start", expr="∀ (α : Type u), α → α")["error"] == "elab"
    assert server.ask("goal.start", expr="1 +")["error"] == "parse"
    assert server.ask("goal.start", expr="foo")["error"] == "elab"
    assert server.ask("goal.start")["error"] == "arguments"
    assert server.ask("goal.start", expr="1 = 1", copyFrom="x")["error"] == "arguments"


def test_options(server: EmbeddedServer) -> None:
    server.ask("options.set", printExprAST=True, printDependentMVars=True)
    options = server.ask("options.print")
    assert options["printExprAST"] is options["automaticMode"] is True
    assert options["timeout"] == 0
    answer = server.ask("env.inspect", name="Nat.add_one")
    assert answer["type"]["sexp"] == (
        "(:forall n (:c Nat) ((:c Eq) (:c Nat) ((:c HAdd.hAdd) (:c Nat) (:c Nat) (:c Nat) "
        "((:c instHAdd) (:c Nat) (:c instAddNat)) 0 ((:c OfNat.ofNat) (:c Nat) (:lit 1) "
        "((:c instOfNatNat) (:lit 1)))) ((:c Nat.succ) 0)))"
    )
    server.ask("goal.start", expr="∃ n : Nat, n = 3")
    goals = prove(server, 0, "apply Exists.intro")["goals"]
    assert goals[0]["target"]["dependentMVars"] == [goals[1]["name"]]
    assert server.ask("options.set", timeout="x")["error"] == "command"


def test_environment_questions(server: EmbeddedServer) -> None:
    described = server.ask("env.describe")
    assert described["imports"] == ["Init"]
    assert "Init.Prelude" in described["modules"]
    module = server.ask("env.module_read", module="Init.Core")
    assert "Init.SizeOf" in module["imports"]
    assert "Iff.symm" in module["constNames"]
    assert server.ask("env.module_read", module="No.Such")["error"] == "index"
    symbols = server.ask("env.catalog")["symbols"]
    known = {"tNat.add_comm", "dNat.add", "iNat", "cNat.succ", "rNat.rec", "apropext"}
    assert known <= set(symbols)


def test_inspect(server: EmbeddedServer) -> None:
    comm = server.ask("env.inspect", name="Nat.add_one", dependency=True)
    assert comm["type"]["pp"] == "∀ (n : Nat), n + 1 = n.succ"
    assert comm["module"] == "Init.Data.Nat.Basic"
    assert "Nat.succ" in comm["typeDependency"]
    nat = server.ask("env.inspect", name="Nat")["inductInfo"]
    assert (nat["ctors"], nat["isRec"]) == (["Nat.zero", "Nat.succ"], True)
    succ = server.ask("env.inspect", name="Nat.succ")["constructorInfo"]
    assert succ == {"induct": "Nat", "cidx": 1, "numParams": 0, "numFields": 1}
    rec = server.ask("env.inspect", name="Nat.rec")["recursorInfo"]
    assert [rule["ctor"] for rule in rec["rules"]] == ["Nat.zero", "Nat.succ"]
    assert "value" in server.ask("env.inspect", name="List.map", value=True)
    assert server.ask("env.inspect", name="No.such")["error"] == "index"


def test_parse_echo_add(server: EmbeddedServer) -> None:
    assert server.ask("env.parse", input="1 + 2 := 3", category="term") == {"pos": 6}
    assert server.ask("env.parse", input=")", category="term")["error"] == "parse"
    echo = server.ask("expr.echo", expr="λ {α : Sort (u + 1)} => List α", levels=["u"])
    assert echo == {
        "expr": {"pp": "fun {α} => List α"},
        "type": {"pp": "{α : Type u} → Type u"},
    }
    assert server.ask("expr.echo", expr="fun x => x", type="Nat → Nat")["type"]["pp"] == "Nat → Nat"
    assert server.ask("env.add", name="A.either", value="fun (a b : Prop) => a ∨ b") == {}
    added = server.ask("env.inspect", name="A.either", value=True)
    assert added["value"]["pp"] == "fun a b => a ∨ b"
    good = server.ask("env.add", name="A.t", type="1 = 1", value="rfl", isTheorem=True)
    assert good == {}
    bad = server.ask("env.add", name="A.f", type="1 = 2", value="rfl", isTheorem=True)
    assert bad["error"] == "expr"
    state = server.ask("goal.start", expr="1 = 1")["stateId"]
    assert prove(server, state, "exact A.t")["goals"] == []


def test_malformed_requests(server: EmbeddedServer) -> None:
    for line in (
        "nonsense", "[1, 2]", '{"cmd": 3}', "{", "goal.start {", "goal.start 3", "goal.start []",
        '{"cmd": "goal.tactic", "payload": {"stateId": "x", "tactic": "rfl"}}', "\x00",
        '{"cmd": "expr.echo", "payload": {"invalid": 1}}', '{"cmd": "__proto__"}',
    ):  # fmt: skip
        assert server.send(line)["error"] == "command", line
    for cmd in ("goal.save", "goal.load", "env.save", "env.load", "frontend.refactor"):
        assert server.ask(cmd)["error"] == "operation"
    assert server.send("stat")["nGoals"] == 0


# --- frontend.process -----------------------------------------------------------------------

SCOPED = """namespace Foo
variable (n : Nat)
open Nat in
theorem first (h : n = n) : n + 0 = n ∧ True := by
  constructor
  · let z := n; sorry
  · exact sorry
def dbl (k : Nat) : Nat := k + k
section
variable {p : Prop} (hp : p)
theorem second (q : Prop) : dbl n = 2 * n → p → p ∨ q := sorry
end
end Foo
theorem third : Foo.dbl 2 = 4 := by
  have h : 1 = 1 := by sorry
  sorry
"""


def holes(server: EmbeddedServer, text: str) -> list[tuple[int, Json, list[int]]]:
    """For each hole: state, goal, boundary."""
    units = server.ask("frontend.process", file=text, sorrys=True)["units"]
    return [
        (unit["goalStateId"], goal, boundary)
        for unit in units if "goals" in unit
        for goal, boundary in zip(unit["goals"], unit["goalSrcBoundaries"], strict=True)
    ]  # fmt: skip


def test_sorrys_become_goals_in_their_own_scope(server: EmbeddedServer) -> None:
    found = holes(server, SCOPED)
    assert [pp(goal) for _, goal, _ in found] == [
        "n : Nat, h : n = n, z : Nat := n ⊢ n + 0 = n",
        "n : Nat, h : n = n ⊢ True",
        "n : Nat, p : Prop, q : Prop ⊢ dbl n = 2 * n → p → p ∨ q",
        " ⊢ 1 = 1",
        "h : 1 = 1 ⊢ Foo.dbl 2 = 4",
    ]
    data = SCOPED.encode()
    assert {data[start:end] for _, _, (start, end) in found} == {b"sorry"}
    first, second, third = (found[i][0] for i in (0, 2, 3))
    opened = "have := @succ_le_of_lt 1 2; exact Nat.add_zero n"
    assert prove(server, first, opened, "trivial")["goals"] == []
    assert prove(server, second, "intro h hp", "exact Or.inl hp")["goals"] == []
    assert prove(server, third, "rfl", "simp [Foo.dbl]")["goals"] == []
    outside = server.ask("goal.tactic", stateId=third, goalId=1, tactic="simp [dbl]")
    assert outside["failure"] == "elaboration"


def test_no_theorem_proves_itself(server: EmbeddedServer) -> None:
    text = "theorem mystery (n : Nat) : n + 2 = 2 + n + 1 := by\n  induction n with\n" + (
        "  | zero => sorry\n  | succ n ih => sorry\n"
    )
    for state, _, _ in holes(server, text):
        for tactic in ("exact mystery _", "apply mystery", "simpa using mystery _"):
            assert "nextStateId" not in server.ask("goal.tactic", stateId=state, tactic=tactic)


def test_coupled_sorry_is_left_out_and_told(server: EmbeddedServer) -> None:
    text = "example : ∃ n : Nat, n > 3 := by\n  refine ⟨?w, ?h⟩\n  case h => sorry\n  sorry\n"
    (unit,) = server.ask("frontend.process", file=text, sorrys=True)["units"]
    assert [goal["target"]["pp"] for goal in unit["goals"]] == ["Nat"]
    assert len(unit["skippedSorrys"]) == 1
    start, end = unit["skippedSorrys"][0]["boundary"]
    assert text.encode()[start:end] == b"sorry"


def test_units_cover_the_text_and_errors_do_not_stop_it(server: EmbeddedServer) -> None:
    text = (
        "-- ünïcödé ∀\ntheorem a : 1 = := by simp\n\ntheorem b : 1 = 1 := rfl\n#eval 1 + 1\n) 1\n"
        "theorem c : 1 = 2 := by rfl\nexample : True := trivial -- last"
    )
    units = server.ask("frontend.process", file=text, newConstants=True)["units"]
    edges = [unit["boundary"] for unit in units]
    assert edges[0][0] == 0
    assert edges[-1][1] == len(text.encode())
    assert all(left[1] == right[0] for left, right in itertools.pairwise(edges))
    said = [(m["severity"], m["pos"]["line"]) for unit in units for m in unit["messages"]]
    assert said == [("error", 2), ("information", 5), ("error", 6), ("error", 7)]
    assert [name for unit in units for name in unit["newConstants"]] == ["a", "b", "c"]


def test_user_definitions_of_every_kind(server: EmbeddedServer) -> None:
    text = """
universe u
inductive Tree (α : Type u) | leaf | node (l : Tree α) (x : α) (r : Tree α)
deriving Repr, DecidableEq, Inhabited
namespace Tree
def size {α : Type u} : Tree α → Nat
  | leaf => 0
  | node l _ r => l.size + 1 + r.size
def mirror {α : Type u} : Tree α → Tree α
  | leaf => leaf
  | node l x r => node r.mirror x l.mirror
theorem size_mirror {α : Type u} (t : Tree α) : t.mirror.size = t.size := by
  induction t with
  | leaf => rfl
  | node l x r ihl ihr => simp [mirror, size, ihl, ihr]; omega
end Tree
structure Point where
  x : Int
  y : Int
  names : List String := []
deriving Repr, DecidableEq, BEq, Hashable, Ord
class Grp (G : Type u) extends Mul G, One G where
  assoc : ∀ a b c : G, a * b * c = a * (b * c)
instance : Grp Nat := { assoc := Nat.mul_assoc }
notation:65 a " +++ " b:66 => a ++ b
infixl:65 " ⊕⊕ " => HAdd.hAdd
macro "mytac" : tactic => `(tactic| first | rfl | simp)
syntax "twice!" term:max : term
macro_rules | `(twice! $x) => `($x + $x)
example (xs ys : List Nat) : (xs +++ ys) = xs ++ ys := by mytac
example (a b : Nat) : a ⊕⊕ b = a + b := by mytac
example : twice! 2 = 4 := by mytac
mutual
def isEven : Nat → Bool | 0 => true | n + 1 => isOdd n
def isOdd : Nat → Bool | 0 => false | n + 1 => isEven n
end
example : isEven 10 = true := by decide
def log2 (n : Nat) : Nat := if h : n < 2 then 0 else 1 + log2 (n / 2)
def insert (x : Int) : List Int → List Int
  | [] => [x]
  | y :: ys => if x ≤ y then x :: y :: ys else y :: insert x ys
def ack : Nat → Nat → Nat
  | 0, n => n + 1
  | m + 1, 0 => ack m 1
  | m + 1, n + 1 => ack m (ack (m + 1) n)
termination_by m n => (m, n)
partial def loop (n : Nat) : Nat := loop (n + 1)
abbrev Word := List Char
axiom choice' : ∀ {p : Prop}, p ∨ ¬ p
attribute [simp] Tree.size
#eval Tree.size (.node .leaf 1 .leaf)
set_option pp.all true in
example : True := trivial
"""
    units = server.ask("frontend.process", file=text, timeout=120000)["units"]
    errors = [
        (text.encode()[unit["boundary"][0] : unit["boundary"][1]].decode(), m["data"])
        for unit in units for m in unit["messages"] if m["severity"] == "error"
    ]  # fmt: skip
    assert errors == []


def test_inherited_environment_and_scope(server: EmbeddedServer) -> None:
    text = "namespace Foo\ndef two : Nat := 2\nopen Nat\nuniverse w"
    server.ask("frontend.process", file=text, inheritEnv=True)
    state = server.ask("goal.start", expr="two + 1 = succ two")["stateId"]
    assert prove(server, state, "exact add_one two")["goals"] == []
    assert "stateId" in server.ask("goal.start", expr="∀ α : Type w, α → α")
    # A later text has the constants, and begins outside all namespaces.
    (unit,) = server.ask("frontend.process", file="example : Foo.two = 2 := rfl")["units"]
    assert unit["messages"] == []
    (bare,) = server.ask("frontend.process", file="example : two = 2 := rfl")["units"]
    assert bare["messages"][0]["severity"] == "error"
    server.ask("frontend.process", file="", readHeader=True, inheritEnv=True)
    assert server.ask("goal.start", expr="Foo.two = 2")["error"] == "elab"


def test_imports_of_a_file(server: EmbeddedServer) -> None:
    text = "import Init\nopen Nat\nuniverse u"
    answer = server.ask("frontend.process", file=text, readHeader=True)
    assert [unit["boundary"] for unit in answer["units"]] == [[12, 21], [21, 31]]
    unknown = server.ask("frontend.process", file="import Init\nimport Foo.Bar\n", readHeader=True)
    assert unknown["error"] == "import"
    assert "Foo.Bar" in unknown["desc"]
    assert "line 2" in unknown["desc"]


def test_invocations(server: EmbeddedServer, tmp_path: Path) -> None:
    text = "example : ∀ (p q: Prop), p → p ∨ q := by\n  intro p q h\n  exact Or.inl h"
    target = tmp_path / "invocations.json"
    (unit,) = server.ask("frontend.process", file=text, invocations=str(target))["units"]
    assert unit["nInvocations"] == 2
    assert unit["boundary"] == [0, len(text.encode())]
    (written,) = json.loads(target.read_text())["units"]
    assert written["invocations"] == [
        {
            "goalBefore": "⊢ ∀ (p q : Prop), p → p ∨ q",
            "goalAfter": "p q : Prop\nh : p\n⊢ p ∨ q",
            "tactic": "intro p q h",
            "usedConstants": [],
        },
        {
            "goalBefore": "p q : Prop\nh : p\n⊢ p ∨ q",
            "goalAfter": "",
            "tactic": "exact Or.inl h",
            "usedConstants": ["Or.inl"],
        },
    ]


def test_texts_that_are_none(server: EmbeddedServer, tmp_path: Path) -> None:
    assert server.ask("frontend.process", file="")["units"] == []
    (blank,) = server.ask("frontend.process", file="  \n-- nothing\n")["units"]
    assert blank["messages"] == []
    (open_comment,) = server.ask("frontend.process", file="/- open")["units"]
    assert open_comment["messages"][0]["data"] == "unterminated comment"
    assert server.ask("frontend.process", fileName=str(tmp_path / "none"))["error"] == "io"
    binary = tmp_path / "binary.lean"
    binary.write_bytes(b"\xff\xfe\x00")
    assert server.ask("frontend.process", fileName=str(binary))["error"] == "io"
    assert server.ask("frontend.process")["error"] == "arguments"
    assert server.ask("frontend.process", file="x" * (4 << 20) + "y")["error"] == "limit"
    (exit_unit, *rest) = server.ask("frontend.process", file="#exit\nfoo bar")["units"]
    assert rest == []
    assert exit_unit["boundary"][0] == 0


# --- env.replay -----------------------------------------------------------------------------


def replay(server: EmbeddedServer, text: str) -> Json:
    server.ask("frontend.process", file=text, readHeader=True, inheritEnv=True)
    answer = server.ask("env.replay")
    answer["by"] = {constant["name"]: constant for constant in answer["constants"]}
    return answer


def test_replay_checks_everything_again(server: EmbeddedServer) -> None:
    answer = replay(server, """
inductive T | a | b (x : Nat) (t : T)
mutual
inductive A | x (b : B)
inductive B | y | z (a : A)
end
inductive Rose | node (xs : List Rose)
structure S (α : Type u) where
  x : α
deriving Repr
def T.size : T → Nat | .a => 0 | .b x t => x + t.size
def half (n : Nat) : Nat := if h : n = 0 then 0 else half (n / 2)
partial def loop (n : Nat) : Nat := loop (n + 1)
unsafe def bad : Nat := bad
private def hidden : Nat := 3
theorem om (a b : Nat) (h : a < b) : a + 1 ≤ b := by omega
theorem em (p : Prop) : p ∨ ¬ p := Classical.em p
""")
    assert answer["failures"] == []
    assert answer["checked"] == len(answer["constants"])
    by = answer["by"]
    assert {by[name]["kind"] for name in ("T", "T.a", "T.rec", "half", "om", "loop")} == {
        "inductive", "ctor", "rec", "def", "theorem", "opaque",
    }  # fmt: skip
    assert by["bad"]["isUnsafe"] is True
    assert by["S"]["levels"] == ["u"]
    hidden = [c for c in answer["constants"] if c.get("privateName") == "hidden"]
    assert len(hidden) == 1
    assert by["em"]["usesSorry"] is False
    assert set(by["om"]["axioms"]) <= {"propext", "Classical.choice", "Quot.sound"}


def test_replay_finds_axioms_and_sorry(server: EmbeddedServer) -> None:
    by = replay(server, """
axiom cheat : 1 = 2
theorem step : 2 = 1 := cheat.symm
theorem far : 2 = 1 ∧ True := ⟨step, trivial⟩
theorem gap : 1 = 3 := sorry
theorem viaGap : 3 = 1 := by rw [← gap]
instance : Inhabited (1 = 2) := ⟨cheat⟩
theorem hidden : 1 = 2 := default
theorem ext (p q : Prop) (h : p ↔ q) : p = q := propext h
theorem native : 2 + 2 = 4 := by native_decide
""")["by"]
    assert by["far"]["axioms"] == ["cheat"]
    assert by["cheat"]["kind"] == "axiom"
    assert by["hidden"]["axioms"] == ["cheat"]
    assert (by["viaGap"]["usesSorry"], by["viaGap"]["axioms"]) == (True, ["sorryAx"])
    assert by["ext"]["axioms"] == ["propext"]
    assert by["native"]["axioms"] != []


def test_replay_refuses_what_went_past_the_kernel(server: EmbeddedServer) -> None:
    # `decide +kernel` leaves the checking to the kernel, which the option switches off.
    answer = replay(server, """
theorem fine : 1 = 1 := rfl
set_option debug.skipKernelTC true in
theorem wrong : 1 = 2 := by decide +kernel
theorem more : 2 = 1 := wrong.symm
""")
    assert "wrong" in answer["by"]
    failing = {failure["name"] for failure in answer["failures"]}
    assert any(name.startswith("wrong") for name in failing)
    assert "fine" not in failing


def test_replay_statements_compare_as_terms(server: EmbeddedServer) -> None:
    def type_of(text: str) -> str:
        kind = replay(server, text)["by"]["t"]["type"]
        assert isinstance(kind, str)
        return kind

    plain = type_of("theorem t (n : Nat) : n + 0 = n := rfl")
    assert type_of("theorem t : ∀ (m : Nat), m + 0 = m := fun _ => rfl") == plain
    assert type_of("open Nat in\ntheorem t (n : Nat) : Nat.add n 0 = n := rfl") != plain
    assert type_of("theorem t {n : Nat} : n + 0 = n := rfl") != plain
    assert type_of("theorem t (n : Int) : n + 0 = n := by simp") != plain
    tricky = "local instance : Add Nat := ⟨fun a _ => a⟩\ntheorem t (n : Nat) : n + 0 = n := rfl"
    assert type_of(tricky) != plain
