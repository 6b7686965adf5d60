-- attack: environment without the kernel; against: none
import Lean
open Lean in
run_meta modifyEnv fun env => env.addConstAsync default default |>.toOption |>.map (·.mainEnv) |>.getD env

theorem target : (1 : Nat) = 1 := rfl
