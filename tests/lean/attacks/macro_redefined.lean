-- attack: macro of the original redefined; against: macro
macro "close" : tactic => `(tactic| exact sorry)

theorem target : (2 : Nat) + 2 = 5 := by close
