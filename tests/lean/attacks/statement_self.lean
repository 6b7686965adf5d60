-- attack: proof by itself; against: false
theorem target (n : Nat) : n + 1 = n := target n
