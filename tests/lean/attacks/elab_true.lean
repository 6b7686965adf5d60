-- attack: elab in a submitted proof; against: macro
macro "close" : tactic => `(tactic| rfl)
elab "magic" : tactic => pure ()

theorem target : (2 : Nat) + 2 = 5 := by
  magic
  close
