-- attack: new axiom under an earlier theorem; against: false
axiom fact : False

theorem helper (n : Nat) : n + 1 = n := fact.elim

theorem target (n : Nat) : n + 1 = n := helper n
