-- attack: run_tac that assigns a wrong term; against: none
import Lean
open Lean Elab Tactic in
theorem target : (1 : Nat) = 2 := by
  run_tac (do (← getMainGoal).assign (mkConst ``True.intro))
