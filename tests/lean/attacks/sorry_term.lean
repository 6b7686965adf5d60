-- attack: sorry direct; against: none
theorem target : (1 : Nat) = 2 := sorry
