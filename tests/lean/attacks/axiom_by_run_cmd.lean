-- attack: new axiom through run_cmd; against: none
import Lean

run_cmd Lean.Elab.Command.liftCoreM <| Lean.addDecl <| .axiomDecl
  { name := `fact, levelParams := [], type := .const ``False [], isUnsafe := false }

theorem target : (1 : Nat) = 2 := fact.elim
