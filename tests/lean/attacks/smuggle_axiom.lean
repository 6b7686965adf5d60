-- attack: command smuggled into a proof; against: false
theorem target (n : Nat) : n + 1 = n := by
  skip
axiom fact : False
theorem target' (n : Nat) : n + 1 = n := fact.elim
