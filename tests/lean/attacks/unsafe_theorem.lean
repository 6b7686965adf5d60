-- attack: unsafe theorem; against: none
unsafe theorem target : (1 : Nat) = 2 := target
