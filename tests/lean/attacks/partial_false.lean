-- attack: partial function to an empty type; against: none
partial def loop (n : Nat) : False := loop (n + 1)

theorem target : (1 : Nat) = 2 := (loop 0).elim
