-- attack: sorry in the statement; against: none
theorem target : (sorry : Prop) → (1 : Nat) = 2 := by
  intro h
  exact sorry
