-- attack: native_decide; against: false
theorem target (n : Nat) : n + 1 = n := by
  have : (1 : Nat) = 1 := by native_decide
  omega
