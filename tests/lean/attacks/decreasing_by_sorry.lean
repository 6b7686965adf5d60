-- attack: termination without a proof; against: none
def f (n : Nat) : False := f (n + 1)
termination_by n
decreasing_by all_goals admit

theorem target : (1 : Nat) = 2 := (f 0).elim
