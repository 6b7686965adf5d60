-- attack: theorem turned into an axiom; against: false
axiom target (n : Nat) : n + 1 = n
