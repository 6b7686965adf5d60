-- attack: recursion that does not end; against: none
def f (n : Nat) : False := f (n + 1)

theorem target : (1 : Nat) = 2 := (f 0).elim
