-- attack: theorem left out; against: two
theorem first_target : ∃ n : Nat, n * n = 2 := by
  sorry
