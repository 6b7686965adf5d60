-- attack: hypothesis from a variable; against: false
variable (fact : False)

theorem target (n : Nat) : n + 1 = n := fact.elim
