-- attack: unsafe definition of a proposition; against: none
unsafe def loop : False := loop

theorem target : (1 : Nat) = 2 := loop.elim
