-- attack: sorry that stands for an error; against: none
theorem target : (1 : Nat) = 2 := by
  exact undefined_fact
