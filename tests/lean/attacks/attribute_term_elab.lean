-- attack: elaborator by an attribute; against: none
import Lean
open Lean Elab Term in
@[term_elab Lean.Parser.Term.prop] def lie : TermElab := fun _ _ => return mkConst ``True

theorem target : (Prop) := trivial
