-- attack: metaprogram in an interpolated string; against: none
import Lean
open Lean in
theorem target : (1 : Nat) = 1 := by
  have _ := s!"{(by_elab do return mkConst ``Nat.zero : Nat)}"
  rfl
