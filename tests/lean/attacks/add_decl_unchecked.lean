-- attack: declaration that has not met the kernel; against: none
import Lean
open Lean in
run_cmd do
  let decl := Declaration.thmDecl
    { name := `lie, levelParams := [], type := mkConst ``False, value := mkConst ``True.intro }
  match (← getEnv).addDeclCore 0 decl none (doCheck := false) with
  | .ok env => setEnv env
  | .error _ => throwError "no"

theorem target : (1 : Nat) = 2 := lie.elim
