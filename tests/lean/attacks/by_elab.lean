-- attack: by_elab in a term; against: none
import Lean
open Lean in
theorem target : (1 : Nat) = 2 := by_elab do
  return mkConst ``True.intro
