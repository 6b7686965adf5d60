-- attack: new axiom through run_cmd; against: false
import Lean

run_cmd Lean.Elab.Command.liftCoreM <| Lean.addDecl <| .axiomDecl
  { name := `fact, levelParams := [], type := .const ``False [], isUnsafe := false }

theorem target (n : Nat) : n + 1 = n := fact.elim
