-- attack: macro by an attribute; against: none
import Lean
open Lean in
@[macro Lean.Parser.Term.num] def lie : Macro := fun _ => `(True)

theorem target : (1 : Nat) = 1 := rfl
