-- attack: debug.skipKernelTC over a false term; against: none
import Lean
set_option debug.skipKernelTC true

open Lean Elab Tactic in
elab "lie" : tactic => do
  (← getMainGoal).assign (mkConst ``True.intro)

theorem target : (1 : Nat) = 2 := by lie
