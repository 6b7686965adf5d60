-- attack: simproc with a wrong answer; against: none
import Lean
open Lean Meta in
simproc lie (_ = _) := fun _ => return .done { expr := mkConst ``True }

theorem target : (1 : Nat) = 2 := by simp only [lie]
