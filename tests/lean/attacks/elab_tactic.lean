-- attack: elab in a submitted proof; against: none
import Lean
open Lean Elab Tactic in
elab "magic" : tactic => do
  (← getMainGoal).admit

theorem target : (1 : Nat) = 2 := by magic
