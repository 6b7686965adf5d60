-- attack: macro in a submitted proof; against: false
macro "close" : tactic => `(tactic| exact sorry)

theorem target (n : Nat) : n + 1 = n := by close
