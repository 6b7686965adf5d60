-- attack: theorem turned into an unsafe definition; against: false
unsafe def target (n : Nat) : n + 1 = n := target n
