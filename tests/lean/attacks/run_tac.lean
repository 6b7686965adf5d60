-- attack: run_tac in a submitted proof; against: none
import Lean
open Lean Elab Tactic in
theorem target : (1 : Nat) = 2 := by
  run_tac (do (← getMainGoal).admit)
