-- attack: changed statement; against: false
theorem target (n : Nat) : n + 1 = n + 1 := rfl
