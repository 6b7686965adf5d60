-- attack: sorry hidden in a macro; against: none
macro "finish" : tactic => `(tactic| exact sorry)

theorem target : (1 : Nat) = 2 := by finish
