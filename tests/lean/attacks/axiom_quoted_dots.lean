-- attack: new axiom with a misleading quoted name; against: none
axiom «Classical.choice» : False

theorem target : (1 : Nat) = 2 := «Classical.choice».elim
