-- attack: metaprogram in an interpolated string; against: false
theorem target (n : Nat) : n + 1 = n := by
  have _ := s!"{by run_tac pure ()}"
  omega
