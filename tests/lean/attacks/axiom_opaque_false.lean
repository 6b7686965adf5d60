-- attack: opaque constant of an empty type; against: none
opaque fact : False

theorem target : (1 : Nat) = 2 := fact.elim
